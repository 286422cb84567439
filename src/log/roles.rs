//! Which column is the user, which the item, which the time.
//!
//! In: a sniffed table, or a person's choice. Out: a [`Role`] for each column, how sure it is, how the time is written, and,
//! where no log comes of it, the problem. A header decides by its names; without one the values do: times and decimals are
//! recognised, Amazon's identifiers too, and else the order `user, item` is taken, as nearly all logs have it.

use super::error::{LogError, shown};
use super::mapping::{Mapping, Role};
use super::sniff::{Format, Table};
use super::time::{TimeUnit, date, number};

/// Names in a header, letters and digits only, the surest first.
const NAMES: [(Role, &str); 6] = [
    (
        Role::User,
        "userid user uid useridx userindex username reviewerid reviewer customerid customer custid visitorid visitor \
         memberid member accountid account clientid client playerid player readerid reader personid person profileid \
         viewerid steamid playlistid pid sessionid session u",
    ),
    (
        Role::Item,
        "itemid item iid itemidx itemindex parentasin asin movieid movie productid product bookid book isbn songid \
         song trackid track trackuri artistid artist albumid articleid article newsid videoid video gameid game appid \
         businessid business venueid poiid recipeid showid contentid sku stockcode courseid course i",
    ),
    (
        Role::Time,
        "timestamp unixreviewtime unixtime time datetime eventtime eventtimestamp timestampunix createdat created date ts when invoicedate \
         orderdate purchasedate reviewtime watchedat playedat day t",
    ),
    (Role::Rating, "rating ratings score stars overall preference weight r"),
    (
        Role::Title,
        "title movietitle itemtitle itemname productname booktitle trackname name",
    ),
    (
        Role::Genres,
        "genres genre categories category categorycode class tags maincategory",
    ),
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
    /// How sure each role is, 0 to 1.
    pub(super) confidence: Vec<f32>,
    /// How the time column is written, where there is one.
    pub(super) time: Option<TimeUnit>,
    /// Sentences about what was guessed.
    pub(super) notes: Vec<String>,
    /// Why no log comes of it.
    pub(super) problem: Option<LogError>,
}

/// Gives each column of a log its role; a person's mapping goes before what is found out.
pub(super) fn log_roles(file: &str, table: &Table, mapping: Option<&Mapping>) -> LogRoles {
    let width = table.columns.max(2);
    let mut found = match mapping.filter(|mapping| mapping.roles.len() == width) {
        Some(mapping) => chosen(file, &mapping.roles),
        None => match &table.header {
            // The elements of lists have only their numbers for names.
            Some(header)
                if matches!(table.format, Format::Json(_)) && header.iter().all(|name| name.parse::<usize>().is_ok()) =>
            {
                by_place(table)
            }
            Some(header) => by_header(file, table, header),
            None => by_place(table),
        },
    };
    // A header may be longer than the lines by empty names only, so nothing with a role is cut off.
    found.roles.resize(width, Role::Ignored);
    found.confidence.resize(width, 1.0);
    match found.roles.iter().position(|&role| role == Role::Time) {
        Some(at) => {
            let values = table.rows.iter().filter_map(|row| row.get(at)).map(String::as_str);
            let (unit, confidence) = TimeUnit::of(values).unwrap_or((TimeUnit::Order, 0.1));
            let given = mapping.and_then(|mapping| mapping.time);
            found.time = Some(given.unwrap_or(unit));
            if given.is_none() && mapping.is_none() {
                found.confidence[at] = found.confidence[at].min(confidence);
            }
        }
        None if found.problem.is_none() => {
            let what = if matches!(table.format, Format::Delimited { .. }) {
                "lines"
            } else {
                "rows"
            };
            found.notes.push(format!(
                "There is no time column, so the order of the {what} is taken as the order in time."
            ));
        }
        None => {}
    }
    found
}

/// The roles that a person chose, where they make a log.
fn chosen(file: &str, roles: &[Role]) -> LogRoles {
    let problem = Role::ALL.into_iter().find_map(|role| {
        let count = roles.iter().filter(|&&other| other == role).count();
        let needed = matches!(role, Role::User | Role::Item);
        let wrong = count > 1 || (needed && count == 0);
        wrong.then(|| LogError::Roles {
            file: file.to_owned(),
            count: if count == 0 { "no".to_owned() } else { count.to_string() },
            role: role.name(),
        })
    });
    LogRoles {
        roles: roles.to_vec(),
        confidence: vec![1.0; roles.len()],
        time: None,
        notes: Vec::new(),
        problem,
    }
}

