//! The sequential recommender as a graph: what `recommend` computes after a history, for any runtime of ONNX.
//!
//! In: weights by name, the sizes of the network, how many items a list has. Out: a graph from `history` to `scores`, `top_scores` and
//! `top_items`. Items are numbered from 0 in the order of `item_ids`; histories of a batch are filled up on the left with -1. Nothing is drawn:
//! the model is scored at its mean, or as the official code does at mean plus deviation.

use std::collections::BTreeMap;

use contrastvae::model::{Differences, Head};

use super::graph::{Builder, END, Size, Value, float, int, ints};
use super::message::{FLOAT, Graph, INT64};

/// Inside the square root of the layer norms, as in training.
const NORM_EPSILON: f32 = 1e-12;
/// Addend to the attention of a position that is not seen; its exponential is 0 beside that of any other.
const UNSEEN: f32 = -1e9;

/// Name of the logarithm of a cosine head's scale.
const LOG_SCALE: &str = "item_decoder_head.log_scale";

/// Weights by name: the two sizes, and the values in rows. An affine map is `[inputs, outputs]`.
pub type Weights = BTreeMap<String, ([usize; 2], Vec<f32>)>;

/// Logarithm of the posterior's variance.
#[derive(Clone, Copy)]
pub enum Deviation {
    /// The model is scored at its mean.
    Unused,
    /// Out of the stack of the means or one of its own, through a linear map if `linear`.
    Added { own_stack: bool, linear: bool },
}

/// Sizes and kind of a network.
pub struct Network<'a> {
    pub weights: &'a Weights,
    pub items: usize,
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub length: usize,
    pub deviation: Deviation,
    pub head: Head,
    pub differences: Differences,
    /// Items of a list.
    pub k: usize,
}

/// A weight that the file of the run does not hold.
pub struct Missing(pub String);

