//! Kind of a file, from its first bytes.
//!
//! In: the first 64 KiB (or the whole file, where that is shorter). Out: a [`Shape`]: a table with its separator, header and a
//! sample of rows, or one user a line, or one of the ways in which a file is no log. Each separator is tried on the sample with
//! the very cutter that reads the file afterwards; the one that gives most lines the same number of fields wins.

use std::collections::HashSet;

use crate::log::SNIFF_BYTES;
use crate::log::meaning::looks::looks_like_time;
use crate::log::meaning::mapping::Mapping;
use crate::log::meaning::names::{known_roles, meaning, plain};
use crate::log::meaning::printed::Printed;
use crate::log::meaning::table::{Format, Shape, Table};
use crate::log::meaning::time::{date, number};
use crate::log::records::cutter::Records;
use crate::log::records::json::json_head;
use crate::log::records::layout::{Layout, Separator};
use crate::log::records::lines::words;
use crate::log::records::record::Piece;
use crate::log::text::encoding::decoded;
use crate::log::text::head::{blank_preamble, check_kind, without_mark};
use crate::log::text::ruler::is_ruler;

/// Rows of the head that are looked at.
const SAMPLE_ROWS: usize = 1000;

/// How surely a file is a log, by its first bytes: 0 not at all, 3 by the names of its columns.
pub(crate) fn likeness(name: &str, head: &[u8]) -> u8 {
    if check_kind(name, head).is_err() {
        return 0;
    }
    let complete = head.len() < SNIFF_BYTES;
    let mut head = decoded(head);
    if head.contains(&0) {
        return 0;
    }
    blank_preamble(&mut head);
    let head = &Printed::head(without_mark(&head));
    match sniff(head, complete, None) {
        // Commas of a text make a table of sorts, too, but an uneven one, which no reading would accept.
        Shape::Table(table) if is_uneven(&table) => 0,
        Shape::Table(table) => match &table.header {
            Some(header) if known_roles(header) >= 2 => 3,
            Some(_) => 1,
            None => 2,
        },
        // Words of a text are no identifiers, which mostly have digits.
        Shape::Sequences => {
            let all = words(head).count();
            let numbered = words(head).filter(|word| word.iter().any(u8::is_ascii_digit)).count();
            u8::from(numbered * 2 > all)
        }
        Shape::OneColumn | Shape::Ragged { .. } | Shape::BadJson { .. } => 0,
    }
}

/// Whether a table is of a text with commas: lines above it or in it have other fields, and no names of columns speak for it.
fn is_uneven(table: &Table) -> bool {
    let even = table.rows.iter().filter(|row| row.len() == table.columns).count();
    let named = table.header.as_ref().is_some_and(|header| known_roles(header) >= 2);
    even * 10 < (table.rows.len() + if named { 0 } else { table.above }) * 9
}

/// Decides. `complete` says that the head is the whole file, so that its last line is a whole line. What a person said about
/// layout, separator and header goes before what is found out.
pub(crate) fn sniff(head: &[u8], complete: bool, mapping: Option<&Mapping>) -> Shape {
    let whole = match head.iter().rposition(|&b| b == b'\n') {
        Some(at) if !complete => &head[..=at],
        _ => head,
    };
    match mapping {
        Some(mapping) if mapping.layout == Layout::Sequences => return Shape::Sequences,
        Some(mapping) if mapping.layout == Layout::Delimited => {
            let mut candidate = Candidate::new(whole, mapping.separator, true);
            candidate.named = Some(mapping.header);
            return Shape::Table(candidate.into_table());
        }
        _ => {}
    }
    if let Some(json) = json_head(head, complete) {
        if json.keys.is_empty() {
            let (line, why) = json
                .bad
                .map_or((1, "it holds no objects".to_owned()), |bad| (bad.line, bad.why));
            return Shape::BadJson { line, why };
        }
        return Shape::Table(Table {
            format: Format::Json(json.layout),
            columns: json.keys.len(),
            header: Some(json.keys),
            lists: json.lists,
            rows: json.rows,
            above: 0,
            blocks: false,
        });
    }
    let mut best: Option<(usize, Candidate)> = None;
    let mut ragged: Option<Candidate> = None;
    for separator in [
        Separator::DoubleColon,
        Separator::Tab,
        Separator::Semicolon,
        Separator::Pipe,
        Separator::Comma,
    ] {
        // Cutting a sample by what is nowhere in it costs as much and finds nothing.
        if !separator.is_in(whole) {
            continue;
        }
        let candidate = Candidate::new(whole, separator, true);
        // Lists behind a tab.
        let tabs = |best: &Candidate| best.separator == Separator::Tab && best.percent == 100;
        let behind = |row: &Vec<String>| row.first().is_some_and(|first| first.contains('\t'));
        if best.as_ref().is_some_and(|(_, best)| tabs(best)) && candidate.rows.iter().all(behind) {
            continue;
        }
        if candidate.columns >= 2 && candidate.percent >= 50 {
            let score = candidate.score();
            if best.as_ref().is_none_or(|(most, _)| score > *most) {
                best = Some((score, candidate));
            }
        } else if candidate.rows.iter().filter(|row| row.len() >= 2).count() * 2 > candidate.rows.len() {
            ragged = ragged.or(Some(candidate));
        }
    }
    if let Some((_, candidate)) = best {
        return Shape::Table(candidate.into_table());
    }
    let candidate = Candidate::new(whole, Separator::Space, true);
    if candidate.is_space_table() {
        return Shape::Table(candidate.into_table());
    }
    let several = whole
        .split(|&b| b == b'\n')
        .take(SAMPLE_ROWS)
        .filter(|line| words(line).count() >= 2)
        .count();
    if several * 2 > candidate.rows.len() || (several > 0 && ragged.is_none()) {
        return Shape::Sequences;
    }
    match ragged {
        Some(candidate) => {
            let lengths = || candidate.rows.iter().map(Vec::len);
            let (least, most) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
            Shape::Ragged {
                separator: candidate.separator,
                least,
                most,
            }
        }
        None => Shape::OneColumn,
    }
}

