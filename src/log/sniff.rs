//! What kind of file it is, from its first bytes.
//!
//! In: the first 64 KiB (or the whole file, where that is shorter). Out: a [`Shape`]: a table with its separator, header and a
//! sample of rows, or one user a line, or one of the ways in which a file is no log. Each separator is tried on the sample with
//! the very cutter that reads the file afterwards; the one that gives most lines the same number of fields wins.

use super::error::LogError;
use super::records::{Records, words};
use super::roles::{known_roles, looks_like_time};
use super::time::number;

/// Rows of the head that are looked at.
const SAMPLE_ROWS: usize = 1000;

/// What stands between the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    DoubleColon,
    Tab,
    Semicolon,
    Pipe,
    Comma,
    Space,
}

impl Separator {
    /// The byte, where it is a single one.
    pub(super) fn byte(self) -> Option<u8> {
        match self {
            Separator::Tab => Some(b'\t'),
            Separator::Semicolon => Some(b';'),
            Separator::Pipe => Some(b'|'),
            Separator::Comma => Some(b','),
            Separator::DoubleColon | Separator::Space => None,
        }
    }

    /// For people.
    pub(super) fn words(self) -> &'static str {
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

/// A file with columns.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) separator: Separator,
    /// Whether quotation marks enclose fields.
    pub(super) quoting: bool,
    /// The names, where the first line has names.
    pub(super) header: Option<Vec<String>>,
    /// Fields of most lines.
    pub(super) columns: usize,
    /// Lines under the header, as far as the sample goes.
    pub(super) rows: Vec<Vec<String>>,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Shape {
    Table(Table),
    /// One user a line: the user, then the items.
    Sequences,
    OneColumn,
    Ragged {
        separator: Separator,
        least: usize,
        most: usize,
    },
}

/// Refuses what is not text, by its first bytes.
pub(super) fn check_kind(file: &str, head: &[u8]) -> Result<(), LogError> {
    let text = head.trim_ascii();
    if text.is_empty() {
        return Err(LogError::Empty { file: file.to_owned() });
    }
    const KINDS: [(&[u8], &str, &str); 7] = [
        (b"\x1f\x8b", "compressed (gzip)", "unpack it and open the text file inside"),
        (
            b"PK\x03\x04",
            "a zip archive (or a spreadsheet)",
            "unpack it, or save the sheet as CSV",
        ),
        (b"PAR1", "a Parquet file", "convert it to CSV"),
        (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
        (b"%PDF", "a PDF document", "choose a log as text, such as CSV"),
        (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
        (b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
    ];
    for (magic, what, advice) in KINDS {
        if head.starts_with(magic) {
            return Err(LogError::OtherKind {
                file: file.to_owned(),
                what,
                advice,
            });
        }
    }
    if text.starts_with(b"{") || text.starts_with(b"[{") || text.starts_with(b"[[") {
        let (what, advice) = ("JSON", "save it as CSV with the columns user, item and timestamp");
        return Err(LogError::OtherKind {
            file: file.to_owned(),
            what,
            advice,
        });
    }
    if text.starts_with(b"<!") || text.starts_with(b"<html") || text.starts_with(b"<?xml") {
        let (what, advice) = ("a web page or XML", "choose a log as text, such as CSV");
        return Err(LogError::OtherKind {
            file: file.to_owned(),
            what,
            advice,
        });
    }
    Ok(())
}

/// Decides. `complete` says that the head is the whole file, so that its last line is a whole line.
pub(super) fn sniff(head: &[u8], complete: bool) -> Shape {
    let whole = match head.iter().rposition(|&b| b == b'\n') {
        Some(at) if !complete => &head[..=at],
        _ => head,
    };
    let mut best: Option<(usize, Candidate)> = None;
    let mut ragged: Option<Candidate> = None;
    for separator in [
        Separator::DoubleColon,
        Separator::Tab,
        Separator::Semicolon,
        Separator::Pipe,
        Separator::Comma,
    ] {
        let candidate = Candidate::new(whole, separator, true);
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
        if self.header_roles() >= 2 {
            return true;
        }
        (3..=5).contains(&self.columns)
            && self.percent == 100
            && self
                .rows
                .iter()
                .all(|row| row.last().is_some_and(|text| looks_like_time(text)))
    }

    fn into_table(mut self) -> Table {
        let header = if self.has_header() { Some(self.rows.remove(0)) } else { None };
        Table {
            separator: self.separator,
            quoting: self.quoting,
            header,
            columns: self.columns,
            rows: self.rows,
        }
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
        // A column of numbers under a word: the word is a name.
        first.iter().enumerate().any(|(at, name)| {
            let is_number = |row: &Vec<String>| row.get(at).is_some_and(|text| number(text).is_some());
            let numbers = under.iter().filter(|row| is_number(row)).count();
            name.chars().any(char::is_alphabetic) && number(name).is_none() && numbers * 100 >= under.len() * 95
        })
    }
}

fn sample(head: &[u8], separator: Separator, quoting: bool, complete: bool) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut records = Records::new("", separator, quoting);
    let mut sink = |record: super::records::Record<'_>| {
        if rows.len() < SAMPLE_ROWS {
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
        match sniff(text.as_bytes(), true) {
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
            assert_eq!((table.separator, table.columns), (separator, columns), "{text}");
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
        assert!(table("a\t\"b\"\nd\t\"e\"\n").quoting);
        assert!(!table("a\t\"b\" is\nd\te\n").quoting);
    }

    #[test]
    fn other_shapes() {
        assert!(matches!(sniff(b"1 2 3\n2 4 5 6\n", true), Shape::Sequences));
        assert!(matches!(sniff(b"1 2\n1 3\n", true), Shape::Sequences));
        assert!(matches!(sniff(b"1\n2\n", true), Shape::OneColumn));
        assert!(matches!(
            sniff(b"1,2\n1,2,3\n1,2,3,4\n1,2,3,4,5\n", true),
            Shape::Ragged { least: 2, most: 5, .. }
        ));
    }

    #[test]
    fn a_torn_last_line_does_not_count() {
        match sniff(b"1,2,3\n4,5,6\n7,8", false) {
            Shape::Table(table) => assert_eq!(table.rows.len(), 2),
            other => panic!("{other:?}"),
        }
    }
}
