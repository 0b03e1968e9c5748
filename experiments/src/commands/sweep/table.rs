//! The runs of a sweep, gathered: values against figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, bail};
use lab_core::config::nearest;
use lab_runner::sweep::{Finished, State, Sweep};
use serde_json::{Value, json};

use super::super::status::described;

/// Figures that are shown if nobody names others, as far as there are any.
const USUAL: [&str; 4] = [
    "observer.pixel.overall",
    "similarity.pixel",
    "classes.accuracy",
    "observer.ssim.overall",
];

/// What the runs of a sweep have given, gathered for tables and pages.
pub(super) struct Gathered {
    /// Paths of all settings of `--set`.
    pub(super) settings: Vec<String>,
    /// Places in `settings` of those that take several values.
    pub(super) swept: Vec<usize>,
    /// Names of the figures that are shown.
    pub(super) shown: Vec<String>,
    /// Names of the headline figures that any run has.
    pub(super) figures: Vec<String>,
    /// What each figure that is shown means.
    pub(super) meanings: BTreeMap<String, String>,
    /// Why no number means anything, if the sweep is at toy size.
    pub(super) toy: Option<String>,
    /// How responses were simulated, if they were.
    pub(super) simulated: Option<String>,
    /// The combinations of values with their runs, in the order of the sweep.
    pub(super) rows: Vec<Row>,
}

/// A combination of values and its run.
pub(super) struct Row {
    /// The values, one for each setting.
    pub(super) values: Vec<String>,
    /// The values of what is swept, as people read them.
    pub(super) label: String,
    /// Name of the job: the hash of its resolved experiment.
    pub(super) job: String,
    /// A word for how the run stands, such as "done".
    pub(super) word: &'static str,
    /// What else is known of how it stands; may be empty.
    pub(super) detail: String,
    /// Path of the run's folder.
    pub(super) run: String,
    /// Its figures, if it is finished.
    pub(super) finished: Option<Finished>,
}

impl Row {
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        let finished = self.finished.as_ref()?;
        finished.all.get(name).copied().flatten()
    }
}

impl Gathered {
    /// Puts combinations beside their runs.
    ///
    /// # Errors
    /// Fails for a figure that no run has.
    pub(super) fn of(sweep: &Sweep, states: &[State], asked: &[String]) -> Result<Self> {
        let of_job = |name: &str| {
            sweep
                .jobs
                .iter()
                .zip(states)
                .find(|(job, _)| job.hash == name)
        };
        let several =
            |(idx, of): (usize, &lab_runner::sweep::Swept)| (of.values.len() > 1).then_some(idx);
        let swept: Vec<usize> = sweep.swept.iter().enumerate().filter_map(several).collect();
        let row = |combination: &lab_runner::sweep::Combination| {
            let (job, state) = of_job(&combination.job)?;
            let (word, detail) = described(state);
            let finished = match state {
                State::Done(finished) => Some((**finished).clone()),
                _ => None,
            };
            let pairs = swept
                .iter()
                .map(|&idx| format!("{}={}", sweep.swept[idx].path, combination.values[idx]));
            let label: Vec<String> = pairs.collect();
            Some(Row {
                label: if label.is_empty() {
                    job.label.clone()
                } else {
                    label.join(" ")
                },
                values: combination.values.clone(),
                job: job.hash.clone(),
                word,
                detail,
                run: job.file.run.to_string_lossy().into_owned(),
                finished,
            })
        };
        let rows: Vec<Row> = sweep.combinations.iter().filter_map(row).collect();
        let finished = || rows.iter().filter_map(|row| row.finished.as_ref());
        let figures: BTreeSet<String> = finished()
            .flat_map(|of| of.headline.keys().cloned())
            .collect();
        let all: BTreeSet<&String> = finished().flat_map(|of| of.all.keys()).collect();
        let shown = shown(asked, &all, finished().next())?;
        let names = finished()
            .next()
            .map(|of| of.names.clone())
            .unwrap_or_default();
        Ok(Self {
            settings: sweep.swept.iter().map(|of| of.path.clone()).collect(),
            swept,
            meanings: shown
                .iter()
                .filter_map(|name| Some((name.clone(), names.get(name)?.clone())))
                .collect(),
            figures: figures.into_iter().collect(),
            toy: sweep.toy.clone(),
            simulated: finished().find_map(|of| of.simulated.clone()),
            shown,
            rows,
        })
    }

