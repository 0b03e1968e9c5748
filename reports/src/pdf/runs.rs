//! Several runs side by side as a PDF, and in words.

use std::path::Path;

use serde::Serialize;

use super::differences::{ALPHA, points, signed, statistic_name};
use super::intervals::{made_by, over_images_of};
use super::numbers::{DASH, p_figure, p_value, percent, three};
use super::scores::Table;
use super::world::{Template, World};
use super::{read, save, set};
use crate::Result;
use crate::charts::Figure;
use lab_score::record::Direction;
use lab_score::runs::{Against, ComparedRuns, RunFacts, RunRow};

/// Most runs whose scores stand beside each other in one table.
const BESIDE: usize = 6;
/// Most letters of a setting's value that are shown.
const N_LETTERS: usize = 160;

/// Every word and number that `runs.typ` sets.
#[derive(Serialize)]
struct RunsPages {
    title: String,
    description: String,
    toy: Option<String>,
    simulated: Option<String>,
    findings: Vec<String>,
    warnings: Vec<String>,
    runs: Table,
    figures: Vec<[String; 3]>,
    differences: Table,
    scores: Vec<Table>,
    settings: Table,
    statistics: Vec<String>,
    version: String,
    hash: String,
}

/// Sets several runs into a PDF; `hash` names the comparison, and `version` the program.
///
/// # Errors
/// - [`crate::Error::Io`] if a figure cannot be read or the PDF cannot be written.
/// - [`crate::Error::Pdf`] if typst complains.
///
/// # Determinism
/// The same runs and figures give the same bytes; no date is written.
pub fn write_runs(
    compared: &ComparedRuns,
    figures: &[Figure],
    (version, hash): (&str, &str),
    path: &Path,
) -> Result<()> {
    save(path, &render(compared, figures, (version, hash))?)
}

pub(super) fn render(
    compared: &ComparedRuns,
    figures: &[Figure],
    (version, hash): (&str, &str),
) -> Result<Vec<u8>> {
    let file = |figure: &Figure| format!("{}.svg", figure.name);
    let pictures = figures
        .iter()
        .map(|figure| Ok((file(figure), read(&figure.svg)?)))
        .collect::<Result<_>>()?;
    let pages = RunsPages {
        title: "Runs side by side".into(),
        description: "What finished runs reached, and how each differs from the first of them."
            .into(),
        toy: said_once(compared, |run| run.toy.as_deref()),
        simulated: said_once(compared, |run| run.simulated.as_deref()),
        findings: findings(compared),
        warnings: warnings(compared),
        runs: runs(compared),
        figures: figures
            .iter()
            .map(|figure| [file(figure), figure.title.clone(), figure.caption.clone()])
            .collect(),
        differences: differences(compared),
        scores: scores(compared),
        settings: settings(compared),
        statistics: statistics(compared),
        version: version.to_owned(),
        hash: hash.to_owned(),
    };
    set(&World::new(Template::Runs, &pages, pictures)?, hash)
}

