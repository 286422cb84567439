//! Critiques: more or less of an attribute, by moving a user's latent along the dimension that is tied to it.
//!
//! In: attributes by name with strengths, or positions of a slider. Out: moves of the tied dimensions in logits (a move of 1 multiplies the
//! odds that the latent gives the attribute by e), and what moves do to the lists of all users: how much of the attribute is in them, and what
//! it costs. Nema, Karatzoglou and Radlinski (CIKM 2021) criticise in this way; the same move is made at every position of the history.

use std::cmp::Ordering;

use super::{
    ItemAttributes, RequestError, Run, RunError,
    evaluation::{EVALUATION_SCORES, EVALUATION_USERS, best_items, moved_scores_after},
    plan::Plan,
    readback::read,
};
use crate::{
    evaluate::{Metrics, MetricsAccumulator, rank_of},
    log::Split,
    model::Recommender,
};

/// Move of an attribute that is named without a strength, in logits.
const STRENGTH: f32 = 2.0;
/// Largest move, in logits: posterior means lie within a few of 0.
const MOST: f32 = 20.0;
/// Items of the lists that are looked at.
const LIST: usize = 20;

/// Moves of the tied dimensions, one for each of `names`, that these critiques ask for: each an attribute of `more` or `less`, with
/// `:STRENGTH` behind it in logits, or a strength of 2. Critiques of one attribute add up.
pub fn moves_of(names: &[String], more: &[String], less: &[String]) -> Result<Vec<f32>, RequestError> {
    if names.is_empty() {
        return Err(RequestError::NoAttributes);
    }
    let mut moves = vec![0.0; names.len()];
    let signed = more
        .iter()
        .map(|text| (text, 1.0))
        .chain(less.iter().map(|text| (text, -1.0)));
    for (text, sign) in signed {
        let (at, strength) = critique(names, text)?;
        moves[at] += sign * strength;
    }
    Ok(moves)
}

/// Attribute and strength of one critique.
fn critique(names: &[String], text: &str) -> Result<(usize, f32), RequestError> {
    let place = |wanted: &str| {
        names
            .iter()
            .position(|name| name.to_lowercase() == wanted.trim().to_lowercase())
    };
    // The whole text first: a genre may have a colon.
    if let Some(at) = place(text) {
        return Ok((at, STRENGTH));
    }
    let unknown = |name: &str| RequestError::UnknownAttribute {
        name: name.to_owned(),
        known: names.join(", "),
    };
    let (name, strength) = text.rsplit_once(':').ok_or_else(|| unknown(text))?;
    let at = place(name).ok_or_else(|| unknown(name))?;
    match strength.trim().parse::<f32>() {
        Ok(strength) if (0.0..=MOST).contains(&strength) => Ok((at, strength)),
        _ => Err(RequestError::Strength { text: text.to_owned() }),
    }
}

/// Error if there are other moves than one for each attribute, or one that is no number within reach.
pub(super) fn check_moves(attributes: Option<&ItemAttributes>, moves: &[f32]) -> Result<(), RunError> {
    let known = attributes.map_or(0, |attributes| attributes.names().len());
    let fits = moves.is_empty() || moves.len() == known;
    match fits && moves.iter().all(|by| by.abs() <= MOST) {
        true => Ok(()),
        false => Err(RunError::Moves {
            given: moves.len(),
            known,
        }),
    }
}

/// Lists of all users after moves of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct CritiquePoint {
    /// Move of the tied dimension, in logits.
    pub moved: f32,
    /// Mean value of the attribute over the first 20 items of all users: the share of the items that have it, or the mean popularity.
    pub share: f64,
    /// Mean share of the first 20 items that are those without a move.
    pub kept: f64,
    /// Ranking of each user's answer.
    pub metrics: Metrics,
}

/// Lists against the position of the slider of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct CritiqueCurve {
    /// Name of the attribute.
    pub attribute: String,
    /// From the least to the greatest move.
    pub points: Vec<CritiquePoint>,
}

/// Sums over users at one point.
#[derive(Default)]
struct Sums {
    value: f64,
    kept: f64,
    metrics: MetricsAccumulator,
}

/// The measurement of critiques in pieces: for each attribute and each move the lists and ranks of all users that a split asks.
pub struct CritiqueCurves {
    model: Recommender,
    split: Split,
    users: Vec<u32>,
    done: usize,
    moves: Vec<f32>,
    /// By attribute, then by move.
    sums: Vec<Vec<Sums>>,
}

impl CritiqueCurves {
    /// Of `model`, for moves of these sizes.
    pub(super) fn new(plan: &Plan, model: Recommender, split: Split, moves: &[f32]) -> Result<Self, RunError> {
        let attributes = plan.attributes.as_ref().ok_or(RequestError::NoAttributes)?;
        let mut moves = moves.to_vec();
        moves.sort_by(f32::total_cmp);
        let sums = || moves.iter().map(|_| Sums::default()).collect();
        Ok(Self {
            sums: attributes.names().iter().map(|_| sums()).collect(),
            model,
            split,
            users: (0..plan.users() as u32)
                .filter(|&user| plan.data.query(user as usize, split).is_some())
                .collect(),
            done: 0,
            moves,
        })
    }

