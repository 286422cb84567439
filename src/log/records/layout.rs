//! How a file is laid out, and what stands between its fields.

use serde::{Deserialize, Serialize};

/// How a file is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One interaction a line, fields between separators.
    #[default]
    Delimited,
    /// One user a line: the user, then the items.
    Sequences,
    /// JSON: an array of objects, or objects one after another.
    Json,
    /// Parquet.
    Parquet,
}

/// Separator between the fields of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    #[default]
    Comma,
    Tab,
    Semicolon,
    Pipe,
    DoubleColon,
    Space,
}

impl Separator {
    /// The byte, where it is a single one.
    pub(crate) fn byte(self) -> Option<u8> {
        match self {
            Separator::Tab => Some(b'\t'),
            Separator::Semicolon => Some(b';'),
            Separator::Pipe => Some(b'|'),
            Separator::Comma => Some(b','),
            Separator::DoubleColon | Separator::Space => None,
        }
    }

    /// Whether a text has it anywhere.
    pub(crate) fn is_in(self, text: &[u8]) -> bool {
        match (self, self.byte()) {
            (Separator::DoubleColon, _) => memchr::memmem::find(text, b"::").is_some(),
            (_, Some(byte)) => memchr::memchr(byte, text).is_some(),
            (_, None) => true,
        }
    }

    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Separator::DoubleColon => "`::` separated",
            Separator::Tab => "tab separated",
            Separator::Semicolon => "semicolon separated",
            Separator::Pipe => "`|` separated",
            Separator::Comma => "comma separated",
            Separator::Space => "space separated",
        }
    }
}
