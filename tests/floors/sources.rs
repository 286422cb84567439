//! Paths that each source file of the crate names, by its tokens: macros and inline paths included, comments and strings not.
//!
//! In: the files under `src/`. Out: absolute paths, and from them the arrows between the modules of a folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path that a file names, with `self` and `super` resolved.
pub struct Used {
    pub names: Vec<String>,
    pub line: usize,
    /// Whether it stands in `mod tests`.
    pub in_tests: bool,
}

/// A source file.
pub struct Source {
    /// From `src/` on.
    pub path: String,
    /// Names of the module, `crate` left out: `["model", "bag", "vaecf"]`; those of `mod.rs` are its folder's.
    pub module: Vec<String>,
    pub paths: Vec<Used>,
}

impl Source {
    /// Reads a text as the file of this path.
    pub fn parse(path: &str, text: &str) -> Self {
        let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|name| name == "mod") {
            module.pop();
        }
        let tokens = TokenStream::from_str(text).unwrap_or_else(|error| panic!("src/{path}: {error}"));
        let mut walk = Walk {
            // Tests may also stand in a file of their own.
            in_tests: module.last().is_some_and(|name| name.starts_with("test")),
            module: module.clone(),
            paths: Vec::new(),
        };
        walk.tokens(tokens);
        Self {
            path: path.to_owned(),
            module,
            paths: walk.paths,
        }
    }

    /// The floor that it belongs to.
    pub fn floor(&self) -> &str {
        &self.module[0]
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// All files under `src/`.
pub fn sources() -> Vec<Source> {
    let src = root().join("src");
    let (mut folders, mut files) = (vec![src.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 100, "the sources are there");
    let parse = |file: &PathBuf| {
        let path = file.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        Source::parse(&path, &fs::read_to_string(file).unwrap())
    };
    files.iter().map(parse).collect()
}

/// Walks over the tokens of a file.
struct Walk {
    /// The module of the tokens, with those that are written out in the file.
    module: Vec<String>,
    in_tests: bool,
    paths: Vec<Used>,
}

impl Walk {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match (&tokens[at], tokens.get(at + 1), tokens.get(at + 2)) {
                (TokenTree::Ident(word), Some(TokenTree::Ident(name)), Some(TokenTree::Group(body)))
                    if word == "mod" && body.delimiter() == Delimiter::Brace =>
                {
                    let outside = self.in_tests;
                    self.in_tests |= name == "tests";
                    self.module.push(name.to_string());
                    self.tokens(body.stream());
                    self.module.pop();
                    self.in_tests = outside;
                    at += 3;
                }
                (TokenTree::Ident(_), ..) => at = self.path(&tokens, at, &[]),
                (TokenTree::Group(group), ..) => {
                    self.tokens(group.stream());
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Takes the path that begins at a word; returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, before: &[String]) -> usize {
        let mut names = before.to_vec();
        let line = tokens[at].span().start().line;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => names.push(name.to_string()),
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => names.push("*".to_owned()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.branches(group.stream(), &names);
                    return at + 1;
                }
                // A turbofish: what stands in it is walked over by the caller.
                _ => break,
            }
            at += 1;
            if !(is_colon(tokens.get(at)) && is_colon(tokens.get(at + 1))) {
                break;
            }
            at += 2;
        }
        self.note(names, line);
        at
    }

    /// The branches of a tree of uses.
    fn branches(&mut self, tokens: TokenStream, before: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Punct(comma) if comma.as_char() == ',' => at + 1,
                // The new name is nobody's path.
                TokenTree::Ident(word) if word == "as" => at + 2,
                _ => self.path(&tokens, at, before).max(at + 1),
            };
        }
    }

    fn note(&mut self, mut names: Vec<String>, line: usize) {
        if names.first().is_some_and(|name| name == "self" || name == "super") {
            let mut module = self.module.clone();
            while let Some(first) = names.first() {
                match first.as_str() {
                    "self" => {}
                    "super" => _ = module.pop(),
                    _ => break,
                }
                names.remove(0);
            }
            module.insert(0, "crate".to_owned());
            module.append(&mut names);
            names = module;
        }
        if names.len() > 1 {
            names.retain(|name| name != "self");
            self.paths.push(Used {
                names,
                line,
                in_tests: self.in_tests,
            });
        }
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(colon)) if colon.as_char() == ':')
}

/// For each folder the arrows between its modules, names that `mod.rs` hands on followed to where they are from. Tests may look around.
pub fn arrows_within_folders(sources: &[Source]) -> BTreeMap<String, Vec<(String, String)>> {
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
    let mut handed_on = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path.ends_with("mod.rs")) {
        for used in source.paths.iter().filter(|used| !used.in_tests) {
            // `pub use child::Name` names a child without `self`.
            let mut path = source.module.clone();
            path.extend(used.names.iter().cloned());
            let child = path[..=source.module.len()].to_vec();
            if modules.contains(&child) && path.len() > child.len() {
                let mut name = source.module.clone();
                name.push(path.last().unwrap().clone());
                handed_on.insert(name, child);
            }
        }
    }
    let mut folders: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for source in sources
        .iter()
        .filter(|source| source.module.len() > 1 || source.path.ends_with("mod.rs"))
    {
        for used in source.paths.iter().filter(|used| !used.in_tests && used.names[0] == "crate") {
            let path = &used.names[1..];
            // Both lie in the folders that they share; the first names that differ are the modules there.
            let shared = path.iter().zip(&source.module).take_while(|(a, b)| a == b).count();
            if shared == 0 || shared >= source.module.len() || shared >= path.len() {
                continue;
            }
            let target = path[..=shared].to_vec();
            let target = handed_on.get(&target).cloned().unwrap_or(target);
            if target.len() == shared + 1 && modules.contains(&target) && target[shared] != source.module[shared] {
                let arrow = (source.module[shared].clone(), target[shared].clone());
                folders.entry(path[..shared].join("/")).or_default().insert(arrow);
            }
        }
    }
    folders
        .into_iter()
        .map(|(folder, arrows)| (folder, arrows.into_iter().collect()))
        .collect()
}

/// The sets of modules that reach each other, each sorted.
pub fn rings(arrows: &[(String, String)]) -> Vec<Vec<String>> {
    let reached = |from: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(at) = next.pop() {
            for (_, to) in arrows.iter().filter(|(from, _)| from == at) {
                if seen.insert(to.clone()) {
                    next.push(to);
                }
            }
        }
        seen
    };
    let all: BTreeMap<&String, BTreeSet<String>> = arrows.iter().map(|(from, _)| (from, reached(from))).collect();
    let mut rings = BTreeSet::new();
    for (module, seen) in all.iter().filter(|(module, seen)| seen.contains(**module)) {
        let ring: Vec<String> = seen
            .iter()
            .filter(|other| all.get(other).is_some_and(|seen| seen.contains(*module)))
            .cloned()
            .collect();
        rings.insert(ring);
    }
    rings.into_iter().collect()
}
