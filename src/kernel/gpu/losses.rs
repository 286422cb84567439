//! The terms of the objective: reconstruction, divergence, contrast, and their weighted sum.
//!
//! Targets and weights may be those of one view: they hold for each view of the positions.

use burn::tensor::{DType, Int, Tensor};
use burn_cubecl::tensor::CubeTensor;

use super::{
    launch::{Shader, each, threads},
    operation::{Operation, apply},
    product::{Product, Then},
    scatter::{Coefficients, scatter},
    shape::{dims, floats_of},
    tensor::{empty, integers, part, primitive, tensor},
};

/// The sum of the first `count` elements, `[1, 1]`.
fn sum(input: &CubeTensor, count: usize) -> CubeTensor {
    let output = empty(input, [1, 1]);
    Shader::new("sum", include_str!("shaders/sum.wgsl")).launch(
        [1, 1, 1],
        &[("input", input), ("output", &output)],
        &[("count", count.into())],
    );
    output
}

/// See `kernel::sampled_negative`.
pub fn sampled_negative(
    outputs: Tensor<2>,
    table: Tensor<2>,
    targets: Tensor<1, Int>,
    negatives: Tensor<1, Int>,
    weight: Tensor<2>,
) -> Tensor<1> {
    let operation = SampledNegative {
        targets: integers(targets),
        negatives: integers(negatives),
        weight: primitive(weight),
    };
    apply(operation, [outputs, table]).reshape([1])
}

#[derive(Clone, Debug)]
struct SampledNegative {
    targets: CubeTensor,
    negatives: CubeTensor,
    weight: CubeTensor,
}

impl Operation<2> for SampledNegative {
    /// Losses, coefficients of targets and of negatives; and the rows that these are of.
    type Saved = [CubeTensor; 2];

    fn forward(&self, [outputs, table]: &[CubeTensor; 2], _tracked: bool) -> (CubeTensor, Self::Saved) {
        let [positions, size] = dims(outputs);
        let results = empty(outputs, [3 * positions]);
        let mut entries = empty(outputs, [2 * positions]);
        entries.dtype = DType::I32;
        Shader::new("sampled_negative", include_str!("shaders/sampled_negative.wgsl"))
            .with("SIZE", size)
            .launch(
                [positions, 1, 1],
                &[
                    ("outputs", outputs),
                    ("table", table),
                    ("wanted_rows", &self.targets),
                    ("unwanted_rows", &self.negatives),
                    ("weights", &self.weight),
                    ("results", &results),
                    ("entries", &entries),
                ],
                &[
                    ("positions", positions.into()),
                    ("view_positions", floats_of(&self.targets).into()),
                ],
            );
        (sum(&results, positions), [results, entries])
    }

    fn backward(
        self,
        [outputs, table]: &[CubeTensor; 2],
        [results, entries]: Self::Saved,
        gradient: CubeTensor,
        _wanted: [bool; 2],
    ) -> [Option<CubeTensor>; 2] {
        let [positions, size] = dims(outputs);
        let of_outputs = empty(outputs, [positions, size]);
        Shader::new(
            "sampled_negative_outputs",
            include_str!("shaders/sampled_negative_outputs.wgsl"),
        )
        .with("SIZE", size)
        .launch(
            each(outputs),
            &[
                ("table", table),
                ("results", &results),
                ("entries", &entries),
                ("upstream", &gradient),
                ("output", &of_outputs),
            ],
            &[("positions", positions.into())],
        );
        let of_table = empty(table, dims(table));
        let coefficients = Coefficients {
            memory: &results,
            start: positions,
            upstream: &gradient,
        };
        scatter(&entries, outputs, Some(coefficients), &of_table);
        [Some(of_outputs), Some(of_table)]
    }
}

/// See `kernel::cross_entropy`.
pub fn cross_entropy(outputs: Tensor<2>, table: Tensor<2>, targets: Tensor<1, Int>, weight: Tensor<2>) -> Tensor<1> {
    let operation = CrossEntropy {
        targets: integers(targets),
        weight: primitive(weight),
    };
    apply(operation, [outputs, table]).reshape([1])
}

#[derive(Clone, Debug)]
struct CrossEntropy {
    targets: CubeTensor,
    weight: CubeTensor,
}

impl Operation<2> for CrossEntropy {
    /// The gradient of the scores for a gradient of 1.
    type Saved = CubeTensor;

