//! Augmentations of a sequence of items for a second view: crop, mask and reorder.
//!
//! In: the inputs and targets of one sequence, the shares to change and a generator. Out: an [`Augmented`] sequence, place by place as
//! long as the first. Source: Xie et al., Contrastive Learning for Sequential Recommendation (ICDE 2022), section 3.2, which the
//! paper's data augmentation follows; its official code means to do the same and, by a slip, always reorders.

use rand::{Rng, RngExt, seq::SliceRandom, seq::index};
use serde::{Deserialize, Serialize};

use super::PADDING;

/// One way to change a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A part of the sequence stays, the rest is dropped.
    Crop,
    /// Some places show the mask token instead of their item.
    Mask,
    /// The items of a part of the sequence are shuffled.
    Reorder,
}

/// Which operations there are to draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationChoice {
    /// Crop, mask or reorder, each as often, drawn for each sequence (the paper).
    Uniform,
    /// Always reorder, as the official code does in effect.
    ReorderOnly,
}

impl OperationChoice {
    /// Draws an operation.
    pub fn draw(self, rng: &mut impl Rng) -> Operation {
        match self {
            Self::ReorderOnly => Operation::Reorder,
            Self::Uniform => match rng.random_range(0..3u32) {
                0 => Operation::Crop,
                1 => Operation::Mask,
                _ => Operation::Reorder,
            },
        }
    }
}

/// Targets of the second view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AugmentedTargets {
    /// The next item of the second view itself, a mask standing for the item that it hides; log p(x'|z') of ContrastELBO.
    Own,
    /// The next item at the same place of the first view (official code). Within a reordered part a place may then have seen the
    /// very item that it is asked for.
    Original,
}

/// Shares of a sequence that the operations change, each from 0 to 1. Numbers of items are rounded down, as in the source, so that
/// short sequences often stay as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Share that a crop keeps (at least one item).
    pub crop: f64,
    /// Share that is masked.
    pub mask: f64,
    /// Share that is shuffled.
    pub reorder: f64,
}

/// The second view of a sequence, place by place as long as the first; rows of the embedding table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Augmented {
    /// Item index + 1, the mask token, or [`PADDING`] where the place was dropped.
    pub ids: Vec<i32>,
    /// Row of the item to give back, or [`PADDING`] where there is none.
    pub targets: Vec<i32>,
}

