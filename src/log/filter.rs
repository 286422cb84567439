//! The k-core: users and items with enough interactions, among each other.
//!
//! In: the columns of a log and a minimum k. Out: which interactions stay, so that every user and every item among them has at
//! least k. Taking away a rare item can make a user too short and the other way round, so it is repeated until nothing changes;
//! the result does not depend on the order.

/// Marks the interactions in the k-core. `users` and `items` are the numbers of identifiers in the two columns.
pub(super) fn k_core(user: &[u32], item: &[u32], users: usize, items: usize, k: u32) -> Vec<bool> {
    let mut keep = vec![true; user.len()];
    if k <= 1 {
        return keep;
    }
    let mut user_count = vec![0u32; users];
    let mut item_count = vec![0u32; items];
    for (&u, &i) in user.iter().zip(item) {
        user_count[u as usize] += 1;
        item_count[i as usize] += 1;
    }
    loop {
        let mut changed = false;
        for ((&u, &i), keep) in user.iter().zip(item).zip(&mut keep) {
            let (user_count, item_count) = (&mut user_count[u as usize], &mut item_count[i as usize]);
            // Counting down at once, not after the pass, gives the same core in fewer passes.
            if *keep && (*user_count < k || *item_count < k) {
                *keep = false;
                *user_count -= 1;
                *item_count -= 1;
                changed = true;
            }
        }
        if !changed {
            return keep;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(keep: &[bool]) -> usize {
        keep.iter().filter(|&&k| k).count()
    }

    #[test]
    fn it_is_recursive() {
        // Item 2 is rare; without it user 1 is too short; without user 1 item 1 is rare; only user 0 with item 0 is left.
        let user = [0, 0, 1, 1, 0];
        let item = [0, 0, 1, 2, 1];
        assert_eq!(k_core(&user, &item, 2, 3, 2), [true, true, false, false, false]);
    }

    #[test]
    fn every_user_and_item_left_has_enough_and_the_cores_are_nested() {
        let user: Vec<u32> = (0..600).map(|n| n * n % 37).collect();
        let item: Vec<u32> = (0..600).map(|n| n * 7 % 53 * (n % 3) % 41).collect();
        let mut last = user.len();
        for k in 0..40 {
            let keep = k_core(&user, &item, 37, 53, k);
            let (mut users, mut items) = ([0; 37], [0; 53]);
            for n in (0..600).filter(|&n| keep[n]) {
                users[user[n] as usize] += 1;
                items[item[n] as usize] += 1;
            }
            assert!(users.iter().chain(&items).all(|&c| c == 0 || c >= k));
            assert!(count(&keep) <= last);
            last = count(&keep);
        }
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(k_core(&[], &[], 0, 0, 5).is_empty());
        assert_eq!(count(&k_core(&[0], &[0], 1, 1, 0)), 1);
        assert_eq!(count(&k_core(&[0], &[0], 1, 1, 2)), 0);
    }
}
