//! Which column is the user, which the item, which the time.
//!
//! In: a sniffed table. Out: a [`Role`] for each column and how its time is written, or an error that names the column that is
//! missing. A header decides by its names; without one the order `user, item` is taken, as nearly all logs have it, and the time
//! is the column whose values look like times.

use super::error::{LogError, shown};
use super::sniff::Table;
use super::time::{TimeKind, date, number};

/// What a column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Item,
    Time,
    Rating,
    Title,
    Genres,
    Ignored,
}

impl Role {
    /// The name in a summary.
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Item => "item",
            Role::Time => "time",
            Role::Rating => "rating",
            Role::Title => "title",
            Role::Genres => "genres",
            Role::Ignored => "ignored",
        }
    }
}

/// Names in a header, letters and digits only, the surest first.
const NAMES: [(Role, &str); 6] = [
    (
        Role::User,
        "userid user uid useridx userindex username reviewerid reviewer customerid customer custid visitorid visitor \
         memberid member accountid account clientid client playerid player readerid reader personid person profileid \
         viewerid sessionid session u",
    ),
    (
        Role::Item,
        "itemid item iid itemidx itemindex parentasin asin movieid movie productid product bookid book isbn songid \
         song trackid track artistid artist albumid articleid article newsid videoid video gameid game appid \
         businessid business venueid poiid recipeid showid contentid sku stockcode courseid course i",
    ),
    (
        Role::Time,
        "timestamp unixreviewtime unixtime time datetime eventtime createdat created date ts when invoicedate \
         orderdate purchasedate reviewtime watchedat playedat day t",
    ),
    (Role::Rating, "rating ratings score stars overall preference weight r"),
    (
        Role::Title,
        "title movietitle itemtitle itemname productname booktitle trackname name",
    ),
    (Role::Genres, "genres genre categories category class tags maincategory"),
];

