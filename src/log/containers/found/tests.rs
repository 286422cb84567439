use std::io::{self, Cursor, Seek, SeekFrom, Write};

use flate2::{Compression, write::GzEncoder};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::log::containers::archive::Content;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip_by(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(method);
        if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(CompressionMethod::Deflated, files)
}

fn named(name: &str, bytes: &[u8]) -> NamedSource {
    NamedSource {
        name: name.to_owned(),
        source: Box::new(Cursor::new(bytes.to_vec())),
    }
}

fn open(files: &[(&str, &[u8])], entry: Option<&str>) -> Result<Found, LogError> {
    open_all(files.iter().map(|(name, bytes)| named(name, bytes)).collect(), entry)
}

fn error(files: &[(&str, &[u8])], entry: Option<&str>) -> String {
    match open(files, entry) {
        Ok(found) => panic!("{} was opened", found.log.name),
        Err(error) => error.to_string(),
    }
}

fn drain(opened: Opened) -> Result<Vec<u8>, LogError> {
    let Content::Text(mut text) = opened.content else {
        panic!("{} is no text", opened.name);
    };
    let mut bytes = Vec::new();
    match text.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(failure(&opened.name, &error)),
    }
}

/// A log of `rows` lines, each made of a user, an item and a time.
fn log(rows: usize, header: &str, line: impl Fn(usize, usize, usize) -> String) -> Vec<u8> {
    let mut text = header.to_owned();
    for at in 0..rows {
        text += &line(at % 97 + 1, at * 7 % 1001 + 1, 978_300_760 + at * 31);
    }
    text.into_bytes()
}

fn ratings(rows: usize) -> Vec<u8> {
    log(rows, "userId,movieId,rating,timestamp\n", |u, i, t| {
        format!("{u},{i},4.0,{t}\n")
    })
}

const MOVIES: &[u8] = b"movieId,title,genres\n1,Toy Story (1995),Adventure|Animation\n2,\"Up, Again (1996)\",Drama\n";

#[test]
fn a_text_comes_as_it_is_and_is_counted() {
    let text = ratings(20_000);
    let found = open(&[("a.csv", &text)], None).unwrap();
    assert_eq!(
        (found.log.how.as_deref(), found.position.bytes()),
        (None, 0),
        "looking into it does not count"
    );
    assert!(found.items.is_none() && found.entries.is_empty() && found.notes.is_empty());
    let (position, total) = (found.position.clone(), found.total_bytes);
    assert_eq!(drain(found.log).unwrap(), text);
    assert_eq!((position.bytes(), total), (text.len() as u64, text.len() as u64));
    assert!(drain(open(&[("empty.csv", b"")], None).unwrap().log).unwrap().is_empty());
}

#[test]
fn gzip_of_several_members_whatever_the_name() {
    let text = ratings(30_000);
    let mut packed = gzip(&text[..500_000]);
    packed.extend(gzip(&text[500_000..]));
    let found = open(&[("ratings.csv", &packed)], None).unwrap();
    assert_eq!(found.log.how.as_deref(), Some("gzip"));
    let (position, total) = (found.position.clone(), found.total_bytes);
    assert_eq!(drain(found.log).unwrap(), text);
    assert_eq!((position.bytes(), total), (packed.len() as u64, packed.len() as u64));
}

#[test]
fn gzip_that_is_cut_or_changed_is_damaged() {
    let packed = gzip(&ratings(5000));
    let mut changed = packed.clone();
    *changed.iter_mut().nth_back(6).unwrap() ^= 1;
    for (bytes, what) in [
        (&packed[..packed.len() / 2], "it ends too early"),
        (&changed, "what is packed in it makes no sense"),
    ] {
        let told = drain(open(&[("a.gz", bytes)], None).unwrap().log).unwrap_err().to_string();
        assert_eq!(told, format!("a.gz is damaged ({what}); download or pack it again."));
    }
}

#[test]
fn what_gzip_should_not_hold() {
    for (inside, what) in [
        (gzip(b"1,2\n"), "packed twice; unpack it once"),
        (
            zip(&[("a.csv", b"1,2\n")]),
            "a packed zip archive; unpack it once and open the archive",
        ),
        (
            b"PAR1....".to_vec(),
            "a packed Parquet file; unpack it and open the Parquet file",
        ),
    ] {
        assert_eq!(error(&[("a.gz", &gzip(&inside))], None), format!("a.gz is {what}."));
    }
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    assert_eq!(
        error(&[("a.tgz", &gzip(&tar))], None),
        "a.tgz is a tar archive; unpack it and open the log inside."
    );
}

