//! `cargo xtask data`: a real log for this machine.
//!
//! In: nothing but the network, through Python's pip. Out: `data/ml-100k/`, which git ignores and no build takes up. MovieLens 100K
//! may not be passed on, so this project holds none of it: each person fetches it, out of a package of RecBole that carries it
//! as an example, and is shown the terms before. pip does the download, because it knows the proxies and mirrors of a machine
//! that other programs would not find; what it brings is checked against a hash that is fixed here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::exec::{self, Event};
use crate::fresh::{Stamp, empty_folder, replace_folder};
use crate::project::Project;
use crate::stage::{Reporter, Stage};

/// A data set that can be fetched.
struct Set {
    name: &'static str,
    /// Its folder under `data/`.
    folder: &'static str,
    /// Requirement for pip.
    requirement: &'static str,
    /// The file that comes of it, with its SHA-256 as PyPI has it.
    wheel: &'static str,
    sha256: &'static str,
    /// The folder in the wheel, and the files that are taken out of it.
    inside: &'static str,
    files: &'static [&'static str],
    /// Those of them that the page loads.
    load: &'static [&'static str],
    /// Name for people.
    note: &'static str,
    /// The terms in one sentence, and in full enough to keep beside the data.
    licence: &'static str,
    terms: &'static str,
}

const MOVIELENS: Set = Set {
    name: "MovieLens 100K",
    folder: "ml-100k",
    requirement: "recbole==1.2.1",
    wheel: "recbole-1.2.1-py3-none-any.whl",
    sha256: "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    inside: "recbole/dataset_example/ml-100k",
    files: &["ml-100k.inter", "ml-100k.item", "ml-100k.user"],
    load: &["ml-100k.inter", "ml-100k.item"],
    note: "100,000 ratings of 1,682 films by 943 people, 1997 and 1998",
    licence: "For research and teaching; may not be passed on; publications must name it (GroupLens, University of Minnesota).",
    terms: "\
MovieLens 100K was collected by the GroupLens Research Project at the University of Minnesota. It may be used for research
under these conditions, which are those of its README in short (https://files.grouplens.org/datasets/movielens/ml-100k-README.txt):

  - The data may not be passed on to others without separate permission. Keep it on this machine.
  - It may not be used commercially, or to earn money, without permission from GroupLens.
  - Publications that use it must say so and cite: F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets:
    History and Context. ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872
  - Nothing may suggest that the University of Minnesota or GroupLens endorses the use.
  - Neither guarantees that the data is correct or fit for a purpose.

The files are the edition that RecBole (https://recbole.io) carries as an example, unchanged.
",
};

const SETS: [&Set; 1] = [&MOVIELENS];
const NO_PIP: &str = "pip was not found: install Python 3 with pip (on Debian `apt-get install python3-pip`)";

/// Fetches what is not there yet.
pub fn fetch(project: &Project, reporter: &Reporter) -> Result<()> {
    for set in SETS {
        println!("{}\n", set.terms);
        reporter.stage(set.name, |stage| fetch_set(project, set, stage))?;
        println!(
            "\n{} is in {}. `cargo xtask serve` offers it on the page.",
            set.name,
            folder(project, set).display()
        );
    }
    Ok(())
}

/// The sets that are there, as the page reads them: addresses are relative to the page.
pub fn list(root: &Path) -> Value {
    let there = SETS.iter().filter(|set| complete(&root.join(set.folder), set));
    let entry = |set: &&Set| {
        let files: Vec<String> = set.load.iter().map(|file| format!("data/{}/{file}", set.folder)).collect();
        json!({ "name": set.name, "files": files, "licence": set.licence, "note": set.note })
    };
    there.map(entry).collect()
}

/// Where all sets lie.
pub fn root(project: &Project) -> PathBuf {
    project.path("data")
}

fn folder(project: &Project, set: &Set) -> PathBuf {
    root(project).join(set.folder)
}

fn complete(folder: &Path, set: &Set) -> bool {
    stamp(folder).matches(set.sha256) && set.files.iter().all(|file| folder.join(file).is_file())
}

/// Which wheel a folder was made of; inside it, so that who deletes the folder deletes the stamp.
fn stamp(folder: &Path) -> Stamp {
    Stamp::new(folder.join(".made-of"))
}

fn fetch_set(project: &Project, set: &Set, stage: &Stage) -> Result<()> {
    let folder = folder(project, set);
    if complete(&folder, set) {
        stage.note("fresh");
        return Ok(());
    }
    let downloads = project.work().join("downloads");
    empty_folder(&downloads)?;
    download(set, &downloads, stage)?;
    stage.progress("unpacking");
    let partial = root(project).join(format!("{}.partial", set.folder));
    empty_folder(&partial)?;
    unpack(&downloads.join(set.wheel), set, &partial)?;
    let terms = partial.join("LICENCE.txt");
    fs::write(&terms, set.terms).with_context(|| format!("cannot write {}", terms.display()))?;
    stamp(&partial).write(set.sha256)?;
    replace_folder(&partial, &folder)?;
    fs::remove_dir_all(&downloads).with_context(|| format!("cannot remove {}", downloads.display()))?;
    stage.note(format!("{} files", set.files.len()));
    Ok(())
}

/// A Python that has pip.
fn python() -> Result<&'static str> {
    ["python3", "python", "py"]
        .into_iter()
        .find(|python| exec::ask(python, &["-m", "pip", "--version"]).is_some())
        .context(NO_PIP)
}

/// Has pip put the wheel into a folder.
fn download(set: &Set, into: &Path, stage: &Stage) -> Result<()> {
    stage.progress(&format!("downloading {}", set.wheel));
    let mut pip = Command::new(python()?);
    // One file that is only unpacked: what RecBole needs to run does not matter, nor for which Python it is.
    pip.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--ignore-requires-python",
        "--disable-pip-version-check",
        "--retries=2",
    ])
    .arg("--dest")
    .arg(into)
    .arg(set.requirement);
    let finished = exec::run(&mut pip, None, |event| match event {
        Event::Line(line) => stage.progress(line.trim()),
        Event::Silence => stage.tick(),
    })?;
    if finished.success() {
        return Ok(());
    }
    Err(refusal(&finished.output, set))
}

