//! The baseline of neighbours: items that were had by the same people as those of the history.
//!
//! In: a data set and [`ItemKnnOptions`]; then histories. Out: scores by the similarity of items. The method is that of Sarwar,
//! Karypis, Konstan and Riedl, "Item-Based Collaborative Filtering Recommendation Algorithms" (WWW 2001), in the form for
//! lists of recommendations of Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms" (ACM TOIS 22(1), 2004): cosine
//! of the items' columns in the binary matrix of users and items, the k most similar items kept for each, their similarities
//! added over the history. Two additions are common: a term in the denominator against chance (shrinkage), and less weight for
//! older items of the history.
//!
//! Building visits, for each item and each user who had it, all items of that user; [`ItemKnnBuilder`] does so in slices.

use serde::{Deserialize, Serialize};

use super::scorer::Scorer;
use crate::{
    log::Dataset,
    parallel::{map_pieces, piece_rows},
};

/// About what it takes to meet a pair of items.
const PAIR_NANOSECONDS: f64 = 10.0;

/// Options of item-kNN. A value out of range counts as the nearest valid one.
///
/// The default had the best mean of NDCG@20 in the validation over the four files of the ContrastVAE paper and MovieTweetings, of
/// neighbours 100 and 200, shrinkage 0, 10, 30 and 100, decay 1, 0.8, 0.7 and 0.6. The papers' plain form is
/// shrinkage 0 and decay 1, which is a good deal weaker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemKnnOptions {
    /// Most similar items that are kept for each item; at least 1.
    pub neighbours: u32,
    /// Added to the denominator of the similarity; at least 0, which is none. Takes weight from pairs of rare items, whose
    /// cosine is high by one common user alone.
    pub shrinkage: f32,
    /// Weight of an item of the history relative to the next newer one, above 0 to 1; 1 is none, as in the papers.
    pub decay: f32,
}

impl Default for ItemKnnOptions {
    fn default() -> Self {
        ItemKnnOptions {
            neighbours: 200,
            shrinkage: 30.0,
            decay: 0.6,
        }
    }
}

/// Similarities of items, the largest for each item.
///
/// With U(a) the users who have item a in their training part,
///
/// similarity(a, b) = |U(a) and U(b)| / (sqrt(|U(a)| |U(b)|) + shrinkage), and
///
/// score(b) = sum over the items a of the history with b among the neighbours of a of decay^(age of a) similarity(a, b),
///
/// where the newest item has age 0, one before it age 1 and so on, and an item that occurs more than once counts once, at its
/// newest place. Items that are nobody's neighbour get 0 and are tied.
#[derive(Clone, Debug)]
pub struct ItemKnn {
    decay: f32,
    /// Where the neighbours of each item begin, and after the last item where they end.
    starts: Vec<u32>,
    /// Neighbours with their similarities, by item, the most similar first.
    neighbours: Vec<(u32, f32)>,
}

impl ItemKnn {
    /// Builds in one go.
    pub fn new(dataset: &Dataset, options: &ItemKnnOptions) -> Self {
        ItemKnnBuilder::new(dataset, options).finish()
    }

    /// The neighbours of an item with their similarities, the most similar first.
    pub fn neighbours(&self, item: u32) -> &[(u32, f32)] {
        let at = item as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.neighbours[start as usize..end as usize],
            _ => &[],
        }
    }
}

impl Scorer for ItemKnn {
    fn name(&self) -> &'static str {
        "item_knn"
    }

    fn score(&self, history: &[u32], scores: &mut [f32]) {
        scores.fill(0.0);
        let mut basket: Vec<(u32, f32)> = Vec::with_capacity(history.len());
        let mut weight = 1.0;
        for &item in history.iter().rev() {
            basket.push((item, weight));
            weight *= self.decay;
        }
        // The sort is stable, so the newest of equal items stays. The order of adding is by item: the same for the same basket.
        basket.sort_by_key(|&(item, _)| item);
        basket.dedup_by_key(|&mut (item, _)| item);
        for (item, weight) in basket {
            for &(other, similarity) in self.neighbours(item) {
                if let Some(score) = scores.get_mut(other as usize) {
                    *score += weight * similarity;
                }
            }
        }
    }
}

