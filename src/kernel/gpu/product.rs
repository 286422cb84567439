//! Products of matrices, with what comes before and after them in the same launch.
//!
//! In: a [`Product`]. Out: nothing; the result is in the memory that was given for it.

use burn_cubecl::tensor::CubeTensor;

use super::launch::{Number, Shader};

const TILE: usize = 32;

/// Epilogue of a product; see `shaders/matmul.wgsl`.
#[derive(Clone, Copy)]
pub enum Then<'a> {
    /// Nothing.
    Nothing,
    /// A bias out of B's memory.
    Bias,
    /// A bias and gelu, whose derivative goes into this.
    BiasGelu(&'a CubeTensor),
    /// This is added.
    Add(&'a CubeTensor),
    /// This is multiplied with, element by element.
    Multiply(&'a CubeTensor),
    /// This one number is multiplied with.
    Scale(&'a CubeTensor),
    /// The sums of B's columns go into C's memory.
    ColumnSums,
}

/// C = A B, or up to three such products.
pub struct Product<'a> {
    pub a: &'a CubeTensor,
    pub b: &'a CubeTensor,
    pub c: &'a CubeTensor,
    /// Rows of A and C.
    pub rows: usize,
    /// Columns of A, rows of B.
    pub depth: usize,
    /// Columns of B and C.
    pub columns: usize,
    /// Elements from one row to the next as they lie in memory.
    pub strides: [usize; 3],
    /// Whether A lies in memory column by column, and B.
    pub turned: [bool; 2],
    /// Where A, B and C begin in each part.
    pub starts: [[usize; 3]; 3],
    /// Where the bias or the column sums begin in each part.
    pub bias: [usize; 3],
    /// Number of products side by side, 1 to 3.
    pub beside: usize,
    /// Number of products that are summed, 1 to 3.
    pub summed: usize,
    pub then: Then<'a>,
}

impl<'a> Product<'a> {
    /// The product of two matrices that fill their memory, each of which may lie there `turned`.
    pub fn new([a, b, c]: [&'a CubeTensor; 3], [rows, depth, columns]: [usize; 3], turned: [bool; 2], then: Then<'a>) -> Self {
        Self {
            a,
            b,
            c,
            rows,
            depth,
            columns,
            strides: [
                if turned[0] { rows } else { depth },
                if turned[1] { depth } else { columns },
                columns,
            ],
            turned,
            starts: [[0; 3]; 3],
            bias: [0; 3],
            beside: 1,
            summed: 1,
            then,
        }
    }

    /// Launches it.
    pub fn launch(self) {
        let [a_0, a_1, a_2] = self.starts.map(|starts| starts[0]);
        let [b_0, b_1, b_2] = self.starts.map(|starts| starts[1]);
        let [c_0, c_1, c_2] = self.starts.map(|starts| starts[2]);
        let numbers: [(&'static str, Number); 19] = [
            ("rows", self.rows.into()),
            ("depth", self.depth.into()),
            ("columns", self.columns.into()),
            ("parts", self.summed.into()),
            ("a_stride", self.strides[0].into()),
            ("b_stride", self.strides[1].into()),
            ("c_stride", self.strides[2].into()),
            ("a_0", a_0.into()),
            ("a_1", a_1.into()),
            ("a_2", a_2.into()),
            ("b_0", b_0.into()),
            ("b_1", b_1.into()),
            ("b_2", b_2.into()),
            ("c_0", c_0.into()),
            ("c_1", c_1.into()),
            ("c_2", c_2.into()),
            ("bias_0", self.bias[0].into()),
            ("bias_1", self.bias[1].into()),
            ("bias_2", self.bias[2].into()),
        ];
        let mut shader = Shader::new("matmul", include_str!("shaders/matmul.wgsl"))
            .with("LEFT_TURNED", self.turned[0])
            .with("RIGHT_TURNED", self.turned[1]);
        let mut tensors = vec![("a", self.a), ("b", self.b), ("c", self.c)];
        let (names, extra): (&[&'static str], Option<&CubeTensor>) = match self.then {
            Then::Nothing => (&[], None),
            Then::Bias => (&["BIAS"], None),
            Then::BiasGelu(derivative) => (&["BIAS", "GELU"], Some(derivative)),
            Then::Add(other) => (&["ADD"], Some(other)),
            Then::Multiply(other) => (&["MULTIPLY"], Some(other)),
            Then::Scale(other) => (&["SCALE"], Some(other)),
            Then::ColumnSums => (&["COLUMN_SUMS"], None),
        };
        for name in names {
            shader = shader.with(name, true);
        }
        tensors.extend(extra.map(|extra| ("extra", extra)));
        let groups = [self.rows.div_ceil(TILE), self.columns.div_ceil(TILE), self.beside];
        shader.launch(groups, &tensors, &numbers);
    }
}
