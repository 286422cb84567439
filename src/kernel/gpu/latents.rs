//! Latents out of the posterior: z = mu + exp(logvar / 2) * noise, in one launch there and one back.

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use super::{
    Drawn,
    launch::{Shader, each},
    operation::{Operation, apply},
    shape::{dims, floats_of},
    tensor::empty,
};
use crate::kernel::Draw;

/// Latents of one or two views, one below the other. `keep` drops deviations of the second view; the noise of view v is drawn at the
/// site of `noise` plus v.
pub fn latents(mu: Tensor<2>, logvar: Tensor<2>, views: usize, keep: Option<Draw>, noise: Draw) -> Tensor<2> {
    let operation = Latents {
        views,
        keep: keep.map(Drawn::from),
        noise: Drawn::from(noise),
    };
    apply(operation, [mu, logvar])
}

#[derive(Clone, Debug)]
struct Latents {
    views: usize,
    keep: Option<Drawn>,
    noise: Drawn,
}

fn shader() -> Shader {
    Shader::new("latents", include_str!("shaders/latents.wgsl"))
}

impl Operation<2> for Latents {
    type Saved = CubeTensor;

    fn forward(&self, [mu, logvar]: &[CubeTensor; 2], _tracked: bool) -> (CubeTensor, CubeTensor) {
        let output = empty(mu, dims(mu));
        let count = floats_of(mu);
        let mut numbers = vec![
            ("count", count.into()),
            ("view_count", (count / self.views).into()),
            ("noise_site", self.noise.site.into()),
        ];
        if let Some(keep) = &self.keep {
            numbers.extend([("keep_site", keep.site.into()), ("rate", keep.rate.into())]);
        }
        shader().with("FORWARD", true).with("DROPOUT", self.keep.is_some()).launch(
            each(mu),
            &[
                ("mu", mu),
                ("logvar", logvar),
                ("seed", &self.noise.seed),
                ("output", &output),
            ],
            &numbers,
        );
        (output.clone(), output)
    }

    fn backward(
        self,
        [mu, _]: &[CubeTensor; 2],
        latents: CubeTensor,
        gradient: CubeTensor,
        _wanted: [bool; 2],
    ) -> [Option<CubeTensor>; 2] {
        let output = empty(mu, dims(mu));
        shader().with("BACKWARD", true).launch(
            each(mu),
            &[
                ("gradient", &gradient),
                ("latents", &latents),
                ("mu", mu),
                ("output", &output),
            ],
            &[("count", floats_of(mu).into())],
        );
        [Some(gradient), Some(output)]
    }
}
