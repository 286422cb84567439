use std::io::Cursor;

use parquet::basic::GzipLevel;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
    Int96, Int96Type,
};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::log::containers::archive::Content;
use crate::log::containers::found::open_all;
use crate::log::text::source::NamedSource;

/// One column of one row group: values, definition levels, repetition levels.
enum Data {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

type Levels = Option<Vec<i16>>;

fn texts(values: &[&str]) -> Data {
    Data::Bytes(values.iter().map(|&text| text.into()).collect())
}

fn ordinary() -> WriterProperties {
    WriterProperties::builder().build()
}

fn file(schema: &str, groups: Vec<Vec<(Data, Levels, Levels)>>, properties: WriterProperties) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for group in groups {
        let mut out = writer.next_row_group().unwrap();
        for (data, defined, repeated) in group {
            let mut column = out.next_column().unwrap().unwrap();
            let (defined, repeated) = (defined.as_deref(), repeated.as_deref());
            match data {
                Data::Bool(v) => column.typed::<BoolType>().write_batch(&v, defined, repeated),
                Data::Int32(v) => column.typed::<Int32Type>().write_batch(&v, defined, repeated),
                Data::Int64(v) => column.typed::<Int64Type>().write_batch(&v, defined, repeated),
                Data::Int96(v) => column.typed::<Int96Type>().write_batch(&v, defined, repeated),
                Data::Float(v) => column.typed::<FloatType>().write_batch(&v, defined, repeated),
                Data::Double(v) => column.typed::<DoubleType>().write_batch(&v, defined, repeated),
                Data::Bytes(v) => column.typed::<ByteArrayType>().write_batch(&v, defined, repeated),
                Data::Fixed(v) => column.typed::<FixedLenByteArrayType>().write_batch(&v, defined, repeated),
            }
            .unwrap();
            column.close().unwrap();
        }
        out.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn source(bytes: Vec<u8>) -> SharedSource {
    let source = Box::new(Cursor::new(bytes));
    let name = "a.parquet".to_owned();
    SharedSource::new(NamedSource { name, source }).unwrap()
}

fn open(bytes: Vec<u8>) -> Result<ParquetRows, LogError> {
    ParquetRows::open("a.parquet", source(bytes))
}

/// All rows, each as its line and its fields with commas between, or as what is wrong with it.
fn all(rows: &mut ParquetRows, batch: usize) -> Result<Vec<(u64, String)>, LogError> {
    let mut out = Vec::new();
    while rows.next_rows(batch, |record| {
        out.push(match record {
            Ok(record) => {
                let fields: Vec<_> = record.fields().map(String::from_utf8_lossy).collect();
                (record.line, fields.join(","))
            }
            Err(bad) => (bad.line, format!("! {} x {}", bad.lines, bad.why)),
        });
        Ok(())
    })? {}
    Ok(out)
}

fn lines(rows: &mut ParquetRows) -> Vec<String> {
    all(rows, 3).unwrap().into_iter().map(|(_, line)| line).collect()
}

fn log(groups: &[&[i64]], properties: WriterProperties) -> Vec<u8> {
    let schema = "message m { REQUIRED INT64 user; REQUIRED BYTE_ARRAY item (UTF8); OPTIONAL INT64 time; }";
    let groups = groups.iter().map(|users| {
        let items = users.iter().map(|user| format!("i{user}").into_bytes().into()).collect();
        let defined = users.iter().map(|user| i16::from(user % 3 != 0)).collect();
        let times = users.iter().filter(|user| *user % 3 != 0).map(|user| 1000 + user).collect();
        vec![
            (Data::Int64(users.to_vec()), None, None),
            (Data::Bytes(items), None, None),
            (Data::Int64(times), Some(defined), None),
        ]
    });
    file(schema, groups.collect(), properties)
}

#[test]
fn rows_of_several_groups_with_nulls_in_any_batches() {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ];
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let properties = WriterProperties::builder().set_compression(codec).set_writer_version(version);
            let bytes = log(&[&[1, 2, 3], &[4], &[5, 6]], properties.build());
            for batch in [1, 2, 100] {
                let mut rows = open(bytes.clone()).unwrap();
                assert_eq!(rows.names(), ["user", "item", "time"]);
                assert_eq!((rows.lists(), rows.total_rows()), (&[false; 3][..], 6));
                assert_eq!(rows.sample(2).unwrap(), [["1", "i1", "1001"], ["2", "i2", "1002"]]);
                assert_eq!(rows.sample(99).unwrap().len(), 6);
                let expected = ["1,i1,1001", "2,i2,1002", "3,i3,", "4,i4,1004", "5,i5,1005", "6,i6,"];
                let expected: Vec<_> = (1..).zip(expected.map(String::from)).collect();
                assert_eq!(all(&mut rows, batch).unwrap(), expected);
                assert!(!rows.next_rows(batch, |_| Ok(())).unwrap());
            }
        }
    }
}