/// [`ItemKnn`] in the making.
#[derive(Clone, Debug)]
pub struct ItemKnnBuilder {
    options: ItemKnnOptions,
    /// Where the distinct training items of each user begin, and after the last user where they end.
    user_starts: Vec<u32>,
    /// The distinct training items of all users.
    user_items: Vec<u32>,
    /// Where the users of each item begin, and after the last item where they end.
    item_starts: Vec<u32>,
    /// The users who have an item in their training part, by item.
    item_users: Vec<u32>,
    starts: Vec<u32>,
    neighbours: Vec<(u32, f32)>,
}

impl ItemKnnBuilder {
    /// Puts the training parts in order, by user and by item.
    pub fn new(dataset: &Dataset, options: &ItemKnnOptions) -> Self {
        let options = ItemKnnOptions {
            neighbours: options.neighbours.max(1),
            // Written so that what is not a number fails the comparison.
            shrinkage: if options.shrinkage > 0.0 { options.shrinkage } else { 0.0 },
            decay: if options.decay > 0.0 && options.decay < 1.0 {
                options.decay
            } else {
                1.0
            },
        };
        let items = dataset.items.len();
        let mut user_starts = vec![0u32];
        let mut user_items: Vec<u32> = Vec::new();
        let mut item_starts = vec![0u32; items + 1];
        let mut own: Vec<u32> = Vec::new();
        for user in 0..dataset.users.len() {
            own.clear();
            own.extend(dataset.train_part(user).iter().filter(|&&item| (item as usize) < items));
            own.sort_unstable();
            own.dedup();
            user_items.extend_from_slice(&own);
            user_starts.push(user_items.len() as u32);
            for &item in &own {
                item_starts[item as usize + 1] += 1;
            }
        }
        for at in 0..items {
            item_starts[at + 1] += item_starts[at];
        }
        let mut place = item_starts.clone();
        let mut item_users = vec![0u32; user_items.len()];
        for (user, bounds) in (0..).zip(user_starts.windows(2)) {
            for &item in &user_items[bounds[0] as usize..bounds[1] as usize] {
                item_users[place[item as usize] as usize] = user;
                place[item as usize] += 1;
            }
        }
        ItemKnnBuilder {
            options,
            user_starts,
            user_items,
            item_starts,
            item_users,
            starts: vec![0],
            neighbours: Vec::new(),
        }
    }

    /// Works until about `visits` pairs of items were met (a hundred million take about a second natively), at least one item.
    /// True when all is done.
    pub fn advance(&mut self, visits: u64) -> bool {
        let (done, all) = self.progress();
        let (mut end, mut visited) = (done, 0);
        while end < all && visited <= visits {
            visited += 1 + self.visits_of(end);
            end += 1;
        }
        let count = end - done;
        let nanoseconds = PAIR_NANOSECONDS * visited as f64 / count.max(1) as f64;
        let found = map_pieces(count, piece_rows(count, nanoseconds), |range| {
            let mut shared = vec![0; all];
            let mut candidates = Vec::new();
            let mut of_item = |item: usize| {
                self.neighbours_of(done + item, &mut shared, &mut candidates);
                std::mem::take(&mut candidates)
            };
            range.map(&mut of_item).collect::<Vec<_>>()
        });
        for neighbours in found.into_iter().flatten() {
            self.neighbours.extend(neighbours);
            self.starts.push(self.neighbours.len() as u32);
        }
        end >= all
    }

    /// The users who have an item in their training part.
    fn users_of(&self, item: usize) -> &[u32] {
        &self.item_users[self.item_starts[item] as usize..self.item_starts[item + 1] as usize]
    }

