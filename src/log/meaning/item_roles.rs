//! The meaning of the columns of a file of items, and whether a file is one.

use crate::log::SNIFF_BYTES;
use crate::log::error::LogError;
use crate::log::meaning::looks::is_title;
use crate::log::meaning::mapping::Role;
use crate::log::meaning::names::plain;
use crate::log::meaning::roles::{by_name, check_width, list, not_there, place_of};
use crate::log::meaning::sniff::sniff;
use crate::log::meaning::table::{Shape, Table};
use crate::log::text::encoding::decoded;
use crate::log::text::head::{blank_preamble, check_kind, without_mark};

/// The meaning of the columns of a file of items.
#[derive(Debug)]
pub(crate) struct ItemRoles {
    pub(crate) id: usize,
    pub(crate) title: Option<usize>,
    pub(crate) genres: Option<usize>,
    /// Separators between the genres of one item.
    pub(crate) between: &'static [char],
}

/// Gives the columns of a file of items their roles.
pub(crate) fn item_roles(file: &str, table: &Table) -> Result<ItemRoles, LogError> {
    const BETWEEN: &[char] = &['|', ';'];
    if let Some(header) = &table.header {
        check_width(file, table, header)?;
        let roles = by_name(header);
        let find = |role| roles.iter().position(|&found| found == role);
        let missing = |role, suggestion| LogError::MissingColumn {
            file: file.to_owned(),
            place: place_of(table),
            role,
            found: list(header),
            suggestion,
        };
        let id = find(Role::Item).or_else(|| header.iter().position(|name| plain(name) == "id"));
        let id = id.ok_or_else(|| missing("item", not_there(header, ["item_id", "item", "id"])))?;
        let (title, genres) = (find(Role::Title), find(Role::Genres));
        if title.is_none() && genres.is_none() {
            return Err(missing("title", not_there(header, ["title", "name", "item_title"])));
        }
        let name = genres.and_then(|at| header.get(at)).map_or("", String::as_str);
        // A comma is between genres only where the name promises several; "Home, Garden" may be one category.
        let several = ["genres", "categories", "tags"].contains(&plain(name).as_str());
        let between: &[char] = match () {
            () if name.ends_with(":token_seq") => &[' '],
            () if several => &['|', ';', ','],
            () => BETWEEN,
        };
        return Ok(ItemRoles {
            id,
            title,
            genres,
            between,
        });
    }
    // Without a header: identifier, title, and as genres the column in which `|` is commonest.
    let bars = |at: usize| {
        table
            .rows
            .iter()
            .filter_map(|row| row.get(at))
            .filter(|text| text.contains('|'))
            .count()
    };
    let genres = (2..table.columns)
        .max_by_key(|&at| bars(at))
        .filter(|&at| bars(at) > 0 || table.columns == 3);
    Ok(ItemRoles {
        id: 0,
        title: Some(1).filter(|&at| at < table.columns),
        genres,
        between: BETWEEN,
    })
}

/// Whether a table is rather a list of items than a log.
pub(crate) fn is_item_table(table: &Table) -> bool {
    if let Some(header) = &table.header {
        let roles = by_name(header);
        let has = |role| roles.contains(&role);
        let id = has(Role::Item) || header.iter().any(|name| plain(name) == "id");
        return id && !has(Role::User) && (has(Role::Title) || has(Role::Genres));
    }
    // Without names: each first value once, then a text of words, as a title is.
    let titles = table
        .rows
        .iter()
        .filter_map(|row| row.get(1))
        .filter(|text| is_title(text))
        .count();
    each_id_once(table) && titles * 2 > table.rows.len()
}

/// Whether no value of the first column occurs twice, as in a list of items; one line says nothing.
pub(crate) fn each_id_once(table: &Table) -> bool {
    let mut ids: Vec<&str> = table.rows.iter().filter_map(|row| row.first()).map(String::as_str).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    count >= 2 && ids.len() == count
}

/// Whether a file is rather one of item titles than a log, by its name and its first bytes (64 KiB are enough).
pub fn looks_like_items(name: &str, first: &[u8]) -> bool {
    let mut head = decoded(first);
    blank_preamble(&mut head);
    let text = without_mark(&head);
    if check_kind(name, text).is_err() || text.contains(&0) {
        return false;
    }
    let Shape::Table(table) = sniff(text, first.len() < SNIFF_BYTES, None) else {
        return false;
    };
    if is_item_table(&table) {
        return true;
    }
    // Titles of one word leave the content open; then the name may decide, as long as no identifier occurs twice.
    let name = name.to_lowercase();
    let named = ["movies", "items", "u.item", ".item", "products", "books", "titles"]
        .iter()
        .any(|part| name.contains(part));
    named && table.header.is_none() && each_id_once(&table)
}