#[test]
fn movielens_latest_small() {
    let ratings = ratings(10_000);
    let tags = log(300, "userId,movieId,tag,timestamp\n", |u, i, t| {
        format!("{u},{i},funny,{t}\n")
    });
    let links = log(900, "movieId,imdbId,tmdbId\n", |_, i, t| format!("{i},{t},862\n"));
    let readme = b"Summary\n=======\n\nThis dataset describes 5-star rating and free-text tagging activity.\n";
    let archive = zip(&[
        ("ml-latest-small/", b""),
        ("ml-latest-small/links.csv", &links),
        ("ml-latest-small/tags.csv", &tags),
        ("ml-latest-small/ratings.csv", &ratings),
        ("ml-latest-small/README.txt", readme),
        ("ml-latest-small/movies.csv", MOVIES),
        ("__MACOSX/ml-latest-small/._ratings.csv", &ratings.repeat(2)),
        ("ml-latest-small/.hidden.csv", &ratings.repeat(2)),
    ]);
    let found = open(&[("ml.zip", &archive)], None).unwrap();
    assert_eq!(
        (found.log.name.as_str(), found.log.how.as_deref()),
        ("ratings.csv", Some("zip"))
    );
    assert_eq!(
        found.notes,
        ["ratings.csv was read out of ml.zip; tags.csv could be read as a log too."]
    );
    let names: Vec<&str> = found.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names[..2], ["ml-latest-small/ratings.csv", "ml-latest-small/tags.csv"]);
    assert_eq!(found.entries[0].bytes, ratings.len() as u64);
    let position = found.position.clone();
    assert_eq!(drain(found.log).unwrap(), ratings);
    let items = found.items.unwrap();
    assert_eq!(items.name, "movies.csv");
    assert_eq!(drain(items).unwrap(), MOVIES);
    assert_eq!(position.bytes(), found.total_bytes);

    for wanted in ["ml-latest-small/tags.csv", "tags.csv"] {
        let found = open(&[("ml.zip", &archive)], Some(wanted)).unwrap();
        assert_eq!(drain(found.log).unwrap(), tags);
        assert!(found.notes.is_empty());
        assert_eq!(found.items.unwrap().name, "movies.csv");
    }
    let told = error(&[("ml.zip", &archive)], Some("rating.csv"));
    assert!(
        told.starts_with("ml.zip holds no file \"rating.csv\" (it holds \"ml-latest-small/"),
        "{told}"
    );
    assert!(told.ends_with("); name one of these."), "{told}");
}

#[test]
fn movielens_1m_and_100k() {
    let ratings = log(9000, "", |u, i, t| format!("{u}::{i}::5::{t}\n"));
    let users = log(900, "", |u, i, _| format!("{u}{i}::F::1::10::48067\n"));
    let movies = "1::Toy Story (1995)::Animation|Children's\n2::Jumanji (1995)::Adventure\n".as_bytes();
    let archive = zip(&[
        ("ml-1m/movies.dat", movies),
        ("ml-1m/ratings.dat", &ratings),
        ("ml-1m/README", b"SUMMARY\n====\n\nThese files contain ratings.\n"),
        ("ml-1m/users.dat", &users),
    ]);
    let found = open(&[("ml-1m.zip", &archive)], None).unwrap();
    assert_eq!(drain(found.log).unwrap(), ratings);
    assert_eq!(drain(found.items.unwrap()).unwrap(), movies);

    let of = |rows| log(rows, "", |u, i, t| format!("{u}\t{i}\t3\t{t}\n"));
    let item = "1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/Toy|0|0|1\n2|GoldenEye (1995)|01-Jan-1995||http://x|0|1|0\n";
    let archive = zip(&[
        (
            "ml-100k/allbut.pl",
            b"#!/usr/local/bin/perl\n\n# get args\nif (@ARGV < 3) {\n",
        ),
        ("ml-100k/u.data", &of(10_000)),
        ("ml-100k/u.genre", b"unknown|0\nAction|1\nAdventure|2\n"),
        ("ml-100k/u.info", b"943 users\n1682 items\n100000 ratings\n"),
        ("ml-100k/u.item", item.as_bytes()),
        ("ml-100k/u.user", b"1|24|M|technician|85711\n2|53|F|other|94043\n"),
        ("ml-100k/ua.base", &of(9057)),
        ("ml-100k/ua.test", &of(943)),
        ("ml-100k/u1.base", &of(8000)),
    ]);
    let found = open(&[("ml-100k.zip", &archive)], None).unwrap();
    assert_eq!(found.log.name, "u.data");
    assert_eq!(found.items.unwrap().name, "u.item");
    assert!(
        found.notes[0].starts_with("u.data was read out of ml-100k.zip; ua.base"),
        "{:?}",
        found.notes
    );
}

