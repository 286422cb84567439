//! Lists for many users at once: the best items after each one's history.
//!
//! In: a model to use, users, and which items may be named. Out: a [`RankedList`] of each user, some users at a time, so that a host can show
//! progress, write what is there and cancel; and lists as lines of a table or of JSON.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::{
    Run, RunError,
    evaluation::{Best, best_of, scores_after},
    plan::Plan,
    readback::read,
};
use crate::{
    evaluate::Scorer,
    kernel::on_host,
    log::{Dataset, write_field},
    model::{ContrastVae, Recommender},
    parallel::{map_pieces, piece_rows},
};

/// Users that are dealt with at once at most.
const USERS: usize = 256;
/// Users whose lists one thread makes together: enough that packing the item table for a product costs little beside it.
const PIECE: usize = 64;
/// Scores that are read at once at most (users times items): 16 MiB of floats.
const SCORES: usize = 4 << 20;
/// About what it takes to look at a score.
const SCORE_NANOSECONDS: f64 = 1.5;

/// Which lists are wanted.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// Items of a list.
    pub k: usize,
    /// Whether items that the user has had may be in it.
    pub with_history: bool,
    /// Whether each item may be in it, by item index; all may where this is empty.
    pub allowed: Vec<bool>,
}

/// Whether each item may be in a list, by item index; empty where all may. `only` leaves out what it does not name, `without` what it
/// names, `least` what has fewer interactions in the log.
pub fn allowed_items(data: &Dataset, only: Option<&[u32]>, without: &[u32], least: u32) -> Vec<bool> {
    if only.is_none() && without.is_empty() && least == 0 {
        return Vec::new();
    }
    let mut allowed = vec![only.is_none(); data.items.len()];
    mark(&mut allowed, only.unwrap_or_default(), true);
    mark(&mut allowed, without, false);
    for (allowed, &count) in allowed.iter_mut().zip(data.item_counts()) {
        *allowed &= count >= least;
    }
    allowed
}

/// The best items for one user.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedList {
    /// User index.
    pub user: u32,
    /// Item indices with their scores, best first; of equal scores the item that is first in the data set.
    pub items: Vec<(u32, f32)>,
}

/// Lists under way.
pub struct Lists {
    model: Recommender,
    options: ListOptions,
    users: Vec<u32>,
    done: usize,
}

impl Lists {
    pub(super) fn new(model: Recommender, users: Vec<u32>, options: ListOptions) -> Self {
        Self {
            model,
            options,
            users,
            done: 0,
        }
    }

    /// Users whose scores are computed together: parts of whole blocks have the bits of the whole.
    pub fn block(&self, items: usize) -> usize {
        match &self.model {
            Recommender::Sequence(network) if on_host(&network.items()) => PIECE,
            _ => at_once(items),
        }
    }

    /// Users that have their list, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.users.len())
    }

    /// The lists of the next users; empty when all have theirs. A history is all that the data set has of a user, the answers of
    /// validation and test included.
    pub async fn advance(&mut self, run: &Run) -> Result<Vec<RankedList>, RunError> {
        let left = &self.users[self.done..];
        let lists = match &self.model {
            Recommender::Sequence(network) if on_host(&network.items()) => {
                let (users, options, plan) = (&left[..left.len().min(USERS)], &self.options, run.plan());
                // Each piece does all of its users, so that threads meet once and what a piece holds stays in its caches.
                map_pieces(users.len(), PIECE, |rows| in_blocks(plan, network, options, &users[rows]))
            }
            _ => vec![self.by_whole_rankings(run.plan(), left).await?],
        };
        let lists: Vec<RankedList> = lists.into_iter().flatten().collect();
        self.done += lists.len();
        Ok(lists)
    }

    /// Lists of the first of these users, out of whole rankings that the device hands over.
    async fn by_whole_rankings(&self, plan: &Plan, users: &[u32]) -> Result<Vec<RankedList>, RunError> {
        let items = plan.items();
        let count = at_once(items).min(users.len());
        let histories = histories(&plan.data, &users[..count]);
        if count == 0 {
            return Ok(Vec::new());
        }
        let scores = read(scores_after(&self.model, &histories, items, &plan.config, plan.device())).await?;
        let options = &self.options;
        let lists = map_pieces(count, piece_rows(count, SCORE_NANOSECONDS * items as f64), |rows| {
            let list = |row: usize| RankedList {
                user: users[row],
                items: best(&scores[row * items..][..items], histories[row], options),
            };
            rows.map(list).collect::<Vec<_>>()
        });
        Ok(lists.into_iter().flatten().collect())
    }
}

/// Users whose whole rankings are read at once.
fn at_once(items: usize) -> usize {
    (SCORES / items.max(1)).clamp(1, USERS)
}

/// Lists of these users, out of scores that come in blocks of items.
fn in_blocks(plan: &Plan, network: &ContrastVae, options: &ListOptions, users: &[u32]) -> Vec<RankedList> {
    let histories = histories(&plan.data, users);
    let left_out: Vec<Vec<u32>> = histories.iter().map(|history| options.left_out(history)).collect();
    let mut best = vec![Best::new(options.k.min(plan.items())); users.len()];
    let batch = plan.pack(&histories);
    network.visit_scores(&batch, plan.config.view.sampling, |row, first, scores| {
        let may = |item: u32| left_out[row].binary_search(&item).is_err() && options.allows(item);
        best[row].take(first as u32, scores, may);
    });
    let finished = best.into_iter().map(Best::finish);
    users
        .iter()
        .zip(finished)
        .map(|(&user, items)| RankedList { user, items })
        .collect()
}

