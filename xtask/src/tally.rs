//! Counts and times out of the summaries of test programs.
//!
//! In: what nextest, `cargo test`, vitest or Playwright printed. Out: a [`Tally`], `None` if there is no summary; and the tests that took longest.

use crate::stage::Tally;

/// The five tests that took longest.
pub fn slowest(times: &mut [(f64, String)]) -> String {
    times.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let five: Vec<String> = times
        .iter()
        .take(5)
        .map(|(seconds, name)| format!("{name} {seconds:.1} s"))
        .collect();
    format!("slowest: {}", five.join(" · "))
}

/// Seconds and name of a test that passed, from the line of nextest or of Playwright's list.
pub fn timed(line: &str) -> Option<(f64, String)> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("PASS [") {
        let (seconds, name) = rest.split_once("s]")?;
        return Some((seconds.trim().parse().ok()?, name.split_whitespace().last()?.to_owned()));
    }
    let (name, time) = line
        .strip_prefix("ok ")
        .or_else(|| line.strip_prefix('\u{2713}'))?
        .strip_suffix(')')?
        .rsplit_once(" (")?;
    let seconds = if let Some(milliseconds) = time.strip_suffix("ms") {
        milliseconds.parse::<f64>().ok()? / 1e3
    } else if let Some(minutes) = time.strip_suffix('m') {
        minutes.parse::<f64>().ok()? * 60.0
    } else {
        time.strip_suffix('s')?.parse().ok()?
    };
    let name = name.rsplit_once("tests/browser/").map_or(name, |(_, name)| name);
    Some((seconds, name.trim().to_owned()))
}

/// The number before a word: 12 in `12 passed`.
fn number_before(text: &str, word: &str) -> usize {
    let words: Vec<&str> = text
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .filter(|pair| pair[1] == word)
        .filter_map(|pair| pair[0].parse::<usize>().ok())
        .sum()
}

/// `Summary [   0.5s] 14 tests run: 13 passed (1 slow), 1 failed, 2 skipped`
pub fn nextest_tally(output: &str) -> Option<Tally> {
    let line = output.lines().rfind(|line| line.trim_start().starts_with("Summary ["))?;
    let failed = number_before(line, "failed") + number_before(line, "timed");
    Some(Tally {
        passed: number_before(line, "passed"),
        failed,
        skipped: number_before(line, "skipped"),
    })
}

/// `test result: ok. 5 passed; 0 failed; 1 ignored; …`, one line a binary
pub fn cargo_test_tally(output: &str) -> Option<Tally> {
    let mut total = None;
    for line in output.lines().filter(|line| line.starts_with("test result:")) {
        let found = Tally {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed"),
            skipped: number_before(line, "ignored"),
        };
        *total.get_or_insert_with(Tally::default) += found;
    }
    total
}

/// `      Tests  1 failed | 4 passed (5)`
pub fn vitest_tally(output: &str) -> Option<Tally> {
    let line = output.lines().rfind(|line| line.trim_start().starts_with("Tests "))?;
    Some(Tally {
        passed: number_before(line, "passed"),
        failed: number_before(line, "failed"),
        skipped: number_before(line, "skipped"),
    })
}

/// Lines of their own: `  1 failed`, `  2 skipped`, `  12 passed (30.1s)`
pub fn playwright_tally(output: &str) -> Option<Tally> {
    let count = |word: &str| {
        let line = |line: &&str| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(|number| number.parse::<usize>().is_ok()) && words.next() == Some(word)
        };
        output.lines().rfind(line).map_or(0, |line| number_before(line, word))
    };
    let failed = count("failed") + count("interrupted") + count("did");
    let tally = Tally {
        passed: count("passed") + count("flaky"),
        failed,
        skipped: count("skipped"),
    };
    (tally != Tally::default()).then_some(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn times_are_read_and_the_slowest_named() {
        let lines = "        PASS [   1.234s] contrastvae::native run::it_learns
              ok  3 tests/browser/example.spec.ts:12:1 › the example (2 of 3) learns (1.5m)
              ✓  4 tests/browser/map.spec.ts:1:1 › a map (345ms)
        FAIL [   9.000s] contrastvae::native run::it_fails
        Summary [   0.512s] 14 tests run: 13 passed";
        let mut times: Vec<_> = lines.lines().filter_map(timed).collect();
        let said = "slowest: example.spec.ts:12:1 › the example (2 of 3) learns 90.0 s · run::it_learns 1.2 s · \
                    map.spec.ts:1:1 › a map 0.3 s";
        assert_eq!(slowest(&mut times), said);
    }

    #[test]
    fn summaries_of_all_test_programs_are_read() {
        let nextest = "     Summary [   0.512s] 14 tests run: 13 passed (1 slow), 1 failed, 2 skipped";
        assert_eq!(nextest_tally(nextest), tally(13, 1, 2));
        let cargo = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                     test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(cargo_test_tally(cargo), tally(7, 3, 1));
        assert_eq!(
            vitest_tally(" Test Files  1 passed (1)\n      Tests  1 failed | 4 passed (5)"),
            tally(4, 1, 0)
        );
        let playwright = "  ok 1 learns visibly (3 passed before)\n\n  1 failed\n    a.spec.ts\n  2 skipped\n  12 passed (30.1s)";
        assert_eq!(playwright_tally(playwright), tally(12, 1, 2));
        assert_eq!(playwright_tally("Error: No tests found"), None);
    }
}
