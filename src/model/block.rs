//! The attention block that all three stacks of ContrastVAE are made of (official code, `modules.py`).
//!
//! In: hidden states `[tokens, hidden]` and which positions see each other. Out: hidden states of the same shape.
//! Post-norm: a = LN(x + Dropout(W_o MHA(x))), y = LN(a + Dropout(W_2 gelu(W_1 a))), exact gelu, inner width 4 * hidden.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, activation};

use super::{
    Differences, Linear, Pass,
    differences::{DifferencePath, drift},
    initialise::Initialise,
};
use crate::{
    batch::Visible,
    kernel::{self, Activation},
};

/// Layer norm over the last dimension with the biased variance.
#[derive(Clone, Debug)]
pub struct LayerNorm {
    weight: Tensor<2>,
    bias: Tensor<2>,
}

impl LayerNorm {
    pub(super) fn new(size: usize, initialise: &mut Initialise) -> Self {
        Self {
            weight: initialise.constant(size, 1.0),
            bias: initialise.constant(size, 0.0),
        }
    }

    /// Normalises each row of `[tokens, size]`.
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        kernel::layer_norm(input, self.weight.clone(), self.bias.clone())
    }

    /// Normalises each row of `input` plus what dropout leaves of `branch`.
    fn forward_residual(&self, input: Tensor<2>, branch: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let keep = pass.hidden_keep(branch.dims(), &branch.device());
        kernel::residual_norm(input, branch, keep, self.weight.clone(), self.bias.clone())
    }

    /// Weight and bias.
    pub(super) fn parameters(&self) -> [Tensor<2>; 2] {
        [self.weight.clone(), self.bias.clone()]
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit(&format!("{prefix}.weight"), &mut self.weight);
        visit(&format!("{prefix}.bias"), &mut self.bias);
    }
}

/// One block: attention and a two-layer network, each with a residual and a layer norm behind it; beside attention there may be a path of fixed
/// differences.
#[derive(Clone, Debug)]
pub struct Block {
    heads: usize,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    norm: LayerNorm,
    differences: Option<DifferencePath>,
}

impl Block {
    pub(super) fn new(hidden: usize, heads: usize, differences: Differences, initialise: &mut Initialise) -> Self {
        Self {
            heads,
            query: Linear::new(hidden, hidden, initialise),
            key: Linear::new(hidden, hidden, initialise),
            value: Linear::new(hidden, hidden, initialise),
            output: Linear::new(hidden, hidden, initialise),
            attention_norm: LayerNorm::new(hidden, initialise),
            inner: Linear::new(hidden, 4 * hidden, initialise),
            outer: Linear::new(4 * hidden, hidden, initialise),
            norm: LayerNorm::new(hidden, initialise),
            differences: DifferencePath::new(differences, hidden, initialise),
        }
    }

    /// One pass over `[tokens, hidden]`, the tokens of all views of `visible`.
    pub fn forward(&self, input: Tensor<2>, visible: &Visible, pass: &mut Pass) -> Tensor<2> {
        let draws = |device: &Device| {
            let (attention, hidden) = pass.rates();
            pass.draws([attention, hidden, hidden], device)
        };
        if self.differences.is_none()
            && let Some(output) = kernel::whole_block(&input, || self.parameters(), (visible, self.heads), draws)
        {
            return output;
        }
        let context = self.context(&input, visible, pass);
        let residual = self.with_differences(input.clone(), input, visible, None, pass);
        self.after_attention(residual, context, pass)
    }

    /// The same at the rows `last` alone, `[S, hidden]`, without dropout: whoever scores needs no other, and what comes behind the attention is
    /// three quarters of the work.
    pub fn forward_at(&self, input: Tensor<2>, visible: &Visible, last: Tensor<1, Int>) -> Tensor<2> {
        let pass = &mut Pass::evaluation();
        if !kernel::on_host(&input) {
            return self.forward(input, visible, pass).select(0, last);
        }
        let count = last.dims()[0];
        // A product of one row is summed in another order than that of several.
        let rows = if count == 1 { last.repeat(&[2]) } else { last };
        let context = self.context(&input, visible, pass).select(0, rows.clone());
        let residual = self.with_differences(input.clone().select(0, rows.clone()), input, visible, Some(rows), pass);
        self.after_attention(residual, context, pass).narrow(0, 0, count)
    }

    /// The residual beside attention: `own`, the rows of `input` or those at `rows`, and what the path of differences adds to them.
    fn with_differences(
        &self,
        own: Tensor<2>,
        input: Tensor<2>,
        visible: &Visible,
        rows: Option<Tensor<1, Int>>,
        pass: &mut Pass,
    ) -> Tensor<2> {
        match &self.differences {
            Some(path) => own + path.forward(input, visible, rows, pass),
            None => own,
        }
    }

    /// Where the states of each sequence go, `[tokens, hidden]`.
    pub(super) fn drift(&self, input: Tensor<2>, visible: &Visible) -> Tensor<2> {
        drift(self.differences.as_ref(), input, visible)
    }

    /// Attention of each position to those that it sees, before the output map.
    fn context(&self, input: &Tensor<2>, visible: &Visible, pass: &mut Pass) -> Tensor<2> {
        // One product for the three costs one launch, and one gradient of the input.
        let mixed = Linear::forward_together([&self.query, &self.key, &self.value], input.clone());
        let weights = kernel::attention_weights(&mixed, visible, self.heads);
        let keep = pass.attention_keep(weights, &mixed.device());
        kernel::attention(mixed, visible, self.heads, keep)
    }

