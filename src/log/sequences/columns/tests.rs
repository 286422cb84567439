use super::*;

#[test]
fn ratings_are_coded() {
    let mut ratings = Ratings::default();
    let codes: Vec<u16> = ["4.5", "5", "4.5", "", "good", "-1"]
        .iter()
        .map(|text| ratings.code(text.as_bytes()))
        .collect();
    assert_eq!(codes, [0, 1, 0, NO_RATING, NO_RATING, 2]);
    assert_eq!((&ratings.values[..], ratings.other), (&[4.5, 5.0, -1.0][..], 1));
    for n in 0..MAX_RATINGS + 9 {
        ratings.code(format!("{n}.25").as_bytes());
    }
    assert_eq!((ratings.values.len(), ratings.other), (MAX_RATINGS, 13));
}

#[test]
fn limits_are_told_with_their_line() {
    let mut columns = Columns::new("a.csv");
    let most = columns.limits.users;
    let error = columns.room(9, most, most, "users", 0).unwrap_err();
    assert_eq!(
        error,
        LogError::Limit {
            file: "a.csv".into(),
            line: 9,
            what: "users",
            limit: most
        }
    );
    columns.text = columns.limits.text_bytes;
    assert_eq!(
        columns.user(3, "x").unwrap_err(),
        LogError::TextLimit {
            file: "a.csv".into(),
            line: 3,
            limit: 512
        }
    );
}
