//! The values of a Parquet column as text, written as a person would write them in a table.
//!
//! In: a value as the file stores it, and the [`Form`] that the schema gives its column. Out: its text, behind what is in a
//! buffer already: times as ISO 8601, decimals with their point, identifiers as they are. The functions answer whether the value
//! could be written; only bytes that are not valid UTF-8 cannot.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::schema::types::ColumnDescPtr;

use crate::log::text::calendar::civil;

/// Meaning of the numbers and bytes of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Plain,
    Unsigned,
    /// Digits after the point.
    Decimal(usize),
    /// Days since 1970.
    Date,
    /// Units since 1970, so many a second.
    Moment(i64),
    Uuid,
    /// Nothing that could be an identifier or a time.
    Nothing,
}

impl Form {
    /// Form of a column, by its schema.
    pub(crate) fn of(shape: &ColumnDescPtr) -> Form {
        match shape.logical_type_ref() {
            Some(LogicalType::Timestamp(stamp)) => match stamp.unit {
                TimeUnit::MILLIS => Form::Moment(1_000),
                TimeUnit::MICROS => Form::Moment(1_000_000),
                TimeUnit::NANOS => Form::Moment(1_000_000_000),
            },
            Some(LogicalType::Uuid) => Form::Uuid,
            Some(LogicalType::Float16 | LogicalType::Unknown) => Form::Nothing,
            Some(LogicalType::Date) => Form::Date,
            Some(LogicalType::Integer(integer)) if !integer.is_signed => Form::Unsigned,
            _ => match shape.converted_type() {
                ConvertedType::DATE => Form::Date,
                ConvertedType::TIMESTAMP_MILLIS => Form::Moment(1_000),
                ConvertedType::TIMESTAMP_MICROS => Form::Moment(1_000_000),
                ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                    Form::Unsigned
                }
                ConvertedType::DECIMAL => Form::Decimal(usize::try_from(shape.type_scale()).unwrap_or(0).min(76)),
                ConvertedType::INTERVAL => Form::Nothing,
                _ => Form::Plain,
            },
        }
    }
}

/// Writes anything that can be shown.
pub(crate) fn write(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) -> bool {
    // Writing to memory cannot fail.
    std::io::Write::write_fmt(out, text).is_ok()
}

/// Writes a number in the form of its column.
pub(crate) fn integer(value: i64, form: Form, out: &mut Vec<u8>) -> bool {
    match form {
        Form::Decimal(scale) => decimal(value.into(), scale, out),
        Form::Date => {
            day(value.into(), out);
            true
        }
        Form::Moment(a_second) => moment(value.into(), a_second.into(), out),
        Form::Nothing => true,
        Form::Plain | Form::Unsigned | Form::Uuid => write(out, format_args!("{value}")),
    }
}

/// Writes bytes in the form of their column; false where they should be UTF-8 and are not.
pub(crate) fn text(bytes: &[u8], form: Form, out: &mut Vec<u8>) -> bool {
    match form {
        Form::Nothing => true,
        Form::Decimal(scale) => {
            // Big-endian, in two's complement. What has more than 38 digits is no identifier.
            let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
            let start = if negative { -1_i128 } else { 0 };
            let value = bytes.iter().fold(start, |value, &byte| value << 8 | i128::from(byte));
            bytes.len() > 16 || decimal(value, scale, out)
        }
        Form::Uuid if bytes.len() == 16 => {
            for (at, byte) in bytes.iter().enumerate() {
                if [4, 6, 8, 10].contains(&at) {
                    out.push(b'-');
                }
                write(out, format_args!("{byte:02x}"));
            }
            true
        }
        _ => {
            out.extend_from_slice(bytes);
            std::str::from_utf8(bytes).is_ok()
        }
    }
}

fn decimal(value: i128, scale: usize, out: &mut Vec<u8>) -> bool {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    write(out, format_args!("{sign}{whole}{point}{part}"))
}

/// A time as ISO 8601, with a fraction where there is one.
pub(crate) fn moment(value: i128, a_second: i128, out: &mut Vec<u8>) -> bool {
    let (seconds, fraction) = (value.div_euclid(a_second), value.rem_euclid(a_second));
    day(seconds.div_euclid(86_400), out);
    let second = seconds.rem_euclid(86_400);
    write(
        out,
        format_args!("T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60),
    );
    if fraction > 0 {
        let width = a_second.ilog10() as usize;
        let digits = format!("{fraction:0width$}");
        write(out, format_args!(".{}", digits.trim_end_matches('0')));
    }
    true
}

/// A day since 1970; the number itself beyond the calendar.
fn day(days: i128, out: &mut Vec<u8>) {
    match i64::try_from(days).ok().and_then(civil) {
        Some((year, month, day)) => write(out, format_args!("{year:04}-{month:02}-{day:02}")),
        None => write(out, format_args!("{days}")),
    };
}