    /// The table as text for a terminal.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![self.heading()];
        let number =
            |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
        for row in &self.rows {
            let mut cells: Vec<String> = self
                .swept
                .iter()
                .map(|&idx| row.values[idx].clone())
                .collect();
            cells.extend(self.shown.iter().map(|name| number(row.figure(name))));
            cells.push(if row.detail.is_empty() {
                row.word.to_owned()
            } else {
                format!("{}: {}", row.word, row.detail)
            });
            lines.push(cells);
        }
        let n_columns = lines[0].len();
        let width = |column: usize| {
            lines
                .iter()
                .map(|cells| cells[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..n_columns).map(width).collect();
        let is_text = |column: usize| column < self.swept.len() || column + 1 == n_columns;
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().enumerate().map(|(column, cell)| {
                let width = widths[column];
                if is_text(column) {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn heading(&self) -> Vec<String> {
        let mut cells: Vec<String> = self
            .swept
            .iter()
            .map(|&idx| self.settings[idx].clone())
            .collect();
        cells.extend(self.shown.iter().cloned());
        cells.push("run".into());
        cells
    }

    /// Everything that was gathered as JSON, for programs.
    pub(super) fn json(&self, sweep: &Sweep, page: &Path) -> Value {
        let row = |row: &Row| {
            let values: serde_json::Map<String, Value> = self
                .settings
                .iter()
                .cloned()
                .zip(row.values.iter().map(|value| json!(value)))
                .collect();
            json!({
                "values": values,
                "job": row.job,
                "run": row.run,
                "state": row.word,
                "detail": row.detail,
                "criteria_failed": row.finished.as_ref().map(Finished::failed),
                "figures": row.finished.as_ref().map(|finished| &finished.headline),
            })
        };
        json!({
            "id": sweep.id,
            "name": sweep.name,
            "toy": self.toy,
            "simulated": self.simulated,
            "page": page,
            "runs": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }
}

/// The figures to show: those that were asked for, or those of criteria and the usual ones, four at most.
fn shown(
    asked: &[String],
    all: &BTreeSet<&String>,
    first: Option<&Finished>,
) -> Result<Vec<String>> {
    let Some(first) = first else {
        return Ok(Vec::new());
    };
    if let Some(unknown) = asked.iter().find(|name| !all.contains(name)) {
        let hint = nearest(unknown, all.iter().map(|name| name.as_str()));
        let hint = hint.map_or("summary.json of a run lists them".into(), |near| {
            format!("did you mean '{near}'?")
        });
        bail!("no run has a figure '{unknown}'\n  hint: {hint}");
    }
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    let of_criteria = first
        .criteria
        .iter()
        .filter_map(|row| row.criterion.split('"').nth(1));
    let mut shown: Vec<String> = Vec::new();
    for name in of_criteria.chain(USUAL).map(str::to_owned) {
        if all.contains(&name) && !shown.contains(&name) && shown.len() < USUAL.len() {
            shown.push(name);
        }
    }
    Ok(shown)
}

/// The first figure that would be shown of a run, with its name.
pub(super) fn first_figure(finished: &Finished) -> String {
    let all: BTreeSet<&String> = finished.all.keys().collect();
    let name = shown(&[], &all, Some(finished))
        .ok()
        .and_then(|shown| shown.into_iter().next());
    let figure = name.and_then(|name| {
        Some(format!(
            "{name} {:.3}",
            finished.all.get(&name).copied().flatten()?
        ))
    });
    figure.unwrap_or_default()
}
