use super::*;

#[test]
fn an_unknown_key_is_refused() {
    let error = serde_json::from_str::<Config>(r#"{"training":{"epoch":3}}"#).expect_err("must be refused");
    assert!(error.to_string().contains("epoch"), "{error}");
}

#[test]
fn annealing_rises_to_the_cap() {
    let mut config = Config::default();
    config.objective.kl_weight = 0.2;
    config.objective.kl_annealing_steps = 1000;
    assert_eq!(config.kl_weight_at(0), 0.0);
    assert_eq!(config.kl_weight_at(100), 0.1);
    assert_eq!(config.kl_weight_at(900), 0.2);
}

#[test]
fn the_other_schedules() {
    let mut config = Config::default();
    config.objective.kl_weight = 0.2;
    config.objective.kl_annealing_steps = 1000;
    config.objective.kl_schedule = KlSchedule::Cyclical;
    let at = [0, 250, 500, 999, 1000, 1250].map(|step| config.kl_weight_at(step));
    assert_eq!(at, [0.0, 0.1, 0.2, 0.2, 0.0, 0.1]);
    for schedule in [KlSchedule::Constant, KlSchedule::Length] {
        config.objective.kl_schedule = schedule;
        assert_eq!([0, 500].map(|step| config.kl_weight_at(step)), [0.2, 0.2]);
    }
}

#[test]
fn the_learning_rate_rises_and_falls_with_the_step_alone() {
    let mut config = Config::default();
    config.training.learning_rate = 0.1;
    config.training.epochs = 10;
    let rates = |config: &Config, steps: [usize; 4]| steps.map(|step| config.learning_rate_at(step, 4));
    assert_eq!(rates(&config, [0, 1, 39, 400]), [0.1; 4]);
    config.training.rate_schedule = RateSchedule::Halving;
    config.training.halving_epochs = 3;
    assert_eq!(rates(&config, [11, 12, 24, 100_000_000]), [0.1, 0.05, 0.025, 0.0]);
    config.training.rate_schedule = RateSchedule::Cosine;
    let [first, middle, last, after] = rates(&config, [0, 20, 39, 400]);
    assert!(first == 0.1 && (middle - 0.05).abs() < 1e-12 && last > 0.0 && last < 0.001 && after == 0.0);
    config.training.rate_schedule = RateSchedule::Constant;
    config.training.warmup_steps = 4;
    assert_eq!(rates(&config, [0, 1, 3, 4]), [0.025, 0.05, 0.1, 0.1]);
}

#[test]
fn the_composite_prior_is_renewed_each_epoch_or_every_so_many_steps() {
    let mut config = Config::default();
    assert!(!config.renews_prior_at(0, 4), "another prior has nothing to renew");
    config.objective.prior = Prior::Composite;
    let renewals = |config: &Config| (0..9).filter(|&step| config.renews_prior_at(step, 4)).collect::<Vec<_>>();
    assert_eq!(renewals(&config), [0, 4, 8]);
    config.objective.prior_steps = 3;
    assert_eq!(renewals(&config), [0, 3, 6]);
}
