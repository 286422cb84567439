//! One record: what every cutter hands over, whatever the file is written in.

/// One record: its fields end to end, without separators and quotes.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    /// 1-based line on which it begins.
    pub(crate) line: u64,
    /// Lines that it covers; more than one where a quoted field holds line breaks.
    pub(crate) lines: u64,
    pub(crate) bytes: &'a [u8],
    pub(crate) ends: &'a [usize],
    /// Bytes between the end of a field and the next one: 1 where the separators are still there.
    pub(crate) gap: usize,
    /// The quotation marks around quoted fields are still there; no field has others.
    pub(crate) quoted: bool,
}

/// A stretch of a file where a record should be but none can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRecord {
    /// 1-based line on which it begins.
    pub(crate) line: u64,
    /// Lines that it covers.
    pub(crate) lines: u64,
    /// The fault, without a full stop.
    pub(crate) why: String,
}

/// A record of a cutter, good or bad.
pub(crate) type Piece<'a> = Result<Record<'a>, BadRecord>;

impl<'a> Record<'a> {
    /// A record whose fields stand end to end in `bytes`, each up to its end in `ends`.
    pub(crate) fn new(line: u64, lines: u64, bytes: &'a [u8], ends: &'a [usize]) -> Self {
        Record {
            line,
            lines,
            bytes,
            ends,
            gap: 0,
            quoted: false,
        }
    }

    /// Number of fields.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field without the white space around it; empty where there is none.
    #[inline]
    pub(crate) fn field(&self, at: usize) -> &'a [u8] {
        let start = if at == 0 {
            0
        } else {
            self.ends.get(at - 1).map_or(0, |end| end + self.gap)
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        let field = self.bytes.get(start..end).unwrap_or_default();
        match (field.first(), field.last()) {
            // Nearly no field has white space or quotation marks around it.
            (Some(first), Some(last)) if *first > b' ' && *last > b' ' && *first != b'"' => field,
            _ => self.bare(field),
        }
    }

    /// A field without what stands around it. A function of its own, so that the usual case is small enough to stand where it is asked for.
    #[inline(never)]
    fn bare(&self, field: &'a [u8]) -> &'a [u8] {
        match field {
            [b'"', inner @ .., b'"'] if self.quoted => inner.trim_ascii(),
            _ => field.trim_ascii(),
        }
    }

    /// All fields, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        (0..self.len()).map(|at| self.field(at))
    }

    /// Number of fields without the empty ones at the end.
    pub(crate) fn used(&self) -> usize {
        (0..self.len())
            .rev()
            .find(|&at| !self.field(at).is_empty())
            .map_or(0, |at| at + 1)
    }
}