#[test]
fn two_sources_in_any_order_and_packing() {
    let ratings = ratings(3000);
    let (packed, archive) = (gzip(&ratings), zip(&[("x/ratings.csv", &ratings), ("x/movies.csv", MOVIES)]));
    let titles = [MOVIES.to_vec(), gzip(MOVIES), zip(&[("movies.csv", MOVIES)])];
    for log in [&ratings, &packed, &archive] {
        for items in &titles {
            for turned in [false, true] {
                let mut files: Vec<(&str, &[u8])> = vec![("log", log), ("titles", items)];
                if turned {
                    files.reverse();
                }
                let found = open(&files, None).unwrap();
                let (position, total) = (found.position.clone(), found.total_bytes);
                assert_eq!(drain(found.log).unwrap(), ratings);
                assert_eq!(drain(found.items.unwrap()).unwrap(), MOVIES);
                assert_eq!(position.bytes(), total);
            }
        }
    }
    for (first, second) in [(&ratings[..], &ratings[..]), (MOVIES, MOVIES)] {
        assert_eq!(
            error(&[("a", first), ("b", second)], None),
            "Neither or both of a and b look like a file of item titles; open one log, and beside it at most one file of titles."
        );
    }
    assert_eq!(
        error(&[("a", MOVIES), ("b", MOVIES), ("c", MOVIES)], None),
        "3 files were chosen; open one log, and beside it at most one file of titles."
    );
    assert!(error(&[], None).starts_with("0 files were chosen;"));
    let found = open(&[("a.csv", &ratings)], Some("x.csv")).unwrap();
    assert_eq!(found.notes, ["a.csv is no zip archive, so \"x.csv\" was not looked for."]);
}

#[test]
fn gzip_and_stored_files_inside_a_zip() {
    let ratings = ratings(9000);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let archive = zip_by(method, &[("d/ratings.csv.gz", &gzip(&ratings)), ("notes.txt", b"hello\n")]);
        let found = open(&[("a.zip", &archive)], None).unwrap();
        assert_eq!(
            (found.log.name.as_str(), found.log.how.as_deref()),
            ("ratings.csv.gz", Some("gzip in zip"))
        );
        let (position, total) = (found.position.clone(), found.total_bytes);
        assert_eq!(drain(found.log).unwrap(), ratings);
        assert_eq!(position.bytes(), total);
    }
    let inner = zip(&[("ratings.csv", &ratings)]);
    assert_eq!(
        error(&[("a.zip", &zip(&[("b.zip", &inner)]))], None),
        "b.zip is a zip archive inside another; unpack the outer one and open the inner one."
    );
}

#[test]
fn an_archive_whose_bytes_were_changed_is_damaged() {
    let ratings = ratings(9000);
    let place = |archive: &[u8], what: &[u8]| archive.windows(what.len()).position(|w| w == what).unwrap();
    // One digit of a stored file.
    let mut archive = zip_by(CompressionMethod::Stored, &[("ratings.csv", &ratings)]);
    let at = place(&archive, b"978300760");
    archive[at + 8] = b'1';
    let told = drain(open(&[("a.zip", &archive)], None).unwrap().log).unwrap_err();
    assert_eq!(
        told.to_string(),
        "a.zip is damaged (the checksum of a file in it does not fit); download or pack it again."
    );
    // The checksum in the table of contents.
    let mut archive = zip(&[("ratings.csv", &ratings)]);
    let at = place(&archive, b"PK\x01\x02");
    archive[at + 16] ^= 1;
    let told = drain(open(&[("a.zip", &archive)], None).unwrap().log).unwrap_err();
    assert!(
        matches!(told, LogError::Damaged { what, .. } if what.contains("checksum")),
        "{told}"
    );
    // The packed size: the packed bytes end too early.
    let mut archive = zip(&[("ratings.csv", &ratings)]);
    let at = at_of(&archive);
    archive[at + 21] -= 10;
    let told = drain(open(&[("a.zip", &archive)], None).unwrap().log).unwrap_err();
    assert!(matches!(told, LogError::Damaged { .. }), "{told}");
    // A cut archive has no table of contents.
    let told = error(&[("a.zip", &archive[..archive.len() / 2])], None);
    assert_eq!(
        told,
        "a.zip is damaged (its table of contents cannot be read); download or pack it again."
    );
}

fn at_of(archive: &[u8]) -> usize {
    archive.windows(4).position(|w| w == b"PK\x01\x02").unwrap()
}

