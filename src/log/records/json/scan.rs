//! Finds the end of a value of JSON by its brackets and strings.
//!
//! In: the bytes from the first of the value on, as many as there are; the search goes on where it stood when more come. Out: a
//! [`Step`]: where the value ends, that it does not end yet, or that it cannot be valid.

/// Deepest nesting of a value; the kinds of all open brackets fit one integer.
const MAX_NESTING: u32 = 63;

/// Follows brackets and strings to the end of a value.
#[derive(Default)]
pub(super) struct Scan {
    /// Bytes of the value looked at.
    pub(super) at: usize,
    depth: u32,
    /// A bit for each open bracket, the innermost lowest: set for an object.
    kinds: u64,
    in_string: bool,
    /// The first bracket that opens a line as the value itself does: if the value turns out to be broken, the next one begins
    /// here.
    pub(super) restart: Option<usize>,
}

#[derive(Clone, Copy)]
pub(super) enum Step {
    /// The value has that many bytes.
    Done(usize),
    /// It ends in the bytes to come.
    More,
    /// It cannot be valid.
    Broken,
}

/// For each byte, whether a scan stops at it: 1 inside a string, 2 outside.
const STOPS: [u8; 256] = {
    let mut stops = [0; 256];
    stops[b'"' as usize] = 3;
    stops[b'\\' as usize] = 1;
    stops[b'\n' as usize] = 1;
    stops[b'{' as usize] = 2;
    stops[b'}' as usize] = 2;
    stops[b'[' as usize] = 2;
    stops[b']' as usize] = 2;
    stops
};

impl Scan {
    /// A scan that is inside an object already.
    pub(super) fn inside_object() -> Self {
        Scan {
            depth: 1,
            kinds: 1,
            ..Scan::default()
        }
    }

    /// Goes on in the value whose bytes these are, from its first. `indent` is the indentation of the line on which it begins,
    /// where values may begin on lines.
    pub(super) fn run(&mut self, bytes: &[u8], indent: Option<usize>) -> Step {
        loop {
            let stop = if self.in_string { 1 } else { 2 };
            let ahead = bytes.get(self.at..).unwrap_or_default();
            let Some(skipped) = ahead.iter().position(|&b| STOPS[usize::from(b)] & stop != 0) else {
                self.at = bytes.len();
                return Step::More;
            };
            self.at += skipped;
            match ahead[skipped] {
                b'"' => self.in_string = !self.in_string,
                b'\\' => match ahead.get(skipped + 1) {
                    None => return Step::More,
                    Some(b'\n') => {}
                    Some(_) => self.at += 1,
                },
                // A string cannot go over the end of a line, so a quotation mark is missing.
                b'\n' => return Step::Broken,
                byte @ (b'{' | b'[') => {
                    if indent.is_some_and(|indent| opens_line(bytes, self.at, indent)) {
                        self.restart.get_or_insert(self.at);
                        if !self.may_open(bytes) {
                            return Step::Broken;
                        }
                    }
                    if self.depth == MAX_NESTING {
                        return Step::Broken;
                    }
                    self.depth += 1;
                    self.kinds = self.kinds << 1 | u64::from(byte == b'{');
                }
                byte => {
                    // A bracket of the other kind that was left open is closed along with its outer one.
                    let mut open = true;
                    while open && self.depth > 0 {
                        open = (self.kinds & 1 == 1) != (byte == b'}');
                        self.kinds >>= 1;
                        self.depth -= 1;
                    }
                    if self.depth == 0 {
                        self.at += 1;
                        return Step::Done(self.at);
                    }
                }
            }
            self.at += 1;
        }
    }

    /// Whether a bracket may open here, going by what stands before it.
    fn may_open(&self, bytes: &[u8]) -> bool {
        match bytes[..self.at].trim_ascii_end().last() {
            Some(b':' | b'[') => true,
            Some(b',') => self.kinds & 1 == 0,
            _ => false,
        }
    }
}

/// Whether the byte is the first of a line with this indentation.
fn opens_line(bytes: &[u8], at: usize, indent: usize) -> bool {
    let Some(line_break) = at.checked_sub(indent + 1) else {
        return false;
    };
    bytes[line_break] == b'\n' && bytes[line_break + 1..at].iter().all(is_indent)
}

/// Whether a byte may stand before the first bracket of a line.
pub(super) fn is_indent(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
