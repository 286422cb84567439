//! Identifiers that Unicode counts as equal, made one.
//!
//! In: an identifier. Out: its composed form (NFC); width and case are not touched. Only texts that hold a sign which composing changes are
//! looked at by a library: natively `unicode-normalization`, in a browser the page's own, which whoever hosts this crate hands over.

use std::borrow::Cow;

/// The composed form of an identifier.
pub(crate) fn composed(id: &str) -> Cow<'_, str> {
    if id.is_ascii() || !id.chars().any(changes) {
        return Cow::Borrowed(id);
    }
    let composed = normalised(id);
    if composed == id {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(composed)
    }
}

/// An identifier without blanks around it that only Unicode knows as such, and without signs that nobody sees.
pub(crate) fn trimmed(id: &[u8]) -> &[u8] {
    // Nearly all begin and end with a sign of ASCII, around which there is nothing to be taken off.
    match id {
        [first, .., last] if first.is_ascii() && last.is_ascii() => id,
        _ => std::str::from_utf8(id).map_or(id, |text| text.trim_matches(is_blank).as_bytes()),
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether composing may change a text with this sign: marks, Hangul in letters, and the few signs that are written as another one.
fn changes(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{6ff}' | '\u{900}'..='\u{1037}' | '\u{1100}'..='\u{11ff}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{212a}' | '\u{212b}' | '\u{2126}'
        | '\u{3099}' | '\u{309a}' | '\u{f900}'..='\u{faff}' | '\u{fb1d}'..='\u{fb4f}')
}

#[cfg(not(target_arch = "wasm32"))]
fn normalised(id: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    id.nfc().collect()
}

#[cfg(target_arch = "wasm32")]
fn normalised(id: &str) -> String {
    match crate::log::text::host::get().and_then(|host| host.normalise) {
        Some(normalise) => normalise(id),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_an_identifier_are_taken_off() {
        for text in ["\u{a0}u1", "u1\u{3000}", "\u{200b}u1\u{feff}", "u1", "\u{2009}u1 "] {
            assert_eq!(trimmed(text.as_bytes()), b"u1", "{text:?}");
        }
        assert_eq!(trimmed("a\u{a0}é".as_bytes()), "a\u{a0}é".as_bytes());
        assert_eq!(trimmed(b"\xff1"), b"\xff1");
        assert_eq!(trimmed("\u{a0}".as_bytes()), b"");
    }

    #[test]
    fn composed_and_decomposed_are_one() {
        assert_eq!(composed("cafe\u{301}"), "café");
        assert_eq!(composed("ハ\u{309a}リ"), "パリ");
        assert_eq!(composed("\u{1112}\u{1161}\u{11ab}"), "한");
        for same in ["café", "ＡＢＣ", "abc", "紅茶", "한"] {
            assert!(matches!(composed(same), Cow::Borrowed(_)), "{same}");
        }
    }
}
