//! Tables that programs print, and bytes that seldom part fields, written anew with tabs.
//!
//! In: text. Out: the same lines with a tab between the fields, if the head of the text shows one of these: columns of the widths that a ruler
//! of hyphens draws (`sqlcmd`, `sqlplus`), columns that end below the ends of their names (`print(df)` of pandas and R), words of which some
//! stand in quotation marks (`write.table`) or brackets (logs of web servers), and `^A`, `^`, `~` and the like between the fields.

use std::borrow::Cow;
use std::ops::Range;

use crate::log::MAX_RECORD_BYTES;
use crate::log::meaning::names::known_roles;

/// Lines of the head that are looked at.
const SAMPLE: usize = 50;

/// Rewriter of printed text.
pub(crate) struct Printed {
    how: How,
    /// A line that has not ended.
    begun: Vec<u8>,
}

enum How {
    /// One byte between the fields.
    Byte(u8),
    /// Columns from place to place; `wide` says that signs of Chinese and Japanese take two.
    Widths {
        columns: Vec<Range<usize>>,
        wide: bool,
        numbered: bool,
    },
    /// Words, of which some stand in quotation marks or brackets.
    Words,
}

impl Printed {
    /// Rewriter for a text with this head; `None` if it needs none.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        // JSON, and what Python writes for it.
        if head.trim_ascii_start().starts_with(b"{") || head.trim_ascii_start().starts_with(b"[") {
            return None;
        }
        let text = String::from_utf8_lossy(head);
        // The last line may be torn.
        let whole = text.rfind('\n').map_or("", |at| &text[..at]);
        let lines: Vec<&str> = whole
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .take(SAMPLE)
            .collect();
        let how = ruled(&lines)
            .or_else(|| numbered(&lines))
            .or_else(|| words_in_quotes(&lines))
            .or_else(|| rare_byte(&lines).map(How::Byte))?;
        Some(Printed { how, begun: Vec::new() })
    }

    /// The head of a text as it is to be sniffed.
    pub(crate) fn head(head: &[u8]) -> Cow<'_, [u8]> {
        let Some(mut printed) = Printed::of(head) else {
            return Cow::Borrowed(head);
        };
        let mut out = Vec::new();
        printed.push(head, &mut out);
        printed.finish(&mut out);
        Cow::Owned(out)
    }

    /// Adds what comes of the next bytes to `out`.
    pub(crate) fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        if let How::Byte(byte) = self.how {
            let tab = |&b: &u8| match b {
                b'\t' => b' ',
                b if b == byte => b'\t',
                b => b,
            };
            return out.extend(chunk.iter().map(tab));
        }
        for part in chunk.split_inclusive(|&b| b == b'\n') {
            self.begun.extend_from_slice(part);
            // What has no end is for the cutter to refuse.
            if part.ends_with(b"\n") || self.begun.len() > MAX_RECORD_BYTES {
                self.finish(out);
            }
        }
    }

    /// Adds what the end of the text completes.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        let begun = std::mem::take(&mut self.begun);
        let line = String::from_utf8_lossy(&begun).replace('\t', " ");
        let bare = line.trim_end();
        match self.how.fields(bare) {
            Some(fields) => out.extend_from_slice(fields.join("\t").as_bytes()),
            None => out.extend_from_slice(bare.as_bytes()),
        }
        if line.ends_with('\n') {
            out.push(b'\n');
        }
    }
}

impl How {
    /// The fields of a line; `None` for a line that is none of the table.
    fn fields(&self, line: &str) -> Option<Vec<String>> {
        match self {
            How::Byte(_) => None,
            How::Words => quoted_words(line),
            How::Widths { columns, wide, numbered } => {
                let mut fields = vec![String::new(); columns.len()];
                let (mut place, mut index) = (0, *numbered && !line.starts_with(' '));
                let mut torn = false;
                let mut before = ' ';
                for c in line.chars() {
                    index &= c != ' ';
                    // A text that goes over from one column into the next belongs to no column.
                    let border = columns.iter().skip(1).any(|column| column.start == place);
                    torn |= border && before != ' ' && c != ' ';
                    let column = columns.iter().position(|column| column.contains(&place));
                    torn |= column.is_none() && c != ' ' && !index;
                    if let Some(at) = column.filter(|_| !index) {
                        fields[at].push(c);
                    }
                    before = if index { ' ' } else { c };
                    place += if *wide && c >= '\u{1100}' { 2 } else { 1 };
                }
                let trimmed = fields.iter().map(|field| field.trim().to_owned());
                (!torn && !line.is_empty()).then(|| trimmed.collect())
            }
        }
    }

