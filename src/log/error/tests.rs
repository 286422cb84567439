use super::*;

#[test]
fn texts_are_shortened_and_escaped() {
    assert_eq!(shown("a\u{1b}b"), "\"a\\u{1b}b\"");
    assert_eq!(shown(&"x".repeat(50)), format!("\"{}…\"", "x".repeat(40)));
}

#[test]
fn a_sentence_names_the_place_and_the_remedy() {
    let error = LogError::Limit {
        file: "a.csv".into(),
        line: 7,
        what: "users",
        limit: 5,
    };
    assert_eq!(
        error.to_string(),
        "a.csv, line 7: more than 5 users, the most that is read; choose a smaller part of the log."
    );
}
