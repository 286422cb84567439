//! Meaning of a column's name, in the languages of the page's visitors and in any dress.
//!
//! In: a name such as `userId`, `Customer E-mail`, `product.category`, `會員卡號`. Out: the [`Meaning`]s that it may have, each with a weight
//! from 0 to 1. A name is cut into words; its last word that is no "number" or "code" says what the column holds, the words before it whose
//! (`movie title` is a title, `movie id` a movie, `release date` no time of an interaction).

mod questions;

pub(crate) use questions::{counts_up, date_part, is_duration, is_fixed_date, is_identifier, is_plural, mentions_time};

/// Meaning of a column, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    User,
    /// A browser or a machine, which stands in for the person who uses it.
    Device,
    /// A visit, which stands in for a user.
    Session,
    /// A document such as an invoice, which stands in for a user where nothing better is there.
    Order,
    Item,
    Time,
    Rating,
    Title,
    Genres,
    Event,
    /// Something else that is known: a price, a country.
    Other,
}

/// Whole names that are used in public logs, letters and digits only, the surest first.
const NAMES: [(Meaning, &str); 9] = [
    (
        Meaning::User,
        "userid user uid useridx userindex username reviewerid reviewer customerid customer custid memberid member accountid account \
         clientid client playerid player readerid reader personid person profileid viewerid steamid visitorid visitor playlistid pid msno u",
    ),
    (Meaning::Session, "sessionid session sid visitid usersession"),
    (
        Meaning::Item,
        "itemid item iid itemidx itemindex parentasin asin movieid movie productid product bookid book isbn isbn13 songid \
         song trackid track trackuri artistid artist albumid articleid article newsid videoid video gameid game appid \
         businessid business venueid poiid recipeid showid contentid sku stockcode courseid course aid mid i",
    ),
    (
        Meaning::Time,
        "timestamp unixreviewtime unixtime time datetime eventtime eventtimestamp timestampunix createdat created date ts when invoicedate \
         orderdate purchasedate reviewtime watchedat playedat tdat day t",
    ),
    (Meaning::Rating, "rating ratings score stars overall preference weight r"),
    (
        Meaning::Title,
        "title movietitle itemtitle itemname productname booktitle trackname name",
    ),
    (
        Meaning::Genres,
        "genres genre categories category categorycode class tags maincategory",
    ),
    (
        Meaning::Event,
        "eventtype event behaviortype behaviourtype behavior behaviour actiontype action interactiontype interaction",
    ),
    (Meaning::Order, "orderid invoiceno invoice transactionid basketid"),
];

/// Words for each meaning: English, German, French, Spanish, Portuguese.
const WORDS: [(Meaning, &str); 11] = [
    (
        Meaning::User,
        "user usr customer cust client member visitor reviewer reader player viewer account profile person people subscriber listener \
         patron borrower shopper buyer learner household student patient passenger consumer fan user_id uid kunde kunden kundin kundennummer \
         kundennr kundenid benutzer nutzer käufer mitglied mitglieder besucher leser konto hörer spieler utilisateur membre acheteur \
         lecteur adhérent abonné joueur usuario cliente comprador socio lector miembro jugador usuário utilizador membro leitor \
         sócio assinante jogador email mail",
    ),
    (Meaning::Device, "cookie fingerprint anonymous anon"),
    (
        Meaning::Session,
        "session visit sitzung besuch sesión sesion sessão sessao visite",
    ),
    (
        Meaning::Order,
        "order invoice transaction basket receipt bestellung rechnung bon commande facture pedido factura fatura compra",
    ),
    (
        Meaning::Item,
        "item product movie film book song track artist album article video game app business venue poi recipe show content sku asin isbn \
         ean gtin upc course goods merchandise anime podcast episode place shop restaurant location paper story photo post produkt artikel \
         artikelnummer artikelnr ware buch spiel lied kurs gericht produit livre jeu œuvre oeuvre morceau cours recette producto artículo \
         articulo libro película pelicula canción cancion juego curso receta produto livro filme jogo artigo música musica",
    ),
    (
        Meaning::Time,
        "timestamp time date datetime ts datum zeit zeitpunkt uhrzeit zeitstempel tag heure horodatage jour fecha hora tiempo momento \
         data dia moment when day created erstellt",
    ),
    (
        Meaning::Rating,
        "rating ratings score stars bewertung wertung sterne note étoiles puntuación puntuacion calificación calificacion estrellas nota \
         avaliação avaliacao pontuação",
    ),
    (
        Meaning::Title,
        "title name titel titre título titulo nombre nome bezeichnung beschreibung description libellé descripción descripcion \
         descrição descricao produktname artikelname filmtitel buchtitel nom",
    ),
    (
        Meaning::Genres,
        "genre genres category categories cat tags class kategorie kategorien catégorie categorie categoría categoria rubrik warengruppe \
         gênero género genero",
    ),
    (
        Meaning::Event,
        "event action behavior behaviour interaction activity ereignis aktion aktivität événement evenement evento acción accion ação acao",
    ),
    (
        Meaning::Other,
        "price preis prix precio preço preco age alter âge edad idade gender sex geschlecht country land pays país pais city stadt ville \
         ciudad cidade quantity qty menge anzahl quantité cantidad quantidade amount total cost revenue url uri link image brand marke \
         marque marca color colour size weight year jahr année año ano month week hour minute duration dauer length device platform \
         browser os language lang status text review comment comments summary votes helpful verified latitude longitude lat lon lng \
         offset zone timezone index idx rank row position page state zip postcode plz channel source referrer currency discount \
         rewatch played ms seconds progress ratio level version header host agent experience count num author autor attributes bookmark \
         supplemental occupation store dow weekday until director physician doctor clerk cashier staff operator tax stock phone address street note_text shipping payment coupon skipped shuffle offline incognito reason",
    ),
];