#[test]
fn files_that_cannot_be_unpacked() {
    let ratings = ratings(900);
    let locked = |offset: usize, value: u8, files: &[(&str, &[u8])]| {
        let mut archive = zip(files);
        let at = at_of(&archive);
        archive[at + offset] |= value;
        archive
    };
    let alone: &[(&str, &[u8])] = &[("d/ratings.csv", &ratings)];
    assert_eq!(
        error(&[("a.zip", &locked(8, 1, alone))], None),
        "a.zip: \"d/ratings.csv\" in it is encrypted; pack it without a password."
    );
    let told =
        "a.zip: \"d/ratings.csv\" in it is packed with a method that is not read here; pack it as an ordinary zip archive.";
    assert_eq!(error(&[("a.zip", &locked(10, 4, alone))], None), told);
    let readme: &[(&str, &[u8])] = &[("d/ratings.csv", &ratings), ("README", b"read\nme\n")];
    assert_eq!(
        error(&[("a.zip", &locked(10, 4, readme))], None),
        told,
        "a text beside it is no log"
    );
    let both: &[(&str, &[u8])] = &[("d/ratings.csv", &ratings), ("other.csv", &ratings)];
    let archive = locked(10, 4, both);
    assert_eq!(open(&[("a.zip", &archive)], None).unwrap().log.name, "other.csv");
    assert_eq!(error(&[("a.zip", &archive)], Some("ratings.csv")), told);
}

#[test]
fn archives_without_a_log() {
    assert_eq!(
        error(&[("a.zip", &zip(&[]))], None),
        "a.zip holds no file that looks like a log (it holds nothing); open the log itself, or name the file to read."
    );
    let told = error(&[("a.zip", &zip(&[("a.txt", b"x\ny\n"), ("movies.csv", MOVIES)]))], None);
    assert!(told.contains("(it holds \"movies.csv\", \"a.txt\")"), "{told}");
    let told = error(&[("a.zip", &zip(&[("movies.csv", MOVIES)]))], None);
    assert!(told.contains("no file that looks like a log"), "{told}");
    // The reader knows best what is wrong with the only file.
    assert_eq!(
        open(&[("a.zip", &zip(&[("a.txt", b"x\ny\n")]))], None).unwrap().log.name,
        "a.txt"
    );
    let sheet = zip(&[("xl/workbook.xml", b"<x/>"), ("xl/sheet1.xml", b"<y/>")]);
    assert_eq!(
        error(&[("a.xlsx", &sheet)], None),
        "a.xlsx is a spreadsheet that is damaged or of an unknown kind; save the sheet as CSV."
    );
}

/// "user,item\nada,lamp\n" by the program `xz`.
const XZ: [u8; 76] = [
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74,
    0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x12, 0x75, 0x73, 0x65, 0x72, 0x2c, 0x69, 0x74, 0x65, 0x6d, 0x0a, 0x61, 0x64, 0x61, 0x2c, 0x6c,
    0x61, 0x6d, 0x70, 0x0a, 0x00, 0x00, 0x6c, 0x6c, 0xa9, 0x02, 0x5f, 0x55, 0x8b, 0x3c, 0x00, 0x01, 0x2b, 0x13, 0x9c, 0x09, 0x48,
    0xd2, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a,
];

#[test]
fn rarer_packings_are_told_by_their_first_bytes() {
    let found = open(&[("log", &XZ)], None).unwrap();
    assert_eq!(found.log.how.as_deref(), Some("xz"));
    assert_eq!(drain(found.log).unwrap(), b"user,item\nada,lamp\n");
    let found = open(&[("a.zip", &zip(&[("log.csv.xz", &XZ)]))], None).unwrap();
    assert_eq!(found.log.how.as_deref(), Some("xz in zip"));
    assert_eq!(drain(found.log).unwrap(), b"user,item\nada,lamp\n");
    let told = drain(open(&[("a.xz", &XZ[..50])], None).unwrap().log)
        .unwrap_err()
        .to_string();
    assert_eq!(told, "a.xz is damaged (it ends too early); download or pack it again.");
    assert_eq!(error(&[("a.gz", &gzip(&XZ))], None), "a.gz is packed twice; unpack it once.");
}

#[test]
fn a_source_that_fails_is_not_called_damaged() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.position() > 100_000 {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            let room = buffer.len().min(50_000);
            self.0.read(&mut buffer[..room])
        }
    }
    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let text = log(60_000, "u,i,t\n", |u, i, t| {
        format!("{u},{i},{}\n", t.wrapping_mul(2_654_435_761) % 4_000_000_000)
    });
    for bytes in [text.clone(), gzip(&text)] {
        assert!(bytes.len() > 150_000);
        let source = Box::new(Failing(Cursor::new(bytes)));
        let name = "a.csv".to_owned();
        let found = open_all(vec![NamedSource { name, source }], None).unwrap();
        assert_eq!(
            drain(found.log).unwrap_err().to_string(),
            "a.csv could not be read; it may have been moved or changed since it was chosen."
        );
    }
}
