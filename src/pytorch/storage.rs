//! Bytes of a storage as numbers.
//!
//! In: the little-endian bytes of a storage, and a [`View`] of it, which the unpickler has checked against its size. Out: the
//! view's values as 32-bit floats in row-major order.

use half::{bf16, f16};

use super::pickle::View;

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

/// The values of a view, whose every place the unpickler has found to be inside the storage.
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