/// Words that only say that a column holds identifiers.
const ID_WORDS: &str = "id ids no nr number num key code uuid guid hash token pseudo nummer numéro numero número código codigo ref list seq sequence barcode \
     reference referencia référence identificación identificacion identifiant identificador";

/// Words beside a date by which it belongs to an item or to a person, and never to an interaction.
const FIXED_DATES: &str = "release released publish published publication birth birthday born geburts geburtsdatum erscheinung naissance \
                           nacimiento nascimento sortie lanzamiento lançamento publicación";

/// Words beside a date by which it is another time than that of the interaction.
const OTHER_DATES: &str = "signup register registration registered expiry expires expired expiration until valid due deadline updated modified \
                           delivery shipped vencimiento vencimento validade entrega livraison";

/// Who offers or makes an item, and what it comes as: never users, and items only where no other column can be one.
const MAKERS: &str = "publisher seller vendor merchant binding supplier manufacturer verlag verkäufer vendedor éditeur";

/// Words in the names of times that say how long something took.
const DURATIONS: &str = "duration dauer laufzeit spielzeit lesezeit antwortzeit reaktionszeit wartezeit length play playing watch watching listen \
                         listening reading viewing response reaction runtime running elapsed lag wait waiting dwell spent taken latency \
                         run";

/// Words for times in the languages that put the head of a name first.
const FIRST_HEADS: &str = "date fecha heure hora datum data";

/// Units behind a time.
const UNITS: &str = "ms s sec secs seconds millis milliseconds us micros ns unix epoch utc gmt local";

/// Pieces of names in Chinese, Japanese and Korean, which have no spaces; the first that is in a name counts, those that end it first.
const CJK_ENDS: [(Meaning, &str); 6] = [
    (
        Meaning::Other,
        "價格 价格 價錢 金額 金额 單價 单价 數量 数量 年齡 年龄 年齡層 年龄段 性別 性别 地區 地区 城市 國家 国家 郵遞區號 成本 庫存 地址 電話 电话 年份 備註 备注 評論 评论 \
         価格 金額 数量 年齢 性別 都道府県 국가 가격 수량 나이 성별 折扣 狀態 状态 品牌 類型碼 網址 网址 購買數 \
         時長 时长 所要時間 選項 选项 規格 规格 款式 尺寸 尺碼 尺码 顏色 颜色 サイズ 出版社 作者 賣家 卖家 星期 曜日 요일",
    ),
    (
        Meaning::Title,
        "書名 书名 片名 品名 名稱 名称 標題 标题 タイトル 商品名 曲名 歌名 作品名 店名 題名 상품명 제목 이름",
    ),
    (
        Meaning::Genres,
        "類別 类别 分類 分类 類型 类型 カテゴリ カテゴリー ジャンル 類 种类 種類 카테고리 장르 標籤 标签",
    ),
    (
        Meaning::Rating,
        "評分 评分 評価 評點 星數 星数 星级 星等 分數 分数 得分 평점 별점",
    ),
    (
        Meaning::Event,
        "行為 行为 行為類型 行为类型 動作 动作 操作 事件 イベント 行動 이벤트 행동",
    ),
    (
        Meaning::Time,
        "日期 時間 时间 日時 日付 時刻 时刻 날짜 시간 일시 時間戳 时间戳 年月日 交易日 購買日 借閱日 觀看日 일자",
    ),
];

