//! The diagnosis of a run's latents agrees with what other ways of asking the same model give, and repeats itself.

use std::{sync::Arc, time::Instant};

use contrastvae::{
    device::Compute,
    evaluate::{Corruption, CorruptionKind, Grouping, Metrics, assign, group_labels},
    log::{Dataset, Example, Split, generate},
    model::{Prior, Sampling},
    run::{Config, DiagnosisOptions, KlSchedule, LatentSource, LatentSubject, Mode, Run, RunDiagnostics, UserHistory},
};
use pollster::block_on;

fn trained(mode: Mode, sampling: Sampling, users: u32, epochs: usize) -> Run {
    let data = generate(&Example {
        users,
        items: 60,
        ..Example::default()
    });
    let mut config = Config::default();
    config.view.mode = mode;
    config.view.sampling = sampling;
    config.model.hidden_size = 16;
    config.model.max_length = 12;
    config.training.epochs = epochs;
    let mut run = Run::new(config, Arc::new(data.unwrap()), Compute::cpu()).unwrap();
    while !run.is_finished() {
        block_on(run.step()).unwrap();
    }
    run
}

fn diagnose(run: &Run, options: DiagnosisOptions) -> RunDiagnostics {
    let mut diagnosis = run.diagnosis(options);
    let mut before = (0, diagnosis.progress().1);
    loop {
        let done = block_on(diagnosis.advance(run)).unwrap();
        let progress = diagnosis.progress();
        assert!(progress.0 > before.0 && progress.1 == before.1, "{before:?} {progress:?}");
        before = progress;
        if let Some(result) = done {
            assert_eq!(progress.0, progress.1);
            assert_eq!(
                block_on(diagnosis.advance(run)).unwrap().as_ref(),
                Some(&result),
                "it stays done"
            );
            return result;
        }
    }
}

fn validation(run: &Run) -> Metrics {
    let mut evaluation = run.evaluation(Split::Valid);
    loop {
        if let Some(metrics) = block_on(evaluation.advance(run)).unwrap() {
            return metrics;
        }
    }
}

fn with(rows: usize, reliance_users: usize) -> DiagnosisOptions {
    DiagnosisOptions {
        rows,
        reliance_users,
        ..DiagnosisOptions::default()
    }
}

fn of_source(diagnostics: &RunDiagnostics, source: LatentSource) -> Metrics {
    let rows = &diagnostics.reliance.as_ref().unwrap().latents;
    rows.iter().find(|row| row.latent == source).unwrap().metrics.clone()
}

#[test]
fn the_numbers_are_those_of_the_model() {
    for (sampling, scored_at) in [
        (Sampling::Paper, LatentSource::Mean),
        (Sampling::Official, LatentSource::MeanPlusDeviation),
    ] {
        let run = trained(Mode::Model, sampling, 400, 8);
        let found = diagnose(&run, with(1_000, 1_000));
        assert_eq!((found.last.rows, found.positions.rows), (400, 1_000));

        // The means are those of the map.
        let map = block_on(run.latents(LatentSubject::Users)).unwrap();
        for (dimension, variance) in found.last.collapse.variance_of_means.iter().enumerate() {
            let values: Vec<f64> = map.values.chunks_exact(16).map(|row| f64::from(row[dimension])).collect();
            let mean = values.iter().sum::<f64>() / 400.0;
            let expected = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 399.0;
            assert!((variance / expected - 1.0).abs() < 1e-5, "{dimension}: {variance} {expected}");
        }

        // With the user's own latent the ranking is the validation's, whatever the slices.
        let reliance = found.reliance.as_ref().unwrap();
        assert_eq!((reliance.users, reliance.scored_at), (400, scored_at));
        let own = of_source(&found, scored_at);
        let expected = validation(&run);
        assert!((own.ndcg_20 - expected.ndcg_20).abs() < 1e-6 && own.recall_20 == expected.recall_20);
        for source in [LatentSource::OtherUser, LatentSource::Prior] {
            let other = of_source(&found, source);
            assert!(other.ndcg_20 < 0.7 * own.ndcg_20, "{source:?}: {other:?} {own:?}");
        }

        // The groups are everybody, and their mean is the whole.
        for grouping in &found.groups {
            let users: u32 = grouping.groups.iter().map(|group| group.users).sum();
            let sum: f64 = grouping
                .groups
                .iter()
                .filter_map(|group| Some(group.kl? * f64::from(group.users)))
                .sum();
            assert_eq!(users, 400);
            assert!((sum / 400.0 / found.last.collapse.kl - 1.0).abs() < 1e-9);
            let assigned = assign(run.data(), Split::Test, grouping.grouping);
            for (label, (group, number)) in group_labels().iter().zip(grouping.groups.iter().zip(0u8..)) {
                assert_eq!(&group.label, label);
                assert_eq!(
                    group.users as usize,
                    assigned.iter().filter(|of| **of == Some(number)).count()
                );
                assert_eq!(group.kl.is_some(), group.users > 0);
            }
        }
        assert_eq!(found.groups[0].grouping, Grouping::AnswerFrequency);

        // Two views of the same user are nearer than two users; with official sampling they differ by dropout alone.
        let views = found.last.geometry.views.unwrap();
        assert_eq!(views.pairs, 400);
        assert!(views.alignment > 0.0 && views.alignment < 1.0, "{views:?}");
        let bound = found.last.contrast.unwrap();
        assert_eq!(bound.ceiling, 511f64.ln());
        assert!(bound.bound > 0.5 && bound.bound < bound.ceiling, "{bound:?}");
        assert_eq!(found.padded, None);
    }
}

