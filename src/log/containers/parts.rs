//! A log in parts: the files of a folder, one after the other, as if they were one.
//!
//! In: the sources of the parts, in their order. Out: the first of them opened, and those that wait; a part is opened when its turn comes, so that
//! thousands take one file handle. Parts of text become one stream, in which the header stands once; parts of Parquet have the same columns.
//! Natively alone: a page opens files, not folders.

use std::collections::VecDeque;
use std::io::{self, Read, SeekFrom};

use crate::log::SNIFF_BYTES;
use crate::log::containers::archive::{Candidate, Content, Opened};
use crate::log::containers::packed::sheets_of;
use crate::log::error::{LogError, legible};
use crate::log::records::parquet::ParquetRows;
use crate::log::text::source::{NamedSource, Position, SharedSource, failure};

/// Advice on a file that does not belong to the others.
const ONE_KIND: &str = "keep the parts of one log in a folder, and nothing else";

/// Parts whose turn has not come.
#[derive(Default)]
pub(crate) struct Parts {
    waiting: VecDeque<NamedSource>,
    position: Position,
}

/// The first part of a log, with all of them where they are of text; those that wait where they are not.
pub(crate) struct FirstPart {
    pub(crate) log: Opened,
    pub(crate) waiting: Parts,
    /// Bytes of all parts.
    pub(crate) bytes: u64,
    /// Number of parts, empty ones included.
    pub(crate) count: usize,
}

/// Opens a log in parts that is called `name`.
pub(crate) fn open_parts(name: &str, mut sources: Vec<NamedSource>, position: &Position) -> Result<FirstPart, LogError> {
    let mut bytes = 0;
    for source in &mut sources {
        let length = source.source.seek(SeekFrom::End(0));
        bytes += length.map_err(|error| failure(&legible(&source.name), &error))?;
    }
    let count = sources.len();
    let mut parts = Parts {
        waiting: sources.into(),
        position: position.clone(),
    };
    let empty = || LogError::Empty { file: legible(name) };
    let Opened { content, how, .. } = parts.next()?.ok_or_else(empty)?;
    let (content, waiting) = match content {
        Content::Text(first) => (Content::Text(Box::new(Chain::new(first, parts)?)), Parts::default()),
        rows @ Content::Parquet(_) => (rows, parts),
    };
    Ok(FirstPart {
        log: Opened {
            name: legible(name),
            content,
            how,
        },
        waiting,
        bytes,
        count,
    })
}

impl Parts {
    /// Opens the next part that is not empty.
    fn next(&mut self) -> Result<Option<Opened>, LogError> {
        while let Some(named) = self.waiting.pop_front() {
            let source = SharedSource::new(sheets_of(named)?)?;
            let mut magic = Vec::new();
            let read = source.stretch(0, source.length().min(4)).read_to_end(&mut magic);
            read.map_err(|error| failure(source.name(), &error))?;
            if magic.is_empty() {
                continue;
            }
            if magic == b"PK\x03\x04" {
                return Err(LogError::OtherKind {
                    file: source.name().to_owned(),
                    what: "an archive or a spreadsheet among the parts of a log",
                    advice: "unpack it, or open it by itself",
                });
            }
            match Candidate::whole(source, false).open(&self.position) {
                Err(LogError::Empty { .. }) => {}
                opened => return opened.map(Some),
            }
        }
        Ok(None)
    }

    /// The rows of the next part, read as those before it were.
    pub(crate) fn next_rows(&mut self, before: &ParquetRows) -> Result<Option<Box<ParquetRows>>, LogError> {
        let Some(Opened { name, content, .. }) = self.next()? else {
            return Ok(None);
        };
        let other = |what| LogError::OtherKind {
            file: name.clone(),
            what,
            advice: ONE_KIND,
        };
        let Content::Parquet(mut rows) = content else {
            return Err(other("a text among parts of Parquet"));
        };
        match rows.read_like(before) {
            true => Ok(Some(rows)),
            false => Err(other("a part with other columns than those before it")),
        }
    }
}

/// Parts of text, one after the other.
struct Chain {
    current: Box<dyn Read + Send>,
    parts: Parts,
    /// First line of the first part if it may be a header; it is passed over in all others.
    header: Option<Vec<u8>>,
    /// Bytes that were read ahead, and how many of them were handed on.
    ahead: (Vec<u8>, usize),
    /// The last byte that was handed on.
    last: u8,
}

impl Chain {
    fn new(first: Box<dyn Read + Send>, parts: Parts) -> Result<Self, LogError> {
        let mut chain = Self {
            current: first,
            parts,
            header: None,
            ahead: (Vec::new(), 0),
            last: b'\n',
        };
        let head = chain.head().map_err(|error| failure("", &error))?;
        let line = first_line(&head);
        // A line of JSON is data, and one without any letter hardly names columns.
        let may_be_header = !line.starts_with(b"{") && line.iter().any(u8::is_ascii_alphabetic);
        chain.header = may_be_header.then(|| line.to_vec());
        chain.ahead = (head, 0);
        Ok(chain)
    }

    /// First bytes of the current part, without a mark of the order of bytes.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        (&mut self.current).take(SNIFF_BYTES as u64).read_to_end(&mut head)?;
        if head.starts_with(b"\xEF\xBB\xBF") {
            head.drain(..3);
        }
        Ok(head)
    }

    /// Goes on to the next part; false after the last one.
    fn turn(&mut self) -> io::Result<bool> {
        let Some(Opened { name, content, .. }) = self.parts.next().map_err(io::Error::other)? else {
            return Ok(false);
        };
        let Content::Text(next) = content else {
            return Err(io::Error::other(LogError::OtherKind {
                file: name,
                what: "a Parquet file among parts of text",
                advice: ONE_KIND,
            }));
        };
        self.current = next;
        let mut head = self.head()?;
        if head.first() == Some(&b'[') {
            return Err(io::Error::other(LogError::OtherKind {
                file: name,
                what: "a part that is a whole JSON document",
                advice: "write the parts as JSON Lines, or name one file",
            }));
        }
        if self.header.as_deref() == Some(first_line(&head)) {
            let rest = head.iter().position(|&byte| byte == b'\n').map_or(head.len(), |at| at + 1);
            head.drain(..rest);
        }
        // The last line of a part may have no end.
        if self.last != b'\n' {
            head.insert(0, b'\n');
        }
        self.ahead = (head, 0);
        Ok(true)
    }
}

impl Read for Chain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let (ahead, done) = &mut self.ahead;
            let mut count = (&ahead[*done..]).read(buffer)?;
            *done += count;
            if count == 0 {
                count = self.current.read(buffer)?;
            }
            if count > 0 {
                self.last = buffer[count - 1];
                return Ok(count);
            }
            if !self.turn()? {
                return Ok(0);
            }
        }
    }
}

/// The first line, without its end.
fn first_line(text: &[u8]) -> &[u8] {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests;
