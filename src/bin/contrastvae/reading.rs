//! Reading a log, as every subcommand that needs one does.
//!
//! In: paths, and the options that say how the columns are meant, what is left out and what is held back. Out: a [`Log`], or a
//! sentence that names the path. What the file looks like is found out first; the options correct that. In the place of a path
//! there may stand `example`, the generated shop of the page, with numbers of its own where they are wanted
//! (`example:users=300,seed=2`); a file of that name is read as a file. A folder is a log in parts.

mod input;
mod options;

use std::path::Path;
use std::time::Instant;

use contrastvae::log::{Dataset, Example, ItemTable, Opening, Preview, RawLog, ReadOptions, assemble, generate_log};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::reading::input::{Input, opening};

pub use crate::reading::input::cannot_open;
pub use crate::reading::options::Options;

/// The name of the generated example in the place of a path.
const EXAMPLE: &str = "example";

/// A log that was read.
pub struct Log {
    /// How it was read, filtered and split.
    pub options: ReadOptions,
    /// The sequences, with their summary.
    pub data: Dataset,
    /// How the file was understood.
    pub preview: Option<Preview>,
    /// Bytes of the files.
    pub bytes: u64,
    /// From the first look at the files to their end.
    pub read_seconds: f64,
    /// Filter, order in time and split.
    pub assemble_seconds: f64,
    /// Bytes that an interaction takes in memory while it is read.
    pub bytes_per_interaction: f64,
}

/// Reads a log and, where there is one, a file of item titles; the two may come in any order.
pub fn read(paths: &[&Path], options: &Options) -> Result<Log, Failure> {
    if let Some(example) = example(paths)? {
        return made(&example, options.of_an_example()?);
    }
    let inputs = paths.iter().map(|path| Input::new(path)).collect::<Result<Vec<_>, _>>()?;
    let read_options = options.read_options(&inputs)?;
    read_inputs(&inputs, read_options, |preview| options.check_columns(preview))
}

/// Reads a log with options that are known, such as those of a run.
pub fn read_with(paths: &[&Path], options: &ReadOptions) -> Result<Log, Failure> {
    if let Some(example) = example(paths)? {
        return made(&example, options.clone());
    }
    let inputs = paths.iter().map(|path| Input::new(path)).collect::<Result<Vec<_>, _>>()?;
    read_inputs(&inputs, options.clone(), |_| Ok(()))
}

/// Reads a log and hands it over as it was read, before any filter, with the options that say what is left out.
pub fn read_raw(paths: &[&Path], options: &Options) -> Result<(RawLog, ReadOptions), Failure> {
    if let Some(example) = example(paths)? {
        return Ok((generate_log(&example)?, options.of_an_example()?));
    }
    let inputs = paths.iter().map(|path| Input::new(path)).collect::<Result<Vec<_>, _>>()?;
    let read_options = options.read_options(&inputs)?;
    let (opening, _) = opened(&inputs, &read_options, |preview| options.check_columns(preview))?;
    Ok((opening.finish()?.0, read_options))
}

fn read_inputs(
    inputs: &[Input],
    read_options: ReadOptions,
    check: impl Fn(&Preview) -> Result<(), Failure>,
) -> Result<Log, Failure> {
    let started = Instant::now();
    let (opening, bytes) = opened(inputs, &read_options, check)?;
    let preview = opening.preview();
    let (raw, items) = opening.finish()?;
    let read_seconds = started.elapsed().as_secs_f64();
    let log = assembled(&raw, items.as_ref(), read_options, read_seconds)?;
    Ok(Log { preview, bytes, ..log })
}

/// Reads to the end of the files, with a progress bar; also how many bytes they have.
fn opened(
    inputs: &[Input],
    read_options: &ReadOptions,
    check: impl Fn(&Preview) -> Result<(), Failure>,
) -> Result<(Opening, u64), Failure> {
    let mut opening = opening(inputs, read_options)?;
    let bytes = opening.progress().bytes_total;
    let progress = Progress::of_bytes("Reading", bytes);
    let mut checked = false;
    while opening.step()? {
        progress.set(opening.progress().bytes_done);
        // As soon as it is known, rather than after a whole file.
        if let (false, Some(preview)) = (checked, opening.preview()) {
            check(&preview)?;
            checked = true;
        }
    }
    drop(progress);
    let preview = opening.preview();
    if let (false, Some(preview)) = (checked, &preview) {
        check(preview)?;
    }
    Ok((opening, bytes))
}

/// The sequences of what was read.
fn assembled(raw: &RawLog, items: Option<&ItemTable>, options: ReadOptions, read_seconds: f64) -> Result<Log, Failure> {
    let _progress = Progress::of_work("Putting the sequences in order");
    let started = Instant::now();
    let data = assemble(raw, items, &options)?;
    Ok(Log {
        data,
        preview: None,
        bytes: 0,
        read_seconds,
        assemble_seconds: started.elapsed().as_secs_f64(),
        options,
        bytes_per_interaction: raw.interaction_bytes() as f64 / raw.interactions().max(1) as f64,
    })
}

/// The example that the only path stands for; none where it is the path of a file.
fn example(paths: &[&Path]) -> Result<Option<Example>, Failure> {
    let [path] = paths else { return Ok(None) };
    let after = path.to_str().and_then(|name| name.strip_prefix(EXAMPLE));
    match after.filter(|_| !path.exists()) {
        Some("") => Ok(Some(Example::default())),
        Some(after) => after.strip_prefix(':').map(example_of).transpose(),
        None => Ok(None),
    }
}

/// The example with some of its numbers given, as in `users=300,seed=2`.
fn example_of(numbers: &str) -> Result<Example, Failure> {
    let refused = |why: &str| Failure::Input(format!("There is no example {numbers}: {why}."));
    let mut given = serde_json::Map::new();
    for pair in numbers.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| refused("its numbers are written as in example:users=300,seed=2"))?;
        let value = serde_json::from_str(value).map_err(|_| refused(&format!("{value} is no number")))?;
        given.insert(key.to_owned(), value);
    }
    serde_json::from_value(given.into()).map_err(|error| refused(&error.to_string()))
}

fn made(example: &Example, options: ReadOptions) -> Result<Log, Failure> {
    let started = Instant::now();
    let raw = generate_log(example)?;
    assembled(&raw, None, options, started.elapsed().as_secs_f64())
}
