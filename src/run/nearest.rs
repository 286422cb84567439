//! Users whose sequences lie near a history, and what they took next.
//!
//! In: a run and a history. Out: a [`NearUser`] for each of the nearest, by the Euclidean distance of posterior means; found some users at a time,
//! so that a host can show progress, answer its user and cancel.

use serde::Serialize;

use super::{Run, RunError};
use crate::{
    log::{Dataset, Split},
    model::Recommender,
};

/// Users that are looked at in a slice.
const USERS_AT_ONCE: usize = 256;

/// A user whose sequence lies near a history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearUser {
    /// User index.
    pub user: u32,
    /// Euclidean distance of the two posterior means.
    pub distance: f32,
    /// First item that the user took after what the encoder was shown.
    pub next: u32,
}

/// A search under way.
pub struct NearestUsers {
    model: Recommender,
    /// Posterior mean of the history.
    centre: Vec<f32>,
    count: usize,
    /// User who is left out.
    own: Option<u32>,
    /// Users that were looked at.
    done: usize,
    /// The nearest so far, in no order.
    near: Vec<NearUser>,
}

/// Items of a user that are shown, and the one that came next: those before the answer of the test, or of a user whom the test does not ask
/// those before the last one.
fn shown_and_next(data: &Dataset, user: usize) -> Option<(&[u32], u32)> {
    let before_last = || {
        let (&last, before) = data.sequences.get(user)?.split_last()?;
        Some((before, last))
    };
    data.query(user, Split::Test)
        .or_else(before_last)
        .filter(|(shown, _)| !shown.is_empty())
}

impl NearestUsers {
    /// Users that were looked at, and users in all.
    pub fn progress(&self, run: &Run) -> (usize, usize) {
        (self.done, run.data().sequences.len())
    }

    /// Looks at the next users; Some with the nearest, nearest first, when all were looked at. Of users as near the one that is first in the log
    /// comes first.
    pub async fn advance(&mut self, run: &Run) -> Result<Option<Vec<NearUser>>, RunError> {
        let data = run.data();
        let users = self.done..(self.done + USERS_AT_ONCE).min(data.sequences.len());
        let mut asked = Vec::with_capacity(users.len());
        for user in users.clone().filter(|&user| Some(user as u32) != self.own) {
            if let Some((shown, next)) = shown_and_next(data, user) {
                asked.push((user as u32, shown, next));
            }
        }
        let histories: Vec<&[u32]> = asked.iter().map(|&(_, shown, _)| shown).collect();
        let means = run.latents_by(&self.model, &histories).await?;
        let distance = |mean: &[f32]| {
            let square = |(a, b): (&f32, &f32)| (a - b) * (a - b);
            mean.iter().zip(&self.centre).map(square).sum::<f32>().sqrt()
        };
        let found = means.chunks_exact(self.centre.len().max(1)).zip(&asked);
        let found: Vec<NearUser> = found
            .map(|(mean, &(user, _, next))| NearUser {
                user,
                distance: distance(mean),
                next,
            })
            .collect();
        self.near.extend(found);
        self.done = users.end;
        let order = |a: &NearUser, b: &NearUser| a.distance.total_cmp(&b.distance).then(a.user.cmp(&b.user));
        if self.near.len() > self.count {
            self.near.select_nth_unstable_by(self.count, order);
            self.near.truncate(self.count);
        }
        if self.done < data.sequences.len() {
            return Ok(None);
        }
        self.near.sort_unstable_by(order);
        Ok(Some(std::mem::take(&mut self.near)))
    }
}

impl Run {
    /// Search by the present weights for the `count` users whose posterior means are nearest to that of `history`; the host calls
    /// [`NearestUsers::advance`] until it is done. A user's sequence is taken up to the answer of the test, so that something came after it;
    /// `own` is left out.
    pub async fn nearest_users(&self, history: &[u32], count: usize, own: Option<u32>) -> Result<NearestUsers, RunError> {
        let centre = self.posterior_after(history).await?.mean;
        Ok(NearestUsers {
            model: self.inference_model(),
            centre,
            count,
            own,
            done: 0,
            near: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        device::Compute,
        log::{Example, generate},
        run::Config,
    };

    /// A run on more users than a slice holds.
    fn trained() -> Run {
        let data = generate(&Example {
            users: 300,
            items: 60,
            ..Example::default()
        });
        let mut config = Config::default();
        config.model.hidden_size = 8;
        let mut run = Run::new(config, Arc::new(data.unwrap()), Compute::cpu()).unwrap();
        for _ in 0..4 {
            block_on(run.step()).unwrap();
        }
        run
    }

    fn nearest(run: &Run, history: &[u32], count: usize, own: Option<u32>) -> Vec<NearUser> {
        let mut search = block_on(run.nearest_users(history, count, own)).unwrap();
        let mut slices = 1;
        loop {
            if let Some(near) = block_on(search.advance(run)).unwrap() {
                assert_eq!(slices, run.data().sequences.len().div_ceil(USERS_AT_ONCE));
                return near;
            }
            slices += 1;
        }
    }

    #[test]
    fn the_nearest_user_of_a_sequence_is_who_has_it() {
        let run = trained();
        let data = run.data();
        let (shown, next) = shown_and_next(data, 7).unwrap();
        assert_eq!(&data.sequences[7][..shown.len()], shown);
        assert_eq!(data.sequences[7][shown.len()], next);
        let near = nearest(&run, shown, 5, None);
        assert_eq!(near.len(), 5);
        assert!(near[0].distance < 1e-5 && near.is_sorted_by(|a, b| a.distance <= b.distance));
        let own = near.iter().find(|near| near.user == 7).unwrap();
        assert_eq!(own.next, next);
        assert!(nearest(&run, shown, 5, Some(7)).iter().all(|near| near.user != 7));
    }

    #[test]
    fn slices_find_what_a_look_at_all_finds() {
        let run = trained();
        let history = [3, 9, 14];
        let centre = block_on(run.posterior_after(&history)).unwrap().mean;
        let mut all: Vec<(f32, u32)> = (0..300)
            .map(|user| {
                let (shown, _) = shown_and_next(run.data(), user as usize).unwrap();
                let mean = block_on(run.posterior_after(shown)).unwrap().mean;
                let square: f32 = mean.iter().zip(&centre).map(|(a, b)| (a - b) * (a - b)).sum();
                (square.sqrt(), user)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (found, (distance, user)) in nearest(&run, &history, 8, None).iter().zip(&all) {
            assert_eq!(found.user, *user);
            assert!((found.distance - distance).abs() < 1e-5);
        }
    }
}
