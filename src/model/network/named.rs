//! Parameters of the network by their names, which are those of the official checkpoints where these have them.
//!
//! In: a name. Out: what it names; and the values at the start that a configuration gives some of them.

use burn::tensor::Tensor;

use super::ContrastVae;
use crate::model::Parameters;

/// Name of the linear log-variance; the official code has none, so it is this program's own.
const LOGVAR_HEAD: &str = "item_encoder_logvar.linear";
/// Name of its bias.
const LOGVAR_BIAS: &str = "item_encoder_logvar.linear.bias";
/// Name of the linear map of the adaptive prior, this program's own as well.
const PRIOR_HEAD: &str = "prior_mean.linear";
/// Name of the logarithm of a cosine head's scale, of this program as well.
const LOG_SCALE: &str = "item_decoder_head.log_scale";

impl ContrastVae {
    /// Gives the bias of the linear log-variance a value, which decides how wide posteriors are at the start; without a linear head
    /// nothing changes.
    pub fn start_log_variance_at(&mut self, value: f64) {
        self.visit_mut(&mut |name, parameter| {
            if name == LOGVAR_BIAS {
                *parameter = parameter.zeros_like().add_scalar(value);
            }
        });
    }

    /// Gives the learned temperature of a cosine head its value at the start; with dot products nothing changes.
    pub fn start_temperature_at(&mut self, value: f64) {
        if let Some(log_scale) = &mut self.comparison.log_scale {
            *log_scale = log_scale.zeros_like().add_scalar(-value.ln());
        }
    }
}

impl Parameters for ContrastVae {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        visit("item_embeddings.weight", &mut self.item_embeddings);
        visit("position_embeddings.weight", &mut self.position_embeddings);
        self.norm.visit_mut("LayerNorm", visit);
        for (name, stack) in [
            ("item_encoder_mu", &mut self.encoder_mu),
            ("item_encoder_logvar", &mut self.encoder_logvar),
            ("item_decoder", &mut self.decoder),
        ] {
            for (layer, block) in stack.iter_mut().enumerate() {
                block.visit_mut(&format!("{name}.layer.{layer}"), visit);
            }
        }
        if let Some(logit_alpha) = &mut self.logit_alpha {
            visit("latent_dropout_VD.logitalpha", logit_alpha);
        }
        if let Some(log_scale) = &mut self.comparison.log_scale {
            visit(LOG_SCALE, log_scale);
        }
        if let Some(head) = &mut self.logvar_head {
            head.visit_mut(LOGVAR_HEAD, visit);
        }
        if let Some(head) = &mut self.prior_head {
            head.visit_mut(PRIOR_HEAD, visit);
        }
    }
}
