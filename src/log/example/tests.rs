use super::*;

#[test]
fn the_default_shop_is_as_promised() {
    let data = generate(&Example::default()).unwrap();
    assert_eq!(data.sequences.len(), 1000);
    assert_eq!(data.genres.len(), 8);
    assert!((290..=300).contains(&data.items.len()), "{}", data.items.len());
    assert!(data.sequences.iter().all(|s| (SHORTEST..=LONGEST).contains(&s.len())));
    assert!(
        (11.0..13.0).contains(&data.summary.mean_length),
        "{}",
        data.summary.mean_length
    );
    for sequence in &data.sequences {
        let mut seen = sequence.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), sequence.len(), "no book twice");
    }
    let mut titles: Vec<&str> = (0..data.items.len() as u32).map(|item| data.title(item)).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), data.items.len(), "titles are unique");
    assert!((0..data.items.len() as u32).all(|item| data.main_genre(item).is_some()));
}

#[test]
fn a_seed_decides_everything() {
    let make = |seed| {
        generate(&Example {
            seed,
            ..Example::default()
        })
        .unwrap()
    };
    assert_eq!(make(7).sequences, make(7).sequences);
    assert_ne!(make(7).sequences, make(8).sequences);
    // The very first books of the default seed, so that a change of the stream does not go unseen.
    let data = make(1);
    let first: Vec<&str> = data.sequences[0].iter().take(3).map(|&item| data.title(item)).collect();
    assert_eq!(first, FIRST_TITLES);
}

const FIRST_TITLES: [&str; 3] = [
    "The Stargazer's Beacon",
    "The Comet Planet",
    "The Eclipse Telescope, Volume 1",
];

#[test]
fn the_largest_titles_are_unique_too() {
    for genres in [2, 8] {
        let example = Example {
            users: 20_000,
            items: genres * MOST_ITEMS_OF_A_GENRE,
            genres,
            ..Example::default()
        };
        let data = generate(&example).unwrap();
        let mut titles: Vec<&str> = (0..data.items.len() as u32).map(|item| data.title(item)).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), data.items.len());
    }
}

#[test]
fn the_smallest_shops_work() {
    for genres in 2..=8 {
        let data = generate(&Example {
            users: 10,
            items: 60,
            genres,
            drift: 1.0,
            follow: 1.0,
            seed: 3,
        })
        .unwrap();
        assert!(data.sequences.iter().all(|s| s.len() >= SHORTEST));
    }
}

#[test]
fn what_is_out_of_range_is_said() {
    let error = generate(&Example {
        users: 5,
        ..Example::default()
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The example cannot be made: `users` is 5, but must be a whole number from 10 to 100000."
    );
    for bad in [
        Example {
            items: 59,
            ..Example::default()
        },
        Example {
            items: 481,
            genres: 2,
            ..Example::default()
        },
        Example {
            genres: 1,
            ..Example::default()
        },
        Example {
            genres: 9,
            ..Example::default()
        },
        Example {
            drift: f64::NAN,
            ..Example::default()
        },
        Example {
            follow: 1.5,
            ..Example::default()
        },
    ] {
        assert!(matches!(generate(&bad), Err(LogError::Example { .. })), "{bad:?}");
    }
}
