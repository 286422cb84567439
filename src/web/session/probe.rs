//! This machine: how fast it is, and whether its GPU computes what the CPU does.
//!
//! In: loaded data and a device. Out: how long a step takes, and its work; losses of the same steps on the device and on the CPU.

use std::sync::Arc;

use crate::{
    device::{Compute, DeviceError, HAS_GPU, Kind},
    log::Dataset,
    run::{Config, DeviceCheck, ModelConfig, Run, RunSize, Speed},
    web::{
        clock::{give_way, now_seconds},
        events::{Answered, Outbox},
        host::words,
        protocol::{Answer, Event},
    },
};

/// Steps of a probe: the first one also warms up.
const PROBE_STEPS: usize = 4;
/// Bytes of a run beyond which it is not compared: the CPU's side takes as much of the tab's memory.
const MOST_BYTES: f64 = 1e9;
/// Steps that are compared with the CPU before a run begins on a GPU: the third shows a wrong gradient.
const CHECKED_STEPS: usize = 3;

/// Seconds and floating-point operations of a step of the default configuration, the quickest of a few. The model is dropped again.
pub async fn timed_step(data: &Arc<Dataset>, compute: &Compute) -> Answered {
    let config = Config::default();
    let work = RunSize::of(&config, data).map_err(words)?.step_work;
    let mut run = Run::new(config, data.clone(), compute.clone()).map_err(words)?;
    let mut quickest = f64::INFINITY;
    for _ in 0..PROBE_STEPS {
        let began = now_seconds();
        run.step().await.map_err(words)?;
        run.read_losses().await.map_err(words)?;
        quickest = quickest.min(now_seconds() - began);
        give_way().await;
    }
    Ok(Answer::Probe {
        step_seconds: quickest as f32,
        step_work: work,
    })
}

/// Speed of a configuration on a device, by steps for so many seconds.
pub async fn timed_steps(config: &Config, data: &Arc<Dataset>, compute: &Compute, seconds: f64) -> Answered {
    let mut run = Run::new(config.clone(), data.clone(), compute.clone()).map_err(words)?;
    let speed = Speed::of(&mut run, seconds, now_seconds).await.map_err(words)?;
    Ok(Answer::TimeSteps { speed })
}

/// Losses of so many steps of a configuration on a device and on the CPU.
pub async fn checked_steps(config: &Config, data: &Arc<Dataset>, compute: &Compute, steps: u32) -> Answered {
    if !HAS_GPU {
        return Err(DeviceError::NoGpuInBuild.to_string());
    }
    let check = DeviceCheck::take(config, data, compute, steps as usize)
        .await
        .map_err(words)?;
    Ok(Answer::CheckDevice {
        largest_difference: Some(check.largest_difference()).filter(|found| found.is_finite()),
        agrees: check.agrees(),
        cpu: check.cpu,
        device: check.device,
    })
}

/// The shape of the model whose first steps on the GPU were those of the CPU; None before the first run.
#[derive(Default)]
pub struct Trusted(Option<ModelConfig>);

impl Trusted {
    /// Compares the first steps of a run, once for each shape of the model. A GPU that computes something else is reported, for the page to take
    /// the CPU.
    pub async fn check(
        &mut self,
        config: &Config,
        data: &Arc<Dataset>,
        compute: &Compute,
        outbox: &Outbox,
    ) -> Result<(), String> {
        if !HAS_GPU || compute.kind() == Kind::Cpu || self.0.as_ref() == Some(&config.model) {
            return Ok(());
        }
        // Models of bags drop items of the input, for which the CPU draws other numbers.
        if config.model.kind.is_of_bags() {
            return Ok(());
        }
        if RunSize::of(config, data).map_err(words)?.memory_bytes > MOST_BYTES {
            return Ok(());
        }
        let check = DeviceCheck::take(config, data, compute, CHECKED_STEPS).await.map_err(words)?;
        if !check.agrees() {
            let message = format!(
                "Its losses differ from the CPU's by {:.2}%.",
                100.0 * check.largest_difference()
            );
            outbox.send(&Event::DeviceFailed {
                message: message.clone(),
                wrong: true,
            });
            return Err(message);
        }
        self.0 = Some(config.model.clone());
        Ok(())
    }
}
