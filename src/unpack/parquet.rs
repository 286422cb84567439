//! Parquet with zstd, as the same file without: the reader of logs unpacks the other codecs by itself, but knows zstd only by a library
//! in C, which does not build for browsers.
//!
//! In: a Parquet file that can be read at any place. Out: [`PlainParquet`], a file that can be read at any place too. Its table of contents
//! is made when it is opened, from the headers of the pages alone; a page is unpacked when it is read, so that one of them is in
//! memory at a time. Chunks of columns in other codecs stay as they are.
//!
//! Structures and the numbers of their fields are those of `parquet.thrift`:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use crate::packing::Frames;
use crate::thrift::{Fault, Fields};

const MAGIC: &[u8; 4] = b"PAR1";
/// `CompressionCodec`.
const UNCOMPRESSED: i64 = 0;
const ZSTD: i64 = 6;
/// `PageType`.
const DICTIONARY_PAGE: i64 = 2;
const DATA_PAGE_V2: i64 = 3;
/// Most bytes of the footer.
const MOST_FOOTER_BYTES: u64 = 128 << 20;
/// Most bytes of one page, packed or not. Writers aim at one MiB.
const MOST_PAGE_BYTES: i64 = 256 << 20;
/// Most pages; each takes a hundred bytes here.
const MOST_PAGES: usize = 1 << 20;
/// Bytes in which a header of a page is looked for: at first, and at most. It may hold the least and the largest value.
const HEADER_BYTES: u64 = 512;
const MOST_HEADER_BYTES: u64 = 16 << 20;

/// A Parquet file, read as if nothing in it were packed with zstd.
pub struct PlainParquet<R> {
    source: R,
    parts: Vec<Part>,
    length: u64,
    at: u64,
    /// A page that was unpacked, and which part it belongs to.
    page: Option<(usize, Vec<u8>)>,
}

/// A stretch of the file as it is read: bytes of our own, and behind them some of the source.
struct Part {
    start: u64,
    own: Vec<u8>,
    body: Body,
}

enum Body {
    Plain {
        at: u64,
        length: u64,
    },
    /// A page; its first bytes, the levels of its second version, are not packed.
    Zstd {
        at: u64,
        packed: usize,
        levels: usize,
        length: usize,
    },
}

impl Body {
    fn length(&self) -> u64 {
        match *self {
            Self::Plain { length, .. } => length,
            Self::Zstd { length, .. } => length as u64,
        }
    }
}

impl<R: Read + Seek> PlainParquet<R> {
    /// `None` if nothing in the file is packed with zstd, or if it is no Parquet file or one without an end, which its reader tells.
    pub fn new(mut source: R) -> io::Result<Option<Self>> {
        let length = source.seek(SeekFrom::End(0))?;
        let Some(footer) = footer(&mut source, length)? else {
            return Ok(None);
        };
        if !uses_zstd(&footer).unwrap_or(false) {
            return Ok(None);
        }
        let mut plain = Self {
            source,
            parts: Vec::new(),
            length: 0,
            at: 0,
            page: None,
        };
        plain.build(&footer, length)?;
        Ok(Some(plain))
    }

    fn build(&mut self, footer: &[u8], length: u64) -> io::Result<()> {
        let none = || Body::Plain { at: 0, length: 0 };
        self.push(MAGIC.to_vec(), none())?;
        let (mut file, _) = Fields::read(footer)?;
        let (mut groups, mut count) = (Vec::new(), 0);
        // FileMetaData.row_groups
        for mut group in file.list(4)? {
            let start = self.length;
            let (mut chunks, mut columns) = (Vec::new(), 0);
            // RowGroup.columns
            for chunk in group.list(1)? {
                self.chunk(chunk, length, &mut chunks)?;
                columns += 1;
            }
            group.set_list(1, columns, &chunks);
            // RowGroup.file_offset, total_compressed_size
            group.set_int(5, start as i64);
            group.set_int(6, (self.length - start) as i64);
            group.write(&mut groups);
            count += 1;
        }
        file.set_list(4, count, &groups);
        let mut end = Vec::new();
        file.write(&mut end);
        let size = u32::try_from(end.len()).map_err(|_| ErrorKind::OutOfMemory)?;
        end.extend_from_slice(&size.to_le_bytes());
        end.extend_from_slice(MAGIC);
        self.push(end, none())
    }

