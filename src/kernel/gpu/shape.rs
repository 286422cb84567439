//! Sizes of tensors on a GPU.

use burn_cubecl::tensor::CubeTensor;

/// Number of elements.
pub fn floats_of(tensor: &CubeTensor) -> usize {
    tensor.meta.shape().num_elements()
}

/// Rows and columns.
pub fn dims(tensor: &CubeTensor) -> [usize; 2] {
    match *tensor.meta.shape().as_slice() {
        [rows, columns] => [rows, columns],
        _ => [1, floats_of(tensor)],
    }
}
