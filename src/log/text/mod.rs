//! The bytes of the files, and the text in them.

pub(crate) mod head;
pub(crate) mod marks;
pub(crate) mod source;