/// The sample cut by one separator.
struct Candidate {
    separator: Separator,
    quoting: bool,
    rows: Vec<Vec<String>>,
    columns: usize,
    /// Share of rows with that many columns.
    percent: usize,
    /// Whether the first line names the columns, where somebody has said so.
    named: Option<bool>,
}

impl Candidate {
    fn new(head: &[u8], separator: Separator, complete: bool) -> Self {
        let rows = sample(head, separator, false, complete);
        // A quotation mark means something only where it opens and closes fields; in other files it is part of a title.
        let opens = |field: &&String| field.starts_with('"');
        let closes = |field: &&String| field.len() > 1 && field.ends_with('"');
        let fields = || rows.iter().flatten();
        let quoting = match separator {
            Separator::Comma | Separator::Semicolon => fields().any(|field| opens(&field)),
            Separator::Tab | Separator::Pipe => fields().any(|f| opens(&f)) && fields().filter(opens).all(|f| closes(&f)),
            Separator::DoubleColon | Separator::Space => false,
        };
        let rows = if quoting {
            sample(head, separator, true, complete)
        } else {
            rows
        };
        // A sample without a quotation mark says nothing about the rest of a CSV file.
        let quoting = quoting || matches!(separator, Separator::Comma | Separator::Semicolon);
        let under: &[Vec<String>] = if rows.len() > 1 { &rows[1..] } else { &rows };
        let (columns, count) = commonest_length(under);
        let percent = if under.is_empty() { 0 } else { count * 100 / under.len() };
        Candidate {
            separator,
            quoting,
            rows,
            columns,
            percent,
            named: None,
        }
    }

    fn header_roles(&self) -> usize {
        self.rows.first().map_or(0, |first| known_roles(first))
    }

    /// First whether the header is understood, then how even the lines are (in steps, so that a few ragged lines do not
    /// decide), then how many columns come out.
    fn score(&self) -> usize {
        usize::from(self.header_roles() >= 2) * 1_000_000 + self.percent / 10 * 10_000 + self.columns.min(9_999)
    }

    /// Whether lines with spaces are rows of a table: names in the header, or a time in each of a few columns' last. Otherwise
    /// they are sequences.
    fn is_space_table(&self) -> bool {
        if self.columns < 2 || self.percent < 50 {
            return false;
        }
        // Identifiers may look like short names of columns, but a header has as many words as the lines under it.
        if self.header_roles() >= 2 && self.rows.first().is_some_and(|row| row.len() == self.columns) {
            return true;
        }
        let dated = |row: &&Vec<String>| row.first().is_some_and(|text| date(text).is_some());
        if self.columns >= 3 && self.percent >= 90 && self.rows.iter().filter(dated).count() * 10 >= self.rows.len() * 9 {
            return true;
        }
        (3..=5).contains(&self.columns)
            && self.percent == 100
            && self
                .rows
                .iter()
                .all(|row| row.last().is_some_and(|text| looks_like_time(text)))
            || self.is_space_log()
    }

