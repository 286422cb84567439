//! Text in any encoding, made UTF-8.
//!
//! In: the bytes of a file as they come. Out: UTF-8. Text that is UTF-8 passes untouched. Otherwise the encoding is decided once, by the first
//! [`SNIFF_BYTES`] from the first byte on that is not ASCII (or the first escape, as ISO-2022-JP has), so that the chunks a file comes in do not
//! matter: by a byte order mark, by the NUL bytes of UTF-16, or by a detector. Natively `chardetng` detects and `encoding_rs` decodes; in a
//! browser the browser's own decoder does, which whoever hosts this crate hands over, so that no tables have to be downloaded.

use wide::u8x16;

use crate::log::SNIFF_BYTES;
use crate::log::text::by_line::{ByLine, MIXED, invalid_lines};
#[cfg(not(target_arch = "wasm32"))]
use crate::log::text::guess::{by_bytes, has_kana, is_half_width, is_hungarian, is_odd, is_simplified};
use crate::log::text::host::Decode;

/// A stream of bytes that becomes UTF-8.
pub(crate) struct Decoder {
    state: State,
    /// Encoding chosen by a person.
    given: Option<String>,
    out: Vec<u8>,
}

enum State {
    /// Nothing but ASCII so far; from the first other byte on bytes are held back.
    Open {
        held: Vec<u8>,
        /// The first two bytes were seen.
        begun: bool,
    },
    /// Bytes pass.
    Utf8,
    Other {
        name: String,
        decoder: Box<dyn Decode>,
    },
    /// The file has ended.
    Ended {
        name: Option<String>,
    },
}

impl Decoder {
    /// `given` is the name of an encoding that a person has chosen, such as `big5`.
    pub(crate) fn new(given: Option<&str>) -> Self {
        Decoder {
            state: State::Open {
                held: Vec::new(),
                begun: false,
            },
            given: given.map(str::to_owned),
            out: Vec::new(),
        }
    }

    /// The name of the encoding, if it is known by now and not UTF-8.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.state {
            State::Other { name, .. } => Some(name),
            State::Ended { name } => name.as_deref(),
            State::Open { .. } | State::Utf8 => None,
        }
    }

    /// The UTF-8 of the next bytes; what is held back comes later.
    pub(crate) fn push<'a>(&'a mut self, chunk: &'a [u8]) -> &'a [u8] {
        let decided = match &mut self.state {
            State::Utf8 | State::Ended { .. } => return chunk,
            State::Other { decoder, .. } => {
                self.out.clear();
                decoder.decode(chunk, false, &mut self.out);
                return &self.out;
            }
            State::Open { held, begun } if self.given.is_none() && !*begun => {
                held.extend_from_slice(chunk);
                self.out.clear();
                // Two bytes tell UTF-16 from ASCII; until there are as many, nothing passes.
                if held.len() < 2 {
                    return &[];
                }
                *begun = true;
                let first = std::mem::take(held);
                let wide = first[..2].contains(&0);
                let plain = if wide {
                    0
                } else {
                    first.iter().position(is_odd_byte).unwrap_or(first.len())
                };
                self.out.extend_from_slice(&first[..plain]);
                held.extend_from_slice(&first[plain..]);
                held.len() >= SNIFF_BYTES
            }
            State::Open { held, .. } if held.is_empty() && self.given.is_none() => {
                let plain = plain_bytes(chunk);
                let (plain, rest) = chunk.split_at(plain);
                if rest.is_empty() {
                    return plain;
                }
                held.extend_from_slice(rest);
                self.out.clear();
                self.out.extend_from_slice(plain);
                held.len() >= SNIFF_BYTES
            }
            State::Open { held, .. } => {
                held.extend_from_slice(chunk);
                self.out.clear();
                self.given.is_some() || held.len() >= SNIFF_BYTES
            }
        };
        if decided {
            self.decide(false);
        }
        &self.out
    }

    /// Decodes the rest at the end of the file.
    pub(crate) fn finish(&mut self) -> &[u8] {
        self.out.clear();
        match &mut self.state {
            State::Open { .. } => self.decide(true),
            State::Other { decoder, .. } => decoder.decode(&[], true, &mut self.out),
            State::Utf8 | State::Ended { .. } => {}
        }
        self.state = State::Ended {
            name: self.name().map(str::to_owned),
        };
        &self.out
    }

    /// Decides by what is held back, and adds its UTF-8 to `out`.
    fn decide(&mut self, last: bool) {
        let State::Open { held, .. } = std::mem::replace(&mut self.state, State::Utf8) else {
            return;
        };
        let name = match &self.given {
            Some(name) => Some(name.clone()),
            None => guess(held.get(..SNIFF_BYTES).unwrap_or(&held), last && held.len() <= SNIFF_BYTES),
        };
        let decoder = name
            .filter(|name| !name.eq_ignore_ascii_case("utf-8"))
            .and_then(|name| decoder(&name));
        match decoder {
            Some((name, mut decoder)) => {
                decoder.decode(&held, last, &mut self.out);
                self.state = State::Other { name, decoder };
            }
            None => self.out.extend_from_slice(&held),
        }
    }
}

