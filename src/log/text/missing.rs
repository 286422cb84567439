//! How logs write that a value is missing.

/// Whether a field stands for no value: empty, or one of the words that programs write for it.
pub(crate) fn is_missing(field: &[u8]) -> bool {
    const WORDS: [&[u8]; 14] = [
        b"na",
        b"n/a",
        b"nan",
        b"null",
        b"none",
        b"nil",
        b"\\n",
        b"-",
        b"--",
        b"<na>",
        b"(null)",
        b"#n/a",
        b"undefined",
        b"nat",
    ];
    // Nearly all fields differ in their first byte already.
    match field.first() {
        None => true,
        Some(b'n' | b'N' | b'\\' | b'-' | b'<' | b'(' | b'#' | b'u' | b'U') if field.len() <= 9 => {
            WORDS.iter().any(|word| word.eq_ignore_ascii_case(field))
        }
        Some(_) => false,
    }
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
        ] {
            assert!(is_missing(text.as_bytes()), "{text}");
        }
        for text in ["0", "n", "nana", "-1", "Nadia", "u1", "no", "(nil)", "NAN1"] {
            assert!(!is_missing(text.as_bytes()), "{text}");
        }
    }
}
