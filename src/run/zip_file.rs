//! A zip archive of a few files, in memory.
//!
//! In: files. Out: an archive that stores them as they are, and files out of an archive, stored or deflated. Both are written here
//! because a library for all that zip archives can be adds a tenth of a megabyte to the page's download: it brings a compressor,
//! and its reader once more for every kind of source.

use std::io::Read;

use flate2::{Crc, bufread::DeflateDecoder};

/// How the three kinds of records begin: a file, its line in the table of contents, the end of the table.
const FILE: &[u8] = b"PK\x03\x04";
const LINE: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
/// Bytes of each, without names and comments.
const FILE_BYTES: usize = 30;
const LINE_BYTES: usize = 46;
const END_BYTES: usize = 22;
/// Version of the format that a reader needs: 1.0.
const VERSION: u16 = 10;
/// The first of January 1980, the least date there is: a run knows no clock.
const DATE: u16 = 0x21;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Most bytes that a file may have when it is unpacked: what the memory of a browser's module can hold beside a run.
const MOST_BYTES: usize = 1 << 30;

/// Whether the bytes begin as an archive does.
pub fn begins_as_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(FILE) || bytes.starts_with(END)
}

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

/// Why an archive or a file of it cannot be read: a part of a sentence.
pub type Wrong = &'static str;

/// A file of an archive.
#[derive(Debug)]
pub struct Entry<'a> {
    /// Its path in the archive.
    pub path: String,
    packed: &'a [u8],
    method: u16,
    encrypted: bool,
    sum: u32,
    size: usize,
}

/// Files of an archive, by its table of contents.
pub fn entries(archive: &[u8]) -> Result<Vec<Entry<'_>>, Wrong> {
    const MISSING: Wrong = "its table of contents is missing";
    const WRONG: Wrong = "its table of contents makes no sense";
    // The end may be followed by a comment of 65,535 bytes.
    let from = archive.len().saturating_sub(END_BYTES + usize::from(u16::MAX));
    let tail = archive.get(from..).ok_or(MISSING)?;
    let end = tail.windows(END.len()).rposition(|bytes| bytes == END).ok_or(MISSING)?;
    let end = Fields(tail.get(end..end + END_BYTES).ok_or(MISSING)?);
    let (count, mut at) = (end.short(10).ok_or(WRONG)?, end.long(16).ok_or(WRONG)?);
    let mut entries = Vec::new();
    for _ in 0..count {
        let bytes = archive.get(at..).filter(|bytes| bytes.starts_with(LINE)).ok_or(WRONG)?;
        let line = Fields(bytes);
        let lengths = [28, 30, 32].map(|at| line.short(at).map(usize::from));
        let [Some(name), Some(extra), Some(comment)] = lengths else {
            return Err(WRONG);
        };
        let entry = || {
            let file = archive.get(line.long(42)?..).filter(|bytes| bytes.starts_with(FILE))?;
            let before = FILE_BYTES + usize::from(Fields(file).short(26)?) + usize::from(Fields(file).short(28)?);
            Some(Entry {
                path: String::from_utf8_lossy(bytes.get(LINE_BYTES..LINE_BYTES + name)?).into_owned(),
                packed: file.get(before..before.checked_add(line.long(20)?)?)?,
                method: line.short(10)?,
                encrypted: line.short(8)? & 1 == 1,
                sum: line.number(16)?,
                size: line.long(24)?,
            })
        };
        entries.push(entry().ok_or(WRONG)?);
        at += LINE_BYTES + name + extra + comment;
    }
    Ok(entries)
}

impl Entry<'_> {
    /// Its bytes, held against size and checksum.
    pub fn unpack(&self) -> Result<Vec<u8>, Wrong> {
        let mut bytes = Vec::new();
        // Memory is asked for with care: the size is only what the archive says.
        if self.size > MOST_BYTES || bytes.try_reserve_exact(self.size).is_err() {
            return Err("it is larger than what can be held in memory here");
        }
        match self.method {
            _ if self.encrypted => return Err("it is encrypted"),
            STORED => bytes.extend_from_slice(self.packed.get(..self.size).ok_or("it is shorter than it should be")?),
            DEFLATED => {
                // One byte more than there may be: what is longer shows.
                let most = self.size as u64 + 1;
                let unpacked = DeflateDecoder::new(self.packed).take(most).read_to_end(&mut bytes);
                unpacked.map_err(|_| "what is packed in it makes no sense")?;
            }
            _ => return Err("it is packed with a method that is not read here"),
        }
        match bytes.len() == self.size && sum_of(&bytes) == self.sum {
            true => Ok(bytes),
            false => Err("its checksum does not fit"),
        }
    }
}

