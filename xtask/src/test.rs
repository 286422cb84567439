//! `cargo xtask test`: everything that can be wrong with a change, in one command.
//!
//! In: the parts asked for. Out: each stage with its seconds, and a last line `N passed, N failed`. A failed stage does not keep
//! the others from running; only what needs its result is left out. A stage without tests of its own counts as one.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::project::{Flavour, Project, Variant};
use crate::stage::{Reporter, Stage, Tally};
use crate::{artefacts, check, exec, page, serve, sizes, toolchain, wasm};

/// What can be asked for by name.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Formatting, lints and the native tests
    Rust,
    /// The finished WebAssembly modules: features, constructors, sizes
    Wasm,
    /// Type checks, unit tests and end-to-end tests of the page
    Browser,
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
    };
    // The modules are built beside the native tests: both have long stretches that keep one core busy, and need nothing of each other.
    std::thread::scope(|scope| {
        let building = (wanted(Part::Wasm) || wanted(Part::Browser)).then(|| {
            scope.spawn(|| {
                let lock = project.lock()?;
                artefacts(project, reporter, flavour, &Variant::ALL).map(|()| lock)
            })
        });
        if wanted(Part::Rust) {
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
                if wanted(Part::Wasm) {
                    wasm_checks(project, &suite, flavour);
                }
                if wanted(Part::Browser) {
                    page_tests(project, &suite);
                    let page = reporter.stage("page", |stage| page::build(project, stage));
                    drop(lock);
                    match page {
                        Ok(()) => browser_tests(project, &suite, playwright),
                        Err(error) => suite.broken(&format!("{error:#}"), &["browser tests"]),
                    }
                }
            }
            Err(error) => suite.broken(&format!("{error:#}"), &["wasm checks", "page tests", "browser tests"]),
        }
    });
    let total = suite.total.get();
    println!("\n{}", reporter.table());
    println!("{}", sentence(total));
    Ok(total.failed == 0)
}

/// Formatting, lints and the native tests.
fn rust(project: &Project, suite: &Suite) {
    suite.check("format", |stage| {
        exec::quietly(&mut cargo(project, &["fmt", "--all", "--check"]), stage)
    });
    // The release profile throughout: the tensor library is many times slower without optimisation, and so no crate is
    // built twice.
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--release",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    suite.check("clippy", |stage| exec::quietly(&mut cargo(project, &clippy), stage));
    suite.tests("rust tests", |stage| rust_tests(project, stage));
}

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
struct Suite<'a> {
    reporter: &'a Reporter,
    total: std::cell::Cell<Tally>,
}

impl Suite<'_> {
    /// A stage that is one test by itself.
    fn check<T>(&self, name: &str, work: impl FnOnce(&Stage) -> Result<T>) {
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

    fn add(&self, tally: Tally) {
        let mut total = self.total.get();
        total += tally;
        self.total.set(total);
    }
}

fn sentence(tally: Tally) -> String {
    let skipped = if tally.skipped > 0 {
        format!(", {} skipped", tally.skipped)
    } else {
        String::new()
    };
    format!("{} passed, {} failed{skipped}", tally.passed, tally.failed)
}

/// A command of the cargo that runs us, in the repository's root.
pub fn cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(project.root());
    cargo
}

fn rust_tests(project: &Project, stage: &Stage) -> Result<Tally> {
    let nextest = exec::ask("cargo", &["nextest", "--version"]).is_some();
    let run: &[&str] = if nextest {
        &["nextest", "run", "--no-fail-fast", "--status-level", "fail"]
    } else {
        &["test", "--no-fail-fast"]
    };
    let mut command = cargo(project, run);
    command.args(["--workspace", "--release"]);
    counted(&mut command, stage, if nextest { nextest_tally } else { cargo_test_tally })
}

fn wasm_checks(project: &Project, suite: &Suite, flavour: Flavour) {
    for variant in Variant::ALL {
        let name = variant.name();
        let finished = || read(&project.module(variant));
        suite.check(&format!("{name} features"), |_| check::features(&finished()?));
        suite.check(&format!("{name} constructors"), |_| {
            check::wrappers(&read(&wasm::raw_module(project, variant))?)?;
            check::constructors(&finished()?)
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
            counted(vitest.args(["run", "--config", "www/vite.config.ts"]), stage, vitest_tally)
        });
    }
}

