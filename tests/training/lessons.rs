//! Claims of the page's lessons: their own configurations, out of the very file that the page reads, trained on the example
//! as the page trains them, and looked at as the page looks.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use contrastvae::{
    device::Compute,
    evaluate::{ByFrequency, FrequencyGroup, Grouping, Metrics, popularity},
    log::{Dataset, Example, Split, generate},
    run::{Config, DiagnosisOptions, LatentReport, Run},
};
use pollster::block_on;
use serde_json::Value;

const CONFIGURATIONS: &str = include_str!("../../www/features/lessons/configurations.json");

/// All configurations of the lessons by name.
fn configurations() -> BTreeMap<String, Config> {
    let told: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(CONFIGURATIONS).unwrap();
    let config = |settings: BTreeMap<String, Value>| {
        let mut config = Config::default();
        for (key, value) in settings {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            config.set(&key, &value).unwrap();
        }
        config
    };
    told.into_iter().map(|(name, settings)| (name, config(settings))).collect()
}

/// Numbers that a lesson shows after an epoch.
struct Look {
    report: LatentReport,
    metrics: Metrics,
    /// By how often the answer occurs in training, the rarest first.
    groups: Vec<FrequencyGroup>,
}

impl Look {
    fn active(&self) -> u32 {
        self.report.last.active_units
    }

    fn information(&self) -> f64 {
        self.report.last.mutual_information
    }

    fn alignment(&self) -> f64 {
        self.report.views.alignment.unwrap()
    }

    /// Recall@40 of users whose answer occurs less than twenty times in training.
    fn rare(&self) -> f32 {
        let rare = &self.groups[..2];
        let users: u32 = rare.iter().map(|group| group.users).sum();
        rare.iter()
            .map(|group| group.users as f32 * group.metrics.recall_40)
            .sum::<f32>()
            / users as f32
    }
}

/// The looks after the epochs of a run, the first at 0.
fn looks(name: &str, config: &Config, epochs: usize, data: &Arc<Dataset>) -> Vec<Look> {
    let frequency = ByFrequency::new(data, Split::Valid);
    let began = Instant::now();
    let mut run = Run::new(config.clone(), data.clone(), Compute::cpu()).unwrap();
    let mut looks = Vec::new();
    while looks.len() < epochs {
        if !block_on(run.step()).unwrap().epoch_ended {
            continue;
        }
        let mut evaluation = run.evaluation(Split::Valid);
        let metrics = loop {
            if let Some(metrics) = block_on(evaluation.advance(&run)).unwrap() {
                break metrics;
            }
        };
        let by = frequency.of_ranks(evaluation.ranks());
        let by = by.into_iter().find(|by| by.grouping == Grouping::TrainingFrequency);
        let mut diagnosis = run.diagnosis(DiagnosisOptions::each_epoch(data.sequences.len()));
        let report = loop {
            if let Some(found) = block_on(diagnosis.advance(&run)).unwrap() {
                break LatentReport::from(found);
            }
        };
        let look = Look {
            report,
            metrics,
            groups: by.unwrap().groups,
        };
        let (last, views) = (&look.report.last, &look.report.views);
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
        let recall = look.groups.iter().map(|group| format!("{:.3}", group.metrics.recall_40));
        println!(
            "{name:>13}, epoch {}: {:2} of {} units active, KL {:6.3}, information {:.3} of {:.2}, rank {:5.2}, alignment {}, \
             uniformity {}, NDCG@20 {:.4}, Recall@40 by frequency {}, {:.1} s",
            looks.len() + 1,
            last.active_units,
            last.dimensions,
            last.kl,
            last.mutual_information,
            last.mutual_information_ceiling,
            last.effective_rank,
            number(views.alignment),
            number(views.view_uniformity),
            look.metrics.ndcg_20,
            recall.collect::<Vec<_>>().join(" "),
            began.elapsed().as_secs_f64(),
        );
        looks.push(look);
    }
    looks
}

