//! The summary of a sweep: `sweep.csv`, `sweep.parquet`, `sweep.svg`, `sweep.png` and `sweep.pdf`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use lab_reports::charts::{SweepChart, SweepPanel, write_sweep};
use lab_reports::pdf::{CardPicture, SweepPages, Table};
use lab_reports::tables::{Column, write_columns};
use lab_runner::sweep::{QUESTION, Sweep};
use lab_runner::write_together;

use super::table::{Gathered, Row};
use super::unfinished::unfinished;

/// Name of the page.
const PAGE: &str = "sweep.pdf";
/// The setting whose values are repetitions.
const SEED: &str = "seed";
/// Most columns of values that fit on a page beside the figures.
const N_VALUES: usize = 4;

/// Writes the summary and gives back the path of the PDF. The files of an earlier one stand until all are written.
pub(super) fn write(gathered: &Gathered, sweep: &Sweep, out: &Path) -> Result<PathBuf> {
    write_together(out, |new| write_into(gathered, sweep, new))?;
    Ok(out.join(PAGE))
}

/// Writes every run with its settings and figures, as `sweep.csv` and `sweep.parquet`.
pub(super) fn write_table(gathered: &Gathered, out: &Path) -> Result<()> {
    write_columns("sweep", &columns(gathered), out)?;
    Ok(())
}

fn write_into(gathered: &Gathered, sweep: &Sweep, out: &Path) -> Result<()> {
    write_table(gathered, out)?;
    let chart = write_sweep(&chart(gathered), out)?;
    let picture = chart.map(|chart| CardPicture {
        title: chart.title,
        caption: chart.caption,
        file: chart.svg,
    });
    pages(gathered, sweep, picture)
        .write(&out.join(PAGE))
        .context("setting the page of the sweep")
}

/// The columns of the table: one for each setting, and one for each figure.
fn columns(gathered: &Gathered) -> Vec<(String, Column)> {
    let rows = &gathered.rows;
    let texts = |of: &dyn Fn(&Row) -> String| Column::Texts(rows.iter().map(of).collect());
    let setting = |idx: usize| {
        let numbers: Option<Vec<f64>> = rows
            .iter()
            .map(|row| row.values[idx].parse().ok())
            .collect();
        numbers.map_or_else(
            || texts(&|row| row.values[idx].clone()),
            |numbers| Column::Numbers(numbers.into_iter().map(Some).collect()),
        )
    };
    let mut all: Vec<(String, Column)> = gathered
        .settings
        .iter()
        .enumerate()
        .map(|(idx, path)| (path.clone(), setting(idx)))
        .collect();
    all.push(("job".into(), texts(&|row| row.job.clone())));
    all.push(("state".into(), texts(&|row| row.word.to_owned())));
    all.push(("run".into(), texts(&|row| row.run.clone())));
    let mut figures = gathered.figures.clone();
    figures.extend(
        gathered
            .shown
            .iter()
            .filter(|name| !gathered.figures.contains(name))
            .cloned(),
    );
    all.extend(figures.into_iter().map(|name| {
        let numbers = rows.iter().map(|row| row.figure(&name)).collect();
        (name, Column::Numbers(numbers))
    }));
    all
}

