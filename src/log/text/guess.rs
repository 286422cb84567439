//! The encoding of a text by how its bytes are built, without tables.
//!
//! In: a sample. Out: the name of an encoding. Each encoding with two bytes a sign has its common signs in its own range of first bytes; the
//! encoding in which the pairs are commonest wins, and a text that is built in none of these ways is Western.

/// The likeliest encoding of a text that is not UTF-8.
pub(crate) fn by_bytes(sample: &[u8]) -> &'static str {
    if is_half_width(sample) {
        return "shift_jis";
    }
    let scores = [
        ("gb18030", score(sample, gbk)),
        ("big5", score(sample, big5)),
        ("shift_jis", score(sample, shift_jis)),
        ("euc-kr", score(sample, euc_kr)),
        ("euc-jp", score(sample, euc_jp)),
    ];
    let best = scores.iter().max_by_key(|(_, score)| *score).filter(|(_, score)| *score > 0);
    match best {
        Some((name, _)) => name,
        None if cyrillic(sample) => "windows-1251",
        None if is_hungarian(sample) => "windows-1250",
        None => "windows-1252",
    }
}

/// Points of a pair of bytes; `None` if it is none.
type Pair = fn(u8, u8) -> Option<i64>;

fn score(sample: &[u8], pair: Pair) -> i64 {
    let (mut at, mut points, mut signs) = (0, 0, 0);
    while let Some(&first) = sample.get(at) {
        if first.is_ascii() {
            at += 1;
            continue;
        }
        let Some(&second) = sample.get(at + 1) else { break };
        match pair(first, second) {
            Some(value) => {
                points += value;
                at += 2;
            }
            None => {
                points -= 12;
                at += 1;
            }
        }
        signs += 1;
    }
    if signs == 0 { 0 } else { points * 100 / signs }
}

fn gbk(first: u8, second: u8) -> Option<i64> {
    match (first, second) {
        // The commonest signs of GB 2312, then the rarer ones, then what only GBK has.
        (0xb0..=0xd7, 0xa1..=0xfe) => Some(4),
        (0xd8..=0xf7, 0xa1..=0xfe) => Some(1),
        (0xa1..=0xa3, 0xa1..=0xfe) => Some(2),
        (0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe) => Some(-3),
        _ => None,
    }
}

fn big5(first: u8, second: u8) -> Option<i64> {
    match (first, second) {
        (0xa4..=0xc6, 0x40..=0x7e) => Some(5),
        (0xa4..=0xc6, 0xa1..=0xfe) => Some(3),
        (0xa1..=0xa3, 0x40..=0x7e | 0xa1..=0xfe) => Some(1),
        (0xc9..=0xf9, 0x40..=0x7e | 0xa1..=0xfe) => Some(-2),
        _ => None,
    }
}

fn shift_jis(first: u8, second: u8) -> Option<i64> {
    match (first, second) {
        (0x82, 0x9f..=0xf1) | (0x83, 0x40..=0x96) => Some(6),
        (0x81, 0x40..=0xac) => Some(2),
        (0x88..=0x97, 0x40..=0x7e | 0x80..=0xfc) => Some(4),
        (0x98..=0x9f | 0xe0..=0xea, 0x40..=0x7e | 0x80..=0xfc) => Some(0),
        _ => None,
    }
}

fn euc_kr(first: u8, second: u8) -> Option<i64> {
    match (first, second) {
        (0xb0..=0xc8, 0xa1..=0xfe) => Some(5),
        (0xa1..=0xa3, 0xa1..=0xfe) => Some(1),
        (0xca..=0xfd, 0xa1..=0xfe) => Some(-6),
        // The syllables that KS X 1001 has not.
        (0x81..=0xc6, 0x41..=0x5a | 0x61..=0x7a | 0x81..=0xfe) => Some(-2),
        _ => None,
    }
}

fn euc_jp(first: u8, second: u8) -> Option<i64> {
    match (first, second) {
        (0xa4, 0xa1..=0xf3) | (0xa5, 0xa1..=0xf6) => Some(6),
        (0xb0..=0xcf, 0xa1..=0xfe) => Some(3),
        (0xa1, 0xa1..=0xfe) => Some(1),
        (0xd0..=0xf4, 0xa1..=0xfe) => Some(-1),
        _ => None,
    }
}

