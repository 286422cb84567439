//! Storages, and tensors as parts of them.
//!
//! In: what a program says about a tensor's place, and the little-endian bytes of its storage. Out: a [`View`] that is known to lie
//! within its storage, and its values as 32-bit floats in row-major order.

use half::{bf16, f16};

/// Type of the numbers in a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Double,
    Half,
    BFloat16,
    Long,
}

impl Kind {
    /// Of PyTorch's class of storages in its module `torch`.
    pub(super) fn of_class(name: &str) -> Option<Self> {
        Some(match name {
            "FloatStorage" => Kind::Float,
            "DoubleStorage" => Kind::Double,
            "HalfStorage" => Kind::Half,
            "BFloat16Storage" => Kind::BFloat16,
            "LongStorage" => Kind::Long,
            _ => return None,
        })
    }

    /// Bytes of one number.
    pub(super) fn bytes(self) -> usize {
        match self {
            Kind::Double | Kind::Long => 8,
            Kind::Float => 4,
            Kind::Half | Kind::BFloat16 => 2,
        }
    }

    /// The number at a place, counted in numbers; none where the storage ends before.
    fn number(self, bytes: &[u8], at: usize) -> Option<f32> {
        let from = bytes.get(at.checked_mul(self.bytes())?..)?;
        Some(match self {
            Kind::Float => f32::from_le_bytes(*from.first_chunk()?),
            Kind::Double => f64::from_le_bytes(*from.first_chunk()?) as f32,
            Kind::Half => f16::from_le_bytes(*from.first_chunk()?).to_f32(),
            Kind::BFloat16 => bf16::from_le_bytes(*from.first_chunk()?).to_f32(),
            Kind::Long => i64::from_le_bytes(*from.first_chunk()?) as f32,
        })
    }
}

/// A storage, as the program names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage<'a> {
    pub(super) key: &'a str,
    pub(super) kind: Kind,
    /// How many numbers it holds.
    pub(super) count: u64,
}

/// A tensor as a part of a storage. All its places are inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View<'a> {
    pub(super) storage: Storage<'a>,
    pub(super) shape: Vec<usize>,
    /// Place of its first number; this and the strides count in numbers.
    offset: usize,
    strides: Vec<usize>,
}

impl<'a> View<'a> {
    /// A view with all its places inside the storage, or what is wrong, without a subject.
    pub(super) fn new(storage: Storage<'a>, offset: usize, shape: Vec<usize>, strides: Vec<usize>) -> Result<Self, &'static str> {
        const OUTSIDE: &str = "has a tensor that reaches beyond its storage";
        if shape.len() != strides.len() {
            return Err("has a tensor with more or fewer strides than dimensions");
        }
        // No more values than the storage has, so that a small file cannot ask for much memory.
        let count = shape.iter().try_fold(1usize, |count, &extent| count.checked_mul(extent));
        let count = count.filter(|&count| count as u64 <= storage.count).ok_or(OUTSIDE)?;
        // Where there is one place only, its stride is never taken and may be anything.
        let taken = shape
            .iter()
            .zip(strides)
            .map(|(&extent, stride)| if extent > 1 { stride } else { 0 });
        let strides: Vec<usize> = taken.collect();
        if count > 0 {
            let mut steps = shape.iter().zip(&strides);
            let last = steps.try_fold(offset, |last, (extent, stride)| {
                last.checked_add((extent - 1).checked_mul(*stride)?)
            });
            last.filter(|&last| (last as u64) < storage.count).ok_or(OUTSIDE)?;
        }
        Ok(Self {
            storage,
            shape,
            offset,
            strides,
        })
    }

    /// How many values it has; no more than its storage.
    pub(super) fn count(&self) -> u64 {
        self.shape.iter().map(|&extent| extent as u64).product()
    }
}

/// The values of a view.
pub(super) fn gather(bytes: &[u8], view: &View) -> Vec<f32> {
    let count = view.count() as usize;
    let mut values = Vec::with_capacity(count);
    let mut place = vec![0usize; view.shape.len()];
    let mut at = view.offset;
    while values.len() < count {
        let Some(number) = view.storage.kind.number(bytes, at) else {
            break;
        };
        values.push(number);
        // The next place, as an odometer counts: the innermost dimension first.
        for dimension in (0..place.len()).rev() {
            place[dimension] += 1;
            at += view.strides[dimension];
            if place[dimension] < view.shape[dimension] {
                break;
            }
            at -= view.strides[dimension] * view.shape[dimension];
            place[dimension] = 0;
        }
    }
    values
}