impl Network<'_> {
    /// The whole graph.
    pub fn graph(&self) -> Result<Graph, Missing> {
        let mut graph = Builder::new("contrastvae");
        let (batch, k) = (|| Size::Named("batch"), self.k.min(self.items));
        graph.input(
            "history",
            INT64,
            &[batch(), Size::Named("length")],
            "Indices of items into item_ids, oldest first; -1 on the left where a history is shorter than the longest, and alone where it is empty.",
        );
        graph.output("scores", FLOAT, &[batch(), Size::Fixed(self.items)], "Score of each item.");
        graph.output(
            "top_scores",
            FLOAT,
            &[batch(), Size::Fixed(k)],
            "Scores of the best items that are not in the history.",
        );
        graph.output(
            "top_items",
            INT64,
            &[batch(), Size::Fixed(k)],
            "Indices of these items, best first.",
        );

        // Row 0 of the table is the padding; the mask token behind the items occurs in training alone.
        let table = self.values("item_embeddings.weight")?;
        let rows = (self.items + 1) * self.hidden;
        let table = table
            .get(..rows)
            .ok_or_else(|| Missing("item_embeddings.weight".to_owned()))?;
        let compared = self.compared(&mut graph, table)?;
        let table = graph.floats("item_embeddings.weight", &[self.items + 1, self.hidden], table);
        let one = graph.int(1);
        let all_ids = graph.node("Add", &["history", &one]);
        let ids = graph.slice(&all_ids, 1, -(self.length as i64), END);
        let hidden = self.embedded(&mut graph, &table, &ids)?;
        let seen = Seen {
            unseen: unseen(&mut graph, &ids),
            item: (self.differences.count > 0).then(|| items(&mut graph, &ids)),
        };

        let mean = self.stack(&mut graph, "item_encoder_mu", hidden.clone(), &seen)?;
        let latents = match self.deviation {
            Deviation::Unused => mean,
            Deviation::Added { own_stack, linear } => {
                let mut logvar = match own_stack {
                    true => self.stack(&mut graph, "item_encoder_logvar", hidden, &seen)?,
                    false => mean.clone(),
                };
                if linear {
                    logvar = self.affine(&mut graph, "item_encoder_logvar.linear", &logvar)?;
                }
                let half = graph.float(0.5);
                let half_of_it = graph.node("Mul", &[&logvar, &half]);
                let deviation = graph.node("Exp", &[&half_of_it]);
                graph.node("Add", &[&mean, &deviation])
            }
        };
        let outputs = self.stack(&mut graph, "item_decoder", latents, &seen)?;
        let last = graph.int(-1);
        let last = graph.node_with("Gather", &[&outputs, &last], vec![int("axis", 1)]);
        let (last, compared) = match compared {
            Some(compared) => (
                graph.node_with("LpNormalization", &[&last], vec![int("axis", -1), int("p", 2)]),
                compared,
            ),
            None => (last, table),
        };
        let all = graph.node_with("Gemm", &[&last, &compared], vec![int("transB", 1)]);

        let (from, to, axis) = (graph.ints(&[1]), graph.ints(&[END]), graph.ints(&[1]));
        graph.push("Slice", &[&all, &from, &to, &axis], &["scores"], Vec::new());
        // The history takes its places, the padding the place of the padding.
        let (shape, lowest) = (graph.node("Shape", &[&all_ids]), graph.float(f32::NEG_INFINITY));
        let lowest = graph.node("Expand", &[&lowest, &shape]);
        let free = graph.node_with("ScatterElements", &[&all, &all_ids, &lowest], vec![int("axis", 1)]);
        let free = graph.slice(&free, 1, 1, END);
        let count = graph.ints(&[k as i64]);
        graph.push("TopK", &[&free, &count], &["top_scores", "top_items"], vec![int("axis", 1)]);
        Ok(graph.finish())
    }

    /// The items as a cosine head compares unit outputs with them: unit rows over the temperature. `None` with dot products.
    fn compared(&self, graph: &mut Builder, table: &[f32]) -> Result<Option<Value>, Missing> {
        if self.head == Head::DotProduct {
            return Ok(None);
        }
        let missing = || Missing(LOG_SCALE.to_owned());
        let scale = self.values(LOG_SCALE)?.first().ok_or_else(missing)?.exp();
        let unit = table.chunks_exact(self.hidden).flat_map(|row| {
            let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
            row.iter().map(move |value| value / length * scale)
        });
        let unit: Vec<f32> = unit.collect();
        Ok(Some(graph.floats(
            "item_embeddings.unit",
            &[self.items + 1, self.hidden],
            &unit,
        )))
    }

    fn values(&self, name: &str) -> Result<&[f32], Missing> {
        let found = self.weights.get(name).ok_or_else(|| Missing(name.to_owned()))?;
        Ok(&found.1)
    }

    /// A weight of the run as a constant; a vector has one dimension.
    fn weight(&self, graph: &mut Builder, name: &str) -> Result<Value, Missing> {
        let ([rows, columns], values) = self.weights.get(name).ok_or_else(|| Missing(name.to_owned()))?;
        Ok(match rows {
            1 => graph.floats(name, &[*columns], values),
            _ => graph.floats(name, &[*rows, *columns], values),
        })
    }

    fn affine(&self, graph: &mut Builder, name: &str, input: &str) -> Result<Value, Missing> {
        // A map of a network that is one wide is a single number.
        let ([rows, columns], values) = self
            .weights
            .get(&format!("{name}.weight"))
            .ok_or_else(|| Missing(format!("{name}.weight")))?;
        let weight = graph.floats(&format!("{name}.weight"), &[*rows, *columns], values);
        let bias = self.weight(graph, &format!("{name}.bias"))?;
        let product = graph.node("MatMul", &[input, &weight]);
        Ok(graph.node("Add", &[&product, &bias]))
    }

    fn norm(&self, graph: &mut Builder, name: &str, input: &str) -> Result<Value, Missing> {
        let weight = self.weight(graph, &format!("{name}.weight"))?;
        let bias = self.weight(graph, &format!("{name}.bias"))?;
        let attributes = vec![int("axis", -1), float("epsilon", NORM_EPSILON)];
        Ok(graph.node_with("LayerNormalization", &[input, &weight, &bias], attributes))
    }

    /// Items and positions, `[batch, length, hidden]`. Positions count from the end of the window.
    fn embedded(&self, graph: &mut Builder, table: &str, ids: &str) -> Result<Value, Missing> {
        let positions = self.values("position_embeddings.weight")?;
        let positions = graph.floats("position_embeddings.weight", &[self.length, self.hidden], positions);
        let items = graph.node("Gather", &[table, ids]);
        let length = graph.node_with("Shape", &[ids], vec![int("start", 1), int("end", 2)]);
        let from = graph.node("Neg", &[&length]);
        let (to, axis) = (graph.ints(&[END]), graph.ints(&[0]));
        let latest = graph.node("Slice", &[&positions, &from, &to, &axis]);
        let sum = graph.node("Add", &[&items, &latest]);
        self.norm(graph, "LayerNorm", &sum)
    }

    fn stack(&self, graph: &mut Builder, name: &str, input: Value, seen: &Seen) -> Result<Value, Missing> {
        (0..self.layers).try_fold(input, |hidden, layer| {
            self.block(graph, &format!("{name}.layer.{layer}"), &hidden, seen)
        })
    }

    /// a = LN(x + W_o MHA(x)), y = LN(a + W_2 gelu(W_1 a)); with differences x + s D(x) stands for the first x.
    fn block(&self, graph: &mut Builder, name: &str, input: &str, seen: &Seen) -> Result<Value, Missing> {
        let width = self.hidden / self.heads;
        let by_heads = |graph: &mut Builder, map: &str, order: [i64; 4]| -> Result<Value, Missing> {
            let mapped = self.affine(graph, &format!("{name}.attention.{map}"), input)?;
            let shape = graph.ints(&[0, 0, self.heads as i64, width as i64]);
            let divided = graph.node("Reshape", &[&mapped, &shape]);
            Ok(graph.node_with("Transpose", &[&divided], vec![ints("perm", &order)]))
        };
        let query = by_heads(graph, "query", [0, 2, 1, 3])?;
        let key = by_heads(graph, "key", [0, 2, 3, 1])?;
        let value = by_heads(graph, "value", [0, 2, 1, 3])?;
        let root = graph.float((width as f32).sqrt());
        let products = graph.node("MatMul", &[&query, &key]);
        let scaled = graph.node("Div", &[&products, &root]);
        let masked = graph.node("Add", &[&scaled, &seen.unseen]);
        let weights = graph.node_with("Softmax", &[&masked], vec![int("axis", -1)]);
        let context = graph.node("MatMul", &[&weights, &value]);
        let context = graph.node_with("Transpose", &[&context], vec![ints("perm", &[0, 2, 1, 3])]);
        let shape = graph.ints(&[0, 0, self.hidden as i64]);
        let context = graph.node("Reshape", &[&context, &shape]);
        let output = self.affine(graph, &format!("{name}.attention.dense"), &context)?;
        let sum = match &seen.item {
            Some(item) => {
                let residual = self.with_differences(graph, &format!("{name}.differences"), input, item)?;
                graph.node("Add", &[&residual, &output])
            }
            None => graph.node("Add", &[input, &output]),
        };
        let attended = self.norm(graph, &format!("{name}.attention.LayerNorm"), &sum)?;

        let inner = self.affine(graph, &format!("{name}.intermediate.dense_1"), &attended)?;
        let inner = gelu(graph, &inner);
        let outer = self.affine(graph, &format!("{name}.intermediate.dense_2"), &inner)?;
        let sum = graph.node("Add", &[&attended, &outer]);
        self.norm(graph, &format!("{name}.intermediate.LayerNorm"), &sum)
    }

    /// x + s D(x), D being the sum of x and its differences to earlier items, weighted by the softmax of the gate.
    fn with_differences(&self, graph: &mut Builder, name: &str, input: &str, item: &str) -> Result<Value, Missing> {
        let count = self.differences.kinds() as i64;
        let items = graph.node("Mul", &[input, item]);
        let earlier = |graph: &mut Builder, lag: usize| {
            let pads = graph.ints(&[0, lag as i64, 0, 0, 0, 0]);
            let padded = graph.node("Pad", &[&items, &pads]);
            graph.slice(&padded, 1, 0, -(lag as i64))
        };
        let mut kinds = vec![input.to_owned()];
        for lag in self.differences.lags() {
            let (once, twice) = (earlier(graph, lag), earlier(graph, 2 * lag));
            let first = graph.node("Sub", &[&once, input]);
            let before = graph.node("Sub", &[&twice, &once]);
            let second = graph.node("Sub", &[&before, &first]);
            kinds.extend([first, second]);
        }
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        let kinds = graph.node_with("Concat", &kinds, vec![int("axis", -1)]);
        let inner = self.affine(graph, &format!("{name}.gate_1"), &kinds)?;
        let sigmoid = graph.node("Sigmoid", &[&inner]);
        let inner = graph.node("Mul", &[&inner, &sigmoid]);
        let logits = self.affine(graph, &format!("{name}.gate_2"), &inner)?;
        let weights = graph.node_with("Softmax", &[&logits], vec![int("axis", -1)]);
        let reshaped = |graph: &mut Builder, value: &str, shape: &[i64]| {
            let shape = graph.ints(shape);
            graph.node("Reshape", &[value, &shape])
        };
        let weights = reshaped(graph, &weights, &[0, 0, 1, count]);
        let kinds = reshaped(graph, &kinds, &[0, 0, count, self.hidden as i64]);
        let sum = graph.node("MatMul", &[&weights, &kinds]);
        let sum = reshaped(graph, &sum, &[0, 0, self.hidden as i64]);
        let scale = self.weight(graph, &format!("{name}.scale"))?;
        let sum = graph.node("Mul", &[&sum, &scale]);
        Ok(graph.node("Add", &[input, &sum]))
    }
}