#[test]
fn a_projection_leaves_empty_fields_and_progress_adds_up() {
    let mut rows = open(log(&[&[1, 2, 3], &[4, 5, 6, 7]], ordinary())).unwrap();
    rows.project(&[true, false, true], None, Vec::new());
    let position = Position::default();
    rows.count(position.clone(), 1001);
    assert!(rows.next_rows(2, |_| Ok(())).unwrap());
    assert_eq!(position.bytes(), 286);
    assert_eq!(
        all(&mut rows, 2).unwrap()[..2],
        [(3, "3,,".to_owned()), (4, "4,,1004".to_owned())]
    );
    assert_eq!(position.bytes(), 1001);
}

#[test]
fn every_type_as_text() {
    let schema = "message m {
        REQUIRED BOOLEAN b; REQUIRED INT32 i; REQUIRED INT32 u (UINT_32); REQUIRED INT64 w (UINT_64);
        REQUIRED FLOAT f; REQUIRED DOUBLE d; REQUIRED INT32 day (DATE);
        REQUIRED INT64 ms (TIMESTAMP(MILLIS,true)); REQUIRED INT64 us (TIMESTAMP(MICROS,false));
        REQUIRED INT64 ns (TIMESTAMP(NANOS,true)); REQUIRED INT96 old;
        REQUIRED INT32 p (DECIMAL(9,2)); REQUIRED FIXED_LEN_BYTE_ARRAY (4) q (DECIMAL(9,3));
        REQUIRED FIXED_LEN_BYTE_ARRAY (16) id (UUID); REQUIRED BYTE_ARRAY raw;
    }";
    let int96 = |nanoseconds: u64, day: u32| {
        let mut value = Int96::new();
        value.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, day);
        value
    };
    let fixed = |bytes: Vec<u8>| FixedLenByteArray::from(bytes);
    let columns = vec![
        Data::Bool(vec![true, false]),
        Data::Int32(vec![-7, i32::MAX]),
        Data::Int32(vec![-1, 1]),
        Data::Int64(vec![-1, 1]),
        Data::Float(vec![0.1, f32::NAN]),
        Data::Double(vec![4.0, 0.1 + 0.2]),
        Data::Int32(vec![19_753, -1]),
        Data::Int64(vec![1_365_365_029_250, -1]),
        Data::Int64(vec![951_782_400_000_000, 1]),
        Data::Int64(vec![1, i64::MIN]),
        Data::Int96(vec![int96(3_661_500_000_000, 2_440_588), int96(0, 2_440_587)]),
        Data::Int32(vec![-5, 12_345]),
        Data::Fixed(vec![fixed(vec![0xff, 0xff, 0xff, 0xff]), fixed(vec![0, 0, 0x30, 0x39])]),
        Data::Fixed(vec![fixed((0..16).collect()), fixed(vec![0xab; 16])]),
        Data::Bytes(vec!["é|x".into(), ByteArray::from(vec![0xff, 0x41])]),
    ];
    let group = columns.into_iter().map(|data| (data, None, None)).collect();
    let mut rows = open(file(schema, vec![group], ordinary())).unwrap();
    let lines = lines(&mut rows);
    assert_eq!(
        lines[0],
        "true,-7,4294967295,18446744073709551615,0.1,4,2024-01-31,2013-04-07T20:03:49.25,2000-02-29T00:00:00,\
         1970-01-01T00:00:00.000000001,1970-01-01T01:01:01.5,-0.05,-0.001,00010203-0405-0607-0809-0a0b0c0d0e0f,é|x"
    );
    assert_eq!(lines[1], "! 1 x column 15 (\"raw\") is not valid UTF-8");
    rows.project(&[true; 14], None, Vec::new());
    assert_eq!(
        self::lines(&mut rows)[1],
        "false,2147483647,1,1,,0.30000000000000004,1969-12-31,1969-12-31T23:59:59.999,1970-01-01T00:00:00.000001,\
         1677-09-21T00:12:43.145224192,1969-12-31T00:00:00,123.45,12.345,abababab-abab-abab-abab-abababababab,"
    );
}

