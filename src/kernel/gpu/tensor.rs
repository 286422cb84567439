//! Memory of the GPU as tensors: new ones, parts of one, and several that lie end to end.

use burn::tensor::{DType, Device, Int, Shape, Tensor};
use burn_cubecl::{cubecl::MemoryScope, kernel::into_contiguous, tensor::CubeTensor};

use super::{
    launch::{Shader, each},
    shape::{dims, floats_of},
};
use crate::{device::GpuBackend, kernel::ALIGNMENT};

/// New memory beside `like`, of unknown content.
pub fn empty<const D: usize>(like: &CubeTensor, shape: [usize; D]) -> CubeTensor {
    let bytes = shape.iter().product::<usize>().max(1) * size_of::<f32>();
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        Shape::from(shape),
        like.client.empty(bytes),
        DType::F32,
    )
}

/// A part of a contiguous tensor, which begins at a multiple of [`ALIGNMENT`].
pub fn part<const D: usize>(of: &CubeTensor, start: usize, shape: [usize; D]) -> CubeTensor {
    let count: usize = shape.iter().product();
    let rest = floats_of(of) - start - count;
    CubeTensor::new_contiguous(
        of.client.clone(),
        of.device.clone(),
        Shape::from(shape),
        of.handle
            .clone()
            .offset_start((start * size_of::<f32>()) as u64)
            .offset_end((rest * size_of::<f32>()) as u64),
        of.dtype,
    )
}

/// The memory of a tensor on the GPU, contiguous; a gradient that it may have is left behind.
pub fn primitive<const D: usize>(tensor: Tensor<D>) -> CubeTensor {
    into_contiguous(
        tensor
            .inner()
            .try_into_primitive::<GpuBackend>()
            .unwrap_or_else(|error| unreachable!("only tensors of the GPU come here: {error:?}")),
    )
}

/// The same of integers.
pub fn integers(tensor: Tensor<1, Int>) -> CubeTensor {
    into_contiguous(
        tensor
            .inner()
            .try_into_primitive::<GpuBackend>()
            .unwrap_or_else(|error| unreachable!("only tensors of the GPU come here: {error:?}")),
    )
}

/// A tensor without gradients over this memory.
pub fn tensor<const D: usize>(memory: CubeTensor) -> Tensor<D> {
    Tensor::from_primitive::<GpuBackend>(memory)
}

/// Where each of several matrices begins when they lie end to end, each at a multiple of [`ALIGNMENT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub shapes: Vec<[usize; 2]>,
    pub starts: Vec<usize>,
    pub total: usize,
}

impl Layout {
    /// The layout of matrices of these shapes.
    pub fn new(shapes: Vec<[usize; 2]>) -> Self {
        let mut total = 0;
        let starts = shapes
            .iter()
            .map(|[rows, columns]| {
                let start = total;
                total += (rows * columns).next_multiple_of(ALIGNMENT);
                start
            })
            .collect();
        Self { shapes, starts, total }
    }

    /// The layout of these matrices.
    pub fn of(tensors: &[CubeTensor]) -> Self {
        Self::new(tensors.iter().map(dims).collect())
    }

    /// The matrices that lie in `memory`, which share it.
    pub fn parts(&self, memory: &CubeTensor) -> Vec<CubeTensor> {
        self.shapes
            .iter()
            .zip(&self.starts)
            .map(|(shape, start)| part(memory, *start, *shape))
            .collect()
    }
}

/// Memory in which all of `tensors` lie in the order of their [`Layout`]: that which they share where they lie so already (as
/// parameters do after a step of the optimiser), otherwise a copy.
pub fn end_to_end(tensors: &[CubeTensor]) -> CubeTensor {
    let layout = Layout::of(tensors);
    if let Some(shared) = shared(tensors, &layout) {
        return shared;
    }
    let memory = empty(&tensors[0], [layout.total]);
    for (tensor, part) in tensors.iter().zip(layout.parts(&memory)) {
        Shader::new("copy", include_str!("shaders/copy.wgsl")).launch(
            each(tensor),
            &[("input", tensor), ("output", &part)],
            &[("count", floats_of(tensor).into())],
        );
    }
    memory
}

/// The memory of all tensors together, where they lie in it as the layout says.
pub fn shared(tensors: &[CubeTensor], layout: &Layout) -> Option<CubeTensor> {
    let (first, last) = (tensors.first()?, tensors.last()?);
    let key = |tensor: &CubeTensor| tensor.handle.clone().binding().claim_key();
    let (memory, begin, _) = key(first);
    let bytes = size_of::<f32>() as u64;
    let fits = tensors.iter().zip(&layout.starts).all(|(tensor, start)| {
        let (other, at, _) = key(tensor);
        other == memory && at == begin + *start as u64 * bytes && tensor.is_contiguous()
    });
    if !fits {
        return None;
    }
    let end = begin + layout.total as u64 * bytes;
    let all = last.handle.size();
    // The last one may end before the layout does.
    if end > all {
        return None;
    }
    let mut handle = first.handle.clone();
    handle.offset_start = Some(begin);
    handle.offset_end = Some(all - end);
    Some(CubeTensor::new_contiguous(
        first.client.clone(),
        first.device.clone(),
        Shape::from([layout.total]),
        handle,
        DType::F32,
    ))
}

/// Bytes that tensors on a GPU use, and bytes that are reserved for them. Waits for the GPU's thread, so not for a browser.
pub fn memory(device: &Device) -> [u64; 2] {
    let probe = primitive(Tensor::<1>::zeros([1], device));
    let usage = probe.client.memory_report(MemoryScope::Device).usage();
    [usage.bytes_in_use, usage.bytes_reserved]
}