/// Part of a history that a position sees.
struct Seen {
    /// Addend to the attention, `[batch, 1, length, length]`.
    unseen: Value,
    /// 1 at items and 0 at padding, `[batch, length, 1]`; None if there are no differences.
    item: Option<Value>,
}

/// 1 at items and 0 at padding, `[batch, length, 1]`.
fn items(graph: &mut Builder, ids: &str) -> Value {
    let (one, last) = (graph.int(1), graph.ints(&[2]));
    let (no, yes) = (graph.float(0.0), graph.float(1.0));
    let is_item = graph.node("GreaterOrEqual", &[ids, &one]);
    let is_item = graph.node("Unsqueeze", &[&is_item, &last]);
    graph.node("Where", &[&is_item, &yes, &no])
}

/// The exact one, x/2 (1 + erf(x / sqrt 2)); an operator of its own begins with opset 20.
fn gelu(graph: &mut Builder, input: &str) -> Value {
    let (root, one, half) = (graph.float(std::f32::consts::SQRT_2), graph.float(1.0), graph.float(0.5));
    let scaled = graph.node("Div", &[input, &root]);
    let erf = graph.node("Erf", &[&scaled]);
    let above = graph.node("Add", &[&erf, &one]);
    let twice = graph.node("Mul", &[input, &above]);
    graph.node("Mul", &[&twice, &half])
}

