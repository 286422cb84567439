//! The browser engines that the journeys of `tests/browser/engines/` run in: their programs, and how they come onto a machine.
//!
//! In: the machine. Out: the engines that are there, with the path of each; a sentence for each that is not. On Debian, as root, they are installed.

use std::path::{Path, PathBuf};

use crate::exec;
use crate::stage::Stage;
use crate::toolchain;

/// A browser engine as a machine has it.
pub struct Engine {
    /// Name of the Playwright project.
    pub name: &'static str,
    /// Variable that names its program, for us and for the tests.
    pub variable: &'static str,
    /// Names of the program that is steered, the usual first.
    programs: &'static [&'static str],
    /// Path of the program where it is on no `PATH`.
    application: Option<&'static str>,
    /// Programs that it needs beside its own.
    beside: &'static [&'static str],
    /// Program of Python that must run, for what has no program of its own.
    python: Option<&'static str>,
    /// Debian's packages that hold all of it.
    packages: &'static [&'static str],
    /// Newest version in which the tests are known to fail; 0 where there is none.
    fails_in: u32,
}

pub const CHROMIUM: Engine = Engine {
    name: "chromium",
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    application: Some("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    beside: &[],
    python: None,
    packages: &["chromium"],
    fails_in: 0,
};

pub const FIREFOX: Engine = Engine {
    name: "firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    application: Some("/Applications/Firefox.app/Contents/MacOS/firefox"),
    beside: &[],
    python: None,
    packages: &["firefox-esr"],
    // It lacks a command of WebDriver BiDi with which pages get their size.
    fails_in: 140,
};

/// Safari's engine: its window is a program in Python (`window.py`), on a screen that nobody sees.
pub const WEBKIT: Engine = Engine {
    name: "webkit",
    variable: "WEBKIT_DRIVER",
    programs: &["WebKitWebDriver"],
    application: None,
    beside: &["xvfb-run", "xauth"],
    python: Some("import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')"),
    packages: &["webkit2gtk-driver", "xvfb", "xauth", "python3-gi", "gir1.2-webkit2-4.1"],
    fails_in: 0,
};

/// The Python that Debian's packages belong to, as `window.py` names it.
const PYTHON: &str = "/usr/bin/python3";

impl Engine {
    /// Path of its program, after it was installed or renewed where that is ours to do; `None` if it is not there, or too old.
    pub fn ensure(&self, stage: &Stage) -> Option<PathBuf> {
        self.usable().or_else(|| {
            if toolchain::can_install_packages() {
                // What went wrong shows in that the program is not there.
                toolchain::apt_install(self.packages, stage).ok()?;
            }
            self.usable()
        })
    }

    /// Path of its program if it is there and new enough.
    fn usable(&self) -> Option<PathBuf> {
        self.installed().filter(|program| self.too_old(program).is_none())
    }

    /// Its version, if the tests are known to fail in that.
    fn too_old(&self, program: &Path) -> Option<u32> {
        if self.fails_in == 0 {
            return None;
        }
        let said = exec::ask(program.to_str()?, &["--version"])?;
        main_version(&said).filter(|&version| version <= self.fails_in)
    }

    fn installed(&self) -> Option<PathBuf> {
        if let Some(path) = std::env::var_os(self.variable) {
            return Some(path.into());
        }
        let beside = self.beside.iter().all(|name| on_path(name).is_some());
        let python = self.python.is_none_or(|code| exec::ask(PYTHON, &["-c", code]).is_some());
        if !beside || !python {
            return None;
        }
        let application = self.application.map(PathBuf::from).filter(|path| path.is_file());
        self.programs.iter().find_map(|name| on_path(name)).or(application)
    }

    /// Sentence for a machine without it, or with one that is too old.
    pub fn missing(&self) -> String {
        if let Some(version) = self.installed().and_then(|program| self.too_old(&program)) {
            return format!(
                "version {version} is there, and the tests fail in {} and before: renew {} (on Debian: `apt-get update`, then {}), or name a \
                 newer one in the variable {}",
                self.fails_in,
                self.programs[0],
                self.packages.join(", "),
                self.variable
            );
        }
        format!(
            "not there: install {} (on Debian: {}), or name it in the variable {}",
            self.programs[0],
            self.packages.join(", "),
            self.variable
        )
    }
}

/// The first number of what a program says of its version, such as 153 of "Mozilla Firefox 153.8.0esr".
fn main_version(said: &str) -> Option<u32> {
    let digits = said.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty())?;
    digits.parse().ok()
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_an_engine_is_told_its_packages() {
        let sentence = WEBKIT.missing();
        for part in ["WebKitWebDriver", "webkit2gtk-driver, xvfb", "WEBKIT_DRIVER"] {
            assert!(sentence.contains(part), "{sentence}");
        }
    }

    #[test]
    fn an_engine_that_is_too_old_is_not_taken() {
        assert_eq!(main_version("Mozilla Firefox 153.8.0esr"), Some(153));
        assert_eq!(main_version("no version"), None);
        // cargo stands for a browser of version 1, which is on every machine that runs this.
        let old = Engine {
            name: "old",
            variable: "CONTRASTVAE_NO_SUCH_VARIABLE",
            programs: &["cargo"],
            application: None,
            beside: &[],
            python: None,
            packages: &["old-browser"],
            fails_in: 1,
        };
        assert!(old.installed().is_some() && old.usable().is_none());
        let sentence = old.missing();
        assert!(
            sentence.starts_with("version 1 is there") && sentence.contains("old-browser"),
            "{sentence}"
        );
        assert!(Engine { fails_in: 0, ..old }.usable().is_some());
    }

    #[test]
    fn a_program_that_lacks_what_it_needs_is_not_there() {
        let shell = Engine {
            name: "shell",
            variable: "CONTRASTVAE_NO_SUCH_VARIABLE",
            programs: &["no-such-shell", "sh"],
            application: None,
            beside: &[],
            python: None,
            packages: &[],
            fails_in: 0,
        };
        assert!(shell.installed().is_some_and(|path| path.ends_with("sh")));
        let alone = Engine {
            beside: &["no-such-program"],
            ..shell
        };
        assert!(alone.installed().is_none());
    }
}
