//! Toy size: what `--smoke` puts in the place of data that are missing, and what is said of it everywhere.

use std::path::PathBuf;

use lab_core::config::Criterion;
use lab_core::traits::Dataset;

/// What stands above every page.
const SAID: &str = "This was made by --smoke at toy size: everything that costs time was shrunk, and no number or picture of it is a result.";

/// Overrides that replace what is missing, and what they replace, in words.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    /// Each `path.to.key=value`.
    pub(crate) sets: Vec<String>,
    /// What is replaced, with the plugin that was named.
    pub(crate) replaced: Vec<String>,
}

/// A place of an experiment that names a dataset.
pub(crate) struct Slot<'a> {
    /// The path of it, as in `--set`.
    pub(crate) path: String,
    /// What it is, in words, with the plugin that stands there.
    pub(crate) what: String,
    /// The dataset.
    pub(crate) dataset: &'a dyn Dataset,
    /// What can stand there.
    pub(crate) stand_in: String,
}

/// Letters as a corpus, of other series than stimuli are, so that no test image is among them.
pub(crate) fn letters(size: usize, series: &str) -> String {
    format!("letters(n_test: 0, size: {size}, series: {series:?})")
}

/// The first file of a dataset that is not there.
pub(crate) fn missing_file(dataset: &dyn Dataset) -> Option<PathBuf> {
    dataset.files().into_iter().find(|file| !file.exists())
}

impl StandIns {
    /// One for every dataset whose files are missing.
    pub(crate) fn of(slots: &[Slot<'_>]) -> Self {
        let missing = slots
            .iter()
            .filter(|slot| missing_file(slot.dataset).is_some());
        let (mut sets, mut replaced) = (Vec::new(), Vec::new());
        for slot in missing {
            sets.push(format!("{}={}", slot.path, slot.stand_in));
            replaced.push(slot.what.clone());
        }
        Self { sets, replaced }
    }

    /// The sentence that says so.
    pub(crate) fn sentence(&self) -> String {
        if self.replaced.is_empty() {
            return SAID.to_owned();
        }
        format!(
            "{SAID} Files are missing, so that simulated letters stand in for {}.",
            self.replaced.join(", ")
        )
    }
}

/// The criteria that were set by hand: bounds of full size mean nothing at toy size, but who sets one means it.
pub(crate) fn set_by_hand(criteria: &[Criterion], sets: &[String]) -> Vec<Criterion> {
    let path = |set: &String| set.split('=').next().unwrap_or_default().replace(' ', "");
    let paths = sets
        .iter()
        .filter_map(|set| path(set).strip_prefix("criteria").map(str::to_owned));
    let paths: Vec<String> = paths.collect();
    let is_set = |idx: usize| {
        let is_this = |rest: &String| {
            let first = rest.trim_start_matches('.').split('.').next();
            rest.is_empty() || first == Some(&idx.to_string())
        };
        paths.iter().any(is_this)
    };
    let all = criteria.iter().enumerate();
    all.filter(|(idx, _)| is_set(*idx))
        .map(|(_, one)| one.clone())
        .collect()
}
