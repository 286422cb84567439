//! Lists of identifiers that people keep: users who get mail, items that are sold out.
//!
//! In: the text of a file with an identifier a line, and the identifiers that there are. Out: the indices of those that are known, and those
//! that are not. A header, further columns, quotation marks and a byte order mark are passed over.

use std::collections::{HashMap, HashSet};

/// Identifiers of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundIds {
    /// Indices of those that are known, each once, in the file's order.
    pub known: Vec<u32>,
    /// Those that are not known, as they stand in the file.
    pub unknown: Vec<String>,
}

/// Looks up the identifiers of a file among `ids`.
pub fn find_ids<'a>(file: &[u8], ids: impl Iterator<Item = &'a str>) -> FoundIds {
    let places: HashMap<&str, u32> = ids.zip(0..).collect();
    let text = String::from_utf8_lossy(file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file));
    let mut found = FoundIds::default();
    let mut met = HashSet::new();
    // The first line names the column where it is unknown and others are known.
    let mut header = None;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        // An identifier may itself hold what separates columns elsewhere.
        let first = first_field(line);
        let place = [line, first].iter().find_map(|id| places.get(id));
        match place {
            Some(&place) if met.insert(place) => found.known.push(place),
            Some(_) => {}
            None if at == 0 => header = Some(first.to_owned()),
            None => found.unknown.push(first.to_owned()),
        }
    }
    if found.known.is_empty() {
        found.unknown.splice(0..0, header);
    }
    found
}

/// The first field of a line, without the quotation marks around it.
fn first_field(line: &str) -> &str {
    match line.strip_prefix('"').and_then(|rest| rest.split_once('"')) {
        Some((field, _)) => field,
        None => line.split([',', ';', '\t']).next().unwrap_or(line).trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FoundIds, find_ids};

    const IDS: [&str; 3] = ["ada", "bo", "c,d"];

    fn found(text: &str) -> FoundIds {
        find_ids(text.as_bytes(), IDS.into_iter())
    }

    #[test]
    fn identifiers_are_found_whatever_is_around_them() {
        let all = FoundIds {
            known: vec![1, 0],
            unknown: Vec::new(),
        };
        for text in [
            "bo\nada\n",
            "\u{feff}bo\r\nada\r\n\r\n",
            "user\n\"bo\"\nada",
            "user_id,city\nbo,Ulm\nada,Bonn\nbo,Ulm\n",
        ] {
            assert_eq!(found(text), all, "{text}");
        }
        assert_eq!(found("c,d\n").known, [2]);
        assert_eq!(found("\"c,d\",x\n").known, [2]);
    }

    #[test]
    fn what_is_unknown_is_told() {
        assert_eq!(found("bo\nzoe\n").unknown, ["zoe"]);
        assert_eq!(found("zoe\n").unknown, ["zoe"]);
        assert_eq!(found(""), FoundIds::default());
    }
}