/// The whole sequences of these users.
fn histories<'a>(data: &'a Dataset, users: &[u32]) -> Vec<&'a [u32]> {
    let history = |&user: &u32| data.sequences.get(user as usize).map_or(&[][..], Vec::as_slice);
    users.iter().map(history).collect()
}

impl ListOptions {
    /// Items of a history that may not be in its list, sorted.
    fn left_out(&self, history: &[u32]) -> Vec<u32> {
        let mut items = if self.with_history { Vec::new() } else { history.to_vec() };
        items.sort_unstable();
        items
    }

    /// Whether an item may be in anybody's list.
    fn allows(&self, item: u32) -> bool {
        self.allowed.get(item as usize) != Some(&false)
    }
}

/// The same lists by the scores of a baseline.
pub(super) fn baseline_lists(data: &Dataset, scorer: &dyn Scorer, users: &[u32], options: &ListOptions) -> Vec<RankedList> {
    let items = data.items.len();
    let nanoseconds = 2.0 * SCORE_NANOSECONDS * items as f64;
    let histories = histories(data, users);
    let lists = map_pieces(users.len(), piece_rows(users.len(), nanoseconds), |rows| {
        let mut scores = vec![0.0; items];
        let list = |row: usize| {
            scorer.score(histories[row], &mut scores);
            RankedList {
                user: users[row],
                items: best(&scores, histories[row], options),
            }
        };
        rows.map(list).collect::<Vec<_>>()
    });
    lists.into_iter().flatten().collect()
}

/// The best items of one user.
fn best(scores: &[f32], history: &[u32], options: &ListOptions) -> Vec<(u32, f32)> {
    let left_out = options.left_out(history);
    best_of(scores, options.k, |item| {
        left_out.binary_search(&item).is_err() && options.allows(item)
    })
}

/// Sets the places of these items.
fn mark(free: &mut [bool], items: &[u32], is_free: bool) {
    for &item in items {
        if let Some(place) = free.get_mut(item as usize) {
            *place = is_free;
        }
    }
}

/// How lists are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// A line for each item of a list, commas between the fields.
    Csv,
    /// A JSON object for each item of a list.
    Jsonl,
}

impl ListFormat {
    /// Fields of a line, in every format.
    pub const FIELDS: [&str; 5] = ["user", "rank", "item", "title", "score"];

    /// Writes the names of the fields, where the format has them.
    pub fn begin(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Csv => writeln!(out, "{}", Self::FIELDS.join(",")),
            Self::Jsonl => Ok(()),
        }
    }

    /// Writes a list; users by their `names`, items as they stand in the log, ranks from 1.
    pub fn write(self, data: &Dataset, names: &[String], list: &RankedList, out: &mut impl Write) -> io::Result<()> {
        let user = names.get(list.user as usize).map_or("", String::as_str);
        for (rank, &(item, score)) in (1..).zip(&list.items) {
            let id = data.items.get(item as usize).map_or("", |item| item.id.as_str());
            let title = data.title(item);
            match self {
                Self::Csv => {
                    write_field(user, ",", out)?;
                    write!(out, ",{rank},")?;
                    write_field(id, ",", out)?;
                    out.write_all(b",")?;
                    write_field(title, ",", out)?;
                    writeln!(out, ",{score}")?;
                }
                Self::Jsonl => {
                    let line = Line {
                        user,
                        rank,
                        item: id,
                        title,
                        score,
                    };
                    serde_json::to_writer(&mut *out, &line)?;
                    out.write_all(b"\n")?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Line<'a> {
    user: &'a str,
    rank: u32,
    item: &'a str,
    title: &'a str,
    score: f32,
}

#[cfg(test)]
mod tests {
    use super::{ListOptions, best};

    #[test]
    fn the_best_are_those_of_a_whole_sort() {
        let scores: Vec<f32> = (0..2_000u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 20) as f32)
            .collect();
        let history = [3, 700, 1_999];
        for k in [0, 1, 2, 10, 100, 5_000] {
            let options = ListOptions {
                k,
                with_history: false,
                allowed: Vec::new(),
            };
            let mut sorted: Vec<(u32, f32)> = (0..)
                .zip(scores.iter().copied())
                .filter(|(item, _)| !history.contains(item))
                .collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(k);
            assert_eq!(best(&scores, &history, &options), sorted);
        }
    }

    #[test]
    fn what_is_not_allowed_is_left_out_and_a_history_may_stay() {
        let scores = [5.0, 4.0, 3.0, 2.0];
        let mut options = ListOptions {
            k: 2,
            with_history: true,
            allowed: vec![true, false, true, true],
        };
        let items = |list: Vec<(u32, f32)>| list.into_iter().map(|(item, _)| item).collect::<Vec<_>>();
        assert_eq!(items(best(&scores, &[0], &options)), [0, 2]);
        options.with_history = false;
        assert_eq!(items(best(&scores, &[0], &options)), [2, 3]);
    }
}