const CJK_PIECES: [(Meaning, &str); 3] = [
    (
        Meaning::User,
        "使用者 用戶 用户 會員 会员 会員 顧客 顾客 客戶 客户 ユーザ 利用者 お客様 買家 买家 讀者 读者 帳號 账号 賬號 學生 学生 學號 玩家 觀眾 观众 消費者 消费者 持卡人 \
         購物者 사용자 고객 회원 유저",
    ),
    (
        Meaning::Item,
        "商品 品項 品项 產品 产品 製品 作品 影片 電影 电影 映画 書 书 图书 圖書 歌曲 曲目 音樂 音乐 貨號 货号 品號 料號 項目 项目 アイテム 本 動画 視頻 视频 課程 课程 文章 \
         新聞 新闻 店家 餐廳 餐厅 條碼 条码 遊戲 游戏 物品 상품 아이템 영화 제품 도서",
    ),
    (Meaning::Session, "會話 会话 セッション 세션 場次"),
];

/// Dates that are no time of an interaction, the first seven never.
const CJK_OTHER_DATES: &str = "生日 出生 上市 發行 发行 上映 出版 註冊 注册 更新 到期 有效 入會 入会";

/// A name as it is compared: without the type that RecBole writes (`user_id:token`), case and punctuation.
pub(crate) fn plain(name: &str) -> String {
    without_type(name)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn without_type(name: &str) -> &str {
    name.split_once(':').map_or(name, |(name, _)| name)
}

/// The words of a name: `userId`, `user_id`, `User-ID` and `user.id` have the same two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in without_type(name).chars() {
        let turns = c.is_uppercase() && before.is_lowercase();
        if (!c.is_alphanumeric() || turns) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// Meaning of a word, also in the plural and with a number behind it.
fn of_word(word: &str) -> Option<Meaning> {
    let find = |word: &str| WORDS.iter().find(|(_, list)| has(list, word)).map(|(meaning, _)| *meaning);
    find(word)
        .or_else(|| find(word.strip_suffix('s')?))
        .or_else(|| find(word.trim_end_matches(|c: char| c.is_ascii_digit())))
        // German writes its words together, and so do old databases: Kundennummer, Bestelldatum, borrowernumber, issuedate.
        .or_else(|| {
            [
                "nummer", "nr", "id", "datum", "zeit", "name", "titel", "preis", "code", "number", "date", "key", "dauer",
            ]
            .iter()
            .find_map(|end| {
                let begin = word.strip_suffix(end).filter(|begin| begin.len() >= 4)?;
                match *end {
                    "datum" | "date" if has(OTHER_DATES, begin) || has(FIXED_DATES, begin) => Some(Meaning::Other),
                    "zeit" | "dauer" if has(DURATIONS, word) || *end == "dauer" => Some(Meaning::Other),
                    "datum" | "zeit" => Some(Meaning::Time),
                    "date" if !["candi", "vali", "man"].contains(&begin) => Some(Meaning::Time),
                    "name" | "titel" if find(begin) == Some(Meaning::User) => Some(Meaning::User),
                    "name" | "titel" => Some(Meaning::Title),
                    "preis" => Some(Meaning::Other),
                    _ => find(begin).or_else(|| find(begin.trim_end_matches(['n', 's']))),
                }
            })
        })
}

/// Likeliest meaning of a name, with its weight.
pub(crate) fn meaning(name: &str) -> Option<(Meaning, f32)> {
    let whole = plain(name);
    if let Some((meaning, rank)) = exact(&whole) {
        let weight = match whole.as_str() {
            // Words that mean other things as well.
            "day" | "name" | "when" | "event" | "class" | "weight" | "account" | "business" | "person" => 0.8,
            short if short.len() <= 1 => 0.7,
            _ => 1.0 - 0.002 * rank as f32,
        };
        return Some((meaning, weight));
    }
    // A member of an object: `events.aid`.
    if let Some((_, member)) = name.rsplit_once('.')
        && let Some((meaning, weight)) = self::meaning(member).filter(|(_, weight)| *weight >= 0.85)
        && exact(&plain(member)).is_some()
    {
        return Some((meaning, weight - 0.02));
    }
    if whole.chars().any(|c| ('\u{2e80}'..='\u{d7a3}').contains(&c)) {
        return cjk(without_type(name));
    }
    let words = words(name);
    phrase(&words).or_else(|| misspelt(&whole))
}

fn exact(whole: &str) -> Option<(Meaning, usize)> {
    NAMES
        .iter()
        .find_map(|(meaning, names)| names.split(' ').position(|known| known == whole).map(|at| (*meaning, at)))
}

/// A known name with one letter wrong.
fn misspelt(whole: &str) -> Option<(Meaning, f32)> {
    (whole.len() >= 6).then_some(())?;
    NAMES
        .iter()
        .find(|(_, names)| {
            names
                .split(' ')
                .any(|known| known.len() >= 6 && strsim::damerau_levenshtein(known, whole) == 1)
        })
        .map(|(meaning, _)| (*meaning, 0.7))
}

/// The words with the head of the name last, as in English: `Fecha de compra`, `time of purchase` and `Date facture` have it first.
fn head_last(words: &[String]) -> Vec<String> {
    const OF: &str = "de du des do da dos das del d of";
    let mut inner = 1..words.len().saturating_sub(1);
    if let Some(at) = inner.find(|&at| has(OF, &words[at])) {
        let (head, whose) = (&words[..at], &words[at + 1..]);
        return whose.iter().chain(head).cloned().collect();
    }
    match words {
        [first, last] if has(FIRST_HEADS, first) => match of_word(last) {
            Some(Meaning::Session | Meaning::Order | Meaning::Event) => vec![last.clone(), first.clone()],
            None if first != "data" => vec![last.clone(), first.clone()],
            _ => words.to_vec(),
        },
        _ => words.to_vec(),
    }
}

fn phrase(words: &[String]) -> Option<(Meaning, f32)> {
    let counted = words
        .windows(2)
        .any(|pair| ["number", "num", "no"].contains(&pair[0].as_str()) && pair[1] == "of");
    if counted {
        return Some((Meaning::Other, 0.85));
    }
    let words = &head_last(words);
    // A unit says nothing about the time before it.
    let units = words.iter().rev().take_while(|word| has(UNITS, word)).count();
    let words = match words[..words.len() - units].last().map(|word| of_word(word)) {
        Some(Some(Meaning::Time)) => &words[..words.len() - units],
        _ => &words[..],
    };
    let ids = words.iter().rev().take_while(|word| has(ID_WORDS, word)).count();
    let (named, id) = (&words[..words.len() - ids], ids > 0);
    let Some((last, before)) = named.split_last() else {
        // `reference` alone is what a search or a click refers to.
        let refers = words.len() == 1 && words.iter().any(|word| word.starts_with("ref") && word.len() > 3);
        return refers.then_some((Meaning::Item, 0.6));
    };
    let whose = before.iter().rev().find_map(|word| of_word(word));
    if last == "at" && before.last().is_some_and(|verb| verb.ends_with("ed") || verb.ends_with("en")) {
        let other = before.iter().any(|word| has(OTHER_DATES, word) || has(FIXED_DATES, word));
        return Some(if other { (Meaning::Other, 0.8) } else { (Meaning::Time, 0.9) });
    }
    if last == "mail" || last == "email" {
        return Some((Meaning::User, 0.85));
    }
    if last == "type" || last == "typ" {
        return Some(match whose {
            Some(Meaning::Event) => (Meaning::Event, 0.95),
            Some(Meaning::Order) => (Meaning::Event, 0.8),
            Some(Meaning::Item) => (Meaning::Genres, 0.6),
            None if before.is_empty() => (Meaning::Event, 0.6),
            _ => (Meaning::Other, 0.8),
        });
    }
    let alone = before.is_empty();
    if has(MAKERS, last) {
        return Some((Meaning::Item, 0.25));
    }
    // Who sold it, in most logs, and who learned in few; who wrote a book, or a message.
    if last == "employee" || (id && last == "author") {
        return Some((Meaning::User, 0.3));
    }
    // Many people may share an address, and one person has several.
    if last == "ip" || (last == "address" && before.last().is_some_and(|word| word == "ip")) {
        return Some((Meaning::Device, 0.7));
    }
    // `device id` is a machine, `device` a kind of them.
    if id && last == "device" {
        return Some((Meaning::Device, 0.95));
    }
    let action = [
        "click",
        "clicked",
        "like",
        "liked",
        "buy",
        "bought",
        "purchase",
        "purchased",
        "cart",
        "view",
        "viewed",
    ];
    if before.len() == 1 && before[0] == "is" && action.contains(&last.as_str()) {
        return Some((Meaning::Event, 0.55));
    }
    match (of_word(last), whose) {
        (Some(Meaning::Time), _) if before.iter().any(|word| has(OTHER_DATES, word) || has(FIXED_DATES, word)) => {
            Some((Meaning::Other, 0.8))
        }
        (Some(Meaning::Time), _) if before.iter().any(|word| has(DURATIONS, word)) && !last.starts_with("dat") => {
            Some((Meaning::Other, 0.6))
        }
        // `user session`, `customer name`: the user's.
        (Some(Meaning::Title), Some(Meaning::User)) => Some((Meaning::User, 0.6)),
        (Some(Meaning::User), _) if alone || id => Some((Meaning::User, 0.95)),
        (Some(Meaning::Item), _) if alone || id => Some((Meaning::Item, 0.93)),
        (Some(Meaning::Session | Meaning::Order | Meaning::Device), _) => of_word(last).map(|meaning| (meaning, 0.9)),
        (Some(Meaning::Genres), _) if id => Some((Meaning::Genres, 0.6)),
        (Some(meaning @ (Meaning::Time | Meaning::Rating | Meaning::Title | Meaning::Genres | Meaning::Event)), _) => {
            Some((meaning, if alone { 0.9 } else { 0.92 }))
        }
        (Some(meaning), _) => Some((meaning, 0.85)),
        (None, Some(Meaning::User | Meaning::Item)) if !id => None,
        (None, Some(Meaning::Time)) if has(DURATIONS, last) => Some((Meaning::Other, 0.6)),
        (None, Some(meaning)) => Some((meaning, 0.5)),
        (None, None) if has(OTHER_DATES, last) => Some((Meaning::Other, 0.8)),
        (None, None) => None,
    }
}

fn cjk(name: &str) -> Option<(Meaning, f32)> {
    const IDS: [&str; 12] = [
        "編號", "编号", "代碼", "代码", "卡號", "卡号", "番号", "번호", "號", "号", "碼", "ID",
    ];
    let name = name.trim();
    let bare = IDS
        .iter()
        .find_map(|id| name.strip_suffix(id))
        .filter(|bare| !bare.is_empty())
        .unwrap_or(name)
        .trim();
    let is = |pieces: &str, test: &dyn Fn(&str) -> bool| pieces.split(' ').any(test);
    if is(CJK_OTHER_DATES, &|piece| bare.contains(piece)) {
        return Some((Meaning::Other, 0.8));
    }
    let ends = CJK_ENDS
        .iter()
        .find(|(_, pieces)| is(pieces, &|piece| bare.ends_with(piece) || name.ends_with(piece)));
    if let Some((meaning, _)) = ends {
        return Some((*meaning, 0.92));
    }
    let within = CJK_PIECES
        .iter()
        .find(|(_, pieces)| is(pieces, &|piece| bare.contains(piece) || name.contains(piece)));
    within.map(|(meaning, _)| (*meaning, 0.95))
}

/// How many different roles a first line names; two or more make it a header.
pub(crate) fn known_roles(names: &[String]) -> usize {
    let mut seen: Vec<Meaning> = Vec::new();
    for name in names {
        let found = match plain(name).as_str() {
            "id" => Some(Meaning::Item),
            // A cell of data, rather than a name.
            _ if name.len() > 40 || name.split_whitespace().count() > 3 => None,
            _ => meaning(name).filter(|(_, weight)| *weight >= 0.7).map(|(meaning, _)| meaning),
        };
        if let Some(found) = found.filter(|found| *found != Meaning::Other && !seen.contains(found)) {
            seen.push(found);
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests;
