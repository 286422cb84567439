//! Compares model and objective with reference values from an independent implementation, on any device.
//!
//! In: a reference file (made by `tests/reference/contrastvae_toy.py`: parameters, inputs and cases with expected values at toy size)
//! and a device. Out: one [`Agreement`] for each quantity. It is in the library, not in a test, because the browser's GPU build
//! must be held to the same values, and can be asked for them on a visitor's own GPU.

use std::collections::{BTreeMap, VecDeque};

use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use serde_json::Value;

use super::{
    ContrastElbo, Likelihood, Terms, alpha_prior,
    reference_file::{Case, Options, Reference, in_our_layout, numbers},
};
use crate::{
    batch::{Augmented, Batch, Candidates, Layout, Reduction, Rows, Sequence},
    kernel::Noise,
    model::{Augmentation, ContrastVae, Differences, Head, LogVariance, Parameters, Pass, Prior, Shape, Views},
};

/// How far one computed quantity is from its expected value.
#[derive(Clone, Debug, Serialize)]
pub struct Agreement {
    /// Case, layout, reduction and quantity, for example "model, packed, real: kl".
    pub name: String,
    /// Largest difference of any element over the largest expected element.
    pub relative_error: f32,
}

/// Noise that was drawn elsewhere, for each view that asks for some.
struct GivenNoise(VecDeque<Vec<f32>>);

impl Noise for GivenNoise {
    fn normal(&mut self, shape: [usize; 2], device: &Device) -> Tensor<2> {
        // Noise that nobody foresaw must not pass.
        let values = self.0.pop_front().unwrap_or_else(|| vec![f32::NAN; shape[0] * shape[1]]);
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn keep_mask(&mut self, shape: [usize; 2], _rate: f64, device: &Device) -> Tensor<2> {
        // The reference has every dropout at 0, so this is never asked for a real rate.
        Tensor::ones(shape, device)
    }
}

/// Runs every case packed and padded on `device` (without gradients; they are added here) and compares.
pub async fn compare_with_reference(json: &str, device: &Device) -> Result<Vec<Agreement>, String> {
    let reference: Reference =
        serde_json::from_str(json).map_err(|error| format!("The reference file cannot be read: {error}."))?;
    let mut comparisons = Vec::new();
    for case in &reference.cases {
        for (layout, reduction) in [
            (Layout::Packed, Reduction::Real),
            (Layout::Padded, Reduction::Real),
            (Layout::Padded, Reduction::Padded),
        ] {
            let named = match reduction {
                Reduction::Real => "real",
                Reduction::Padded => "padded",
            };
            if !case.options.reductions.iter().any(|of_case| of_case == named) {
                continue;
            }
            let check = Check {
                reference: &reference,
                layout,
                reduction,
                device,
            };
            check.run(case, &mut comparisons).await?;
        }
    }
    for (ids, suffix) in [("ids", ""), ("data_view", "_of_data_view")] {
        let check = Check {
            reference: &reference,
            layout: Layout::Packed,
            reduction: Reduction::Real,
            device,
        };
        check.posterior(ids, suffix, &mut comparisons).await?;
    }
    Ok(comparisons)
}

struct Check<'a> {
    reference: &'a Reference,
    layout: Layout,
    reduction: Reduction,
    device: &'a Device,
}

