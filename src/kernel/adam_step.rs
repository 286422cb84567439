//! Hyperparameters of an AdamW step: what loops of the host and launches of a GPU take alike.

/// Hyperparameters of the step that all parameters share.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// Share of the first moment that stays.
    pub beta_1: f64,
    /// Share of the second moment that stays.
    pub beta_2: f64,
    /// Factor of the quotient of the moments, bias corrections included.
    pub step_size: f64,
    /// Added to the root of the second moment, bias correction included.
    pub epsilon: f64,
    /// Factor of the parameter for its weight decay.
    pub decay: f64,
}
