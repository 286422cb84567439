//! Form of the source files, where neither formatter nor compiler holds it: width of comments, length of files, and how a doc comment
//! begins.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Columns of a comment. Stable rustfmt leaves comments alone (`wrap_comments` is for nightly), so they are held here.
const WIDTH: usize = 150;

/// Lines of a file of the crate or of the page.
const LINES: usize = 500;

/// Files that are still longer. The list only shrinks: an entry that is no longer needed fails too.
const LONGER: [&str; 0] = [];

/// Folders in which doc comments still begin with "What" instead of a noun. The list only shrinks, as above.
const WHAT: [&str; 0] = [];

/// Files with one of these endings in these folders, by their path from the repository's root.
fn files(folders: &[&str], endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["dist", "node_modules", "target"].contains(&name.as_str()) {
                left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let shown = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push((shown, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn rust() -> Vec<(String, String)> {
    files(&["benches", "fuzz", "src", "tests", "xtask"], &[".rs"])
}

#[test]
fn comments_have_a_width() {
    let mut wrong = Vec::new();
    for (path, text) in rust() {
        for (at, line) in text.lines().enumerate() {
            let width = line.chars().count();
            if line.trim_start().starts_with("//") && width > WIDTH {
                wrong.push(format!("{path}:{} has {width} columns", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "at most {WIDTH}: {}", wrong.join("; "));
}

#[test]
fn files_are_short() {
    let sources = files(&["src", "xtask/src"], &[".rs"]).into_iter();
    let page = files(&["www", "pkg/src"], &[".ts", ".svelte", ".css"]).into_iter();
    let mut longer = BTreeSet::new();
    for (path, text) in sources.chain(page) {
        // What a program wrote is as long as it is.
        if text.lines().count() > LINES && !text.contains("@generated") {
            longer.insert(path);
        }
    }
    let known = BTreeSet::from(LONGER.map(str::to_owned));
    assert_eq!(longer, known, "files of more than {LINES} lines, and those that LONGER lists");
}

#[test]
fn doc_comments_begin_with_a_noun() {
    let mut met = BTreeSet::new();
    let mut wrong = Vec::new();
    for (path, text) in rust() {
        let mut before = "";
        for (at, line) in text.lines().map(str::trim_start).enumerate() {
            let doc = |line: &str| line.starts_with("///") || line.starts_with("//!");
            let begins = !doc(before) || ["///", "//!"].contains(&before.trim_end());
            if begins && ["/// What ", "//! What "].iter().any(|what| line.starts_with(what)) {
                match WHAT.iter().find(|folder| path.starts_with(**folder)) {
                    Some(folder) => _ = met.insert(*folder),
                    None => wrong.push(format!("{path}:{}: {line}", at + 1)),
                }
            }
            before = line;
        }
    }
    let idle: Vec<_> = WHAT.iter().filter(|folder| !met.contains(**folder)).collect();
    assert!(
        wrong.is_empty(),
        "a doc comment opens with what the thing is:\n{}",
        wrong.join("\n")
    );
    assert!(idle.is_empty(), "take from the list, they are done: {idle:?}");
}

#[test]
fn no_code_is_native_with_the_gpu_alone() {
    // Lints look at the code of browsers with and without the GPU, and at native code without it. Together they see all, unless code needs
    // the GPU and no browser.
    let mut wrong = Vec::new();
    for (path, text) in files(&["src"], &[".rs"]) {
        let graphics = path.starts_with("src/kernel/gpu/");
        for (at, line) in text.lines().map(str::trim_start).enumerate() {
            let condition = line.starts_with("#[cfg") || line.starts_with("#![cfg");
            let native = line.contains("not(target_arch = \"wasm32\")");
            if condition && native && (graphics || line.contains("feature = \"gpu\"")) {
                wrong.push(format!("{path}:{}", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "no lint sees: {}", wrong.join(", "));
}
