//! Place of random numbers in a step, for operations that draw them by themselves.

use burn::tensor::{Int, Tensor};

/// Place in a step where an operation draws random numbers for itself. They follow from the seed, the site and the position among the numbers of that
/// site.
#[derive(Clone, Debug)]
pub struct Draw {
    /// The seed of the step, 64 bits in two numbers.
    pub seed: Tensor<1, Int>,
    /// Which of the step's draws this is.
    pub site: u32,
    /// The rate of dropout; 0 if normal numbers are drawn.
    pub rate: f64,
}