const LISTS: &str = "message m {
    REQUIRED INT64 user;
    OPTIONAL group items (LIST) { REPEATED group list { OPTIONAL BYTE_ARRAY element (UTF8); } }
    OPTIONAL group times (LIST) { REPEATED group list { REQUIRED INT64 element; } }
    REPEATED INT32 plain;
    OPTIONAL group name { REQUIRED BYTE_ARRAY first (UTF8); }
}";

/// Users 1 to 4: three items; a list with a null; no list; lists of different lengths.
fn lists() -> Vec<u8> {
    let group = vec![
        (Data::Int64(vec![1, 2, 3, 4]), None, None),
        (
            texts(&["a", "b", "c", "d", "e", "f", "g"]),
            Some(vec![3, 3, 3, 3, 2, 0, 3, 3, 3]),
            Some(vec![0, 1, 1, 0, 1, 0, 0, 1, 1]),
        ),
        (
            Data::Int64(vec![10, 11, 12, 20, 21, 40, 41]),
            Some(vec![2, 2, 2, 2, 2, 1, 2, 2]),
            Some(vec![0, 1, 1, 0, 1, 0, 0, 1]),
        ),
        (Data::Int32(vec![7, 8]), Some(vec![1, 1, 0, 0, 0]), Some(vec![0, 1, 0, 0, 0])),
        (texts(&["A", "D"]), Some(vec![1, 0, 0, 1]), None),
    ];
    file(LISTS, vec![group], ordinary())
}

#[test]
fn lists_are_joined_or_spread() {
    for version in 0..2 {
        let mut rows = open(lists()).unwrap();
        assert_eq!(rows.names(), ["user", "items", "times", "plain", "name.first"]);
        assert_eq!(rows.lists(), [false, true, true, true, false]);
        let joined = ["1,a|b|c,10|11|12,7|8,A", "2,d|,20|21,,", "3,,,,", "4,e|f|g,40|41,,D"];
        assert_eq!(rows.sample(9).unwrap()[0], ["1", "a|b|c", "10|11|12", "7|8", "A"]);
        if version == 0 {
            assert_eq!(lines(&mut rows), joined);
            continue;
        }
        rows.project(&[true, false, false, true], Some(1), vec![2]);
        let spread: Vec<_> = all(&mut rows, 100).unwrap();
        let expected = [
            (1, "1,a,10,7|8,"),
            (1, "1,b,11,7|8,"),
            (1, "1,c,12,7|8,"),
            (2, "2,d,20,,"),
            (2, "2,,21,,"),
            (4, "! 3 x the lists of \"items\" and \"times\" have 3 and 2 entries"),
        ];
        assert_eq!(spread, expected.map(|(line, text)| (line, text.to_owned())));
    }
}

