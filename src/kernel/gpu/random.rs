//! Random numbers that shaders draw for themselves, and the same as tensors.

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use super::{
    launch::{Number, Shader, threads},
    tensor::{empty, integers, tensor},
};
use crate::kernel::Draw;

/// Where a shader draws from: a [`Draw`] as the GPU has it.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub seed: CubeTensor,
    pub site: u32,
    pub rate: f32,
}

impl From<Draw> for Drawn {
    fn from(draw: Draw) -> Self {
        Self {
            seed: integers(draw.seed),
            site: draw.site,
            rate: draw.rate as f32,
        }
    }
}

impl Drawn {
    /// Parameters of a shader with dropout besides the seed.
    pub fn numbers(&self) -> [(&'static str, Number); 2] {
        [("site", self.site.into()), ("rate", self.rate.into())]
    }
}

fn draw(shape: [usize; 2], draw: Draw, form: &'static str) -> Tensor<2> {
    let drawn = Drawn::from(draw);
    let output = empty(&drawn.seed, shape);
    let count = shape[0] * shape[1];
    let mut numbers = vec![("count", count.into())];
    numbers.extend(drawn.numbers());
    Shader::new("random", include_str!("shaders/random.wgsl"))
        .with(form, true)
        .launch(threads(count), &[("seed", &drawn.seed), ("output", &output)], &numbers);
    tensor(output)
}

/// Mask of inverted dropout.
pub fn keep_mask(shape: [usize; 2], from: Draw) -> Tensor<2> {
    draw(shape, from, "MASK")
}

/// Standard normal numbers.
pub fn normal(shape: [usize; 2], from: Draw) -> Tensor<2> {
    draw(shape, from, "NORMAL")
}
