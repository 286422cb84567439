//! Questions about a name that are not which role it has.

use crate::log::meaning::names::{
    CJK_OTHER_DATES, DURATIONS, FIXED_DATES, ID_WORDS, Meaning, OTHER_DATES, WORDS, has, of_word, words,
};

/// Whether a name is that of a time that an interaction took, rather than of one at which it happened.
pub(crate) fn is_duration(name: &str) -> bool {
    let words = words(name);
    // `watched at` is a moment.
    let moment = words
        .last()
        .is_some_and(|word| word == "at" || word.ends_with("date") || word.ends_with("datum"));
    let long = |word: &String| has(DURATIONS, word) || word.ends_with("dauer");
    !moment && words.iter().any(long) || ["時長", "时长", "所要"].iter().any(|piece| name.contains(piece))
}

/// Whether a word for a date or a time is anywhere in a name, and none that says that it is another one.
pub(crate) fn mentions_time(name: &str) -> bool {
    let words = words(name);
    let other = |word: &String| has(OTHER_DATES, word) || has(FIXED_DATES, word);
    words.iter().any(|word| of_word(word) == Some(Meaning::Time)) && !words.iter().any(other)
}

/// Whether a date of this name can be that of no interaction: a birthday, a release.
pub(crate) fn is_fixed_date(name: &str) -> bool {
    let fixed = |word: &String| has(FIXED_DATES, word) || word.strip_suffix("date").is_some_and(|begin| has(FIXED_DATES, begin));
    words(name).iter().any(fixed) || CJK_OTHER_DATES.split(' ').take(7).any(|piece| name.contains(piece))
}

/// Whether a name ends in a word for identifiers: `listing id`.
pub(crate) fn is_identifier(name: &str) -> bool {
    words(name).last().is_some_and(|word| has(ID_WORDS, word))
}

/// How surely a name counts the interactions of a user: `step`, `seq_no`, `order number`.
pub(crate) fn counts_up(name: &str) -> Option<f32> {
    const STEPS: &str = "step seq sequence position pos rank turn index idx order";
    let words = words(name);
    let numbered = words
        .last()
        .is_some_and(|word| ["number", "no", "nr", "num", "idx", "index"].contains(&word.as_str()));
    let last = words
        .iter()
        .rev()
        .find(|word| !["number", "no", "nr", "num"].contains(&word.as_str()));
    match last.map(String::as_str) {
        Some("order") => Some(if numbered { 0.6 } else { 0.4 }),
        Some(step) => has(STEPS, step).then_some(0.5),
        None => None,
    }
}

/// Whether a name is that of several: `items`, `products`.
pub(crate) fn is_plural(name: &str) -> bool {
    let words = words(name);
    let one = words.last().and_then(|word| word.strip_suffix('s'));
    one.is_some_and(|one| {
        WORDS
            .iter()
            .any(|(meaning, list)| *meaning == Meaning::Item && has(list, one))
    })
}

/// Names of the year, the month, the day, the hour, the minute and the second, a line each.
const PARTS: [&str; 6] = [
    "year yr yyyy y jahr année annee año ano anno 年 年份 연도 년",
    "month mon mm m monat mois mes mês mese 月 月份 월",
    "day dd dom d tag jour día dia giorno 日 일",
    "hour hr hh h stunde heure hora ora 時 时 小時 小时 点 시",
    "minute min mi minuto 分 分鐘 分钟 분",
    "second sec ss sekunde seconde segundo 秒 초",
];

/// Part of a date or of a time of day that a column holds by its name, from 0 for the year to 5 for the second.
pub(crate) fn date_part(name: &str) -> Option<usize> {
    const NEITHER: &str = "week weekday dow wday since diff per count total num number quarter name last next age until";
    let words = words(name);
    let other = |word: &String| has(NEITHER, word) || has(OTHER_DATES, word) || has(DURATIONS, word);
    if is_fixed_date(name) || words.iter().any(other) {
        return None;
    }
    let part = |word: &String| PARTS.iter().position(|names| has(names, word));
    // `day of month`; `交易年` has no space.
    words.iter().find_map(part).or_else(|| {
        let last = name.trim().char_indices().last().filter(|(_, last)| !last.is_ascii())?;
        part(&name.trim()[last.0..].to_owned())
    })
}
