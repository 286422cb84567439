//! What the posterior looks like: projections of latents to the plane.
//!
//! In: latents on the host, row-major. Out: coordinates for a map. No tensors here: the matrices are small once they are read.

mod projection;

pub use projection::{Projection, Projector};
