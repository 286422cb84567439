//! Compares model and objective with reference values from an independent implementation, on any device.
//!
//! In: a reference file (made by `tests/reference/contrastvae_toy.py`: parameters, inputs and expected values at toy size) and a
//! device. Out: one [`Comparison`] for each quantity. It is in the library, not in a test, because the browser's GPU build must
//! be held to the same values, and can be asked for them on a visitor's own GPU.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ContrastElbo, Likelihood, Weights, alpha_prior};
use crate::{
    batch::{Batch, Layout, Noise, Reduction, Rows, Sequence},
    model::{Augmentation, ContrastVae, Parameters, Pass, Sampling, Shape, is_linear_weight},
};

/// How far one computed quantity is from its expected value.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Mode, layout and quantity, for example "model, packed: kl".
    pub name: String,
    /// Largest difference of any element over the largest expected element.
    pub relative_error: f32,
}

#[derive(Deserialize)]
struct Reference {
    config: Settings,
    parameters: BTreeMap<String, Value>,
    inputs: Inputs,
    expected: Value,
}

#[derive(Deserialize)]
struct Settings {
    items: usize,
    hidden_size: usize,
    num_heads: usize,
    max_length: usize,
    kl_weight: f64,
    contrast_weight: f64,
    temperature: f64,
    logit_alpha: f32,
}

#[derive(Deserialize)]
struct Inputs {
    ids: Vec<Vec<u32>>,
    positives: Vec<Vec<u32>>,
    negatives: Vec<Vec<u32>>,
    data_view: Vec<Vec<u32>>,
    eps: Value,
}

/// Noise that was drawn elsewhere.
struct GivenNoise(Vec<f32>);

impl Noise for GivenNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.0.clone(), shape), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], _rate: f64, device: &Device) -> Tensor<2> {
        // The reference has every dropout at 0, so this is never asked for a real rate.
        Tensor::ones(shape, device)
    }
}

/// Runs every mode in both layouts on `device` (without gradients; they are added here) and compares.
pub async fn compare_with_reference(json: &str, device: &Device) -> Result<Vec<Comparison>, String> {
    let reference: Reference =
        serde_json::from_str(json).map_err(|error| format!("The reference file cannot be read: {error}."))?;
    let mut comparisons = Vec::new();
    for layout in [Layout::Packed, Layout::Padded] {
        for (mode, augmentation) in [
            ("avae", Augmentation::None),
            ("model", Augmentation::Model),
            ("variational", Augmentation::Variational),
        ] {
            Check {
                reference: &reference,
                mode,
                augmentation,
                layout,
                device,
            }
            .run(&mut comparisons)
            .await?;
        }
    }
    Check {
        reference: &reference,
        mode: "data",
        augmentation: Augmentation::None,
        layout: Layout::Packed,
        device,
    }
    .encode_data_view(&mut comparisons)
    .await?;
    Ok(comparisons)
}

struct Check<'a> {
    reference: &'a Reference,
    mode: &'static str,
    augmentation: Augmentation,
    layout: Layout,
    device: &'a Device,
}

