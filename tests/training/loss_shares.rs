//! Shares of the terms in the total: with every form of every term the shares sum to what is minimised, and they are means over steps of
//! each step's weight times its term.

use std::sync::Arc;

use contrastvae::{
    device::Compute,
    log::{Dataset, Example, generate},
    model::{ModelKind, Prior},
    objective::{Contrast, ContrastPosition, Positives},
    run::{Config, KlSchedule, LossTerms, Mode, Reconstruction, Run, TermShares},
};
use pollster::block_on;

const STEPS: usize = 6;

fn data() -> Arc<Dataset> {
    let example = Example {
        users: 120,
        items: 60,
        ..Example::default()
    };
    Arc::new(generate(&example).expect("the example is valid"))
}

fn config() -> Config {
    let mut config = Config::default();
    config.model.hidden_size = 8;
    config.model.max_length = 10;
    config.training.batch_size = 40;
    config.objective.kl_weight = 0.7;
    config.objective.contrast_weight = 0.3;
    config
}

/// The losses of the first steps, one by one, with the weight of the KL in each.
fn losses(config: Config, compute: Compute) -> Vec<(LossTerms, f64)> {
    let mut run = Run::new(config, data(), compute).expect("the run begins");
    let mut all = Vec::new();
    for _ in 0..STEPS {
        let outcome = block_on(run.step()).expect("the step runs");
        let losses = match outcome.losses {
            Some(losses) => losses,
            None => block_on(run.read_losses()).expect("the losses are read"),
        };
        all.push((losses, outcome.kl_weight));
    }
    all
}

fn shares(losses: &LossTerms) -> TermShares {
    losses.shares.expect("a step knows its shares")
}

fn close(what: &str, found: f32, expected: f32) {
    assert!(
        (found - expected).abs() <= 2e-5 * expected.abs().max(1.0),
        "{what}: {found} against {expected}"
    );
}

fn sums_to_the_total(name: &str, losses: &[(LossTerms, f64)]) {
    for (losses, _) in losses {
        let of = shares(losses);
        let sum = of.reconstruction + of.kl + of.contrast + of.alpha_prior;
        close(&format!("the sum of the shares, {name}"), sum, losses.total);
        assert_eq!(of.reconstruction, losses.reconstruction, "{name}");
    }
}

/// A name, and what is changed.
type Case = (&'static str, fn(&mut Config));

const CASES: [Case; 14] = [
    ("plain", |_| {}),
    ("one view", |config| config.view.mode = Mode::Avae),
    ("variational", |config| config.view.mode = Mode::Variational),
    ("variational and data", |config| config.view.mode = Mode::VariationalData),
    ("free bits", |config| config.objective.free_bits = 0.5),
    ("by length", |config| config.objective.kl_schedule = KlSchedule::Length),
    ("variational with free bits", |config| {
        config.view.mode = Mode::Variational;
        config.objective.free_bits = 0.5;
    }),
    ("composite prior", |config| config.objective.prior = Prior::Composite),
    ("composite prior with free bits", |config| {
        config.objective.prior = Prior::Composite;
        config.objective.free_bits = 0.5;
    }),
    ("adaptive prior", |config| config.objective.prior = Prior::Adaptive),
    ("alignment and uniformity", |config| {
        config.objective.contrast = Contrast::AlignUniform
    }),
    ("two contrasts", |config| {
        config.objective.contrast_position = ContrastPosition::Last;
        config.objective.positives = Positives::Both;
    }),
    ("sampled negative", |config| {
        config.objective.reconstruction = Reconstruction::SampledNegative;
    }),
    ("rising weight", |config| config.objective.kl_annealing_steps = 10),
];

#[test]
fn the_shares_sum_to_what_is_minimised() {
    for (name, change) in CASES {
        let mut config = config();
        change(&mut config);
        sums_to_the_total(name, &losses(config, Compute::cpu()));
    }
}

#[test]
fn the_models_of_bags_have_shares_too() {
    for kind in [ModelKind::Vaecf, ModelKind::Recvae, ModelKind::Bivaecf] {
        let mut config = config();
        config.model.kind = kind;
        let losses = losses(config, Compute::cpu());
        sums_to_the_total(&format!("{kind:?}"), &losses);
        // The weight may rise from 0.
        let known = |(losses, weight): &(LossTerms, f64)| (shares(losses).kl != 0.0) == (*weight != 0.0);
        assert!(losses.iter().all(known), "{kind:?}");
        assert!(losses.iter().any(|(losses, _)| shares(losses).kl != 0.0), "{kind:?}");
        assert!(
            losses
                .iter()
                .all(|(losses, _)| shares(losses).contrast == 0.0 && shares(losses).alpha_prior == 0.0)
        );
    }
}

#[test]
fn a_share_is_the_weight_times_the_term() {
    let mut rising = config();
    rising.objective.kl_annealing_steps = 10;
    for (losses, weight) in losses(rising, Compute::cpu()) {
        let of = shares(&losses);
        close("KL", of.kl, weight as f32 * losses.kl);
        close("contrast", of.contrast, 0.3 * losses.contrast);
        assert_eq!(of.alpha_prior, 0.0);
    }
    // Each dimension counts at least the free bits, in both views; at the start none holds as much as ten nats.
    let mut free = config();
    free.objective.free_bits = 10.0;
    for (losses, weight) in losses(free, Compute::cpu()) {
        assert!(losses.kl < 10.0 * 8.0 * 2.0);
        close("free bits", shares(&losses).kl, (weight * 10.0 * 8.0 * 2.0) as f32);
    }
    let mut variational = config();
    variational.view.mode = Mode::Variational;
    for (losses, _) in losses(variational, Compute::cpu()) {
        // Alpha begins at one half.
        let alpha = 0.5f64;
        let prior = -(0.5 * alpha.ln() + 1.161_451_241_083_23 * alpha - 1.502_041_176_441_722 * alpha.powi(2)
            + 0.586_299_206_427_007 * alpha.powi(3));
        assert!((f64::from(shares(&losses).alpha_prior) - prior).abs() < 0.01);
    }
}

#[test]
fn the_mean_of_an_epoch_weighs_each_step_by_itself() {
    let mut config = config();
    config.objective.kl_annealing_steps = 3;
    let mut run = Run::new(config, data(), Compute::cpu()).expect("the run begins");
    let mut kl = Vec::new();
    loop {
        let outcome = block_on(run.step()).expect("the step runs");
        kl.push(shares(&outcome.losses.expect("the CPU reads each step")).kl);
        if outcome.epoch_ended {
            break;
        }
    }
    assert!(kl.len() > 1);
    let epoch = run.losses_under_way().expect("the epoch has losses");
    close("the epoch's KL", shares(&epoch).kl, kl.iter().sum::<f32>() / kl.len() as f32);
}

#[test]
fn what_an_earlier_version_wrote_has_no_shares() {
    let old = r#"{"total": 1.0, "reconstruction": 0.5, "kl": 2.0, "contrast": 0.25}"#;
    let losses: LossTerms = serde_json::from_str(old).expect("losses without shares");
    assert_eq!((losses.total, losses.shares), (1.0, None));
    let written = serde_json::to_string(&losses).expect("losses are written");
    assert!(!written.contains("shares"));
}
