//! The report of `inspect` for people.
//!
//! In: an [`Inspection`]. Out: plain text of a page or so. Texts out of the file have their control characters escaped, so that
//! no log can steer the terminal.

use contrastvae::log::{Filter, FilterKind, Preview, Repeats, Role, SplitRule, Summary};

use crate::inspect::Inspection;

/// Columns of the file whose rows are shown.
const SHOWN_COLUMNS: usize = 8;
/// Longest text in a cell.
const CELL: usize = 24;
/// Longest bar of the histogram.
const BAR: usize = 40;
/// Skipped lines that are shown; `--json` has more.
const SHOWN_SKIPS: usize = 10;

/// The whole report.
pub fn of(inspection: &Inspection) -> String {
    let summary = &inspection.summary;
    let mut report = Report::default();
    report.line(&format!("{}: {}", plain(&summary.name), plain(&summary.format)));
    if let Some(preview) = &inspection.preview {
        columns(&mut report, preview);
        rows(&mut report, preview);
    }
    counts(&mut report, summary);
    sequences(&mut report, summary);
    notes(&mut report, summary);
    cost(&mut report, inspection);
    report.0
}

#[derive(Default)]
struct Report(String);

impl Report {
    fn line(&mut self, text: &str) {
        self.0 += text.trim_end();
        self.0.push('\n');
    }

    fn section(&mut self, title: &str) {
        self.line("");
        self.line(title);
    }

    /// Rows of cells, each column as wide as it must be; those in `right` are set flush right.
    fn table(&mut self, rows: &[Vec<String>], right: &[bool]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in rows {
            let mut line = String::new();
            for ((cell, &width), at) in row.iter().zip(&widths).zip(0..) {
                line += "  ";
                line += &if right.get(at) == Some(&true) {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                };
            }
            self.line(&line);
        }
    }
}

fn columns(report: &mut Report, preview: &Preview) {
    report.section("Columns");
    let named = |at: usize, name: &str| {
        if name.is_empty() {
            format!("column {}", at + 1)
        } else {
            cell(name)
        }
    };
    let mut used = Vec::new();
    let mut ignored = Vec::new();
    for (at, column) in preview.columns.iter().enumerate() {
        if column.role == Role::Ignored {
            ignored.push(named(at, &column.name));
        } else {
            let sure = format!("{:.0} % sure", column.confidence * 100.0);
            used.push(vec![named(at, &column.name), word(&column.role), sure]);
        }
    }
    report.table(&used, &[false, false, true]);
    if !ignored.is_empty() {
        let more = ignored.len().saturating_sub(SHOWN_COLUMNS);
        ignored.truncate(SHOWN_COLUMNS);
        let more = if more > 0 {
            format!(" and {} more", count(more))
        } else {
            String::new()
        };
        report.line(&format!("  not used: {}{more}", ignored.join(", ")));
    }
    if let Some(unit) = &preview.mapping.time {
        report.line(&format!("  times are read as: {}", word(unit)));
    }
    if let [taken, others @ ..] = preview.entries.as_slice()
        && !others.is_empty()
    {
        let others: Vec<String> = others.iter().take(SHOWN_COLUMNS).map(|entry| plain(&entry.name)).collect();
        report.line(&format!(
            "  out of the archive {} was taken; --entry takes another: {}",
            plain(&taken.name),
            others.join(", ")
        ));
    }
}

fn rows(report: &mut Report, preview: &Preview) {
    if preview.rows.is_empty() {
        return;
    }
    report.section("First rows");
    let rows: Vec<Vec<String>> = preview
        .rows
        .iter()
        .map(|row| row.iter().take(SHOWN_COLUMNS).map(|text| cell(text)).collect())
        .collect();
    report.table(&rows, &[]);
}

fn counts(report: &mut Report, summary: &Summary) {
    report.section("What is there");
    let row =
        |name: String, users: u32, items: u32, interactions: u32| vec![name, number(users), number(items), number(interactions)];
    let mut table = vec![vec![String::new(), "users".into(), "items".into(), "interactions".into()]];
    table.push(row(
        "in the log".into(),
        summary.users_before,
        summary.items_before,
        summary.interactions_before,
    ));
    for step in &summary.filters {
        let after = step.after;
        let name = format!("after {}", filter(step.filter, &summary.filter));
        table.push(row(name, after.users, after.items, after.interactions));
    }
    report.table(&table, &[false, true, true, true]);
    if let Some(span) = &summary.time_span {
        report.line(&format!("  from {} to {}, {} days", span.from, span.to, decimal(span.days)));
    }
    let split = &summary.split;
    let moments = split.moments.as_ref();
    report.line(&match (split.rule, moments) {
        (SplitRule::LeaveOneOut, _) => {
            "  held back of each user: the last interaction for the test, the one before it for validation".to_owned()
        }
        (SplitRule::TimeCut { .. }, Some([valid, test])) => {
            format!("  held back of all users: what comes after {valid} for validation, after {test} for the test")
        }
        (SplitRule::TimeCut { valid_percent, test_percent }, None) => {
            format!("  held back of all users: the last {test_percent} % in time for the test, {valid_percent} % before them for validation")
        }
    });
    report.line(&format!(
        "  {} interactions to train on, {} users asked in validation, {} in the test",
        number(split.train_interactions),
        number(split.valid_users),
        number(split.test_users)
    ));
}

