//! How logs write that a value is missing.

/// The words, in small letters.
const WORDS: [&[u8]; 35] = [
    b"-",
    b"?",
    b".",
    b"na",
    b"--",
    b"\\n",
    b"..",
    b"n/a",
    b"nan",
    b"nil",
    b"nat",
    b"...",
    b"\\\\n",
    "…".as_bytes(),
    "無".as_bytes(),
    "无".as_bytes(),
    b"null",
    b"none",
    b"<na>",
    b"#n/a",
    b"k.a.",
    b"n.a.",
    b"#ref!",
    b"#num!",
    b"(null)",
    b"[null]",
    b"<null>",
    b"(none)",
    b"#name?",
    b"unknown",
    b"missing",
    b"(blank)",
    b"(empty)",
    b"#value!",
    b"#div/0!",
];
/// The longest word, which is the only one of its length.
const UNDEFINED: &[u8] = b"undefined";

/// Lengths that the words beginning with a byte have, a bit each; the longest have the last bit together.
const LENGTHS: [u16; 256] = {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < WORDS.len() {
        let first = WORDS[at][0];
        lengths[first as usize] |= 1 << WORDS[at].len();
        lengths[first.to_ascii_uppercase() as usize] |= 1 << WORDS[at].len();
        at += 1;
    }
    lengths[b'u' as usize] |= 1 << UNDEFINED.len();
    lengths[b'U' as usize] |= 1 << UNDEFINED.len();
    // A spreadsheet shows what is too wide for its column as hashes, however many there are.
    lengths[b'#' as usize] = u16::MAX;
    lengths
};

/// Whether a field stands for no value: empty, or one of the words that programs write for it.
#[inline]
pub(crate) fn is_missing(field: &[u8]) -> bool {
    // Each row asks this of two fields, and nearly all of them begin like no word of their length.
    match field.first() {
        None => true,
        Some(&first) => LENGTHS[usize::from(first)] >> field.len().min(15) & 1 == 1 && is_word(field),
    }
}

#[inline(never)]
fn is_word(field: &[u8]) -> bool {
    (field.len() >= 3 && field.iter().all(|byte| *byte == b'#'))
        || WORDS.iter().chain([&UNDEFINED]).any(|word| word.eq_ignore_ascii_case(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing() {
        for text in [
            "",
            "NA",
            "NaN",
            "null",
            "None",
            "\\N",
            "-",
            "N/A",
            "<NA>",
            "#N/A",
            "undefined",
            "?",
            "[null]",
            "k.A.",
            "Unknown",
            "無",
            "无",
            "########",
            "####################",
            "UNDEFINED",
            "#REF!",
            "missing",
            "(blank)",
            "n.a.",
            "..",
            "…",
        ] {
            assert!(is_missing(text.as_bytes()), "{text}");
        }
        for text in [
            "0",
            "n",
            "nana",
            "-1",
            "Nadia",
            "u1",
            "no",
            "(nil)",
            "NAN1",
            "#1",
            "k",
            "无名",
            "unknown1",
            "##",
            "u234567",
            "underlined",
        ] {
            assert!(!is_missing(text.as_bytes()), "{text}");
        }
    }
}
