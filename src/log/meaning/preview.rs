//! Preview of a file for a person.
//!
//! In: a sniffed table with its roles, or the head of a file without one. Out: a [`Preview`].

use crate::log::PREVIEW_ROWS;
use crate::log::error::LogError;
use crate::log::meaning::mapping::{Doubt, Mapping, Preview, PreviewColumn, Role};
use crate::log::meaning::roles::{LogRoles, log_roles};
use crate::log::meaning::sniff::sniff;
use crate::log::meaning::table::{Format, Shape, Table};
use crate::log::records::layout::{Layout, Separator};
use crate::log::records::lines::words;

/// Preview of a table.
pub(crate) fn preview_of_table(file: &str, table: &Table, found: &LogRoles) -> Preview {
    let (layout, separator) = match table.format {
        Format::Delimited { separator, .. } => (Layout::Delimited, separator),
        Format::Json(_) => (Layout::Json, Separator::default()),
        Format::Parquet => (Layout::Parquet, Separator::default()),
    };
    let name = |at: usize| {
        table
            .header
            .as_ref()
            .and_then(|names| names.get(at).cloned())
            .unwrap_or_default()
    };
    let columns = found.roles.iter().zip(&found.confidence).enumerate();
    Preview {
        file: file.to_owned(),
        mapping: Mapping {
            layout,
            separator,
            header: table.header.is_some(),
            roles: found.roles.clone(),
            time: found.time,
        },
        columns: columns
            .map(|(at, (&role, &confidence))| PreviewColumn {
                name: name(at),
                role,
                confidence,
            })
            .collect(),
        rows: table
            .rows
            .iter()
            .take(PREVIEW_ROWS)
            .map(|row| row.iter().map(|text| shortened(text)).collect())
            .collect(),
        doubt: found.doubt.as_ref().map(|(column, why)| Doubt {
            column: u32::try_from(*column).unwrap_or(u32::MAX),
            why: why.clone(),
        }),
        encoding: None,
        problem: found.problem.as_ref().map(ToString::to_string),
        entries: Vec::new(),
    }
}

/// Preview of a file in which no table was found, so that layout and separator can be chosen.
pub(crate) fn preview_of_no_table(
    file: &str,
    text: &[u8],
    complete: bool,
    separator: Separator,
    error: &LogError,
) -> Option<Preview> {
    let mapping = Mapping {
        separator,
        ..Mapping::default()
    };
    let Shape::Table(table) = sniff(text, complete, Some(&mapping)) else {
        return None;
    };
    let found = log_roles(file, &table, None);
    Some(Preview {
        problem: Some(error.to_string()),
        ..preview_of_table(file, &table, &found)
    })
}

pub(crate) fn preview_of_sequences(file: &str, head: &[u8]) -> Preview {
    const WORDS: usize = 8;
    let column = |role, confidence| PreviewColumn {
        name: String::new(),
        role,
        confidence,
    };
    let lines = head.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let rows = lines.take(PREVIEW_ROWS).map(|line| {
        let text = |word| shortened(&String::from_utf8_lossy(word));
        let mut words = words(line);
        let user = words.next().map(text).unwrap_or_default();
        let mut items: Vec<String> = words.by_ref().take(WORDS).map(text).collect();
        if words.next().is_some() {
            items.push("…".to_owned());
        }
        vec![user, items.join(" ")]
    });
    Preview {
        file: file.to_owned(),
        mapping: Mapping {
            layout: Layout::Sequences,
            separator: Separator::Space,
            header: false,
            roles: vec![Role::User, Role::Item],
            time: None,
        },
        columns: vec![column(Role::User, 0.8), column(Role::Item, 0.8)],
        rows: rows.collect(),
        doubt: None,
        encoding: None,
        problem: None,
        entries: Vec::new(),
    }
}

/// A text fit for a cell of a small table.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
