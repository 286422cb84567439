//! All diagnostics of a latent space at one moment of training.
//!
//! In: [`PosteriorSample`], the posteriors of some rows (a row is one user at one real position, or one user's last position),
//! checked once when it is made. Out: [`Diagnostics`], plain numbers and short lists that a chart can draw and JSON can hold:
//! none of them is infinite or NaN. No tensors here, and no randomness but what follows from the seed.

use serde::{Deserialize, Serialize};

use super::{
    collapse::Collapse,
    contrast::InfoNceBound,
    geometry::Geometry,
    information::Information,
    sample::{PosteriorSample, to_u32},
};

/// The diagnostics of one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// Posteriors N that were looked at; the pairwise numbers may use fewer and say so themselves.
    pub rows: u32,
    /// Dimensions D of the latent.
    pub dimensions: u32,
    /// How much of the posterior is still the prior.
    pub collapse: Collapse,
    /// How much the latent knows about its row.
    pub information: Information,
    /// How the latents lie in space.
    pub geometry: Geometry,
    /// Bound from the contrastive loss; `None` if the sample has no such loss.
    pub contrast: Option<InfoNceBound>,
}

/// All diagnostics of `sample`. What is drawn at random (rows where there are too many, noise) follows from `seed`: the same
/// seed at every epoch keeps the noise out of the comparison of epochs.
pub fn diagnose(sample: &PosteriorSample, seed: u64) -> Diagnostics {
    Diagnostics {
        rows: to_u32(sample.rows()),
        dimensions: to_u32(sample.dimensions()),
        collapse: Collapse::of(sample),
        information: Information::of(sample, seed),
        geometry: Geometry::of(sample, seed),
        contrast: sample.contrast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::sample::VALUE_AT_MOST;

    fn plain(rows: usize, dimensions: usize) -> Vec<f32> {
        (0..rows * dimensions).map(|index| (index as f32 * 0.7).sin()).collect()
    }

    fn every_number(value: &serde_json::Value, check: &mut impl FnMut(&serde_json::Value)) {
        match value {
            serde_json::Value::Array(list) => list.iter().for_each(|value| every_number(value, check)),
            serde_json::Value::Object(fields) => fields.values().for_each(|value| every_number(value, check)),
            other => check(other),
        }
    }

    #[test]
    fn a_full_report_survives_json() {
        let sample = PosteriorSample::new(3, plain(40, 3), vec![-1.0; 120])
            .unwrap()
            .with_views(plain(9, 3), plain(9, 3))
            .unwrap()
            .with_contrastive_loss(1.5, 8)
            .unwrap();
        let report = diagnose(&sample, 7);
        assert_eq!((report.rows, report.dimensions), (40, 3));
        assert_eq!(report.collapse.kl_per_dimension.len(), 3);
        assert_eq!(report.geometry.views.as_ref().map(|views| views.pairs), Some(9));
        assert_eq!(report.contrast.map(|bound| bound.bound), Some(15f64.ln() - 1.5));
        let back: Diagnostics = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        // The parser of serde_json may miss a double by its last digit.
        let (mut before, mut after) = (Vec::new(), Vec::new());
        every_number(&serde_json::to_value(&report).unwrap(), &mut |value| {
            before.push(value.as_f64().unwrap())
        });
        every_number(&serde_json::to_value(&back).unwrap(), &mut |value| {
            after.push(value.as_f64().unwrap())
        });
        assert_eq!(before.len(), after.len());
        assert!(
            before.iter().zip(&after).all(|(a, b)| (a - b).abs() <= 1e-14 * a.abs()),
            "{report:?} {back:?}"
        );
        assert_eq!(diagnose(&sample, 7), report, "the same seed gives the same numbers");
        assert_ne!(diagnose(&sample, 8).information, report.information);
    }

    #[test]
    fn the_extremes_that_are_let_in_give_finite_numbers() {
        let limit = VALUE_AT_MOST;
        let cases = [
            (1, vec![limit, -limit], vec![60.0, -60.0]),
            (2, vec![limit; 4], vec![-60.0; 4]),
            (2, vec![0.0; 6], vec![60.0; 6]),
            (3, vec![1e-30, 0.0, 0.0, 0.0, 1e-30, 0.0], vec![0.0; 6]),
            (1, vec![f32::MIN_POSITIVE / 4.0, 0.0], vec![0.0; 2]),
        ];
        for (dimensions, mean, log_variance) in cases {
            let views = mean.clone();
            let sample = PosteriorSample::new(dimensions, mean.clone(), log_variance).unwrap();
            let sample = sample.with_views(views.clone(), views).unwrap();
            let json = serde_json::to_value(diagnose(&sample, 1)).unwrap();
            let mut numbers = 0;
            // JSON has no infinity: serde_json writes `null`, which only the optional fields may be.
            every_number(&json["collapse"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}");
                numbers += 1;
            });
            every_number(&json["information"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}")
            });
            every_number(&json["geometry"]["means"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}")
            });
            every_number(&json["geometry"]["covariance"], &mut |value| {
                assert!(value.is_number(), "{mean:?}: {json}")
            });
            assert!(numbers >= 6);
            serde_json::from_value::<Diagnostics>(json).unwrap();
        }
    }
}
