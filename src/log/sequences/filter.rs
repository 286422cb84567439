//! Filters of a log, one at a time.
//!
//! In: the interactions of a log, which of them are still kept, and one choice. Out: fewer kept. The k-core is recursive: taking
//! away a rare item can make a user too short and the other way round, so it is repeated until nothing changes; the result does
//! not depend on the order.

use crate::log::sequences::interactions::Interactions;
use crate::log::sequences::options::Repeats;

/// Takes out the interactions outside the core in which each user has at least `min_user` and each item at least `min_item`.
/// `users` and `items` are the numbers of identifiers in the two columns.
pub(crate) fn k_core(log: &Interactions, keep: &mut [bool], users: usize, items: usize, min_user: u32, min_item: u32) {
    if min_user <= 1 && min_item <= 1 {
        return;
    }
    let mut user_count = vec![0u32; users];
    let mut item_count = vec![0u32; items];
    for ((user, item), _) in log.pairs().zip(&*keep).filter(|(_, keep)| **keep) {
        user_count[user as usize] += 1;
        item_count[item as usize] += 1;
    }
    loop {
        let mut changed = false;
        for ((user, item), keep) in log.pairs().zip(&mut *keep) {
            let (of_user, of_item) = (&mut user_count[user as usize], &mut item_count[item as usize]);
            // Counting down at once, not after the pass, gives the same core in fewer passes.
            if *keep && (*of_user < min_user || *of_item < min_item) {
                *keep = false;
                *of_user -= 1;
                *of_item -= 1;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Keeps the users with the latest last interaction; of equally late ones those who come first in the file.
pub(crate) fn recent_users(log: &Interactions, keep: &mut [bool], users: usize, count: u32) {
    let mut last = vec![f64::NEG_INFINITY; users];
    for at in (0..keep.len()).filter(|&at| keep[at]) {
        let of_user = &mut last[log.user(at) as usize];
        *of_user = of_user.max(log.time(at));
    }
    let mut order: Vec<u32> = (0..users as u32).filter(|&user| last[user as usize].is_finite()).collect();
    if order.len() <= count as usize {
        return;
    }
    order.sort_by(|&a, &b| last[b as usize].total_cmp(&last[a as usize]));
    let mut stays = vec![false; users];
    for &user in &order[..count as usize] {
        stays[user as usize] = true;
    }
    for at in 0..keep.len() {
        keep[at] &= stays[log.user(at) as usize];
    }
}

/// Takes out repeated interactions of one user. `places` are the user's interactions, oldest first.
pub(crate) fn repeats(log: &Interactions, keep: &mut [bool], places: &[u32], rule: Repeats) {
    let mut met: std::collections::HashMap<u32, u32> = std::collections::HashMap::new();
    let mut before = None;
    for &place in places {
        let item = log.item(place as usize);
        let gone = match rule {
            Repeats::Keep => None,
            Repeats::First => match met.get(&item) {
                Some(_) => Some(place),
                None => {
                    met.insert(item, place);
                    None
                }
            },
            Repeats::Last => met.insert(item, place),
            Repeats::Consecutive => (before == Some(item)).then_some(place),
        };
        before = Some(item);
        if let Some(gone) = gone {
            keep[gone as usize] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::sequences::interactions::NO_RATING;

    fn log(rows: &[(u32, u32)]) -> Interactions {
        let mut log = Interactions::default();
        for &(user, item) in rows {
            log.push(user, item, NO_RATING, None);
        }
        log
    }

    fn core(rows: &[(u32, u32)], users: usize, items: usize, min_user: u32, min_item: u32) -> Vec<bool> {
        let mut keep = vec![true; rows.len()];
        k_core(&log(rows), &mut keep, users, items, min_user, min_item);
        keep
    }

    fn count(keep: &[bool]) -> usize {
        keep.iter().filter(|&&k| k).count()
    }

    #[test]
    fn it_is_recursive() {
        // Item 2 is rare; without it user 1 is too short; without user 1 item 1 is rare; only user 0 with item 0 is left.
        let rows = [(0, 0), (0, 0), (1, 1), (1, 2), (0, 1)];
        assert_eq!(core(&rows, 2, 3, 2, 2), [true, true, false, false, false]);
    }

    #[test]
    fn the_two_minima_are_separate() {
        let rows = [(0, 0), (0, 1), (1, 0)];
        assert_eq!(core(&rows, 2, 2, 2, 1), [true, true, false]);
        assert_eq!(core(&rows, 2, 2, 1, 2), [true, false, true]);
        assert_eq!(count(&core(&rows, 2, 2, 2, 2)), 0);
    }

    #[test]
    fn every_user_and_item_left_has_enough_and_the_cores_are_nested() {
        let rows: Vec<(u32, u32)> = (0..600).map(|n| (n * n % 37, n * 7 % 53 * (n % 3) % 41)).collect();
        let mut last = rows.len();
        for k in 0..40 {
            let keep = core(&rows, 37, 53, k, k / 2);
            let (mut users, mut items) = ([0; 37], [0; 53]);
            for n in (0..600).filter(|&n| keep[n]) {
                users[rows[n].0 as usize] += 1;
                items[rows[n].1 as usize] += 1;
            }
            assert!(users.iter().all(|&c| c == 0 || c >= k) && items.iter().all(|&c| c == 0 || c >= k / 2));
            assert!(count(&keep) <= last);
            last = count(&keep);
        }
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(core(&[], 0, 0, 5, 5).is_empty());
        assert_eq!(count(&core(&[(0, 0)], 1, 1, 0, 0)), 1);
        assert_eq!(count(&core(&[(0, 0)], 1, 1, 2, 0)), 0);
    }

    #[test]
    fn recent_users_stay_whole() {
        let mut log = Interactions::default();
        for (user, time) in [(0, 9.0), (1, 1.0), (2, 5.0), (1, 2.0), (3, 5.0)] {
            log.push(user, 0, NO_RATING, Some(time));
        }
        let kept = |count| {
            let mut keep = vec![true; 5];
            recent_users(&log, &mut keep, 4, count);
            keep
        };
        assert_eq!(kept(1), [true, false, false, false, false]);
        assert_eq!(kept(2), [true, false, true, false, false]);
        assert_eq!(kept(4), [true; 5]);
        assert_eq!(kept(0), [false; 5]);
    }

    #[test]
    fn which_of_repeated_interactions_stay() {
        let log = log(&[(0, 7), (0, 7), (0, 8), (0, 7), (0, 8)]);
        let kept = |rule| {
            let mut keep = vec![true; 5];
            repeats(&log, &mut keep, &[0, 1, 2, 3, 4], rule);
            (0..5).filter(|&at| keep[at]).collect::<Vec<_>>()
        };
        assert_eq!(kept(Repeats::Keep), [0, 1, 2, 3, 4]);
        assert_eq!(kept(Repeats::First), [0, 2]);
        assert_eq!(kept(Repeats::Last), [3, 4]);
        assert_eq!(kept(Repeats::Consecutive), [0, 2, 3, 4]);
    }
}
