//! The pages of a Parquet file, each checked before the crate `parquet` unpacks it.
//!
//! In: a source, and what the crate makes of a column's place in it. Out: [`SoundPages`], from which the crate reads a column's
//! levels and values. What it takes on trust in a page (sizes it allocates by, a dictionary that must be there) is looked at
//! here first, and is an error where it cannot be.

use std::io::Read;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;

use crate::log::text::source::SharedSource;

/// Most bytes of one page, packed or not. Writers aim at one MiB.
const MAX_PAGE_BYTES: u64 = 256 * 1024 * 1024;
/// Most entries of lists in one page; a few bytes may stand for any number of them.
const MAX_PAGE_ENTRIES: u32 = 4 * 1024 * 1024;

/// The source as the crate wants it. Here it asks for nothing but pages: first a reader for a page's header, then its bytes.
pub(crate) struct Pages(pub(crate) SharedSource);

impl Length for Pages {
    fn len(&self) -> u64 {
        self.0.length()
    }
}

impl ChunkReader for Pages {
    type T = std::io::Chain<std::io::Cursor<Vec<u8>>, Box<dyn Read + Send>>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        // Nearly all headers are shorter than this.
        let middle = start.saturating_add(256).min(self.len());
        let mut head = Vec::new();
        self.0.stretch(start.min(middle), middle).read_to_end(&mut head)?;
        // By the size that a header claims the crate allocates, so it is looked at first: the header begins with three
        // numbers, the kind of page, its bytes unpacked and its bytes packed, and nobody writes them in another way.
        let mut rest = head.as_slice();
        for number in 0..3 {
            let value = marked_number(&mut rest).ok_or_else(|| ParquetError::General("a page has no header".to_owned()))?;
            if number > 0 && value > MAX_PAGE_BYTES {
                return Err(ParquetError::General("a page is too long".to_owned()));
            }
        }
        let more: Box<dyn Read + Send> = Box::new(self.0.stretch(middle, self.len()));
        Ok(std::io::Cursor::new(head).chain(more))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes, ParquetError> {
        let missing = || ParquetError::EOF("a page ends too early".to_owned());
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        let mut bytes = Vec::with_capacity(length);
        self.0.stretch(start, end.ok_or_else(missing)?).read_to_end(&mut bytes)?;
        if bytes.len() == length {
            Ok(bytes.into())
        } else {
            Err(missing())
        }
    }
}

/// The next field of a structure in Thrift's compact form, where it is the next in order and a 32-bit number.
fn marked_number(rest: &mut &[u8]) -> Option<u64> {
    let [0x15, tail @ ..] = *rest else {
        return None;
    };
    let length = tail.iter().take(5).position(|byte| byte & 0x80 == 0)? + 1;
    let coded = (0..length).fold(0_u64, |value, at| value | u64::from(tail[at] & 0x7f) << (7 * at));
    *rest = &tail[length..];
    // Sign in the last bit; a negative size is an error that the crate itself finds.
    Some(if coded & 1 == 0 { coded >> 1 } else { 0 })
}

/// Pages, each checked for what the crate would take on trust.
pub(crate) struct SoundPages {
    pages: SerializedPageReader<Pages>,
    shape: ColumnDescPtr,
    /// Whether the dictionary was met.
    dictionary: bool,
    /// The next page, where it was looked at before its time.
    ahead: Option<Page>,
}

impl SoundPages {
    pub(crate) fn new(pages: SerializedPageReader<Pages>, shape: ColumnDescPtr) -> Self {
        SoundPages {
            pages,
            shape,
            dictionary: false,
            ahead: None,
        }
    }

    fn check(&mut self, page: &Page) -> Result<(), ParquetError> {
        use parquet::basic::Type as Physical;
        let wrong = |why: &str| Err(ParquetError::General(why.to_owned()));
        let (optional, repeated) = (self.shape.max_def_level() > 0, self.shape.max_rep_level() > 0);
        let (count, encoding) = match page {
            Page::DictionaryPage { buf, num_values, .. } => {
                let least = match self.shape.physical_type() {
                    Physical::BOOLEAN => return wrong("a dictionary of truth values"),
                    Physical::INT32 | Physical::FLOAT | Physical::BYTE_ARRAY => 4,
                    Physical::INT64 | Physical::DOUBLE => 8,
                    Physical::INT96 => 12,
                    Physical::FIXED_LEN_BYTE_ARRAY => self.shape.type_length().max(0) as u64,
                };
                if self.dictionary || u64::from(*num_values) * least.max(1) > buf.len() as u64 {
                    return wrong("a dictionary is damaged");
                }
                self.dictionary = true;
                return Ok(());
            }
            Page::DataPage {
                num_values,
                encoding,
                def_level_encoding,
                rep_level_encoding,
                ..
            } => {
                if optional && *def_level_encoding != Encoding::RLE || repeated && *rep_level_encoding != Encoding::RLE {
                    return wrong("its levels are written in a way that is no longer used");
                }
                (*num_values, *encoding)
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                if u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len) > buf.len() as u64 {
                    return wrong("the levels of a page are damaged");
                }
                (*num_values, *encoding)
            }
        };
        if repeated && count > MAX_PAGE_ENTRIES {
            return wrong("a page has too many entries of lists");
        }
        if matches!(encoding, Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY) && !self.dictionary {
            return wrong("a dictionary is missing");
        }
        Ok(())
    }
}

impl Iterator for SoundPages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for SoundPages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        if let Some(page) = self.ahead.take() {
            return Ok(Some(page));
        }
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            self.check(page)?;
        }
        Ok(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        // The crate's own way looks at the next header alone and stops the program where that is damaged.
        self.ahead = self.get_next_page()?;
        Ok(!matches!(
            self.ahead,
            Some(Page::DataPage { .. } | Page::DictionaryPage { .. })
        ))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.pages.skip_next_page()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_header() {
        let mut rest: &[u8] = &[0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f];
        assert_eq!(
            (marked_number(&mut rest), marked_number(&mut rest)),
            (Some(0), Some(u64::from(u32::MAX >> 1)))
        );
    }
}