fn browser_tests(project: &Project, suite: &Suite, arguments: &[String]) {
    suite.tests("browser tests", |stage| {
        let mut playwright = playwright(project, stage)?;
        // A folder of its own: a second run by hand empties the usual one.
        playwright
            .args(["--config", CONFIG, "--reporter=list", "--output"])
            .arg(project.work().join("browser-results"))
            .args(arguments);
        counted(&mut playwright, stage, playwright_tally)
    });
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
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    if let Some(path) = installed_chromium() {
        return Ok(path);
    }
    if toolchain::can_install_packages() {
        toolchain::apt_install(&["chromium"], stage)?;
    }
    installed_chromium().context("no Chromium was found: install Chromium or Chrome, or name one in the variable CHROMIUM")
}

fn installed_chromium() -> Option<PathBuf> {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const APPLICATION: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    let folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let on_path = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    on_path.chain([PathBuf::from(APPLICATION)]).find(|path| path.is_file())
}

/// Runs a test program aloud and counts by its own summary.
fn counted(command: &mut Command, stage: &Stage, count: fn(&str) -> Option<Tally>) -> Result<Tally> {
    let finished = exec::aloud(command, stage)?;
    match (finished.success(), count(&finished.output)) {
        (true, Some(tally)) if tally.failed == 0 => Ok(tally),
        (false, Some(tally)) if tally.failed > 0 => Ok(tally),
        (true, _) => bail!("the test program left no count of its tests"),
        (false, _) => bail!("the test program failed, see its output above"),
    }
}

/// The number before a word: 12 in `12 passed`.
fn number_before(text: &str, word: &str) -> usize {
    let words: Vec<&str> = text
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .filter(|pair| pair[1] == word)
        .filter_map(|pair| pair[0].parse::<usize>().ok())
        .sum()
}

/// `Summary [   0.5s] 14 tests run: 13 passed (1 slow), 1 failed, 2 skipped`
fn nextest_tally(output: &str) -> Option<Tally> {
    let line = output.lines().rfind(|line| line.trim_start().starts_with("Summary ["))?;
    let failed = number_before(line, "failed") + number_before(line, "timed");
    Some(Tally {
        passed: number_before(line, "passed"),
        failed,
        skipped: number_before(line, "skipped"),
    })
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; …`, one line a binary
fn cargo_test_tally(output: &str) -> Option<Tally> {
    let mut total = None;
    for line in output.lines().filter(|line| line.starts_with("test result:")) {
        let found = Tally {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed"),
            skipped: number_before(line, "ignored"),
        };
        *total.get_or_insert_with(Tally::default) += found;
    }
    total
}

/// `      Tests  1 failed | 4 passed (5)`
fn vitest_tally(output: &str) -> Option<Tally> {
    let line = output.lines().rfind(|line| line.trim_start().starts_with("Tests "))?;
    Some(Tally {
        passed: number_before(line, "passed"),
        failed: number_before(line, "failed"),
        skipped: number_before(line, "skipped"),
    })
}

/// Lines of their own: `  1 failed`, `  2 skipped`, `  12 passed (30.1s)`
fn playwright_tally(output: &str) -> Option<Tally> {
    let count = |word: &str| {
        let line = |line: &&str| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(|number| number.parse::<usize>().is_ok()) && words.next() == Some(word)
        };
        output.lines().rfind(line).map_or(0, |line| number_before(line, word))
    };
    let failed = count("failed") + count("interrupted") + count("did");
    let tally = Tally {
        passed: count("passed") + count("flaky"),
        failed,
        skipped: count("skipped"),
    };
    (tally != Tally::default()).then_some(tally)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn summaries_of_all_test_programs_are_read() {
        let nextest = "     Summary [   0.512s] 14 tests run: 13 passed (1 slow), 1 failed, 2 skipped";
        assert_eq!(nextest_tally(nextest), tally(13, 1, 2));
        let cargo = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                     test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(cargo_test_tally(cargo), tally(7, 3, 1));
        assert_eq!(
            vitest_tally(" Test Files  1 passed (1)\n      Tests  1 failed | 4 passed (5)"),
            tally(4, 1, 0)
        );
        let playwright = "  ok 1 learns visibly (3 passed before)\n\n  1 failed\n    a.spec.ts\n  2 skipped\n  12 passed (30.1s)";
        assert_eq!(playwright_tally(playwright), tally(12, 1, 2));
        assert_eq!(playwright_tally("Error: No tests found"), None);
    }
}
