//! The report of `diagnose` for people: each number, and under it a line on how to read it.
//!
//! In: a [`Report`]. Out: plain text of a page or two.

use contrastvae::run::{LatentSource, PosteriorReport};

use crate::diagnose::Report;
use crate::measures::grouping_title;
use crate::report::count;

/// A number as it is told, of the posteriors at the last position and at all positions.
type Tell = fn(&PosteriorReport) -> String;

/// Numbers of posteriors, with how to read them.
const NUMBERS: [(&str, Tell, &str); 9] = [
    (
        "KL to N(0, I), nats",
        |p| format!("{:.2}", p.kl),
        "what the latent costs; near 0 the posterior is N(0, I) and says nothing of the user",
    ),
    (
        "KL of a dimension, least to most",
        |p| {
            let least = p.kl_per_dim.iter().copied().fold(f64::INFINITY, f64::min);
            format!("{least:.3} to {:.3}", p.kl_per_dim.iter().copied().fold(0.0, f64::max))
        },
        "dimensions near 0 have collapsed, even where the sum is large",
    ),
    (
        "Active units",
        |p| format!("{} of {}", p.active_units, p.dimensions),
        "dimensions whose mean differs from user to user (variance 0.01 or more); a layer norm may make all look active before training",
    ),
    (
        "Collapsed share",
        |p| format!("{:.3}", p.collapsed_share),
        "share of dimensions that are the prior (KL below 0.01) for 99 % of the rows; 1 is full collapse",
    ),
    (
        "Mean variance",
        |p| format!("{:.4}", p.mean_variance),
        "1 is the prior's; near 0 the posterior has become a point and no noise is left",
    ),
    (
        "Mutual information, nats",
        |p| format!("{:.2} of {:.2}", p.mutual_information, p.mutual_information_ceiling),
        "what the latent knows of whose it is; 0 nothing, and at the ceiling (ln of the rows) only \"at least so much\"",
    ),
    (
        "Marginal KL, nats",
        |p| format!("{:.2}", p.marginal_kl),
        "how far all latents together lie from where the prior samples; KL less mutual information",
    ),
    (
        "Effective rank, means (covariance)",
        |p| format!("{:.1} ({:.1})", p.effective_rank, p.effective_rank_of_covariance),
        "directions in which the means spread; far below the width is dimensional collapse",
    ),
    (
        "Uniformity",
        |p| or_dash(p.uniformity),
        "how evenly the means' directions fill the sphere; lower is more even, 0 is one direction for all",
    ),
];

/// The whole report.
pub fn of(report: &Report) -> String {
    let last = &report.last;
    let mut text = format!(
        "{} users and {} of their positions, {} dimensions, {:.1} s\n\n{:36}{:>18}{:>18}\n",
        count(last.rows as usize),
        count(report.positions.rows as usize),
        last.dimensions,
        report.seconds,
        "",
        "last position",
        "all positions"
    );
    for (name, tell, reading) in NUMBERS {
        text += &format!("{name:36}{:>18}{:>18}\n    {reading}\n", tell(last), tell(&report.positions));
    }
    if let Some(kl) = report.kl_to_prior {
        text += &format!(
            "{:36}{kl:>18.2}\n    what the objective weighs; near 0 the latent says of the user what the prior, of the mean of the items, says too\n",
            "KL to the adaptive prior, nats"
        );
    }
    text += &attributes(report);
    text += &views(report);
    text += &groups(report);
    text += &reliance(report);
    text
}

fn attributes(report: &Report) -> String {
    let Some(found) = &report.attributes else {
        return String::new();
    };
    let mut text = format!(
        "\n{:36}{:>18}\n    {}\n",
        "Mutual information gap (MIG)",
        or_dash(found.mean_gap),
        "1 if each attribute is known by one dimension alone, 0 if by two alike"
    );
    for row in &found.attributes {
        let whose = match row.tied {
            Some(tied) if tied == row.best => format!("dimension {tied}, tied to it"),
            Some(tied) => format!(
                "dimension {}; {tied}, tied to it, {:.3}",
                row.best,
                row.tied_information.unwrap_or_default()
            ),
            None => format!("dimension {}", row.best),
        };
        text += &format!(
            "  {:24} gap {}  {:.3} of {:.3} nats by {whose}; second {:.3}\n",
            row.attribute,
            or_dash(row.gap),
            row.best_information,
            row.entropy,
            row.second_information
        );
    }
    text
}

fn views(report: &Report) -> String {
    if report.views.alignment.is_none() {
        return "\nThe model has one view, so there is nothing to align.\n".to_owned();
    }
    let padded = report.padded.as_ref();
    let mut text = format!(
        "\n{:36}{:>18}{:>18}\n",
        "Two views, pooled over",
        "real positions",
        if padded.is_some() { "padded windows" } else { "" }
    );
    let bound = |bound: Option<f64>, ceiling: Option<f64>| match (bound, ceiling) {
        (Some(bound), Some(ceiling)) => format!("{bound:.2} of {ceiling:.2}"),
        _ => "-".to_owned(),
    };
    for (name, real, padded, reading) in [
        (
            "Alignment",
            or_dash(report.views.alignment),
            padded.map(|padded| or_dash(padded.alignment)),
            "squared distance of the two views of a user; 0 is equal directions, 2 what unrelated ones have",
        ),
        (
            "Uniformity",
            or_dash(report.views.view_uniformity),
            padded.map(|padded| or_dash(padded.view_uniformity)),
            "good alignment beside a uniformity near 0 is collapse, not agreement",
        ),
        (
            "Contrastive bound, nats",
            bound(report.views.contrastive_bound, report.views.contrastive_ceiling),
            padded.map(|padded| bound(padded.contrastive_bound, padded.contrastive_ceiling)),
            "the views share at least so much information; below 0 it says nothing",
        ),
    ] {
        text += &format!("{name:36}{real:>18}{:>18}\n    {reading}\n", padded.unwrap_or_default());
    }
    text
}

fn groups(report: &Report) -> String {
    let mut text = String::new();
    for grouping in &report.groups {
        text += &format!("\n{}\n", grouping_title(grouping.grouping));
        for group in &grouping.groups {
            text += &format!("{:>8}  {:>7} users", group.label, group.users);
            if let (Some(kl), Some(variance)) = (group.kl, group.mean_variance) {
                text += &format!("  KL {kl:.2}  mean variance {variance:.4}");
            }
            text.push('\n');
        }
    }
    text + "    a variance that vanishes, or a KL that falls, for rare or for common answers is collapse for those alone\n"
}

fn reliance(report: &Report) -> String {
    let Some(reliance) = &report.reliance else {
        return String::new();
    };
    let mut text = format!(
        "\nThe validation of {} users, if the decoder is given\n",
        count(reliance.users as usize)
    );
    for row in &reliance.latents {
        let name = match row.latent {
            LatentSource::Mean => "mu",
            LatentSource::MeanPlusDeviation => "mu + sigma",
            LatentSource::Sample => "mu + sigma * noise",
            LatentSource::OtherUser => "another user's latents",
            LatentSource::Prior => "draws from the prior",
        };
        let change = if row.latent == reliance.scored_at {
            "  where the model is scored".to_owned()
        } else {
            format!("  ({:+.4}, {:+.4})", row.recall_20_change, row.ndcg_20_change)
        };
        text += &format!(
            "  {name:24} Recall@20 {:.4}  NDCG@20 {:.4}{change}\n",
            row.measures.recall_20, row.measures.ndcg_20
        );
    }
    text + "    if another user's latents, or the prior's, do as well, the decoder does not use the latent\n"
}

fn or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}
