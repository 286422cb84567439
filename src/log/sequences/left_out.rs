//! Lines of a table that are no data: a header again, rulers, totals, the count of rows below a printed table.

use crate::log::records::record::Record;
use crate::log::text::ruler::is_ruler;

/// A kind of line that is no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    /// The header once more, as where exports were put one behind the other.
    Header,
    /// `+----+----+`, `(20 rows)`.
    Ruler,
    /// A sum below the table.
    Total,
}

/// Kind of a record that is no data; `None` for any other.
pub(crate) fn is_no_data(record: &Record<'_>) -> Option<Other> {
    let fields = || record.fields().filter(|field| !field.is_empty());
    if is_ruler(fields()) || is_cut(record) || (fields().count() <= 2 && fields().next().is_some_and(counts_rows)) {
        return Some(Other::Ruler);
    }
    let first = String::from_utf8_lossy(fields().next()?).to_lowercase();
    let first = first.trim_end_matches([':', '：', ' ']);
    const TOTALS: [&str; 16] = [
        "total",
        "totals",
        "grand total",
        "sum",
        "summe",
        "gesamt",
        "gesamtsumme",
        "total général",
        "totale",
        "suma",
        "soma",
        "總計",
        "合計",
        "合计",
        "总计",
        "小計",
    ];
    TOTALS.contains(&first).then_some(Other::Total)
}

/// Whether a record stands for rows that were not printed: dots, `only showing top 20 rows`, `# … with 14 more rows`.
pub(crate) fn is_cut(record: &Record<'_>) -> bool {
    let dots = record
        .fields()
        .all(|field| field.iter().all(|b| b". \xe2\x80\xa6".contains(b)));
    let text = || String::from_utf8_lossy(record.bytes).to_lowercase().replace(' ', "");
    dots || (record.used() <= 8
        && ["onlyshowing", "morerows", "morerow", "omitted"]
            .iter()
            .any(|words| text().contains(words)))
}

/// `(20 rows)`, `20 rows in set (0.01 sec)`.
fn counts_rows(field: &[u8]) -> bool {
    let text = String::from_utf8_lossy(field).to_lowercase();
    let text = text.trim_start_matches(['(', '[']);
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let words = rest.trim_start();
    rest.len() < text.len()
        && ["row", "rows", "zeile", "zeilen", "資料列", "筆"]
            .iter()
            .any(|word| words.starts_with(word))
        && words.len() < 40
}
