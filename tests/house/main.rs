//! Rules of the source tree that no compiler holds.

mod dependencies;
mod documentation;
mod sources;
