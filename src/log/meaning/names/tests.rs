use super::*;

#[test]
fn names_in_many_languages_and_any_dress() {
    for (meaning, names) in [
        (
            Meaning::User,
            "userId|User ID|user_id:token|Customer E-mail|customer_no|Kundennummer|Kunden-Nr.|Benutzername|ID client|utilisateur|\
             usuario_id|Usuário|cod_cliente|會員卡號|使用者|用户ID|顧客番号|ユーザーID|客戶編號|memberId|Mitgliedsnummer|고객번호|\
             Código do cliente|Nom du client|borrowernumber|user_pseudo_id",
        ),
        (
            Meaning::Item,
            "itemId|product_id|Artikelnummer|Artikel-Nr|film|livre|producto|produto_id|商品編號|影片|品項|商品ID|アイテム|映画ID|貨號|ISBN|상품|\
             Item do pedido|itemnumber|Número de artículo|reference",
        ),
        (
            Meaning::Time,
            "timestamp|event_time|Datum|Bestelldatum|horodatage|fecha|data|時間|交易日期時間|日付|日時|created_at|watchedAt|Order Date|날짜|\
             Fecha de compra|Data da compra|Date d'achat|Date facture|Data de criação do pedido|issuedate|time_ms|Date Read",
        ),
        (
            Meaning::Title,
            "movie title|Product Name|商品名稱|書名|titre|Buchtitel|タイトル",
        ),
        (
            Meaning::Genres,
            "product.category|Kategorie|商品類別|ジャンル|catégorie|genres",
        ),
        (Meaning::Rating, "Book-Rating|Bewertung|評分|calificación|user_rating"),
        (Meaning::Event, "event_type|behavior_type|行為|Aktion|action"),
        (Meaning::Session, "session_id|user_session|Sitzung"),
        (Meaning::Order, "order_id|InvoiceNo|Bestellung"),
        (
            Meaning::Other,
            "price|release_date|user age|customer country|年齡層|郵遞區號|Year|Geburtsdatum|item_price|product url|\
             order_hour_of_day|date_due|Expires|watch_time|Laufzeit|商品選項|Date of birth|number of items",
        ),
    ] {
        for name in names.split('|') {
            assert_eq!(super::meaning(name).map(|(meaning, _)| meaning), Some(meaning), "{name}");
        }
    }
}

#[test]
fn a_slip_of_the_finger_and_what_says_nothing() {
    assert_eq!(meaning("costumerid").map(|(meaning, _)| meaning), None);
    assert_eq!(meaning("timestmap").map(|(meaning, _)| meaning), Some(Meaning::Time));
    assert_eq!(meaning("cutsomerid").map(|(meaning, _)| meaning), Some(Meaning::User));
    for name in ["foo", "who", "n", "x1", "what", "", "42", "u001", "阿花"] {
        assert_eq!(meaning(name), None, "{name}");
    }
}

#[test]
fn a_first_line_of_names() {
    let count = |line: &str| known_roles(&line.split(',').map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(count("使用者,商品,時間"), 3);
    assert_eq!(count("user,item"), 2);
    assert_eq!(count("alice,lamp,5"), 0);
}

#[test]
fn questions_about_a_name() {
    for name in ["watch_time", "Laufzeit", "response_time_ms", "duration", "Spieldauer"] {
        assert!(is_duration(name), "{name}");
    }
    for name in ["time", "watched_at", "trans_time", "Uhrzeit", "watch date"] {
        assert!(!is_duration(name), "{name}");
    }
    for name in ["step", "seq_no", "order_number", "position"] {
        assert!(counts_up(name).is_some(), "{name}");
    }
    for name in ["order_id", "number", "hour", "count"] {
        assert!(counts_up(name).is_none(), "{name}");
    }
    assert!(is_plural("items") && !is_plural("item") && is_fixed_date("release_date") && !is_fixed_date("date"));
}