    fn push(&mut self, own: Vec<u8>, body: Body) -> io::Result<()> {
        if self.parts.len() == MOST_PAGES {
            return Err(io::Error::new(ErrorKind::OutOfMemory, "it has too many pages"));
        }
        let start = self.length;
        let end = start.checked_add(own.len() as u64 + body.length());
        self.length = end.ok_or(ErrorKind::OutOfMemory)?;
        self.parts.push(Part { start, own, body });
        Ok(())
    }

    /// Takes a chunk of a column over, and writes its place.
    fn chunk(&mut self, mut chunk: Fields<'_>, length: u64, out: &mut Vec<u8>) -> io::Result<()> {
        // ColumnChunk.meta_data; it is missing where the column is encrypted.
        let place = self.length;
        let Some(mut column) = chunk.structure(3)?.map(Fields::into_owned) else {
            chunk.write(out);
            return Ok(());
        };
        // ColumnMetaData.dictionary_page_offset; some writers put 0 where there is none.
        let dictionary = column.int(11).filter(|&at| at > 0);
        if dictionary.is_none() {
            column.remove(&[11]);
        }
        // data_page_offset, total_compressed_size
        let data = column.int(9).ok_or(Fault::Damaged)?;
        let start = dictionary.unwrap_or(data);
        let size = column.int(7).ok_or(Fault::Damaged)?;
        let (Ok(start), Ok(size)) = (u64::try_from(start), u64::try_from(size)) else {
            return Err(outside());
        };
        let end = start.checked_add(size).filter(|&end| end <= length).ok_or_else(outside)?;
        // codec
        let first_data = if column.int(4) == Some(ZSTD) {
            let first_data = self.pages(start, end)?;
            let bytes = (self.length - place) as i64;
            column.set_int(4, UNCOMPRESSED);
            // total_uncompressed_size
            column.set_int(6, bytes);
            column.set_int(7, bytes);
            first_data
        } else {
            self.push(Vec::new(), Body::Plain { at: start, length: size })?;
            let before = u64::try_from(data).ok().and_then(|data| data.checked_sub(start));
            before.filter(|&before| before <= size).ok_or_else(outside)? + place
        };
        column.set_int(11, place as i64);
        column.set_int(9, if dictionary.is_some() { first_data } else { place } as i64);
        // index_page_offset, bloom_filter_offset and bloom_filter_length
        column.remove(&[10, 14, 15]);
        chunk.set_structure(3, &column);
        // ColumnChunk.file_offset; the places of indexes, which are left out.
        chunk.set_int(2, place as i64);
        chunk.remove(&[4, 5, 6, 7]);
        chunk.write(out);
        Ok(())
    }

    /// Takes the pages of a chunk over; where the first one lies that is no dictionary.
    fn pages(&mut self, mut at: u64, end: u64) -> io::Result<u64> {
        let mut first_data = None;
        while at < end {
            let bytes = self.header_bytes(at, end)?;
            let (mut header, size) = Fields::read(&bytes)?;
            at += size as u64;
            let sizes = |header: &Fields<'_>, id| header.int(id).filter(|size| (0..=MOST_PAGE_BYTES).contains(size));
            // PageHeader.uncompressed_page_size, compressed_page_size
            let (Some(length), Some(packed)) = (sizes(&header, 2), sizes(&header, 3)) else {
                return Err(damaged("a page is too long"));
            };
            let (mut levels, mut is_packed) = (0, true);
            if header.int(1) == Some(DATA_PAGE_V2) {
                // PageHeader.data_page_header_v2
                let second = header.structure(8)?.ok_or(Fault::Damaged)?;
                // definition_levels_byte_length, repetition_levels_byte_length
                for id in [5, 6] {
                    levels += sizes(&second, id).ok_or(Fault::Damaged)?;
                }
                // is_compressed, which is true where it is missing
                is_packed = second.bool(7) != Some(false);
            }
            let next = at + packed as u64;
            if next > end || levels > packed.min(length) || !is_packed && packed != length {
                return Err(damaged("the sizes of a page do not fit"));
            }
            if header.int(1) != Some(DICTIONARY_PAGE) {
                first_data.get_or_insert(self.length);
            }
            header.set_int(3, length);
            // PageHeader.crc, which is that of the packed bytes
            header.remove(&[4]);
            let mut own = Vec::new();
            header.write(&mut own);
            let body = if is_packed {
                Body::Zstd {
                    at,
                    packed: packed as usize,
                    levels: levels as usize,
                    length: length as usize,
                }
            } else {
                Body::Plain {
                    at,
                    length: packed as u64,
                }
            };
            self.push(own, body)?;
            at = next;
        }
        Ok(first_data.unwrap_or(self.length))
    }

