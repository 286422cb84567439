//! Mutual information of two views, as far as the contrastive loss proves it.
//!
//! In: the mean loss and the number of sequences in a batch. Out: an [`InfoNceBound`], or one sentence.

use serde::{Deserialize, Serialize};

use super::error::DiagnosticsError;

/// Lower bound of the mutual information of two views.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct InfoNceBound {
    /// I(z; z') >= ln(2B - 1) - L, L the mean NT-Xent loss over batches of B sequences, in nats, at most `ceiling` (van den Oord
    /// et al. 2018; Poole et al. 2019). The views share at least so much information; below 0 it says nothing.
    pub bound: f64,
    /// ln(2B - 1), in nats: the logarithm of the candidates among which each view seeks its pair, and the most the bound can be.
    /// A bound close to it asks for a larger batch, not for more training.
    pub ceiling: f64,
}

impl InfoNceBound {
    /// The bound from the mean NT-Xent `loss` of batches of `sequences` users (two views each).
    pub fn new(loss: f64, sequences: u32) -> Result<Self, DiagnosticsError> {
        if !loss.is_finite() || sequences == 0 {
            return Err(DiagnosticsError::ContrastiveLoss { loss, sequences });
        }
        let ceiling = (2.0 * f64::from(sequences) - 1.0).ln();
        Ok(Self {
            bound: ceiling - loss,
            ceiling,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contrastive_bound() {
        // Four sequences: each of the eight latents seeks its pair among seven.
        let blind = InfoNceBound::new(7f64.ln(), 4).unwrap();
        assert_eq!((blind.bound, blind.ceiling), (0.0, 7f64.ln()));
        let perfect = InfoNceBound::new(0.0, 4).unwrap();
        assert_eq!(perfect.bound, perfect.ceiling);
        assert!(InfoNceBound::new(9.0, 4).unwrap().bound < 0.0);
        // One sequence has no other to be told from.
        assert_eq!(InfoNceBound::new(0.0, 1).unwrap().ceiling, 0.0);
        let error = InfoNceBound::new(f64::NAN, 4).unwrap_err();
        assert_eq!(
            error.to_string(),
            "A contrastive loss of NaN over 4 sequences gives no bound; pass a finite loss and the size of its batch."
        );
    }
}
