//! Model observers of a study as columns.

use polars::series::Series;

use super::series::{count, maybe, maybe_count, number, text};
use lab_score::study::StudyRecord;
use lab_score::study::observers::{ObserverKind, Over};

/// Name and columns of each table.
pub(super) fn tables(study: &StudyRecord) -> [(&'static str, Vec<Series>); 4] {
    [
        ("observers", observers(study)),
        ("observers_people", people(study)),
        ("observers_trials", trials(study)),
        ("observers_weights", weights(study)),
    ]
}

fn kind(of: ObserverKind) -> &'static str {
    match of {
        ObserverKind::Pixels => "pixels",
        ObserverKind::Features => "features",
        ObserverKind::Cue => "cue",
        ObserverKind::Combination => "combination",
    }
}

fn observers(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.observers.rows;
    vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        text("observer", rows, |row| &row.observer),
        text("kind", rows, |row| kind(row.kind)),
        number("n_correct", rows, |row| row.accuracy.n_correct),
        count("n_trials", rows, |row| row.accuracy.n),
        count("n_ties", rows, |row| row.n_ties),
        number("share", rows, |row| row.accuracy.share),
        number("wilson_low", rows, |row| row.accuracy.wilson.0),
        number("wilson_high", rows, |row| row.accuracy.wilson.1),
        number("p_binomial", rows, |row| row.accuracy.p),
        number("p_binomial_holm", rows, |row| row.accuracy.p_holm),
        maybe("low_clusters", rows, |row| Some(row.clusters?.interval.0)),
        maybe("high_clusters", rows, |row| Some(row.clusters?.interval.1)),
        maybe("p_clusters", rows, |row| Some(row.clusters?.p)),
        maybe("p_clusters_holm", rows, |row| Some(row.clusters?.p_holm)),
        maybe("p_permutation", rows, |row| Some(row.permutation?.p)),
        maybe("p_permutation_holm", rows, |row| {
            Some(row.permutation?.p_holm)
        }),
        maybe_count("n_permutations", rows, |row| {
            Some(row.permutation?.n_permutations)
        }),
        number("share_people", rows, |row| row.people),
        maybe("rho", rows, |row| Some(row.ranked?.rho)),
        maybe("rho_low", rows, |row| Some(row.ranked?.interval?.0)),
        maybe("rho_high", rows, |row| Some(row.ranked?.interval?.1)),
        maybe_count("n_images", rows, |row| Some(row.ranked?.n_images)),
        count("n_decisions", rows, |row| row.consistency.n as usize),
        number("consistency_observed", rows, |row| row.consistency.observed),
        number("consistency_expected", rows, |row| row.consistency.expected),
        maybe("consistency_kappa", rows, |row| row.consistency.kappa),
    ]
}

fn people(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.observers.ceilings;
    vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        maybe("rho_ceiling", rows, |row| row.ranked),
        text("pairs_over", rows, |row| match row.over {
            Over::Trials => "trials",
            Over::Images => "images",
        }),
        maybe_count("n_pairs", rows, |row| Some(row.consistency?.n as usize)),
        maybe("consistency_observed", rows, |row| {
            Some(row.consistency?.observed)
        }),
        maybe("consistency_expected", rows, |row| {
            Some(row.consistency?.expected)
        }),
        maybe("consistency_kappa", rows, |row| row.consistency?.kappa),
    ]
}

fn trials(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.observed;
    vec![
        text("observer", rows, |row| &row.observer),
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        text("subject", rows, |row| &row.subject),
        text("image", rows, |row| &row.image),
        text("distractor", rows, |row| &row.distractor),
        number("margin", rows, |row| row.margin),
    ]
}

fn weights(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.observers.weights;
    vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        text("observer", rows, |row| &row.observer),
        number("weight", rows, |row| row.weight),
    ]
}
