//! Reads an invented log before the visitor's comes, so that theirs is read at full speed from its first line.
//!
//! In: the queue of commands. Out: nothing; what was read is dropped. Browsers compile WebAssembly twice: quickly when a function is
//! first called, well once it has been called often, and a log of a million lines is half read by then. The worker has nothing else
//! to do until somebody asks for something, and leaves off as soon as somebody does.

use std::{fmt::Write, io::Cursor};

use async_channel::Receiver;

use super::{clock::give_way, protocol::Command};
use crate::log::{LogError, NamedSource, Opening, ReadOptions, assemble};

/// Lines of the invented log: about 1 MB, enough for browsers to compile the reader well.
const LINES: u32 = 50_000;
const FIRST_TIME: u32 = 1_400_000_000;

/// Reads the invented log piece by piece; a waiting command ends it.
pub async fn warm_up(commands: &Receiver<Command>) {
    // Nobody asked for this log, so nobody need hear of an error in it.
    let _ = read(commands).await;
}

async fn read(commands: &Receiver<Command>) -> Result<(), LogError> {
    let mut text = String::from("user,item,rating,timestamp\n");
    for line in 0..LINES {
        // Neighbouring lines have nothing in common, as in a log of many users at once.
        let mixed = line.wrapping_mul(0x9e37_79b1);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "u{},i{},{}.5,{}",
            (mixed >> 8) % 5_000,
            (mixed >> 4) % 1_500,
            mixed % 5,
            FIRST_TIME + line
        );
    }
    let source = NamedSource {
        name: "warm-up.csv".to_string(),
        source: Box::new(Cursor::new(text.into_bytes())),
    };
    let options = ReadOptions::with_k_core(2);
    let mut opening = Opening::new(vec![source], &options)?;
    loop {
        give_way().await;
        if !commands.is_empty() {
            return Ok(());
        }
        if !opening.step()? {
            break;
        }
    }
    let (log, _) = opening.finish()?;
    assemble(&log, None, &options)?;
    Ok(())
}