    fn forward(&self, [outputs, table]: &[CubeTensor; 2], _tracked: bool) -> (CubeTensor, CubeTensor) {
        let ([positions, size], [rows, _]) = (dims(outputs), dims(table));
        let (scores, losses) = (empty(outputs, [positions, rows]), empty(outputs, [positions]));
        Product::new(
            [outputs, table, &scores],
            [positions, size, rows],
            [false, true],
            Then::Nothing,
        )
        .launch();
        Shader::new("softmax", include_str!("shaders/softmax.wgsl")).launch(
            [positions, 1, 1],
            &[
                ("scores", &scores),
                ("wanted_rows", &self.targets),
                ("weights", &self.weight),
                ("losses", &losses),
            ],
            &[
                ("positions", positions.into()),
                ("view_positions", floats_of(&self.targets).into()),
                ("columns", rows.into()),
            ],
        );
        (sum(&losses, positions), scores)
    }

    fn backward(
        self,
        [outputs, table]: &[CubeTensor; 2],
        scores: CubeTensor,
        gradient: CubeTensor,
        _wanted: [bool; 2],
    ) -> [Option<CubeTensor>; 2] {
        let ([positions, size], [rows, _]) = (dims(outputs), dims(table));
        let (of_outputs, of_table) = (empty(outputs, [positions, size]), empty(table, [rows, size]));
        let then = Then::Scale(&gradient);
        Product::new([&scores, table, &of_outputs], [positions, rows, size], [false; 2], then).launch();
        Product::new([&scores, outputs, &of_table], [rows, positions, size], [true, false], then).launch();
        [Some(of_outputs), Some(of_table)]
    }
}

/// See `kernel::kl_to_standard_normal`.
pub fn divergence(mu: Tensor<2>, logvar: Tensor<2>, weight: Tensor<2>) -> Tensor<1> {
    apply(Divergence(primitive(weight)), [mu, logvar]).reshape([1])
}

#[derive(Clone, Debug)]
struct Divergence(CubeTensor);

impl Operation<2> for Divergence {
    type Saved = ();

    fn forward(&self, [mu, logvar]: &[CubeTensor; 2], _tracked: bool) -> (CubeTensor, ()) {
        let [rows, columns] = dims(mu);
        let output = empty(mu, [rows]);
        Shader::new("divergence", include_str!("shaders/divergence.wgsl")).launch(
            [rows, 1, 1],
            &[("mu", mu), ("logvar", logvar), ("weights", &self.0), ("output", &output)],
            &[
                ("rows", rows.into()),
                ("columns", columns.into()),
                ("view_rows", floats_of(&self.0).into()),
            ],
        );
        (sum(&output, rows), ())
    }

    fn backward(
        self,
        [mu, logvar]: &[CubeTensor; 2],
        (): (),
        gradient: CubeTensor,
        _wanted: [bool; 2],
    ) -> [Option<CubeTensor>; 2] {
        let [rows, columns] = dims(mu);
        let [of_mu, of_logvar] = [(); 2].map(|()| empty(mu, [rows, columns]));
        Shader::new("divergence_backward", include_str!("shaders/divergence_backward.wgsl")).launch(
            each(mu),
            &[
                ("mu", mu),
                ("logvar", logvar),
                ("weights", &self.0),
                ("upstream", &gradient),
                ("of_mu", &of_mu),
                ("of_logvar", &of_logvar),
            ],
            &[
                ("rows", rows.into()),
                ("columns", columns.into()),
                ("view_rows", floats_of(&self.0).into()),
            ],
        );
        [Some(of_mu), Some(of_logvar)]
    }
}

/// Sums over the positions of each sequence, `[views * S, d]`: `pool` `[S, N]` times each view of `latents` `[views * N, d]`.
pub fn pooled(pool: Tensor<2>, latents: Tensor<2>) -> Tensor<2> {
    apply(Pooled(primitive(pool)), [latents])
}

#[derive(Clone, Debug)]
struct Pooled(CubeTensor);

impl Operation<1> for Pooled {
    type Saved = ();

    fn forward(&self, [latents]: &[CubeTensor; 1], _tracked: bool) -> (CubeTensor, ()) {
        let ([sequences, tokens], [all, size]) = (dims(&self.0), dims(latents));
        let output = empty(latents, [all / tokens * sequences, size]);
        let mut product = Product::new(
            [&self.0, latents, &output],
            [sequences, tokens, size],
            [false; 2],
            Then::Nothing,
        );
        product.beside = all / tokens;
        product.starts = [0, 1, 2].map(|view| [0, view * tokens * size, view * sequences * size]);
        product.launch();
        (output, ())
    }

    fn backward(self, [latents]: &[CubeTensor; 1], (): (), gradient: CubeTensor, _wanted: [bool; 1]) -> [Option<CubeTensor>; 1] {
        let ([sequences, tokens], [all, size]) = (dims(&self.0), dims(latents));
        let output = empty(latents, [all, size]);
        let mut product = Product::new(
            [&self.0, &gradient, &output],
            [tokens, sequences, size],
            [true, false],
            Then::Nothing,
        );
        product.beside = all / tokens;
        product.starts = [0, 1, 2].map(|view| [0, view * sequences * size, view * tokens * size]);
        product.launch();
        [Some(output)]
    }
}

