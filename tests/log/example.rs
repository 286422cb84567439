//! The example shop holds what it promises to teach: a long tail, a signal in the order, tastes that drift, genres that show.

use contrastvae::evaluate::{Metrics, popularity, rank_of};
use contrastvae::log::{Dataset, Example, Split, generate};

/// How often each item follows each other one in the training parts.
fn transitions(data: &Dataset) -> Vec<Vec<f32>> {
    let items = data.items.len();
    let mut counts = vec![vec![0f32; items]; items];
    for user in 0..data.users.len() {
        for pair in data.train_part(user).windows(2) {
            counts[pair[0] as usize][pair[1] as usize] += 1.0;
        }
    }
    counts
}

/// Ranks by what followed the last item, ties by popularity.
fn markov(data: &Dataset, split: Split) -> Metrics {
    let counts = transitions(data);
    let popular: Vec<f32> = (0..data.items.len())
        .map(|item| counts.iter().map(|row| row[item]).sum::<f32>() * 1e-4)
        .collect();
    let ranks = (0..data.users.len())
        .filter_map(|user| data.query(user, split))
        .map(|(history, answer)| {
            let row = &counts[*history.last().unwrap() as usize];
            let scores: Vec<f32> = row.iter().zip(&popular).map(|(count, popular)| count + popular).collect();
            rank_of(&scores, answer, history).unwrap()
        });
    Metrics::from_ranks(ranks)
}

#[test]
fn the_order_holds_a_signal() {
    for seed in [1, 2, 3] {
        let data = generate(&Example {
            seed,
            ..Example::default()
        })
        .unwrap();
        for split in [Split::Valid, Split::Test] {
            let (popular, markov) = (popularity(&data, split), markov(&data, split));
            println!("seed {seed} {split:?}: popularity {popular:?}\n  markov {markov:?}");
            assert!(
                markov.ndcg_20 > 3.0 * popular.ndcg_20,
                "{} against {}",
                markov.ndcg_20,
                popular.ndcg_20
            );
            assert!(
                markov.recall_20 > 2.0 * popular.recall_20,
                "{} against {}",
                markov.recall_20,
                popular.recall_20
            );
        }
    }
    // Without series the signal of the last item is weaker: it comes from the series, as the shop says.
    let plain = generate(&Example {
        follow: 0.0,
        ..Example::default()
    })
    .unwrap();
    let default = generate(&Example::default()).unwrap();
    assert!(markov(&plain, Split::Test).ndcg_20 < 0.7 * markov(&default, Split::Test).ndcg_20);
}

#[test]
fn popularity_has_a_long_tail() {
    let data = generate(&Example::default()).unwrap();
    let mut counts = data.item_counts().to_vec();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let all: u32 = counts.iter().sum();
    let head: u32 = counts[..counts.len() / 5].iter().sum();
    let tail: u32 = counts[counts.len() / 2..].iter().sum();
    println!(
        "head {:.3} tail {:.3} least {:?} most {}",
        f64::from(head) / f64::from(all),
        f64::from(tail) / f64::from(all),
        counts.last(),
        counts[0]
    );
    assert!(head * 100 > all * 45, "a fifth of the books has nearly half of the readings");
    assert!(tail * 4 < all, "half of the books has less than a quarter");
    assert!(
        counts[0] > 20 * counts[counts.len() - 1],
        "the most read is far from the least read"
    );
    assert!(counts.last() >= Some(&5), "but every book is read often enough to learn");
}

#[test]
fn tastes_drift_along_the_ring() {
    let share_of_first = |drift| {
        let data = generate(&Example {
            drift,
            ..Example::default()
        })
        .unwrap();
        let (mut same, mut all) = (0u32, 0u32);
        for s in data.sequences.iter().filter(|s| s.len() >= 12) {
            let start: Vec<_> = s[..4].iter().map(|&item| data.main_genre(item)).collect();
            for &item in &s[s.len() - 4..] {
                same += u32::from(start.contains(&data.main_genre(item)));
                all += 1;
            }
        }
        f64::from(same) / f64::from(all)
    };
    let (still, moving) = (share_of_first(0.0), share_of_first(1.0));
    println!("late books in an early genre: {still:.3} without drift, {moving:.3} with");
    assert!(still > moving + 0.15, "{still} {moving}");
}

#[test]
fn genres_show_in_who_reads_what() {
    // An item's genre is that of the item whose readers are most like its own (cosine), nearly always.
    let data = generate(&Example::default()).unwrap();
    let items = data.items.len();
    let mut together = vec![vec![0f32; items]; items];
    for sequence in &data.sequences {
        for &a in sequence {
            for &b in sequence {
                together[a as usize][b as usize] += 1.0;
            }
        }
    }
    let counts = data.item_counts();
    let right = (0..items)
        .filter(|&a| {
            let likeness = |b: usize| together[a][b] / ((counts[a] * counts[b]) as f32).sqrt();
            let nearest = (0..items)
                .filter(|&b| b != a)
                .max_by(|&b, &c| likeness(b).total_cmp(&likeness(c)))
                .unwrap();
            data.main_genre(a as u32) == data.main_genre(nearest as u32)
        })
        .count();
    println!("{right} of {items} items lie nearest to one of their genre");
    assert!(right * 10 > items * 8, "{right} of {items}");
}
