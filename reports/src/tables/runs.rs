//! Several runs as columns.

use std::path::{Path, PathBuf};

use polars::prelude::NamedFrom;
use polars::series::Series;

use super::series::{count, ends, flag, frame, maybe, maybe_count, text};
use super::{files, names};
use crate::Result;
use lab_score::runs::{Against, ComparedRuns, RunFacts, RunRow};

/// Writes the table of several runs into `folder`, as `runs.parquet` and `runs.csv`: a row a run and score.
///
/// Columns: `run` (its label), `experiment`, `run_hash`, `seed`, `toy`, `simulated`, `statistic`, `observer`, `in_loss`,
/// `direction`, `value`, `chance`, `n_images`, `interval_low`, `interval_high`, `interval_method`, `paired_with` (the first
/// run's label, null if the score is not compared image by image), and of the differences from it: `difference`,
/// `difference_n_images`, `difference_low`, `difference_high`, `difference_method`, `p_sign_flip`, `p_sign_flip_ties_whole`, `n_sign_flips`, `p_holm`.
///
/// # Errors
/// As [`super::write`].
///
/// # Determinism
/// The same runs give the same bytes.
pub fn write_runs(compared: &ComparedRuns, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut frame = frame("runs", columns(compared))?;
    Ok(files::write("runs", &mut frame, folder)?.into())
}

/// A fact of each row's run.
fn of_run(name: &str, compared: &ComparedRuns, fact: fn(&RunFacts) -> &str) -> Series {
    let rows = compared.rows.iter();
    let facts = rows.map(|row| fact(&compared.runs[row.run]));
    Series::new(name.into(), facts.collect::<Vec<&str>>())
}

fn columns(compared: &ComparedRuns) -> Vec<Series> {
    let rows = &compared.rows;
    let of = |row: &RunRow| -> &RunFacts { &compared.runs[row.run] };
    let seeds: Vec<u64> = rows.iter().map(|row| of(row).seed).collect();
    let first = compared
        .runs
        .first()
        .map_or("", |run: &RunFacts| &run.label);
    let paired: Vec<Option<&str>> = rows
        .iter()
        .map(|row| row.against_first.as_ref().map(|_| first))
        .collect();
    let against = |name: &str, value: fn(&Against) -> Option<f64>| {
        maybe(name, rows, |row| row.against_first.as_ref().and_then(value))
    };
    let method = |method: Option<_>| method.map_or("", names::interval_method);
    let [low, high] = ends("interval", rows, |row| row.interval);
    vec![
        of_run("run", compared, |run| &run.label),
        of_run("experiment", compared, |run| &run.name),
        of_run("run_hash", compared, |run| &run.run_hash),
        Series::new("seed".into(), seeds),
        flag("toy", rows, |row| of(row).toy.is_some()),
        flag("simulated", rows, |row| of(row).simulated.is_some()),
        text("statistic", rows, |row| names::statistic(row.statistic)),
        text("observer", rows, |row| row.observer.as_str()),
        flag("in_loss", rows, |row| row.in_loss),
        text("direction", rows, |row| names::direction(row.direction)),
        maybe("value", rows, |row| {
            row.value.is_finite().then_some(row.value)
        }),
        maybe("chance", rows, |row| row.chance),
        count("n_images", rows, |row| row.n_images),
        low,
        high,
        text("interval_method", rows, |row| method(row.interval_method)),
        Series::new("paired_with".into(), paired),
        against("difference", |of| Some(of.value)),
        maybe_count("difference_n_images", rows, |row| {
            row.against_first.as_ref().map(|of| of.n_images)
        }),
        against("difference_low", |of| of.interval.map(|(low, _)| low)),
        against("difference_high", |of| of.interval.map(|(_, high)| high)),
        text("difference_method", rows, |row| {
            method(row.against_first.as_ref().and_then(|of| of.interval_method))
        }),
        against("p_sign_flip", |of| of.p_sign_flip),
        against("p_sign_flip_ties_whole", |of| of.p_sign_flip_ties_whole),
        maybe_count("n_sign_flips", rows, |row| {
            row.against_first.as_ref().map(|_| compared.n_sign_flips)
        }),
        against("p_holm", |of| of.p_holm),
    ]
}
