//! The browser engines that the journeys of `tests/browser/engines/` run in: their programs, and how they come onto a machine.
//!
//! In: the machine. Out: the engines that are there, with the path of each; a sentence for each that is not. On Debian, as root, they are installed.

use std::path::PathBuf;

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
}

pub const CHROMIUM: Engine = Engine {
    name: "chromium",
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    application: Some("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    beside: &[],
    python: None,
    packages: &["chromium"],
};

pub const FIREFOX: Engine = Engine {
    name: "firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    application: Some("/Applications/Firefox.app/Contents/MacOS/firefox"),
    beside: &[],
    python: None,
    packages: &["firefox-esr"],
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
};

/// The Python that Debian's packages belong to, as `window.py` names it.
const PYTHON: &str = "/usr/bin/python3";

impl Engine {
    /// Path of its program, after it was installed where that is ours to do; `None` if it is not there.
    pub fn ensure(&self, stage: &Stage) -> Option<PathBuf> {
        self.installed().or_else(|| {
            if toolchain::can_install_packages() {
                // What went wrong shows in that the program is not there.
                toolchain::apt_install(self.packages, stage).ok()?;
            }
            self.installed()
        })
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

    /// Sentence for a machine without it.
    pub fn missing(&self) -> String {
        format!(
            "not there: install {} (on Debian: {}), or name it in the variable {}",
            self.programs[0],
            self.packages.join(", "),
            self.variable
        )
    }
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
    fn a_program_that_lacks_what_it_needs_is_not_there() {
        let shell = Engine {
            name: "shell",
            variable: "CONTRASTVAE_NO_SUCH_VARIABLE",
            programs: &["no-such-shell", "sh"],
            application: None,
            beside: &[],
            python: None,
            packages: &[],
        };
        assert!(shell.installed().is_some_and(|path| path.ends_with("sh")));
        let alone = Engine {
            beside: &["no-such-program"],
            ..shell
        };
        assert!(alone.installed().is_none());
    }
}
