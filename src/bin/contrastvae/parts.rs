//! A part of a work that several machines share: which one, what belongs to it, and the file of its own that it writes.
//!
//! In: `K/N`, and the file or folder of the whole. Out: a range of the work, and the name of the part's file. What belongs to a part follows
//! from the work and from N alone, so that parts know nothing of each other and any scheduler may run them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;

use crate::failure::{Failure, print, print_json};
use crate::pseudonyms::Pseudonyms;

/// Most parts of one work; more would hardly be meant.
const MOST_PARTS: usize = 100_000;

/// One of several parts of a work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 0.
    at: usize,
    of: usize,
}

/// The argument of the commands that may do a part.
#[derive(Debug, Default, clap::Args)]
pub struct PartArgument {
    /// Only part K of N, into a file of its own: lists-2-of-7.csv for 2/7 of lists.csv; one that is there is not made again
    #[arg(long, value_name = "K/N", requires = "out")]
    pub part: Option<Part>,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split_once('/')
            .and_then(|(part, of)| Some((part.parse::<usize>().ok()?, of.parse::<usize>().ok()?)));
        match numbers {
            Some((part, of)) if (1..=of).contains(&part) && of <= MOST_PARTS => Ok(Self { at: part - 1, of }),
            _ => Err(format!(
                "a part is written K/N with K from 1 to N, such as 2/7, and N is {MOST_PARTS} at most"
            )),
        }
    }
}

impl Part {
    /// Of `count` things in blocks of `block`, those of this part: whole blocks, side by side, so that what is computed a block at a time
    /// has the bits that it has in the whole.
    pub fn range(self, count: usize, block: usize) -> Range<usize> {
        let block = block.max(1);
        let blocks = count.div_ceil(block);
        let first = |part: usize| (part * blocks / self.of * block).min(count);
        first(self.at)..first(self.at + 1)
    }

    /// Every N-th thing: what costs alike stands side by side, and goes to different parts.
    pub fn every<T>(self, things: Vec<T>) -> Vec<T> {
        things.into_iter().skip(self.at).step_by(self.of).collect()
    }

    /// The part's own file beside that of the whole, `NAME-K-of-N.ENDING`; as many digits for each, so that names sort as parts do.
    pub fn path(self, whole: &Path) -> PathBuf {
        let digits = self.of.to_string().len();
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("{}-{:0digits$}-of-{}", text(whole.file_stem()), self.at + 1, self.of);
        whole.with_file_name(match whole.extension() {
            Some(ending) => format!("{name}.{}", ending.to_string_lossy()),
            None => name,
        })
    }

    /// All parts of a work in so many.
    pub fn all(of: usize) -> impl Iterator<Item = Self> {
        (0..of).map(move |at| Self { at, of })
    }
}

impl PartArgument {
    /// Where the work goes: the file of the whole, or that of the part.
    pub fn out(&self, whole: &Path) -> Result<PathBuf, Failure> {
        match self.part {
            Some(_) if whole == Path::new("-") => Err(Failure::Input(
                "A part is a file that is there whole or not at all; name one with --out.".to_owned(),
            )),
            Some(part) => Ok(part.path(whole)),
            None => Ok(whole.to_owned()),
        }
    }

    /// Error if there is to be a part of what is not made in parts, which `what` says, or with pseudonyms.
    pub fn check(&self, in_parts: bool, what: &str, pseudonyms: &Pseudonyms) -> Result<(), Failure> {
        match self.part {
            Some(_) if !in_parts => Err(Failure::Input(format!("--part is for {what}; leave it out."))),
            Some(_) if pseudonyms.are_wanted() => Err(Failure::Input(
                "Parts that run at once would each draw pseudonyms of their own; leave out --part or --pseudonyms.".to_owned(),
            )),
            _ => Ok(()),
        }
    }

    /// Those of `count` things that are to be done.
    pub fn range(&self, count: usize, block: usize) -> Range<usize> {
        self.part.map_or(0..count, |part| part.range(count, block))
    }

    /// Says that the part is there, and returns true, if it is: it took its name when it was whole.
    pub fn is_there(&self, out: &Path, json: bool) -> Result<bool, Failure> {
        let there = self.part.is_some() && out.exists();
        if there {
            tell_there(out, json)?;
        }
        Ok(there)
    }
}

/// A part that is not done again, for programs.
#[derive(Serialize)]
struct There<'a> {
    there: &'a Path,
}

/// Says that a part is there.
pub fn tell_there(out: &Path, json: bool) -> Result<(), Failure> {
    match json {
        true => print_json(&There { there: out }),
        false => print(&format!(
            "{} is there and is not made again; delete it to have it made anew.\n",
            out.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> Part {
        text.parse().unwrap()
    }

    #[test]
    fn parts_of_any_number_are_the_whole_in_whole_blocks() {
        for (count, block) in [(0, 4), (1, 4), (100, 1), (1_000, 64), (1_001, 64), (63, 64)] {
            for of in [1, 2, 7, 200] {
                let ranges: Vec<_> = Part::all(of).map(|part| part.range(count, block)).collect();
                assert_eq!((ranges[0].start, ranges[of - 1].end), (0, count));
                assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
                assert!(ranges.iter().all(|range| range.start % block == 0 || range.start == count));
                let most = ranges.iter().map(ExactSizeIterator::len).max().unwrap();
                assert!(most <= count.div_ceil(block).div_ceil(of) * block, "{count} in {of}: {most}");
            }
        }
    }

    #[test]
    fn every_thing_belongs_to_one_part() {
        let parts: Vec<Vec<i32>> = Part::all(3).map(|part| part.every((0..7).collect())).collect();
        assert_eq!(parts, [vec![0, 3, 6], vec![1, 4], vec![2, 5]]);
    }

    #[test]
    fn a_part_has_a_file_of_its_own() {
        assert_eq!(part("2/7").path(Path::new("a/lists.csv")), Path::new("a/lists-2-of-7.csv"));
        assert_eq!(part("2/12").path(Path::new("lists")), Path::new("lists-02-of-12"));
    }

    #[test]
    fn what_is_no_part_is_told() {
        for text in ["0/7", "8/7", "2", "2/", "a/b", "-1/3", "1/100001", "0/0"] {
            assert!(text.parse::<Part>().unwrap_err().contains("K from 1 to N"), "{text}");
        }
    }
}
