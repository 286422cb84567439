//! `cargo xtask test`: everything that can be wrong with a change, in one command.
//!
//! In: the parts asked for. Out: each stage with its seconds, and a last line `N passed, N failed`. A failed stage does not keep
//! the others from running; only what needs its result is left out. A stage without tests of its own counts as one.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, anyhow, bail};

use crate::exec::Event;
use crate::page::Stay;
use crate::project::{Flavour, Project, Variant};
use crate::stage::{Reporter, Stage, Tally};
use crate::tally::{cargo_test_tally, nextest_tally, playwright_tally, slowest, timed, vitest_tally};
use crate::{artefacts, engines, exec, lints, modules, page, serve, sizes, wasm};

/// Parts that can be asked for by name.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Checks before a commit: formatting, lints, the native tests and those of the page without a browser
    Quick,
    /// Formatting, lints and the native tests
    Rust,
    /// The finished WebAssembly modules: features, constructors, sizes
    Wasm,
    /// Type checks, unit tests and end-to-end tests of the page
    Browser,
    /// Journeys through the page in Firefox, WebKitGTK and Chromium
    Engines,
    /// Lints and tests of the GPU's native code, which compile as much again; only by this name
    Gpu,
}

/// How Playwright runs the tests of the page.
const CONFIG: &str = "tests/browser/playwright.config.ts";
const SCREENSHOT: &str = "docs/screenshot.png";

/// Runs the parts; `Ok(false)` when anything failed.
pub fn run(project: &Project, reporter: &Reporter, flavour: Flavour, parts: &[Part], playwright: &[String]) -> Result<bool> {
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let suite = Suite {
        reporter,
        total: Default::default(),
        times: Default::default(),
    };
    if parts.contains(&Part::Quick) {
        quick(project, &suite);
        return Ok(suite.finish());
    }
    if parts.contains(&Part::Gpu) {
        lints::with_gpu(project, &suite);
        suite.tests("gpu tests", |stage| native_tests(project, stage, &suite, &GPU, false));
    }
    if parts == [Part::Gpu] {
        return Ok(suite.finish());
    }
    // The modules are built beside the native tests: both have long stretches that keep one core busy, and need nothing of each other.
    std::thread::scope(|scope| {
        let journeys = wanted(Part::Engines);
        let shows = wanted(Part::Browser) || journeys;
        let of_page: &[&str] = if journeys {
            &["browser tests", "engine tests"]
        } else {
            &["browser tests"]
        };
        let building = (wanted(Part::Wasm) || shows).then(|| {
            scope.spawn(|| {
                let lock = project.lock()?;
                artefacts(project, reporter, flavour, &Variant::ALL).map(|()| lock)
            })
        });
        if wanted(Part::Rust) {
            if building.is_some() {
                // The modules have a quarter of an hour in all of linking and wasm-opt on one core, which the native side can fill.
                exec::step_back();
            }
            rust(project, &suite);
        }
        let Some(building) = building else {
            return;
        };
        let built = building
            .join()
            .unwrap_or_else(|_| Err(anyhow!("the build of the modules broke off")));
        match built {
            Ok(lock) => {
                // Most of these keep one core busy each.
                std::thread::scope(|scope| {
                    if wanted(Part::Wasm) {
                        scope.spawn(|| wasm_checks(project, &suite, flavour));
                        lints::web(project, &suite, flavour);
                    }
                    if wanted(Part::Browser) {
                        page_tests(project, &suite);
                    }
                });
                if shows {
                    let page = reporter.stage("page", |stage| page::build(project, stage, Stay::Lasting));
                    let page = page.and_then(|()| reporter.stage(page::SINGLE_STAGE, |stage| page::build_single(project, stage)));
                    drop(lock);
                    if let Err(error) = page {
                        suite.broken(&format!("{error:#}"), of_page);
                        return;
                    }
                }
                if wanted(Part::Browser) {
                    browser_tests(project, &suite, playwright);
                }
                if journeys {
                    // A choice among the browser tests is none among the journeys.
                    engine_tests(project, &suite, if wanted(Part::Browser) { &[] } else { playwright });
                }
            }
            Err(error) => suite.broken(&format!("{error:#}"), &[&["wasm checks", "page tests"], of_page].concat()),
        }
    });
    Ok(suite.finish())
}

