//! Several runs: their right decisions, and how far each is from the first, image by image.

use plotters::style::RGBColor;

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots, chance_words};
use super::style::CYCLE;
use lab_score::record::Statistic;
use lab_score::runs::{ComparedRuns, RunRow};

/// Letters of a row's label.
const N_LETTERS: usize = 28;

/// Right decisions of each run, by observer; `None` without decisions.
pub(super) fn scores(compared: &ComparedRuns) -> Option<(Dots, Words)> {
    let rows = overall(compared);
    let first = rows.first()?;
    let dot = |row: &RunRow| Some((row.value, row.interval));
    let (rows, legend) = arranged(compared, &rows, 0, dot);
    let dots = Dots {
        axis: format!("share of right decisions ({} images)", first.n_images),
        marked: first.chance.map(chance_words),
        ends: None,
        rows,
        legend,
    };
    let caption = "Two-alternative task: an original is shown, and its own reconstruction must be more like it than a foil's \
                   reconstruction, by each observer. Bars: intervals over the images of each run by itself."
        .into();
    Some((
        dots,
        Words {
            name: "runs",
            title: "Right decisions of each run".into(),
            caption,
        },
    ))
}

/// The same minus those of the first run, image by image; `None` if no run is paired.
pub(super) fn differences(compared: &ComparedRuns) -> Option<(Dots, Words)> {
    let mut rows = overall(compared);
    rows.retain(|row| row.against_first.is_some());
    let first = rows.first()?.against_first.as_ref()?;
    let ends = rows
        .iter()
        .filter_map(|row| row.against_first.as_ref())
        .flat_map(|of| {
            let (low, high) = of.interval.unwrap_or((of.value, of.value));
            [low.abs(), high.abs(), of.value.abs()]
        })
        .fold(0.05, f64::max);
    let ends = (10.0 * ends + 0.2).ceil() / 10.0;
    let axis = format!(
        "difference in the share of right decisions ({} images)",
        first.n_images
    );
    let dot = |row: &RunRow| {
        let against = row.against_first.as_ref()?;
        Some((against.value, against.interval))
    };
    let (rows, legend) = arranged(compared, &rows, 1, dot);
    let dots = Dots {
        axis,
        marked: Some((0.0, "no difference".into())),
        ends: Some((-ends, ends)),
        rows,
        legend,
    };
    let caption = format!(
        "Mean over the test images of a run's share minus that of {} for the same image. Right of the line the run is better. \
         Bars: intervals of that mean over images.",
        compared.runs[0].label
    );
    Some((
        dots,
        Words {
            name: "run_differences",
            title: format!("Against {}, image by image", compared.runs[0].label),
            caption,
        },
    ))
}

fn overall(compared: &ComparedRuns) -> Vec<&RunRow> {
    let rows = compared.rows.iter();
    rows.filter(|row| row.statistic == Statistic::ObserverOverall && row.value.is_finite())
        .collect()
}

/// A row an observer and a dot a run, or the other way round where there are more runs than colours.
fn arranged(
    compared: &ComparedRuns,
    rows: &[&RunRow],
    first: usize,
    dot: impl Fn(&RunRow) -> Option<(f64, Option<(f64, f64)>)>,
) -> (Vec<DotRow>, Vec<(String, RGBColor)>) {
    let mut observers: Vec<&str> = Vec::new();
    for row in rows {
        if !observers.contains(&row.observer.as_str()) {
            observers.push(&row.observer);
        }
    }
    let runs: Vec<usize> = (first..compared.runs.len()).collect();
    let by_observer = compared.runs.len() <= CYCLE.len();
    let name = |observer: &str| {
        let in_loss = rows
            .iter()
            .any(|row| row.observer == observer && row.in_loss);
        let note = if in_loss { " (in the loss)" } else { "" };
        format!("{observer}{note}")
    };
    let label = |run: usize| shortened(&compared.runs[run].label);
    let find = |run: usize, observer: &str, color: RGBColor| {
        let found = rows
            .iter()
            .find(|row| row.run == run && row.observer == observer)?;
        let (value, interval) = dot(found)?;
        Some(Dot {
            value,
            interval,
            color,
        })
    };
    if by_observer {
        let of = |observer: &&str| DotRow {
            label: name(observer),
            dots: runs
                .iter()
                .filter_map(|&run| find(run, observer, CYCLE[run]))
                .collect(),
        };
        let shown = |run: &&usize| rows.iter().any(|row| row.run == **run);
        let legend = runs.iter().filter(shown);
        let legend = legend.map(|&run| (label(run), CYCLE[run]));
        return (observers.iter().map(of).collect(), legend.collect());
    }
    observers.truncate(CYCLE.len());
    let of = |&run: &usize| DotRow {
        label: label(run),
        dots: observers
            .iter()
            .zip(CYCLE)
            .filter_map(|(observer, color)| find(run, observer, color))
            .collect(),
    };
    let legend = observers
        .iter()
        .zip(CYCLE)
        .map(|(observer, color)| (name(observer), color));
    // A run that is not paired has no difference to show.
    let shown = runs.iter().map(of).filter(|row| !row.dots.is_empty());
    (shown.collect(), legend.collect())
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= N_LETTERS {
        return label.to_owned();
    }
    // Labels of one experiment differ at their end.
    let skipped = label.chars().count() + 1 - N_LETTERS;
    format!("…{}", label.chars().skip(skipped).collect::<String>())
}