/// Numbers at their places, the least byte first.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.0.get(at..at + 2)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?))
    }

    fn number(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn long(&self, at: usize) -> Option<usize> {
        usize::try_from(self.number(at)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// Bytes without much of a pattern, and some that shrink.
    fn files() -> Vec<(&'static str, Vec<u8>)> {
        let noise = (0..5_000u32).map(|at| (at.wrapping_mul(0x9e37_79b1) >> 11) as u8).collect();
        vec![
            ("noise", noise),
            ("folder/plain.txt", b"again and ".repeat(900)),
            ("empty", Vec::new()),
        ]
    }

    fn found(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let entries = entries(archive).unwrap();
        entries
            .iter()
            .map(|entry| (entry.path.clone(), entry.unpack().unwrap()))
            .collect()
    }

    #[test]
    fn the_zip_library_reads_what_is_packed_here() {
        let files = files();
        let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let archive = pack(&borrowed).unwrap();
        assert!(begins_as_archive(&archive));
        let mut read = ZipArchive::new(Cursor::new(&archive)).unwrap();
        assert_eq!(read.len(), files.len());
        for (at, (name, bytes)) in files.iter().enumerate() {
            let mut entry = read.by_index(at).unwrap();
            assert_eq!(entry.name_raw(), name.as_bytes());
            let mut inside = Vec::new();
            entry.read_to_end(&mut inside).unwrap();
            assert_eq!(&inside, bytes, "{name}");
        }
        assert_eq!(found(&archive), owned(&files));
        assert_eq!(found(&pack(&[]).unwrap()), []);
    }

    fn owned(files: &[(&'static str, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.clone()))
            .collect()
    }

    #[test]
    fn what_the_zip_library_packs_is_read_here() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, bytes) in files() {
                let options = SimpleFileOptions::default().compression_method(method);
                writer.start_file(name, options).unwrap();
                writer.write_all(&bytes).unwrap();
            }
            writer.set_comment("a comment after the end").unwrap();
            let archive = writer.finish().unwrap().into_inner();
            assert_eq!(found(&archive), owned(&files()), "{method}");
        }
    }

    #[test]
    fn whatever_bytes_come_no_byte_is_read_that_is_not_there() {
        let files = files();
        let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let archive = pack(&borrowed).unwrap();
        let whole = found(&archive);
        for length in 0..archive.len() {
            assert!(entries(&archive[..length]).is_err(), "{length}");
        }
        // Every byte of the records, and some of the contents.
        let mut refused = 0;
        for at in (0..archive.len()).filter(|&at| at < 100 || at > archive.len() - 300 || at % 97 == 0) {
            for bit in [1, 0x80] {
                let mut damaged = archive.clone();
                damaged[at] ^= bit;
                let read = entries(&damaged).and_then(|entries| {
                    let files = entries.iter().map(|entry| Ok((entry.path.clone(), entry.unpack()?)));
                    files.collect::<Result<Vec<_>, Wrong>>()
                });
                match read {
                    Err(_) => refused += 1,
                    // Names, dates, versions and the fields that only other readers look at.
                    Ok(read) => assert!(
                        read.iter().zip(&whole).all(|(read, whole)| read.1 == whole.1),
                        "byte {at} of another content"
                    ),
                }
            }
        }
        assert!(refused > 200, "{refused}");
    }

    #[test]
    fn a_size_that_nothing_holds_takes_no_memory() {
        let mut archive = pack(&[("huge", b"small")]).unwrap();
        let line = archive.windows(4).position(|bytes| bytes == LINE).unwrap();
        archive[line + 24..line + 28].copy_from_slice(&u32::MAX.to_le_bytes());
        let entries = entries(&archive).unwrap();
        assert_eq!(entries[0].unpack(), Err("it is larger than what can be held in memory here"));
    }
}
