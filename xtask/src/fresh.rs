//! Decides what need not be built again.
//!
//! In: files, folders and words that an output depends on. Out: a fingerprint of their contents, and stamps on disk to compare it
//! with. Times of files do not count, so a fresh clone, a branch change and back, or a touched file rebuild nothing.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::WalkDir;

/// Collects what an output depends on.
pub struct Fingerprint {
    hasher: DefaultHasher,
}

impl Fingerprint {
    pub fn new() -> Self {
        // Not stable over Rust releases: then everything is built anew, as it should be.
        Self {
            hasher: DefaultHasher::new(),
        }
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        // The length first: otherwise two neighbours could trade bytes unseen.
        self.hasher.write_usize(bytes.len());
        self.hasher.write(bytes);
        self
    }

    pub fn word(self, word: &str) -> Self {
        self.bytes(word.as_bytes())
    }

    pub fn words(self, words: &[&str]) -> Self {
        words.iter().fold(self, |fingerprint, word| fingerprint.word(word))
    }

    /// Adds files and folders with all that is in them; one that does not exist counts as such.
    pub fn paths(self, root: &Path, relative: &[&str]) -> Result<Self> {
        relative
            .iter()
            .try_fold(self, |fingerprint, path| fingerprint.tree(root, path, &[]))
    }

    /// The same without what lies under `except`.
    pub fn paths_except(self, root: &Path, relative: &[&str], except: &[&str]) -> Result<Self> {
        let except: Vec<_> = except.iter().map(|path| root.join(path)).collect();
        relative
            .iter()
            .try_fold(self, |fingerprint, path| fingerprint.tree(root, path, &except))
    }

    fn tree(mut self, root: &Path, relative: &str, except: &[PathBuf]) -> Result<Self> {
        let top = root.join(relative);
        if !top.exists() {
            return Ok(self.word(relative).word("absent"));
        }
        let entries = WalkDir::new(&top).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| !except.iter().any(|path| path == entry.path())) {
            let entry = entry.with_context(|| format!("cannot read {}", top.display()))?;
            if entry.file_type().is_file() {
                let path = entry.path();
                let name = path.strip_prefix(root).unwrap_or(path);
                let contents = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
                self = self.bytes(name.as_os_str().as_encoded_bytes()).bytes(&contents);
            }
        }
        Ok(self)
    }

    pub fn finish(self) -> String {
        format!("{:016x}", self.hasher.finish())
    }
}

/// The fingerprint that an output on disk was made from.
pub struct Stamp {
    path: PathBuf,
}

impl Stamp {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub fn matches(&self, fingerprint: &str) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|stored| stored == fingerprint)
    }

    /// Taken away before an output is touched, so that a broken build never looks fresh.
    pub fn clear(&self) -> Result<()> {
        if self.path.exists() {
            fs::remove_file(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))?;
        }
        Ok(())
    }

    pub fn write(&self, fingerprint: &str) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&self.path, fingerprint).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Puts a finished folder in the place of an older one.
pub fn replace_folder(finished: &Path, place: &Path) -> Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    if place.exists() {
        fs::remove_dir_all(place).with_context(|| format!("cannot replace {}", place.display()))?;
    }
    fs::rename(finished, place).with_context(|| format!("cannot move {} to {}", finished.display(), place.display()))
}

/// An empty folder, whatever was there.
pub fn empty_folder(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot empty {}", path.display()))?;
    }
    fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(root: &Path) -> Result<String> {
        Ok(Fingerprint::new().word("recipe").paths(root, &["src", "missing"])?.finish())
    }

    #[test]
    fn contents_count_and_times_do_not() -> Result<()> {
        let root = std::env::temp_dir().join(format!("xtask-fresh-{}", std::process::id()));
        empty_folder(&root.join("src"))?;
        fs::write(root.join("src/a"), "one")?;
        let first = fingerprint(&root)?;
        fs::write(root.join("src/a"), "one")?;
        assert_eq!(first, fingerprint(&root)?);
        fs::write(root.join("src/a"), "two")?;
        let changed = fingerprint(&root)?;
        assert_ne!(first, changed);
        fs::rename(root.join("src/a"), root.join("src/b"))?;
        assert_ne!(changed, fingerprint(&root)?);
        let stamp = Stamp::new(root.join("stamps/one"));
        assert!(!stamp.matches(&first));
        stamp.write(&first)?;
        assert!(stamp.matches(&first));
        stamp.clear()?;
        assert!(!stamp.matches(&first));
        Ok(fs::remove_dir_all(root)?)
    }
}
