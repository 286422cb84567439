//! Real logs beside the checkout: the numbers that others have published for them. Skipped where the logs are not there.

use std::fs;

use contrastvae::evaluate::{Grouping, assign, popularity};
use contrastvae::log::{ReadOptions, Split, looks_like_items, read};

use crate::real_logs::{folder as data, open};

/// One file of the paper.
struct Known {
    file: &'static str,
    users: u32,
    items: u32,
    interactions: u32,
    longest: usize,
    /// Table 2: sequences by how often their test item is a test item: below 10, 20, 30, 40, and the rest.
    table_2: [usize; 5],
    /// Users whose test item occurs in nobody's training part.
    unseen: usize,
}

const PAPER: [Known; 4] = [
    Known {
        file: "beauty.txt",
        users: 22_363,
        items: 12_101,
        interactions: 198_502,
        longest: 204,
        table_2: [17_353, 3_152, 1_065, 367, 426],
        unseen: 138,
    },
    Known {
        file: "toys.txt",
        users: 19_412,
        items: 11_924,
        interactions: 167_597,
        longest: 550,
        table_2: [16_345, 2_320, 476, 130, 141],
        unseen: 279,
    },
    Known {
        file: "tools.txt",
        users: 16_638,
        items: 10_217,
        interactions: 134_476,
        longest: 142,
        table_2: [13_929, 1_769, 400, 230, 310],
        unseen: 232,
    },
    Known {
        file: "office.txt",
        users: 4_905,
        items: 2_420,
        interactions: 53_258,
        longest: 94,
        table_2: [3_150, 1_028, 547, 97, 83],
        unseen: 66,
    },
];

#[test]
fn the_four_files_of_the_paper() {
    let Some(root) = data() else { return };
    for known in PAPER {
        let data = open(&root, known.file, 5);
        let s = &data.summary;
        assert_eq!(
            (s.users, s.items, s.interactions),
            (known.users, known.items, known.interactions),
            "{}",
            known.file
        );
        assert_eq!(
            (s.users_before, s.items_before),
            (s.users, s.items),
            "{} is a 5-core already",
            known.file
        );
        assert_eq!(s.skipped_count, 0);
        assert_eq!(
            data.sequences.iter().map(Vec::len).max(),
            Some(known.longest),
            "{}",
            known.file
        );

        let mut trained = vec![false; data.items.len()];
        for user in 0..data.users.len() {
            data.train_part(user).iter().for_each(|&item| trained[item as usize] = true);
        }
        let mut table_2 = [0; 5];
        for group in assign(&data, Split::Test, Grouping::AnswerFrequency) {
            table_2[usize::from(group.unwrap())] += 1;
        }
        let mut unseen = 0;
        for user in 0..data.users.len() {
            let answer = data.query(user, Split::Test).unwrap().1 as usize;
            unseen += usize::from(!trained[answer]);
        }
        assert_eq!(table_2, known.table_2, "{}", known.file);
        assert_eq!(unseen, known.unseen, "{}", known.file);
    }
}

#[test]
fn popularity_on_the_files_of_the_paper() {
    let Some(root) = data() else { return };
    // Counted apart from this code by the same rules. Ties count against the answer here; with ties in its favour Beauty would
    // be 0.02044 and Office 0.0055, and the numbers in circulation (0.0204, 0.0134, 0.0299, 0.0053) lie between the two.
    for (file, recall_20) in [
        ("beauty.txt", 0.01981),
        ("toys.txt", 0.01345),
        ("tools.txt", 0.02987),
        ("office.txt", 0.0051),
    ] {
        let metrics = popularity(&open(&root, file, 5), Split::Test);
        assert!((metrics.recall_20 - recall_20).abs() < 1e-5, "{file}: {metrics:?}");
    }
}

#[test]
fn movie_tweetings_with_titles() {
    let Some(root) = data() else { return };
    let log = fs::read(root.join("movietweetings-100k/ratings.dat")).unwrap();
    let items = fs::read(root.join("movietweetings-100k/movies.dat")).unwrap();
    assert!(!looks_like_items("ratings.dat", &log[..65_536]));
    assert!(looks_like_items("movies.dat", &items[..65_536]));
    let data = read(("ratings.dat", &log), Some(("movies.dat", &items)), &ReadOptions::default()).unwrap();
    let s = &data.summary;
    assert_eq!((s.users, s.items, s.interactions), (4_333, 2_414, 68_055));
    assert_eq!(
        (s.users_before, s.items_before, s.interactions_before),
        (16_554, 10_506, 100_000)
    );
    assert_eq!((s.skipped_count, s.format.as_str()), (0, "`::` separated, no header"));
    assert_eq!(s.columns, ["user", "item", "rating", "time"]);
    assert!(data.items.iter().all(|item| item.title.is_some()));
    let fight_club = data.items.iter().position(|item| item.id == "0137523").unwrap() as u32;
    assert_eq!(data.title(fight_club), "Fight Club (1999)");
    assert!(
        data.genres.len() < 40 && data.genres.iter().any(|genre| genre == "Sci-Fi"),
        "{:?}",
        data.genres
    );
    assert!(popularity(&data, Split::Valid).ndcg_20 > 0.0);
}
