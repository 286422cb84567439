//! Checkpoints of PyTorch, without PyTorch: the bytes of a file that `torch.save(model.state_dict(), …)` wrote become named
//! tensors.
//!
//! In: a file's name (for sentences) and its bytes. Out: a [`Tensor`] for each name, as 32-bit floats in row-major order whatever
//! layout and number type the file has, or a [`PytorchError`] in one sentence. Nothing here knows files, browsers, models or
//! burn.
//!
//! Such a file is a zip archive: `data.pkl` is a program for Python's pickle machine that builds the dictionary, and `data/0`,
//! `data/1`, … are the bytes of the storages (format of `torch/serialization.py`, PyTorch 1.6 and later). `archive` opens the
//! one, `pickle` understands the other: only the dozen instructions and the few names that a dictionary of tensors needs.
//! Everything else is refused by its name, and nothing is ever executed. `storage` turns bytes into numbers.
//!
//! Written here rather than taken from the `pytorch-reader` crate, which needs a path (a page has none) and switches flate2 to
//! another implementation, so that the page would no longer unpack logs with the code that the native tests have tried.

mod archive;
mod error;
mod pickle;
mod storage;

pub use error::PytorchError;

use std::collections::{BTreeMap, HashMap};

use archive::Archive;
use pickle::Fault;
use storage::View;

/// Most bytes of `data.pkl`; a dictionary of a thousand tensors takes a tenth of a mebibyte.
pub const MAX_PICKLE_BYTES: u64 = 16 << 20;
/// Most numbers in all tensors together, and in all storages: a gibibyte of 32-bit floats.
pub const MAX_VALUES: u64 = 1 << 28;

/// A tensor's values as 32-bit floats.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Extents, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// In row-major order. Wider numbers are rounded to the nearest float.
    pub values: Vec<f32>,
}

/// The tensors of a checkpoint by name. `file` is how sentences call it.
pub fn read(file: &str, bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, PytorchError> {
    let mut archive = Archive::open(file, bytes)?;
    let program = archive.pickle()?;
    let entry = archive.pickle_name();
    let fault = |fault: Fault| match fault {
        Fault::Damaged(what) => PytorchError::Damaged {
            file: file.to_owned(),
            entry: entry.clone(),
            what,
        },
        Fault::NotPlain(what) => PytorchError::NotPlain {
            file: file.to_owned(),
            entry: entry.clone(),
            what,
        },
    };
    let contents = pickle::unpickle(&program).map_err(fault)?;
    let too_large = |what: &str, values: u64| PytorchError::TooLarge {
        file: file.to_owned(),
        what: format!("{what} have {values} numbers"),
        limit: MAX_VALUES,
    };
    // Both sums before anything is unpacked: a small file can promise a lot.
    let total = contents.tensors.values().map(View::count).fold(0, u64::saturating_add);
    if total > MAX_VALUES {
        return Err(too_large("its tensors", total));
    }
    let mut declared = HashMap::new();
    for storage in &contents.storages {
        if let Some(other) = declared.insert(storage.key, *storage)
            && other != *storage
        {
            return Err(fault(Fault::Damaged(format!(
                "describes the storage {} in two ways",
                pickle::shown(storage.key)
            ))));
        }
    }
    let stored = declared.values().map(|storage| storage.count).fold(0, u64::saturating_add);
    if stored > MAX_VALUES {
        return Err(too_large("its storages", stored));
    }

    let mut unpacked = HashMap::new();
    let mut tensors = BTreeMap::new();
    for (name, view) in contents.tensors {
        let storage = view.storage;
        let bytes = match unpacked.entry(storage.key) {
            std::collections::hash_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => free.insert(archive.storage(storage)?),
        };
        let values = storage::gather(bytes, &view);
        tensors.insert(
            name.to_owned(),
            Tensor {
                shape: view.shape,
                values,
            },
        );
    }
    Ok(tensors)
}
