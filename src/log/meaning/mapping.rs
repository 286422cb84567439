//! How a file is understood: its layout, what each column means, how sure that is, and a few rows to judge it by.
//!
//! In: what `sniff` and `roles` found out, or a person's corrections. Out: [`Preview`], which a person sees before and after the
//! reading, and [`Mapping`], the part of it that may be corrected and given back with the next reading.

use serde::{Deserialize, Serialize};

use crate::log::meaning::time::TimeUnit;
use crate::log::records::layout::{Layout, Separator};
use crate::log::text::source::ArchiveEntry;

/// Role of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Item,
    Time,
    Rating,
    Title,
    Genres,
    /// The time of day, where the time column has the day alone.
    Clock,
    /// Kind of the interaction: viewed, bought.
    Event,
    /// The items before the one of the row.
    History,
    #[default]
    Ignored,
}

impl Role {
    /// The roles that at most one column can have.
    pub(crate) const ALL: [Role; 9] = [
        Role::User,
        Role::Item,
        Role::Time,
        Role::Rating,
        Role::Title,
        Role::Genres,
        Role::Clock,
        Role::Event,
        Role::History,
    ];

    /// The name in a summary.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Item => "item",
            Role::Time => "time",
            Role::Rating => "rating",
            Role::Title => "title",
            Role::Genres => "genres",
            Role::Clock => "clock",
            Role::Event => "event",
            Role::History => "history",
            Role::Ignored => "ignored",
        }
    }
}

/// How a file is to be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The layout.
    pub layout: Layout,
    /// Separator of the fields of a delimited file; without meaning elsewhere.
    pub separator: Separator,
    /// Whether the first line of a delimited file names the columns.
    pub header: bool,
    /// Role of each column. Empty, or of another length than there are columns: found out anew.
    pub roles: Vec<Role>,
    /// How the time column is written; found out where it is absent.
    pub time: Option<TimeUnit>,
}

/// One column, as it is understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewColumn {
    /// Its name in the file; empty where it has none.
    pub name: String,
    /// Role that it is taken for.
    pub role: Role,
    /// How sure that is, 0 to 1; 1 where a person has said so.
    pub confidence: f32,
}

/// A column whose meaning a person should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// Its place among the columns.
    pub column: u32,
    /// Why, as a sentence.
    pub why: String,
}

/// A file at first sight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Name of the file, with the file inside an archive where there is one.
    pub file: String,
    /// How it is understood.
    pub mapping: Mapping,
    /// Each column of `mapping.roles` with its name and how sure its role is.
    pub columns: Vec<PreviewColumn>,
    /// The first rows, a text a column.
    pub rows: Vec<Vec<String>>,
    /// The column that is most doubtful, so that a person should look before training; absent where all are sure enough.
    pub doubt: Option<Doubt>,
    /// The encoding of the text, where it is not UTF-8.
    pub encoding: Option<String>,
    /// Why it cannot be read like this, in a sentence; absent where it can.
    pub problem: Option<String>,
    /// The files of a zip archive that could be the log, the one that was taken first.
    pub entries: Vec<ArchiveEntry>,
}

impl Preview {
    /// Takes back the doubt about a column of times, whose later values have told how it is written.
    pub(crate) fn settle_time(&mut self, at: usize) {
        self.doubt.take_if(|doubt| usize::try_from(doubt.column) == Ok(at));
        if let Some(column) = self.columns.get_mut(at) {
            column.confidence = column.confidence.max(0.9);
        }
    }
}