/// The latest look of each configuration, trained to the epoch at which a lesson speaks of it, on two threads.
fn after(wanted: &[(&str, usize)], data: &Arc<Dataset>) -> BTreeMap<String, Vec<Look>> {
    let configurations = configurations();
    let halves: Vec<Vec<&(&str, usize)>> = (0..2).map(|half| wanted.iter().skip(half).step_by(2).collect()).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = halves
            .into_iter()
            .map(|half| {
                let configurations = &configurations;
                scope.spawn(move || {
                    half.into_iter()
                        .map(|&(name, epochs)| (name.to_owned(), looks(name, &configurations[name], epochs, data)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn last<'a>(found: &'a BTreeMap<String, Vec<Look>>, name: &str) -> &'a Look {
    found[name].last().unwrap()
}

#[test]
fn the_preset_is_the_first_configuration_of_the_lessons() {
    assert_eq!(Config::preset("collapse"), Ok(configurations()["collapse"].clone()));
    for (name, config) in configurations() {
        assert_eq!(config.check(), Ok(()), "{name}");
    }
}

/// "Watch a VAE collapse", "Cure it" and "The long tail".
#[test]
fn a_plain_vae_collapses_and_some_remedies_help() {
    let data = Arc::new(generate(&Example::default()).unwrap());
    let popular = popularity(&data, Split::Valid);
    let found = after(
        &[
            ("collapse", 6),
            ("few_free_bits", 5),
            ("lighter", 6),
            ("free_bits", 6),
            ("contrast", 6),
            ("no_contrast", 6),
            ("together", 4),
        ],
        &data,
    );
    // "Watch a VAE collapse": alive after the first epoch, dead two epochs later, and the ranking is that of popularity.
    let collapse = &found["collapse"];
    assert!(collapse[0].active() >= 12, "it begins alive");
    let dead = |look: &Look| 10 * look.active() < look.report.last.dimensions && look.information() < 0.1;
    assert!(
        collapse[3..].iter().all(dead),
        "fewer than a tenth of the units, and no information"
    );
    let ill = last(&found, "collapse");
    assert!((ill.metrics.ndcg_20 - popular.ndcg_20).abs() < 0.02);

    // "Cure it": a lighter KL keeps all units and far more information.
    let light = &found["lighter"][3];
    assert!(light.active() >= 15 && light.information() > 2.0 && light.metrics.ndcg_20 > 2.0 * popular.ndcg_20);
    // A floor of 0.05 nats keeps the KL and hardly anything else; one of 0.3 keeps all.
    let few = last(&found, "few_free_bits");
    assert!(few.report.last.kl > 3.0 * collapse[4].report.last.kl);
    assert!(
        few.active() <= 4 && few.information() < 0.2,
        "a KL above 0 is no proof of life"
    );
    let free = last(&found, "free_bits");
    assert!(found["free_bits"].iter().all(|look| look.active() >= 12) && free.information() > 0.5);
    assert!(free.metrics.ndcg_20 > few.metrics.ndcg_20 + 0.02);
    // Contrast keeps the units and a part of the information at the full weight; a second view without contrast does not.
    let contrast = &found["contrast"];
    let pulled = last(&found, "contrast");
    assert!(pulled.active() >= 12 && pulled.information() > 0.25 && pulled.metrics.ndcg_20 > 1.8 * popular.ndcg_20);
    assert!(
        pulled.information() < 0.5 * contrast[0].information(),
        "what the KL takes away it takes away"
    );
    assert!(dead(last(&found, "no_contrast")));

    // "The long tail": the collapsed model has its hits where popularity has them, a sound one also elsewhere.
    let (sound, with_contrast) = (&found["lighter"], last(&found, "together"));
    let common = |look: &Look| look.groups[4].metrics.recall_40;
    assert!(
        ill.groups[..4]
            .iter()
            .all(|group| group.metrics.recall_40 < 0.05 && group.popularity.recall_40 < 0.05)
    );
    assert!((common(ill) - ill.groups[4].popularity.recall_40).abs() < 0.05);
    let now = last(&found, "lighter");
    assert!(
        now.groups
            .iter()
            .zip(&ill.groups)
            .all(|(now, ill)| now.metrics.recall_40 > ill.metrics.recall_40)
    );
    assert!(now.groups[1].metrics.recall_40 > 0.35 && ill.groups[1].metrics.recall_40 < 0.01);
    // With contrast they are found sooner.
    assert!(
        with_contrast.rare() > sound[3].rare() + 0.05,
        "{} {}",
        with_contrast.rare(),
        sound[3].rare()
    );
}

/// "Two views".
#[test]
fn contrast_draws_views_together() {
    let data = Arc::new(generate(&Example::default()).unwrap());
    let found = after(&[("apart", 4), ("together", 4), ("changed", 4)], &data);
    let [apart, together, changed] = ["apart", "together", "changed"].map(|name| last(&found, name));
    assert!(together.alignment() < 0.8 * apart.alignment());
    assert!(together.report.views.view_uniformity < apart.report.views.view_uniformity);
    // The price: the latent holds more nats. The ranking is hardly another.
    assert!(together.report.last.kl > 1.3 * apart.report.last.kl);
    assert!((together.metrics.ndcg_20 - apart.metrics.ndcg_20).abs() < 0.06);
    // Changed histories are harder to tell apart and to draw together.
    assert!(changed.alignment() > 1.2 * together.alignment());
}