/// Begins a stretch of another set of signs in ISO-2022-JP, all of whose bytes are ASCII.
const ESCAPE: u8 = 0x1b;

/// How many bytes at the beginning say nothing about the encoding.
fn plain_bytes(text: &[u8]) -> usize {
    // Asked of many bytes at a time first.
    const WIDTH: usize = 16;
    let mut plain = 0;
    for bytes in text.as_chunks::<WIDTH>().0 {
        let bytes = u8x16::new(*bytes);
        // The highest bit of a byte beyond ASCII is what makes up the mask.
        if (bytes | bytes.simd_eq(u8x16::splat(ESCAPE))).to_bitmask() != 0 {
            break;
        }
        plain += WIDTH;
    }
    let rest = text.get(plain..).unwrap_or_default();
    plain + rest.iter().position(is_odd_byte).unwrap_or(rest.len())
}

/// Whether a byte says something about the encoding.
fn is_odd_byte(byte: &u8) -> bool {
    !byte.is_ascii() || *byte == ESCAPE
}

/// The first bytes of a file as UTF-8.
pub(crate) fn decoded(head: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(None);
    let mut text = decoder.push(head).to_vec();
    text.extend_from_slice(decoder.finish());
    text
}

/// The encoding of a sample that begins with the first byte that is not ASCII, or with an escape; `None` for UTF-8. `complete` says that it
/// does not end in the middle of a sign.
fn guess(sample: &[u8], complete: bool) -> Option<String> {
    if sample.starts_with(b"\xef\xbb\xbf") {
        return None;
    }
    if sample.starts_with(b"\xff\xfe") {
        return Some("utf-16le".to_owned());
    }
    if sample.starts_with(b"\xfe\xff") {
        return Some("utf-16be".to_owned());
    }
    // What follows the letters of a 7z archive.
    if sample.starts_with(b"\xbc\xaf\x27\x1c") {
        return None;
    }
    if [&b"\x1b$B"[..], b"\x1b$@", b"\x1b(J", b"\x1b(I"]
        .iter()
        .any(|begin| sample.starts_with(begin))
    {
        return Some("iso-2022-jp".to_owned());
    }
    if let Some(name) = wide(sample) {
        return Some(name.to_owned());
    }
    // No text: whoever reads it says what it is.
    let control = |b: &u8| *b < 9 || (14..32).contains(b);
    if sample.iter().take(512).any(control) {
        return None;
    }
    let signs = match std::str::from_utf8(sample) {
        Ok(_) => return None,
        Err(error) if error.error_len().is_none() && !complete => return None,
        Err(_) => well_formed(sample),
    };
    if let Some(other) = invalid_lines(sample, complete) {
        return detect(&other, complete).map(|name| format!("{MIXED}{name}"));
    }
    // A text of UTF-8 in which a few bytes are damaged.
    if signs.0 > signs.1 * 4 {
        return None;
    }
    detect(sample, complete)
}

/// UTF-16 without a mark, by the NUL bytes that Latin letters and line ends have in it.
fn wide(sample: &[u8]) -> Option<&'static str> {
    let (mut even, mut odd) = (0, 0);
    for pair in sample.chunks_exact(2).take(512) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let pairs = (sample.len() / 2).min(512);
    match pairs >= 4 {
        true if odd * 5 > pairs && even == 0 => Some("utf-16le"),
        true if even * 5 > pairs && odd == 0 => Some("utf-16be"),
        _ => None,
    }
}

