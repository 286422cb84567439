//! Whether a device computes what the CPU does: the first steps of a run, taken on both.
//!
//! In: data, a configuration and a device. Out: the losses of each step on both. GPUs that compute something else are known, by a fault of a driver
//! or of a browser, and a curve alone does not show it. Both sides begin with the same weights and draw the same numbers.

use std::sync::Arc;

use super::{Config, LossTerms, Run, RunError, RunSize};
use crate::{device::Compute, log::Dataset};

/// Users of a batch of the check at most and at least: few, so that a step of a large model takes the CPU a moment.
const USERS: [f64; 2] = [2.0, 8.0];
/// Floating-point operations of such a step, unless that takes fewer users than the least.
const STEP_WORK: f64 = 2e9;
/// Relative difference that rounding does not come to in a few steps, and that a wrong operation does.
const TOLERANCE: f64 = 1e-3;
/// Losses below this are compared as if they were it: their last digits are rounding.
const LEAST: f64 = 1e-2;

/// Losses of the same steps on the CPU and on another device.
#[derive(Clone, Debug)]
pub struct DeviceCheck {
    /// Losses on the CPU, one for each step.
    pub cpu: Vec<LossTerms>,
    /// Losses on the device.
    pub device: Vec<LossTerms>,
}

impl DeviceCheck {
    /// Takes so many steps with small batches on `compute` and on the CPU. A run on the device need not exist; what is made here is dropped.
    pub async fn take(config: &Config, data: &Arc<Dataset>, compute: &Compute, steps: usize) -> Result<Self, RunError> {
        let mut config = config.clone();
        config.training.batch_size = config.training.batch_size.min(users(&config, data)?);
        // Masks of attention weights have other shapes on a GPU, so that other numbers would be dropped.
        config.model.attention_dropout = 0.0;
        let begin = |compute: Compute| Run::as_gpu(config.clone(), data.clone(), compute);
        let mut cpu = begin(Compute::cpu())?;
        let mut device = begin(compute.clone())?;
        let mut check = Self {
            cpu: Vec::new(),
            device: Vec::new(),
        };
        for _ in 0..steps {
            for (run, losses) in [(&mut cpu, &mut check.cpu), (&mut device, &mut check.device)] {
                losses.push(match run.step().await?.losses {
                    Some(found) => found,
                    None => run.read_losses().await?,
                });
            }
        }
        Ok(check)
    }

    /// Largest difference of a loss, as a share of the CPU's; infinite if one is no number or missing.
    pub fn largest_difference(&self) -> f64 {
        if self.cpu.len() != self.device.len() {
            return f64::INFINITY;
        }
        let terms = |losses: &LossTerms| {
            [
                losses.total,
                losses.reconstruction,
                losses.kl,
                losses.contrast,
                losses.attributes.unwrap_or_default(),
            ]
        };
        let pairs = self.cpu.iter().zip(&self.device);
        pairs
            .flat_map(|(cpu, device)| terms(cpu).into_iter().zip(terms(device)))
            .map(|(cpu, device)| {
                let difference = f64::from(cpu - device).abs() / f64::from(cpu).abs().max(LEAST);
                if difference.is_nan() { f64::INFINITY } else { difference }
            })
            .fold(0.0, f64::max)
    }

    /// Whether the device computes what the CPU does.
    pub fn agrees(&self) -> bool {
        self.largest_difference() <= TOLERANCE
    }
}

/// Users of a batch, as many as a short step of the CPU takes.
fn users(config: &Config, data: &Dataset) -> Result<usize, RunError> {
    let [least, most] = USERS;
    let mut few = config.clone();
    few.training.batch_size = least as usize;
    let work = RunSize::of(&few, data)?.step_work / least;
    Ok((STEP_WORK / work).clamp(least, most) as usize)
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::log::{Example, generate};

    fn check() -> DeviceCheck {
        let data = Arc::new(generate(&Example::default()).unwrap());
        block_on(DeviceCheck::take(&Config::default(), &data, &Compute::cpu(), 3)).unwrap()
    }

    #[test]
    fn a_device_that_computes_the_same_agrees() {
        let check = check();
        assert_eq!((check.cpu.len(), check.largest_difference()), (3, 0.0));
        assert!(check.agrees());
        assert!(check.cpu[2].total < check.cpu[0].total, "the steps learn something");
    }

    #[test]
    fn a_wrong_term_no_number_and_a_missing_step_are_found() {
        let good = check();
        let mut wrong = good.clone();
        wrong.device[1].contrast *= 1.01;
        assert!(!wrong.agrees());
        let mut rounded = good.clone();
        rounded.device[1].contrast *= 1.0001;
        assert!(rounded.agrees());
        let mut broken = good.clone();
        broken.device[2].kl = f32::NAN;
        assert!(!broken.agrees());
        let mut short = good;
        short.device.pop();
        assert!(!short.agrees());
    }
}
