//! Makes sure that something on this machine can compile for `wasm32-unknown-unknown`.
//!
//! In: the installed Rust. Out: a [`Toolchain`] that builds cargo commands. First choice is the target of the active toolchain,
//! added through rustup within a time limit. Where that download does not come (images without that network), the standard
//! library is built from the distribution's own sources: Debian's `rustc-web`, `cargo-web` and `rust-web-src`, which live beside
//! rustup. That the download did not come is remembered, so that the next start does not wait for it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::exec;
use crate::project::{Project, Variant};
use crate::stage::Stage;

pub const TARGET: &str = "wasm32-unknown-unknown";
/// Flags of a module with a shared memory, in the place of those of .cargo/config.toml. Atomics alone share nothing: the linker must be told, must
/// leave the memory to who instantiates the module, and must export what a thread's own variables are set up with.
pub const THREAD_FLAGS: [&str; 8] = [
    "-Ctarget-feature=+simd128,+atomics,+bulk-memory",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--import-memory",
    "-Clink-arg=--max-memory=4294967296",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
];
/// The compiler that lints.
pub const CLIPPY: &str = if cfg!(windows) { "clippy-driver.exe" } else { "clippy-driver" };
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
/// The oldest distribution compiler that builds this crate, as in `rust-version` of Cargo.toml.
const OLDEST: (u32, u32) = (1, 95);
const ADVICE: &str = "the WebAssembly target is missing: run `rustup target add wasm32-unknown-unknown` \
                      (on Debian without that download: `apt-get install rustc-web cargo-web rust-web-src`)";

/// A way to compile for WebAssembly.
pub enum Toolchain {
    /// The active toolchain has the target.
    Installed,
    /// The distribution's compiler, with the standard library built from its sources.
    Distribution {
        rustc: PathBuf,
        cargo: PathBuf,
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Finds or installs a toolchain.
    pub fn ensure(project: &Project, stage: &Stage) -> Result<Self> {
        if target_installed() {
            stage.note("target installed");
            return Ok(Self::Installed);
        }
        let unreachable = project.work().join("rustup-target-unreachable");
        if !unreachable.exists() {
            stage.progress(&format!("rustup target add {TARGET} (at most {} s)", RUSTUP_LIMIT.as_secs()));
            let added = exec::run(
                Command::new("rustup").args(["target", "add", TARGET]),
                Some(RUSTUP_LIMIT),
                |event| exec::follow(event, stage),
            );
            if added.is_ok_and(|finished| finished.success()) && target_installed() {
                stage.note("target added by rustup");
                return Ok(Self::Installed);
            }
        }
        let toolchain = match Self::distribution() {
            Some(toolchain) => toolchain,
            None => {
                install_packages(stage)?;
                Self::distribution().context(ADVICE)?
            }
        };
        fs::create_dir_all(project.work())?;
        fs::write(
            &unreachable,
            "Delete this file to let the build try `rustup target add` again.\n",
        )?;
        stage.note("standard library from the distribution's sources");
        Ok(toolchain)
    }

    /// Toolchain that [`Toolchain::ensure`] would take without installing anything.
    pub fn present() -> Option<Self> {
        if target_installed() {
            return Some(Self::Installed);
        }
        Self::distribution()
    }

    /// The distribution's compiler, if it is complete and new enough.
    fn distribution() -> Option<Self> {
        let rustc = PathBuf::from("/usr/bin/rustc");
        let cargo = PathBuf::from("/usr/bin/cargo");
        let version = exec::ask("/usr/bin/rustc", &["--version"])?;
        if parse_version(&version)? < OLDEST || !cargo.exists() {
            return None;
        }
        let own = exec::ask("/usr/bin/rustc", &["--print", "sysroot"])?;
        if !Path::new(&own).join("lib/rustlib/src/rust/library/std").exists() {
            return None;
        }
        let mut linkers = Vec::new();
        if let Some(active) = exec::ask("rustc", &["--print", "sysroot"]) {
            linkers.push(Path::new(&active).join("lib/rustlib").join(host()).join("bin/rust-lld"));
        }
        linkers.extend(["/usr/bin/rust-lld", "/usr/bin/wasm-ld"].map(PathBuf::from));
        let linker = linkers.into_iter().find(|linker| linker.exists())?;
        Some(Self::Distribution { rustc, cargo, linker })
    }

    /// A cargo command for the WebAssembly target; `command` is cargo's own (`build`).
    pub fn cargo(&self, project: &Project, command: &str, variant: Variant) -> Command {
        let mut cargo = match self {
            Self::Installed => {
                let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                cargo.arg(command);
                if variant.has_threads() {
                    // The installed standard library knows no atomics. Building another is what a stable compiler does for itself.
                    cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
                }
                cargo
            }
            Self::Distribution { rustc, cargo, linker } => {
                let mut cargo = Command::new(cargo);
                cargo.args([command, "-Zbuild-std=std,panic_abort"]);
                cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
                cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
                // `cargo run` points it at the active toolchain's libraries, which are another compiler's.
                cargo.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN");
                cargo
            }
        };
        // Flags from the environment would silently replace those of .cargo/config.toml, SIMD among them.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        // A panic names its source, so that a module would hold where this machine keeps the sources of its dependencies.
        let renamed = renamed_sources();
        if variant.has_threads() {
            let flags = THREAD_FLAGS.iter().copied().chain(renamed.iter().map(String::as_str));
            cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.collect::<Vec<_>>().join("\u{1f}"));
        } else if !renamed.is_empty() {
            // Added to those of .cargo/config.toml; the environment would replace them.
            cargo.args(["--config", &format!("target.{TARGET}.rustflags={renamed:?}")]);
        }
        cargo
            .env("CARGO_TARGET_DIR", project.wasm_target(variant))
            .current_dir(project.root())
            .args(["--target", TARGET]);
        cargo
    }

