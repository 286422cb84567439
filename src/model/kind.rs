//! Which models there are.
//!
//! In: a name. Out: a [`ModelKind`], by which a run knows what to build.

use serde::{Deserialize, Serialize};

/// Which model is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// The sequential variational autoencoder in all its modes, the deterministic network included.
    #[default]
    Contrastvae,
    /// Mult-VAE (Liang et al., WWW 2018), which Cornac calls VAECF.
    Vaecf,
    /// RecVAE (Shenbin et al., WSDM 2020).
    Recvae,
    /// BiVAE for collaborative filtering (Truong, Salah and Lauw, WSDM 2021).
    Bivaecf,
}

impl ModelKind {
    /// Whether users are bags of items to it, without an order.
    pub fn is_of_bags(self) -> bool {
        self != Self::Contrastvae
    }

    /// The parameter that holds the vectors of the items, and how many rows stand in it beside theirs: before and in all.
    pub fn item_table(self) -> (&'static str, usize, usize) {
        match self {
            // The padding before the items, the mask token after them.
            Self::Contrastvae => ("item_embeddings.weight", 1, 2),
            Self::Vaecf | Self::Recvae => ("decoder.items.weight", 0, 0),
            Self::Bivaecf => ("items.mean", 0, 0),
        }
    }
}
