//! Model and objective against values from an independent PyTorch implementation (`tests/reference/contrastvae_toy.py`, float64).

use contrastvae::{device::Compute, objective::compare_with_reference};

#[test]
fn every_mode_gives_the_reference_values_and_gradients_on_the_cpu() {
    let json = include_str!("../reference/contrastvae_toy.json");
    let comparisons = pollster::block_on(compare_with_reference(json, Compute::cpu().device())).expect("the reference runs");
    // Twelve cases in three forms with the gradients of several parameters each, and two posteriors.
    assert!(comparisons.len() > 400, "{}", comparisons.len());
    for comparison in &comparisons {
        // Written so that NaN fails.
        assert!(
            comparison.relative_error <= 1e-4,
            "{} is off by {:e} of its largest value",
            comparison.name,
            comparison.relative_error
        );
    }
}
