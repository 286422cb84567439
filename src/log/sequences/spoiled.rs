//! Identifiers that a spreadsheet or a program has changed on their way.
//!
//! In: the identifiers of a log. Out: an error where different ones have become the same (`1.29E+15`), and sentences where they may have
//! lost something (`1e+05`, a leading zero, a clock that was a number).

use crate::log::error::{LogError, shown};
use crate::log::sequences::dictionary::Dictionary;
use crate::log::text::calendar::{clock, moment};

/// Largest share of lines with rounded identifiers, in percent, that is told rather than refused.
const MAX_ROUNDED_PERCENT: u64 = 5;

/// Looks through the identifiers of a role; `rows` counts the interactions of one.
pub(crate) fn check(
    file: &str,
    role: &'static str,
    place: &str,
    ids: &Dictionary,
    lines: u64,
    rows: impl Fn(u32) -> u64,
    notes: &mut Vec<String>,
) -> Result<(), LogError> {
    let column = if place.is_empty() { role } else { place };
    let (mut rounded, mut example) = (0, None);
    let (mut powers, mut clocks) = (Vec::new(), Vec::new());
    let mut lengths = [0u64; 24];
    let mut leading_zero = false;
    for (name, number) in ids.names().zip(0..) {
        let bytes = name.as_bytes();
        let Some(first) = bytes.first() else { continue };
        if !first.is_ascii_digit() {
            // `Mar-05` and the like were numbers or names.
            if bytes.contains(&b'-') && bytes.len() <= 6 && is_short_date(name) {
                clocks.push(name);
            }
            continue;
        }
        if let Some(length) = lengths.get_mut(bytes.len()).filter(|_| bytes.iter().all(u8::is_ascii_digit)) {
            *length += 1;
            leading_zero |= *first == b'0';
        }
        match scientific(name) {
            Some(true) => {
                rounded += rows(number);
                example = example.or(Some(name));
            }
            Some(false) => powers.push(name),
            None if bytes.contains(&b':') && clock(name).is_some() => clocks.push(name),
            None if bytes.contains(&b'-') && bytes.len() <= 6 && is_short_date(name) => clocks.push(name),
            None => {}
        }
    }
    let shown_example = |name: &str| shown(name);
    if rounded * 100 > lines * MAX_ROUNDED_PERCENT {
        return Err(LogError::Rounded {
            file: file.to_owned(),
            count: rounded,
            lines,
            role,
            column: column.to_owned(),
            example: example.map(shown_example).unwrap_or_default(),
        });
    }
    if let Some(example) = example {
        notes.push(format!(
            "{rounded} interactions have a {role} such as {} ({column}), rounded by a spreadsheet, so that different ones may have become one.",
            shown(example)
        ));
    }
    if let Some(power) = powers.first() {
        notes.push(format!(
            "{} in {column} {} written as powers of ten, such as {}; export the column as text if that is not how they are.",
            amount(powers.len(), role),
            if powers.len() == 1 { "is" } else { "are" },
            shown(power)
        ));
    }
    let others = ids.len() as u64 - clocks.len() as u64;
    if let Some(spoiled) = clocks.first().filter(|_| others > clocks.len() as u64) {
        notes.push(format!(
            "{} in {column} look like times or dates, such as {}: a spreadsheet may have changed them; export the column as text.",
            amount(clocks.len(), role),
            shown(spoiled)
        ));
    }
    if let Some(sentence) = lost_zero(&lengths, leading_zero, ids.len() as u64, column) {
        notes.push(sentence);
    }
    Ok(())
}

fn amount(count: usize, role: &str) -> String {
    if count == 1 {
        format!("1 {role}")
    } else {
        format!("{count} {role}s")
    }
}

/// Whether a number is written with a power of ten, and if so whether digits were lost: `1.29E+15` had 16, of which three are left.
fn scientific(name: &str) -> Option<bool> {
    let at = name.find(['e', 'E'])?;
    let (digits, power) = (&name[..at], &name[at + 1..]);
    let power = power.strip_prefix('+')?;
    if power.is_empty() || power.len() > 3 || !power.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let power: usize = power.parse().ok()?;
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (whole.len() == 1 && plain(whole) && plain(part)).then_some(())?;
    Some(!part.is_empty() && part.len() < power && power >= 6 || power >= 11)
}

/// `5-Mar`, `Mar-05`.
fn is_short_date(name: &str) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
    letters == 3 && moment(&format!("{name}-2000"), true).is_some()
}

/// Whether nearly all identifiers are numbers of one length, and a few are shorter while none begins with a zero.
fn lost_zero(lengths: &[u64; 24], leading_zero: bool, count: u64, column: &str) -> Option<String> {
    let (usual, most) = lengths.iter().enumerate().max_by_key(|(_, count)| **count)?;
    let shorter: u64 = lengths[..usual].iter().sum();
    let longer: u64 = lengths[usual + 1..].iter().sum();
    // Numbers that are counted have all lengths; codes have one.
    let code = usual >= 5 && *most >= 20 && *most * 100 >= count * 85 && longer == 0;
    (code && shorter > 0 && !leading_zero).then(|| {
        format!(
            "{shorter} of {count} identifiers in {column} have fewer than {usual} digits: a spreadsheet may have taken leading zeros off; \
             export the column as text."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ids: &[String]) -> Result<Vec<String>, String> {
        let dictionary: Dictionary = ids.iter().map(String::as_str).collect();
        let mut notes = Vec::new();
        let checked = check("a.csv", "user", "column 1 (\"u\")", &dictionary, 100, |_| 40, &mut notes);
        checked.map(|()| notes).map_err(|error| error.to_string())
    }

    fn texts(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn rounded_identifiers_are_refused() {
        let error = told(&texts(&["1.29E+15", "i001"])).unwrap_err();
        assert_eq!(
            error,
            "a.csv: 40 of 100 values of the user (column 1 (\"u\")) are numbers such as \"1.29E+15\", rounded by a spreadsheet, so that \
             different ones have become the same; export the log again with that column as text."
        );
        assert!(told(&texts(&["1E+15"])).is_err());
    }

    #[test]
    fn what_may_have_lost_something_is_told() {
        assert!(told(&texts(&["1e+05", "99999"])).unwrap()[0].contains("1 user in column 1 (\"u\") is written as powers of ten"));
        assert!(told(&texts(&["12:05", "a", "b"])).unwrap()[0].contains("look like times"));
        assert!(told(&texts(&["Mar-05", "a", "b"])).unwrap()[0].contains("look like times"));
        let codes = |zero: &str| {
            (10_000..10_040)
                .map(|n| n.to_string())
                .chain([zero.to_owned()])
                .collect::<Vec<_>>()
        };
        assert!(told(&codes("123")).unwrap()[0].contains("fewer than 5 digits"));
        assert!(told(&codes("00123")).unwrap().is_empty());
        assert!(told(&(1..500).map(|n| n.to_string()).collect::<Vec<_>>()).unwrap().is_empty());
        assert!(told(&texts(&["007", "u1", "4-2", "2E"])).unwrap().is_empty());
    }
}
