use super::*;
use crate::log::meaning::item_roles::{is_item_table, item_roles};
use crate::log::meaning::sniff::sniff;
use crate::log::meaning::table::Shape;

fn table(text: &str) -> Table {
    match sniff(text.as_bytes(), true, None) {
        Shape::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

fn roles(text: &str) -> Vec<&'static str> {
    log_roles("a.csv", &table(text), None)
        .roles
        .into_iter()
        .map(Role::name)
        .collect()
}

#[test]
fn names_in_any_dress() {
    assert_eq!(
        roles("userId,movieId,rating,timestamp\n1,2,3,4\n"),
        ["user", "item", "rating", "time"]
    );
    assert_eq!(roles("User ID;Item-Id;Date\n1;2;2020-01-01\n"), ["user", "item", "time"]);
    assert_eq!(
        roles("reviewerID,asin,overall,unixReviewTime\na,b,5,9\n"),
        ["user", "item", "rating", "time"]
    );
    assert_eq!(
        roles("user_id:token\titem_id:token\ttimestamp:float\n1\t2\t3\n"),
        ["user", "item", "time"]
    );
    assert_eq!(roles("TIME,ITEM,USER\n1,2,3\n"), ["time", "item", "user"]);
    assert_eq!(roles("user,asin,parent_asin\na,b,c\n"), ["user", "ignored", "item"]);
}

#[test]
fn what_the_names_leave_open() {
    assert_eq!(roles("user,thing,ts\na,b,3\n"), ["user", "item", "time"]);
    assert_eq!(roles("who,what,ts\na,b,3\nc,d,4\n"), ["user", "item", "time"]);
    let error = log_roles("a.csv", &table("userId,rating,timestamp\n1,2,3\n"), None)
        .problem
        .unwrap();
    assert!(error.to_string().contains("like the item"), "{error}");
    let error = log_roles("a.csv", &table("user,item\na,1,2\nb,3,4\n"), None).problem.unwrap();
    assert!(
        matches!(
            error,
            LogError::HeaderMismatch {
                names: 2,
                columns: 3,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn without_a_header() {
    assert_eq!(
        roles("1,2,5,1365029107\n1,3,4,1365029108\n"),
        ["user", "item", "rating", "time"]
    );
    assert_eq!(roles("1,2,1365029107\n1,3,1365029108\n"), ["user", "item", "time"]);
    assert_eq!(roles("2020-01-01,a,b\n2020-01-02,a,c\n"), ["time", "user", "item"]);
    assert_eq!(roles("1,2,5\n1,3,4\n"), ["user", "item", "rating"]);
    assert_eq!(roles("a,b\nc,d\n"), ["user", "item"]);
    assert_eq!(
        roles("1365029107,1365029109,1365029110\n1365029107,1365029108,1365029111\n"),
        ["user", "item", "time"]
    );
}

#[test]
fn logs_of_known_places_without_a_header() {
    // Amazon 2014 and 2018, Last.fm with times and without, Gowalla.
    let amazon = "A2SUAM1J3GNN3B,0000013714,5.0,1374883200\nA14VAT5EAX3D9S,B00004Y2UT,4.0,1374883201\n";
    assert_eq!(roles(amazon), ["user", "item", "rating", "time"]);
    let turned = "0000013714,A2SUAM1J3GNN3B,5.0,1374883200\nB00004Y2UT,A14VAT5EAX3D9S,4.0,1374883201\n";
    assert_eq!(roles(turned), ["item", "user", "rating", "time"]);
    let plays =
        "user_1\t2009-05-04T23:08:57Z\tf1b1-01\tDeep Dish\t\tFuck Me\nuser_1\t2009-05-04T13:54:10Z\ta7f7-02\tThe Band\t\tSo So\n";
    assert_eq!(roles(plays), ["user", "time", "item", "title", "ignored", "ignored"]);
    let counts = "0000c\t3bd73256\tbetty blowtorch\t2137\n0000c\tf2fb0ff0\tdie ärzte x\t1099\n";
    assert_eq!(roles(counts)[..3], ["user", "item", "title"]);
    let gowalla = "0\t2010-10-19T23:55:27Z\t30.23\t-97.79\t22847\n0\t2010-10-18T22:17:43Z\t30.26\t-97.76\t420315\n";
    assert_eq!(roles(gowalla)[4], "item");
}

#[test]
fn a_person_has_the_last_word() {
    let table = table("a,b,c\n1,2,3\n4,5,6\n");
    let mapping = |roles: &[Role], time| Mapping {
        roles: roles.to_vec(),
        time,
        ..Mapping::default()
    };
    let found = log_roles(
        "a.csv",
        &table,
        Some(&mapping(&[Role::Item, Role::Time, Role::User], Some(TimeUnit::Days))),
    );
    assert!(found.problem.is_none() && found.roles[2] == Role::User && found.time == Some(TimeUnit::Days));
    assert_eq!(found.confidence, [1.0; 3]);
    let problem = |roles: &[Role]| {
        log_roles("a.csv", &table, Some(&mapping(roles, None)))
            .problem
            .map(|e| e.to_string())
    };
    assert_eq!(
        problem(&[Role::Item, Role::Time, Role::Ignored]).as_deref(),
        Some("a.csv: no columns are taken as the user; choose exactly one.")
    );
    assert_eq!(
        problem(&[Role::Item, Role::Item, Role::User]).as_deref(),
        Some("a.csv: 2 columns are taken as the item; choose exactly one.")
    );
    let other_width = log_roles("a.csv", &table, Some(&mapping(&[Role::User], None)));
    assert!(other_width.problem.is_none(), "roles of another table are found out anew");
}

#[test]
fn sure_names_are_surer_than_guesses() {
    let confidence = |text: &str| log_roles("a.csv", &table(text), None).confidence;
    let (known, guessed, placed) = (
        confidence("user_id,item_id\n1,2\n"),
        confidence("who,what,n\na,b,3\nc,d,4\n"),
        confidence("1,2\n3,4\n"),
    );
    assert!(known[0] > 0.9 && guessed[0] < 0.5 && (0.5..0.9).contains(&placed[0]));
}

#[test]
fn lists_of_items() {
    for text in [
        "movieId,title,genres\n1,A,x|y\n",
        "1::A (1)::x|y\n2::B (2)::z\n",
        "id,name,category\n1,2,3\n",
    ] {
        assert!(is_item_table(&table(text)), "{text}");
    }
    for text in ["user,item,title\n1,2,A b\n", "1,2,3\n2,3,4\n", "1::A (1)::x\n1::B (2)::z\n"] {
        assert!(!is_item_table(&table(text)), "{text}");
    }
    let roles = item_roles("m", &table("1::A (1)::x|y\n2::B (2)::z\n")).unwrap();
    assert_eq!((roles.id, roles.title, roles.genres), (0, Some(1), Some(2)));
}
