//! Runs side by side, for a terminal.

use std::fmt::Write as _;

use lab_reports::pdf;
use lab_score::record::{Direction, Statistic};
use lab_score::runs::{ComparedRuns, RunRow};

/// What stands where there is no number.
const DASH: &str = "–";

/// Everything that a person at the terminal needs: what was found, the scores, and which settings differ.
pub(super) fn text(compared: &ComparedRuns) -> String {
    let mut text = String::from("Runs side by side\n");
    for (label, said) in [
        ("TOY", said(compared, |run| run.toy.as_deref())),
        ("SIMULATED", said(compared, |run| run.simulated.as_deref())),
    ] {
        if !said.is_empty() {
            let _ = writeln!(text, "{label}: {}", said.join(" "));
        }
    }
    for warning in pdf::warnings_of_runs(compared) {
        let _ = writeln!(text, "! {warning}");
    }
    for finding in pdf::findings_of_runs(compared) {
        let _ = writeln!(text, "{finding}");
    }
    text.push('\n');
    text.push_str(&aligned(&scores(compared)));
    text.push('\n');
    if compared.settings.is_empty() {
        text.push_str("No setting differs: all runs are of the same experiment.\n");
    } else {
        text.push_str(&aligned(&settings(compared)));
    }
    text
}

fn said<'a>(
    compared: &'a ComparedRuns,
    of: impl Fn(&'a lab_score::runs::RunFacts) -> Option<&'a str>,
) -> Vec<&'a str> {
    let mut said = Vec::new();
    for sentence in compared.runs.iter().filter_map(of) {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

/// Decisions, pairs, similarities and classes; the other scores stand in the table.
fn scores(compared: &ComparedRuns) -> Vec<Vec<String>> {
    let mut heading = vec!["score".to_owned()];
    heading.extend(compared.runs.iter().map(|run| run.label.clone()));
    let mut lines = vec![heading];
    let mut last = None;
    for row in compared.rows.iter().filter(|row| is_shown(row)) {
        let key = (row.statistic, &row.observer);
        if last != Some(key) {
            last = Some(key);
            let mut line = vec![name(row)];
            line.extend(compared.runs.iter().map(|_| DASH.to_owned()));
            lines.push(line);
        }
        if let Some(line) = lines.last_mut() {
            line[1 + row.run] = cell(row);
        }
    }
    lines
}

fn is_shown(row: &RunRow) -> bool {
    match row.statistic {
        Statistic::ObserverOverall | Statistic::Similarity | Statistic::ClassAccuracy => true,
        Statistic::PairwiseIdentification => row.direction == Direction::OriginalToReconstructions,
        _ => false,
    }
}

fn name(row: &RunRow) -> String {
    let what = match row.statistic {
        Statistic::ObserverOverall => "two alternatives",
        Statistic::PairwiseIdentification => "pairs",
        Statistic::ClassAccuracy => "class named",
        _ => "similarity",
    };
    format!("{what}, {}", row.observer)
}

/// The value, and how far it is from the first run's.
fn cell(row: &RunRow) -> String {
    let Some(against) = &row.against_first else {
        return format!("{:.3}", row.value);
    };
    let stars = match against.p_holm {
        Some(p) if p < 0.05 => " *",
        _ => "",
    };
    format!("{:.3} ({:+.3}{stars})", row.value, against.value)
}

fn settings(compared: &ComparedRuns) -> Vec<Vec<String>> {
    let mut heading = vec!["setting".to_owned()];
    heading.extend(compared.runs.iter().map(|run| run.label.clone()));
    let mut lines = vec![heading];
    for row in &compared.settings {
        let mut line = vec![row.setting.clone()];
        let values = row.values.iter();
        line.extend(values.map(|value| value.clone().unwrap_or(DASH.into())));
        lines.push(line);
    }
    lines
}

/// Columns of the width of their longest cells.
fn aligned(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for line in lines {
        let mut row = String::new();
        for (column, cell) in line.iter().enumerate() {
            let _ = write!(row, "{cell:<width$}  ", width = width(column));
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}
