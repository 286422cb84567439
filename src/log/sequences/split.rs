//! Which part of a sequence is trained on and which is held back.
//!
//! In: sequences, oldest item first, and a [`SplitRule`](crate::log::SplitRule). Out: slices of them.
//!
//! Leave one out, for a user's sequence s of length n: training inputs are `s[..n-3]` with targets `s[1..n-2]`; the validation
//! history is `s[..n-2]` with answer `s[n-2]`; the test history is `s[..n-1]` with answer `s[n-1]`. This is the split of the
//! official ContrastVAE, and of SASRec before it. The training part holds neither answer.
//!
//! A cut in time, at two moments that are the same for all users: trained is what happened before the first, by whomever.
//! Asked for is each user's first item after a moment, with all before it as the history; for validation only where it is
//! before the second moment. So nothing that is learnt is younger than anything that is asked for.

use crate::log::error::LogError;

/// Which answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The last item but one, or the first after the first moment.
    Valid,
    /// The last item, or the first after the second moment.
    Test,
}

/// Part of each user's sequence that is held back.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum HeldBack {
    /// The last two items.
    #[default]
    LastTwo,
    /// For each user the number of items before the first and before the second moment.
    Cut(Vec<[u32; 2]>),
}

impl HeldBack {
    /// The part of a user's sequence that training may see: its inputs are all but its last item, its targets all but its first.
    pub(crate) fn train_part<'a>(&self, user: usize, s: &'a [u32]) -> &'a [u32] {
        match self {
            HeldBack::LastTwo => &s[..s.len().saturating_sub(2)],
            HeldBack::Cut(borders) => borders
                .get(user)
                .and_then(|border| s.get(..border[0] as usize))
                .unwrap_or_default(),
        }
    }

    /// History and answer of one user. `None` where there is no answer or the history would be empty.
    pub(crate) fn query<'a>(&self, user: usize, s: &'a [u32], split: Split) -> Option<(&'a [u32], u32)> {
        let (at, end) = match (self, split) {
            (HeldBack::LastTwo, Split::Valid) => (s.len().checked_sub(2)?, s.len()),
            (HeldBack::LastTwo, Split::Test) => (s.len().checked_sub(1)?, s.len()),
            (HeldBack::Cut(borders), Split::Valid) => {
                let border = borders.get(user)?;
                (border[0] as usize, border[1] as usize)
            }
            (HeldBack::Cut(borders), Split::Test) => (borders.get(user)?[1] as usize, s.len()),
        };
        if at == 0 || at >= end {
            return None;
        }
        s.get(at).map(|&answer| (&s[..at], answer))
    }
}

/// The two moments that leave the given shares of all interactions, in percent, after the first and after the second.
pub(crate) fn moments(file: &str, times: &mut [f64], valid_percent: u32, test_percent: u32) -> Result<[f64; 2], LogError> {
    times.sort_unstable_by(f64::total_cmp);
    let at = |after: u32| times.get(times.len() * (100 - after as usize) / 100).copied();
    match (at(valid_percent + test_percent), at(test_percent), times.first()) {
        (Some(first), Some(second), Some(&least)) if least < first && first < second => Ok([first, second]),
        _ => Err(LogError::NoCut { file: file.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST_TWO: HeldBack = HeldBack::LastTwo;

    #[test]
    fn the_official_split() {
        let s = [1, 2, 3, 4, 5];
        assert_eq!(LAST_TWO.train_part(0, &s), &[1, 2, 3]);
        assert_eq!(LAST_TWO.query(0, &s, Split::Valid), Some((&s[..3], 4)));
        assert_eq!(LAST_TWO.query(0, &s, Split::Test), Some((&s[..4], 5)));
    }

    #[test]
    fn training_never_holds_an_answer() {
        for n in 0..8u32 {
            let s: Vec<u32> = (0..n).collect();
            let mut rules = vec![LAST_TWO];
            for first in 0..=n {
                rules.extend((first..=n).map(|second| HeldBack::Cut(vec![[first, second]])));
            }
            for rule in rules {
                for split in [Split::Valid, Split::Test] {
                    if let Some((history, answer)) = rule.query(0, &s, split) {
                        assert!(!rule.train_part(0, &s).contains(&answer), "{rule:?}, length {n}");
                        assert!(!history.is_empty() && !history.contains(&answer), "{rule:?}, length {n}");
                        assert!(history.starts_with(rule.train_part(0, &s)), "{rule:?}, length {n}");
                    }
                }
            }
        }
    }

    #[test]
    fn short_sequences_give_nothing_and_do_not_panic() {
        for s in [&[][..], &[1], &[1, 2]] {
            assert!(LAST_TWO.train_part(0, s).is_empty());
            assert_eq!(LAST_TWO.query(0, s, Split::Valid), None);
        }
        assert_eq!(LAST_TWO.query(0, &[1], Split::Test), None);
        assert_eq!(LAST_TWO.query(0, &[1, 2], Split::Test), Some((&[1][..], 2)));
        let cut = HeldBack::Cut(vec![[9, 9]]);
        assert!(cut.train_part(0, &[1]).is_empty() && cut.train_part(5, &[1]).is_empty());
        assert_eq!(cut.query(0, &[1], Split::Test), None);
    }

    #[test]
    fn a_cut_asks_for_the_first_item_after_each_moment() {
        let s = [1, 2, 3, 4, 5];
        let cut = HeldBack::Cut(vec![[2, 4], [0, 1], [5, 5], [2, 2]]);
        assert_eq!(cut.train_part(0, &s), &[1, 2]);
        assert_eq!(cut.query(0, &s, Split::Valid), Some((&s[..2], 3)));
        assert_eq!(cut.query(0, &s, Split::Test), Some((&s[..4], 5)));
        assert_eq!((cut.train_part(1, &s).len(), cut.query(1, &s, Split::Valid)), (0, None));
        assert_eq!((cut.train_part(2, &s).len(), cut.query(2, &s, Split::Test)), (5, None));
        assert_eq!(cut.query(3, &s, Split::Valid), None, "no answer between the moments");
    }

    #[test]
    fn moments_leave_the_shares() {
        let mut times: Vec<f64> = (0..100).rev().map(f64::from).collect();
        assert_eq!(moments("a", &mut times, 10, 20), Ok([70.0, 80.0]));
        assert_eq!(
            moments("a", &mut [1.0; 50], 10, 10),
            Err(LogError::NoCut { file: "a".into() })
        );
        assert!(moments("a", &mut [], 10, 10).is_err());
    }
}
