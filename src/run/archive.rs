//! The two files of a run in one: a zip archive of `model.safetensors` and `run.json`.
//!
//! In: a [`Checkpoint`]. Out: the bytes of the archive, and back. The page saves and opens such archives, the command line takes them
//! in the place of a folder. Nothing is compressed on writing, since weights hardly shrink; what another program has compressed
//! is read as well, also where the two files lie in a folder of the archive.

use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::checkpoint::{Checkpoint, CheckpointError};
use super::zip_file::pack;

/// Name of the file of tensors.
const TENSORS: &str = "model.safetensors";
/// Name of the record.
const RECORD: &str = "run.json";
/// How an archive begins: with a file, or with the end of an empty table of contents.
const BEGINNINGS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Most bytes that a file may have when it is unpacked: what the memory of a browser's module can hold beside a run.
const MOST_BYTES: u64 = 1 << 30;

impl Checkpoint {
    /// The archive. The same checkpoint gives the same bytes.
    pub fn to_archive(&self) -> Result<Vec<u8>, CheckpointError> {
        let json = self.json()?;
        pack(&[(TENSORS, &self.tensors), (RECORD, json.as_bytes())]).ok_or_else(|| {
            CheckpointError::Archive(
                "The run has more than the 4 GB that a zip archive can hold, so it is not saved; use a smaller model.hidden_size."
                    .to_owned(),
            )
        })
    }

    /// A checkpoint out of an archive.
    pub fn from_archive(archive: &[u8]) -> Result<Self, CheckpointError> {
        let is_archive = BEGINNINGS.iter().any(|beginning| archive.starts_with(beginning));
        let mut opened = ZipArchive::new(Cursor::new(archive)).map_err(|_| match is_archive {
            true => CheckpointError::Archive(
                "The archive is cut short or damaged (its table of contents cannot be read); save or copy the checkpoint again."
                    .to_owned(),
            ),
            false => CheckpointError::NoArchive,
        })?;
        let json = String::from_utf8(unpack(&mut opened, RECORD)?);
        let json = json.map_err(|_| CheckpointError::Record("it is not text".to_owned()))?;
        Checkpoint::from_files(unpack(&mut opened, TENSORS)?, &json)
    }
}

/// One file of the archive, wherever it lies, held against its size and its checksum.
fn unpack(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<u8>, CheckpointError> {
    // Archives of macOS hold a twin of each file.
    let is_it = |path: &str| path.rsplit('/').next() == Some(name) && !path.starts_with("__MACOSX/");
    let at = archive.file_names().position(|path| path.is_ok_and(|path| is_it(&path)));
    let at = at.ok_or_else(|| {
        CheckpointError::Archive(format!(
            "The archive holds no {name}; a checkpoint is a zip archive of {TENSORS} and {RECORD}."
        ))
    })?;
    bytes_of(archive, at).map_err(|wrong| {
        CheckpointError::Archive(format!(
            "{name} in the archive cannot be unpacked ({wrong}); save or copy the checkpoint again."
        ))
    })
}

/// The bytes of a file of the archive, or what is wrong with it: a part of a sentence.
fn bytes_of(archive: &mut ZipArchive<Cursor<&[u8]>>, at: usize) -> Result<Vec<u8>, String> {
    let entry = archive.by_index(at).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => "it is encrypted".to_owned(),
        ZipError::UnsupportedArchive(_) => "it is packed with a method that is not read here".to_owned(),
        error => error.to_string(),
    })?;
    let (size, is_stored) = (entry.size(), entry.compression() == CompressionMethod::Stored);
    let mut bytes = Vec::new();
    // Memory is asked for with care: the size is only what the archive says.
    if size > MOST_BYTES || bytes.try_reserve_exact(size as usize).is_err() {
        return Err("it is larger than what can be held in memory here".to_owned());
    }
    // One byte more than there may be: what is longer shows, and what is not is read to its end, where its checksum is verified.
    match entry.take(size + 1).read_to_end(&mut bytes) {
        Ok(read) if read as u64 == size => Ok(bytes),
        Ok(_) => Err("it is not as long as the archive says".to_owned()),
        Err(_) if is_stored => Err("its checksum does not fit".to_owned()),
        Err(_) => Err("what is packed in it makes no sense".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

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

    fn packed() -> Vec<u8> {
        let files = files();
        let borrowed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        pack(&borrowed).unwrap()
    }

    /// Every file of an archive, or the first thing that is wrong with it.
    fn found(archive: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let mut opened = ZipArchive::new(Cursor::new(archive)).map_err(|error| error.to_string())?;
        (0..opened.len()).map(|at| bytes_of(&mut opened, at)).collect()
    }

    fn contents() -> Vec<Vec<u8>> {
        files().into_iter().map(|(_, bytes)| bytes).collect()
    }

    #[test]
    fn what_is_packed_comes_back() {
        let archive = packed();
        assert_eq!(found(&archive).unwrap(), contents());
        let (_, noise) = &files()[0];
        assert!(
            archive.windows(noise.len()).any(|bytes| bytes == noise),
            "stored, not compressed"
        );
    }

    #[test]
    fn what_another_program_has_compressed_is_read_in_a_folder_beside_its_twin() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            for (path, bytes) in [("__MACOSX/run/run.json", b"twin"), ("run/run.json", b"real")] {
                let options = SimpleFileOptions::default().compression_method(method);
                writer.start_file(path, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
            writer.set_comment("a comment after the end").unwrap();
            let archive = writer.finish().unwrap().into_inner();
            let mut opened = ZipArchive::new(Cursor::new(archive.as_slice())).unwrap();
            assert_eq!(unpack(&mut opened, RECORD).unwrap(), b"real", "{method}");
            assert!(
                unpack(&mut opened, TENSORS)
                    .unwrap_err()
                    .to_string()
                    .contains("holds no model.safetensors")
            );
        }
    }

    #[test]
    fn no_damage_gives_another_content() {
        let archive = packed();
        for length in 0..archive.len() {
            assert!(found(&archive[..length]).is_err(), "{length}");
        }
        // Every byte of the records, and some of the contents.
        let mut refused = 0;
        for at in (0..archive.len()).filter(|&at| at < 100 || at > archive.len() - 300 || at % 97 == 0) {
            for bit in [1, 0x80] {
                let mut damaged = archive.clone();
                damaged[at] ^= bit;
                match found(&damaged) {
                    Err(_) => refused += 1,
                    // Names, dates, versions and the fields that only other readers look at.
                    Ok(read) => assert!(
                        read.iter().zip(&contents()).all(|(read, whole)| read == whole),
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
        let line = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
        archive[line + 24..line + 28].copy_from_slice(&(u32::MAX - 1).to_le_bytes());
        assert_eq!(
            found(&archive).unwrap_err(),
            "it is larger than what can be held in memory here"
        );
    }
}
