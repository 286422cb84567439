//! Measurements since the page was last told: means of the losses, and how fast it goes.
//!
//! In: each step's losses, sequences and time. Out: numbers for a progress event.

use std::collections::VecDeque;

use crate::run::LossTerms;

/// Steps whose times are kept.
const STEPS: usize = 32;

/// Sums what happened since the last progress event.
#[derive(Default)]
pub struct Meter {
    /// When it began.
    pub since: f64,
    sequences: usize,
    losses: LossTerms,
    reads: usize,
    /// Smoothed rate in sequences a second.
    rate: f64,
    /// Seconds on this thread of the latest steps, oldest first.
    steps: VecDeque<f64>,
}

/// An exponential mean that begins at its first value.
fn smooth(mean: f64, value: f64) -> f64 {
    if mean == 0.0 { value } else { 0.8 * mean + 0.2 * value }
}

impl Meter {
    /// A meter that begins at a time.
    pub fn new(now: f64) -> Self {
        Self {
            since: now,
            ..Self::default()
        }
    }

    /// A fresh meter that keeps what was smoothed, after a halt.
    pub fn again(&mut self, now: f64) -> Self {
        Self {
            rate: self.rate,
            steps: std::mem::take(&mut self.steps),
            ..Self::new(now)
        }
    }

    /// Whether there are losses to tell of.
    pub fn has_losses(&self) -> bool {
        self.reads > 0
    }

    /// Notes how long a step took on this thread.
    pub fn add_step_time(&mut self, seconds: f64) {
        if self.steps.len() == STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(seconds);
    }

    /// Median time of the latest steps on this thread, in seconds; 0 before the first. Not a mean, which one interruption by what else
    /// the machine does would move.
    pub fn step_seconds(&self) -> f64 {
        let mut steps: Vec<f64> = self.steps.iter().copied().collect();
        steps.sort_by(f64::total_cmp);
        steps.get(steps.len() / 2).copied().unwrap_or_default()
    }

    pub fn add(&mut self, sequences: usize, losses: Option<LossTerms>) {
        self.sequences += sequences;
        if let Some(losses) = losses {
            self.reads += 1;
            self.losses.add(&losses, 1.0);
        }
    }

    /// The means since the last call, and the smoothed rate.
    pub fn take(&mut self, now: f64) -> (LossTerms, f64) {
        let losses = self.losses.divided(self.reads.max(1) as f32);
        let rate = self.sequences as f64 / (now - self.since).max(1e-3);
        self.rate = smooth(self.rate, rate);
        *self = self.again(now);
        (losses, self.rate)
    }
}
