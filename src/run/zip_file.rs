//! Writing a zip archive of a few files, in memory.
//!
//! In: files. Out: an archive that stores them as they are. The library that reads archives here, `zip`, could write them too, but its
//! writer brings a compressor that nobody else in a browser needs: 26 kB of the page's download, for what is 30 lines here.

use flate2::Crc;

/// How the three kinds of records begin: a file, its line in the table of contents, the end of the table.
const FILE: &[u8] = b"PK\x03\x04";
const LINE: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// Version of the format that a reader needs: 1.0.
const VERSION: u16 = 10;
/// The first of January 1980, the least date there is: a run knows no clock.
const DATE: u16 = 0x21;
const STORED: u16 = 0;

/// An archive of files that are stored as they are, the same for the same files; `None` where they are longer than the format allows.
pub fn pack(files: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut archive = Vec::with_capacity(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() + 512);
    let mut contents = Vec::new();
    for (name, bytes) in files {
        let size = u32::try_from(bytes.len()).ok()?.to_le_bytes();
        // What the file and its line have in common: version, flags, method, time and date, checksum, sizes, lengths of name and extra.
        let mut about = [VERSION, 0, STORED, 0, DATE].map(u16::to_le_bytes).concat();
        put(&mut about, &[&sum_of(bytes).to_le_bytes(), &size, &size]);
        put(&mut about, &[&u16::try_from(name.len()).ok()?.to_le_bytes(), &[0; 2]]);
        let offset = u32::try_from(archive.len()).ok()?;
        put(&mut archive, &[FILE, &about, name.as_bytes(), bytes]);
        // Comment, disk and attributes are left at 0.
        put(&mut contents, &[LINE, &VERSION.to_le_bytes(), &about, &[0; 10]]);
        put(&mut contents, &[&offset.to_le_bytes(), name.as_bytes()]);
    }
    let start = u32::try_from(archive.len()).ok()?.to_le_bytes();
    let length = u32::try_from(contents.len()).ok()?.to_le_bytes();
    let count = u16::try_from(files.len()).ok()?.to_le_bytes();
    put(
        &mut archive,
        &[&contents, END, &[0; 4], &count, &count, &length, &start, &[0; 2]],
    );
    Some(archive)
}

fn put(into: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| into.extend_from_slice(part));
}

fn sum_of(bytes: &[u8]) -> u32 {
    let mut sum = Crc::new();
    sum.update(bytes);
    sum.sum()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn the_zip_library_reads_what_is_packed_here() {
        let noise: Vec<u8> = (0..5_000u32).map(|at| (at.wrapping_mul(0x9e37_79b1) >> 11) as u8).collect();
        let files: [(&str, &[u8]); 3] = [("noise", &noise), ("folder/plain.txt", b"again and again"), ("empty", b"")];
        let archive = pack(&files).unwrap();
        assert_eq!(archive, pack(&files).unwrap());
        let mut read = ZipArchive::new(Cursor::new(&archive)).unwrap();
        assert_eq!(read.len(), files.len());
        for (at, (name, bytes)) in files.iter().enumerate() {
            let mut entry = read.by_index(at).unwrap();
            assert_eq!(entry.name_raw(), name.as_bytes());
            let mut inside = Vec::new();
            entry.read_to_end(&mut inside).unwrap();
            assert_eq!(&inside, bytes, "{name}");
        }
        assert_eq!(ZipArchive::new(Cursor::new(pack(&[]).unwrap())).unwrap().len(), 0);
    }
}