#[test]
fn a_sample_repeats_itself_and_follows_the_seed() {
    let run = trained(Mode::Variational, Sampling::Paper, 300, 1);
    let found = diagnose(&run, with(100, 50));
    assert_eq!((found.last.rows, found.positions.rows), (100, 100));
    assert_eq!(found.reliance.as_ref().unwrap().users, 50);
    assert_eq!(found.groups[0].groups.iter().map(|group| group.users).sum::<u32>(), 100);
    assert_eq!(diagnose(&run, with(100, 50)), found);
    let other = diagnose(
        &run,
        DiagnosisOptions {
            seed: 9,
            ..with(100, 50)
        },
    );
    assert_ne!(other.last.collapse.kl, found.last.collapse.kl);
    assert!((other.last.collapse.kl / found.last.collapse.kl - 1.0).abs() < 0.1);
    let json = serde_json::to_string(&found).unwrap();
    let back: RunDiagnostics = serde_json::from_str(&json).unwrap();
    assert_eq!(back.reliance, found.reliance);
}

/// The KL to the adaptive prior is what training weighs, and is not that to N(0, I).
#[test]
fn an_adaptive_prior_is_told_apart_from_the_standard_one() {
    let data = Arc::new(
        generate(&Example {
            users: 200,
            items: 60,
            ..Example::default()
        })
        .unwrap(),
    );
    let trained = |prior: Prior| {
        let mut config = Config::default();
        config.view.mode = Mode::Avae;
        config.model.hidden_size = 16;
        config.model.max_length = 12;
        config.model.linear_logvar = true;
        config.objective.prior = prior;
        config.objective.kl_schedule = KlSchedule::Constant;
        config.objective.kl_weight = 0.2;
        config.training.epochs = 6;
        let mut run = Run::new(config, data.clone(), Compute::cpu()).unwrap();
        while !run.is_finished() {
            block_on(run.step()).unwrap();
        }
        diagnose(&run, with(1_000, 0))
    };
    let (standard, adaptive) = (trained(Prior::Standard), trained(Prior::Adaptive));
    assert_eq!(standard.kl_to_prior, None);
    let own = adaptive.kl_to_prior.unwrap();
    println!("{own:.3} to the own prior, {:.3} to N(0, I)", adaptive.last.collapse.kl);
    assert!(
        own > 0.0 && own < adaptive.last.collapse.kl,
        "{own} {}",
        adaptive.last.collapse.kl
    );
}

#[test]
fn one_view_has_nothing_to_align() {
    let run = trained(Mode::Avae, Sampling::Paper, 60, 1);
    let options = DiagnosisOptions {
        padded: true,
        ..with(30, 0)
    };
    let found = diagnose(&run, options);
    assert_eq!((found.last.geometry.views, found.last.contrast), (None, None));
    assert_eq!((found.padded, found.reliance), (None, None));
    assert!(found.last.collapse.kl > 0.0);
}

#[test]
fn padded_windows_are_pooled_apart() {
    let run = trained(Mode::Model, Sampling::Paper, 100, 2);
    let options = DiagnosisOptions {
        padded: true,
        ..with(80, 0)
    };
    let found = diagnose(&run, options);
    let padded = found.padded.unwrap();
    assert_eq!(padded.geometry.unwrap().pairs, 80);
    assert_eq!(padded.contrast.unwrap().ceiling, 159f64.ln());
    // Pads are the larger part of a window and know little of the user.
    assert_ne!(padded.geometry, found.last.geometry.views);
}

