//! Why a checkpoint of PyTorch cannot be read.
//!
//! In: what was found. Out: one sentence that names the file, the entry of its archive where there is one, and what to do.

use thiserror::Error;

/// One sentence each.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PytorchError {
    /// The file is something else.
    #[error("{file} is no PyTorch checkpoint ({found}); give the file that torch.save(model.state_dict(), …) wrote.")]
    OtherFile {
        /// Name of the file.
        file: String,
        /// Its actual content.
        found: &'static str,
    },
    /// The format of PyTorch before 1.6, which is no zip archive.
    #[error(
        "{file} has the format of PyTorch before 1.6, which is not read here; load it in a newer PyTorch and save it again with \
         torch.save(torch.load(…), …)."
    )]
    Legacy {
        /// Name of the file.
        file: String,
    },
    /// Written on a machine with the other order of bytes.
    #[error(
        "{file} was written on a machine that puts the high byte first (its entry {entry} says {found}), which is not read here; \
         save it again on another machine."
    )]
    ByteOrder {
        /// Name of the file.
        file: String,
        /// Name of the entry that says so.
        entry: String,
        /// Byte order that the entry states.
        found: String,
    },
    /// The file contradicts itself or its checksums.
    #[error("{file} is damaged: {entry} {what}; copy it again from where it came from.")]
    Damaged {
        /// Name of the file.
        file: String,
        /// The entry of the archive.
        entry: String,
        /// Predicate that tells the fault.
        what: String,
    },
    /// The file is whole but holds other things than a dictionary of plain tensors.
    #[error(
        "{file} holds more than plain tensors: {entry} {what}; what a file asks for is never executed here, so save the weights \
         alone, with torch.save(model.state_dict(), …)."
    )]
    NotPlain {
        /// Name of the file.
        file: String,
        /// The entry of the archive.
        entry: String,
        /// Predicate that tells the request.
        what: String,
    },
    /// Beyond a limit of this module.
    #[error("{file} is too large: {what}, and at most {limit} are read.")]
    TooLarge {
        /// Name of the file.
        file: String,
        /// Quantity that exceeds the limit, with its number.
        what: String,
        /// The most there may be.
        limit: u64,
    },
}
