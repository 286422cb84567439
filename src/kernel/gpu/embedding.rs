//! Embedded inputs: lookup of items and positions, layer norm and dropout in one launch, for all views that begin alike.

use burn::tensor::{Int, Tensor};
use burn_cubecl::tensor::CubeTensor;

use super::{
    Drawn,
    norm::{self, Embedded, Place},
    operation::{Operation, apply},
    scatter::scatter,
    shape::dims,
    tensor::{Layout, empty, end_to_end, integers},
};
use crate::kernel::Draw;

/// `dropout(LN(items[id] + positions[place]))` for `ids` and `places` `[N]`, `copies` times one below the other. The parameters are the
/// item table, the position table, and the norm's weight and bias.
pub fn embedding(
    parameters: [Tensor<2>; 4],
    ids: Tensor<1, Int>,
    places: Tensor<1, Int>,
    copies: usize,
    draw: Option<Draw>,
) -> Tensor<2> {
    let operation = Embedding(Embedded {
        ids: integers(ids),
        places: integers(places),
        copies,
        drawn: draw.map(Drawn::from),
    });
    apply(operation, parameters)
}

#[derive(Clone, Debug)]
struct Embedding(Embedded);

fn place(layout: &Layout) -> Place {
    Place {
        weight: layout.starts[2],
        bias: layout.starts[3],
    }
}

impl Operation<4> for Embedding {
    /// The parameters end to end, and the rows before weight and bias.
    type Saved = [CubeTensor; 2];

    fn forward(&self, inputs: &[CubeTensor; 4], _tracked: bool) -> (CubeTensor, Self::Saved) {
        let layout = Layout::of(inputs);
        let parameters = end_to_end(inputs);
        let size = dims(&inputs[0])[1];
        let (result, rows) = norm::embed(&self.0, &parameters, layout.starts[1], place(&layout), size);
        (result, [parameters, rows])
    }

    fn backward(
        self,
        inputs: &[CubeTensor; 4],
        [parameters, rows]: Self::Saved,
        gradient: CubeTensor,
        _wanted: [bool; 4],
    ) -> [Option<CubeTensor>; 4] {
        let layout = Layout::of(inputs);
        let gradients = empty(&gradient, [layout.total]);
        let of_rows = norm::embed_backward(&self.0, &gradient, &rows, &parameters, place(&layout), &gradients);
        let parts = layout.parts(&gradients);
        scatter(&self.0.ids, &of_rows, None, &parts[0]);
        scatter(&self.0.places, &of_rows, None, &parts[1]);
        let mut parts = parts.into_iter();
        [(); 4].map(|()| parts.next())
    }
}