    /// Users that were asked, and users in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.users.len())
    }

    /// Asks the next users; `Some` when all are done. `run` is the one that the measurement is of.
    pub async fn advance(&mut self, run: &Run) -> Result<Option<Vec<CritiqueCurve>>, RunError> {
        let plan = run.plan();
        let Some(attributes) = &plan.attributes else {
            return Ok(None);
        };
        let items = plan.items();
        let count = (EVALUATION_SCORES / items.max(1)).clamp(1, EVALUATION_USERS);
        let users = &self.users[self.done..self.users.len().min(self.done + count)];
        let queries: Vec<(&[u32], u32)> = users
            .iter()
            .filter_map(|&user| plan.data.query(user as usize, self.split))
            .collect();
        let histories: Vec<&[u32]> = queries.iter().map(|(history, _)| *history).collect();
        if !queries.is_empty() {
            let scores = |moves: Vec<f32>| {
                let scores = moved_scores_after(&self.model, &histories, items, &plan.config, plan.device(), &moves);
                read(scores)
            };
            let plain = scores(Vec::new()).await?;
            let first = |scores: &[f32], history: &[u32]| -> Vec<u32> {
                let best = best_items(scores, history, LIST);
                best.into_iter().map(|(item, _)| item).collect()
            };
            let before: Vec<Vec<u32>> = (histories.iter().zip(plain.chunks_exact(items)))
                .map(|(history, scores)| first(scores, history))
                .collect();
            for (attribute, sums) in self.sums.iter_mut().enumerate() {
                for (&by, sums) in self.moves.iter().zip(sums) {
                    let moved = match by.total_cmp(&0.0) {
                        Ordering::Equal => plain.clone(),
                        _ => {
                            let mut moves = vec![0.0; attributes.names().len()];
                            moves[attribute] = by;
                            scores(moves).await?
                        }
                    };
                    for (((history, answer), scores), before) in queries.iter().zip(moved.chunks_exact(items)).zip(&before) {
                        let rank = rank_of(scores, *answer, history).map_err(|error| RunError::Ranking(error.to_string()))?;
                        sums.metrics.add(rank);
                        let list = first(scores, history);
                        let length = list.len().max(1) as f64;
                        let value = |item: &u32| f64::from(attributes.of_item(*item).get(attribute).copied().unwrap_or_default());
                        sums.value += list.iter().map(value).sum::<f64>() / length;
                        sums.kept += list.iter().filter(|item| before.contains(item)).count() as f64 / length;
                    }
                }
            }
        }
        self.done += queries.len();
        Ok((self.done == self.users.len()).then(|| self.finish(attributes)))
    }

    fn finish(&self, attributes: &ItemAttributes) -> Vec<CritiqueCurve> {
        let users = self.users.len().max(1) as f64;
        let point = |(&moved, sums): (&f32, &Sums)| CritiquePoint {
            moved,
            share: sums.value / users,
            kept: sums.kept / users,
            metrics: sums.metrics.finish(),
        };
        let curves = attributes.names().iter().zip(&self.sums).map(|(name, sums)| CritiqueCurve {
            attribute: name.clone(),
            points: self.moves.iter().zip(sums).map(point).collect(),
        });
        curves.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["popularity", "genre=Comedy", "genre=Sci-Fi: new"]
            .map(str::to_owned)
            .to_vec()
    }

    fn moves(more: &[&str], less: &[&str]) -> Result<Vec<f32>, String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        moves_of(&names(), &owned(more), &owned(less)).map_err(|error| error.to_string())
    }

    #[test]
    fn critiques_are_moves_by_name_and_strength() {
        assert_eq!(moves(&["genre=Comedy"], &["popularity:0.5"]), Ok(vec![-0.5, 2.0, 0.0]));
        assert_eq!(
            moves(&["genre=sci-fi: new", "genre=Sci-Fi: new:1"], &["Genre=comedy: 3"]),
            Ok(vec![0.0, -3.0, 3.0])
        );
    }

    #[test]
    fn what_cannot_be_criticised_is_a_sentence() {
        assert_eq!(
            moves(&["genre=Western"], &[]),
            Err(
                "The run has no attribute genre=Western; its latent directions are tied to popularity, genre=Comedy, genre=Sci-Fi: new."
                    .to_owned()
            )
        );
        assert!(moves(&["genre=Western:1"], &[]).is_err_and(|told| told.starts_with("The run has no attribute genre=Western;")));
        for wrong in ["popularity:much", "popularity:-1", "popularity:21", "popularity:NaN"] {
            let told = moves(&[], &[wrong]).unwrap_err();
            assert_eq!(
                told,
                format!(
                    "{wrong} has no strength from 0 to 20 behind its last colon; write it as genre=Comedy or genre=Comedy:1.5."
                )
            );
        }
        let told = moves_of(&[], &["popularity".to_owned()], &[]).unwrap_err().to_string();
        assert!(
            told.starts_with("No latent direction of this run is tied to an attribute;"),
            "{told}"
        );
    }
}