    /// Weights of the attention of one position to the positions in `seen`, `[seen]`, mean over the heads.
    pub(super) fn attention_at(&self, input: &Tensor<2>, position: usize, seen: Range<usize>) -> Tensor<1> {
        let ([_, hidden], count) = (input.dims(), seen.len());
        let width = hidden / self.heads;
        let query = self.query.forward(input.clone().narrow(0, position, 1));
        let keys = self.key.forward(input.clone().narrow(0, seen.start, count));
        // [heads, 1, width] and [heads, width, seen].
        let query: Tensor<3> = query.reshape([1, self.heads, width]).swap_dims(0, 1);
        let keys: Tensor<3> = keys.reshape([count, self.heads, width]).swap_dims(0, 1).swap_dims(1, 2);
        let scores = query.matmul(keys).div_scalar((width as f64).sqrt());
        activation::softmax(scores, 2).mean_dim(0).reshape([count])
    }

    /// Output map, residuals and the two-layer network behind the attention, row by row.
    fn after_attention(&self, input: Tensor<2>, context: Tensor<2>, pass: &mut Pass) -> Tensor<2> {
        let attended = self
            .attention_norm
            .forward_residual(input, self.output.forward(context), pass);
        let inner = self.inner.forward_with(attended.clone(), Activation::Gelu);
        self.norm.forward_residual(attended, self.outer.forward(inner), pass)
    }

    /// In the order of their visit.
    fn parameters(&self) -> [Tensor<2>; kernel::BLOCK_PARAMETERS] {
        let map = Linear::parameters;
        let norm = LayerNorm::parameters;
        let pairs = [
            map(&self.query),
            map(&self.key),
            map(&self.value),
            map(&self.output),
            norm(&self.attention_norm),
            map(&self.inner),
            map(&self.outer),
            norm(&self.norm),
        ];
        let mut parameters = pairs.into_iter().flatten();
        std::array::from_fn(|_| parameters.next().unwrap_or_else(|| unreachable!("eight pairs")))
    }

    pub(super) fn visit_mut(&mut self, prefix: &str, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.query.visit_mut(&format!("{prefix}.attention.query"), visit);
        self.key.visit_mut(&format!("{prefix}.attention.key"), visit);
        self.value.visit_mut(&format!("{prefix}.attention.value"), visit);
        self.output.visit_mut(&format!("{prefix}.attention.dense"), visit);
        self.attention_norm.visit_mut(&format!("{prefix}.attention.LayerNorm"), visit);
        self.inner.visit_mut(&format!("{prefix}.intermediate.dense_1"), visit);
        self.outer.visit_mut(&format!("{prefix}.intermediate.dense_2"), visit);
        self.norm.visit_mut(&format!("{prefix}.intermediate.LayerNorm"), visit);
        if let Some(path) = &mut self.differences {
            path.visit_mut(&format!("{prefix}.differences"), visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        batch::{Batch, Layout, Reduction, Rows},
        device::Compute,
    };

    #[test]
    fn the_weights_of_a_position_are_those_of_its_context() {
        let compute = Compute::cpu();
        let mut initialise = Initialise::new(5, compute.device());
        let block = Block::new(16, 1, Differences::NONE, &mut initialise);
        let rows = Rows::of_histories(&[&[0, 1, 2, 3, 4]], 50, Layout::Packed);
        let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, compute.device());
        let input = initialise.uniform(batch.rows * batch.length, 16, 3.0);
        let read = |tensor: Tensor<2>| -> Vec<f32> { tensor.into_data().try_into_vec().unwrap() };
        let context = block.context(&input, &batch.visible, &mut Pass::evaluation());
        let weights = block.attention_at(&input, 4, 0..5).reshape([1, 5]);
        assert!((read(weights.clone()).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let by_weights = weights.matmul(block.value.forward(input.narrow(0, 0, 5)));
        for (found, expected) in read(by_weights).iter().zip(read(context.narrow(0, 4, 1))) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn the_last_positions_alone_have_the_bits_of_all() {
        let compute = Compute::cpu();
        let device = compute.device();
        let mut initialise = Initialise::new(3, device);
        for count in [0, 2] {
            let block = Block::new(64, 2, Differences { count, spacing: 1 }, &mut initialise);
            last_positions_have_the_bits_of_all(&block, &mut initialise, device);
        }
    }

    fn last_positions_have_the_bits_of_all(block: &Block, initialise: &mut Initialise, device: &Device) {
        for sequences in [1, 2, 7, 40] {
            let items: Vec<u32> = (0..sequences as u32 + 9).collect();
            let histories: Vec<&[u32]> = (0..sequences).map(|user| &items[..1 + user % 9]).collect();
            let rows = Rows::of_histories(&histories, 50, Layout::Packed);
            let batch = Batch::new(&rows, Layout::Packed, Reduction::Real, device);
            let input = initialise.uniform(batch.rows * batch.length, 64, 1.0);
            let all = block.forward(input.clone(), &batch.visible, &mut Pass::evaluation());
            let bits = |tensor: Tensor<2>| -> Vec<u32> {
                let values: Vec<f32> = tensor.into_data().try_into_vec().unwrap();
                values.into_iter().map(f32::to_bits).collect()
            };
            let last = block.forward_at(input, &batch.visible, batch.last.clone());
            assert_eq!(bits(last), bits(all.select(0, batch.last.clone())), "{sequences} sequences");
        }
    }
}
