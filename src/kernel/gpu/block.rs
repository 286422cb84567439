//! A whole attention block and its gradients as a fixed list of launches: 7 forward, 14 backward.
//!
//! In: hidden states `[tokens, hidden]`, the block's 16 parameters in the order of their visit, who sees whom, and where dropout draws
//! from. Out: hidden states. The mathematics is that of `model::Block`, which writes it as operations of `kernel`.

use burn::tensor::Tensor;
use burn_cubecl::tensor::CubeTensor;

use super::{
    Drawn,
    launch::{Number, Shader, threads},
    norm::{self, Place},
    operation::{Operation, apply},
    product::{Product, Then},
    shape::dims,
    tensor::{Layout, empty, end_to_end, integers},
};
use crate::{batch::Visible, kernel::Draw};

/// Places of the parameters, in the order of their visit; biases follow their weights.
const QUERY: usize = 0;
const KEY: usize = 2;
const VALUE: usize = 4;
const OUTPUT: usize = 6;
const ATTENTION_NORM: usize = 8;
const INNER: usize = 10;
const OUTER: usize = 12;
const NORM: usize = 14;
/// How many there are.
const PARAMETERS: usize = 16;

/// Dropout of attention weights, of the attention's output and of the network's output.
pub type Draws = [Option<Draw>; 3];

/// One pass through a block over `[tokens, hidden]`.
pub fn block(input: Tensor<2>, parameters: [Tensor<2>; PARAMETERS], visible: &Visible, heads: usize, draws: Draws) -> Tensor<2> {
    let device = input.device().inner();
    let operation = Block {
        heads,
        spans: integers(visible.on(&device)),
        view_tokens: visible.rows() * visible.length(),
        length: visible.length(),
        draws: draws.map(|draw| draw.map(Drawn::from)),
    };
    let mut inputs = Vec::with_capacity(PARAMETERS + 1);
    inputs.push(input);
    inputs.extend(parameters);
    let inputs: [Tensor<2>; PARAMETERS + 1] = inputs
        .try_into()
        .unwrap_or_else(|_| unreachable!("one input and the parameters"));
    apply(operation, inputs)
}

#[derive(Clone, Debug)]
struct Block {
    heads: usize,
    spans: CubeTensor,
    view_tokens: usize,
    length: usize,
    draws: [Option<Drawn>; 3],
}

/// State for the backward pass.
#[derive(Clone, Debug)]
struct Saved {
    parameters: CubeTensor,
    /// Queries, keys and values side by side.
    mixed: CubeTensor,
    context: CubeTensor,
    normaliser: CubeTensor,
    attended: CubeTensor,
    attention_rows: CubeTensor,
    inner: CubeTensor,
    derivative: CubeTensor,
    rows: CubeTensor,
}

impl Block {
    fn attention_numbers(&self, tokens: usize) -> Vec<(&'static str, Number)> {
        let mut numbers = vec![("tokens", tokens.into()), ("view_tokens", self.view_tokens.into())];
        if let Some(drawn) = &self.draws[0] {
            numbers.push(("row_length", self.length.into()));
            numbers.extend(drawn.numbers());
        }
        numbers
    }

    fn attention_shader(&self, name: &'static str, text: &'static str, hidden: usize) -> Shader {
        Shader::new(name, text)
            .with("HEADS", self.heads)
            .with("WIDTH", hidden / self.heads)
            .with("DROPOUT", self.draws[0].is_some())
    }
}

fn place(layout: &Layout, norm: usize) -> Place {
    Place {
        weight: layout.starts[norm],
        bias: layout.starts[norm + 1],
    }
}

impl Operation<{ PARAMETERS + 1 }> for Block {
    type Saved = Saved;

    fn forward(&self, inputs: &[CubeTensor; PARAMETERS + 1], _tracked: bool) -> (CubeTensor, Saved) {
        let input = &inputs[0];
        let [tokens, hidden] = dims(input);
        let layout = Layout::of(&inputs[1..]);
        let parameters = end_to_end(&inputs[1..]);
        let at = &layout.starts;

        let mixed = empty(input, [tokens, 3 * hidden]);
        let mut product = Product::new([input, &parameters, &mixed], [tokens, hidden, hidden], [false; 2], Then::Bias);
        product.strides[2] = 3 * hidden;
        product.starts = [(QUERY, 0), (KEY, 1), (VALUE, 2)].map(|(map, index)| [0, at[map], index * hidden]);
        product.bias = [QUERY, KEY, VALUE].map(|map| at[map + 1]);
        product.beside = 3;
        product.launch();

        let (context, normaliser) = (empty(input, [tokens, hidden]), empty(input, [tokens, self.heads]));
        let mut tensors = vec![
            ("mixed", &mixed),
            ("spans", &self.spans),
            ("context", &context),
            ("normaliser", &normaliser),
        ];
        tensors.extend(self.draws[0].as_ref().map(|drawn| ("seed", &drawn.seed)));
        self.attention_shader("attention_forward", include_str!("shaders/attention_forward.wgsl"), hidden)
            .launch(threads(tokens * self.heads), &tensors, &self.attention_numbers(tokens));

        let affine = |from: &CubeTensor, to: &CubeTensor, map: usize, then: Then| {
            let mut product = Product::new(
                [from, &parameters, to],
                [tokens, dims(from)[1], dims(to)[1]],
                [false; 2],
                then,
            );
            product.starts[0][1] = at[map];
            product.bias[0] = at[map + 1];
            product.launch();
        };
        let branch = empty(input, [tokens, hidden]);
        affine(&context, &branch, OUTPUT, Then::Bias);
        let norm_place = place(&layout, ATTENTION_NORM);
        let (attended, attention_rows) = norm::residual(input, &branch, &parameters, norm_place, self.draws[1].as_ref());

        let (inner, derivative) = (empty(input, [tokens, 4 * hidden]), empty(input, [tokens, 4 * hidden]));
        affine(&attended, &inner, INNER, Then::BiasGelu(&derivative));
        let branch = empty(input, [tokens, hidden]);
        affine(&inner, &branch, OUTER, Then::Bias);
        let (result, rows) = norm::residual(&attended, &branch, &parameters, place(&layout, NORM), self.draws[2].as_ref());
        let saved = Saved {
            parameters,
            mixed,
            context,
            normaliser,
            attended,
            attention_rows,
            inner,
            derivative,
            rows,
        };
        (result, saved)
    }