/// A name of a header as it is compared: without the type that RecBole writes (`user_id:token`), case and punctuation.
fn plain(name: &str) -> String {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The role that a name stands for and how surely (0 is surest).
fn role_of(name: &str) -> Option<(Role, usize)> {
    let name = plain(name);
    NAMES
        .iter()
        .find_map(|(role, names)| names.split(' ').position(|known| known == name).map(|at| (*role, at)))
}

/// How many different roles a first line names; two or more make it a header.
pub(super) fn known_roles(names: &[String]) -> usize {
    let mut seen: Vec<Role> = Vec::new();
    for name in names {
        let role = if plain(name) == "id" {
            Some(Role::Item)
        } else {
            role_of(name).map(|(role, _)| role)
        };
        if let Some(role) = role.filter(|role| !seen.contains(role)) {
            seen.push(role);
        }
    }
    seen.len()
}

/// The roles of a header's columns; of several columns with one role the surest name has it.
fn by_name(header: &[String]) -> Vec<Role> {
    let mut roles = vec![Role::Ignored; header.len()];
    for (role, _) in NAMES {
        let best = header
            .iter()
            .enumerate()
            .filter_map(|(at, name)| role_of(name).filter(|(found, _)| *found == role).map(|(_, rank)| (rank, at)))
            .min();
        if let Some((_, at)) = best {
            roles[at] = role;
        }
    }
    roles
}

/// The meaning of a log's columns.
#[derive(Debug)]
pub(super) struct LogRoles {
    pub(super) roles: Vec<Role>,
    pub(super) time: TimeKind,
    /// Sentences about what was guessed.
    pub(super) notes: Vec<String>,
}

/// Gives each column of a log its role.
pub(super) fn log_roles(file: &str, table: &Table) -> Result<LogRoles, LogError> {
    let mut notes = Vec::new();
    let mut roles = match &table.header {
        Some(header) => {
            check_width(file, table, header)?;
            let mut roles = by_name(header);
            roles.resize(table.columns.max(roles.len()), Role::Ignored);
            complete(file, header, &mut roles, &mut notes)?;
            roles
        }
        None => by_place(table, &mut notes),
    };
    // A header may be longer than the lines by empty names only, so nothing with a role is cut off.
    roles.truncate(table.columns.max(2));
    let time = match roles.iter().position(|&role| role == Role::Time) {
        Some(at) => {
            let values = || table.rows.iter().filter_map(|row| row.get(at));
            let (dates, numbers) = (
                values().filter(|text| date(text).is_some()).count(),
                values().filter(|text| number(text).is_some()).count(),
            );
            if dates > numbers { TimeKind::Date } else { TimeKind::Number }
        }
        None => {
            notes.push("There is no time column, so the order of the lines is taken as the order in time.".to_owned());
            TimeKind::Number
        }
    };
    Ok(LogRoles { roles, time, notes })
}

/// A header with other than the lines' number of names cannot be trusted to name them.
fn check_width(file: &str, table: &Table, header: &[String]) -> Result<(), LogError> {
    let used = |row: &Vec<String>| row.iter().rposition(|field| !field.is_empty()).map_or(0, |at| at + 1);
    let names = header.iter().rposition(|name| !name.is_empty()).map_or(0, |at| at + 1);
    let widest = table
        .rows
        .iter()
        .filter(|row| row.len() == table.columns)
        .map(used)
        .max()
        .unwrap_or(names);
    if table.rows.is_empty() || (widest <= names && names <= table.columns) {
        return Ok(());
    }
    Err(LogError::HeaderMismatch {
        file: file.to_owned(),
        names,
        columns: table.columns,
    })
}

/// Finds user and item where the header's names leave one or both open.
fn complete(file: &str, header: &[String], roles: &mut [Role], notes: &mut Vec<String>) -> Result<(), LogError> {
    let has = |roles: &[Role], role| roles.contains(&role);
    let free: Vec<usize> = (0..header.len())
        .filter(|&at| roles[at] == Role::Ignored && !header[at].is_empty())
        .collect();
    match (has(roles, Role::User), has(roles, Role::Item)) {
        (true, true) => {}
        (false, false) if free.len() >= 2 => {
            roles[free[0]] = Role::User;
            roles[free[1]] = Role::Item;
            notes.push(format!(
                "No name in the header is known, so {} is taken as the user and {} as the item.",
                shown(&header[free[0]]),
                shown(&header[free[1]])
            ));
        }
        (user, _) => {
            let (role, name, suggestion) = if user {
                (Role::Item, "item", "item_id")
            } else {
                (Role::User, "user", "user_id")
            };
            if let [only] = free[..] {
                roles[only] = role;
                notes.push(format!(
                    "{} is taken as the {name}, since no other column can be.",
                    shown(&header[only])
                ));
            } else {
                let found = list(header);
                return Err(LogError::MissingColumn {
                    file: file.to_owned(),
                    role: name,
                    found,
                    suggestion,
                });
            }
        }
    }
    Ok(())
}

fn list(header: &[String]) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = header.iter().take(MOST).map(|name| shown(name)).collect();
    if header.len() > MOST {
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// Roles without a header: the time by its looks, then user and item in order.
fn by_place(table: &Table, notes: &mut Vec<String>) -> Vec<Role> {
    let mut roles = vec![Role::Ignored; table.columns.max(2)];
    let column = |at: usize| table.rows.iter().filter_map(move |row| row.get(at)).map(String::as_str);
    let share = |at: usize, test: &dyn Fn(&str) -> bool| {
        let count = column(at).count();
        count > 0 && column(at).filter(|text| test(text)).count() * 100 >= count * 95
    };
    if table.columns >= 3 {
        // A date can stand anywhere; a large number in the first two columns is rather an identifier.
        let time = (0..table.columns)
            .find(|&at| share(at, &|text| date(text).is_some()))
            .or_else(|| (2..table.columns).rev().find(|&at| share(at, &looks_like_time)));
        if let Some(at) = time {
            roles[at] = Role::Time;
        }
    }
    let free: Vec<usize> = (0..roles.len()).filter(|&at| roles[at] == Role::Ignored).collect();
    if let [user, item, ..] = free[..] {
        roles[user] = Role::User;
        roles[item] = Role::Item;
    }
    // A third column of numbers is a rating where its values are few, else a time such as a step count.
    if let Some(&third) = free.get(2).filter(|&&at| share(at, &|text| number(text).is_some())) {
        let mut values: Vec<&str> = column(third).collect();
        let count = values.len();
        values.sort_unstable();
        values.dedup();
        let few = values.len() <= 101
            && values
                .iter()
                .all(|text| number(text).is_some_and(|v| (-100.0..=100.0).contains(&v)));
        if few || roles.contains(&Role::Time) || values.len() * 10 < count {
            roles[third] = Role::Rating;
        } else {
            roles[third] = Role::Time;
        }
    }
    notes.push(format!(
        "There is no header; column {} is taken as the user and column {} as the item.",
        free.first().map_or(1, |at| at + 1),
        free.get(1).map_or(2, |at| at + 1)
    ));
    roles
}

/// Whether a value can only be a time: a date, or seconds (or finer) since 1970 from 1973 on.
pub(super) fn looks_like_time(text: &str) -> bool {
    date(text).is_some() || number(text).is_some_and(|value| value >= 1e8)
}

/// The meaning of the columns of a file of items.
#[derive(Debug)]
pub(super) struct ItemRoles {
    pub(super) id: usize,
    pub(super) title: Option<usize>,
    pub(super) genres: Option<usize>,
    /// What stands between the genres of one item.
    pub(super) between: &'static [char],
}

/// Gives the columns of a file of items their roles.
pub(super) fn item_roles(file: &str, table: &Table) -> Result<ItemRoles, LogError> {
    const BETWEEN: &[char] = &['|', ';'];
    if let Some(header) = &table.header {
        check_width(file, table, header)?;
        let roles = by_name(header);
        let find = |role| roles.iter().position(|&found| found == role);
        let missing = |role, suggestion| LogError::MissingColumn {
            file: file.to_owned(),
            role,
            found: list(header),
            suggestion,
        };
        let id = find(Role::Item).or_else(|| header.iter().position(|name| plain(name) == "id"));
        let id = id.ok_or_else(|| missing("item", "item_id"))?;
        let (title, genres) = (find(Role::Title), find(Role::Genres));
        if title.is_none() && genres.is_none() {
            return Err(missing("title", "title"));
        }
        let name = genres.and_then(|at| header.get(at)).map_or("", String::as_str);
        // A comma is between genres only where the name promises several; "Home, Garden" may be one category.
        let several = ["genres", "categories", "tags"].contains(&plain(name).as_str());
        let between: &[char] = match () {
            () if name.ends_with(":token_seq") => &[' '],
            () if several => &['|', ';', ','],
            () => BETWEEN,
        };
        return Ok(ItemRoles {
            id,
            title,
            genres,
            between,
        });
    }
    // Without a header: identifier, title, and as genres the column in which `|` is commonest.
    let bars = |at: usize| {
        table
            .rows
            .iter()
            .filter_map(|row| row.get(at))
            .filter(|text| text.contains('|'))
            .count()
    };
    let genres = (2..table.columns)
        .max_by_key(|&at| bars(at))
        .filter(|&at| bars(at) > 0 || table.columns == 3);
    Ok(ItemRoles {
        id: 0,
        title: Some(1).filter(|&at| at < table.columns),
        genres,
        between: BETWEEN,
    })
}

/// Whether a table is rather a list of items than a log.
pub(super) fn is_item_table(table: &Table) -> bool {
    if let Some(header) = &table.header {
        let roles = by_name(header);
        let has = |role| roles.contains(&role);
        let id = has(Role::Item) || header.iter().any(|name| plain(name) == "id");
        return id && !has(Role::User) && (has(Role::Title) || has(Role::Genres));
    }
    // Without names: each first value once, then a text of words, as a title is.
    let titles = table
        .rows
        .iter()
        .filter_map(|row| row.get(1))
        .filter(|text| is_title(text))
        .count();
    each_id_once(table) && titles * 2 > table.rows.len()
}

/// Whether no value of the first column occurs twice, as in a list of items; one line says nothing.
pub(super) fn each_id_once(table: &Table) -> bool {
    let mut ids: Vec<&str> = table.rows.iter().filter_map(|row| row.first()).map(String::as_str).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    count >= 2 && ids.len() == count
}

fn is_title(text: &str) -> bool {
    text.contains(' ') && text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::super::sniff::{Shape, sniff};
    use super::*;

    fn table(text: &str) -> Table {
        match sniff(text.as_bytes(), true) {
            Shape::Table(table) => table,
            other => panic!("{other:?}"),
        }
    }

    fn roles(text: &str) -> Vec<&'static str> {
        log_roles("a.csv", &table(text))
            .unwrap()
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
        let error = log_roles("a.csv", &table("userId,rating,timestamp\n1,2,3\n")).unwrap_err();
        assert!(error.to_string().contains("like the item"), "{error}");
        let error = log_roles("a.csv", &table("user,item\na,1,2\nb,3,4\n")).unwrap_err();
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
}
