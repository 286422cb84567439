//! How logs write that a value is missing.

/// Whether a field stands for no value: empty, or one of the words that programs write for it.
pub(crate) fn is_missing(field: &[u8]) -> bool {
    // Each row asks this of two fields. The words of one length are few, and most fields are as long as none.
    let words: &[&[u8]] = match field.len() {
        0 => return true,
        1 => &[b"-", b"?", b"."],
        2 => &[b"na", b"--", b"\\n", b".."],
        3 => &[
            b"n/a",
            b"nan",
            b"nil",
            b"nat",
            b"...",
            b"\\\\n",
            "…".as_bytes(),
            "無".as_bytes(),
            "无".as_bytes(),
        ],
        4 => &[b"null", b"none", b"<na>", b"#n/a", b"k.a.", b"n.a."],
        5 => &[b"#ref!", b"#num!"],
        6 => &[b"(null)", b"[null]", b"<null>", b"(none)", b"#name?"],
        7 => &[b"unknown", b"missing", b"(blank)", b"(empty)", b"#value!", b"#div/0!"],
        9 => &[b"undefined"],
        _ => &[],
    };
    // A spreadsheet shows what is too wide for its column as hashes.
    if field.first() == Some(&b'#') && field.len() >= 3 && field.iter().all(|byte| *byte == b'#') {
        return true;
    }
    // Nearly all fields differ in their first byte already.
    matches!(
        field.first(),
        Some(
            b'n' | b'N'
                | b'\\'
                | b'-'
                | b'<'
                | b'('
                | b'['
                | b'#'
                | b'u'
                | b'U'
                | b'k'
                | b'K'
                | b'm'
                | b'M'
                | b'?'
                | b'.'
                | 0xe2
                | 0xe6
                | 0xe7
        )
    ) && words.iter().any(|word| word.eq_ignore_ascii_case(field))
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
            "0", "n", "nana", "-1", "Nadia", "u1", "no", "(nil)", "NAN1", "#1", "k", "无名", "unknown1",
        ] {
            assert!(!is_missing(text.as_bytes()), "{text}");
        }
    }
}