    /// How many pairs of items the neighbours of one item are found among.
    fn visits_of(&self, item: usize) -> u64 {
        let items = |&user: &u32| self.user_starts[user as usize + 1] - self.user_starts[user as usize];
        self.users_of(item).iter().map(|user| u64::from(items(user))).sum()
    }

    /// Finds the neighbours of one item. `shared` has a place for each item and is all zero before and after.
    fn neighbours_of(&self, item: usize, shared: &mut [u32], candidates: &mut Vec<(u32, f32)>) {
        let popularity = |item: usize| self.item_starts[item + 1] - self.item_starts[item];
        for &user in self.users_of(item) {
            let (start, end) = (self.user_starts[user as usize], self.user_starts[user as usize + 1]);
            for &other in &self.user_items[start as usize..end as usize] {
                let shared = &mut shared[other as usize];
                if *shared == 0 && other as usize != item {
                    candidates.push((other, 0.0));
                }
                *shared += 1;
            }
        }
        let own = f64::from(popularity(item));
        for (other, similarity) in candidates.iter_mut() {
            let shared = std::mem::take(&mut shared[*other as usize]);
            let cosine_below = (own * f64::from(popularity(*other as usize))).sqrt();
            *similarity = (f64::from(shared) / (cosine_below + f64::from(self.options.shrinkage))) as f32;
        }
        shared[item] = 0;
        // Among equals the lower item, so that the choice does not depend on the order of users.
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let keep = self.options.neighbours as usize;
        if candidates.len() > keep {
            candidates.select_nth_unstable_by(keep, order);
            candidates.truncate(keep);
        }
        candidates.sort_unstable_by(order);
    }