/// Addend to the attention, `[batch, 1, length, length]`: a position sees itself and the items before it, and no padding but itself.
fn unseen(graph: &mut Builder, ids: &str) -> Value {
    let (zero, one) = (graph.int(0), graph.int(1));
    let length = graph.node_with("Shape", &[ids], vec![int("start", 1), int("end", 2)]);
    let first = graph.ints(&[0]);
    let length = graph.node("Squeeze", &[&length, &first]);
    let places = graph.node("Range", &[&zero, &length, &one]);
    let (second, inner) = (graph.ints(&[1]), graph.ints(&[1, 2]));
    let row = graph.node("Unsqueeze", &[&places, &second]);
    let column = graph.node("Unsqueeze", &[&places, &first]);
    let before = graph.node("LessOrEqual", &[&column, &row]);
    let itself = graph.node("Equal", &[&column, &row]);
    let is_item = graph.node("Greater", &[ids, &zero]);
    let is_item = graph.node("Unsqueeze", &[&is_item, &inner]);
    let seen = graph.node("Or", &[&is_item, &itself]);
    let seen = graph.node("And", &[&before, &seen]);
    let (nothing, much) = (graph.float(0.0), graph.float(UNSEEN));
    graph.node("Where", &[&seen, &nothing, &much])
}
