//! Meaning of a file and its columns.

pub(crate) mod ballot;
pub(crate) mod cells;
pub(crate) mod date_order;
pub(crate) mod date_parts;
pub(crate) mod day_clock;
pub(crate) mod epochs;
pub(crate) mod item_roles;
pub(crate) mod looks;
pub(crate) mod mapping;
pub(crate) mod names;
pub(crate) mod preview;
pub(crate) mod printed;
pub(crate) mod roles;
pub(crate) mod sniff;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod time_column;
