//! Year, month, day, hour and minute in columns of their own.
//!
//! In: the roles of the columns, of which the year is the time and the others belong to the clock, and the names. Out: [`DateParts`], which
//! reads the time of a row out of them. Beside a date in one column only minute and second are taken, since the hour is a clock already.

use crate::log::meaning::mapping::Role;
use crate::log::meaning::names::date_part;
use crate::log::meaning::table::Table;
use crate::log::meaning::time::{date, decimal};
use crate::log::text::missing::is_missing;

/// The columns of the year, the month, the day, the hour, the minute and the second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DateParts([Option<usize>; 6]);

impl DateParts {
    pub(crate) fn of(roles: &[Role], table: &Table) -> Self {
        let mut parts = DateParts::default();
        for (at, name) in table.header.iter().flatten().enumerate() {
            let part = date_part(name).filter(|&part| match roles.get(at) {
                Some(Role::Time) => part == 0,
                Some(Role::Clock) => part > 0,
                _ => false,
            });
            if let Some(part) = part {
                parts.0[part] = Some(at);
            }
        }
        if !parts.are_dates() {
            parts.0[..4].fill(None);
        }
        parts
    }

    /// Whether the date itself stands in several columns.
    pub(crate) fn are_dates(self) -> bool {
        self.0[0].is_some() && self.0[1].is_some()
    }

    pub(crate) fn is_any(self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    pub(crate) fn has(self, at: usize) -> bool {
        self.0.contains(&Some(at))
    }

    /// Seconds since 1970 of the day of a row, whose fields `field` gives; `None` if it is none.
    pub(crate) fn day<'a>(self, field: &dyn Fn(usize) -> &'a [u8]) -> Option<f64> {
        let text = |part: usize| {
            let text = std::str::from_utf8(field(self.0[part]?)).ok()?.trim();
            Some(text.strip_suffix(".0").unwrap_or(text))
        };
        let (year, month) = (text(0)?, text(1)?);
        let day = if self.0[2].is_some() { text(2)? } else { "1" };
        match month.parse::<u32>() {
            Ok(month) => date(&format!("{year}-{month}-{day}")),
            Err(_) => date(&format!("{day} {month} {year}")),
        }
    }

    /// Seconds from midnight of a row.
    pub(crate) fn of_day<'a>(self, field: &dyn Fn(usize) -> &'a [u8]) -> f64 {
        let size = [3600.0, 60.0, 1.0];
        let number = |at: usize| std::str::from_utf8(field(at)).ok().and_then(decimal);
        let parts = self.0[3..].iter().zip(size);
        parts.filter_map(|(at, size)| Some(number((*at)?)? * size)).sum()
    }

    /// Whether year, month or day of a row is missing.
    pub(crate) fn miss<'a>(self, field: &dyn Fn(usize) -> &'a [u8]) -> bool {
        self.0[..3].iter().flatten().any(|&at| is_missing(field(at)))
    }
}
