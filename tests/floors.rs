//! The floors of `docs/architecture.md` are law: each uses only those below it, and knows nothing that the table forbids it.
//!
//! In: the table and the sources. Out: nothing, or every arrow that goes up, with the two files and the line.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::iter_over_hash_type,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test has files and clocks, fails by panicking, and its `pub` says what its other modules use"
)]

#[path = "floors/sources.rs"]
mod sources;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use sources::{Source, sources};

/// Libraries that one floor alone may name, as the text below the table says.
const OWNED: [(&str, &str, &[&str]); 2] = [
    (
        "web",
        "the browser",
        &[
            "js_sys",
            "serde_wasm_bindgen",
            "wasm_bindgen",
            "wasm_bindgen_futures",
            "web_sys",
        ],
    ),
    ("device", "a backend", &["burn_flex", "burn_wgpu", "wgpu"]),
];

/// A file of another floor that may name such a library too: the browser's side of the package that unpacks.
const ALSO: (&str, &str) = ("unpack/web.rs", "the browser");

/// Words of the table's last column and the paths that they forbid. Words that are not here are for readers.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("files", &["std::fs"]),
    ("clock", &["std::time::Instant", "std::time::SystemTime"]),
    ("the tensor library", TENSORS),
    ("tensors", TENSORS),
];

const TENSORS: &[&str] = &["burn", "burn_autodiff", "burn_cubecl", "burn_tensor"];

/// Folders whose modules still form a ring. The list only shrinks: an entry without a ring fails too.
const RINGS: [&str; 1] = ["run"];

/// Words of the table that a floor still meets. The list only shrinks, as above.
const MET: [(&str, &str); 0] = [];

/// A row of the table.
struct Floor {
    name: String,
    /// Words of the column "what it must not know".
    unknown: String,
}

/// Floors of the crate from the highest to the lowest.
fn floors() -> Vec<Floor> {
    let text = fs::read_to_string(sources::root().join("docs/architecture.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `src/"));
    rows.map(|row| {
        let (path, rest) = row.split_once('`').unwrap();
        Floor {
            name: path.trim_end_matches('/').trim_end_matches(".rs").to_owned(),
            unknown: rest.trim_end_matches('|').rsplit('|').next().unwrap().trim().to_owned(),
        }
    })
    .collect()
}

/// Rank of each floor by name; 0 is the lowest.
fn ranks() -> BTreeMap<String, usize> {
    floors()
        .into_iter()
        .rev()
        .enumerate()
        .map(|(rank, floor)| (floor.name, rank))
        .collect()
}

#[test]
fn the_table_names_each_floor_there_is() {
    let mut listed: Vec<String> = ranks().into_keys().collect();
    let mut there: Vec<String> = sources().iter().map(|source| source.floor().to_owned()).collect();
    there.retain(|floor| floor != "lib");
    listed.sort();
    there.sort();
    there.dedup();
    assert_eq!(listed, there, "the table of docs/architecture.md and the folders of src/");
}

#[test]
fn no_arrow_goes_up() {
    let ranks = ranks();
    let mut wrong = Vec::new();
    for source in sources() {
        // The command line sees the crate from outside, and `lib.rs` lists the floors.
        if ["bin", "lib"].contains(&source.floor()) {
            continue;
        }
        for used in source.paths.iter().filter(|used| used.names[0] == "crate") {
            let Some(floor) = used.names.get(1).filter(|floor| ranks.contains_key(*floor)) else {
                continue;
            };
            if ranks[floor] > ranks[source.floor()] {
                wrong.push(format!(
                    "src/{}:{} uses src/{} ({}), which is a floor above it",
                    source.path,
                    used.line,
                    file_of(floor),
                    used.names.join("::"),
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// Folder or file of a floor.
fn file_of(floor: &str) -> String {
    let folder = sources::root().join("src").join(floor);
    if folder.is_dir() {
        format!("{floor}/")
    } else {
        format!("{floor}.rs")
    }
}

/// Paths that a floor may not name, each with a word for them.
fn forbidden(floor: &Floor) -> Vec<(&'static str, &'static [&'static str])> {
    let owned = OWNED.iter().filter(|(owner, ..)| *owner != floor.name);
    let words = FORBIDDEN.iter().filter(|(word, _)| floor.unknown.contains(word));
    owned.map(|(_, what, paths)| (*what, *paths)).chain(words.copied()).collect()
}

#[test]
fn no_floor_knows_what_is_kept_from_it() {
    let floors: BTreeMap<String, Floor> = floors().into_iter().map(|floor| (floor.name.clone(), floor)).collect();
    let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
    for source in sources() {
        let Some(floor) = floors.get(source.floor()) else { continue };
        for (word, paths) in forbidden(floor) {
            if (source.path.as_str(), word) == ALSO {
                continue;
            }
            for used in source.paths.iter().filter(|used| !used.in_tests) {
                let path = used.names.join("::");
                let named = |forbidden: &&str| path == *forbidden || path.starts_with(&format!("{forbidden}::"));
                if !paths.iter().any(named) {
                    continue;
                }
                let known = MET.iter().find(|known| **known == (source.floor(), word));
                if let Some(known) = known {
                    met.insert(known);
                } else {
                    wrong.push(format!("src/{}:{} knows {word} ({path})", source.path, used.line));
                }
            }
        }
    }
    wrong.extend(
        MET.iter()
            .filter(|known| !met.contains(known))
            .map(|(floor, word)| format!("{floor} knows {word} no more: take it from MET")),
    );
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_modules_of_a_folder_use_each_other_in_a_ring() {
    let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
    for (folder, arrows) in sources::arrows_within_folders(&sources()) {
        for ring in sources::rings(&arrows) {
            if RINGS.contains(&folder.as_str()) {
                met.insert(folder.clone());
            } else {
                wrong.push(format!("src/{folder}: {}", ring.join(", ")));
            }
        }
    }
    wrong.extend(
        RINGS
            .iter()
            .filter(|folder| !met.contains(**folder))
            .map(|folder| format!("src/{folder} has no ring any more: take it from RINGS")),
    );
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_check_itself_sees_what_it_should() {
    let text = "
        use crate::{batch::{Bags, Noise as _}, device};
        #[cfg(feature = \"gpu\")]
        use super::other::*;
        fn f() { let x: Vec<crate::log::Dataset> = crate :: kernel::gpu::normal(); format!(\"{}\", crate::run::X); std::fs::read(x) }
        mod tests { use super::*; use super::super::sibling::A; }
    ";
    let source = Source::parse("model/bag/vaecf.rs", text);
    let seen: Vec<String> = source.paths.iter().map(|used| used.names.join("::")).collect();
    for path in [
        "crate::batch::Bags",
        "crate::batch::Noise",
        "crate::device",
        "crate::model::bag::other::*",
        "crate::log::Dataset",
        "crate::kernel::gpu::normal",
        "crate::run::X",
        "std::fs::read",
        "crate::model::bag::vaecf::*",
        "crate::model::bag::sibling::A",
    ] {
        assert!(seen.iter().any(|seen| seen == path), "{path} in {seen:?}");
    }
    let arrow = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let arrows = [
        arrow("a", "b"),
        arrow("b", "c"),
        arrow("c", "a"),
        arrow("c", "d"),
        arrow("d", "e"),
    ];
    assert_eq!(sources::rings(&arrows), [["a", "b", "c"]]);
}