/// The values of one setting along the axis: the first one that is no seed; seeds are repetitions, if anything else varies.
fn chart(gathered: &Gathered) -> SweepChart {
    let is_seed = |idx: &&usize| gathered.settings[**idx] == SEED;
    let swept = &gathered.swept;
    let along = swept
        .iter()
        .find(|idx| !is_seed(idx))
        .or(swept.first())
        .copied();
    let others: Vec<usize> = swept
        .iter()
        .filter(|idx| Some(**idx) != along && !is_seed(idx))
        .copied()
        .collect();
    let tick = |row: &Row| along.map_or(String::new(), |idx| row.values[idx].clone());
    let line = |row: &Row| -> String {
        let pairs = others
            .iter()
            .map(|&idx| format!("{}={}", gathered.settings[idx], row.values[idx]));
        pairs.collect::<Vec<_>>().join(" ")
    };
    let ticks = distinct(gathered.rows.iter().map(tick));
    let lines = distinct(gathered.rows.iter().map(line));
    let place =
        |all: &[String], wanted: &str| all.iter().position(|one| one == wanted).unwrap_or(0);
    let panel = |figure: &String| SweepPanel {
        figure: figure.clone(),
        points: gathered
            .rows
            .iter()
            .filter_map(|row| {
                Some((
                    place(&lines, &line(row)),
                    place(&ticks, &tick(row)),
                    row.figure(figure)?,
                ))
            })
            .collect(),
    };
    let setting = along.map_or("the experiment as it is written".to_owned(), |idx| {
        gathered.settings[idx].clone()
    });
    let many = if lines.len() > 6 {
        " More combinations than colours: all are blue."
    } else {
        ""
    };
    SweepChart {
        caption: format!(
            "Each dot is a run; lines join means of the runs with the same values. Values of {setting} stand in the order in which \
             they were asked for, at equal distances. Axes begin near the lowest value.{many}"
        ),
        panels: gathered.shown.iter().take(4).map(panel).collect(),
        setting,
        ticks,
        lines,
    }
}

