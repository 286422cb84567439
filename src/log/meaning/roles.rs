//! Which column is the user, which the item, which the time.
//!
//! In: a sniffed table, or a person's choice. Out: a [`Role`] for each column, how sure it is, how the time is written, and,
//! where no log comes of it, the problem. A header decides by its names; without one the values do: times and decimals are
//! recognised, Amazon's identifiers too, and else the order `user, item` is taken, as nearly all logs have it.

use crate::log::error::{LogError, shown};
use crate::log::meaning::mapping::{Mapping, Role};
use crate::log::meaning::table::{Format, Table};
use crate::log::meaning::time::{TimeUnit, date, number};

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
pub(crate) fn plain(name: &str) -> String {
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
pub(crate) fn known_roles(names: &[String]) -> usize {
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
pub(crate) fn by_name(header: &[String]) -> Vec<Role> {
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
pub(crate) struct LogRoles {
    pub(crate) roles: Vec<Role>,
    /// How sure each role is, 0 to 1.
    pub(crate) confidence: Vec<f32>,
    /// How the time column is written, where there is one.
    pub(crate) time: Option<TimeUnit>,
    /// Sentences about what was guessed.
    pub(crate) notes: Vec<String>,
    /// Why no log comes of it.
    pub(crate) problem: Option<LogError>,
}

/// Gives each column of a log its role; a person's mapping goes before what is found out.
pub(crate) fn log_roles(file: &str, table: &Table, mapping: Option<&Mapping>) -> LogRoles {
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
pub(crate) fn check_width(file: &str, table: &Table, header: &[String]) -> Result<(), LogError> {
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
pub(crate) fn place_of(table: &Table) -> &'static str {
    if matches!(table.format, Format::Delimited { .. }) {
        ", line 1"
    } else {
        ""
    }
}

pub(crate) fn list(header: &[String]) -> String {
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
pub(crate) fn looks_like_time(text: &str) -> bool {
    date(text).is_some() || number(text).is_some_and(|value| value >= 1e8)
}

pub(crate) fn is_title(text: &str) -> bool {
    text.contains(' ') && text.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests;
