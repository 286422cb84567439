//! The speed of this machine.
//!
//! In: loaded data and a device. Out: how long a step of the default configuration takes, and its work.

use std::sync::Arc;

use crate::{
    device::Compute,
    log::Dataset,
    run::{Config, Run, RunError, RunSize},
    web::clock::{give_way, now_seconds},
};

/// Steps of a probe: the first one also warms up.
const PROBE_STEPS: usize = 4;

/// Seconds and floating-point operations of a step of the default configuration, the quickest of a few. The model is dropped again.
pub async fn timed_step(data: &Arc<Dataset>, compute: &Compute) -> Result<(f64, f64), RunError> {
    let config = Config::default();
    let work = RunSize::of(&config, data)?.step_work;
    let mut run = Run::new(config, data.clone(), compute.clone())?;
    let mut quickest = f64::INFINITY;
    for _ in 0..PROBE_STEPS {
        let began = now_seconds();
        run.step().await?;
        run.read_losses().await?;
        quickest = quickest.min(now_seconds() - began);
        give_way().await;
    }
    Ok((quickest, work))
}
