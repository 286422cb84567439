//! Any of the models, as a run holds one.
//!
//! In: a network over sequences or a model of bags. Out: what both have in common: named parameters, a copy, and which optimiser trains
//! what. What they do not have in common the run asks of each.

use burn::tensor::Tensor;

use super::{BagModel, ContrastVae, Parameters};

/// A model of either family.
#[derive(Debug)]
pub enum Recommender {
    /// Over sequences, in their order.
    Sequence(Box<ContrastVae>),
    /// Over bags of items.
    Bag(Box<dyn BagModel>),
}

impl Recommender {
    /// Which optimiser trains a parameter; nothing where none does.
    pub fn optimiser_of(&self, parameter: &str) -> Option<usize> {
        match self {
            Self::Sequence(_) => Some(0),
            Self::Bag(model) => model.optimiser_of(parameter),
        }
    }

    /// The parameters of one optimiser.
    pub fn trained_by(&mut self, optimiser: usize) -> TrainedBy<'_> {
        TrainedBy { model: self, optimiser }
    }
}

impl Clone for Recommender {
    fn clone(&self) -> Self {
        match self {
            Self::Sequence(network) => Self::Sequence(network.clone()),
            Self::Bag(model) => Self::Bag(model.copied()),
        }
    }
}

impl Parameters for Recommender {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        match self {
            Self::Sequence(network) => network.visit_mut(visit),
            Self::Bag(model) => model.visit_mut(visit),
        }
    }
}

/// The parameters that one optimiser trains, in the order of the whole.
pub struct TrainedBy<'a> {
    model: &'a mut Recommender,
    optimiser: usize,
}

impl Parameters for TrainedBy<'_> {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        let whose: Vec<bool> = (self.model.names().iter())
            .map(|name| self.model.optimiser_of(name) == Some(self.optimiser))
            .collect();
        let mut whose = whose.into_iter();
        self.model.visit_mut(&mut |name, parameter| {
            if whose.next() == Some(true) {
                visit(name, parameter);
            }
        });
    }
}