    /// Whether lines of the same few fields begin with users who come again and again: of sequences each user has one line.
    fn is_space_log(&self) -> bool {
        let even = self.rows.iter().filter(|row| row.len() == self.columns).count();
        let users: HashSet<&String> = self.rows.iter().filter_map(|row| row.first()).collect();
        (3..=12).contains(&self.columns)
            && self.rows.len() >= 10
            && (even + 1) * 50 >= self.rows.len() * 49
            && users.len() * 2 <= self.rows.len()
    }

    fn into_table(mut self) -> Table {
        let above = self.above();
        self.rows.drain(..above);
        self.rows.retain(|row| !is_drawn(row));
        let blocks = self.named.is_none() && self.rows.first().is_some_and(|row| self.heads_block(row));
        if blocks {
            self.give_blocks();
        }
        let named = self.named.unwrap_or_else(|| !blocks && self.has_header()) && !self.rows.is_empty();
        let mut header = if named { Some(self.rows.remove(0)) } else { None };
        if let Some(names) = header.as_mut().filter(|names| self.has_row_names(names)) {
            names.insert(0, String::new());
        }
        Table {
            format: Format::Delimited {
                separator: self.separator,
                quoting: self.quoting,
            },
            header,
            columns: self.columns,
            lists: Vec::new(),
            rows: self.rows,
            above,
            blocks,
        }
    }

    /// Whether a column of row names, as R writes it, stands before those that the header names: whole numbers that rise.
    fn has_row_names(&self, header: &[String]) -> bool {
        let number = |row: &Vec<String>| row.first().filter(|_| row.len() == self.columns)?.parse::<u64>().ok();
        let rise = |pair: &[Vec<String>]| number(&pair[0]).is_some_and(|first| number(&pair[1]) > Some(first));
        let named = header.len() + 1 == self.columns && known_roles(header) >= 2;
        named && self.rows.len() >= 3 && self.rows.windows(2).all(rise)
    }

    /// How many records stand above the table: a title, the day of an export.
    fn above(&self) -> usize {
        const MOST: usize = 20;
        let used = |row: &Vec<String>| row.iter().filter(|field| !field.is_empty()).count();
        let wide = |row: &Vec<String>| row.len() == self.columns && used(row) >= 2 && !is_drawn(row);
        // A line that names the columns, if there is one, below lines that may be as wide (`Created;2023-12-01;`).
        let names = |row: &Vec<String>| wide(row) && known_roles(row) >= 2;
        let first = |is: &dyn Fn(&Vec<String>) -> bool| self.rows.iter().take(MOST).position(is);
        let start = first(&names).or_else(|| first(&wide)).unwrap_or(0);
        let (above, rest) = self.rows.split_at(start);
        let narrow = above
            .iter()
            .filter(|row| !is_drawn(row))
            .all(|row| used(row) <= 1 && !self.heads_block(row));
        let header = || rest.first().is_some_and(|row| known_roles(row) >= 2);
        let header_above = || above.iter().any(|row| known_roles(row) >= 2);
        if self.columns >= 2 && (narrow || (header() && !header_above())) {
            start
        } else {
            0
        }
    }

    /// Whether a line is an item with a colon, below which its block of lines stands.
    fn heads_block(&self, row: &[String]) -> bool {
        self.columns >= 2 && matches!(row, [head] if head.len() > 1 && head.ends_with(':') && !head.contains(' '))
    }

    /// Puts the item of its block at the end of each row.
    fn give_blocks(&mut self) {
        let mut block = String::new();
        for mut row in std::mem::take(&mut self.rows) {
            if self.heads_block(&row) {
                block = row[0].trim_end_matches(':').to_owned();
            } else {
                row.push(block.clone());
                self.rows.push(row);
            }
        }
        self.columns += 1;
    }

    fn has_header(&self) -> bool {
        if self.header_roles() >= 2 {
            return true;
        }
        let Some((first, under)) = self.rows.split_first() else {
            return false;
        };
        if under.is_empty() {
            return false;
        }
        // Columns that were counted where they have no names.
        let counted = |from: usize| first.iter().enumerate().all(|(at, name)| name.parse() == Ok(at + from));
        if self.columns >= 3 && (counted(0) || (counted(1) && under.len() >= 8)) && !under.contains(first) {
            return true;
        }
        // A column of numbers or dates under a word: the word is a name.
        let is_number = |text: &String| number(text).is_some() || looks_like_time(text);
        let numbered = first.iter().enumerate().any(|(at, name)| {
            let numbers = under.iter().filter(|row| row.get(at).is_some_and(is_number)).count();
            name.chars().any(char::is_alphabetic) && !is_number(name) && numbers * 100 >= under.len() * 95
        });
        // One name that is known, in a line of texts that never come again.
        let known = |name: &String| plain(name).chars().count() >= 2 && meaning(name).is_some_and(|(_, weight)| weight >= 0.95);
        let again = |at: usize, name: &String| under.iter().any(|row| row.get(at) == Some(name));
        let alone = || under.len() >= 8 && first.iter().any(known);
        numbered
            || (alone()
                && first
                    .iter()
                    .enumerate()
                    .all(|(at, name)| !name.is_empty() && !is_number(name) && !again(at, name)))
    }
}