#[test]
fn posteriors_on_the_host_are_those_that_the_map_and_the_recommendations_are_made_of() {
    for (mode, widened, paired) in [
        (Mode::Model, true, true),
        (Mode::Data, true, true),
        (Mode::Avae, true, false),
        (Mode::Deterministic, false, false),
    ] {
        let run = trained(mode, Sampling::Paper, 60, 1);
        let users = run.sample_of_users(25);
        assert_eq!((users.len(), users[0], users[24]), (25, 0, 57), "spread over all sixty");
        let set = block_on(run.user_posteriors(&users, true)).unwrap();
        let map = block_on(run.user_latents(&users, UserHistory::BeforeTest)).unwrap();
        assert_eq!((&set.indices, set.dimensions), (&users, 16));
        let near = |a: &[f32], b: &[f32]| {
            assert_eq!(a.len(), b.len());
            let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-4, "{mode:?}: {apart}");
        };
        near(&set.mean, &map.values);
        assert_eq!(set.log_variance.len(), if widened { 25 * 16 } else { 0 });
        for view in [&set.first_view, &set.second_view] {
            assert_eq!(view.len(), if paired { 25 * 16 } else { 0 });
            assert!(view.iter().all(|value| value.is_finite()));
        }
        if paired {
            // Two draws of the same user are not the same, and nearer to each other than to another user's.
            let square = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let rows: Vec<(&[f32], &[f32])> = set
                .first_view
                .chunks_exact(16)
                .zip(set.second_view.chunks_exact(16))
                .collect();
            let own: f32 = rows.iter().map(|(first, second)| square(first, second)).sum::<f32>() / 25.0;
            let other: f32 = (0..25).map(|i| square(rows[i].0, rows[(i + 7) % 25].1)).sum::<f32>() / 25.0;
            assert!(own > 0.0 && own < other, "{mode:?}: {own} {other}");
            let again = block_on(run.user_posteriors(&users, true)).unwrap();
            assert_eq!(again, set, "the noise is always the same");
        }
        let history = UserHistory::BeforeTest.of(run.data(), users[3] as usize).to_vec();
        let alone = block_on(run.posterior_after(&history)).unwrap();
        near(&alone.mean, &set.mean[48..64]);
        assert!(alone.indices.is_empty());
        let error = block_on(run.posterior_after(&[60])).unwrap_err();
        assert!(error.to_string().contains("60"), "{error}");
        assert!(block_on(run.user_posteriors(&[60], false)).is_err());
    }
}

#[test]
fn a_latent_set_may_hold_the_answer_or_not() {
    let run = trained(Mode::Model, Sampling::Paper, 60, 1);
    let users: Vec<u32> = (0..60).collect();
    let before = block_on(run.user_latents(&users, UserHistory::BeforeTest)).unwrap();
    assert_eq!(before, block_on(run.latents(LatentSubject::Users)).unwrap());
    let whole = block_on(run.user_latents(&users, UserHistory::Whole)).unwrap();
    assert_ne!(before.values, whole.values);
    let error = block_on(run.user_latents(&[60], UserHistory::Whole)).unwrap_err();
    assert!(error.to_string().contains("no user number 60"), "{error}");
}

#[test]
fn a_spoiled_history_ranks_worse_and_none_ranks_the_same() {
    let run = trained(Mode::Model, Sampling::Paper, 400, 8);
    let of = |kind, share| {
        let mut evaluation = run
            .evaluation(Split::Test)
            .with_corruption(Corruption { kind, share, seed: 3 });
        loop {
            if let Some(metrics) = block_on(evaluation.advance(&run)).unwrap() {
                return metrics;
            }
        }
    };
    let plain = of(CorruptionKind::Deletion, 0.0);
    assert_eq!(plain, of(CorruptionKind::Replacement, 0.0));
    for kind in [CorruptionKind::Deletion, CorruptionKind::Replacement] {
        let spoiled = of(kind, 0.6);
        assert!(
            spoiled.users == 400 && spoiled.ndcg_20 < 0.95 * plain.ndcg_20,
            "{kind:?}: {spoiled:?} {plain:?}"
        );
    }
}

#[test]
fn a_single_user_cannot_be_diagnosed() {
    let mut data: Dataset = generate(&Example {
        users: 10,
        ..Example::default()
    })
    .unwrap();
    data.users.truncate(1);
    data.sequences.truncate(1);
    let run = Run::new(Config::default(), Arc::new(data), Compute::cpu()).unwrap();
    let mut diagnosis = run.diagnosis(DiagnosisOptions::default());
    let error = loop {
        match block_on(diagnosis.advance(&run)) {
            Ok(done) => assert!(done.is_none()),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("at least two rows"), "{error}");
}

#[test]
fn the_example_is_diagnosed_as_the_page_would_each_epoch() {
    let data = Arc::new(generate(&Example::default()).unwrap());
    let run = Run::new(Config::default(), data, Compute::cpu()).unwrap();
    let started = Instant::now();
    let found = diagnose(&run, DiagnosisOptions::default());
    println!("the example, default options: {} ms", started.elapsed().as_millis());
    assert_eq!((found.last.rows, found.positions.rows), (1_000, 2_048));
    assert_eq!(found.reliance.unwrap().users, 512);
    // A layer norm gives mu and ln s^2 about a unit spread each: (1 + e^(1/2) - 1) / 2 nats a dimension before any training.
    let of_a_dimension = found.positions.collapse.kl / f64::from(found.positions.dimensions);
    assert!((of_a_dimension - 0.824).abs() < 0.1, "{of_a_dimension}");
}
