//! Lints of the Rust sources: for every target and set of features, of the documentation, and of the fuzz targets.
//!
//! In: the sources. Out: one test for each stage. Which lints there are stands in the root's Cargo.toml and in clippy.toml; here every
//! warning is a failure. Dependencies are only checked, not compiled; those of clippy serve the documentation too.

use anyhow::{Result, bail};

use crate::exec;
use crate::project::{Flavour, Project, Variant};
use crate::stage::Stage;
use crate::test::{CRATE, Packages, Suite, TOOLS};
use crate::toolchain::Toolchain;

/// Formatting.
pub fn format(project: &Project, suite: &Suite) {
    suite.check("format", |stage| {
        exec::quietly(&mut exec::own_cargo(project, &["fmt", "--all", "--check"]), stage)
    });
}

/// Lints of what the native tests compile, without the GPU: soon done, since its dependencies are few.
pub fn native(project: &Project, suite: &Suite) {
    suite.check("clippy", |stage| clippy(project, stage, &CRATE, &[]));
    suite.check("clippy xtask", |stage| clippy(project, stage, &TOOLS, &[]));
}

/// Lints with the GPU, the documentation, private items included, and the fuzz targets. With the GPU there is all native code but for a
/// line here and there, which `web` sees; so the dependencies are checked once, for both.
pub fn thorough(project: &Project, suite: &Suite) {
    let gpu = ["--features", Variant::Gpu.features()];
    suite.check("clippy gpu", |stage| clippy(project, stage, &CRATE, &gpu));
    suite.check("clippy xtask", |stage| clippy(project, stage, &TOOLS, &[]));
    suite.check("documentation", |stage| {
        // There are no examples; but asked for them cargo takes the features of development, and so what clippy has checked already.
        let kinds = ["--lib", "--examples"];
        let mut doc = exec::own_cargo(project, &["doc", "--no-deps", "--document-private-items", "--quiet"]);
        doc.args(kinds);
        doc.args(["--package", "contrastvae", "--profile", CRATE.profile]).args(gpu);
        exec::quietly(doc.env("RUSTDOCFLAGS", "-D warnings"), stage)
    });
    suite.check("fuzz targets", |stage| {
        let mut check = exec::own_cargo(project, &["check", "--quiet", "--manifest-path", "fuzz/Cargo.toml"]);
        check.env("CARGO_TARGET_DIR", project.path("target/fuzz"));
        // Nothing is linked, so libFuzzer, which is C++, need not be compiled.
        check.env("CUSTOM_LIBFUZZER_PATH", "fuzz/libfuzzer.a");
        exec::quietly(check.env("RUSTFLAGS", "-D warnings"), stage)
    });
}

fn clippy(project: &Project, stage: &Stage, packages: &Packages, features: &[&str]) -> Result<String> {
    let mut clippy = exec::own_cargo(
        project,
        &["clippy", "--all-targets", "--quiet", "--profile", packages.profile],
    );
    clippy.args(packages.names.iter().flat_map(|name| ["--package", name]));
    exec::quietly(clippy.args(features).args(["--", "-D", "warnings"]), stage)
}

/// Lints of what browsers get, without the GPU: whose code is the same natively, where `thorough` looks at it (`tests/house/` holds that).
/// `flavour` decides the profile, so that build scripts and macros are those of the modules.
pub fn web(project: &Project, suite: &Suite, flavour: Flavour) {
    suite.check("clippy wasm", |stage| {
        let toolchain = Toolchain::ensure(project, stage)?;
        let command = if has_clippy(&toolchain) { "clippy" } else { "check" };
        let mut lint = toolchain.cargo(project, command, Variant::Cpu);
        lint.args(["--lib", "--package", "contrastvae", "--profile", flavour.profile()]);
        lint.args(["--no-default-features", "--features", Variant::Cpu.features()]);
        let output = exec::quietly(&mut lint, stage)?;
        if command == "check" {
            stage.note(
                "the distribution's compiler has no clippy (on Debian: rust-web-clippy), so only its own lints were looked at",
            );
        }
        none_of(&output)
    });
}

/// Whether the toolchain brings clippy.
fn has_clippy(toolchain: &Toolchain) -> bool {
    match toolchain {
        Toolchain::Installed => exec::ask("cargo", &["clippy", "--version"]).is_some(),
        Toolchain::Distribution { cargo, .. } => cargo.with_file_name("cargo-clippy").exists(),
    }
}

/// Fails on a warning. By a flag it could only be denied to rustc, where it would take the place of those in `.cargo/config.toml`.
fn none_of(output: &str) -> Result<()> {
    let warned = output
        .lines()
        .any(|line| line.starts_with("warning: ") || line.starts_with("warning["));
    if warned {
        println!("{}", output.trim_end());
        bail!("there are warnings, see above");
    }
    Ok(())
}
