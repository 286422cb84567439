//! Real logs beside the checkout, which are not part of it; tests that need them say so and pass where they are missing.

use std::fs;
use std::path::{Path, PathBuf};

use contrastvae::log::{Dataset, ReadOptions, read};

/// Where the logs are.
pub fn folder() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if root.is_dir() {
        return Some(root);
    }
    println!("skipped: no ../shared");
    None
}

/// One of them, read.
pub fn open(root: &Path, name: &str, k_core: u32) -> Dataset {
    let bytes = fs::read(root.join(name)).unwrap();
    read((name, &bytes), None, &ReadOptions::with_k_core(k_core)).unwrap()
}