/// Roles by the names in a header.
fn by_header(file: &str, table: &Table, header: &[String]) -> LogRoles {
    // A column of lists is named in the plural: `items`, `timestamps`.
    let singular = header.iter().enumerate().map(|(at, name)| match name.strip_suffix('s') {
        Some(one) if table.lists.get(at) == Some(&true) && role_of(name).is_none() => one.to_owned(),
        _ => name.clone(),
    });
    let mut found = LogRoles {
        roles: by_name(&singular.collect::<Vec<_>>()),
        confidence: Vec::new(),
        time: None,
        notes: Vec::new(),
        problem: check_width(file, table, header).err(),
    };
    found.confidence = header
        .iter()
        .map(|name| match role_of(name) {
            // One letter, or a word that means other things as well.
            Some((_, _)) if plain(name).len() <= 1 || ["day", "name", "session", "when"].contains(&plain(name).as_str()) => 0.7,
            Some((_, rank)) if rank < 4 => 0.99,
            Some(_) => 0.95,
            None => 0.9,
        })
        .collect();
    found.roles.resize(table.columns.max(header.len()), Role::Ignored);
    found.confidence.resize(found.roles.len(), 0.9);
    if let Err(problem) = complete(file, table, header, &mut found) {
        found.problem.get_or_insert(problem);
    }
    time_by_looks(table, header, &mut found);
    found.roles.truncate(table.columns.max(2));
    found.confidence.truncate(table.columns.max(2));
    found
}