    /// Whether it cuts nearly all lines.
    fn fits(&self, lines: &[&str]) -> bool {
        let torn = lines.iter().filter(|line| self.fields(line).is_none()).count();
        lines.len() >= 3 && torn <= (lines.len() / 10).max(1)
    }
}

/// Columns below a ruler, of which each run of hyphens is as wide as its column.
fn ruled(lines: &[&str]) -> Option<How> {
    let drawn = |line: &&&str| {
        let runs = line.contains("--") || line.contains("==");
        runs && line.chars().all(|c| "-= ".contains(c)) && line.split_whitespace().count() >= 2
    };
    let ruler = lines.iter().take(20).find(drawn)?;
    let bytes = ruler.as_bytes();
    let mut starts: Vec<usize> = (0..bytes.len())
        .filter(|&at| bytes[at] != b' ' && (at == 0 || bytes[at - 1] == b' '))
        .collect();
    starts.push(usize::MAX);
    let columns: Vec<Range<usize>> = starts.windows(2).map(|pair| pair[0]..pair[1]).collect();
    by_width(columns, lines, false)
}

/// Columns that end below the ends of their names, each line with its number before it.
fn numbered(lines: &[&str]) -> Option<How> {
    let (header, rows) = lines.split_first()?;
    let names: Vec<&str> = header.split_whitespace().collect();
    let index = |row: &&&str| {
        let number = row.split(' ').next().unwrap_or_default();
        !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && row.split_whitespace().count() > names.len()
    };
    let other = |name: &&str| name.ends_with([',', ';', '|']);
    if !header.starts_with(' ')
        || names.len() < 2
        || names.iter().any(other)
        || rows.iter().filter(index).count() * 10 < rows.len() * 8
    {
        return None;
    }
    let columns = |wide: bool| {
        let mut columns: Vec<Range<usize>> = Vec::new();
        let (mut place, mut before) = (0, ' ');
        for c in header.chars().chain([' ']) {
            if c == ' ' && before != ' ' {
                columns.push(columns.last().map_or(0, |last| last.end)..place);
            }
            before = c;
            place += if wide && c >= '\u{1100}' { 2 } else { 1 };
        }
        columns
    };
    by_width(columns(false), lines, true).or_else(|| by_width(columns(true), lines, true))
}

fn by_width(columns: Vec<Range<usize>>, lines: &[&str], numbered: bool) -> Option<How> {
    const MOST: usize = 200;
    [false, true].into_iter().filter(|_| columns.len() <= MOST).find_map(|wide| {
        let columns = columns.clone();
        let how = How::Widths { columns, wide, numbered };
        how.fits(lines).then_some(how)
    })
}

/// Words between spaces, if many lines have some in quotation marks or brackets, and nearly all the same number.
fn words_in_quotes(lines: &[&str]) -> Option<How> {
    const FEWEST: usize = 6;
    let opens = |line: &&&str| line.starts_with('"') || line.contains(" \"") || line.contains(" [");
    let (_, rows) = lines.split_first().filter(|_| lines.len() >= FEWEST)?;
    // Blanks are not what parts the fields where another sign stands before the first of them.
    let parted = |line: &&str| line.contains('\t') || line.split(' ').next().is_some_and(|word| word.contains([',', ';', '|']));
    if lines.iter().any(parted) || rows.iter().filter(opens).count() * 10 < rows.len() * 9 || !How::Words.fits(lines) {
        return None;
    }
    let counts: Vec<usize> = rows.iter().filter_map(|line| Some(quoted_words(line)?.len())).collect();
    let most = counts.get(counts.len() / 2).copied().filter(|&count| count >= 2)?;
    let same = counts.iter().filter(|&&count| count == most).count();
    (same * 10 >= counts.len() * 9).then_some(How::Words)
}