/// Signs of several bytes that are valid UTF-8, and bytes that are not.
fn well_formed(sample: &[u8]) -> (usize, usize) {
    let (mut signs, mut wrong) = (0, 0);
    for chunk in sample.utf8_chunks() {
        signs += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += chunk.invalid().len();
    }
    (signs, wrong)
}

#[cfg(not(target_arch = "wasm32"))]
fn detect(sample: &[u8], complete: bool) -> Option<String> {
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(sample, complete);
    let found = detector.guess(None, false);
    // A lone letter says little: Western is likelier than what is guessed from so few.
    let few = sample.iter().filter(|b| !b.is_ascii()).count() < 3 && found.is_single_byte();
    let name = match found.name() {
        _ if is_half_width(sample) => "shift_jis",
        _ if few => "windows-1252",
        "EUC-JP" if !has_kana(sample) && is_simplified(sample) => "gbk",
        _ if found.is_single_byte() && is_hungarian(sample) => "windows-1250",
        name if found.is_single_byte() && is_odd(&found.decode_without_bom_handling(sample).0) => match by_bytes(sample) {
            "windows-1252" | "windows-1251" | "windows-1250" => name,
            other => other,
        },
        name => name,
    };
    Some(name.to_ascii_lowercase())
}

#[cfg(target_arch = "wasm32")]
fn detect(sample: &[u8], _complete: bool) -> Option<String> {
    Some(crate::log::text::guess::by_bytes(sample).to_owned())
}

/// The decoder for an encoding, with its usual name; `None` for a name that nobody knows.
pub(crate) fn decoder(name: &str) -> Option<(String, Box<dyn Decode>)> {
    if let Some(other) = name.strip_prefix(MIXED) {
        let (other, decoder) = decoder(other)?;
        return Some((format!("{MIXED}{other}"), Box::new(ByLine::new(decoder))));
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        let encoding = encoding_rs::Encoding::for_label(name.trim().as_bytes())?;
        let decoder = Box::new(Native(encoding.new_decoder()));
        Some((encoding.name().to_ascii_lowercase(), decoder))
    }
    #[cfg(target_arch = "wasm32")]
    {
        let make = crate::log::text::host::get()?.decoder;
        make(name).map(|decoder| (name.to_ascii_lowercase(), decoder))
    }
}

#[cfg(not(target_arch = "wasm32"))]
struct Native(encoding_rs::Decoder);