    /// Items that are done, and items in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.starts.len() - 1, self.item_starts.len() - 1)
    }

    /// Does what is left to do.
    pub fn finish(mut self) -> ItemKnn {
        self.advance(u64::MAX);
        ItemKnn {
            decay: self.options.decay,
            starts: self.starts,
            neighbours: self.neighbours,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scorer::tests::{dataset, forty_users};
    use super::*;
    use crate::log::Split;

    fn options(neighbours: u32, shrinkage: f32, decay: f32) -> ItemKnnOptions {
        ItemKnnOptions {
            neighbours,
            shrinkage,
            decay,
        }
    }

    fn scores(knn: &ItemKnn, history: &[u32], items: usize) -> Vec<f32> {
        let mut scores = vec![f32::NAN; items];
        knn.score(history, &mut scores);
        scores
    }

    // Training parts: u: a b, v: a b c, w: a c, x: b. Users of a: u v w, of b: u v x, of c: v w; d and e: nobody.
    const SMALL: &str = "u a b d e\nv a b a c d e\nw a c e d\nx b d e\n";

    #[test]
    fn similarities_by_hand() {
        let dataset = dataset(SMALL);
        let index = |id: &str| dataset.items.iter().position(|item| item.id == id).unwrap() as u32;
        let (a, b, c) = (index("a"), index("b"), index("c"));
        let knn = ItemKnn::new(&dataset, &options(10, 0.0, 1.0));
        // a and b share u and v: 2 / sqrt(3 * 3); a and c share v and w: 2 / sqrt(3 * 2); b and c share v: 1 / sqrt(3 * 2).
        let (ab, ac, bc) = (2.0 / 3.0, (2.0 / 6f64.sqrt()) as f32, (1.0 / 6f64.sqrt()) as f32);
        assert_eq!(knn.neighbours(a), [(c, ac), (b, ab)]);
        assert_eq!(knn.neighbours(b), [(a, ab), (c, bc)]);
        assert_eq!(knn.neighbours(c), [(a, ac), (b, bc)]);
        assert_eq!(knn.neighbours(index("d")), []);
        assert_eq!(knn.neighbours(77), []);
        let shrunk = ItemKnn::new(&dataset, &options(1, 2.0, 1.0));
        assert_eq!(shrunk.neighbours(a), [(c, (2.0 / (6f64.sqrt() + 2.0)) as f32)]);
        assert_eq!(shrunk.neighbours(b), [(a, 2.0 / 5.0)]);
    }

    #[test]
    fn scores_by_hand() {
        let dataset = dataset(SMALL);
        let index = |id: &str| dataset.items.iter().position(|item| item.id == id).unwrap() as u32;
        let (a, b, c) = (index("a"), index("b"), index("c"));
        let (ab, bc) = (2.0 / 3.0, (1.0 / 6f64.sqrt()) as f32);
        let ac = 2.0 * bc;
        let knn = ItemKnn::new(&dataset, &options(10, 0.0, 1.0));
        assert_eq!(scores(&knn, &[], 5), [0.0; 5]);
        let after = scores(&knn, &[a, b, a], 5);
        assert!((after[c as usize] - (ac + bc)).abs() < 1e-6, "a counts once: {after:?}");
        assert!((after[a as usize] - ab).abs() < 1e-6 && after[index("d") as usize] == 0.0);
        let decaying = ItemKnn::new(&dataset, &options(10, 0.0, 0.5));
        let after = scores(&decaying, &[a, b, 99], 5);
        assert!((after[c as usize] - (0.25 * ac + 0.5 * bc)).abs() < 1e-6, "{after:?}");
        let after = scores(&decaying, &[a, b, a], 5);
        assert!(
            (after[c as usize] - (ac + 0.5 * bc)).abs() < 1e-6,
            "a at its newest place: {after:?}"
        );
    }

    #[test]
    fn slices_do_not_show_and_the_matrix_agrees() {
        let dataset = forty_users();
        let items = dataset.items.len();
        let whole = ItemKnn::new(&dataset, &options(5, 1.5, 1.0));
        for visits in [0, 50, 700] {
            let mut builder = ItemKnnBuilder::new(&dataset, &options(5, 1.5, 1.0));
            let mut calls = 1;
            while !builder.advance(visits) {
                calls += 1;
            }
            assert_eq!(builder.progress(), (items, items));
            assert!(calls > 1 || visits == 700, "{calls} calls of {visits} visits");
            let knn = builder.finish();
            assert_eq!((&knn.starts, &knn.neighbours), (&whole.starts, &whole.neighbours));
        }
        // The whole matrix, the slow way.
        let has = |user: usize, item: u32| dataset.train_part(user).contains(&item);
        let users = |item: u32| (0..40).filter(|&user| has(user, item)).count() as f64;
        for a in 0..items as u32 {
            let mut row: Vec<(u32, f32)> = (0..items as u32)
                .filter(|&b| b != a)
                .map(|b| {
                    let shared = (0..40).filter(|&user| has(user, a) && has(user, b)).count() as f64;
                    (b, (shared / ((users(a) * users(b)).sqrt() + 1.5)) as f32)
                })
                .filter(|&(_, similarity)| similarity > 0.0)
                .collect();
            row.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            row.truncate(5);
            assert_eq!(whole.neighbours(a), row);
        }
    }

    #[test]
    fn options_that_make_no_sense_do_no_harm() {
        let dataset = forty_users();
        let odd = ItemKnn::new(&dataset, &options(0, f32::NAN, -3.0));
        let plain = ItemKnn::new(&dataset, &options(1, 0.0, 1.0));
        assert_eq!(odd.neighbours, plain.neighbours);
        let (history, _) = dataset.query(8, Split::Test).unwrap();
        assert_eq!(
            scores(&odd, history, dataset.items.len()),
            scores(&plain, history, dataset.items.len())
        );
        assert!(serde_json::from_str::<ItemKnnOptions>("{\"k\":3}").is_err());
        assert_eq!(
            serde_json::from_str::<ItemKnnOptions>("{\"neighbours\":3}").unwrap(),
            options(3, 30.0, 0.6)
        );
    }
}
