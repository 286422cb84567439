//! The encoding of a text by how its bytes are built, without tables.
//!
//! In: a sample. Out: the name of an encoding. Each encoding with two bytes a sign has its common signs in its own range of first bytes; the
//! encoding in which the pairs are commonest wins, and a text that is built in none of these ways is Western.

/// The likeliest encoding of a text that is not UTF-8.
pub(crate) fn by_bytes(sample: &[u8]) -> &'static str {
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
