//! Where a model looks: attention of the last position of a history to its items.
//!
//! In: a model to use and a history. Out: [`Attention`], weights for each block of the networks. They tell where a block takes from, not what changes
//! the score (Jain and Wallace, "Attention is not Explanation", NAACL 2019); leaving an item out does (`explain.rs`).

use burn::tensor::Device;
use serde::Serialize;

use super::{Checkpoint, CheckpointError, Config, Run, RunError, plan::pack_histories, readback::read};
use crate::{device::Compute, model::Recommender};

/// Network that a block belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionPart {
    /// The encoder of the posterior mean.
    Encoder,
    /// The decoder behind the latents.
    Decoder,
}

/// Attention of one block.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttentionLayer {
    pub part: AttentionPart,
    /// Number of the block within its network, from 1.
    pub layer: u32,
    /// Weight of each item that the model sees, oldest first, mean over the heads; they add up to 1.
    pub weights: Vec<f32>,
}

/// Attention of the last position.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Attention {
    /// Place in the history, from 0, of the first item that the model sees.
    pub from: u32,
    /// Blocks in the order in which they are passed; empty if the model has none, as those of bags.
    pub layers: Vec<AttentionLayer>,
}

async fn attention(model: &Recommender, history: &[u32], config: &Config, device: &Device) -> Result<Attention, RunError> {
    let (Recommender::Sequence(network), false) = (model, history.is_empty()) else {
        return Ok(Attention::default());
    };
    let seen = history.len().min(config.model.max_length);
    let batch = pack_histories(&[history], config.model.max_length, device);
    // The one sequence of the batch stands at its beginning.
    let weights = network.attention_at(&batch, config.view.sampling, seen - 1, &(0..seen));
    let mut layers = Vec::new();
    for (part, blocks) in [AttentionPart::Encoder, AttentionPart::Decoder].into_iter().zip(weights) {
        for (weights, layer) in blocks.into_iter().zip(1..) {
            layers.push(AttentionLayer {
                part,
                layer,
                weights: read(weights).await?,
            });
        }
    }
    Ok(Attention {
        from: (history.len() - seen) as u32,
        layers,
    })
}

impl Run {
    /// Attention of the last position of `history` (item indices, oldest first) by the present weights.
    pub async fn attention(&self, history: &[u32]) -> Result<Attention, RunError> {
        let plan = self.plan();
        plan.check_items(history)?;
        attention(&self.inference_model(), history, &plan.config, plan.device()).await
    }
}

impl Checkpoint {
    /// The same by the model to use; no data is needed.
    pub async fn attention(&self, history: &[u32], compute: Compute) -> Result<Attention, CheckpointError> {
        let device = compute.device();
        let model = self.model_for(history, device)?;
        Ok(attention(&model, history, &self.record.config, device).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::*;
    use crate::{
        log::{Example, ReadOptions, generate},
        model::ModelKind,
    };

    fn run(kind: ModelKind) -> Run {
        let data = Arc::new(generate(&Example::default()).unwrap());
        let mut config = Config::default();
        config.model.kind = kind;
        config.model.hidden_size = 8;
        config.model.max_length = 4;
        let mut run = Run::new(config, data, Compute::cpu()).unwrap();
        block_on(run.step()).unwrap();
        run
    }

    #[test]
    fn each_block_deals_its_attention_out_among_what_it_sees() {
        let run = run(ModelKind::Contrastvae);
        let found = block_on(run.attention(&[5, 6, 7, 8, 9, 5])).unwrap();
        assert_eq!(found.from, 2);
        let parts: Vec<_> = found.layers.iter().map(|layer| (layer.part, layer.layer)).collect();
        let blocks = run.config().model.layers as u32;
        assert_eq!(parts.len() as u32, 2 * blocks);
        assert_eq!(
            (parts[0], parts[blocks as usize]),
            ((AttentionPart::Encoder, 1), (AttentionPart::Decoder, 1))
        );
        for layer in &found.layers {
            assert_eq!(layer.weights.len(), 4);
            assert!((layer.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
        // What is out of sight changes nothing.
        assert_eq!(block_on(run.attention(&[1, 1, 7, 8, 9, 5])).unwrap(), found);
        let checkpoint = block_on(run.checkpoint(&ReadOptions::with_k_core(1))).unwrap();
        let by_file = block_on(checkpoint.attention(&[5, 6, 7, 8, 9, 5], Compute::cpu())).unwrap();
        assert_eq!(by_file, found);
        assert!(block_on(run.attention(&[])).unwrap().layers.is_empty());
    }

    #[test]
    fn a_bag_has_none() {
        let run = run(ModelKind::Vaecf);
        assert!(block_on(run.attention(&[1, 2])).unwrap().layers.is_empty());
    }
}
