//! Tables in which each line is a user and each column an item.

use crate::log::meaning::ballot::Ballot;
use crate::log::meaning::names::meaning;

/// Whether all columns but the first hold few small numbers and none has a name that is known.
pub(super) fn is_matrix(header: Option<&[String]>, ballot: &Ballot<'_>) -> bool {
    const LEAST: usize = 6;
    let named = |name: &String| meaning(name).is_some();
    let unknown = header.is_none_or(|header| !header.iter().skip(1).any(named));
    let cells: Vec<_> = (1..ballot.width()).map(|at| ballot.looks(at)).collect();
    let small = cells.iter().filter(|looks| looks.filled == 0 || looks.like_ratings()).count();
    let filled = cells.iter().map(|looks| looks.filled).max().unwrap_or(0);
    // Identifiers have no fractions, are not negative, and none of them is 0 in every column.
    let rated = cells
        .iter()
        .filter(|looks| looks.fractions > 0.0 || looks.least <= 0.0)
        .count();
    unknown && cells.len() >= LEAST && small == cells.len() && filled >= 2 && rated * 10 >= cells.len() * 8
}