impl Check<'_> {
    fn model(&self) -> Result<ContrastVae, String> {
        let config = &self.reference.config;
        let shape = Shape {
            items: config.items,
            hidden: config.hidden_size,
            layers: 1,
            heads: config.num_heads,
            length: config.max_length,
            augmentation: self.augmentation,
        };
        let mut model = ContrastVae::new(shape, 0, self.device);
        let mut values: BTreeMap<String, Vec<f32>> = self
            .reference
            .parameters
            .iter()
            .map(|(name, value)| {
                let flat = numbers(value);
                let flat = if is_linear_weight(name) { transpose(value) } else { flat };
                (name.clone(), flat)
            })
            .collect();
        values.insert("latent_dropout_VD.logitalpha".to_string(), vec![config.logit_alpha]);
        model.set(&values, self.device).map_err(|error| error.to_string())?;
        model.require_gradients();
        Ok(model)
    }

    fn rows(&self, inputs: &[Vec<u32>]) -> Rows {
        let given = &self.reference.inputs;
        let real = |row: &Vec<u32>| row.iter().filter(|&&id| id > 0).map(|id| id - 1).collect::<Vec<u32>>();
        let sequences: Vec<Sequence> = (0..inputs.len())
            .map(|user| Sequence {
                inputs: real(&inputs[user]),
                targets: real(&given.positives[user]),
                negatives: real(&given.negatives[user]),
            })
            .collect();
        Rows::pack(&sequences, self.reference.config.max_length, self.layout)
    }

    /// Values `[users, length, hidden]` of the reference in the order of this layout's tokens; 0 at pads.
    fn arrange(&self, rows: &Rows, values: &Value) -> Vec<f32> {
        let (hidden, length) = (self.reference.config.hidden_size, self.reference.config.max_length);
        let flat = numbers(values);
        let mut arranged = vec![0.0; rows.ids.len() * hidden];
        for token in 0..rows.ids.len() {
            // In the padded layout pads have their place too: the official code adds noise there.
            let user = match self.layout {
                Layout::Padded => (token / length) as i32,
                Layout::Packed => rows.segment[token],
            };
            if user >= 0 {
                let from = (user as usize * length + rows.positions[token] as usize) * hidden;
                arranged[token * hidden..(token + 1) * hidden].copy_from_slice(&flat[from..from + hidden]);
            }
        }
        arranged
    }

    fn real_only(&self, rows: &Rows, values: &[f32]) -> Vec<f32> {
        let hidden = self.reference.config.hidden_size;
        (0..rows.ids.len())
            .filter(|&token| rows.segment[token] >= 0)
            .flat_map(|token| values[token * hidden..(token + 1) * hidden].to_vec())
            .collect()
    }

    async fn run(&self, comparisons: &mut Vec<Comparison>) -> Result<(), String> {
        let config = &self.reference.config;
        let rows = self.rows(&self.reference.inputs.ids);
        let expected = &self.reference.expected[self.mode];
        let mut reductions = vec![("real", Reduction::Real)];
        if self.layout == Layout::Padded {
            reductions.push(("padded", Reduction::Padded));
        }
        for (reduction_name, reduction) in reductions {
            let mut model = self.model()?;
            let batch = Batch::new(&rows, self.layout, reduction, self.device);
            let mut noise = GivenNoise(self.arrange(&rows, &self.reference.inputs.eps));
            let mut pass = Pass::training(&mut noise, 0.0, 0.0);
            let views = model.forward(&batch, Sampling::Official, 0.0, &mut pass);
            let weights = Weights {
                kl: config.kl_weight,
                contrast: config.contrast_weight,
                temperature: config.temperature,
            };
            let objective = ContrastElbo::new(&model, &batch, &views, Likelihood::SampledNegative, weights);
            let softmax = ContrastElbo::new(&model, &batch, &views, Likelihood::FullSoftmax, weights);

            let mut found: Vec<(String, Vec<f32>, Vec<f32>)> = Vec::new();
            let tokens = rows.ids.len();
            for (name, tensor, wanted) in [
                ("mu", views.mu.clone(), &self.reference.expected["mu"]),
                ("logvar", views.logvar.clone(), &self.reference.expected["logvar"]),
                ("z1", views.latents.clone(), &expected["z1"]),
                ("out1", views.outputs.clone(), &expected["out1"]),
            ] {
                let values = self.real_only(&rows, &read(tensor.narrow(0, 0, tokens)).await?);
                found.push((name.to_string(), values, self.real_only(&rows, &self.arrange(&rows, wanted))));
            }
            let sum = |name: &str| -> f32 { total_over_views(expected, name, reduction_name) };
            if views.views == 2 {
                for (name, tensor) in [("z2", views.latents.clone()), ("out2", views.outputs.clone())] {
                    let values = self.real_only(&rows, &read(tensor.narrow(0, tokens, tokens)).await?);
                    found.push((
                        name.to_string(),
                        values,
                        self.real_only(&rows, &self.arrange(&rows, &expected[name])),
                    ));
                }
                if let Some(contrast) = &objective.contrast {
                    found.push(("nt_xent".to_string(), read(contrast.clone()).await?, vec![sum("nt_xent")]));
                }
            }
            found.push((
                "reconstruction".to_string(),
                read(objective.reconstruction.clone()).await?,
                vec![sum("reconstruction")],
            ));
            found.push(("kl".to_string(), read(objective.kl.clone()).await?, vec![sum("kl")]));
            found.push(("total".to_string(), read(objective.total.clone()).await?, vec![sum("total")]));
            if views.views == 1 {
                let wanted = vec![sum("cross_entropy")];
                found.push((
                    "cross_entropy".to_string(),
                    read(softmax.reconstruction.clone()).await?,
                    wanted,
                ));
            }
            if let Some(alpha) = &views.alpha {
                found.push((
                    "alpha_prior".to_string(),
                    read(alpha_prior(alpha.clone())).await?,
                    vec![sum("alpha_prior")],
                ));
            }
            if reduction == Reduction::Real {
                self.gradients(&mut model, &objective, expected, &mut found).await?;
            }
            let layout = match self.layout {
                Layout::Packed => "packed",
                Layout::Padded => "padded",
            };
            comparisons.extend(found.into_iter().map(|(name, values, wanted)| Comparison {
                name: format!("{}, {layout}, {reduction_name}: {name}", self.mode),
                relative_error: relative_error(&values, &wanted),
            }));
        }
        Ok(())
    }

    async fn gradients(
        &self,
        model: &mut ContrastVae,
        objective: &ContrastElbo,
        expected: &Value,
        found: &mut Vec<(String, Vec<f32>, Vec<f32>)>,
    ) -> Result<(), String> {
        let mut gradients = objective.total.backward();
        let mut tensors: Vec<(String, Tensor<2>)> = Vec::new();
        model.visit_mut(&mut |name, parameter| {
            if let Some(gradient) = parameter.grad_remove(&mut gradients) {
                tensors.push((name.to_string(), gradient));
            }
        });
        let Some(wanted) = expected["gradient_of_total_real"].as_object() else {
            return Err("The reference file has no gradients.".to_string());
        };
        for (name, value) in wanted {
            let Some((_, tensor)) = tensors.iter().find(|(found, _)| found == name) else {
                return Err(format!("The parameter {name} has no gradient."));
            };
            let wanted = if name.contains("query.weight") {
                transpose(value)
            } else {
                numbers(value)
            };
            found.push((format!("gradient of {name}"), read(tensor.clone()).await?, wanted));
        }
        Ok(())
    }

    /// The encoders on the reordered view of the data mode.
    async fn encode_data_view(&self, comparisons: &mut Vec<Comparison>) -> Result<(), String> {
        let rows = self.rows(&self.reference.inputs.data_view);
        let batch = Batch::new(&rows, self.layout, Reduction::Real, self.device);
        let mut model = self.model()?;
        model.drop_gradients();
        let (mu, logvar) = model.posterior(&batch);
        for (name, tensor) in [("mu_of_data_view", mu), ("logvar_of_data_view", logvar)] {
            let values = self.real_only(&rows, &read(tensor).await?);
            let wanted = self.real_only(&rows, &self.arrange(&rows, &self.reference.expected[name]));
            comparisons.push(Comparison {
                name: format!("data: {name}"),
                relative_error: relative_error(&values, &wanted),
            });
        }
        Ok(())
    }
}