    /// Bytes from `at` on that hold the header of a page.
    fn header_bytes(&mut self, at: u64, end: u64) -> io::Result<Vec<u8>> {
        let mut room = HEADER_BYTES;
        loop {
            let bytes = read(&mut self.source, at, room.min(end - at))?;
            match Fields::read(&bytes) {
                Err(Fault::Short) if at + room < end && room < MOST_HEADER_BYTES => room *= 4,
                Err(fault) => return Err(fault.into()),
                Ok(_) => return Ok(bytes),
            }
        }
    }
}

impl<R: Read + Seek> Read for PlainParquet<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.at >= self.length {
            return Ok(0);
        }
        let index = self.parts.partition_point(|part| part.start <= self.at) - 1;
        let part = &self.parts[index];
        let within = self.at - part.start;
        let own = part.own.len() as u64;
        let count = if within < own {
            copy(&part.own[within as usize..], buffer)
        } else {
            let within = within - own;
            match part.body {
                Body::Plain { at, length } => {
                    let most = usize::try_from(length - within).unwrap_or(usize::MAX).min(buffer.len());
                    self.source.seek(SeekFrom::Start(at + within))?;
                    match self.source.read(&mut buffer[..most])? {
                        0 => return Err(ErrorKind::UnexpectedEof.into()),
                        count => count,
                    }
                }
                Body::Zstd {
                    at,
                    packed,
                    levels,
                    length,
                } => {
                    let bytes = match self.page.take() {
                        Some((open, bytes)) if open == index => bytes,
                        _ => unpack(&read(&mut self.source, at, packed as u64)?, levels, length)?,
                    };
                    let count = copy(&bytes[within as usize..], buffer);
                    self.page = Some((index, bytes));
                    count
                }
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for PlainParquet<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let count = from.len().min(to.len());
    to[..count].copy_from_slice(&from[..count]);
    count
}

/// Exactly these bytes of a source.
fn read<R: Read + Seek>(source: &mut R, at: u64, length: u64) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    if source.take(length).read_to_end(&mut bytes)? as u64 == length {
        Ok(bytes)
    } else {
        Err(ErrorKind::UnexpectedEof.into())
    }
}

/// The footer of a Parquet file; none where there is no such file.
fn footer<R: Read + Seek>(source: &mut R, length: u64) -> io::Result<Option<Vec<u8>>> {
    if length < 12 || read(source, 0, 4)? != MAGIC {
        return Ok(None);
    }
    let tail = read(source, length - 8, 8)?;
    let Some(size) = tail.strip_suffix(MAGIC).and_then(|size| size.try_into().ok()) else {
        return Ok(None);
    };
    let size = u64::from(u32::from_le_bytes(size));
    match (length - 8).checked_sub(size) {
        Some(start) if size <= MOST_FOOTER_BYTES => read(source, start, size).map(Some),
        _ => Ok(None),
    }
}

fn uses_zstd(footer: &[u8]) -> Result<bool, Fault> {
    for group in Fields::read(footer)?.0.list(4)? {
        for chunk in group.list(1)? {
            if chunk.structure(3)?.is_some_and(|column| column.int(4) == Some(ZSTD)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A page without its packing; the first bytes, `levels` of them, have none.
fn unpack(packed: &[u8], levels: usize, length: usize) -> io::Result<Vec<u8>> {
    let (plain, packed) = packed.split_at(levels);
    let mut bytes = plain.to_vec();
    // A page without values may have no frame either.
    if length > levels {
        let most = (length - levels) as u64 + 1;
        let unpacked = Frames::new(packed).take(most).read_to_end(&mut bytes);
        unpacked.map_err(|_| damaged("what is packed in a page makes no sense"))?;
    }
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(damaged("a page is shorter or longer than it should be"))
    }
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

fn outside() -> io::Error {
    damaged("a column lies outside of the file")
}

impl From<Fault> for io::Error {
    fn from(_: Fault) -> Self {
        damaged("the header of a page or of a column is damaged")
    }
}

#[cfg(test)]
mod tests;
