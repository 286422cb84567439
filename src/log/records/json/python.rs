//! Python's literals as JSON: `{u'user': 'a', 'ok': True, 'at': None}`.
//!
//! In: text, piece by piece. Out: the same values in JSON; texts in either quotation mark, `True`, `False`, `None`, tuples, long numbers
//! (`5L`), and a comma before a closing bracket are understood. Line ends stay where they are.

/// Where in the text it stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Python {
    state: State,
    /// A word that has not ended: `Tru`.
    word: Vec<u8>,
    /// A comma that is written if something follows.
    comma: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Outside,
    /// In a text that ends with this mark.
    Text(u8),
    /// Behind a backslash in such a text.
    Escape(u8),
    /// In `\x41`, with so many digits to come.
    Hex(u8, u8),
}

impl Python {
    /// Whether a text that begins with a bracket is Python rather than JSON.
    pub(crate) fn speaks(text: &[u8]) -> bool {
        if has_no_number(text) {
            return true;
        }
        let inner = text.get(1..).unwrap_or_default().trim_ascii_start();
        let inner = match inner {
            [b'{' | b'(' | b'[', inner @ ..] => inner.trim_ascii_start(),
            _ => inner,
        };
        let inner = inner.strip_prefix(b"u").unwrap_or(inner);
        // A word in single marks, ended as a key or an element is.
        let Some(rest) = inner.strip_prefix(b"'") else { return false };
        let Some(end) = memchr::memchr(b'\'', rest) else {
            return false;
        };
        matches!(rest[end + 1..].trim_ascii_start().first(), Some(b':' | b',' | b']'))
    }

    pub(crate) fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for &byte in text {
            self.state = match self.state {
                State::Outside => self.outside(byte, out),
                State::Text(mark) => match byte {
                    b'\\' => State::Escape(mark),
                    _ if byte == mark => {
                        out.push(b'"');
                        State::Outside
                    }
                    b'"' => {
                        out.extend_from_slice(b"\\\"");
                        State::Text(mark)
                    }
                    _ => {
                        out.push(byte);
                        State::Text(mark)
                    }
                },
                State::Escape(mark) => {
                    match byte {
                        b'\'' => out.push(b'\''),
                        b'x' => {
                            out.extend_from_slice(b"\\u00");
                            self.state = State::Hex(mark, 2);
                            continue;
                        }
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u' => out.extend_from_slice(&[b'\\', byte]),
                        _ => out.extend_from_slice(&[b'\\', b'\\', byte]),
                    }
                    State::Text(mark)
                }
                State::Hex(mark, left) => {
                    out.push(byte);
                    if left > 1 {
                        State::Hex(mark, left - 1)
                    } else {
                        State::Text(mark)
                    }
                }
            };
        }
    }

    fn outside(&mut self, byte: u8, out: &mut Vec<u8>) -> State {
        if byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte) {
            self.word.push(byte);
            return State::Outside;
        }
        let word = std::mem::take(&mut self.word);
        // A prefix of a text, as in u'…', is none of it.
        let prefix = matches!(byte, b'\'' | b'"') && matches!(word.as_slice(), b"u" | b"b" | b"r" | b"U" | b"B");
        if !word.is_empty() && !prefix {
            self.follows(out);
            match word.as_slice() {
                b"True" => out.extend_from_slice(b"true"),
                b"False" => out.extend_from_slice(b"false"),
                b"None" | b"nan" | b"NaN" | b"Infinity" | b"-Infinity" | b"inf" | b"-inf" => out.extend_from_slice(b"null"),
                [digits @ .., b'L'] if digits.iter().all(u8::is_ascii_digit) => out.extend_from_slice(digits),
                other => out.extend_from_slice(other),
            }
        }
        match byte {
            b'\'' | b'"' => {
                self.follows(out);
                out.push(b'"');
                return State::Text(byte);
            }
            b',' => {
                self.follows(out);
                self.comma.push(b',');
            }
            b' ' | b'\t' | b'\n' | b'\r' if !self.comma.is_empty() => self.comma.push(byte),
            b')' | b']' | b'}' => {
                // A comma before it is Python's alone.
                out.extend(self.comma.drain(..).skip(1));
                out.push(if byte == b')' { b']' } else { byte });
            }
            _ => {
                self.follows(out);
                out.push(if byte == b'(' { b'[' } else { byte });
            }
        }
        State::Outside
    }

    fn follows(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.comma);
    }
}

/// Whether a value of a text is `NaN` or `Infinity`, which Python writes into JSON and JSON does not know.
fn has_no_number(text: &[u8]) -> bool {
    [&b"NaN"[..], b"Infinity"].into_iter().any(|word| {
        memchr::memmem::find_iter(text, word).any(|at| {
            let before = text[..at].strip_suffix(b"-").unwrap_or(&text[..at]).trim_ascii_end();
            let after = text[at + word.len()..].trim_ascii_start();
            matches!(before.last(), Some(b':' | b',' | b'[')) && matches!(after.first(), Some(b',' | b'}' | b']'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_become_json() {
        let python = r#"{u'user': u"it's", 'ok': True, 'no': None, 'n': 5L, 'f': 1.5e-3, 'l': ('a', 'b',), 'q': 'say "hi"', 'e': 'a\'b\x41\d'}"#;
        let json = r#"{"user": "it's", "ok": true, "no": null, "n": 5, "f": 1.5e-3, "l": ["a", "b"], "q": "say \"hi\"", "e": "a'b\u0041\\d"}"#;
        for chunk in [1, 2, 7, python.len()] {
            let (mut rewriter, mut out) = (Python::default(), Vec::new());
            python
                .as_bytes()
                .chunks(chunk)
                .for_each(|piece| rewriter.push(piece, &mut out));
            assert_eq!(String::from_utf8(out).unwrap(), json, "{chunk}");
        }
    }

    #[test]
    fn python_is_known_by_its_marks() {
        for text in [
            "{'a': 1}",
            "{u'a': 1}",
            "[{'a': 1}]",
            "['a', 'b']",
            "('a', 1)",
            "[('a', 1)]",
            "{\"a\": NaN, \"b\": 1}",
        ] {
            assert!(Python::speaks(text.as_bytes()), "{text}");
        }
        for text in [
            r#"{"a": 1}"#,
            "[1, 2]",
            "{",
            "['tis the season,1\n",
            "(500) Days,1\n",
            r#"{"a": "NaN"}"#,
        ] {
            assert!(!Python::speaks(text.as_bytes()), "{text}");
        }
    }
}