/// Formatting, lints and the native tests.
fn rust(project: &Project, suite: &Suite) {
    lints::format(project, suite);
    lints::native(project, suite);
    lints::thorough(project, suite);
    suite.tests("rust tests", |stage| native_tests(project, stage, suite, &CRATE, false));
    suite.tests("xtask tests", |stage| native_tests(project, stage, suite, &TOOLS, false));
}

/// Checks that take minutes: nothing is compiled for browsers, and the crate's own code incrementally.
fn quick(project: &Project, suite: &Suite) {
    if let Err(error) = suite.reporter.stage("node packages", |stage| page::packages(project, stage)) {
        suite.broken(&format!("{error:#}"), &["page tests"]);
    } else if project.module(Variant::Cpu).exists() {
        page_tests(project, suite);
    } else {
        let why = "not run: the types of the protocol come with a module, `cargo xtask build --dev --cpu-only` makes one";
        suite.reporter.skip("page tests", why);
    }
    lints::format(project, suite);
    lints::native(project, suite);
    suite.tests("rust tests", |stage| native_tests(project, stage, suite, &CRATE, true));
}

/// Packages that are tested together, with the profile that has their dependencies compiled already: `tests` for the crate, and xtask's own
/// for xtask. No crate is built twice.
pub struct Packages {
    pub names: &'static [&'static str],
    pub profile: &'static str,
    /// Further arguments of cargo, such as features.
    pub beyond: &'static [&'static str],
}

pub const CRATE: Packages = Packages {
    names: &["contrastvae", "contrastvae-unpack"],
    profile: "tests",
    beyond: &[],
};
/// The tests that compare the GPU's launches with the CPU, natively.
pub const GPU: Packages = Packages {
    names: &["contrastvae"],
    profile: "tests",
    beyond: &["--features", "gpu", "--test", "gpu"],
};
pub const TOOLS: Packages = Packages {
    names: &["xtask", "modules"],
    profile: "tools",
    beyond: &[],
};

/// Takes the picture of the README from the running page.
pub fn screenshot(project: &Project, stage: &Stage) -> Result<()> {
    let picture = project.path(SCREENSHOT);
    let mut playwright = playwright(project, stage)?;
    playwright
        .args(["--config", CONFIG, "--grep", "README"])
        .env("SCREENSHOT", &picture);
    let finished = exec::aloud(&mut playwright, stage)?;
    if !finished.success() {
        bail!("the picture could not be taken, see above");
    }
    if !picture.exists() {
        bail!("no test wrote {SCREENSHOT}: the test whose title contains README should save to $SCREENSHOT");
    }
    stage.note(SCREENSHOT);
    Ok(())
}

/// Counts over all stages.
pub struct Suite<'a> {
    reporter: &'a Reporter,
    total: Mutex<Tally>,
    /// Seconds of each test whose program tells them.
    times: Mutex<Vec<(f64, String)>>,
}

