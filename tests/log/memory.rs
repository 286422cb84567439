//! A log of a million interactions takes the memory that is promised.

use contrastvae::log::{ReadOptions, Reader, assemble};
use std::fmt::Write;

#[test]
fn an_interaction_with_rating_and_time_takes_sixteen_bytes() {
    const COUNT: usize = 1_000_000;
    // What the blocks that grow by themselves may hold in reserve.
    const BLOCK: usize = 1024 * 1024;
    let mut reader = Reader::new("a.csv", &ReadOptions::with_k_core(1));
    reader.push(b"userId,movieId,rating,timestamp\n").unwrap();
    let mut lines = String::new();
    for at in 0..COUNT {
        let (user, item) = (at % 9973, at * 31 % 4999);
        writeln!(lines, "{user},{item},{},{}", at % 10, 1_365_000_000 + at * 7).unwrap();
        if lines.len() > 60_000 || at + 1 == COUNT {
            reader.push(lines.as_bytes()).unwrap();
            lines.clear();
        }
    }
    let log = reader.finish().unwrap();
    assert_eq!(log.interactions(), COUNT);
    assert!(log.interaction_bytes() <= 16 * COUNT + BLOCK, "{}", log.interaction_bytes());
    let data = assemble(&log, None, &ReadOptions::with_k_core(1)).unwrap();
    assert_eq!((data.users.len(), data.summary.interactions as usize), (9973, COUNT));
    assert!(data.sequences.iter().all(|sequence| sequence.len() >= COUNT / 9973));
}
