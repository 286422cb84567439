//! Dates of numbers by the separator between their parts.
//!
//! In: dates one after another. Out: two that are written differently. A program that writes the dates anew which it could read, and leaves
//! the others, writes `12-01-2023` for the first day of December beside `1/13/2023`: where one separator tells the order of day and month,
//! and many dates with another one tell nothing, nothing says that the order is the same.

use crate::log::text::calendar::DayOrder;

const MARKS: [char; 3] = ['-', '/', '.'];
/// Fewest dates with a separator that would have told the order, were it not for the separator.
const FEWEST: u64 = 8;

#[derive(Clone, Debug, Default)]
pub(super) struct Separators {
    /// For each of [`MARKS`] dates that can be read both ways, the first of them, and the first that tells the order.
    open: [u64; 3],
    first: [Option<(u64, String)>; 3],
    shows: [Option<(u64, String)>; 3],
}

impl Separators {
    pub(super) fn see(&mut self, order: DayOrder, line: u64, text: &str) {
        let mark = text.chars().find_map(|c| MARKS.iter().position(|&mark| mark == c));
        let Some(at) = mark else { return };
        let keep = match order {
            DayOrder::Either => {
                self.open[at] += 1;
                &mut self.first[at]
            }
            DayOrder::DayFirst | DayOrder::MonthFirst => &mut self.shows[at],
            DayOrder::Plain | DayOrder::YearFirst => return,
        };
        keep.get_or_insert_with(|| (line, text.to_owned()));
    }

    /// A date with a separator with which none tells the order, and one with another that does.
    pub(super) fn apart(&self) -> Option<[&(u64, String); 2]> {
        let open = (0..3).find(|&at| self.open[at] >= FEWEST && self.shows[at].is_none())?;
        Some([self.first[open].as_ref()?, self.shows.iter().flatten().next()?])
    }

    pub(super) fn is_dotted(&self) -> bool {
        self.first[2].is_some()
    }
}