#[cfg(not(target_arch = "wasm32"))]
impl Decode for Native {
    fn decode(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let mut rest = bytes;
        loop {
            let from = out.len();
            let room = self.0.max_utf8_buffer_length(rest.len()).unwrap_or(rest.len() * 3 + 16);
            out.resize(from + room, 0);
            let (result, read, written, _) = self.0.decode_to_utf8(rest, &mut out[from..], last);
            out.truncate(from + written);
            rest = &rest[read..];
            if result == encoding_rs::CoderResult::InputEmpty {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], chunk: usize, given: Option<&str>) -> (String, Option<String>) {
        let mut decoder = Decoder::new(given);
        let mut out = Vec::new();
        for chunk in bytes.chunks(chunk) {
            out.extend_from_slice(decoder.push(chunk));
        }
        out.extend_from_slice(decoder.finish());
        (String::from_utf8(out).unwrap(), decoder.name().map(str::to_owned))
    }

    #[test]
    fn texts_in_many_encodings_come_back_whatever_the_chunks() {
        let chinese = "會員卡號;商品編號;交易日期\n001;燈籠;2024-01-05\n002;紅茶壺;2024-01-06\n";
        let simplified = "用户,商品,时间\n001,红茶壶,2024-01-05\n002,木雕,2024-01-06\n003,毛笔套装,2024\n";
        let japanese = "ユーザー,商品,日時\n001,あかい急須,2024-01-05\n002,みどりのたぬき,2024-01-06\n";
        let korean = "사용자,상품,날짜\n001,빨간 주전자,2024-01-05\n002,한국어 책,2024-01-06\n";
        let german = "Käufer;Bücher;Preis\nMüller;Der kleine Bär;5\nGroß;Straße;6\nLöhr;Über;7\n";
        let russian = "пользователь,товар\nиванов,красный чайник\nпетров,книга для чтения\n";
        for (text, name) in [
            (chinese, "big5"),
            (simplified, "gbk"),
            (japanese, "shift_jis"),
            (korean, "euc-kr"),
            (german, "windows-1252"),
            (russian, "windows-1251"),
            (japanese, "iso-2022-jp"),
        ] {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
            let (bytes, _, lost) = encoding.encode(text);
            assert!(!lost, "{name}");
            for chunk in [1, 3, 64, bytes.len()] {
                let (got, found) = read(&bytes, chunk, None);
                assert_eq!((got.as_str(), found.as_deref()), (text, Some(name)), "{chunk}");
            }
        }
        for (text, little) in [("user,item\nä,1\n", true), ("user,item\n會,1\n", false)] {
            for mark in [true, false] {
                let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
                let bytes: Vec<u8> = units
                    .flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() })
                    .collect();
                for chunk in [1, 2, 7, bytes.len()] {
                    let (got, found) = read(&bytes, chunk, None);
                    assert_eq!(got, text, "{little} {mark} {chunk}");
                    assert!(found.is_some_and(|name| name.starts_with("utf-16")));
                }
            }
        }
    }

    #[test]
    fn utf_8_passes_also_where_a_byte_is_damaged() {
        for text in ["plain ascii\n".as_bytes(), "é會\n".as_bytes(), "\u{feff}user\n".as_bytes()] {
            let (got, found) = read(text, 3, None);
            assert_eq!((got.as_bytes(), found), (text, None));
        }
        let mut decoder = Decoder::new(None);
        let damaged = b"\xe6\x9c\x83\xe6\x9c\x83\xe6\x9c\x83\xe6\x9c\x83\xe6\x9c\x83 \xff \xe6\x9c\x83";
        let passed = decoder.push(damaged).to_vec();
        let rest = decoder.finish().to_vec();
        assert_eq!([passed, rest].concat(), damaged);
    }

    #[test]
    fn few_words_are_told_by_how_they_are_built() {
        for (words, name) in [
            (["ﾀﾅｶ", "ｶﾚｰ"], "shift_jis"),
            (["ﾊﾔｼ", "ｺｰﾋｰ"], "shift_jis"),
            (["똠방", "펲시"], "euc-kr"),
            (["王", "魯肉飯"], "gb18030"),
            (["红茶", "红茶"], "gbk"),
            (["Kőműves", "Őszi űrlap"], "windows-1250"),
            (["Müller", "Straße"], "windows-1252"),
            (["Żółw", "łódź"], "windows-1250"),
            (["août été", "forêt"], "windows-1252"),
        ] {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
            let text: String = (0..30).map(|n| format!("{}u{n},{}p{n},{n}\n", words[0], words[1])).collect();
            let (bytes, _, lost) = encoding.encode(&text);
            assert!(!lost, "{words:?}");
            let (got, found) = read(&bytes, bytes.len(), None);
            assert_eq!((got.as_str(), found.as_deref()), (text.as_str(), Some(name)));
        }
    }

    #[test]
    fn exports_in_two_encodings_are_read_line_by_line() {
        let line = |n: usize| format!("u{n},Ware é{n}\n");
        let mut bytes: Vec<u8> = (0..20).flat_map(|n| line(n).into_bytes()).collect();
        (20..40).for_each(|n| bytes.extend(line(n).chars().map(|c| c as u8)));
        let expected: String = (0..40).map(line).collect();
        for chunk in [1, 7, bytes.len()] {
            let (got, found) = read(&bytes, chunk, None);
            assert_eq!(
                (got.as_str(), found.as_deref()),
                (expected.as_str(), Some("utf-8+windows-1252")),
                "{chunk}"
            );
        }
    }

    #[test]
    fn a_person_has_the_last_word() {
        let (got, found) = read(b"a\xe9b", 1, Some("windows-1250"));
        assert_eq!((got.as_str(), found.as_deref()), ("aéb", Some("windows-1250")));
        assert!(decoder("klingon").is_none());
    }
}