    fn backward(
        self,
        inputs: &[CubeTensor; PARAMETERS + 1],
        saved: Saved,
        gradient: CubeTensor,
        _wanted: [bool; PARAMETERS + 1],
    ) -> [Option<CubeTensor>; PARAMETERS + 1] {
        let input = &inputs[0];
        let [tokens, hidden] = dims(input);
        let layout = Layout::of(&inputs[1..]);
        let (at, parameters) = (&layout.starts, &saved.parameters);
        let gradients = empty(input, [layout.total]);

        // Gradients of a map's weight and bias, out of what went in and the gradient of what came out.
        let of_map = |from: &CubeTensor, gradient: &CubeTensor, map: usize| {
            let [inputs, outputs] = [dims(from)[1], dims(gradient)[1]];
            let mut product = Product::new(
                [from, gradient, &gradients],
                [inputs, tokens, outputs],
                [true, false],
                Then::ColumnSums,
            );
            product.starts[0][2] = at[map];
            product.bias[0] = at[map + 1];
            product.launch();
        };
        // The gradient of what went into a map.
        let of_input = |gradient: &CubeTensor, inputs: usize, map: usize, then: Then| {
            let result = empty(gradient, [tokens, inputs]);
            let mut product = Product::new(
                [gradient, parameters, &result],
                [tokens, dims(gradient)[1], inputs],
                [false, true],
                then,
            );
            product.starts[0][1] = at[map];
            product.launch();
            result
        };

        let norm_place = place(&layout, NORM);
        let (residual, branch) = norm::residual_backward(
            &gradient,
            &saved.rows,
            parameters,
            norm_place,
            self.draws[2].as_ref(),
            &gradients,
        );
        of_map(&saved.inner, &branch, OUTER);
        let inner = of_input(&branch, 4 * hidden, OUTER, Then::Multiply(&saved.derivative));
        of_map(&saved.attended, &inner, INNER);
        let attended = of_input(&inner, hidden, INNER, Then::Add(&residual));

        let norm_place = place(&layout, ATTENTION_NORM);
        let (residual, branch) = norm::residual_backward(
            &attended,
            &saved.attention_rows,
            parameters,
            norm_place,
            self.draws[1].as_ref(),
            &gradients,
        );
        of_map(&saved.context, &branch, OUTPUT);
        let context = of_input(&branch, hidden, OUTPUT, Then::Nothing);

        let mixed = empty(input, [tokens, 3 * hidden]);
        let mut tensors = vec![
            ("mixed", &saved.mixed),
            ("spans", &self.spans),
            ("context", &saved.context),
            ("normaliser", &saved.normaliser),
            ("gradient", &context),
            ("result", &mixed),
        ];
        tensors.extend(self.draws[0].as_ref().map(|drawn| ("seed", &drawn.seed)));
        self.attention_shader("attention_backward", include_str!("shaders/attention_backward.wgsl"), hidden)
            .launch(threads(tokens * self.heads), &tensors, &self.attention_numbers(tokens));

        let mut product = Product::new(
            [input, &mixed, &gradients],
            [hidden, tokens, hidden],
            [true, false],
            Then::ColumnSums,
        );
        product.strides[1] = 3 * hidden;
        product.starts = [(QUERY, 0), (KEY, 1), (VALUE, 2)].map(|(map, index)| [0, index * hidden, at[map]]);
        product.bias = [QUERY, KEY, VALUE].map(|map| at[map + 1]);
        product.beside = 3;
        product.launch();

        let of_block = empty(input, [tokens, hidden]);
        let mut product = Product::new(
            [&mixed, parameters, &of_block],
            [tokens, hidden, hidden],
            [false, true],
            Then::Add(&residual),
        );
        product.strides[0] = 3 * hidden;
        product.starts = [(QUERY, 0), (KEY, 1), (VALUE, 2)].map(|(map, index)| [index * hidden, at[map], 0]);
        product.summed = 3;
        product.launch();

        let mut results = [const { None }; PARAMETERS + 1];
        results[0] = Some(of_block);
        for (result, part) in results[1..].iter_mut().zip(layout.parts(&gradients)) {
            *result = Some(part);
        }
        results
    }
}
