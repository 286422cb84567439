//! Options of reading a log: how its columns are meant, what is left out, what is held back.
//!
//! In: choices from a form, an address or a command line. Out: [`ReadOptions`], checked by [`ReadOptions::check`]. All defaults
//! together read a log as it comes, with the 5-core that the literature uses.

use serde::{Deserialize, Serialize};

use crate::log::error::{LogError, shown};
use crate::log::meaning::mapping::Mapping;
use crate::log::meaning::time::TimeUnit;
use crate::log::text::encoding::decoder;

/// Everything that may be chosen about reading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadOptions {
    /// How the file is to be understood; found out where it is absent.
    pub mapping: Option<Mapping>,
    /// The file inside a zip archive that is the log; chosen by its looks where it is absent.
    pub entry: Option<String>,
    /// The encoding of the text, such as `big5`; found out where it is absent.
    pub encoding: Option<String>,
    /// Filter of the interactions.
    pub filter: Filter,
    /// Split into training, validation and test.
    pub split: SplitRule,
}

impl ReadOptions {
    /// The options that differ from the defaults in one minimum for users and items alike.
    pub fn with_k_core(k: u32) -> Self {
        ReadOptions {
            filter: Filter {
                min_user: k,
                min_item: k,
                ..Filter::default()
            },
            ..ReadOptions::default()
        }
    }

    /// Whether a file read with the other options comes out the same, so that only filter and split are to be done anew.
    pub fn reads_like(&self, other: &ReadOptions) -> bool {
        self.mapping == other.mapping && self.entry == other.entry && self.encoding == other.encoding
    }

    /// Refuses what no log can fulfil.
    pub fn check(&self) -> Result<(), LogError> {
        if let Some(name) = self.encoding.as_ref().filter(|name| decoder(name).is_none()) {
            return Err(LogError::Choice {
                key: "encoding",
                value: shown(name),
                range: "a name such as utf-8, big5, gb18030, shift_jis, euc-kr, utf-16le or windows-1252".to_owned(),
            });
        }
        let SplitRule::TimeCut {
            valid_percent,
            test_percent,
        } = self.split
        else {
            return Ok(());
        };
        for (key, value) in [("valid_percent", valid_percent), ("test_percent", test_percent)] {
            if !(1..=45).contains(&value) {
                return Err(LogError::Choice {
                    key,
                    value: value.to_string(),
                    range: "a whole number of percent from 1 to 45".to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Filters in the order in which they are applied: kinds of interactions, ratings, dates, users, repeated interactions, k-core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// The kinds of interactions that stay, as the log writes them; absent: all.
    pub events: Option<Vec<String>>,
    /// Least rating of an interaction that stays. Rows without a rating go.
    pub min_rating: Option<f64>,
    /// Earliest time that stays: an ISO 8601 date, or a number as it stands in the time column.
    pub from: Option<String>,
    /// Latest time that stays; a date without a time of day stands for its whole day.
    pub to: Option<String>,
    /// How many users stay, those with the latest last interaction.
    pub recent_users: Option<u32>,
    /// Treatment of a user's further interactions with an item.
    pub repeats: Repeats,
    /// Least number of interactions of each user, recursively together with `min_item`; 0 and 1 keep all.
    pub min_user: u32,
    /// Least number of interactions of each item.
    pub min_item: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Filter {
            events: None,
            min_rating: None,
            from: None,
            to: None,
            recent_users: None,
            repeats: Repeats::Keep,
            min_user: 5,
            min_item: 5,
        }
    }
}

/// Treatment of repeated interactions of a user with an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// All stay.
    #[default]
    Keep,
    /// The first with each item stays.
    First,
    /// The last with each item stays.
    Last,
    /// Of interactions with one item right after each other the first stays, such as pages loaded again.
    Consecutive,
}

/// Rule by which interactions are held back from training, for validation and for the test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitRule {
    /// Of each user the last interaction for the test and the one before it for validation: the split of the paper.
    #[default]
    LeaveOneOut,
    /// Two points in time, the same for all users: what comes after is not trained on by anybody. Of each user the first
    /// interaction after a point is asked for.
    TimeCut {
        /// Share of all interactions between the two points, in percent.
        valid_percent: u32,
        /// Share of all interactions after the second point, in percent.
        test_percent: u32,
    },
}

/// A bound on time as a number of the column's scale. `end` says that a bare date means the end of its day.
pub(crate) fn bound(file: &str, key: &'static str, text: &str, unit: TimeUnit, end: bool) -> Result<f64, LogError> {
    unit.bound(text, end).ok_or_else(|| LogError::Bound {
        file: file.to_owned(),
        key,
        value: text.to_owned(),
        expected: if unit == TimeUnit::Order {
            "a number, as in the time column"
        } else {
            "an ISO 8601 date such as 2024-01-31"
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_from_json_with_defaults_and_no_typing_errors() {
        let options: ReadOptions = serde_json::from_str(
            r#"{"filter":{"min_user":3,"repeats":"first"},"split":{"rule":"time_cut","valid_percent":10,"test_percent":20}}"#,
        )
        .unwrap();
        assert_eq!((options.filter.min_user, options.filter.min_item), (3, 5));
        assert_eq!(options.filter.repeats, Repeats::First);
        assert!(options.check().is_ok());
        assert!(serde_json::from_str::<ReadOptions>(r#"{"filter":{"min_users":3}}"#).is_err());
        assert_eq!(serde_json::from_str::<ReadOptions>("{}").unwrap(), ReadOptions::default());
    }

    #[test]
    fn shares_have_a_range() {
        let options = ReadOptions {
            split: SplitRule::TimeCut {
                valid_percent: 0,
                test_percent: 10,
            },
            ..ReadOptions::default()
        };
        let error = options.check().unwrap_err().to_string();
        assert_eq!(
            error,
            "`valid_percent` is 0, but must be a whole number of percent from 1 to 45."
        );
    }
}