/// Why pip brought nothing, in a sentence.
fn refusal(output: &str, set: &Set) -> anyhow::Error {
    // Before it gives up, pip names each failed connection; what it says last is only that there is no such version.
    let offline = [
        "NewConnectionError",
        "NameResolutionError",
        "ConnectTimeoutError",
        "ProxyError",
    ];
    if offline.iter().any(|word| output.contains(word)) {
        return anyhow!(
            "{} could not be downloaded: the package index cannot be reached from this machine; try again when it is online",
            set.name
        );
    }
    let said = output.lines().rev().find_map(|line| line.trim().strip_prefix("ERROR: "));
    anyhow!(
        "{} could not be downloaded; pip said: {}",
        set.name,
        said.unwrap_or("nothing that could be told here")
    )
}

/// Checks the wheel, which is a zip archive, and takes the files out of it.
fn unpack(wheel: &Path, set: &Set, into: &Path) -> Result<()> {
    let bytes = fs::read(wheel).with_context(|| format!("pip left no {}", wheel.display()))?;
    let found = hex(&Sha256::digest(&bytes));
    if found != set.sha256 {
        bail!(
            "{} is not the file that is expected (SHA-256 {found}, not {}); nothing of it was used",
            set.wheel,
            set.sha256
        );
    }
    // Python is there, since pip is, and its library opens zip archives.
    let whole = wheel.with_extension("unpacked");
    let mut unzip = Command::new(python()?);
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(&whole);
    let finished = exec::run(&mut unzip, None, |_| {})?;
    if !finished.success() {
        bail!("{} cannot be unpacked: {}", set.wheel, finished.output.trim());
    }
    for name in set.files {
        let path = into.join(name);
        fs::copy(whole.join(set.inside).join(name), &path)
            .with_context(|| format!("{} could not be taken out of {}", path.display(), set.wheel))?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_sets_are_offered() -> Result<()> {
        let root = std::env::temp_dir().join(format!("xtask-data-{}", std::process::id()));
        let folder = root.join(MOVIELENS.folder);
        empty_folder(&folder)?;
        assert_eq!(list(&root), json!([]));
        stamp(&folder).write(MOVIELENS.sha256)?;
        for file in MOVIELENS.files {
            assert_eq!(list(&root), json!([]), "{file} is missing");
            fs::write(folder.join(file), "")?;
        }
        let offered = list(&root);
        assert_eq!(
            offered[0]["files"],
            json!(["data/ml-100k/ml-100k.inter", "data/ml-100k/ml-100k.item"])
        );
        assert_eq!(offered[0]["name"], "MovieLens 100K");
        assert!(offered[0]["licence"].is_string() && offered[0]["note"].is_string());
        Ok(fs::remove_dir_all(root)?)
    }

    #[test]
    fn another_file_is_not_unpacked() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-wheel-{}", std::process::id()));
        empty_folder(&folder)?;
        let wheel = folder.join("a.whl");
        fs::write(&wheel, "something else")?;
        let said = unpack(&wheel, &MOVIELENS, &folder)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(said.contains("not the file that is expected (SHA-256 "), "{said}");
        assert_eq!(fs::read_dir(&folder)?.count(), 1);
        Ok(fs::remove_dir_all(folder)?)
    }

    #[test]
    fn what_pip_says_becomes_a_sentence() {
        let offline = "WARNING: Retrying … NewConnectionError('<…>: Failed to establish a new connection')\nERROR: No matching \
                       distribution found for recbole==1.2.1";
        assert!(
            refusal(offline, &MOVIELENS)
                .to_string()
                .ends_with("try again when it is online")
        );
        let other = refusal("Collecting\nERROR: No space left on device\n", &MOVIELENS).to_string();
        assert_eq!(
            other,
            "MovieLens 100K could not be downloaded; pip said: No space left on device"
        );
    }
}
