//! A scored study as columns.

use std::path::{Path, PathBuf};

use polars::series::Series;

use super::series::{count, flag, frame, maybe, maybe_count, number, text};
use super::{files, observers, people};
use crate::Result;
use lab_score::study::mixed::Term;
use lab_score::study::{CountRow, SetRow, StudyRecord};

/// Writes the tables of a study into `folder`, each as `NAME.parquet` and `NAME.csv`.
///
/// | table | a row |
/// |---|---|
/// | `sets` | a dataset and condition |
/// | `images` | an image of a set |
/// | `raters` | a person |
/// | `subjects` | a brain of a set; left out where reconstructions are of no single brain |
/// | `observers` | a model observer on the trials of a set; this one and the next three are left out if none was asked |
/// | `observers_people` | a set: how far people agree with each other |
/// | `observers_trials` | a model observer and a trial: its margin |
/// | `observers_weights` | an observer in the combination of a set |
/// | `printed` | a count that a printed percentage could come from; left out without one |
/// | `people` | a person, with what may tell a program's answers from a person's; left out where that cannot be asked |
/// | `people_without` | a set with everybody, and without those who stand out; left out if nobody does |
/// | `people_simulated` | a kind of scripted agent in simulated studies of this size; left out as `people` |
///
/// # Errors
/// As [`super::write`].
///
/// # Determinism
/// The same study gives the same bytes.
pub fn write_study(study: &StudyRecord, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut tables = vec![
        ("sets", sets(study)),
        ("images", images(study)),
        ("raters", raters(study)),
        ("subjects", subjects(study)),
        ("printed", printed(study)),
        ("people", people::people(study)),
        ("people_without", people::without(study)),
        ("people_simulated", people::simulated(study)),
    ];
    tables.extend(observers::tables(study));
    let mut paths = Vec::new();
    for (name, columns) in tables {
        if columns.first().is_some_and(|column| !column.is_empty()) {
            paths.extend(files::write(name, &mut frame(name, columns)?, folder)?);
        }
    }
    Ok(paths)
}

fn sets(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.sets;
    let mut columns = vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        count("n_alternatives", rows, |row| row.n_alternatives as usize),
    ];
    columns.extend(counted("decisions", rows, |row| &row.overall));
    columns.extend(counted("images", rows, |row| &row.by_image));
    let of = |name: &str, value: fn(&lab_score::study::ClusterRow) -> f64| {
        maybe(name, rows, |row| row.clusters.as_ref().map(value))
    };
    columns.extend([
        count("n_images_four_of_five", rows, |row| row.n_four_of_five),
        count("n_images_discovered", rows, |row| row.n_discovered),
        of("standard_error_clusters", |of| of.standard_error),
        of("low_clusters", |of| of.interval.0),
        of("high_clusters", |of| of.interval.1),
        of("p_clusters", |of| of.p),
        of("p_clusters_holm", |of| of.p_holm),
        of("design_effect", |of| of.design_effect),
        maybe("share_mixed", rows, |row| row.mixed.as_ref()?.share),
        maybe("low_mixed", rows, |row| {
            Some(row.mixed.as_ref()?.interval?.0)
        }),
        maybe("high_mixed", rows, |row| {
            Some(row.mixed.as_ref()?.interval?.1)
        }),
        maybe("p_mixed", rows, |row| row.mixed.as_ref()?.p),
        maybe("p_mixed_holm", rows, |row| row.mixed.as_ref()?.p_holm),
        maybe("sd_image", rows, |row| spread(row, Term::Image)),
        maybe("sd_distractor", rows, |row| spread(row, Term::Distractor)),
        maybe("sd_rater", rows, |row| spread(row, Term::Rater)),
        maybe_count("n_raters", rows, |row| row.clusters.as_ref()?.n_raters),
        maybe("d_prime", rows, |row| row.projection.map(|of| of.d_prime)),
        maybe("projected_5", rows, |row| {
            row.projection.map(|of| of.among[0])
        }),
        maybe("projected_10", rows, |row| {
            row.projection.map(|of| of.among[1])
        }),
        maybe("projected_50", rows, |row| {
            row.projection.map(|of| of.among[2])
        }),
        maybe("agreement_alpha", rows, |row| row.agreement?.alpha),
        maybe("agreement_pairs", rows, |row| {
            row.agreement.map(|of| of.pairs)
        }),
        maybe("agreement_with_majority", rows, |row| {
            row.agreement.map(|of| of.with_majority)
        }),
        maybe_count("n_catch", rows, |row| {
            row.catch_trials.map(|(_, n)| n as usize)
        }),
        maybe_count("n_catch_passed", rows, |row| {
            row.catch_trials.map(|(n, _)| n as usize)
        }),
        maybe_count("n_subjects", rows, |row| {
            row.prevalence.map(|of| of.n_subjects)
        }),
        maybe_count("n_subjects_significant", rows, |row| {
            row.prevalence.map(|of| of.n_significant)
        }),
        maybe("prevalence", rows, |row| {
            row.prevalence.map(|of| of.most_probable)
        }),
        maybe("prevalence_low", rows, |row| {
            row.prevalence.map(|of| of.interval.0)
        }),
        maybe("prevalence_high", rows, |row| {
            row.prevalence.map(|of| of.interval.1)
        }),
    ]);
    columns
}

