//! Where things lie in the repository, and the two flavours of every build.
//!
//! In: the folder cargo ran us from. Out: paths, and a lock that keeps two builds in one checkout from writing over each other.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Flavour of a build: shipped, or quick for the first page and the edit loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    Shipped,
    Quick,
    /// The quick one, incrementally: slower for the first time, faster after a change.
    Edited,
}

impl Flavour {
    pub fn new(quick: bool) -> Self {
        if quick { Self::Quick } else { Self::Shipped }
    }

    /// The name of the folder of its results, and of the quality that the page is told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::Quick | Self::Edited => "quick",
        }
    }

    /// Its cargo profile.
    pub fn profile(self) -> &'static str {
        match self {
            Self::Shipped => "wasm",
            Self::Quick | Self::Edited => "quick",
        }
    }
}

/// The WebAssembly builds: three of the one crate, and one of what few logs need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variant {
    Cpu,
    /// The same over a memory that workers share.
    CpuThreads,
    Gpu,
    /// `src/unpack/`, loaded where a log is a spreadsheet or packed in a rarer way.
    Unpack,
}

impl Variant {
    /// In the order in which they are built: what most need first.
    pub const ALL: [Self; 4] = [Self::Cpu, Self::Unpack, Self::CpuThreads, Self::Gpu];

    /// Those that the page in one file carries.
    pub const SINGLE: [Self; 2] = [Self::Cpu, Self::Unpack];

    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::CpuThreads => "cpu-threads",
            Self::Gpu => "gpu",
            Self::Unpack => "unpack",
        }
    }

    /// The cargo package that it is built of, and the name of its library.
    pub fn package(self) -> (&'static str, &'static str) {
        match self {
            Self::Cpu | Self::CpuThreads | Self::Gpu => ("contrastvae", "contrastvae"),
            Self::Unpack => ("contrastvae-unpack", "contrastvae_unpack"),
        }
    }

    /// Whether its memory is shared, which takes a standard library of its own and WebAssembly's threads.
    pub fn has_threads(self) -> bool {
        self == Self::CpuThreads
    }

    /// Cargo features of this artefact.
    pub fn features(self) -> &'static str {
        match self {
            Self::Cpu | Self::Unpack => "",
            Self::CpuThreads => "threads",
            Self::Gpu => "gpu",
        }
    }
}

/// The repository.
pub struct Project {
    root: PathBuf,
}

impl Project {
    pub fn find() -> Result<Self> {
        // cargo sets the variable when it runs us; the compiled-in value serves a binary that is started by hand.
        let xtask =
            std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = xtask.parent().context("xtask stands outside the repository")?.to_path_buf();
        Ok(Self { root })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The finished site.
    pub fn dist(&self) -> PathBuf {
        self.path("dist")
    }

    /// The page in one file.
    pub fn single(&self) -> PathBuf {
        self.path("contrastvae-lab.html")
    }

    /// The site that was in `dist/` before the present one.
    pub fn dist_before(&self) -> PathBuf {
        self.work().join("dist-before")
    }

    /// The built part of the npm package: the modules, which the page imports too, and the scripts around them.
    pub fn package(&self) -> PathBuf {
        self.path("pkg/dist")
    }

    /// The finished module of one artefact, as the page loads it.
    pub fn module(&self, variant: Variant) -> PathBuf {
        self.package().join(variant.name()).join("contrastvae_bg.wasm")
    }

    /// Cargo's folder for a WebAssembly build: apart from the native one, because another toolchain may write it, and one of its own for the
    /// variant whose dependencies and standard library are compiled with atomics.
    pub fn wasm_target(&self, variant: Variant) -> PathBuf {
        self.path(if variant.has_threads() {
            "target/wasm-threads"
        } else {
            "target/wasm"
        })
    }

    /// Results of our own steps, kept for each flavour so that going back and forth costs nothing.
    pub fn work(&self) -> PathBuf {
        self.path("target/xtask")
    }

    /// Waits until no other build runs in this checkout; held until dropped.
    pub fn lock(&self) -> Result<File> {
        let folder = self.work();
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let path = folder.join("lock");
        let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        if file.try_lock().is_err() {
            println!("Waiting for another build in this checkout to finish.");
            file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Ok(file)
    }
}
