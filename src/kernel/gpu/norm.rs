//! Layer norm with what is around it: embeddings before it, or a residual with dropout; and its gradients.

use burn_cubecl::tensor::CubeTensor;

use super::{
    Drawn,
    launch::{Number, Shader},
    shape::dims,
    tensor::empty,
};

/// Where a norm's weight and bias lie in its parameters' memory.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub weight: usize,
    pub bias: usize,
}

/// Numbers that every shader of a norm takes.
fn numbers(rows: usize, place: Place, drawn: Option<&Drawn>) -> Vec<(&'static str, Number)> {
    let mut numbers = vec![
        ("rows", rows.into()),
        ("weight_at", place.weight.into()),
        ("bias_at", place.bias.into()),
    ];
    if let Some(drawn) = drawn {
        numbers.extend(drawn.numbers());
    }
    numbers
}

/// LN(input + dropout(branch)), and the rows before weight and bias with their scales behind.
pub fn residual(
    input: &CubeTensor,
    branch: &CubeTensor,
    parameters: &CubeTensor,
    place: Place,
    drawn: Option<&Drawn>,
) -> (CubeTensor, CubeTensor) {
    let [rows, size] = dims(input);
    let (output, normalised) = (empty(input, [rows, size]), empty(input, [rows * (size + 1)]));
    let mut tensors = vec![
        ("input", input),
        ("branch", branch),
        ("parameters", parameters),
        ("output", &output),
        ("normalised", &normalised),
    ];
    tensors.extend(drawn.map(|drawn| ("seed", &drawn.seed)));
    Shader::new("norm_forward", include_str!("shaders/norm_forward.wgsl"))
        .with("SIZE", size)
        .with("RESIDUAL", true)
        .with("DROPOUT", drawn.is_some())
        .launch([rows, 1, 1], &tensors, &numbers(rows, place, drawn));
    (output, normalised)
}

/// Gradients of input and branch of [`residual`]; those of weight and bias go into `gradients`, where the parameters have theirs.
pub fn residual_backward(
    gradient: &CubeTensor,
    normalised: &CubeTensor,
    parameters: &CubeTensor,
    place: Place,
    drawn: Option<&Drawn>,
    gradients: &CubeTensor,
) -> (CubeTensor, CubeTensor) {
    let [rows, size] = dims(gradient);
    let of_rows = empty(gradient, [rows, size]);
    let second = match drawn {
        Some(_) => empty(gradient, [rows, size]),
        None => of_rows.clone(),
    };
    let mut tensors = vec![
        ("gradient", gradient),
        ("normalised", normalised),
        ("parameters", parameters),
        ("of_rows", &of_rows),
    ];
    if let Some(drawn) = drawn {
        tensors.extend([("seed", &drawn.seed), ("second", &second)]);
    }
    Shader::new("norm_backward", include_str!("shaders/norm_backward.wgsl"))
        .with("SIZE", size)
        .with("RESIDUAL", true)
        .with("DROPOUT", drawn.is_some())
        .launch([rows, 1, 1], &tensors, &numbers(rows, place, drawn));
    columns(gradient, normalised, place, gradients);
    (of_rows, second)
}

/// Gradients of a norm's weight and bias.
fn columns(gradient: &CubeTensor, normalised: &CubeTensor, place: Place, gradients: &CubeTensor) {
    let [rows, size] = dims(gradient);
    let mut numbers = numbers(rows, place, None);
    numbers.push(("columns", size.into()));
    Shader::new("norm_columns", include_str!("shaders/norm_columns.wgsl")).launch(
        [size.div_ceil(4), 1, 1],
        &[("gradient", gradient), ("normalised", normalised), ("result", gradients)],
        &numbers,
    );
}

/// Input of [`embed`].
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Rows of the item table, one for each token.
    pub ids: CubeTensor,
    /// Rows of the position table.
    pub places: CubeTensor,
    /// How many views are to be made of the same tokens.
    pub copies: usize,
    pub drawn: Option<Drawn>,
}

/// `dropout(LN(items[id] + positions[place]))`, `copies` times one below the other, and the rows before weight and bias.
pub fn embed(
    embedded: &Embedded,
    parameters: &CubeTensor,
    positions: usize,
    place: Place,
    size: usize,
) -> (CubeTensor, CubeTensor) {
    let rows = dims(&embedded.ids)[1];
    let output = empty(parameters, [embedded.copies * rows, size]);
    let normalised = empty(parameters, [rows * (size + 1)]);
    let drawn = embedded.drawn.as_ref();
    let mut tensors = vec![
        ("ids", &embedded.ids),
        ("places", &embedded.places),
        ("parameters", parameters),
        ("output", &output),
        ("normalised", &normalised),
    ];
    tensors.extend(drawn.map(|drawn| ("seed", &drawn.seed)));
    let mut numbers = numbers(rows, place, drawn);
    numbers.extend([("copies", embedded.copies.into()), ("places_at", positions.into())]);
    Shader::new("norm_forward", include_str!("shaders/norm_forward.wgsl"))
        .with("SIZE", size)
        .with("EMBED", true)
        .with("DROPOUT", drawn.is_some())
        .launch([rows, 1, 1], &tensors, &numbers);
    (output, normalised)
}

/// The gradient of the sum of the two embeddings; those of weight and bias go into `gradients`.
pub fn embed_backward(
    embedded: &Embedded,
    gradient: &CubeTensor,
    normalised: &CubeTensor,
    parameters: &CubeTensor,
    place: Place,
    gradients: &CubeTensor,
) -> CubeTensor {
    let (rows, size) = (dims(&embedded.ids)[1], dims(gradient)[1]);
    let (of_rows, second) = (empty(gradient, [rows, size]), empty(gradient, [rows, size]));
    let drawn = embedded.drawn.as_ref();
    let mut tensors = vec![
        ("gradient", gradient),
        ("normalised", normalised),
        ("parameters", parameters),
        ("of_rows", &of_rows),
        ("second", &second),
    ];
    tensors.extend(drawn.map(|drawn| ("seed", &drawn.seed)));
    let mut numbers = numbers(rows, place, drawn);
    numbers.push(("copies", embedded.copies.into()));
    Shader::new("norm_backward", include_str!("shaders/norm_backward.wgsl"))
        .with("SIZE", size)
        .with("EMBED", true)
        .with("DROPOUT", drawn.is_some())
        .launch([rows, 1, 1], &tensors, &numbers);
    columns(&second, normalised, place, gradients);
    of_rows
}
