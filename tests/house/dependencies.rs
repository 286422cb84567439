//! Every crate that the workspace builds has a licence, a source and a name that `deny.toml` allows.
//!
//! The file is in the format of cargo-deny, which can be run in this test's place; compiling that takes longer than all other checks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde::Deserialize;
use spdx::{Expression, ParseMode};

/// The parts of `deny.toml` that are held here.
#[derive(Deserialize)]
struct Deny {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Graph {
    features: Vec<String>,
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn deny() -> Deny {
    toml::from_str(&fs::read_to_string(root().join("deny.toml")).unwrap()).unwrap()
}

/// Licence of each crate that is built for the targets, by name and version.
fn licences(graph: &Graph) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for target in &graph.targets {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}|{l}"])
            .args(["--features", &graph.features.join(","), "--target", target])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let Some((name, licence)) = line.split_once('|') else {
                continue;
            };
            // A crate that was listed before ends in a star.
            found.insert(name.to_owned(), licence.trim_end_matches("(*)").trim().to_owned());
        }
    }
    assert!(found.len() > 100, "the tree of dependencies is there");
    found
}

#[test]
fn licences_are_allowed() {
    let Deny { graph, licenses, .. } = deny();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (name, licence) in licences(&graph) {
        // The crates of this workspace stand with their folder.
        if name.contains(" (/") {
            continue;
        }
        let bare = name.split(' ').next().unwrap();
        let exception = licenses.exceptions.iter().find(|exception| exception.name == bare);
        let allowed = |wanted: &str| licenses.allow.iter().any(|allowed| allowed == wanted);
        let excepted = |wanted: &str| exception.is_some_and(|exception| exception.allow.iter().any(|allowed| allowed == wanted));
        match Expression::parse_mode(&licence, ParseMode::LAX) {
            Ok(expression) if expression.evaluate(|one| allowed(&one.to_string())) => {}
            Ok(expression) if expression.evaluate(|one| allowed(&one.to_string()) || excepted(&one.to_string())) => {
                used.insert(bare.to_owned());
            }
            _ => wrong.push(format!("{name}: {licence}")),
        }
    }
    let idle = licenses.exceptions.iter().filter(|exception| !used.contains(&exception.name));
    wrong.extend(idle.map(|exception| format!("{} needs no exception any more", exception.name)));
    assert!(wrong.is_empty(), "deny.toml allows none of these: {}", wrong.join("; "));
}

#[test]
fn no_banned_crate_and_no_other_source() {
    let Deny {
        graph, bans, sources, ..
    } = deny();
    let built = licences(&graph);
    let names: BTreeSet<&str> = built.keys().map(|name| name.split(' ').next().unwrap()).collect();
    let banned: Vec<_> = bans
        .deny
        .iter()
        .filter(|banned| names.contains(banned.name.as_str()))
        .map(|banned| &banned.name)
        .collect();
    assert!(
        banned.is_empty(),
        "deny.toml bans {banned:?}; `cargo tree -i` tells who asks for them"
    );

    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut count = 0;
    for source in lock.lines().filter_map(|line| line.strip_prefix("source = \"")) {
        let source = source.trim_end_matches('"');
        let known = sources
            .allow_registry
            .iter()
            .any(|registry| source == format!("registry+{registry}"));
        assert!(known, "{source} is no source that deny.toml allows");
        count += 1;
    }
    assert!(count > 100, "the lock file is there");
}

#[test]
fn versions_are_named() {
    for manifest in ["Cargo.toml", "xtask/Cargo.toml", "fuzz/Cargo.toml"] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let target = table.get("target").and_then(toml::Value::as_table);
        let places = target
            .into_iter()
            .flatten()
            .filter_map(|(_, place)| place.as_table())
            .chain([&table]);
        for (kind, place) in
            places.flat_map(|place| ["dependencies", "dev-dependencies", "build-dependencies"].map(|kind| (kind, place)))
        {
            for (name, dependency) in place.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
                let within = dependency.get("path").is_some();
                assert!(
                    within || version.is_some_and(|version| version != "*"),
                    "{manifest}: {name} has no version"
                );
            }
        }
    }
}
