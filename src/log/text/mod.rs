//! The bytes of the files, and the text in them.

pub(crate) mod by_line;
pub(crate) mod calendar;
pub(crate) mod encoding;
pub(crate) mod guess;
pub(crate) mod head;
pub mod host;
pub(crate) mod marks;
pub(crate) mod missing;
pub(crate) mod ruler;
pub(crate) mod source;
pub(crate) mod unicode;
