//! Lints of the Rust sources: for every target and set of features, of the documentation, and of the fuzz targets.
//!
//! In: the sources. Out: one test for each stage. Which lints there are stands in the root's Cargo.toml and in clippy.toml; here every
//! warning is a failure. What clippy has checked of the dependencies serves the documentation too.

use anyhow::Result;

use crate::exec;
use crate::project::{Flavour, Project, Variant};
use crate::stage::Stage;
use crate::test::{CRATE, GPU, Packages, Suite, TOOLS};
use crate::toolchain::{CLIPPY, Toolchain};
use crate::{lint_pass, wasm};

/// Formatting.
pub fn format(project: &Project, suite: &Suite) {
    suite.check("format", |stage| {
        exec::quietly(&mut exec::own_cargo(project, &["fmt", "--all", "--check"]), stage)
    });
}

/// Lints of native code without the GPU, whose dependencies would take minutes to check: `web` sees the GPU's code, `with_gpu` its tests.
pub fn native(project: &Project, suite: &Suite) {
    suite.check("clippy", |stage| clippy(project, stage, &CRATE, &[]));
    suite.check("clippy xtask", |stage| clippy(project, stage, &TOOLS, &[]));
}

/// The documentation, private items included, and the fuzz targets.
pub fn thorough(project: &Project, suite: &Suite) {
    suite.check("documentation", |stage| {
        // There are no examples; but asked for them cargo takes the features of development, and so what clippy has checked already.
        let kinds = ["--lib", "--examples"];
        let mut doc = exec::own_cargo(project, &["doc", "--no-deps", "--document-private-items", "--quiet"]);
        doc.args(kinds);
        doc.args(["--package", "contrastvae", "--profile", CRATE.profile]);
        exec::quietly(doc.env("RUSTDOCFLAGS", "-D warnings"), stage)
    });
    suite.check("fuzz targets", |stage| {
        // With the profile and in the folder in which clippy has checked most of what the targets need. Their manifest denies warnings: flags
        // for all crates would have them checked anew.
        let profile = ["--profile", CRATE.profile];
        let mut check = exec::own_cargo(project, &["check", "--quiet", "--manifest-path", "fuzz/Cargo.toml"]);
        check.args(profile).env("CARGO_TARGET_DIR", project.path("target"));
        // Nothing is linked, so libFuzzer, which is C++, need not be compiled.
        exec::quietly(check.env("CUSTOM_LIBFUZZER_PATH", "fuzz/libfuzzer.a"), stage)
    });
}

/// Lints of the native code with the GPU, its tests included.
pub fn with_gpu(project: &Project, suite: &Suite) {
    let gpu = ["--features", Variant::Gpu.features()];
    suite.check("clippy gpu", |stage| clippy(project, stage, &GPU, &gpu));
}

fn clippy(project: &Project, stage: &Stage, packages: &Packages, features: &[&str]) -> Result<String> {
    let mut clippy = exec::own_cargo(
        project,
        &["clippy", "--all-targets", "--quiet", "--profile", packages.profile],
    );
    clippy.args(packages.names.iter().flat_map(|name| ["--package", name]));
    exec::quietly(clippy.args(features).args(["--", "-D", "warnings"]), stage)
}

/// Lints and documentation of what browsers get, with and without the GPU, by the dependencies that the modules were compiled with: by
/// `lint_pass.rs` in the place of the compiler.
pub fn web(project: &Project, suite: &Suite, flavour: Flavour) {
    for variant in wasm::installed_variants(project) {
        suite.check(&format!("{} lints", variant.name()), |stage| {
            let toolchain = Toolchain::ensure(project, stage)?;
            let driver = toolchain.lint_driver();
            if !driver.ends_with(CLIPPY) {
                stage.note(
                    "the distribution's compiler has no clippy (on Debian: rust-web-clippy), so only its own lints were looked at",
                );
            }
            let mut lint = wasm::cargo(project, &toolchain, flavour, variant);
            lint.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?);
            // Under a condition of its own, so that cargo takes the verdict for another thing than the module.
            lint.args(["--quiet", "--", "--cfg=lint_pass"]);
            exec::quietly(lint.env(lint_pass::DRIVER, driver), stage)
        });
    }
}
