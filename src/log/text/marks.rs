//! Finds the bytes of a text that mean something: line ends, separators, quotation marks.
//!
//! In: a piece of text and up to four bytes. Out: where they stand, in order. All four are looked for at once, sixteen bytes at a
//! time: a field of a log is shorter than what a search for one byte costs to begin with.

use wide::u8x16;

/// Bytes that are looked at together.
const WIDTH: usize = 16;

/// The places of four bytes in a text, in order; name one twice where there are fewer.
pub(crate) struct Marks<'a> {
    text: &'a [u8],
    wanted: [u8x16; 4],
    /// Where the sixteen bytes under way begin.
    from: usize,
    /// A bit for each mark among them that was not handed out yet.
    bits: u32,
}

impl<'a> Marks<'a> {
    pub(crate) fn new(text: &'a [u8], wanted: [u8; 4]) -> Self {
        let mut marks = Marks {
            text,
            wanted: wanted.map(u8x16::splat),
            from: 0,
            bits: 0,
        };
        marks.look();
        marks
    }

    /// Looks at the sixteen bytes from `from` on.
    #[inline]
    fn look(&mut self) {
        let rest = self.text.get(self.from..).unwrap_or_default();
        let (bytes, valid) = match rest.first_chunk::<WIDTH>() {
            Some(bytes) => (*bytes, u32::from(u16::MAX)),
            None => {
                let mut bytes = [0; WIDTH];
                bytes[..rest.len()].copy_from_slice(rest);
                // What fills up the last bytes is no part of the text, whatever is looked for.
                (bytes, (1 << rest.len()) - 1)
            }
        };
        let bytes = u8x16::new(bytes);
        let [a, b, c, d] = self.wanted.map(|wanted| bytes.simd_eq(wanted));
        self.bits = ((a | b) | (c | d)).to_bitmask() & valid;
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.from += WIDTH;
            if self.from >= self.text.len() {
                return None;
            }
            self.look();
        }
        let at = self.from + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_found_wherever_they_stand() {
        let wanted = [b'\n', b',', b'"', 0];
        // Every byte value, at every place of the sixteen and beyond, in texts of every length.
        for length in 0..70 {
            for seed in 0..40usize {
                let text: Vec<u8> = (0..length)
                    .map(|at| match (at * 7 + seed * 13) % 11 {
                        0 => wanted[(at + seed) % 4],
                        other => (other * 23 + at + seed) as u8,
                    })
                    .collect();
                let expected: Vec<usize> = (0..length).filter(|&at| wanted.contains(&text[at])).collect();
                assert_eq!(Marks::new(&text, wanted).collect::<Vec<_>>(), expected, "{text:?}");
            }
        }
    }
}