#[test]
fn names_of_lists_in_all_their_spellings() {
    let schema = "message m {
        OPTIONAL group a (LIST) { REPEATED group bag { OPTIONAL INT32 array_element; } }
        OPTIONAL group b (LIST) { REPEATED INT32 element; }
        OPTIONAL group c (LIST) { REPEATED group list { OPTIONAL group element { OPTIONAL INT32 id; OPTIONAL INT64 at; } } }
        OPTIONAL group d (LIST) { REPEATED group array { REQUIRED INT32 id; } }
        OPTIONAL group e (LIST) { REPEATED group list { OPTIONAL group element (LIST) { REPEATED group list { OPTIONAL INT32 element; } } } }
    }";
    let one = |level: i16| (Data::Int32(vec![5]), Some(vec![level]), Some(vec![0]));
    let group = vec![
        one(3),
        one(2),
        one(4),
        (Data::Int64(vec![6]), Some(vec![4]), Some(vec![0])),
        one(2),
        one(5),
    ];
    let mut rows = open(file(schema, vec![group], ordinary())).unwrap();
    assert_eq!(rows.names(), ["a", "b", "c.id", "c.at", "d.id", "e"]);
    assert_eq!(rows.lists(), [true, true, true, true, true, false]);
    assert_eq!(lines(&mut rows), ["5,5,5,6,5,"], "lists of lists are empty");
}

#[test]
fn what_cannot_be_read_is_said_in_a_sentence() {
    let good = log(&[&[1, 2, 3]], ordinary());
    let told = |bytes: Vec<u8>| open(bytes).err().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(
        told(good[..good.len() - 20].to_vec()),
        "a.parquet is a Parquet file that cannot be read (its end is missing); write it again, or convert it to CSV."
    );
    assert!(told(b"PAR1".to_vec()).contains("it is too short"));
    let mut huge = good.clone();
    let at = huge.len() - 8;
    huge[at..at + 4].copy_from_slice(&[0xff; 4]);
    assert!(told(huge).contains("its end is missing"));
    let mut secret = good.clone();
    *secret.last_mut().unwrap() = b'E';
    assert_eq!(
        told(secret),
        "a.parquet is an encrypted Parquet file; write it without encryption, or convert it to CSV."
    );
    assert!(told(log(&[], ordinary())).starts_with("a.parquet is empty;"));
    // The codec is a byte of the footer: field 4 of each column's metadata, zigzag; nothing else there is `15 00`.
    let zstd = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut zstd = log(&[&[1, 2, 3]], zstd);
    let at = zstd
        .windows(6)
        .rposition(|w| w == [b'u', b's', b'e', b'r', 0x15, 0x02])
        .unwrap();
    zstd[at + 5] = 12;
    assert_eq!(
        told(zstd),
        "a.parquet is a Parquet file compressed with zstd, which is not read here; write it with snappy or gzip, or convert it \
         to CSV."
    );
}

#[test]
fn a_page_is_not_believed() {
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    let good = log(&[&[1, 2, 3]], properties);
    // The first page begins behind the magic: kind 0, its size unpacked and packed (24 bytes, zigzag 48).
    assert_eq!(good[4..10], [0x15, 0, 0x15, 48, 0x15, 48]);
    let mut huge = good.clone();
    huge.splice(4..10, [0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 48]);
    let error = open(huge).and_then(|mut rows| rows.sample(1)).unwrap_err();
    assert!(matches!(error, LogError::ParquetDamaged { .. }), "{error}");
}

#[test]
fn inside_a_zip_it_is_unpacked_and_judged() {
    use std::io::Write;
    let bytes = log(&[&[1, 2, 4], &[5]], ordinary());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("d/part.parquet", bytes.as_slice()),
        ("movies.csv", b"movieId,title\n1,A b\n2,C d\n"),
    ] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    for (bytes, how) in [(archive, Some("zip")), (bytes, None)] {
        let source = Box::new(Cursor::new(bytes));
        let name = "a".to_owned();
        let found = open_all(vec![NamedSource { name, source }], None).unwrap();
        assert_eq!(found.log.how.as_deref(), how);
        assert_eq!(found.items.is_some(), how.is_some());
        let Content::Parquet(mut rows) = found.log.content else {
            panic!("no Parquet");
        };
        assert_eq!(lines(&mut rows)[3], "5,i5,1005");
        assert!(found.position.bytes() > 0 && found.position.bytes() <= found.total_bytes);
    }
}
