//! `cargo xtask test`: everything that can be wrong with a change, in one command.
//!
//! In: the parts asked for. Out: each stage with its seconds, and a last line `N passed, N failed`. A failed stage does not keep
//! the others from running; only what needs its result is left out. A stage without tests of its own counts as one.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use crate::exec::Event;
use crate::page::Stay;
use crate::project::{Flavour, Project, Variant};
use crate::stage::{Reporter, Stage, Tally};
use crate::{artefacts, exec, modules, page, serve, sizes, toolchain, wasm};

/// What can be asked for by name.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// What is run before a commit: formatting, lints, the native tests and those of the page without a browser
    Quick,
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
        times: Default::default(),
    };
    if parts.contains(&Part::Quick) {
        quick(project, &suite);
        return Ok(suite.finish());
    }
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
                    let page = reporter.stage("page", |stage| page::build(project, stage, Stay::Lasting));
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
    Ok(suite.finish())
}

/// Formatting, lints and the native tests.
fn rust(project: &Project, suite: &Suite) {
    native_lints(project, suite);
    suite.tests("rust tests", |stage| native_tests(project, stage, suite, &CRATE, false));
    suite.tests("xtask tests", |stage| native_tests(project, stage, suite, &TOOLS, false));
}

/// What can be said of a change in minutes: nothing is compiled for browsers, and the crate's own code incrementally.
fn quick(project: &Project, suite: &Suite) {
    if let Err(error) = suite.reporter.stage("node packages", |stage| page::packages(project, stage)) {
        suite.broken(&format!("{error:#}"), &["page tests"]);
    } else if project.module(Variant::Cpu).exists() {
        page_tests(project, suite);
    } else {
        let why = "not run: the types of the protocol come with a module, `cargo xtask build --dev --cpu-only` makes one";
        suite.reporter.skip("page tests", why);
    }
    native_lints(project, suite);
    suite.tests("rust tests", |stage| native_tests(project, stage, suite, &CRATE, true));
}

/// Packages that are tested together, with the profile that has their dependencies compiled already: the release profile for the
/// crate, since the tensor library is many times slower without optimisation, and xtask's own for xtask. No crate is built twice.
struct Packages {
    names: &'static [&'static str],
    profile: &'static str,
}

const CRATE: Packages = Packages {
    names: &["contrastvae"],
    profile: "release",
};
const TOOLS: Packages = Packages {
    names: &["xtask", "modules"],
    profile: "tools",
};

fn native_lints(project: &Project, suite: &Suite) {
    suite.check("format", |stage| {
        exec::quietly(&mut exec::own_cargo(project, &["fmt", "--all", "--check"]), stage)
    });
    suite.check("clippy", |stage| {
        for packages in [&CRATE, &TOOLS] {
            let mut clippy = exec::own_cargo(
                project,
                &["clippy", "--all-targets", "--quiet", "--profile", packages.profile],
            );
            clippy.args(packages.names.iter().flat_map(|name| ["--package", name]));
            exec::quietly(clippy.args(["--", "-D", "warnings"]), stage)?;
        }
        Ok(())
    });
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
    /// Seconds of each test whose program tells them.
    times: std::cell::RefCell<Vec<(f64, String)>>,
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

    /// Prints the stages, the count and the slowest tests; whether nothing failed.
    fn finish(&self) -> bool {
        let total = self.total.get();
        println!("\n{}", self.reporter.table());
        println!("{}", sentence(total));
        println!("{}", slowest(&mut self.times.borrow_mut()));
        total.failed == 0
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

/// The five tests that took longest.
fn slowest(times: &mut [(f64, String)]) -> String {
    times.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let five: Vec<String> = times
        .iter()
        .take(5)
        .map(|(seconds, name)| format!("{name} {seconds:.1} s"))
        .collect();
    format!("slowest: {}", five.join(" · "))
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
    if incremental {
        command.env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true");
    }
    counted(
        &mut command,
        stage,
        suite,
        if nextest { nextest_tally } else { cargo_test_tally },
    )
}

fn wasm_checks(project: &Project, suite: &Suite, flavour: Flavour) {
    for variant in Variant::ALL {
        let name = variant.name();
        let finished = project.module(variant);
        suite.check(&format!("{name} features"), |_| modules::check("features", &finished));
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

/// Runs a test program, shows what it says beyond tests that passed, and counts by its own summary.
fn counted(command: &mut Command, stage: &Stage, suite: &Suite, count: fn(&str) -> Option<Tally>) -> Result<Tally> {
    let finished = exec::run(command, None, |event| match event {
        Event::Line(line) if timed(line).is_some() => stage.progress(line.trim()),
        Event::Line(line) => stage.print(line),
        Event::Silence => stage.tick(),
    })?;
    suite.times.borrow_mut().extend(finished.output.lines().filter_map(timed));
    match (finished.success(), count(&finished.output)) {
        (true, Some(tally)) if tally.failed == 0 => Ok(tally),
        (false, Some(tally)) if tally.failed > 0 => Ok(tally),
        (true, _) => bail!("the test program left no count of its tests"),
        (false, _) => bail!("the test program failed, see its output above"),
    }
}

/// Seconds and name of a test that passed, from the line of nextest or of Playwright's list.
fn timed(line: &str) -> Option<(f64, String)> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("PASS [") {
        let (seconds, name) = rest.split_once("s]")?;
        return Some((seconds.trim().parse().ok()?, name.split_whitespace().last()?.to_owned()));
    }
    let (name, time) = line
        .strip_prefix("ok ")
        .or_else(|| line.strip_prefix('\u{2713}'))?
        .strip_suffix(')')?
        .rsplit_once(" (")?;
    let seconds = if let Some(milliseconds) = time.strip_suffix("ms") {
        milliseconds.parse::<f64>().ok()? / 1e3
    } else if let Some(minutes) = time.strip_suffix('m') {
        minutes.parse::<f64>().ok()? * 60.0
    } else {
        time.strip_suffix('s')?.parse().ok()?
    };
    let name = name.rsplit_once("tests/browser/").map_or(name, |(_, name)| name);
    Some((seconds, name.trim().to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn times_are_read_and_the_slowest_named() {
        let lines = "        PASS [   1.234s] contrastvae::native run::it_learns
              ok  3 tests/browser/example.spec.ts:12:1 › the example (2 of 3) learns (1.5m)
              ✓  4 tests/browser/map.spec.ts:1:1 › a map (345ms)
        FAIL [   9.000s] contrastvae::native run::it_fails
        Summary [   0.512s] 14 tests run: 13 passed";
        let mut times: Vec<_> = lines.lines().filter_map(timed).collect();
        let said = "slowest: example.spec.ts:12:1 › the example (2 of 3) learns 90.0 s · run::it_learns 1.2 s · \
                    map.spec.ts:1:1 › a map 0.3 s";
        assert_eq!(slowest(&mut times), said);
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
