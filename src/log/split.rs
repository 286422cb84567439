//! Which part of a sequence is trained on and which is held back: leave one out, twice.
//!
//! In: one user's sequence of length n, oldest first. Out: slices of it. Training inputs are `s[..n-3]` with targets
//! `s[1..n-2]`; the validation history is `s[..n-2]` with answer `s[n-2]`; the test history is `s[..n-1]` with answer `s[n-1]`.
//! This is the split of the official ContrastVAE, and of SASRec before it. The training part holds neither answer.

/// Which answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// The last item but one.
    Valid,
    /// The last item.
    Test,
}

/// The part of a sequence that training may see, `s[..n-2]`: its inputs are all but its last item, its targets all but its
/// first. Empty for sequences of two items or fewer.
pub fn train_part(s: &[u32]) -> &[u32] {
    &s[..s.len().saturating_sub(2)]
}

/// History and answer of one user. `None` where the history would be empty.
pub fn query(s: &[u32], split: Split) -> Option<(&[u32], u32)> {
    let held_back = match split {
        Split::Valid => 2,
        Split::Test => 1,
    };
    let at = s.len().checked_sub(held_back)?;
    if at == 0 {
        return None;
    }
    s.get(at).map(|&answer| (&s[..at], answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_split() {
        let s = [1, 2, 3, 4, 5];
        assert_eq!(train_part(&s), &[1, 2, 3]);
        assert_eq!(query(&s, Split::Valid), Some((&s[..3], 4)));
        assert_eq!(query(&s, Split::Test), Some((&s[..4], 5)));
    }

    #[test]
    fn training_never_holds_an_answer() {
        for n in 0..8u32 {
            let s: Vec<u32> = (0..n).collect();
            for split in [Split::Valid, Split::Test] {
                if let Some((history, answer)) = query(&s, split) {
                    assert!(!train_part(&s).contains(&answer), "length {n}");
                    assert!(!history.is_empty() && !history.contains(&answer), "length {n}");
                }
            }
        }
    }

    #[test]
    fn short_sequences_give_nothing_and_do_not_panic() {
        assert!(train_part(&[]).is_empty() && train_part(&[1]).is_empty() && train_part(&[1, 2]).is_empty());
        assert_eq!(query(&[], Split::Test), None);
        assert_eq!(query(&[1], Split::Test), None);
        assert_eq!(query(&[1], Split::Valid), None);
        assert_eq!(query(&[1, 2], Split::Valid), None);
        assert_eq!(query(&[1, 2], Split::Test), Some((&[1][..], 2)));
    }
}
