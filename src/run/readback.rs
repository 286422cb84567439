//! Values of tensors on the host.
//!
//! In: a tensor on whatever device. Out: its values, awaited, since a browser cannot block on a GPU; or the device's error.

use burn::tensor::Tensor;

use super::RunError;

/// Values of a tensor, in row-major order.
pub(super) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RunError> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| RunError::Device(error.to_string()))?;
    data.try_into_vec::<f32>()
        .map_err(|error| RunError::Device(format!("{error:?}")))
}
