//! How fast a device takes the steps of a run, measured the same way natively and in a browser.
//!
//! In: a run that has not taken a step, a time limit and a clock. Out: steps and seconds, what the first step took (a GPU compiles its kernels
//! then), and the host's share of a step. Only whole steps are taken; nothing is evaluated or drawn between them.

use serde::Serialize;

use super::{Run, RunError};

/// Steps that bring kernels and caches up to speed, unless they take longer than a part of the limit.
const WARM_STEPS: usize = 10;
const WARM_SHARE: f64 = 0.25;
const MOST_STEPS: usize = 2_000;

/// Speed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// Steps that were timed, after those that warm up.
    pub steps: usize,
    /// Seconds that they took together, until their last loss was read.
    pub seconds: f64,
    /// Seconds of the very first step, with its compilation.
    pub first_step_seconds: f64,
    /// Median time that a step keeps this thread; absent if each step waited for the device.
    pub host_milliseconds: Option<f64>,
}

impl Speed {
    /// Steps in a second.
    pub fn steps_per_second(&self) -> f64 {
        self.steps as f64 / self.seconds
    }

    /// Takes steps for about so many seconds after those that warm up, and at least one; `now` is a clock in seconds.
    pub async fn of(run: &mut Run, seconds: f64, now: impl Fn() -> f64) -> Result<Self, RunError> {
        let began = now();
        settled_step(run).await?;
        let first_step_seconds = now() - began;
        let warm = now();
        for _ in 0..WARM_STEPS {
            if now() - warm > WARM_SHARE * seconds {
                break;
            }
            settled_step(run).await?;
        }
        let (began, mut steps, mut host) = (now(), 0, Vec::new());
        while steps == 0 || (steps < MOST_STEPS && now() - began < seconds) {
            let of_step = now();
            let outcome = run.step().await?;
            steps += 1;
            // A step that reads its losses waits for the device, which is not the host's work.
            if outcome.losses.is_none() {
                host.push((now() - of_step) * 1e3);
            }
            if steps == MOST_STEPS || now() - began >= seconds {
                wait(run, outcome.losses.is_some()).await?;
            }
        }
        host.sort_by(f64::total_cmp);
        Ok(Self {
            steps,
            seconds: now() - began,
            first_step_seconds,
            host_milliseconds: host.get(host.len() / 2).copied(),
        })
    }
}

/// A step, and the wait for what it has left on the device.
async fn settled_step(run: &mut Run) -> Result<(), RunError> {
    let outcome = run.step().await?;
    wait(run, outcome.losses.is_some()).await
}

/// Waits for the device, unless a step has done so.
async fn wait(run: &mut Run, waited: bool) -> Result<(), RunError> {
    match waited {
        true => Ok(()),
        false => run.read_losses().await.map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, sync::Arc};

    use pollster::block_on;

    use super::*;
    use crate::{
        device::Compute,
        log::{Example, generate},
        run::Config,
    };

    #[test]
    fn steps_are_counted_until_the_time_is_over() {
        let data = Arc::new(generate(&Example::default()).unwrap());
        let mut run = Run::new(Config::default(), data, Compute::cpu()).unwrap();
        // Each look at the clock takes a second.
        let time = Cell::new(0.0);
        let now = || {
            time.set(time.get() + 1.0);
            time.get()
        };
        let speed = block_on(Speed::of(&mut run, 10.0, now)).unwrap();
        assert_eq!(speed.first_step_seconds, 1.0);
        assert!(speed.steps > 0 && speed.seconds >= 10.0, "{speed:?}");
        assert_eq!(speed.host_milliseconds, None, "on the CPU each step reads its losses");
        // The first step and two that warm up come before those that count.
        assert_eq!(run.steps_done(), speed.steps + 3);
    }
}
