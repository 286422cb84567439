//! A graph of ONNX under construction: nodes one after the other, each with a name for its output, and constants.
//!
//! In: operations of opset 17 on names. Out: names, and at the end the graph.

use super::message::{Attribute, Dimension, FLOAT, Graph, INT64, Node, Shape, Tensor, TensorType, Type, ValueInfo};

/// End of a slice that takes all that is left.
pub const END: i64 = i64::MAX;

/// Name of a value.
pub type Value = String;

/// Size of a dimension in the description of an input or output.
pub enum Size<'a> {
    Fixed(usize),
    Named(&'a str),
}

/// A graph under construction.
#[derive(Default)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// An empty graph.
    pub fn new(name: &str) -> Self {
        Self {
            graph: Graph {
                name: name.to_owned(),
                ..Graph::default()
            },
        }
    }

    /// A node with one output.
    pub fn node(&mut self, operation: &str, inputs: &[&str]) -> Value {
        self.node_with(operation, inputs, Vec::new())
    }

    /// The same with attributes.
    pub fn node_with(&mut self, operation: &str, inputs: &[&str], attributes: Vec<Attribute>) -> Value {
        let output = format!("{}_{}", operation.to_ascii_lowercase(), self.graph.node.len());
        self.push(operation, inputs, &[&output], attributes);
        output
    }

    /// A node whose outputs have these names.
    pub fn push(&mut self, operation: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<Attribute>) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.graph.node.push(Node {
            input: owned(inputs),
            output: owned(outputs),
            name: outputs.first().copied().unwrap_or_default().to_owned(),
            op_type: operation.to_owned(),
            attribute: attributes,
        });
    }

    /// A constant of floats, written once for each name.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, shape, FLOAT, bytes)
    }

    /// A single float without dimensions.
    pub fn float(&mut self, value: f32) -> Value {
        self.floats(&format!("float {value}"), &[], &[value])
    }

    /// A list of integers.
    pub fn ints(&mut self, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(&format!("ints {values:?}"), &[values.len()], INT64, bytes)
    }

    /// A single integer without dimensions.
    pub fn int(&mut self, value: i64) -> Value {
        self.constant(&format!("int {value}"), &[], INT64, value.to_le_bytes().to_vec())
    }

    fn constant(&mut self, name: &str, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> Value {
        if !self.graph.initializer.iter().any(|tensor| tensor.name == name) {
            self.graph.initializer.push(Tensor {
                dims: shape.iter().map(|&size| size as i64).collect(),
                data_type,
                name: name.to_owned(),
                raw_data,
            });
        }
        name.to_owned()
    }

    /// `value[..., start..end, ...]` of one axis; negative ones count from the end.
    pub fn slice(&mut self, value: &str, axis: i64, start: i64, end: i64) -> Value {
        let (start, end, axis) = (self.ints(&[start]), self.ints(&[end]), self.ints(&[axis]));
        self.node("Slice", &[value, &start, &end, &axis])
    }

    /// Declares an input of the model.
    pub fn input(&mut self, name: &str, data_type: i32, shape: &[Size<'_>], about: &str) {
        self.graph.input.push(described(name, data_type, shape, about));
    }

    /// Declares an output of the model.
    pub fn output(&mut self, name: &str, data_type: i32, shape: &[Size<'_>], about: &str) {
        self.graph.output.push(described(name, data_type, shape, about));
    }

    /// The graph.
    pub fn finish(self) -> Graph {
        self.graph
    }
}

/// An attribute of one integer.
pub fn int(name: &str, value: i64) -> Attribute {
    Attribute {
        name: name.to_owned(),
        i: Some(value),
        r#type: 2,
        ..Attribute::default()
    }
}

/// An attribute of one float.
pub fn float(name: &str, value: f32) -> Attribute {
    Attribute {
        name: name.to_owned(),
        f: Some(value),
        r#type: 1,
        ..Attribute::default()
    }
}

/// An attribute of several integers.
pub fn ints(name: &str, values: &[i64]) -> Attribute {
    Attribute {
        name: name.to_owned(),
        ints: values.to_vec(),
        r#type: 7,
        ..Attribute::default()
    }
}

fn described(name: &str, data_type: i32, shape: &[Size<'_>], about: &str) -> ValueInfo {
    let dimension = |size: &Size<'_>| match size {
        Size::Fixed(size) => Dimension {
            dim_value: Some(*size as i64),
            dim_param: None,
        },
        Size::Named(name) => Dimension {
            dim_value: None,
            dim_param: Some((*name).to_owned()),
        },
    };
    ValueInfo {
        name: name.to_owned(),
        r#type: Some(Type {
            tensor_type: Some(TensorType {
                elem_type: data_type,
                shape: Some(Shape {
                    dim: shape.iter().map(dimension).collect(),
                }),
            }),
        }),
        doc_string: about.to_owned(),
    }
}
