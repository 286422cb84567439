//! The way back through a lookup: rows of a gradient are added up by the row of the table that they were taken from.

use burn_cubecl::tensor::CubeTensor;

use super::{
    launch::Shader,
    shape::{dims, floats_of},
};

/// Factors of rows: numbers for each key, from `start` on, and one for all.
#[derive(Clone, Copy)]
pub struct Coefficients<'a> {
    pub memory: &'a CubeTensor,
    pub start: usize,
    pub upstream: &'a CubeTensor,
}

/// Writes into `result` `[rows, size]` the sums of the rows of `source` by their `keys`, multiplied with `coefficients` where there are
/// some. Where there are more keys than rows, these are gone through again.
pub fn scatter(keys: &CubeTensor, source: &CubeTensor, coefficients: Option<Coefficients>, result: &CubeTensor) {
    let [rows, size] = dims(result);
    let mut tensors = vec![("keys", keys), ("source", source), ("result", result)];
    let mut numbers = vec![
        ("rows", rows.into()),
        ("keys_count", floats_of(keys).into()),
        ("source_rows", dims(source)[0].into()),
    ];
    if let Some(Coefficients { memory, start, upstream }) = coefficients {
        tensors.extend([("coefficients", memory), ("upstream", upstream)]);
        numbers.push(("coefficients_at", start.into()));
    }
    Shader::new("scatter", include_str!("shaders/scatter.wgsl"))
        .with("SIZE", size)
        .with("COEFFICIENTS", coefficients.is_some())
        .launch([rows, 1, 1], &tensors, &numbers);
}
