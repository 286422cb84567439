//! Words of dates, in the languages of the page's visitors.
//!
//! In: one word in lower case. Out: the month or the zone that it names, or whether it is a day of the week; [`FILLERS`] say
//! nothing at all.

/// Words that stand in dates and say nothing.
pub(super) const FILLERS: [&str; 20] = [
    "de", "del", "of", "the", "at", "um", "uhr", "à", "le", "el", "las", "los", "st", "nd", "rd", "th", "às", "г", "в", "года",
];

/// Hours by which a zone is ahead of UTC. Names that mean several zones are not among them.
pub(super) fn zone(word: &str) -> Option<i32> {
    Some(match word {
        "est" => -5,
        "edt" => -4,
        "cdt" => -5,
        "mst" => -7,
        "mdt" => -6,
        "pst" => -8,
        "pdt" => -7,
        "cet" => 1,
        "cest" => 2,
        "jst" | "kst" => 9,
        _ => return None,
    })
}

/// Names of the months, a line a month: English, German, French, Spanish, Portuguese, Italian, Dutch, Russian. Three letters and more of one are
/// enough where no other month begins with them.
const MONTHS: [&str; 12] = [
    "january januar jänner janvier enero janeiro gennaio января январь",
    "february februar feber février fevrier febrero fevereiro fév fev febbraio февраля февраль",
    "march märz maerz mars marzo março marco mrz mär maart марта",
    "april avril abril avr abr aprile апреля апрель",
    "may mai mayo maio maggio mei мая май",
    "june juni juin junio junho giugno июня июнь",
    "july juli juillet julio julho luglio июля июль",
    "august août aout agosto aoû ago augustus августа",
    "september septembre septiembre setembro sept set сентября сентябрь",
    "october oktober octobre octubre outubro okt out ottobre октября октябрь",
    "november novembre noviembre novembro ноября ноябрь",
    "december dezember décembre decembre diciembre dezembro dez dic déc декабря декабрь",
];

/// Number of the month that a word names, from 1; `None` if it names none, or could name several.
pub(super) fn month_named(word: &str) -> Option<u32> {
    let letters = word.chars().count();
    let named = |names: &str, short: bool| {
        names
            .split(' ')
            .any(|name| name == word || (short && letters >= 3 && name.starts_with(word)))
    };
    let exact = MONTHS.iter().position(|names| named(names, false));
    let found = exact.or_else(|| {
        // `jui` begins two months in French and is none.
        let mut begun = MONTHS.iter().zip(0..).filter(|(names, _)| named(names, true));
        match (begun.next(), begun.next()) {
            (Some((_, at)), None) => Some(at),
            _ => None,
        }
    })?;
    u32::try_from(found + 1).ok()
}

/// Whether a word is a day of the week, which says nothing that the date does not.
pub(super) fn is_weekday(word: &str) -> bool {
    const DAYS: &str = "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag \
                        sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes \
                        sábado domingo segunda terça quarta quinta sexta mo di mi do fr sa so tues thur thurs";
    let letters = word.chars().count();
    DAYS.split(' ')
        .any(|day| day == word || (letters >= 3 && day.starts_with(word)))
        || ["星期", "週", "周", "禮拜", "礼拜"].iter().any(|mark| word.starts_with(mark))
        || word.contains('曜')
        || word.contains('요')
        || (letters == 1 && "月火水木金土日一二三四五六".contains(word))
}