impl Suite<'_> {
    /// A stage that is one test by itself.
    pub fn check<T>(&self, name: &str, work: impl FnOnce(&Stage) -> Result<T>) {
        self.tests(name, |stage| {
            work(stage).map(|_| Tally {
                passed: 1,
                ..Tally::default()
            })
        });
    }

    /// A stage that counts its own tests; an error is one failure more.
    fn tests(&self, name: &str, work: impl FnOnce(&Stage) -> Result<Tally>) {
        let tally = self.reporter.stage(name, |stage| {
            let tally = work(stage)?;
            stage.note(sentence(tally));
            if tally.failed > 0 {
                stage.mark_failed();
            }
            Ok(tally)
        });
        match tally {
            Ok(tally) => self.add(tally),
            Err(error) => self.failed(&format!("{error:#}")),
        }
    }

    fn failed(&self, why: &str) {
        eprintln!("error: {why}");
        self.add(Tally {
            failed: 1,
            ..Tally::default()
        });
    }

    /// A step failed that the named stages need.
    fn broken(&self, why: &str, stages: &[&str]) {
        self.failed(why);
        for stage in stages {
            self.reporter.skip(stage, "not run: the build failed");
        }
    }

    /// Prints the stages, the count and the slowest tests; whether nothing failed.
    fn finish(&self) -> bool {
        let total = *held(&self.total);
        println!("\n{}", self.reporter.table());
        println!("{}", sentence(total));
        println!("{}", slowest(&mut held(&self.times)));
        total.failed == 0
    }

    fn add(&self, tally: Tally) {
        *held(&self.total) += tally;
    }
}

/// The contents of a lock; a thread that panicked left a count no worse than it was.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sentence(tally: Tally) -> String {
    let skipped = if tally.skipped > 0 {
        format!(", {} skipped", tally.skipped)
    } else {
        String::new()
    };
    format!("{} passed, {} failed{skipped}", tally.passed, tally.failed)
}

fn native_tests(project: &Project, stage: &Stage, suite: &Suite, packages: &Packages, incremental: bool) -> Result<Tally> {
    let nextest = exec::ask("cargo", &["nextest", "--version"]).is_some();
    let (run, profile): (&[&str], _) = if nextest {
        (
            &["nextest", "run", "--no-fail-fast", "--status-level", "pass"],
            "--cargo-profile",
        )
    } else {
        (&["test", "--no-fail-fast"], "--profile")
    };
    let mut command = exec::own_cargo(project, run);
    command.args([profile, packages.profile]);
    command.args(packages.names.iter().flat_map(|name| ["--package", name]));
    command.args(packages.beyond);
    if incremental {
        command.env("CARGO_PROFILE_TESTS_INCREMENTAL", "true");
    }
    counted(
        &mut command,
        stage,
        suite,
        if nextest { nextest_tally } else { cargo_test_tally },
    )
}

fn wasm_checks(project: &Project, suite: &Suite, flavour: Flavour) {
    for variant in wasm::installed_variants(project) {
        let name = variant.name();
        let finished = project.module(variant);
        let features = if variant.has_threads() {
            "features-threads"
        } else {
            "features"
        };
        suite.check(&format!("{name} features"), |_| modules::check(features, &finished));
        suite.check(&format!("{name} constructors"), |_| {
            modules::check("wrappers", &wasm::raw_module(project, flavour, variant))?;
            modules::check("constructors", &finished)
        });
    }
    if flavour == Flavour::Shipped {
        suite.check("sizes", |stage| {
            sizes::measure(project, stage).map(|table| stage.print(&table))
        });
    }
}

fn page_tests(project: &Project, suite: &Suite) {
    for (script, name) in [("check", "page types"), ("format", "page format"), ("lint", "page lints")] {
        if page::has_script(project, script) {
            suite.check(name, |stage| exec::quietly(&mut page::npm_script(project, script), stage));
        }
    }
    if !page::package_version(project, "vitest").is_empty() {
        suite.tests("page unit tests", |stage| {
            let mut vitest = page::node_tool(project, "vitest/vitest.mjs")?;
            counted(
                vitest.args(["run", "--config", "www/vite.config.ts"]),
                stage,
                suite,
                vitest_tally,
            )
        });
    }
}

/// Tests that measure time carry the tag `@alone` and run one at a time; the others have a core each.
const TOGETHER: [&str; 3] = ["--workers=2", "--grep-invert", "@alone"];
const ALONE: [&str; 3] = ["--workers=1", "--grep", "@alone"];