/// Standard deviation of a term's levels in log-odds, if the term is in the model.
fn spread(row: &SetRow, term: Term) -> Option<f64> {
    let deviations = &row.mixed.as_ref()?.deviations;
    Some(deviations.iter().find(|of| of.term == term)?.sd)
}

/// Columns of a count, named for what is counted.
fn counted(what: &str, rows: &[SetRow], of: fn(&SetRow) -> &CountRow) -> Vec<Series> {
    let column = |name: &str, value: fn(&CountRow) -> f64| {
        number(&format!("{name}_{what}"), rows, |row| value(of(row)))
    };
    vec![
        column("n_correct", |row| row.n_correct),
        count(&format!("n_{what}"), rows, |row| of(row).n),
        column("share", |row| row.share),
        column("chance", |row| row.chance),
        column("wilson_low", |row| row.wilson.0),
        column("wilson_high", |row| row.wilson.1),
        column("exact_low", |row| row.clopper_pearson.0),
        column("exact_high", |row| row.clopper_pearson.1),
        column("p_binomial", |row| row.p),
        column("p_binomial_holm", |row| row.p_holm),
    ]
}

fn images(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.images;
    vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        text("image", rows, |row| &row.image),
        count("n_correct", rows, |row| row.n_correct as usize),
        count("n", rows, |row| row.n as usize),
        number("p_binomial", rows, |row| row.p),
        number("q_false_discovery", rows, |row| row.q),
    ]
}

fn raters(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.raters;
    vec![
        text("rater", rows, |row| &row.rater),
        count("n_correct", rows, |row| row.n_correct as usize),
        count("n", rows, |row| row.n as usize),
        number("chance", rows, |row| row.chance),
        count("n_catch_passed", rows, |row| row.n_catch_passed as usize),
        count("n_catch", rows, |row| row.n_catch as usize),
        maybe("median_rt_ms", rows, |row| row.median_rt_ms),
    ]
}

fn subjects(study: &StudyRecord) -> Vec<Series> {
    let rows = &study.scores.subjects;
    vec![
        text("set", rows, |row| &row.set),
        text("condition", rows, |row| &row.condition),
        text("subject", rows, |row| &row.subject),
        count("n_correct", rows, |row| row.n_correct as usize),
        count("n", rows, |row| row.n as usize),
        number("p", rows, |row| row.p),
    ]
}

fn printed(study: &StudyRecord) -> Vec<Series> {
    let rows: Vec<_> = study
        .printed
        .iter()
        .flat_map(|row| row.counts.iter().map(move |count| (row, *count)))
        .collect();
    let rows = &rows;
    vec![
        text("set", rows, |(row, _)| &row.set),
        text("what", rows, |(row, _)| &row.what),
        text("printed", rows, |(row, _)| &row.printed),
        flag("impossible", rows, |(row, _)| row.is_impossible),
        count("n", rows, |(row, _)| row.n as usize),
        number("n_correct", rows, |(_, of)| of.n_correct),
        number("share", rows, |(_, of)| of.share),
        number("chance", rows, |(_, of)| of.chance),
        number("wilson_low", rows, |(_, of)| of.wilson.0),
        number("wilson_high", rows, |(_, of)| of.wilson.1),
        number("exact_low", rows, |(_, of)| of.clopper_pearson.0),
        number("exact_high", rows, |(_, of)| of.clopper_pearson.1),
        number("p_binomial", rows, |(_, of)| of.p),
    ]
}