/// The expected value of a term: the sum over the views where it has one for each, of one reduction where it has two.
fn total_over_views(expected: &Value, name: &str, reduction: &str) -> f32 {
    let one = |value: &Value| value.as_f64().or_else(|| value[reduction].as_f64());
    let named = |name: String| one(&expected[name.as_str()]);
    named(name.to_string())
        .or_else(|| named(format!("{name}1")).map(|first| first + named(format!("{name}2")).unwrap_or(0.0)))
        .map_or(f32::NAN, |value| value as f32)
}

fn numbers(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().map_or(f32::NAN, |number| number as f32)],
    }
}

fn transpose(value: &Value) -> Vec<f32> {
    let rows: Vec<Vec<f32>> = value
        .as_array()
        .map(|rows| rows.iter().map(numbers).collect())
        .unwrap_or_default();
    let columns = rows.first().map_or(0, Vec::len);
    (0..columns)
        .flat_map(|column| rows.iter().map(move |row| row[column]).collect::<Vec<f32>>())
        .collect()
}

/// NaN where the shapes differ or a value is NaN, so that a comparison cannot pass by accident.
fn relative_error(found: &[f32], expected: &[f32]) -> f32 {
    if found.len() != expected.len() || found.is_empty() {
        return f32::NAN;
    }
    let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let mut worst = 0.0f32;
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        if difference.is_nan() {
            return f32::NAN;
        }
        worst = worst.max(difference);
    }
    worst / largest.max(f32::MIN_POSITIVE)
}

async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let data = tensor.into_data_async().await.map_err(|error| error.to_string())?;
    data.try_to_vec::<f32>().map_err(|error| format!("{error:?}"))
}