/// NT-Xent of `[2S, d]`, the first view above the second. `labels`, one for each sequence, keep sequences of the same label other than
/// 0 from being negatives of each other.
pub fn nt_xent(both: Tensor<2>, temperature: f64, labels: Option<Tensor<1, Int>>) -> Tensor<1> {
    let operation = Contrast {
        inverse: (1.0 / temperature) as f32,
        labels: labels.map(integers),
    };
    apply(operation, [both]).reshape([1])
}

#[derive(Clone, Debug)]
struct Contrast {
    inverse: f32,
    labels: Option<CubeTensor>,
}

impl Operation<1> for Contrast {
    /// Vectors of length one with the reciprocals of their lengths, and the slopes of their cosines.
    type Saved = [CubeTensor; 2];

    fn forward(&self, [both]: &[CubeTensor; 1], _tracked: bool) -> (CubeTensor, Self::Saved) {
        let [rows, columns] = dims(both);
        let (units, slopes, losses) = (
            empty(both, [rows * (columns + 1)]),
            empty(both, [rows, rows]),
            empty(both, [rows]),
        );
        let numbers = [
            ("rows", rows.into()),
            ("columns", columns.into()),
            ("inverse_temperature", self.inverse.into()),
        ];
        Shader::new("units", include_str!("shaders/units.wgsl")).launch(
            [rows, 1, 1],
            &[("vectors", both), ("output", &units)],
            &numbers[..2],
        );
        let mut tensors = vec![("units", &units), ("slopes", &slopes), ("losses", &losses)];
        tensors.extend(self.labels.as_ref().map(|labels| ("labels", labels)));
        Shader::new("contrast", include_str!("shaders/contrast.wgsl"))
            .with("LABELS", self.labels.is_some())
            .launch([rows, 1, 1], &tensors, &numbers);
        (sum(&losses, rows), [units, slopes])
    }

    fn backward(
        self,
        [both]: &[CubeTensor; 1],
        [units, slopes]: Self::Saved,
        gradient: CubeTensor,
        _wanted: [bool; 1],
    ) -> [Option<CubeTensor>; 1] {
        let [rows, columns] = dims(both);
        let output = empty(both, [rows, columns]);
        Shader::new("contrast_backward", include_str!("shaders/contrast_backward.wgsl"))
            .with("SIZE", columns)
            .launch(
                [rows, 1, 1],
                &[
                    ("units", &units),
                    ("slopes", &slopes),
                    ("upstream", &gradient),
                    ("output", &output),
                ],
                &[("rows", rows.into())],
            );
        [Some(output)]
    }
}

/// The weighted sum of three numbers.
pub fn weighted_sum(terms: [Tensor<1>; 3], weights: [f64; 3]) -> Tensor<1> {
    let operation = WeightedSum(weights.map(|weight| weight as f32));
    apply(operation, terms.map(|term| term.reshape([1, 1]))).reshape([1])
}

#[derive(Clone, Debug)]
struct WeightedSum([f32; 3]);

fn scalars() -> Shader {
    Shader::new("scalars", include_str!("shaders/scalars.wgsl"))
}

impl WeightedSum {
    fn numbers(&self) -> [(&'static str, super::launch::Number); 4] {
        [
            ("count", 1usize.into()),
            ("weight_1", self.0[0].into()),
            ("weight_2", self.0[1].into()),
            ("weight_3", self.0[2].into()),
        ]
    }
}

impl Operation<3> for WeightedSum {
    type Saved = ();

    fn forward(&self, [one, two, three]: &[CubeTensor; 3], _tracked: bool) -> (CubeTensor, ()) {
        let output = empty(one, [1, 1]);
        scalars().with("FORWARD", true).launch(
            threads(1),
            &[("one", one), ("two", two), ("three", three), ("output", &output)],
            &self.numbers(),
        );
        (output, ())
    }

    fn backward(self, _: &[CubeTensor; 3], (): (), gradient: CubeTensor, _wanted: [bool; 3]) -> [Option<CubeTensor>; 3] {
        let output = empty(&gradient, [3 * 64]);
        scalars()
            .with("BACKWARD", true)
            .launch(threads(1), &[("upstream", &gradient), ("output", &output)], &self.numbers());
        [0, 64, 128].map(|start| Some(part(&output, start, [1, 1])))
    }
}

/// Four numbers in one row, without gradients.
pub fn gathered(numbers: [Tensor<1>; 4]) -> Tensor<1> {
    let [zero, one, two, three] = numbers.map(primitive);
    let output = empty(&one, [4]);
    scalars().with("GATHER", true).launch(
        threads(1),
        &[
            ("zero", &zero),
            ("one", &one),
            ("two", &two),
            ("three", &three),
            ("output", &output),
        ],
        &[("count", 1usize.into())],
    );
    tensor(output)
}
