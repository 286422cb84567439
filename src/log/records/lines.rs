//! Cuts a stream of bytes into lines, and lines into words.

use crate::log::MAX_LINE_BYTES;
use crate::log::error::LogError;

/// The words of a line between white space.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// Cuts at line ends (`\n`, `\r\n`) and leaves out lines of white space.
pub(crate) struct Lines {
    file: String,
    limit: usize,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// Lines ended so far.
    count: u64,
}

impl Lines {
    pub(crate) fn new(file: &str, limit: usize) -> Self {
        Lines {
            file: file.to_owned(),
            limit: limit.min(MAX_LINE_BYTES),
            begun: Vec::new(),
            count: 0,
        }
    }

    pub(crate) fn push<F>(&mut self, chunk: &[u8], mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(u64, &[u8]) -> Result<(), LogError>,
    {
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, tail) = (&rest[..at], &rest[at + 1..]);
            self.count += 1;
            if self.begun.is_empty() {
                if line.len() > self.limit {
                    return Err(self.too_long(self.count));
                }
                hand_over(self.count, line, &mut sink)?;
            } else {
                self.keep(line, self.count)?;
                hand_over(self.count, &self.begun, &mut sink)?;
                self.begun.clear();
            }
            rest = tail;
        }
        self.keep(rest, self.count + 1)
    }

    pub(crate) fn finish<F>(&mut self, mut sink: F) -> Result<(), LogError>
    where
        F: FnMut(u64, &[u8]) -> Result<(), LogError>,
    {
        hand_over(self.count + 1, &self.begun, &mut sink)
    }

    fn keep(&mut self, part: &[u8], line: u64) -> Result<(), LogError> {
        if self.begun.len() + part.len() > self.limit {
            return Err(self.too_long(line));
        }
        self.begun.extend_from_slice(part);
        Ok(())
    }

    fn too_long(&self, line: u64) -> LogError {
        let hint = "check that the file has line breaks";
        LogError::TooLong {
            file: self.file.clone(),
            line,
            limit: self.limit,
            hint,
        }
    }
}

fn hand_over<F>(number: u64, line: &[u8], sink: &mut F) -> Result<(), LogError>
where
    F: FnMut(u64, &[u8]) -> Result<(), LogError>,
{
    let line = line.trim_ascii();
    if line.is_empty() { Ok(()) } else { sink(number, line) }
}
