//! Rules of the source tree that no compiler holds.

mod documentation;