/// The sentences of the runs that have one, each once.
fn said_once(compared: &ComparedRuns, of: impl Fn(&RunFacts) -> Option<&str>) -> Option<String> {
    let mut said: Vec<&str> = Vec::new();
    for sentence in compared.runs.iter().filter_map(of) {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// A sentence for each run beside the first: is it better, worse, or can nobody tell?
pub fn findings(compared: &ComparedRuns) -> Vec<String> {
    let Some(first) = compared.runs.first() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (place, run) in compared.runs.iter().enumerate().skip(1) {
        let tested = compared.rows.iter().filter(|row| row.run == place);
        let tested = tested.filter_map(|row| Some((row, row.against_first.as_ref()?)));
        let parts: Vec<String> = tested
            .filter(|(_, against)| against.p_holm.is_some())
            .map(|(row, against)| part(row, against, (&run.label, &first.label)))
            .collect();
        if !parts.is_empty() {
            all.push(format!(
                "{} against {}, image by image, in right decisions: {}.",
                run.label,
                first.label,
                parts.join("; ")
            ));
        }
    }
    all
}

fn part(row: &RunRow, against: &Against, (own, first): (&str, &str)) -> String {
    let observer = match row.observer.as_str() {
        "pixel" => "pixels",
        other => other,
    };
    let mut certainty = Vec::new();
    if let Some(bounds) = against.interval {
        let method = made_by(against.interval_method);
        let method = method.map_or(String::new(), |by| format!(" by {by}"));
        certainty.push(format!("interval{method} {}", points(bounds)));
    }
    if let Some((p, p_holm)) = against.p_sign_flip.zip(against.p_holm) {
        let holm = p_figure(p_holm);
        certainty.push(format!("{}, {holm} by Holm's correction", p_value(p)));
    }
    let verdict = match against.p_holm {
        Some(p_holm) if p_holm >= ALPHA => "which may be chance".to_owned(),
        Some(_) if against.value > 0.0 => format!("{own} is better"),
        Some(_) => format!("{first} is better"),
        None => "which was not tested".to_owned(),
    };
    format!(
        "by {observer} {} percentage points ({}), {verdict}",
        signed(100.0 * against.value),
        certainty.join("; ")
    )
}

/// What a reader must know before comparing anything.
pub fn warnings(compared: &ComparedRuns) -> Vec<String> {
    let mut all = Vec::new();
    let first = compared.runs.first().map_or("", |run| &run.label);
    for run in compared
        .runs
        .iter()
        .filter(|run| !run.not_paired.is_empty())
    {
        all.push(format!(
            "{} is not compared with {first} image by image, and its scores stand beside the others by themselves: {}",
            run.label,
            run.not_paired.join("; ")
        ));
    }
    let mut missing: Vec<(&str, Vec<&str>)> = Vec::new();
    for run in &compared.runs {
        for said in &run.unproven {
            match missing.iter_mut().find(|(known, _)| known == said) {
                Some((_, of)) => of.push(&run.label),
                None => missing.push((said, vec![&run.label])),
            }
        }
    }
    let missing = missing.into_iter();
    all.extend(
        missing.map(|(said, of)| format!("Missing for a proof of {}: {said}", of.join(", "))),
    );
    let (n_toy, n) = (
        compared.runs.iter().filter(|run| run.toy.is_some()).count(),
        compared.runs.len(),
    );
    if n_toy > 0 && n_toy < n {
        all.push(format!(
            "{n_toy} of the {n} runs are of toy size: they say nothing about the others"
        ));
    }
    all
}

fn runs(compared: &ComparedRuns) -> Table {
    let columns = [
        "run",
        "experiment",
        "dataset",
        "size",
        "test images",
        "seed",
        "hash",
        "program",
    ];
    let row = |run: &RunFacts| {
        let size = if run.toy.is_some() { "TOY" } else { "full" };
        let data = if run.simulated.is_some() {
            ", simulated"
        } else {
            ""
        };
        vec![
            run.label.clone(),
            run.name.clone(),
            format!("{}{data}", run.dataset),
            size.into(),
            run.n_test.to_string(),
            run.seed.to_string(),
            run.run_hash.clone(),
            run.version.clone(),
        ]
    };
    table(&columns, compared.runs.iter().map(row).collect())
}

fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table {
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows,
    }
}

/// Right decisions and pairs of the runs that are paired with the first.
fn differences(compared: &ComparedRuns) -> Table {
    let columns = [
        "run",
        "score",
        "compared by",
        "images",
        "its score",
        "difference",
        "interval over images",
        "p, random signs",
        "p, Holm",
    ];
    let row = |row: &RunRow| {
        let against = row.against_first.as_ref()?;
        Some(vec![
            compared.runs[row.run].label.clone(),
            statistic_name(row.statistic).into(),
            named(row),
            against.n_images.to_string(),
            percent(row.value),
            signed(100.0 * against.value),
            against.interval.map_or(DASH.into(), points),
            against.p_sign_flip.map_or(DASH.into(), p_figure),
            against.p_holm.map_or(DASH.into(), p_figure),
        ])
    };
    let mut rows: Vec<(usize, Vec<String>)> = compared
        .rows
        .iter()
        .filter_map(|of| Some((of.run, row(of)?)))
        .collect();
    rows.sort_by_key(|(run, _)| *run);
    table(&columns, rows.into_iter().map(|(_, row)| row).collect())
}

fn named(row: &RunRow) -> String {
    let in_loss = if row.in_loss { " (in the loss)" } else { "" };
    format!("{}{in_loss}", row.observer)
}

/// Every score, a column a run; a few runs a table.
fn scores(compared: &ComparedRuns) -> Vec<Table> {
    let places: Vec<usize> = (0..compared.runs.len()).collect();
    places
        .chunks(BESIDE)
        .map(|places| {
            let mut columns = vec!["score".to_owned(), "compared by".into(), "direction".into()];
            columns.extend(places.iter().map(|&run| compared.runs[run].label.clone()));
            Table {
                columns,
                rows: score_rows(compared, places),
            }
        })
        .collect()
}

fn score_rows(compared: &ComparedRuns, places: &[usize]) -> Vec<Vec<String>> {
    let key = |row: &RunRow| (row.statistic, row.observer.clone(), row.direction);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut last = None;
    for row in &compared.rows {
        if last.as_ref() != Some(&key(row)) {
            last = Some(key(row));
            let direction = match row.direction {
                Direction::OriginalToReconstructions => "original shown",
                Direction::ReconstructionToOriginals => "reconstruction shown",
                Direction::None => DASH,
            };
            let mut cells = vec![
                statistic_name(row.statistic).to_owned(),
                named(row),
                direction.to_owned(),
            ];
            cells.extend(places.iter().map(|_| DASH.to_owned()));
            rows.push(cells);
        }
        let column = places.iter().position(|&place| place == row.run);
        if let Some((cells, column)) = rows.last_mut().zip(column) {
            cells[3 + column] = figure(row);
        }
    }
    rows
}

fn figure(row: &RunRow) -> String {
    let value = if row.statistic.is_share() {
        percent(row.value)
    } else {
        three(row.value)
    };
    match over_images_of(row.statistic, row.interval) {
        Some(bounds) => format!("{value} [{bounds}]"),
        None => value,
    }
}

fn settings(compared: &ComparedRuns) -> Table {
    let mut columns = vec!["setting".to_owned()];
    columns.extend(compared.runs.iter().map(|run| run.label.clone()));
    let shortened = |value: &Option<String>| {
        let value = value.as_deref().unwrap_or(DASH);
        if value.chars().count() <= N_LETTERS {
            return value.to_owned();
        }
        format!("{}…", value.chars().take(N_LETTERS).collect::<String>())
    };
    let rows = compared.settings.iter().map(|row| {
        let mut cells = vec![row.setting.clone()];
        cells.extend(row.values.iter().map(shortened));
        cells
    });
    Table {
        rows: rows.collect(),
        columns,
    }
}

/// Sentences on how the figures were made.
fn statistics(compared: &ComparedRuns) -> Vec<String> {
    let mut all = vec![
        "Scores and their intervals are those of each run's report; an interval over images speaks of other images, not of \
         other seeds."
            .to_owned(),
    ];
    let Some(confidence) = compared.confidence else {
        return all;
    };
    let first = &compared.runs[0].label;
    all.push(format!(
        "Differences: the mean over test images of a run's score minus that of {first} for the same image, with a percentile \
         bootstrap over images ({} %); where images are fewer than 12 or all agree, Wilson's interval takes its place. Their p is \
         two-sided and gives each image's difference a random sign, {} times.",
        100.0 * confidence,
        compared.n_sign_flips
    ));
    all.push(
        "Holm's correction is over right decisions by pixels and by the deepest layer of each network outside of every run's \
         loss, of all runs together; all other p-values are not corrected."
            .to_owned(),
    );
    let seeds: Vec<u64> = compared.runs.iter().map(|run| run.seed).collect();
    if seeds.windows(2).any(|pair| pair[0] != pair[1]) {
        all.push(
            "Runs of other seeds decide about other foils; what a seed draws is part of how scores vary, and one run a setting \
             cannot tell the setting from the seed."
                .to_owned(),
        );
    }
    all
}