impl Check<'_> {
    fn model(&self, augmentation: Augmentation, log_variance: LogVariance, prior: Prior) -> Result<ContrastVae, String> {
        let config = &self.reference.config;
        let shape = Shape {
            items: config.items,
            hidden: config.hidden_size,
            layers: 1,
            heads: config.num_heads,
            length: config.max_length,
            augmentation,
            log_variance,
            prior,
            head: Head::DotProduct,
            differences: Differences::NONE,
        };
        let mut model = ContrastVae::new(shape, 0, self.device);
        let mut values: BTreeMap<String, Vec<f32>> = self
            .reference
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), in_our_layout(name, value)))
            .collect();
        values.insert("latent_dropout_VD.logitalpha".to_string(), vec![config.logit_alpha]);
        model.set(&values, self.device).map_err(|error| error.to_string())?;
        if let Some(previous) = model.previous_encoder() {
            // The earlier encoder of the reference has the same shape and parameters of its own.
            let earlier = self.reference.earlier.iter();
            values.extend(earlier.map(|(name, value)| (name.clone(), in_our_layout(name, value))));
            previous.set(&values, self.device).map_err(|error| error.to_string())?;
        }
        Ok(model)
    }

    fn input(&self, name: &str) -> Result<&Value, String> {
        let missing = || format!("The reference file has no input {name}.");
        self.reference.inputs.get(name).ok_or_else(missing)
    }

    /// Ids `[users, length]`, as they stand in the file.
    fn ids(&self, name: &str) -> Result<Vec<Vec<i32>>, String> {
        let wrong = |error| format!("The reference file's {name} are no ids: {error}.");
        serde_json::from_value(self.input(name)?.clone()).map_err(wrong)
    }

    /// The same as histories without targets.
    fn sequences(&self, name: &str) -> Result<Vec<Sequence>, String> {
        let rows = self.ids(name)?;
        let of_row = |row: &Vec<i32>| Sequence {
            inputs: row.iter().filter(|&&id| id > 0).map(|&id| id as u32 - 1).collect(),
            ..Sequence::default()
        };
        Ok(rows.iter().map(of_row).collect())
    }

    fn rows(&self, case: &Options) -> Result<Rows, String> {
        let (ids, targets, negatives) = (self.ids("ids")?, self.ids(&case.targets)?, self.ids("negatives")?);
        let (view, second_targets) = (self.ids(&case.view)?, self.ids(&case.second_targets)?);
        let real = |row: &[i32]| {
            row.iter()
                .filter(|&&id| id > 0)
                .map(|&id| id as u32 - 1)
                .collect::<Vec<u32>>()
        };
        let sequences: Vec<Sequence> = (0..ids.len())
            .map(|user| {
                let inputs = real(&ids[user]);
                let first = ids[user].len() - inputs.len();
                Sequence {
                    targets: real(&targets[user]),
                    negatives: real(&negatives[user]),
                    augmented: (case.view != "ids").then(|| Augmented {
                        ids: view[user][first..].to_vec(),
                        targets: second_targets[user][first..].to_vec(),
                    }),
                    inputs,
                }
            })
            .collect();
        Ok(Rows::pack(&sequences, self.reference.config.max_length, self.layout))
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

    /// Of values `[tokens, hidden]` those at places that are real in `rows`.
    fn real_only(&self, rows: &Rows, values: &[f32]) -> Vec<f32> {
        let hidden = self.reference.config.hidden_size;
        (0..rows.ids.len())
            .filter(|&token| rows.segment[token] >= 0)
            .flat_map(|token| values[token * hidden..(token + 1) * hidden].to_vec())
            .collect()
    }

    async fn run(&self, case: &Case, comparisons: &mut Vec<Agreement>) -> Result<(), String> {
        let (config, options) = (&self.reference.config, &case.options);
        let rows = self.rows(options)?;
        let mut model = self.model(options.augmentation()?, options.log_variance, options.prior)?;
        model.require_gradients();
        let mut batch = Batch::new(&rows, self.layout, self.reduction, self.device);
        if options.likelihood == Likelihood::SampledSoftmax {
            let items: Vec<u32> = numbers(self.input("candidates")?).iter().map(|&id| id as u32 - 1).collect();
            batch.candidates = Some(Candidates::new(&items, &numbers(self.input("log_expected")?), self.device));
        }
        let mut noise: VecDeque<Vec<f32>> = [self.input("eps")?, self.input("eps2")?]
            .iter()
            .map(|eps| self.arrange(&rows, eps))
            .take(options.augmentation()?.views())
            .collect();
        if options.positives.of_same_target() {
            let histories = self.sequences("same_target_ids")?;
            let histories: Vec<&[u32]> = histories.iter().map(|sequence| sequence.inputs.as_slice()).collect();
            let others = Rows::of_histories(&histories, config.max_length, self.layout);
            batch.same_target = Some(Box::new(Batch::new(&others, self.layout, self.reduction, self.device)));
            noise.push_back(numbers(self.input("eps_same_target")?));
        }
        let mut noise = GivenNoise(noise);
        let mut pass = Pass::training(&mut noise, 0.0, 0.0);
        let views = model.forward(&batch, options.sampling, 0.0, &mut pass);
        let terms = Terms {
            likelihood: options.likelihood,
            label_smoothing: 0.0,
            kl_weight: config.kl_weight,
            by_length: options.by_length,
            free_bits: options.free_bits,
            contrast_weight: config.contrast_weight,
            contrast: options.contrast,
            positives: options.positives,
            contrast_position: options.contrast_position,
            mask_same_target: options.mask_same_target,
            temperature: config.temperature,
            uniformity_weight: config.uniformity_weight,
            attribute_weight: 0.0,
        };
        let objective = ContrastElbo::new(&model, &batch, &views, terms);
        let (reduction, expected) = match self.reduction {
            Reduction::Real => ("real", &case.real),
            Reduction::Padded => ("padded", &case.padded),
        };
        let mut found = self.latents(case, &rows, &views).await?;
        let alpha = views.alpha.clone().map(alpha_prior);
        for (name, tensor) in [
            ("reconstruction", Some(objective.reconstruction.clone())),
            ("kl", Some(objective.kl.clone())),
            ("nt_xent", objective.contrast.clone()),
            ("alpha_prior", alpha),
            ("total", Some(objective.total.clone())),
        ] {
            // A term that is there without being expected, or the other way round, has no match and fails.
            let values = match tensor {
                Some(tensor) => read(tensor).await?,
                None if expected[name].is_null() => continue,
                None => Vec::new(),
            };
            found.push((name.to_string(), values, numbers(&expected[name])));
        }
        gradients(&mut model, &objective, &expected["gradient"], &mut found).await?;
        let layout = match self.layout {
            Layout::Packed => "packed",
            Layout::Padded => "padded",
        };
        comparisons.extend(found.into_iter().map(|(name, values, wanted)| Agreement {
            name: format!("{}, {layout}, {reduction}: {name}", options.name),
            relative_error: relative_error(&values, &wanted),
        }));
        Ok(())
    }

    /// Latents and decoder outputs of each view where the case has them, at real positions.
    async fn latents(&self, case: &Case, rows: &Rows, views: &Views) -> Result<Vec<Quantity>, String> {
        let tokens = rows.ids.len();
        let mut found = Vec::new();
        for (name, tensor, wanted) in [
            ("latents", &views.latents, &case.latents),
            ("outputs", &views.outputs, &case.outputs),
        ] {
            for (view, wanted) in wanted.iter().enumerate() {
                let own = match (view, rows.second.as_deref()) {
                    (1, Some(second)) => second,
                    _ => rows,
                };
                let values = read(tensor.clone().narrow(0, view * tokens, tokens)).await?;
                found.push((
                    format!("{name} of view {}", view + 1),
                    self.real_only(own, &values),
                    self.real_only(own, &self.arrange(rows, wanted)),
                ));
            }
        }
        Ok(found)
    }

    /// The posterior of a batch without targets, as latent maps and scores use it.
    async fn posterior(&self, ids: &str, suffix: &str, comparisons: &mut Vec<Agreement>) -> Result<(), String> {
        let rows = Rows::pack(&self.sequences(ids)?, self.reference.config.max_length, self.layout);
        let batch = Batch::new(&rows, self.layout, self.reduction, self.device);
        let model = self.model(Augmentation::None, LogVariance::Stack, Prior::Standard)?;
        let (mu, logvar) = model.posterior(&batch);
        for (name, tensor) in [("mu", Some(mu)), ("logvar", logvar), ("mu", Some(model.means(&batch)))] {
            let tensor = tensor.ok_or("The network has no log-variance.")?;
            let values = self.real_only(&rows, &read(tensor).await?);
            let expected = &self.reference.expected[format!("{name}{suffix}")];
            comparisons.push(Agreement {
                name: format!("posterior: {name}{suffix}"),
                relative_error: relative_error(&values, &self.real_only(&rows, &self.arrange(&rows, expected))),
            });
        }
        Ok(())
    }
}

/// Name, computed values, expected values.
type Quantity = (String, Vec<f32>, Vec<f32>);

async fn gradients(
    model: &mut ContrastVae,
    objective: &ContrastElbo,
    expected: &Value,
    found: &mut Vec<Quantity>,
) -> Result<(), String> {
    let mut gradients = objective.total.backward();
    let mut tensors: BTreeMap<String, Tensor<2>> = BTreeMap::new();
    model.visit_mut(&mut |name, parameter| {
        if let Some(gradient) = parameter.grad_remove(&mut gradients) {
            tensors.insert(name.to_string(), gradient);
        }
    });
    let Some(wanted) = expected.as_object().filter(|wanted| !wanted.is_empty()) else {
        return Err("The reference file has no gradients.".to_string());
    };
    for (name, value) in wanted {
        let Some(tensor) = tensors.get(name) else {
            return Err(format!("The parameter {name} has no gradient."));
        };
        found.push((
            format!("gradient of {name}"),
            read(tensor.clone()).await?,
            in_our_layout(name, value),
        ));
    }
    Ok(())
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
