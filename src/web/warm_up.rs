//! Reads an invented log before the visitor's comes, so that theirs is read at full speed from its first line.
//!
//! In: nothing. Out: nothing; what was read is dropped. Browsers compile WebAssembly twice: quickly when a function is first called,
//! well once it has been called often, and a log of a million lines is half read by then. The session takes a step whenever nobody
//! waits for anything, until a log is loaded. There are two such logs, since quoted titles are another way through the reader.

use std::{fmt::Write, io::Cursor};

use crate::log::{LogError, NamedSource, Opening, RawLog, ReadOptions, assemble};

/// Lines of the log of numbers: about 1 MB, enough for browsers to compile the reader well.
const LINES: u32 = 50_000;
/// Lines of the one with titles.
const TITLED_LINES: u32 = 20_000;
const FIRST_TIME: u32 = 1_400_000_000;
/// How often the log is put in order: once is too little for browsers to compile that well, since each of its steps is short.
const ASSEMBLIES: u32 = 8;

/// The reading of the invented logs, as far as it is done.
#[derive(Default)]
pub enum WarmUp {
    #[default]
    Due,
    /// The log with titles, and then the one without.
    Reading(Box<Opening>, Option<Box<Opening>>),
    /// Read; to be put in order so many times.
    Read(Box<RawLog>, u32),
    Done,
}

impl WarmUp {
    /// Reads a piece; false where there is nothing more to read.
    pub fn step(&mut self) -> bool {
        // Nobody asked for this log, so nobody need hear of an error in it.
        self.read().unwrap_or(false)
    }

    fn read(&mut self) -> Result<bool, LogError> {
        let options = ReadOptions::with_k_core(2);
        let opening = |titles| Opening::new(vec![invented(titles)], &options).map(Box::new);
        *self = match std::mem::replace(self, WarmUp::Done) {
            WarmUp::Due => WarmUp::Reading(opening(true)?, Some(opening(false)?)),
            WarmUp::Reading(mut opening, next) => match (opening.step()?, next) {
                (true, next) => WarmUp::Reading(opening, next),
                (false, Some(next)) => WarmUp::Reading(next, None),
                (false, None) => WarmUp::Read(Box::new(opening.finish()?.0), ASSEMBLIES),
            },
            WarmUp::Read(log, times @ 1..) => {
                assemble(&log, None, &options)?;
                WarmUp::Read(log, times - 1)
            }
            WarmUp::Read(_, 0) | WarmUp::Done => return Ok(false),
        };
        Ok(true)
    }
}

/// A log of numbers, or one with a title for each item.
fn invented(titles: bool) -> NamedSource {
    let mut text = String::from("user,item,rating,timestamp");
    text += if titles { ",title\n" } else { "\n" };
    for line in 0..if titles { TITLED_LINES } else { LINES } {
        // Neighbouring lines have nothing in common, as in a log of many users at once.
        let mixed = line.wrapping_mul(0x9e37_79b1);
        let item = (mixed >> 4) % 1_500;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "u{},i{item},{}.5,{}",
            (mixed >> 8) % 5_000,
            mixed % 5,
            FIRST_TIME + line
        );
        let _ = match (titles, item % 4) {
            (false, _) => writeln!(text),
            (true, 0) => writeln!(text, ",\"A \"\"doubled\"\" title, {item}\""),
            (true, _) => writeln!(text, ",\"A title with a comma, {item}\""),
        };
    }
    NamedSource {
        name: "warm-up.csv".to_string(),
        source: Box::new(Cursor::new(text.into_bytes())),
    }
}
