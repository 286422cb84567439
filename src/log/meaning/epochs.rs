//! Times since 1970, of which each could be in another unit.
//!
//! In: numbers one after another. Out: the unit of all of them, or that each is in the unit that its number of digits tells. Digits alone tell
//! little about years around 1970, so that a column is split only where its numbers lie in groups about a thousand times apart.

/// Numbers in one second: seconds, milliseconds, microseconds, nanoseconds. A unit is its place among them.
const IN_A_SECOND: [f64; 4] = [1.0, 1e3, 1e6, 1e9];
/// Least number that tells its unit: below are the first three years after 1970, or nothing.
pub(crate) const LEAST: f64 = 1e8;
/// Seconds of the year 2103: what is later is written in a smaller unit.
const LATEST: f64 = 4.2e9;
/// How many times larger the next number is where another unit begins.
const GAP: f64 = 30.0;

/// The unit that the number of digits tells.
fn place(size: f64) -> usize {
    match size.abs() {
        size if size >= 1e17 => 3,
        size if size >= 1e14 => 2,
        size if size >= 1e11 => 1,
        _ => 0,
    }
}

/// Seconds since 1970 of a number that tells its unit by its number of digits.
pub(crate) fn in_seconds(number: f64) -> f64 {
    number / IN_A_SECOND[place(number)]
}

/// The unit of a sample, given by the sizes of its numbers in order: that of the group in the middle, in which it ends before 2103.
pub(crate) fn unit_of(sizes: &[f64]) -> usize {
    let middle = sizes.len() / 2;
    let apart = |at: usize| sizes[at] > sizes[at - 1].max(LEAST) * GAP;
    let begin = (1..=middle.min(sizes.len().saturating_sub(1)))
        .rev()
        .find(|&at| apart(at))
        .unwrap_or(0);
    let end = (middle + 1..sizes.len()).find(|&at| apart(at)).unwrap_or(sizes.len());
    // A few numbers that stand for no end are no times.
    let most = sizes[begin..end]
        .get((end - begin) * 9 / 10)
        .or(sizes.last())
        .copied()
        .unwrap_or_default();
    IN_A_SECOND.iter().position(|scale| most / scale <= LATEST).unwrap_or(3)
}

/// Evidence of the numbers of a column about their units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epochs {
    /// Numbers by how many digits they have.
    count: [u64; 4],
    least: [f64; 4],
    most: [f64; 4],
    /// Numbers below [`LEAST`].
    early: u64,
}

impl Default for Epochs {
    fn default() -> Self {
        Epochs {
            count: [0; 4],
            least: [f64::INFINITY; 4],
            most: [0.0; 4],
            early: 0,
        }
    }
}

impl Epochs {
    #[inline]
    pub(crate) fn see(&mut self, value: f64) {
        let size = value.abs();
        if size < LEAST {
            self.early += 1;
            return;
        }
        let at = place(size);
        self.count[at] += 1;
        self.least[at] = self.least[at].min(size);
        self.most[at] = self.most[at].max(size);
    }

    /// Whether each number is in a unit of its own: groups of them lie far apart, and each in years that can be.
    pub(crate) fn are_mixed(&self) -> bool {
        let mut used = (0..4).filter(|&at| self.count[at] > 0);
        let Some(mut before) = used.next() else { return false };
        let plausible = |at: usize| self.most[at] / IN_A_SECOND[at] <= LATEST;
        let (mut mixed, mut fit) = (false, plausible(before));
        for at in used {
            mixed = true;
            fit &= plausible(at) && self.least[at] >= self.most[before] * GAP;
            before = at;
        }
        mixed && fit
    }

    /// Counts by unit, for a sentence; numbers that tell nothing belong to `unit`.
    pub(crate) fn told(&self, unit: usize) -> String {
        let names = ["seconds", "milliseconds", "microseconds", "nanoseconds"];
        let own = |at: usize| if at == unit { self.early } else { 0 };
        let used = names.iter().enumerate().filter(|(at, _)| self.count[*at] > 0);
        let told: Vec<String> = used
            .map(|(at, name)| format!("{} in {name}", self.count[at] + own(at)))
            .collect();
        told.join(", ")
    }
}

/// Seconds of a time that was read in the unit `own` and is in the one that its number of digits tells.
pub(crate) fn by_digits(seconds: f64, own: usize) -> f64 {
    let number = seconds * IN_A_SECOND[own];
    match place(number) {
        at if at != own && number.abs() >= LEAST => number / IN_A_SECOND[at],
        _ => seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(values: &[f64]) -> Epochs {
        let mut epochs = Epochs::default();
        values.iter().for_each(|&value| epochs.see(value));
        epochs
    }

    #[test]
    fn a_spread_from_nine_to_twelve_digits_is_one_unit() {
        let values = [-5.6e10, -4.3e11, 1.08e11, 2e10, 3.1e9, 4.6e11, 8.8e8, 6e10];
        assert!(!seen(&values).are_mixed());
        let mut sizes = values.map(f64::abs);
        sizes.sort_unstable_by(f64::total_cmp);
        assert_eq!(unit_of(&sizes), 1);
    }

    #[test]
    fn groups_a_thousand_times_apart_are_several() {
        assert!(seen(&[1.69e9, 1.7e9, 1.69e12, 1.71e12]).are_mixed());
        assert!(!seen(&[1.69e9, 1.7e9, 1.2e8]).are_mixed());
        assert!(!seen(&[9.9e9, 1.69e12]).are_mixed());
        assert_eq!(unit_of(&[1.69e9, 1.69e9, 1.7e9, 1.7e12]), 0);
        assert_eq!(by_digits(1.69e6, 1), 1.69e9);
        assert_eq!(by_digits(1.69e9, 1), 1.69e9);
        assert_eq!(by_digits(0.0, 0), 0.0);
    }
}
