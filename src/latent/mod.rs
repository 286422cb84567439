//! Shape of the posterior: projections of latents to the plane, and the diagnostics of its collapse.
//!
//! In: latents on the host, row-major. Out: coordinates for a map, and numbers. No tensors here: the matrices are small once
//! they are read.

mod collapse;
mod contrast;
mod error;
mod gap;
mod geometry;
mod information;
mod projection;
mod report;
mod sample;
#[cfg(test)]
mod test_samples;

pub use collapse::{Collapse, RowCollapse, collapse_of_rows};
pub use contrast::InfoNceBound;
pub use error::DiagnosticsError;
pub use gap::{BINS, CLASSES, FactorInformation, factor_information};
pub use geometry::{Geometry, Spectrum, ViewGeometry};
pub use information::Information;
pub(crate) use information::choose_rows;
pub use projection::{Plane, Projection, Projector};
pub use report::{Diagnostics, diagnose};
pub use sample::PosteriorSample;