fn distinct(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

fn pages(gathered: &Gathered, sweep: &Sweep, chart: Option<CardPicture>) -> SweepPages {
    let columns: Vec<usize> = gathered.swept.iter().copied().take(N_VALUES).collect();
    let over_seeds = over_seeds(gathered);
    SweepPages {
        title: format!("Sweep of {}", sweep.name),
        description: described(gathered, sweep),
        toy: gathered.toy.clone(),
        simulated: gathered.simulated.clone(),
        facts: facts(gathered, sweep),
        failed: unfinished(gathered),
        chart,
        n_values: [
            over_seeds.as_ref().map_or(0, |_| gathered.swept.len() - 1),
            columns.len(),
        ],
        over_seeds,
        runs: runs(gathered, &columns),
        notes: notes(gathered),
        version: format!("lab {}", env!("CARGO_PKG_VERSION")),
        id: sweep.id.clone(),
    }
}

/// Every run of a sweep of variants, and the number of columns of values.
pub(super) fn runs_of_all(gathered: &Gathered) -> (Table, usize) {
    let columns: Vec<usize> = gathered.swept.iter().copied().take(N_VALUES).collect();
    (runs(gathered, &columns), columns.len())
}

fn described(gathered: &Gathered, sweep: &Sweep) -> String {
    let of = |idx: &usize| {
        let swept = &sweep.swept[*idx];
        let n_values = swept.values.len();
        let shown: Vec<&str> = swept.values.iter().take(6).map(String::as_str).collect();
        let more = if n_values > shown.len() { ", …" } else { "" };
        format!("{}: {}{more}", swept.path, shown.join(", "))
    };
    let all: Vec<String> = gathered.swept.iter().map(of).collect();
    all.join("; ")
}

pub(super) fn facts(gathered: &Gathered, sweep: &Sweep) -> Vec<String> {
    let n_done = gathered
        .rows
        .iter()
        .filter(|row| row.finished.is_some())
        .count();
    let failed = |row: &&Row| {
        row.finished
            .as_ref()
            .is_some_and(|finished| !finished.failed().is_empty())
    };
    let n_criterion = gathered.rows.iter().filter(failed).count();
    let mut all = vec![format!(
        "{n_done} of {} combinations have figures; they are {} runs.",
        gathered.rows.len(),
        sweep.jobs.len()
    )];
    if n_criterion > 0 {
        all.push(format!(
            "In {n_criterion} of them a criterion of the experiment does not hold."
        ));
    }
    // Which question is asked the sections say.
    let fixed = (0..gathered.settings.len())
        .filter(|idx| !gathered.swept.contains(idx) && gathered.settings[*idx] != QUESTION);
    let fixed: Vec<String> = fixed
        .map(|idx| {
            let value = &gathered.rows[0].values[idx];
            format!("{}={}", gathered.settings[idx], without_folders(value))
        })
        .collect();
    if !fixed.is_empty() {
        all.push(format!("The same in all runs: {}.", fixed.join(", ")));
    }
    all.push(
        "Every figure is one of the test images. Whoever chooses values by them has used these images up: the chosen values need \
         other images, or other people, before their figures are a result."
            .into(),
    );
    all
}

/// A value without the folders of one machine: of a path the file's name alone.
fn without_folders(value: &str) -> &str {
    let inner = value.trim_matches('"');
    let is_path = inner.contains('/') && !inner.contains(['(', '[', ',', ' ']);
    let name = is_path.then(|| Path::new(inner).file_name()?.to_str());
    name.flatten().unwrap_or(value)
}

fn notes(gathered: &Gathered) -> Vec<String> {
    let meanings = gathered
        .meanings
        .iter()
        .map(|(name, meaning)| format!("{name}: {meaning}."));
    let mut all: Vec<String> = meanings.collect();
    if over_seeds(gathered).is_some() {
        all.push("Over seeds stand the mean of the runs, and in brackets the lowest and the highest value.".into());
    }
    all.push("sweep.csv and sweep.parquet beside this page hold every setting and every headline figure; each run has a report of its own.".into());
    all
}

/// Every run: its values, its figures, and where it stands.
fn runs(gathered: &Gathered, columns: &[usize]) -> Table {
    let mut names: Vec<String> = columns
        .iter()
        .map(|&idx| gathered.settings[idx].clone())
        .collect();
    names.extend(gathered.shown.iter().cloned());
    names.push("run".into());
    let row = |row: &Row| {
        let mut cells: Vec<String> = columns.iter().map(|&idx| row.values[idx].clone()).collect();
        cells.extend(gathered.shown.iter().map(|name| number(row.figure(name))));
        cells.push(if row.finished.is_some() {
            row.job.clone()
        } else {
            row.word.to_owned()
        });
        cells
    };
    Table {
        columns: names,
        rows: gathered.rows.iter().map(row).collect(),
    }
}

/// Means over seeds, with the lowest and the highest value; none if seeds alone vary, or do not.
fn over_seeds(gathered: &Gathered) -> Option<Table> {
    let seed = gathered
        .swept
        .iter()
        .find(|idx| gathered.settings[**idx] == SEED)?;
    let others: Vec<usize> = gathered
        .swept
        .iter()
        .filter(|idx| *idx != seed)
        .copied()
        .collect();
    if others.is_empty() {
        return None;
    }
    let values =
        |row: &Row| -> Vec<String> { others.iter().map(|&idx| row.values[idx].clone()).collect() };
    let mut groups: Vec<(Vec<String>, Vec<&Row>)> = Vec::new();
    for row in &gathered.rows {
        match groups.iter_mut().find(|(known, _)| *known == values(row)) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((values(row), vec![row])),
        }
    }
    let mut columns: Vec<String> = others
        .iter()
        .map(|&idx| gathered.settings[idx].clone())
        .collect();
    columns.push("seeds".into());
    columns.extend(gathered.shown.iter().cloned());
    let row = |(values, rows): &(Vec<String>, Vec<&Row>)| {
        let n_done = rows.iter().filter(|row| row.finished.is_some()).count();
        let mut cells = values.clone();
        cells.push(n_done.to_string());
        cells.extend(
            gathered
                .shown
                .iter()
                .map(|name| spread(rows.iter().filter_map(|row| row.figure(name)).collect())),
        );
        cells
    };
    Some(Table {
        columns,
        rows: groups.iter().map(row).collect(),
    })
}

fn spread(values: Vec<f64>) -> String {
    if values.is_empty() {
        return "–".into();
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{mean:.3} [{low:.3}, {high:.3}]")
}

fn number(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.3}"))
}

#[cfg(test)]
mod tests {
    use super::without_folders;

    #[test]
    fn a_path_is_told_by_its_file_alone() {
        let found = [
            "/elsewhere/data/stimuli.mat",
            "\"../data/stimuli.mat\"",
            "0.5",
            "letters(path: \"a/b\")",
            "1/2, 3/4",
        ]
        .map(without_folders);
        let expected = [
            "stimuli.mat",
            "stimuli.mat",
            "0.5",
            "letters(path: \"a/b\")",
            "1/2, 3/4",
        ];
        assert_eq!(found, expected);
    }
}
