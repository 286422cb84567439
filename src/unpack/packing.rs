//! Streams packed with zstd, xz or bzip2.
//!
//! In: a reader of packed bytes. Out: a reader of the bytes inside. Several streams one behind the other are one, as the programs that
//! write them have it; what is damaged or ends too early is an error and never a shorter file.

use std::error::Error;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use bzip2::bufread::MultiBzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Bytes that are read of a packed stream at once.
const PIECE_BYTES: usize = 1 << 18;
/// KiB that xz may ask for; its strongest preset takes 65 MiB.
const XZ_KIB: u32 = 512 * 1024;
/// Bytes to look back that zstd may ask for: what its program gives out without being told to take more, `--long`'s default.
const ZSTD_WINDOW: u64 = 128 * 1024 * 1024;

/// How a stream is packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packing {
    /// Zstandard, RFC 8878.
    Zstd,
    /// The `.xz` format.
    Xz,
    /// bzip2.
    Bzip2,
}

impl Packing {
    /// The packing that begins with these bytes.
    pub fn of(head: &[u8]) -> Option<Self> {
        // zstd may begin with a frame to be skipped, whose last byte is free.
        let skipped = matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
        match head {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ if skipped => Some(Self::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            // The size of its blocks, and the digits of pi or of its square root.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Some(Self::Bzip2),
            _ => None,
        }
    }

    /// Its name, for sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }

    /// A reader of what is packed.
    pub fn reader<'source>(self, packed: impl Read + Send + 'source) -> Box<dyn Read + Send + 'source> {
        let packed = BufReader::with_capacity(PIECE_BYTES, packed);
        match self {
            Self::Zstd => Box::new(Frames::new(packed)),
            Self::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_KIB)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
        }
    }
}

/// Frames of zstd, one behind the other.
pub(crate) struct Frames<R> {
    rest: R,
    decoder: FrameDecoder,
    /// Whether the decoder is within a frame.
    within: bool,
}

impl<R: BufRead> Frames<R> {
    pub(crate) fn new(rest: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW);
        Self {
            rest,
            decoder,
            within: false,
        }
    }

    /// Begins with the next frame, unless it is to be skipped; false where there is none.
    fn begin(&mut self) -> io::Result<bool> {
        if self.rest.fill_buf()?.is_empty() {
            return Ok(false);
        }
        match self.decoder.init(&mut self.rest) {
            Ok(()) => self.within = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                let length = u64::from(length);
                if io::copy(&mut self.rest.by_ref().take(length), &mut io::sink())? < length {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(cause(&error)),
        }
        Ok(true)
    }

    /// Bytes of the frame at hand; 0 once it is over.
    fn go_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let decoded = self
                .decoder
                .decode_blocks(&mut self.rest, BlockDecodingStrategy::UptoBlocks(1));
            decoded.map_err(|error| cause(&error))?;
        }
        let read = self.decoder.read(buffer)?;
        if read == 0 {
            self.within = false;
            let told = self.decoder.get_checksum_from_data();
            if told.is_some() && told != self.decoder.get_calculated_checksum() {
                return Err(io::Error::new(ErrorKind::InvalidData, "the checksum does not fit"));
            }
        }
        Ok(read)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.within {
                let read = self.go_on(buffer)?;
                if read > 0 {
                    return Ok(read);
                }
            } else if !self.begin()? {
                return Ok(0);
            }
        }
    }
}

/// The error of the source below what the decoder says, so that an end too early is told from damage.
fn cause(error: &FrameDecoderError) -> io::Error {
    let mut below: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = below {
        if let Some(of_source) = inner.downcast_ref::<io::Error>() {
            return io::Error::new(of_source.kind(), of_source.to_string());
        }
        below = inner.source();
    }
    io::Error::new(ErrorKind::InvalidData, error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use bzip2::write::BzEncoder;

    use super::Packing;

    const TEXT: &[u8] = b"user,item\nada,lamp\n";

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(packed: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Packing::of(packed).unwrap().reader(packed).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn streams_one_behind_the_other_are_one() {
        for packed in [zstd(TEXT), bzip2(TEXT)] {
            assert_eq!(unpacked(&packed).unwrap(), TEXT);
            assert_eq!(unpacked(&[packed.clone(), packed].concat()).unwrap(), [TEXT, TEXT].concat());
        }
        // A frame that says something to another program.
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(TEXT)].concat();
        assert_eq!(unpacked(&skipped).unwrap(), TEXT);
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_an_error() {
        let long: Vec<u8> = (0..300_000u32)
            .flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        for packed in [zstd(&long), bzip2(&long)] {
            assert!(unpacked(&packed[..packed.len() / 2]).is_err());
            let mut damaged = packed.clone();
            let at = damaged.len() / 2;
            damaged[at] ^= 0x40;
            assert!(unpacked(&damaged).map_or(true, |bytes| bytes != long));
        }
    }

    #[test]
    fn text_is_not_taken_for_packed() {
        for text in [&b"BZhou,item\n"[..], b"user,item\n", b"", b"P*M\n"] {
            assert_eq!(Packing::of(text), None);
        }
    }
}