fn browser_tests(project: &Project, suite: &Suite, arguments: &[String]) {
    let run = |stage: &Stage, which: &[&str]| {
        let mut playwright = playwright(project, stage)?;
        // A folder of its own: a second run by hand empties the usual one.
        playwright
            .args(["--config", CONFIG, "--reporter=list", "--output"])
            .arg(project.work().join("browser-results"))
            .args(which)
            .args(arguments);
        counted(&mut playwright, stage, suite, playwright_tally)
    };
    if arguments.is_empty() {
        suite.tests("browser tests", |stage| run(stage, &TOGETHER));
        suite.tests("timed browser tests", |stage| run(stage, &ALONE));
    } else {
        suite.tests("browser tests", |stage| run(stage, &["--workers=1"]));
    }
}

/// Playwright against `dist/`, served by this process, in the Chromium of the machine.
pub fn playwright(project: &Project, stage: &Stage) -> Result<Command> {
    let chromium = chromium(stage)?;
    let address = serve::in_background(project)?;
    let mut playwright = page::node_tool(project, "@playwright/test/cli.js")?;
    playwright
        .arg("test")
        .env("BASE_URL", address)
        .env("CHROMIUM", chromium)
        .env("PLAYWRIGHT_FORCE_TTY", "0");
    Ok(playwright)
}

/// Finds Chromium or Chrome; installs it where that is ours to do.
fn chromium(stage: &Stage) -> Result<PathBuf> {
    engines::CHROMIUM
        .ensure(stage)
        .context("no Chromium was found: install Chromium or Chrome, or name one in the variable CHROMIUM")
}

/// How Playwright runs the journeys through the engines.
const JOURNEYS: &str = "tests/browser/engines/playwright.config.ts";
/// The document with the table of versions, which a run of all engines writes.
const BROWSERS: &str = "docs/browsers.md";

/// The same journeys in each engine that is there; one that is not is named, and counts as skipped.
fn engine_tests(project: &Project, suite: &Suite, arguments: &[String]) {
    let mut missing = Vec::new();
    suite.tests("engine tests", |stage| {
        let mut names = Vec::new();
        let mut playwright = page::node_tool(project, "@playwright/test/cli.js")?;
        for engine in [engines::WEBKIT, engines::FIREFOX, engines::CHROMIUM] {
            match engine.ensure(stage) {
                Some(path) => {
                    playwright.env(engine.variable, path);
                    names.push(engine.name);
                }
                None => missing.push(engine),
            }
        }
        if names.is_empty() {
            bail!("no browser engine is there: {}", engines::FIREFOX.missing());
        }
        playwright
            .args(["test", "--config", JOURNEYS, "--reporter=list", "--output"])
            .arg(project.work().join("engine-results"))
            .args(arguments)
            .env("ENGINES", names.join(","))
            .env("BROWSERS_DOCUMENT", project.path(BROWSERS))
            .env("DIST", project.dist())
            .env("PLAYWRIGHT_FORCE_TTY", "0");
        counted(&mut playwright, stage, suite, playwright_tally).map(|tally| Tally {
            skipped: tally.skipped + missing.len(),
            ..tally
        })
    });
    for engine in missing {
        suite.reporter.skip(engine.name, &engine.missing());
    }
}

/// Runs a test program, shows what it says beyond tests that passed, and counts by its own summary.
fn counted(command: &mut Command, stage: &Stage, suite: &Suite, count: fn(&str) -> Option<Tally>) -> Result<Tally> {
    let finished = exec::run(command, None, |event| match event {
        Event::Line(line) if timed(line).is_some() => stage.progress(line.trim()),
        Event::Line(line) => stage.print(line),
        Event::Silence => stage.tick(),
    })?;
    held(&suite.times).extend(finished.output.lines().filter_map(timed));
    match (finished.success(), count(&finished.output)) {
        (true, Some(tally)) if tally.failed == 0 => Ok(tally),
        (false, Some(tally)) if tally.failed > 0 => Ok(tally),
        (true, _) => bail!("the test program left no count of its tests"),
        (false, _) => bail!("the test program failed, see its output above"),
    }
}
