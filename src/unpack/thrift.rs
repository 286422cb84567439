//! Structures of Thrift's compact protocol, a level at a time.
//!
//! In: the bytes of a structure or of a list of them. Out: its fields, each as its own bytes, so that a field that nobody asks for is written
//! as it was read, whatever it holds; and the bytes of a changed structure. Damaged bytes are a [`Fault`]; no count or length in them is
//! believed beyond the bytes that are there.
//!
//! The form: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use std::borrow::Cow;

/// Most structures within each other; those of Parquet have six.
const DEPTH: usize = 32;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Why bytes are not what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// They end within a value.
    Short,
    /// They are nothing that Thrift writes.
    Damaged,
}

/// Fields of a structure in their order.
#[derive(Debug)]
pub(crate) struct Fields<'bytes>(Vec<Field<'bytes>>);

#[derive(Debug)]
struct Field<'bytes> {
    id: i16,
    kind: u8,
    value: Cow<'bytes, [u8]>,
}

impl<'bytes> Fields<'bytes> {
    /// The structure that the bytes begin with, and its length in bytes.
    pub(crate) fn read(bytes: &'bytes [u8]) -> Result<(Self, usize), Fault> {
        let mut rest = Rest { bytes, at: 0 };
        let mut fields = Vec::new();
        let mut id = 0;
        while let Some(kind) = rest.field(&mut id)? {
            let start = rest.at;
            rest.skip(kind, DEPTH)?;
            fields.push(Field {
                id,
                kind,
                value: Cow::Borrowed(&bytes[start..rest.at]),
            });
        }
        Ok((Self(fields), rest.at))
    }

    /// The same with bytes of its own.
    pub(crate) fn into_owned(self) -> Fields<'static> {
        let own = |field: Field<'bytes>| Field {
            id: field.id,
            kind: field.kind,
            value: Cow::Owned(field.value.into_owned()),
        };
        Fields(self.0.into_iter().map(own).collect())
    }

    fn find(&self, id: i16) -> Option<&Field<'bytes>> {
        self.0.iter().find(|field| field.id == id)
    }

    /// A whole number, of whatever width.
    pub(crate) fn int(&self, id: i16) -> Option<i64> {
        let field = self.find(id).filter(|field| (4..=6).contains(&field.kind))?;
        let coded = Rest {
            bytes: &field.value,
            at: 0,
        }
        .varint()
        .ok()?;
        Some((coded >> 1) as i64 ^ -((coded & 1) as i64))
    }

    pub(crate) fn bool(&self, id: i16) -> Option<bool> {
        self.find(id).map(|field| field.kind == TRUE)
    }

    /// A structure within this one.
    pub(crate) fn structure(&self, id: i16) -> Result<Option<Fields<'_>>, Fault> {
        match self.find(id) {
            Some(field) if field.kind == STRUCT => Ok(Some(Fields::read(&field.value)?.0)),
            Some(_) => Err(Fault::Damaged),
            None => Ok(None),
        }
    }

    /// A list of structures within this one; one that is missing is empty.
    pub(crate) fn list(&self, id: i16) -> Result<Vec<Fields<'_>>, Fault> {
        let Some(field) = self.find(id) else {
            return Ok(Vec::new());
        };
        let mut rest = Rest {
            bytes: &field.value,
            at: 0,
        };
        let (kind, count) = rest.list()?;
        if field.kind != LIST || kind != STRUCT && count > 0 {
            return Err(Fault::Damaged);
        }
        let mut elements = Vec::new();
        for _ in 0..count {
            let (fields, length) = Fields::read(&field.value[rest.at..])?;
            elements.push(fields);
            rest.at += length;
        }
        Ok(elements)
    }

    /// Changes a number that is there.
    pub(crate) fn set_int(&mut self, id: i16, number: i64) {
        let mut value = Vec::new();
        write_varint((number << 1 ^ number >> 63) as u64, &mut value);
        self.set(id, value);
    }

    /// Changes a structure that is there.
    pub(crate) fn set_structure(&mut self, id: i16, fields: &Fields<'_>) {
        let mut value = Vec::new();
        fields.write(&mut value);
        self.set(id, value);
    }

    /// Changes a list of structures that is there; `elements` are these, one behind the other.
    pub(crate) fn set_list(&mut self, id: i16, count: usize, elements: &[u8]) {
        let mut value = Vec::new();
        if count < 15 {
            value.push((count as u8) << 4 | STRUCT);
        } else {
            value.push(0xf0 | STRUCT);
            write_varint(count as u64, &mut value);
        }
        value.extend_from_slice(elements);
        self.set(id, value);
    }

    fn set(&mut self, id: i16, value: Vec<u8>) {
        for field in self.0.iter_mut().filter(|field| field.id == id) {
            field.value = Cow::Owned(value.clone());
        }
    }

    /// Leaves fields out.
    pub(crate) fn remove(&mut self, ids: &[i16]) {
        self.0.retain(|field| !ids.contains(&field.id));
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut last = 0;
        for field in &self.0 {
            match i32::from(field.id) - last {
                step @ 1..=15 => out.push((step as u8) << 4 | field.kind),
                _ => {
                    out.push(field.kind);
                    write_varint((i64::from(field.id) << 1 ^ i64::from(field.id) >> 63) as u64, out);
                }
            }
            last = i32::from(field.id);
            out.extend_from_slice(&field.value);
        }
        out.push(0);
    }
}

fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Bytes, and how far they are read.
struct Rest<'bytes> {
    bytes: &'bytes [u8],
    at: usize,
}

impl Rest<'_> {
    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or(Fault::Short)?;
        self.at += 1;
        Ok(byte)
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Fault::Damaged)
    }

    fn pass(&mut self, bytes: u64) -> Result<(), Fault> {
        if bytes > (self.bytes.len() - self.at) as u64 {
            return Err(Fault::Short);
        }
        self.at += bytes as usize;
        Ok(())
    }

    /// The kind of the next field, whose number follows from that of the last one; none at the end of the structure.
    fn field(&mut self, id: &mut i16) -> Result<Option<u8>, Fault> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        let next = match head >> 4 {
            0 => {
                let coded = self.varint()?;
                i16::try_from((coded >> 1) as i64 ^ -((coded & 1) as i64)).ok()
            }
            step => id.checked_add(i16::from(step)),
        };
        *id = next.ok_or(Fault::Damaged)?;
        Ok(Some(head & 0x0f))
    }

    /// The kind of a list's elements and their number.
    fn list(&mut self) -> Result<(u8, u64), Fault> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        Ok((head & 0x0f, count))
    }

    /// Passes a value over. Every element takes a byte at least, so that a count that lies ends with the bytes.
    fn skip(&mut self, kind: u8, depth: usize) -> Result<(), Fault> {
        let depth = depth.checked_sub(1).ok_or(Fault::Damaged)?;
        match kind {
            // The kind of a field is its value.
            TRUE | FALSE => Ok(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, depth))
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0f, depth)
                })
            }
            STRUCT => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth)?;
                }
                Ok(())
            }
            13 => self.pass(16),
            _ => Err(Fault::Damaged),
        }
    }

    fn skip_element(&mut self, kind: u8, depth: usize) -> Result<(), Fault> {
        match kind {
            TRUE | FALSE => self.pass(1),
            kind => self.skip(kind, depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Fields};

    /// All kinds of values, by hand from the specification.
    const ALL: &[u8] = &[
        0x11, // 1: true
        0x12, // 2: false
        0x13, 7, // 3: a byte
        0x15, 0x03, // 4: the number -2
        0x16, 0x80, 0x01, // 5: the number 64
        0x17, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, // 6: 1.0
        0x18, 2, b'h', b'i', // 7: a text
        0x19, 0x21, 1, 2, // 8: a list of two truth values
        0x1b, 1, 0x85, 1, b'a', 2, // 9: a map of a text to a number
        0x1b, 0, // 10: a map of nothing
        0x1c, 0x15, 4, 0, // 11: a structure
        0x19, 0x2c, 0x15, 2, 0, 0, // 12: a list of two structures, one of them empty
        0x05, 0xc8, 0x01, 8, // 100: the number 4
        0,
    ];

    #[test]
    fn what_is_read_is_written_alike() {
        let bytes = [ALL, b"rest"].concat();
        let (fields, length) = Fields::read(&bytes).unwrap();
        assert_eq!(length, ALL.len());
        let mut out = Vec::new();
        fields.write(&mut out);
        assert_eq!(out, ALL);
        assert_eq!(
            (fields.bool(1), fields.bool(2), fields.bool(99)),
            (Some(true), Some(false), None)
        );
        assert_eq!([4, 5, 7, 100].map(|id| fields.int(id)), [Some(-2), Some(64), None, Some(4)]);
        assert_eq!(fields.structure(11).unwrap().unwrap().int(1), Some(2));
        assert_eq!(fields.structure(5).unwrap_err(), Fault::Damaged);
        let list = fields.list(12).unwrap();
        assert_eq!(list.iter().map(|one| one.int(1)).collect::<Vec<_>>(), [Some(1), None]);
    }

    #[test]
    fn fields_are_changed_and_left_out() {
        let (mut fields, _) = Fields::read(ALL).unwrap();
        for number in [0, -1, 1 << 40, i64::MIN, i64::MAX] {
            fields.set_int(4, number);
            assert_eq!(fields.int(4), Some(number));
        }
        // A number that is not there stays away.
        fields.set_int(50, 1);
        assert_eq!(fields.int(50), None);
        let many = [0; 20];
        fields.set_list(12, many.len(), &many);
        fields.remove(&[1, 2, 3]);
        let mut out = Vec::new();
        fields.write(&mut out);
        let (again, length) = Fields::read(&out).unwrap();
        assert_eq!(
            (length, again.list(12).unwrap().len(), again.int(4)),
            (out.len(), 20, Some(i64::MAX))
        );
        assert_eq!((again.bool(1), again.int(5)), (None, Some(64)));
    }

    #[test]
    fn damage_is_an_error() {
        for length in 0..ALL.len() {
            assert_eq!(Fields::read(&ALL[..length]).unwrap_err(), Fault::Short, "{length}");
        }
        // Structures within structures without an end, a list and a text longer than all that is there, numbers without an end.
        assert_eq!(Fields::read(&[0x1c; 100]).unwrap_err(), Fault::Damaged);
        assert_eq!(
            Fields::read(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]).unwrap_err(),
            Fault::Short
        );
        assert_eq!(
            Fields::read(&[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).unwrap_err(),
            Fault::Short
        );
        assert_eq!(
            Fields::read(&[&[0x16][..], &[0xff; 20]].concat()).unwrap_err(),
            Fault::Damaged
        );
        // A kind that there is not, and a number of a field beyond all.
        assert_eq!(Fields::read(&[0x1e, 0]).unwrap_err(), Fault::Damaged);
        assert_eq!(Fields::read(&[0x05, 0xff, 0xff, 0x7f, 0]).unwrap_err(), Fault::Damaged);
        // Each byte as any other: an error or a structure, which is written again.
        for at in 0..ALL.len() {
            for byte in 0..=255 {
                let mut bytes = ALL.to_vec();
                bytes[at] = byte;
                if let Ok((fields, _)) = Fields::read(&bytes) {
                    let mut out = Vec::new();
                    fields.write(&mut out);
                    assert!(Fields::read(&out).is_ok());
                    let _ = (fields.list(8), fields.list(12), fields.structure(11), fields.int(4));
                }
            }
        }
    }
}