/// Where no name speaks of time but one column, and one only, holds dates: takes it.
fn time_by_looks(table: &Table, header: &[String], found: &mut LogRoles) {
    let is_date = |at: usize| {
        let mut values = table.rows.iter().filter_map(|row| row.get(at));
        !table.rows.is_empty() && values.all(|text| date(text).is_some())
    };
    let mut dates = (0..header.len()).filter(|&at| found.roles[at] == Role::Ignored && is_date(at));
    if let (false, Some(at), None) = (found.roles.contains(&Role::Time), dates.next(), dates.next()) {
        found.roles[at] = Role::Time;
        found.confidence[at] = 0.6;
        let name = shown(&header[at]);
        found
            .notes
            .push(format!("{name} is taken as the time, since it holds dates."));
    }
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
fn complete(file: &str, table: &Table, header: &[String], found: &mut LogRoles) -> Result<(), LogError> {
    let LogRoles {
        roles,
        confidence,
        notes,
        ..
    } = found;
    let has = |roles: &[Role], role| roles.contains(&role);
    let free: Vec<usize> = (0..header.len())
        .filter(|&at| roles[at] == Role::Ignored && !header[at].is_empty())
        .collect();
    match (has(roles, Role::User), has(roles, Role::Item)) {
        (true, true) => {}
        (false, false) if free.len() >= 2 => {
            roles[free[0]] = Role::User;
            roles[free[1]] = Role::Item;
            (confidence[free[0]], confidence[free[1]]) = (0.4, 0.4);
            notes.push(format!(
                "No name in the {} is known, so {} is taken as the user and {} as the item.",
                names_of(table),
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
                confidence[only] = 0.6;
                notes.push(format!(
                    "{} is taken as the {name}, since no other column can be.",
                    shown(&header[only])
                ));
            } else {
                return Err(LogError::MissingColumn {
                    file: file.to_owned(),
                    place: place_of(table),
                    role: name,
                    found: list(header),
                    suggestion,
                });
            }
        }
    }
    Ok(())
}

/// Where the names of a table stand, for a sentence.
fn names_of(table: &Table) -> &'static str {
    match table.format {
        Format::Delimited { .. } => "header",
        Format::Json(_) => "first objects",
        Format::Parquet => "schema",
    }
}

/// The line of the names, where they stand on one.
fn place_of(table: &Table) -> &'static str {
    if matches!(table.format, Format::Delimited { .. }) {
        ", line 1"
    } else {
        ""
    }
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
fn by_place(table: &Table) -> LogRoles {
    let width = table.columns.max(2);
    let mut roles = vec![Role::Ignored; width];
    let mut confidence = vec![0.6f32; width];
    let column = |at: usize| table.rows.iter().filter_map(move |row| row.get(at)).map(String::as_str);
    let share = |at: usize, percent: usize, test: &dyn Fn(&str) -> bool| {
        let count = column(at).count();
        count > 0 && column(at).filter(|text| test(text)).count() * 100 >= count * percent
    };
    if table.columns >= 3 {
        // A date can stand anywhere; a large number in the first two columns is rather an identifier.
        let time = (0..table.columns)
            .find(|&at| share(at, 95, &|text| date(text).is_some()))
            .or_else(|| (2..table.columns).rev().find(|&at| share(at, 95, &looks_like_time)));
        if let Some(at) = time {
            roles[at] = Role::Time;
            confidence[at] = 0.9;
        }
    }
    // Decimals such as places on the map are no identifiers.
    let decimal = |text: &str| text.contains('.') && number(text).is_some();
    let mut free: Vec<usize> = (0..width).filter(|&at| roles[at] == Role::Ignored).collect();
    let whole: Vec<usize> = free.iter().copied().filter(|&at| !share(at, 50, &decimal)).collect();
    if whole.len() >= 2 {
        free = whole;
    }
    if let [first, second, ..] = free[..] {
        // Amazon's ratings of 2018 put the product first, those of 2014 the reviewer.
        let product_first = share(first, 90, &looks_like_asin) && share(second, 90, &looks_like_reviewer);
        let reviewer_first = share(first, 90, &looks_like_reviewer) && share(second, 90, &looks_like_asin);
        let (user, item) = if product_first { (second, first) } else { (first, second) };
        (roles[user], roles[item]) = (Role::User, Role::Item);
        if product_first || reviewer_first {
            (confidence[user], confidence[item]) = (0.95, 0.95);
        }
        // Words right after an identifier name it, as in the logs of Last.fm.
        if roles.get(item + 1) == Some(&Role::Ignored) && share(item + 1, 50, &is_title) {
            roles[item + 1] = Role::Title;
        }
    }
    // A third column of numbers is a rating where its values are few, else a time such as a step count.
    let exact = |text: &str| text.split_once('.').is_some_and(|(_, digits)| digits.len() > 3);
    let is_number = |at: usize| share(at, 95, &|text| number(text).is_some()) && !share(at, 50, &exact);
    let third = (0..width).find(|&at| roles[at] == Role::Ignored && is_number(at));
    if let Some(third) = third.filter(|&at| at >= 2 || table.columns <= 3) {
        let mut values: Vec<&str> = column(third).collect();
        let count = values.len();
        values.sort_unstable();
        values.dedup();
        let few = values.len() <= 101
            && values
                .iter()
                .all(|text| number(text).is_some_and(|v| (-100.0..=100.0).contains(&v)));
        if few || roles.contains(&Role::Time) || values.len() * 10 < count || falls(table, &roles, third) {
            roles[third] = Role::Rating;
        } else {
            roles[third] = Role::Time;
        }
        confidence[third] = 0.5;
    }
    // The order that nearly all logs without names have.
    let usual: [&[Role]; 2] = [
        &[Role::User, Role::Item, Role::Rating, Role::Time],
        &[Role::User, Role::Item, Role::Time],
    ];
    if usual.contains(&roles.as_slice()) && confidence.last() == Some(&0.9) {
        confidence
            .iter_mut()
            .for_each(|confidence| *confidence = confidence.max(0.8_f32));
    }
    let at = |role| roles.iter().position(|&other| other == role).map_or(0, |at| at + 1);
    let note = format!(
        "There is no header; column {} is taken as the user and column {} as the item.",
        at(Role::User),
        at(Role::Item)
    );
    LogRoles {
        roles,
        confidence,
        time: None,
        notes: vec![note],
        problem: None,
    }
}

/// Whether a column falls from line to line of each user and never rises: a count, the commonest item first, and no time.
fn falls(table: &Table, roles: &[Role], at: usize) -> bool {
    let user = roles.iter().position(|&role| role == Role::User).unwrap_or(0);
    let value = |row: &Vec<String>| row.get(at).and_then(|text| number(text));
    let pairs = table.rows.windows(2).filter(|pair| pair[0].get(user) == pair[1].get(user));
    let steps: Vec<_> = pairs
        .filter_map(|pair| value(&pair[0]).partial_cmp(&value(&pair[1])))
        .collect();
    steps.iter().all(|step| step.is_ge()) && steps.iter().any(|step| step.is_gt())
}

/// Whether a value is written as Amazon writes products: ten capitals and digits, `B0…` or an ISBN.
fn looks_like_asin(text: &str) -> bool {
    let bytes = text.as_bytes();
    let isbn = |bytes: &[u8]| bytes.iter().take(9).all(u8::is_ascii_digit);
    bytes.len() == 10
        && bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        && (text.starts_with('B') || isbn(bytes))
}

/// Whether a value is written as Amazon writes reviewers: `A` and ten or more capitals and digits.
fn looks_like_reviewer(text: &str) -> bool {
    text.starts_with('A') && text.len() >= 11 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
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
            place: place_of(table),
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
        let plays = "user_1\t2009-05-04T23:08:57Z\tf1b1-01\tDeep Dish\t\tFuck Me\nuser_1\t2009-05-04T13:54:10Z\ta7f7-02\tThe Band\t\tSo So\n";
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
}