/// A filter as it was asked for.
fn filter(kind: FilterKind, asked: &Filter) -> String {
    let bound = |text: &Option<String>| text.as_deref().map_or_else(|| "…".to_owned(), plain);
    match kind {
        FilterKind::Events => format!(
            "interactions of the kinds {}",
            plain(&asked.events.clone().unwrap_or_default().join(", "))
        ),
        FilterKind::Rating => format!("ratings of at least {}", asked.min_rating.unwrap_or_default()),
        FilterKind::Dates => format!("times from {} to {}", bound(&asked.from), bound(&asked.to)),
        FilterKind::RecentUsers => format!("the {} latest users", number(asked.recent_users.unwrap_or_default())),
        FilterKind::Repeats => match asked.repeats {
            Repeats::Keep => "repeats, all kept".to_owned(),
            Repeats::First => "repeats, the first kept".to_owned(),
            Repeats::Last => "repeats, the last kept".to_owned(),
            Repeats::Consecutive => "repeats right after each other".to_owned(),
        },
        FilterKind::KCore if asked.min_user == asked.min_item => format!("{}-core", asked.min_user),
        FilterKind::KCore => format!("at least {} a user and {} an item", asked.min_user, asked.min_item),
    }
}

fn sequences(report: &mut Report, summary: &Summary) {
    report.section("Interactions of a user");
    report.line(&format!(
        "  mean {}, median {}; density {} %",
        decimal(summary.mean_length),
        decimal(summary.median_length),
        significant(summary.density * 100.0)
    ));
    let most = summary.lengths.iter().map(|bin| bin.users).max().unwrap_or(0).max(1);
    let rows: Vec<Vec<String>> = summary
        .lengths
        .iter()
        .map(|bin| {
            let range = if bin.from == bin.to {
                number(bin.from)
            } else {
                format!("{}–{}", number(bin.from), number(bin.to))
            };
            vec![range, number(bin.users), bar(bin.users, most)]
        })
        .collect();
    report.table(&rows, &[true, true, false]);
    report.section("Popularity of the items");
    let middle = summary.items.div_ceil(2);
    let at_rank = |rank: u32| {
        summary
            .popularity
            .iter()
            .take_while(|point| point[0] <= rank)
            .last()
            .map_or(0, |point| point[1])
    };
    report.line(&format!(
        "  the commonest has {} interactions, the one in the middle about {}, the rarest {}",
        number(at_rank(1)),
        number(at_rank(middle)),
        number(at_rank(u32::MAX))
    ));
    report.line(&format!(
        "  the commonest tenth takes {:.0} % of the interactions, the long tail of the others {:.0} %",
        summary.head_share * 100.0,
        (1.0 - summary.head_share) * 100.0
    ));
}

fn notes(report: &mut Report, summary: &Summary) {
    if !summary.warnings.is_empty() {
        report.section("Before training");
        for warning in &summary.warnings {
            report.line(&format!("  {}", plain(&warning.to_string())));
        }
    }
    if !summary.events.is_empty() {
        let kinds: Vec<String> = summary
            .events
            .iter()
            .map(|event| format!("{} {}", number(event.count), plain(&event.name)))
            .collect();
        report.section("Kinds of interactions");
        report.line(&format!("  {}; `--events` keeps some of them", kinds.join(", ")));
    }
    if !summary.notes.is_empty() {
        report.section("Notes");
        for note in &summary.notes {
            report.line(&format!("  {}", plain(note)));
        }
    }
    if summary.skipped_count > 0 {
        report.section(&format!("Lines left out: {}", number(summary.skipped_count)));
        for skipped in summary.skipped.iter().take(SHOWN_SKIPS) {
            report.line(&format!("  line {}: {}", skipped.line, plain(&skipped.why)));
        }
        if summary.skipped_count as usize > SHOWN_SKIPS.min(summary.skipped.len()) {
            report.line("  …");
        }
    }
}

fn cost(report: &mut Report, inspection: &Inspection) {
    let rate = inspection.bytes as f64 / 1e6 / inspection.read_seconds.max(1e-6);
    let memory = inspection.peak_memory_bytes.map_or_else(String::new, |bytes| {
        format!("; {:.0} MB of memory at most", bytes as f64 / 1e6)
    });
    report.line("");
    report.line(&format!(
        "Read {:.1} MB in {:.2} s ({rate:.0} MB/s), put in order in {:.2} s{memory}.",
        inspection.bytes as f64 / 1e6,
        inspection.read_seconds,
        inspection.assemble_seconds
    ));
}

/// A bar of blocks whose last one tells eighths.
fn bar(value: u32, most: u32) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (f64::from(value) / f64::from(most) * (BAR * 8) as f64).round() as usize;
    // Something is there, however little.
    let eighths = if value > 0 { eighths.max(1) } else { 0 };
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

/// A text out of the file that is safe to print.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
    }
    out
}

/// The same, cut to the width of a cell.
fn cell(text: &str) -> String {
    match text.char_indices().nth(CELL) {
        Some((at, _)) => plain(&text[..at]) + "…",
        None => plain(text),
    }
}

/// The name of a role or a unit, as the command line takes it.
fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().replace('_', "-")
}

fn number(value: u32) -> String {
    count(value as usize)
}

/// 12,345
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// At most one decimal.
fn decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Two significant digits of a small number.
fn significant(value: f64) -> String {
    let decimals = if value > 0.0 && value < 10.0 {
        (1.0 - value.log10().floor()).clamp(0.0, 8.0) as usize
    } else {
        0
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([5.0, 8.26].map(decimal), ["5", "8.3"]);
        assert_eq!([0.0, 0.0734, 6.3, 41.0].map(significant), ["0", "0.073", "6.3", "41"]);
    }

    #[test]
    fn a_bar_is_never_empty_where_there_is_somebody() {
        assert_eq!(
            [bar(0, 10), bar(1, 100_000), bar(5, 10)],
            [String::new(), "▏".to_owned(), "█".repeat(BAR / 2)]
        );
    }

    #[test]
    fn no_text_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(cell(&"x".repeat(30)), "x".repeat(CELL) + "…");
    }
}