/// Whether a line is drawn, as above and below printed tables.
fn is_drawn(row: &[String]) -> bool {
    is_ruler(row.iter().map(String::as_bytes))
}

fn sample(head: &[u8], separator: Separator, quoting: bool, complete: bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut records = Records::delimited("", separator, quoting);
    let mut sink = |piece: Piece<'_>| {
        if let (true, Ok(record)) = (rows.len() < SAMPLE_ROWS, piece) {
            rows.push(
                record
                    .fields()
                    .map(|field| String::from_utf8_lossy(field).into_owned())
                    .collect(),
            );
        }
        Ok(())
    };
    // An error here is a limit that the reading itself meets again and tells, with the file's name.
    let _ = records.push(head, &mut sink);
    if complete {
        let _ = records.finish(&mut sink);
    }
    rows
}

/// The most frequent length of the rows and how many have it; of equally frequent ones the larger.
fn commonest_length(rows: &[Vec<String>]) -> (usize, usize) {
    let mut lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    lengths.sort_unstable();
    let mut best = (0, 0);
    for run in lengths.chunk_by(|a, b| a == b) {
        if run.len() >= best.1 {
            best = (run[0], run.len());
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        match sniff(text.as_bytes(), true, None) {
            Shape::Table(table) => table,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn separators() {
        for (text, separator, columns) in [
            ("1::2::3\n1::4::5\n", Separator::DoubleColon, 3),
            ("1\t2\t3\n1\t4\t5\n", Separator::Tab, 3),
            ("1;2;3,5\n1;4;5,0\n", Separator::Semicolon, 3),
            ("1|2|3\n1|4|5\n", Separator::Pipe, 3),
            ("1,2,a|b\n1,4,c|d\n", Separator::Comma, 3),
            ("1,2\n", Separator::Comma, 2),
            ("1::A, B|C::d\n2::E, F|G::h\n", Separator::DoubleColon, 3),
            ("a b 1365029107\na c 1365029108\n", Separator::Space, 3),
            ("user item\n1 2\n", Separator::Space, 2),
        ] {
            let table = table(text);
            let found = matches!(table.format, Format::Delimited { separator: found, .. } if found == separator);
            assert!(found && table.columns == columns, "{text}: {table:?}");
        }
    }

    #[test]
    fn headers() {
        assert!(table("user,item\n").header.is_some());
        assert!(table("userId,movieId,rating\n1,2,3\n").header.is_some());
        assert!(table("who,what,when\na,b,3\nc,d,4\n").header.is_some());
        assert!(table("alice,book,5\nbob,lamp,4\n").header.is_none());
        assert!(table("1,2,3\n4,5,6\n").header.is_none());
        assert!(table("a,b\nc,d\n").header.is_none());
    }

    #[test]
    fn quotes_only_where_they_enclose() {
        assert!(
            table("a\t\"b\tc\"\nd\t\"e\tf\"\n").columns == 3,
            "a quote that does not close in its field is text"
        );
        let quoting = |text| matches!(table(text).format, Format::Delimited { quoting: true, .. });
        assert!(quoting("a\t\"b\"\nd\t\"e\"\n"));
        assert!(!quoting("a\t\"b\" is\nd\te\n"));
    }

    #[test]
    fn other_shapes() {
        assert!(matches!(sniff(b"1 2 3\n2 4 5 6\n", true, None), Shape::Sequences));
        assert!(matches!(sniff(b"1 2\n1 3\n", true, None), Shape::Sequences));
        let like_names = "1680049 __i 948 895 -t) 1320\né __i.";
        assert!(matches!(sniff(like_names.as_bytes(), true, None), Shape::Sequences));
        assert!(matches!(sniff(b"1\n2\n", true, None), Shape::OneColumn));
        assert!(matches!(
            sniff(b"1,2\n1,2,3\n1,2,3,4\n1,2,3,4,5\n", true, None),
            Shape::Ragged { least: 2, most: 5, .. }
        ));
    }

    #[test]
    fn a_torn_last_line_does_not_count() {
        match sniff(b"1,2,3\n4,5,6\n7,8", false, None) {
            Shape::Table(table) => assert_eq!(table.rows.len(), 2),
            other => panic!("{other:?}"),
        }
    }
}
