//! How far model observers agree with people: over images, in rank.

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots};
use super::style::CYCLE;
use lab_score::study::StudyRecord;
use lab_score::study::observers::{CeilingRow, ObserverKind, ObserverRow};
use plotters::style::RGBColor;

/// Most observers that the chart shows.
const N_ROWS: usize = 28;

/// A row an observer and a dot a set, with what people's own noise lets one expect at most; `None` without a correlation.
pub(super) fn agreement(study: &StudyRecord) -> Option<(Dots, Words)> {
    let found = &study.scores.observers;
    let ranked = found.rows.iter().filter(|row| row.ranked.is_some());
    let mut names: Vec<(ObserverKind, &str)> = ranked
        .map(|row| (row.kind, row.observer.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.first()?;
    let n_observers = names.len().saturating_sub(N_ROWS);
    let n_sets = found.ceilings.len().saturating_sub(CYCLE.len());
    names.truncate(N_ROWS);
    let sets: Vec<(&CeilingRow, RGBColor)> = found.ceilings.iter().zip(CYCLE).collect();
    let mut all: Vec<DotRow> = names
        .iter()
        .map(|(_, name)| of_observer(name, &found.rows, &sets))
        .collect();
    let people = people(&sets);
    let has_ceiling = !people.dots.is_empty();
    if has_ceiling {
        all.push(people);
    }
    let legend = if sets.len() > 1 {
        let entries = sets.iter().map(|(set, color)| (label(set), *color));
        entries.collect()
    } else {
        Vec::new()
    };
    let dots = Dots {
        axis: "Spearman’s ρ with people’s share right, over images".into(),
        marked: Some((0.0, "none".into())),
        ends: Some((low(&all), 1.0)),
        rows: all,
        legend,
    };
    Some((dots, words(has_ceiling, n_observers, n_sets)))
}

fn of_observer(name: &str, rows: &[ObserverRow], sets: &[(&CeilingRow, RGBColor)]) -> DotRow {
    let dot = |(set, color): &(&CeilingRow, RGBColor)| {
        let is_of = |row: &&ObserverRow| {
            row.observer == name && row.set == set.set && row.condition == set.condition
        };
        let ranked = rows.iter().find(is_of)?.ranked?;
        Some(Dot {
            value: ranked.rho,
            interval: ranked.interval,
            color: *color,
        })
    };
    DotRow {
        label: name.to_owned(),
        dots: sets.iter().filter_map(dot).collect(),
    }
}

/// The correlation that people's few decisions let one expect at most.
fn people(sets: &[(&CeilingRow, RGBColor)]) -> DotRow {
    let dot = |(set, color): &(&CeilingRow, RGBColor)| {
        Some(Dot {
            value: set.ranked?,
            interval: None,
            color: *color,
        })
    };
    DotRow {
        label: "people, at most".into(),
        dots: sets.iter().filter_map(dot).collect(),
    }
}

/// A tenth below everything that is shown, and below zero.
fn low(rows: &[DotRow]) -> f64 {
    let dots = rows.iter().flat_map(|row| &row.dots);
    let lows = dots.map(|dot| {
        dot.interval
            .map_or(dot.value, |(low, _)| low.min(dot.value))
    });
    ((lows.fold(0.0, f64::min) - 0.02) * 10.0)
        .floor()
        .max(-10.0)
        / 10.0
}

fn words(has_ceiling: bool, n_observers: usize, n_sets: usize) -> Words {
    let ceiling = if has_ceiling {
        " Last row: the correlation that an observer is expected to reach at most, as people’s shares rest on few decisions."
    } else {
        ""
    };
    let more = match (n_observers, n_sets) {
        (0, 0) => String::new(),
        (n, 0) => format!(" {n} more observers stand in the table."),
        (0, n) => format!(" {n} more sets stand in the table."),
        (n, m) => format!(" {n} more observers and {m} more sets stand in the table."),
    };
    Words {
        name: "study_observers",
        title: "Do observers find the same images easy?".into(),
        caption: format!(
            "An observer’s margin is how much more like the original the right reconstruction is to it than the foil. A dot is the \
             correlation of its margins with the share of people who were right, over images; bars: 95 % of images drawn with \
             replacement.{ceiling}{more}"
        ),
    }
}

fn label(of: &CeilingRow) -> String {
    if of.condition.is_empty() {
        of.set.clone()
    } else {
        format!("{}, {}", of.set, of.condition)
    }
}
