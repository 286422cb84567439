//! Cells that hold several values: lists as Python and pandas write them, identifiers between separators, impressions with clicks.
//!
//! In: a sample of a column. Out: a [`CellList`], by which each cell of the column is cut into its values.

use std::collections::HashSet;

use crate::log::meaning::time::TimeUnit;
use crate::log::text::missing::is_missing;

/// How the cells of a column write several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellList {
    /// `['a', 'b']`, `[1, 2]`, `(1, 2)`, `{1, 2}`, `[1 2]`.
    Brackets,
    /// Values with this sign between them.
    Between(char),
    /// `N1-0 N2-1`: what was shown, with 1 behind what was clicked.
    Clicks,
}

impl CellList {
    /// How most cells of a sample write several values; `None` if they hold one each. Without brackets it takes values that come again
    /// in several cells more often than whole cells do, so that a title with a comma stays one text.
    pub(crate) fn of<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let filled = || cells.clone().map(str::trim).filter(|cell| !is_missing(cell.as_bytes()));
        let count = filled().count();
        let most = |test: &dyn Fn(&str) -> bool| count > 0 && filled().filter(|cell| test(cell)).count() * 10 >= count * 9;
        if most(&|cell| inside(cell).is_some()) {
            return Some(CellList::Brackets);
        }
        if most(&|cell| cell.split_whitespace().all(is_impression)) {
            return Some(CellList::Clicks);
        }
        Self::between(filled().collect(), true)
    }

    /// The same for a column whose name promises several values a cell, whether they come again or not.
    pub(crate) fn of_several<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Self> {
        Self::between(
            cells.map(str::trim).filter(|cell| !is_missing(cell.as_bytes())).collect(),
            false,
        )
    }

    /// How the cells of a sample write several times each; `None` if they do not.
    pub(crate) fn of_times<'a>(cells: impl Iterator<Item = &'a str>) -> Option<Self> {
        let cells: Vec<&str> = cells.map(str::trim).filter(|cell| !is_missing(cell.as_bytes())).collect();
        let begins = cells.first()?.trim_start_matches(['[', '(', '"', '\'']);
        begins.starts_with(|c: char| c.is_ascii_digit()).then_some(())?;
        let brackets = cells.iter().all(|cell| inside(cell).is_some());
        let between = ['|', ';', ',', ' '].map(CellList::Between);
        let lists = if brackets { &[CellList::Brackets][..] } else { &between[..] };
        lists.iter().copied().find(|list| {
            let mut values = Vec::new();
            cells.iter().for_each(|cell| list.split(cell, &mut values));
            let several = values.len() >= cells.len() * 2;
            let unit = TimeUnit::of(values.into_iter()).map(|(unit, _)| unit);
            several
                && !matches!(
                    unit,
                    None | Some(TimeUnit::Order | TimeUnit::Days | TimeUnit::SpreadsheetDays)
                )
        })
    }

    /// The sign between the values of most cells; with `again` only if the values come again more often than the cells.
    fn between(cells: Vec<&str>, again: bool) -> Option<Self> {
        let whole: HashSet<&str> = cells.iter().copied().collect();
        ['|', ';', ',', ' '].into_iter().map(CellList::Between).find(|list| {
            let (mut values, mut ends) = (Vec::new(), Vec::new());
            for cell in &cells {
                let before = values.len();
                list.split(cell, &mut values);
                ends.extend(values.last().filter(|_| values.len() > before + 1).copied());
            }
            let several = ends.len();
            let different: HashSet<&str> = values.iter().copied().collect();
            let like_ids = match list {
                CellList::Between(' ') => again && values.iter().all(|value| value.bytes().any(|b| b.is_ascii_digit())),
                _ => values.iter().all(|value| value.len() <= 40),
            };
            // `Matrix, The`: the same few words stand behind the comma, and before it many.
            let last: HashSet<&str> = ends.into_iter().collect();
            let spaced = *list == CellList::Between(',') && cells.iter().filter(|cell| cell.contains(", ")).count() * 2 > several;
            let article = spaced && several >= 8 && last.len() * 5 < different.len();
            // Again means more often than the cells themselves.
            let repeated = different.len() * 10 * cells.len() < whole.len() * 7 * values.len();
            several * 2 > cells.len() && like_ids && !article && (repeated || (!again && !spaced))
        })
    }

    /// Cuts a cell into its values.
    pub(crate) fn split<'a>(self, cell: &'a str, out: &mut Vec<&'a str>) {
        match self {
            CellList::Brackets => elements(inside(cell.trim()).unwrap_or(cell), out),
            CellList::Between(' ') => out.extend(cell.split_whitespace()),
            CellList::Between(sign) => out.extend(cell.split(sign).map(str::trim).filter(|value| !value.is_empty())),
            CellList::Clicks => out.extend(cell.split_whitespace().filter_map(|value| value.strip_suffix("-1"))),
        }
    }

    /// For a sentence.
    pub(crate) fn words(self) -> &'static str {
        match self {
            CellList::Brackets => "lists in brackets",
            CellList::Between(_) => "several values each",
            CellList::Clicks => "impressions, of which those with -1 were clicked",
        }
    }
}

