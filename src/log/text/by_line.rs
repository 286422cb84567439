//! Texts in which some lines are UTF-8 and others are not, as exports put one behind the other are.
//!
//! In: bytes. Out: UTF-8; a line that is UTF-8 passes, each other one is decoded by another decoder.

use crate::log::text::host::Decode;

/// Beginning of the name of such an encoding, before that of the other lines.
pub(crate) const MIXED: &str = "utf-8+";
/// Fewest lines of either kind.
const FEWEST: usize = 3;

/// The lines of a sample that are no UTF-8, if the others are and both lie in blocks: a text in another encoding can have single lines that
/// are valid UTF-8 by chance, and a text of UTF-8 damaged ones.
pub(crate) fn invalid_lines(sample: &[u8], complete: bool) -> Option<Vec<u8>> {
    let mut invalid = Vec::new();
    let (mut counts, mut changes, mut before) = ([0, 0], 0, None);
    for line in sample.split_inclusive(|&byte| byte == b'\n') {
        if line.is_ascii() || !(complete || line.ends_with(b"\n")) {
            continue;
        }
        let valid = std::str::from_utf8(line).is_ok();
        if !valid {
            invalid.extend_from_slice(line);
        }
        counts[usize::from(valid)] += 1;
        changes += usize::from(before.is_some_and(|before| before != valid));
        before = Some(valid);
    }
    (counts.iter().all(|&count| count >= FEWEST) && changes <= 2).then_some(invalid)
}

/// A decoder that decides for each line.
pub(crate) struct ByLine {
    line: Vec<u8>,
    other: Box<dyn Decode>,
}

impl ByLine {
    pub(crate) fn new(other: Box<dyn Decode>) -> Self {
        ByLine { line: Vec::new(), other }
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        match std::str::from_utf8(&self.line) {
            Ok(_) => out.extend_from_slice(&self.line),
            Err(_) => self.other.decode(&self.line, false, out),
        }
        self.line.clear();
    }
}

impl Decode for ByLine {
    fn decode(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line(out);
            }
        }
        if last {
            self.end_line(out);
        }
    }
}
