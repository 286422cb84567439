use std::io::{Cursor, Read, Seek, SeekFrom};

use super::{PlainParquet, footer, uses_zstd};
use crate::thrift::Fields;

/// By polars, as it writes without being told anything.
const POLARS: &[u8] = include_bytes!("../../../tests/cases/container_parquet_zstd/input.parquet");
/// By pyarrow: pages of the second version, dictionaries, three row groups.
const SECOND: &[u8] = include_bytes!("../../../tests/cases/container_parquet_zstd_row_groups/input.parquet");
/// By pyarrow: one column with snappy, checksums and indexes of pages.
const MIXED: &[u8] = include_bytes!("../../../tests/cases/container_parquet_zstd_and_snappy/input.parquet");

fn plain(bytes: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
    let Some(mut file) = PlainParquet::new(Cursor::new(bytes))? else {
        return Ok(None);
    };
    let mut out = Vec::new();
    // Damage may say anything of lengths; a file of this size holds no more.
    file.by_ref().take(1 << 20).read_to_end(&mut out)?;
    Ok(Some(out))
}

#[test]
fn what_comes_out_has_no_zstd_and_places_that_are_right() {
    for bytes in [POLARS, SECOND, MIXED] {
        let out = plain(bytes).unwrap().unwrap();
        let end = footer(&mut Cursor::new(&out), out.len() as u64).unwrap().unwrap();
        assert_eq!(uses_zstd(&end), Ok(false));
        let (file, _) = Fields::read(&end).unwrap();
        let mut at = 4;
        for group in file.list(4).unwrap() {
            let start = at;
            for chunk in group.list(1).unwrap() {
                let column = chunk.structure(3).unwrap().unwrap();
                assert_eq!(column.int(11).or(column.int(9)), Some(at), "chunks follow each other");
                // The first page of data is where the footer says.
                let (page, _) = Fields::read(&out[column.int(9).unwrap() as usize..]).unwrap();
                assert!([0, 3].contains(&page.int(1).unwrap()));
                if column.int(4) == Some(0) {
                    assert_eq!(page.int(4), None, "a checksum would be that of the packed page");
                }
                assert_eq!(
                    [4, 5, 6, 7].map(|id| chunk.int(id)),
                    [None; 4],
                    "indexes of pages are left out"
                );
                at += column.int(7).unwrap();
            }
            assert_eq!(group.int(6).unwrap_or(at - start), at - start);
        }
        assert_eq!(at as usize, out.len() - end.len() - 8, "nothing lies between");
        assert!(plain(&out).unwrap().is_none(), "nothing is left to be done");
    }
}

#[test]
fn any_place_can_be_read() {
    for bytes in [POLARS, SECOND, MIXED] {
        let out = plain(bytes).unwrap().unwrap();
        let mut file = PlainParquet::new(Cursor::new(bytes)).unwrap().unwrap();
        assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), out.len() as u64);
        for at in (0..out.len()).rev() {
            let mut some = Vec::new();
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.by_ref().take(90).read_to_end(&mut some).unwrap();
            assert_eq!(some, out[at..out.len().min(at + 90)]);
        }
        assert_eq!(file.seek(SeekFrom::Current(-90)).unwrap_or(0), 0, "no place before the first");
    }
}

#[test]
fn other_files_are_left_alone() {
    for bytes in [
        &b""[..],
        b"PAR1",
        b"user,item\nada,lamp\n",
        &[0; 100],
        &POLARS[..POLARS.len() - 1],
        &POLARS[1..],
    ] {
        assert!(plain(bytes).unwrap().is_none());
    }
    // A footer longer than the file.
    let mut long = POLARS.to_vec();
    let at = long.len() - 8;
    long[at..at + 4].copy_from_slice(&[0xff; 4]);
    assert!(plain(&long).unwrap().is_none());
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let mut errors = 0;
    for bytes in [POLARS, SECOND, MIXED] {
        for at in 4..bytes.len() {
            for change in [0x01, 0x10, 0x80, 0xff] {
                let mut damaged = bytes.to_vec();
                damaged[at] ^= change;
                errors += usize::from(plain(&damaged).is_err());
            }
            // Bytes that are missing in the middle move all that lies behind.
            let cut = [&bytes[..at], &bytes[(at + 9).min(bytes.len())..]].concat();
            errors += usize::from(plain(&cut).is_err());
        }
    }
    assert!(errors > 1000, "{errors}");
}