/// The words of a line, those in quotation marks without them; `None` if a mark stands within a word.
fn quoted_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' => {
                let mut end = 1;
                loop {
                    end += rest[end..].find('"')?;
                    match rest.as_bytes().get(end + 1) {
                        _ if rest.as_bytes()[end - 1] == b'\\' => end += 1,
                        Some(b'"') => end += 2,
                        _ => break,
                    }
                }
                let inner = rest[1..end].replace("\\\"", "\"").replace("\"\"", "\"");
                (inner, &rest[end + 1..])
            }
            '[' => {
                let end = rest.find(']')?;
                (rest[..=end].to_owned(), &rest[end + 1..])
            }
            _ => {
                let (word, after) = rest.split_at(rest.find(' ').unwrap_or(rest.len()));
                if word.contains('"') {
                    return None;
                }
                (word.to_owned(), after)
            }
        };
        if !after.is_empty() && !after.starts_with(' ') {
            return None;
        }
        words.push(word);
        rest = after.trim_start();
    }
    (!words.is_empty()).then_some(words)
}

/// The byte between the fields that is none of the usual ones: as often in nearly every line, and a control character, or one that no usual
/// separator rivals, or one that parts the names of columns.
fn rare_byte(lines: &[&str]) -> Option<u8> {
    let first = lines.first()?;
    let even = |byte: u8| {
        let count = |line: &&str| line.bytes().filter(|&b| b == byte).count();
        let wanted = lines.get(lines.len() / 2).map_or(0, count);
        let same = lines.iter().filter(|line| count(line) == wanted).count();
        if same * 20 >= lines.len() * 19 { wanted } else { 0 }
    };
    let named = |byte: u8| {
        let names: Vec<String> = first.split(char::from(byte)).map(str::to_owned).collect();
        known_roles(&names) >= 2
    };
    let control = (1..32).filter(|byte| !b"\t\n\r\x0b\x0c\x1b".contains(byte));
    if let Some(byte) = control.into_iter().find(|&byte| even(byte) > 0) {
        return Some(byte);
    }
    let usual = || b",;\t|".iter().copied();
    if usual().any(named) {
        return None;
    }
    let rivals = usual().map(even).max().unwrap_or(0);
    let plain = *b"^~"
        .iter()
        .find(|&&byte| lines.len() >= 3 && even(byte) > rivals)
        .unwrap_or(&0);
    let by_names = || {
        b"^~#$!*/:&"
            .iter()
            .copied()
            .find(|&byte| even(byte) > 0 && named(byte) && !first.contains("::"))
    };
    Some(plain).filter(|&byte| byte > 0).or_else(by_names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_as_they_were_printed() {
        let r_rows = format!("\"a\" \"b\"\n{}", "\"1\" \"x y\" 2\n".repeat(5));
        let r_tabs = format!("a\tb\n{}", "1\tx y\t2\n".repeat(5));
        for (text, expected) in [
            (
                "id   name   \n---- -------\nu1   a tea \nu2          \n",
                "id\tname\n----\t-------\nu1\ta tea\nu2\t\n",
            ),
            ("   id  no\n0  u1   7\n1  u2  15\n", "id\tno\nu1\t7\nu2\t15\n"),
            (&*r_rows, &*r_tabs),
            ("u1\x01p1\x013\nu2\x01p\t2\x014\n", "u1\tp1\t3\nu2\tp 2\t4\n"),
            ("user#item\n1#2\n3#4\n", "user\titem\n1\t2\n3\t4\n"),
        ] {
            let got = Printed::head(text.as_bytes());
            assert_eq!(String::from_utf8_lossy(&got), expected);
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in [
            "user,item\nu#1,p#1\nu#2,p#2\n",
            "1 2 3\n2 4 5 6\n",
            "\"a\",\"b\"\n\"1\",\"x y\"\n\"1\",\"z\"\n",
            "u1 12:30\nu2 12:31\nu3 12:32\n",
            "- - -\n",
        ] {
            assert!(Printed::of(text.as_bytes()).is_none(), "{text}");
        }
    }
}
