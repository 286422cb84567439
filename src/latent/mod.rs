//! What the posterior looks like: projections of latents to the plane, and the diagnostics of its collapse.
//!
//! In: latents on the host, row-major. Out: coordinates for a map, and numbers. No tensors here: the matrices are small once
//! they are read.

mod collapse;
mod geometry;
mod information;
mod projection;
mod report;
#[cfg(test)]
mod test_samples;

pub use collapse::{Collapse, RowCollapse, collapse_of_rows};
pub use geometry::{Geometry, Spectrum, ViewGeometry};
pub(crate) use information::choose_rows;
pub use information::{InfoNceBound, Information};
pub use projection::{Plane, Projection, Projector};
pub use report::{Diagnostics, DiagnosticsError, PosteriorSample, diagnose};
