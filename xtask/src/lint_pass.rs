//! Stands between cargo and the compiler where lints look at a module whose dependencies are compiled already.
//!
//! In: the arguments with which cargo compiles the crate for browsers. Out: clippy's and rustdoc's verdict on the same sources with the same
//! dependencies; no code. `cargo clippy` and `cargo doc` would check every dependency anew for it, which for the GPU's takes
//! minutes. Cargo finds no module where it expects one, which it takes as nothing to keep.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Names the program that lints; where it is set, this program was called in the place of the compiler.
pub const DRIVER: &str = "XTASK_LINT_DRIVER";
/// The crates that are looked at.
const CRATES: [&str; 2] = ["contrastvae", "contrastvae_unpack"];

/// Looks at the crate, or hands on what cargo asks the compiler about itself.
pub fn run(driver: &OsStr, mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(compiler) = arguments.next() else {
        return ExitCode::FAILURE;
    };
    let arguments: Vec<OsString> = arguments.collect();
    let named = arguments
        .windows(2)
        .any(|pair| pair[0] == "--crate-name" && CRATES.iter().any(|name| pair[1] == *name));
    if !named {
        return status(Command::new(compiler).args(arguments));
    }
    let metadata = arguments.iter().map(|argument| match argument.to_str() {
        Some(emit) if emit.starts_with("--emit=") => "--emit=dep-info,metadata".into(),
        _ => argument.clone(),
    });
    let mut lint = Command::new(driver);
    if Path::new(driver).file_stem().is_some_and(|name| name == "clippy-driver") {
        // Its first argument is the compiler that it stands in for.
        lint.arg(&compiler);
    }
    let linted = status(lint.args(metadata).args(["-D", "warnings"]));
    if linted != ExitCode::SUCCESS {
        return linted;
    }
    let rustdoc = Path::new(driver).with_file_name(format!("rustdoc{}", std::env::consts::EXE_SUFFIX));
    if !rustdoc.exists() {
        return linted;
    }
    let mut document = Command::new(rustdoc);
    document
        .args(for_rustdoc(&arguments))
        .args(["--document-private-items", "-D", "warnings"]);
    status(&mut document)
}

/// Those of a compiler's arguments that rustdoc needs: the source, the target and its features, and where the dependencies are.
fn for_rustdoc(arguments: &[OsString]) -> Vec<OsString> {
    let mut kept = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            // `-Z` comes with a standard library of one's own, which is named by an unstable kind of `--extern`.
            Some("--crate-name" | "--cfg" | "--check-cfg" | "--extern" | "--target" | "-L" | "-Z") => {
                kept.push(argument.clone());
                kept.extend(rest.next().cloned());
            }
            Some("-C") => match rest.next() {
                Some(option) if option.to_str().is_some_and(|option| option.starts_with("target-feature=")) => {
                    kept.extend([argument.clone(), option.clone()]);
                }
                _ => {}
            },
            Some("--out-dir") => {
                let folder = rest.next().map(PathBuf::from).unwrap_or_default();
                kept.extend([argument.clone(), folder.with_file_name("lint-doc").into()]);
            }
            Some(text) if text.starts_with("--edition=") || text.ends_with(".rs") => kept.push(argument.clone()),
            _ => {}
        }
    }
    kept
}

fn status(command: &mut Command) -> ExitCode {
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {} could not be started: {error}", command.get_program().display());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::for_rustdoc;

    #[test]
    fn rustdoc_gets_the_source_the_target_and_the_dependencies() {
        let compiler = "--crate-name contrastvae --edition=2024 src/lib.rs --emit=dep-info,link -C opt-level=3 -C target-feature=+simd128 \
                        --cfg feature=\"gpu\" --out-dir /a/deps -L dependency=/a/deps -Z unstable-options --extern burn=/a/deps/libburn.rlib --warn=missing_docs";
        let kept = for_rustdoc(&compiler.split_whitespace().map(Into::into).collect::<Vec<_>>());
        let text = kept.iter().map(|one| one.to_string_lossy()).collect::<Vec<_>>().join(" ");
        assert_eq!(
            text,
            "--crate-name contrastvae --edition=2024 src/lib.rs -C target-feature=+simd128 --cfg feature=\"gpu\" --out-dir /a/lint-doc \
             -L dependency=/a/deps -Z unstable-options --extern burn=/a/deps/libburn.rlib"
        );
    }
}
