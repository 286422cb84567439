//! The first bytes of a text: what kind of file they show, and what stands above the data.
//!
//! In: chunks of a file. Out: its [`Head`], checked to be text and without what is none of the data; a [`TextGuard`] watches the rest.

use crate::log::SNIFF_BYTES;
use crate::log::error::LogError;

/// The first bytes of a file, held back until they are enough to decide on. It is always the same bytes, whatever the chunks,
/// so that the chunks never change the result.
#[derive(Debug, Default)]
pub(crate) struct Head(Vec<u8>);

impl Head {
    /// Takes a chunk. Once there is enough, what the head has no room for.
    pub(crate) fn fill<'a>(&mut self, chunk: &'a [u8]) -> Option<&'a [u8]> {
        let (now, rest) = chunk.split_at(chunk.len().min(SNIFF_BYTES.saturating_sub(self.0.len())));
        self.0.extend_from_slice(now);
        (self.0.len() >= SNIFF_BYTES).then_some(rest)
    }

    /// Checks the head to be text; takes off a byte order mark and what stands above the data.
    pub(crate) fn open(&mut self, file: &str, guard: &mut TextGuard) -> Result<&[u8], LogError> {
        blank_preamble(&mut self.0);
        let text = without_mark(&self.0);
        check_kind(file, text)?;
        guard.check(file, text)?;
        Ok(text)
    }
}

/// The text without the byte order mark that some programs put before UTF-8.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Blanks the lines above the data that are none of it: comments (`# …`, `% …`) and the line by which Excel is told the separator
/// (`sep=;`). Carriage returns take their place, which all cutters pass over, so that the lines keep their numbers.
pub(crate) fn blank_preamble(head: &mut [u8]) {
    let mut at = head.len() - without_mark(head).len();
    let mut first = true;
    while let Some(rest) = head.get_mut(at..).filter(|rest| !rest.is_empty()) {
        let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        let line = rest[..end].trim_ascii();
        let comment = matches!(line, [b'#' | b'%'] | [b'#' | b'%', b' ' | b'\t' | b'#' | b'%', ..]);
        let excel = first && line.len() <= 5 && line.starts_with(b"sep=");
        if !comment && !excel {
            return;
        }
        rest[..end].fill(b'\r');
        first = false;
        at += end + 1;
    }
}

/// Watches for NUL bytes, which no text has.
#[derive(Debug, Default)]
pub(crate) struct TextGuard {
    breaks: u64,
}

impl TextGuard {
    pub(crate) fn check(&mut self, file: &str, chunk: &[u8]) -> Result<(), LogError> {
        let breaks = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
        if let Some(at) = memchr::memchr(0, chunk) {
            return Err(LogError::Binary {
                file: file.to_owned(),
                line: self.breaks + breaks(&chunk[..at]) + 1,
            });
        }
        self.breaks += breaks(chunk);
        Ok(())
    }
}

/// Refuses what is not text, by its first bytes.
pub(crate) fn check_kind(file: &str, head: &[u8]) -> Result<(), LogError> {
    let text = head.trim_ascii();
    if text.is_empty() {
        return Err(LogError::Empty { file: file.to_owned() });
    }
    const KINDS: [(&[u8], &str, &str); 9] = [
        (
            b"\x1f\x8b",
            "compressed twice (gzip)",
            "unpack it once and open the file inside",
        ),
        (
            b"PK\x03\x04",
            "a zip archive (or a spreadsheet) inside another file",
            "unpack it, or save the sheet as CSV",
        ),
        (b"PAR1", "a Parquet file inside a compressed one", "unpack it first"),
        (b"BZh", "compressed (bzip2)", "unpack it, or compress it with gzip"),
        (b"\xfd7zXZ", "compressed (xz)", "unpack it, or compress it with gzip"),
        (
            b"\x28\xb5\x2f\xfd",
            "compressed (zstd)",
            "unpack it, or compress it with gzip",
        ),
        (b"7z\xbc\xaf", "a 7z archive", "unpack it, or pack it as zip"),
        (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
        (b"%PDF", "a PDF document", "choose a log as text, such as CSV"),
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
    let starts = |tag: &[u8]| text.get(..tag.len()).is_some_and(|text| text.eq_ignore_ascii_case(tag));
    if [
        &b"insert into"[..],
        b"create table",
        b"drop table",
        b"-- mysql dump",
        b"-- postgresql",
    ]
    .into_iter()
    .any(starts)
    {
        return Err(LogError::OtherKind {
            file: file.to_owned(),
            what: "a script of SQL",
            advice: "export the table as CSV",
        });
    }
    if [&b"<!"[..], b"<html", b"<?xml"].into_iter().any(starts) {
        let (what, advice) = ("a web page or XML", "choose a log as text, such as CSV");
        return Err(LogError::OtherKind {
            file: file.to_owned(),
            what,
            advice,
        });
    }
    Ok(())
}