/// Whether a text is katakana of half the width, one byte a sign: none of its bytes is beyond them, signs do not come in pairs, and those
/// are common that follow other ones (the long vowel, the small tsu, n, and both marks of voice).
pub(crate) fn is_half_width(sample: &[u8]) -> bool {
    let (mut runs, mut odd, mut signs, mut following) = (0, 0, 0, 0);
    for run in sample.split(u8::is_ascii).filter(|run| !run.is_empty()) {
        if run.iter().any(|byte| !(0xa1..=0xdf).contains(byte)) {
            return false;
        }
        runs += 1;
        odd += run.len() % 2;
        signs += run.len();
        following += run[1..]
            .iter()
            .filter(|byte| matches!(byte, 0xaf | 0xb0 | 0xdd..=0xdf))
            .count();
    }
    odd > 0 && signs >= runs * 2 && following * 8 >= signs
}

/// Whether a text of EUC-JP has kana, without which it is hardly Japanese.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn has_kana(sample: &[u8]) -> bool {
    sample.windows(2).any(|pair| matches!(pair, [0xa4 | 0xa5, 0xa1..=0xf6]))
}

/// Whether a text can be of the common signs of GB 2312.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn is_simplified(sample: &[u8]) -> bool {
    score(sample, gbk) > 0
}

/// Whether a text of single bytes has the long letters that Hungarian alone has, and none that it has not. As Windows-1252 they are those of
/// `õe` in Portuguese and `û` in French, which come with others.
pub(crate) fn is_hungarian(sample: &[u8]) -> bool {
    let letters = |wanted: &[u8]| sample.iter().filter(|byte| wanted.contains(byte)).count();
    let portuguese = sample
        .windows(2)
        .filter(|pair| matches!(pair, [0xf5 | 0xd5, b'e' | b'E']))
        .count();
    let foreign = sample.iter().filter(|&&byte| {
        byte >= 0x80 && !b"\xc1\xc9\xcd\xd3\xd5\xd6\xda\xdb\xdc\xe1\xe9\xed\xf3\xf5\xf6\xfa\xfb\xfc".contains(&byte)
    });
    let (o, u) = (letters(b"\xf5\xd5"), letters(b"\xfb\xdb"));
    let acute = letters(b"\xc1\xc9\xcd\xd3\xe1\xe9\xed\xf3\xfa\xf6\xfc");
    let long_o = o > portuguese && acute + u > 0;
    let long_u = u > 0 && o + letters(b"\xed\xf3\xfa\xf6") > 0;
    (long_o || long_u) && foreign.count() == 0
}

/// Whether half of the words with letters above ASCII are none that anybody writes: control characters, signs or capitals within a word,
/// Latin letters beside those of another script.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn is_odd(text: &str) -> bool {
    let words = text.split(|c: char| c.is_ascii() && !c.is_ascii_alphabetic());
    let (mut all, mut odd) = (0, 0);
    for word in words.filter(|word| !word.is_ascii()) {
        let unreadable = |c: char| c.is_control() || c == '\u{fffd}';
        let latin = word.chars().any(|c| c.is_alphabetic() && c < '\u{370}');
        let other = word.chars().any(|c| c.is_alphabetic() && c >= '\u{370}');
        let chars: Vec<char> = word.chars().collect();
        let inner = word.trim_matches(|c: char| !c.is_alphabetic());
        let inside = inner.chars().any(|c| !c.is_alphanumeric() && !"’·".contains(c));
        let capital = chars
            .windows(2)
            .any(|two| two[0].is_lowercase() && two[1].is_uppercase() && !two[1].is_ascii());
        all += 1;
        odd += usize::from(word.chars().any(unreadable) || (latin && other) || inside || capital);
    }
    all > 0 && odd * 2 >= all
}

/// Letters above ASCII in rows, as Cyrillic words are and Western words are not.
fn cyrillic(sample: &[u8]) -> bool {
    let high = sample.iter().filter(|&&b| b >= 0xc0).count();
    let in_rows = sample.windows(3).filter(|three| three.iter().all(|&b| b >= 0xc0)).count();
    high >= 12 && in_rows * 2 > high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_detector_on_usual_texts() {
        for (text, name) in [
            ("會員卡號商品編號交易日期燈籠紅茶壺毛筆竹椅小明大山", "big5"),
            ("用户商品时间红茶壶木雕毛笔套装类别青花瓷清明上河图", "gb18030"),
            ("ユーザー商品日時あかい急須みどりのたぬき", "shift_jis"),
            ("ユーザー商品日時あかい急須みどりのたぬき", "euc-jp"),
            ("사용자상품날짜빨간주전자한국어책", "euc-kr"),
            ("Müller, Straße; Bär; À l'école; façade; Löhr", "windows-1252"),
            ("пользователь товар иванов красный чайник", "windows-1251"),
        ] {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(by_bytes(&bytes), name, "{text}");
        }
    }
}