    /// The program that lints in the compiler's place: clippy's, or the compiler itself where there is none.
    pub fn lint_driver(&self) -> PathBuf {
        let compiler = match self {
            Self::Installed => {
                let sysroot = exec::ask("rustc", &["--print", "sysroot"]).unwrap_or_default();
                Path::new(&sysroot).join("bin/rustc")
            }
            Self::Distribution { rustc, .. } => rustc.clone(),
        };
        let clippy = compiler.with_file_name(CLIPPY);
        if clippy.exists() { clippy } else { compiler }
    }

    /// Whether the sources of the standard library are there, which a module with threads is compiled with.
    pub fn has_library_sources(&self) -> bool {
        // The distribution's package brings them.
        matches!(self, Self::Distribution { .. })
            || exec::ask("rustc", &["--print", "sysroot"])
                .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").exists())
    }

    /// The same, once they were asked for if they were missing.
    pub fn ensure_library_sources(&self, stage: &Stage) -> bool {
        if self.has_library_sources() {
            return true;
        }
        stage.progress(&format!(
            "rustup component add rust-src (at most {} s)",
            RUSTUP_LIMIT.as_secs()
        ));
        let mut add = Command::new("rustup");
        let added = exec::run(add.args(["component", "add", "rust-src"]), Some(RUSTUP_LIMIT), |event| {
            exec::follow(event, stage);
        });
        added.is_ok_and(|finished| finished.success()) && self.has_library_sources()
    }

    /// Version of the compiler, as part of the fingerprint of its results.
    pub fn version(&self) -> String {
        match self {
            Self::Installed => exec::ask("rustc", &["--version", "--verbose"]),
            Self::Distribution { .. } => exec::ask("/usr/bin/rustc", &["--version", "--verbose"]),
        }
        .unwrap_or_default()
    }
}

/// Flags that write short names in the place of the folders of dependencies and of the standard library.
fn renamed_sources() -> Vec<String> {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let registry = cargo_home.map(|home| home.join("registry/src"));
    let folders = registry
        .iter()
        .flat_map(|registry| fs::read_dir(registry).ok())
        .flatten()
        .flatten();
    let library = exec::ask("rustc", &["--print", "sysroot"]).map(|sysroot| Path::new(&sysroot).join("lib/rustlib/src/rust"));
    let mut sources: Vec<PathBuf> = folders.map(|folder| folder.path()).chain(library).collect();
    sources.sort();
    let short = |source: &PathBuf| format!("--remap-path-prefix={}=", source.display());
    sources.iter().map(short).collect()
}

/// Whether the active toolchain's libraries for the target are there.
fn target_installed() -> bool {
    exec::ask("rustc", &["--print", "sysroot"])
        .is_some_and(|sysroot| Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib").exists())
}

/// The triple of this machine.
fn host() -> String {
    let verbose = exec::ask("rustc", &["--version", "--verbose"]).unwrap_or_default();
    verbose
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or("x86_64-unknown-linux-gnu")
        .to_owned()
}

/// Installs Debian's packages where that is ours to do.
fn install_packages(stage: &Stage) -> Result<()> {
    if !can_install_packages() {
        bail!(ADVICE);
    }
    apt_install(&PACKAGES, stage)
}

/// Whether this is Debian or a relative of it, and we may install packages.
pub fn can_install_packages() -> bool {
    Path::new("/etc/debian_version").exists() && exec::ask("id", &["-u"]).as_deref() == Some("0")
}

/// Installs packages of the distribution.
pub fn apt_install(packages: &[&str], stage: &Stage) -> Result<()> {
    exec::quietly(Command::new("apt-get").args(["update", "-q"]), stage)?;
    let mut install = Command::new("apt-get");
    install
        .args(["install", "-q", "-y", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    exec::quietly(&mut install, stage).map(|_| ())
}

/// Major and minor number out of `rustc 1.96.0 (…)` or `v20.11.1`.
pub fn parse_version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let mut numbers = text[start..].split(|character: char| !character.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_from_what_tools_print() {
        assert_eq!(parse_version("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some((1, 96)));
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert_eq!(parse_version("no number"), None);
    }
}
