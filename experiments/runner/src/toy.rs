//! Toy size: what is said everywhere of what `--smoke` makes, and which criteria it keeps.

use std::fmt::Write as _;

use lab_core::Result;
use lab_core::config::{Criterion, Experiment, SplitBy, one_line, to_ron};

use crate::parts::Parts;

/// The sentence that stands above every page of a smoke run.
const SAID: &str = "This was made by --smoke at toy size: everything that costs time was shrunk, and no number or picture of it is a result.";

/// That, and what stands in for data that are missing, a sentence each.
pub(crate) fn sentence(stand_ins: &[String]) -> String {
    let mut said = SAID.to_owned();
    for stand_in in stand_ins {
        // Writing to a text cannot fail.
        let _ = write!(said, " {stand_in}.");
    }
    said
}

/// Leaves out a split by a table, whose images are not those of data at toy size; a sentence if there was one.
pub(crate) fn without_split(experiment: &mut Experiment, parts: &mut Parts) -> Option<String> {
    let table = parts.split.take()?;
    experiment.split = SplitBy::Dataset;
    Some(format!(
        "split: '{}' is left out at toy size, whose images are others; the dataset's own split is used in its place",
        table.display()
    ))
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

/// What sets these criteria by hand, for a run at toy size that is to have them again; nothing if there are none.
pub(crate) fn set_again(criteria: &[Criterion]) -> Result<Option<String>> {
    if criteria.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!("criteria={}", one_line(&to_ron(&criteria)?))))
}

/// The sentences about stand-ins among the warnings of a run at toy size, as its own sentence tells them too.
pub(crate) fn stand_ins(toy: &str, warnings: &[(String, String)]) -> Vec<String> {
    let texts = warnings.iter().map(|(_, text)| text);
    let told = texts.filter(|text| toy.contains(&format!(" {text}.")));
    told.cloned().collect()
}
