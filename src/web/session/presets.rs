//! The presets, as the page offers them.

use crate::run::{Config, PRESETS};
use crate::web::protocol::Preset;

/// All presets with their configurations.
pub(super) fn presets() -> Vec<Preset> {
    PRESETS
        .iter()
        .filter_map(|&(name, about)| {
            let config = Config::preset(name).ok()?;
            Some(Preset {
                name: name.to_owned(),
                about: about.to_owned(),
                config,
            })
        })
        .collect()
}