fn is_impression(value: &str) -> bool {
    value.len() > 2 && (value.ends_with("-0") || value.ends_with("-1"))
}

/// Text inside the brackets around a cell.
fn inside(cell: &str) -> Option<&str> {
    let inner = cell.get(1..cell.len().checked_sub(1)?)?;
    let pair = (cell.as_bytes().first()?, cell.as_bytes().last()?);
    (matches!(pair, (b'[', b']') | (b'(', b')')) || (pair == (&b'{', &b'}') && !inner.contains(':'))).then_some(inner)
}

/// The elements of a list, without the quotation marks around them.
fn elements<'a>(list: &'a str, out: &mut Vec<&'a str>) {
    // Arrays of numpy have no commas.
    let commas = list.contains(',');
    let mut rest = list.trim_start();
    while let Some(first) = rest.chars().next() {
        let (value, after) = match first {
            '\'' | '"' => {
                let body = &rest[1..];
                let mut escaped = false;
                let end = body.find(|c| {
                    let ends = c == first && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let end = end.unwrap_or(body.len());
                (&body[..end], body.get(end + 1..).unwrap_or_default())
            }
            _ => {
                let end = rest
                    .find(|c: char| if commas { c == ',' } else { c.is_whitespace() })
                    .unwrap_or(rest.len());
                (rest[..end].trim(), &rest[end..])
            }
        };
        if !value.is_empty() {
            out.push(value);
        }
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(list: CellList, cell: &str) -> Vec<&str> {
        let mut out = Vec::new();
        list.split(cell, &mut out);
        out
    }

    #[test]
    fn lists_in_brackets() {
        let list = CellList::Brackets;
        assert_eq!(split(list, "['a', \"b, c\", 'd']"), ["a", "b, c", "d"]);
        assert_eq!(split(list, "[1, 2,3]"), ["1", "2", "3"]);
        assert_eq!(split(list, "[1 2\n 3]"), ["1", "2", "3"]);
        assert_eq!(split(list, "('x',)"), ["x"]);
        assert_eq!(split(list, "[]"), Vec::<&str>::new());
        assert_eq!(CellList::of(["['a']", "[]", "['b', 'c']"].into_iter()), Some(list));
    }

    #[test]
    fn values_between_signs() {
        let of = |cells: &[&str]| CellList::of(cells.iter().copied());
        assert_eq!(of(&["a, b, c", "b, d", "a, d, c", "c, b"]), Some(CellList::Between(',')));
        assert_eq!(
            of(&["milk|bread", "bread|eggs|milk", "eggs|milk", "tea|milk"]),
            Some(CellList::Between('|'))
        );
        assert_eq!(of(&["12 17 9", "9 12", "17 3 12", "3 9"]), Some(CellList::Between(' ')));
        assert_eq!(of(&["Good, the Bad", "Lock, Stock", "Cook, Thief", "Good, the Bad"]), None);
        assert_eq!(of(&["The Matrix", "Heat", "The Thing"]), None);
        assert_eq!(of(&["i001", "i002", "i001"]), None);
        assert_eq!(of(&["N1-0 N2-1", "N3-1"]), Some(CellList::Clicks));
        assert_eq!(split(CellList::Clicks, "N1-0 N2-1 N3-1"), ["N2", "N3"]);
        assert_eq!(split(CellList::Between(';'), " a ;b;; c"), ["a", "b", "c"]);
    }
}