/// Applies `operation` to a sequence of `inputs` whose next items are `targets` (item indices, equally long). `items` is the number of
/// items, which decides the row of the mask token.
///
/// Items keep their places: a crop leaves the places around it empty, so that both views of a sequence pair up token by token. Its
/// positions are counted anew from its own end where the batch is laid out.
pub fn augment(
    inputs: &[u32],
    targets: &[u32],
    items: usize,
    operation: Operation,
    shares: Shares,
    form: AugmentedTargets,
    rng: &mut impl Rng,
) -> Augmented {
    let row = |&item: &u32| item as i32 + 1;
    let mut ids: Vec<i32> = inputs.iter().map(row).collect();
    let mut targets: Vec<i32> = targets.iter().map(row).collect();
    let length = ids.len();
    targets.resize(length, PADDING);
    // The small number keeps a product such as 0.29 * 100 from falling below its whole number.
    let share = |share: f64| ((length as f64 * share + 1e-9) as usize).min(length);
    let start = |count: usize, rng: &mut dyn FnMut(u32) -> u32| rng((length - count + 1) as u32) as usize;
    match operation {
        Operation::Crop if length > 0 => {
            let count = share(shares.crop).max(1);
            let first = start(count, &mut |below| rng.random_range(0..below));
            for place in (0..length).filter(|place| !(first..first + count).contains(place)) {
                ids[place] = PADDING;
                targets[place] = PADDING;
            }
        }
        Operation::Mask => {
            for place in index::sample(rng, length, share(shares.mask)) {
                ids[place] = items as i32 + 1;
            }
        }
        Operation::Reorder => {
            let count = share(shares.reorder);
            let first = start(count, &mut |below| rng.random_range(0..below));
            ids[first..first + count].shuffle(rng);
            if form == AugmentedTargets::Own && length > 0 {
                targets[..length - 1].copy_from_slice(&ids[1..]);
            }
        }
        Operation::Crop => {}
    }
    Augmented { ids, targets }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    const SHARES: Shares = Shares {
        crop: 0.6,
        mask: 0.3,
        reorder: 0.6,
    };
    const ITEMS: usize = 100;

    fn view(length: u32, operation: Operation, form: AugmentedTargets, seed: u64) -> Augmented {
        let inputs: Vec<u32> = (0..length).collect();
        let targets: Vec<u32> = (1..=length).collect();
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        augment(&inputs, &targets, ITEMS, operation, SHARES, form, &mut rng)
    }

    #[test]
    fn each_operation_is_drawn_about_as_often() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut drawn = [0usize; 3];
        for _ in 0..3_000 {
            drawn[OperationChoice::Uniform.draw(&mut rng) as usize] += 1;
            assert_eq!(OperationChoice::ReorderOnly.draw(&mut rng), Operation::Reorder);
        }
        // Five standard deviations of a binomial with probability 1/3.
        assert!(drawn.iter().all(|&count| count.abs_diff(1_000) < 130), "{drawn:?}");
    }

    proptest! {
        #[test]
        fn a_crop_keeps_one_run_of_items_at_their_places(length in 1u32..60, seed: u64) {
            let view = view(length, Operation::Crop, AugmentedTargets::Own, seed);
            let kept: Vec<usize> = (0..length as usize).filter(|&place| view.ids[place] != PADDING).collect();
            prop_assert_eq!(kept.len(), ((f64::from(length) * 0.6 + 1e-9) as usize).max(1));
            prop_assert!(kept.windows(2).all(|pair| pair[1] == pair[0] + 1));
            for place in 0..length as usize {
                let stays = kept.contains(&place);
                prop_assert_eq!(view.ids[place], if stays { place as i32 + 1 } else { PADDING });
                prop_assert_eq!(view.targets[place], if stays { place as i32 + 2 } else { PADDING });
            }
        }

        #[test]
        fn a_mask_hides_its_share_and_asks_for_every_item(length in 1u32..60, seed: u64) {
            let view = view(length, Operation::Mask, AugmentedTargets::Own, seed);
            let hidden = view.ids.iter().filter(|&&id| id == ITEMS as i32 + 1).count();
            prop_assert_eq!(hidden, (f64::from(length) * 0.3 + 1e-9) as usize);
            for (place, &id) in view.ids.iter().enumerate() {
                prop_assert!(id == place as i32 + 1 || id == ITEMS as i32 + 1);
                prop_assert_eq!(view.targets[place], place as i32 + 2);
            }
        }

        #[test]
        fn a_reordering_keeps_the_items_and_never_asks_for_what_it_has_shown(length in 1u32..60, seed: u64) {
            let own = view(length, Operation::Reorder, AugmentedTargets::Own, seed);
            let mut sorted = own.ids.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (1..=length as i32).collect::<Vec<_>>());
            for (place, target) in own.targets.iter().enumerate() {
                prop_assert!(!own.ids[..=place].contains(target), "place {} has seen its target", place);
            }
            prop_assert_eq!(own.targets[length as usize - 1], length as i32 + 1);
            let original = view(length, Operation::Reorder, AugmentedTargets::Original, seed);
            prop_assert_eq!(&original.ids, &own.ids);
            prop_assert_eq!(original.targets, (2..=length as i32 + 1).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_operation_changes_long_sequences() {
        for operation in [Operation::Crop, Operation::Mask, Operation::Reorder] {
            let changed = (0..200)
                .filter(|&seed| view(20, operation, AugmentedTargets::Own, seed).ids != (1..=20).collect::<Vec<i32>>())
                .count();
            assert!(changed > 190, "{operation:?} changed {changed} of 200");
        }
    }
}
