//! Devices: the CPU (burn-flex) or a GPU (burn-wgpu), chosen at run time. The one place that knows backends.
//!
//! In: a wish. Out: a [`Compute`], or one sentence that says why the GPU could not be had.

use burn::tensor::{Device, Tensor, activation};
use thiserror::Error;

/// The CPU's backend, for the operations of [`crate::kernel`].
pub(crate) type CpuBackend = burn_flex::Flex;
/// Its tensors.
pub(crate) type CpuTensor = burn_flex::FlexTensor;
/// The backend with gradients.
pub(crate) type CpuTraining = burn_autodiff::Autodiff<CpuBackend>;

/// The GPU's backend, for the launches of [`crate::kernel`].
#[cfg(feature = "gpu")]
pub(crate) type GpuBackend = burn_wgpu::Wgpu;
/// The backend with gradients.
#[cfg(feature = "gpu")]
pub(crate) type GpuTraining = burn_autodiff::Autodiff<GpuBackend>;

/// Whether this build has the GPU's code; one without is smaller by what only a GPU asks for.
pub const HAS_GPU: bool = cfg!(feature = "gpu");

/// Whether tensors of `device`, with or without gradients, lie in the memory of the CPU.
pub(crate) fn is_cpu(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

/// Which kind of device computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One core, SIMD.
    Cpu,
    /// WebGPU in browsers, Vulkan, Metal or DirectX natively.
    Gpu,
}

/// A GPU as its driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Interface that it is reached by, such as "Vulkan".
    pub backend: String,
    /// Driver with its version; empty in a browser.
    pub driver: String,
    /// Whether it computes on the CPU. A browser does not tell.
    pub is_software: bool,
    /// Bytes of the largest buffer that a launch may use.
    pub largest_buffer: u64,
    /// Names and values of the limits that a launch can meet.
    pub limits: Vec<(&'static str, u64)>,
    /// Whether it has 16-bit floats, and timestamps.
    pub features: [(&'static str, bool); 2],
}

/// A device that is ready for tensors.
#[derive(Clone, Debug)]
pub struct Compute {
    kind: Kind,
    device: Device,
    name: String,
    adapter: Option<Adapter>,
}

/// Why there is no such device.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// This build has no GPU code.
    #[error("This build runs on the CPU only; build it with the feature `gpu` to use a GPU.")]
    NoGpuInBuild,
    /// The GPU did not start.
    #[error("The GPU could not be started: {0}")]
    Start(String),
}

impl Compute {
    /// The CPU; always there.
    pub fn cpu() -> Self {
        Self {
            kind: Kind::Cpu,
            device: Device::flex(),
            name: "CPU, one core, SIMD".to_string(),
            adapter: None,
        }
    }

    /// The GPU that the system prefers.
    #[cfg(feature = "gpu")]
    pub async fn gpu() -> Result<Self, DeviceError> {
        let (device, setup) = Device::wgpu_options()
            .init_with_setup_async()
            .await
            .map_err(|error| DeviceError::Start(error.to_string()))?;
        let setup: burn_wgpu::WgpuSetup = setup;
        let information: wgpu::AdapterInfo = setup.adapter.get_info();
        let name = match information.name.trim() {
            "" => "GPU".to_string(),
            name => name.to_string(),
        };
        Ok(Self {
            kind: Kind::Gpu,
            device,
            name,
            adapter: Some(describe(&setup, &information)),
        })
    }

    /// The GPU that the system prefers.
    #[cfg(not(feature = "gpu"))]
    pub async fn gpu() -> Result<Self, DeviceError> {
        Err(DeviceError::NoGpuInBuild)
    }

    /// CPU or GPU.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Words for people, with the adapter's name where there is one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The GPU as its driver describes it; None for the CPU.
    pub fn adapter(&self) -> Option<&Adapter> {
        self.adapter.as_ref()
    }

    /// The device for tensors without gradients.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// After how many steps the losses are read: at once on the CPU; on a GPU in batches, because a read waits for the queue.
    pub fn steps_between_reads(&self) -> usize {
        match self.kind {
            Kind::Cpu => 1,
            Kind::Gpu => 8,
        }
    }
}

#[cfg(feature = "gpu")]
fn describe(setup: &burn_wgpu::WgpuSetup, information: &wgpu::AdapterInfo) -> Adapter {
    let (limits, features) = (setup.device.limits(), setup.adapter.features());
    let driver = format!("{} {}", information.driver, information.driver_info);
    Adapter {
        backend: information.backend.to_string(),
        driver: driver.trim().to_string(),
        is_software: information.device_type == wgpu::DeviceType::Cpu,
        largest_buffer: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
        limits: vec![
            ("max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size),
            ("max_buffer_size", limits.max_buffer_size),
            (
                "max_storage_buffers_per_shader_stage",
                limits.max_storage_buffers_per_shader_stage.into(),
            ),
            (
                "max_compute_invocations_per_workgroup",
                limits.max_compute_invocations_per_workgroup.into(),
            ),
            (
                "max_compute_workgroup_storage_size",
                limits.max_compute_workgroup_storage_size.into(),
            ),
            (
                "max_compute_workgroups_per_dimension",
                limits.max_compute_workgroups_per_dimension.into(),
            ),
        ],
        features: [
            ("shader-f16", features.contains(wgpu::Features::SHADER_F16)),
            ("timestamp-query", features.contains(wgpu::Features::TIMESTAMP_QUERY)),
        ],
    }
}

/// The exact gelu, x/2 (1 + erf(x / sqrt 2)), with the exact derivative on every device.
///
/// burn's own is exact in the value everywhere, but its derivative is exact on flex only; on a GPU it is that of the tanh
/// approximation (burn-backend 0.22.1, `gelu_backward`), which puts gradients off by up to 6e-4.
pub fn gelu<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    if is_cpu(&input.device()) {
        activation::gelu(input)
    } else {
        let erf = input.clone().mul_scalar(std::f64::consts::FRAC_1_SQRT_2).erf();
        input.mul_scalar(0.5) * erf.add_scalar(1.0)
    }
}
