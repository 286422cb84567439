//! Roles in a table without names of columns.
//!
//! In: the table, its ballot, and the roles of user, item and time by vote. Out: rating, title and time by the values and by where
//! the column stands, and surer roles in the orders that known logs have.

use crate::log::meaning::ballot::Ballot;
use crate::log::meaning::looks::is_title;
use crate::log::meaning::mapping::Role;
use crate::log::meaning::roles::LogRoles;
use crate::log::meaning::roles::order::runs;
use crate::log::meaning::table::Table;
use crate::log::meaning::time::number;

/// Rating, title and surer places in a table without names.
pub(super) fn without_names(table: &Table, ballot: &Ballot<'_>, found: &mut LogRoles) {
    let (Some(user), Some(item)) = (found.find(Role::User), found.find(Role::Item)) else {
        return;
    };
    let share = |at: usize, percent: usize, test: &dyn Fn(&str) -> bool| {
        let count = table.column(at).count();
        count > 0 && table.column(at).filter(|text| test(text)).count() * 100 >= count * percent
    };
    // Amazon's ratings of 2018 put the product first, those of 2014 the reviewer.
    let (first, second) = (user.min(item), user.max(item));
    let product_first = share(first, 90, &looks_like_asin) && share(second, 90, &looks_like_reviewer);
    let reviewer_first = share(first, 90, &looks_like_reviewer) && share(second, 90, &looks_like_asin);
    if product_first || reviewer_first {
        let (user, item) = if product_first { (second, first) } else { (first, second) };
        (found.roles[user], found.roles[item]) = (Role::User, Role::Item);
        (found.confidence[user], found.confidence[item]) = (0.95, 0.95);
    }
    let (user, item) = (found.find(Role::User).unwrap_or(user), found.find(Role::Item).unwrap_or(item));
    found.notes.push(format!(
        "There is no header; column {} is taken as the user and column {} as the item.",
        user + 1,
        item + 1
    ));
    // Words right after an identifier name it, as in the logs of Last.fm.
    if found.roles.get(item + 1) == Some(&Role::Ignored) && share(item + 1, 50, &is_title) {
        found.roles[item + 1] = Role::Title;
    }
    // A third column of numbers is a time such as a step count where it rises, else a rating.
    let width = found.roles.len();
    let exact = |text: &str| text.split_once('.').is_some_and(|(_, digits)| digits.len() > 3);
    let is_number = |at: usize| share(at, 95, &|text| number(text).is_some()) && !share(at, 50, &exact);
    let timed = found.roles.contains(&Role::Time);
    let time_again = |at: usize| timed && ballot.looks(at).epochs >= 0.8;
    let third = (0..width).find(|&at| found.roles[at] == Role::Ignored && is_number(at) && !time_again(at));
    if let Some(third) = third.filter(|&at| at >= 2 || table.columns <= 3) {
        let looks = ballot.looks(third);
        let whole = looks.fractions == 0.0 && looks.least >= 0.0;
        // Without a name it is the order only if it runs like one; counts and prices do not.
        let order = whole && third >= 2 && (table.rows.len() < 3 || runs(table, user, third));
        if !timed && order && !looks.like_ratings() {
            found.roles[third] = Role::Time;
            found.confidence[third] = 0.5;
        } else if !timed || looks.like_ratings() {
            found.roles[third] = Role::Rating;
            found.confidence[third] = 0.5;
        }
    }
    // The order that nearly all logs without names have.
    let usual: [&[Role]; 2] = [
        &[Role::User, Role::Item, Role::Rating, Role::Time],
        &[Role::User, Role::Item, Role::Time],
    ];
    if usual.contains(&found.roles.as_slice()) && found.confidence.last() == Some(&0.9) {
        found
            .confidence
            .iter_mut()
            .for_each(|confidence| *confidence = confidence.max(0.8_f32));
    }
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
