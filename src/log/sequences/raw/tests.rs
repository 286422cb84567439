use super::*;

#[test]
fn an_interaction_takes_16_bytes_and_comes_back() {
    let mut interactions = Interactions::default();
    let count = 3 * BLOCK + 5;
    for n in 0..count as u32 {
        interactions.push(
            n % MAX_USERS as u32,
            n % MAX_ITEMS as u32,
            (n % 7) as u16,
            Some(f64::from(n) / 4.0),
        );
    }
    interactions.push(MAX_USERS as u32, MAX_ITEMS as u32, NO_RATING, Some(-0.5));
    let of = |at| {
        (
            interactions.user(at),
            interactions.item(at),
            interactions.rating(at),
            interactions.time(at),
        )
    };
    assert_eq!(of(70_000), (70_000, 70_000, 0, 17_500.0));
    assert_eq!(of(count), (MAX_USERS as u32, MAX_ITEMS as u32, NO_RATING, -0.5));
    assert_eq!(interactions.pairs().count(), count + 1);
    assert!(interactions.bytes() <= (count + 1 + BLOCK) * 16, "{}", interactions.bytes());
}

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
    let error = columns.room(9, MAX_USERS, MAX_USERS, "users", 0).unwrap_err();
    assert_eq!(
        error,
        LogError::Limit {
            file: "a.csv".into(),
            line: 9,
            what: "users",
            limit: MAX_USERS
        }
    );
    columns.text = MAX_TEXT_BYTES;
    assert_eq!(
        columns.user(3, "x").unwrap_err(),
        LogError::TextLimit {
            file: "a.csv".into(),
            line: 3
        }
    );
}

#[test]
fn what_is_wrong_with_an_identifier() {
    let place = || "column 1 (user)".to_owned();
    assert_eq!(identifier(b"007", place), Ok("007"));
    assert_eq!(identifier(b"", place).unwrap_err(), "column 1 (user) is empty");
    assert_eq!(identifier(b"\xff", place).unwrap_err(), "column 1 (user) is not valid UTF-8");
    assert_eq!(
        identifier(&[b'x'; 257], place).unwrap_err(),
        "column 1 (user) is longer than 256 bytes"
    );
    assert!(identifier("é".as_bytes(), place).is_ok());
}

#[test]
fn five_in_a_hundred_may_be_bad() {
    let mut skips = Skips::default();
    for line in 1..=5 {
        skips.add(line, 1, "bad".into());
    }
    assert!(check_skips("a", &skips, 100).is_ok());
    assert!(check_skips("a", &skips, 99).is_err());
}
