//! Charts of a record as SVG and PNG.
//!
//! | figure | shows | left out without |
//! |---|---|---|
//! | `glance` | some test images and their reconstructions, for the first page | pictures |
//! | `reconstructions` | images that the pixel observer identifies in at least 4 of 5 decisions | decisions, pictures |
//! | `failures` | all other test images | decisions, pictures |
//! | `conditions` | some test images by every condition | pictures of two conditions |
//! | `decisions` | right decisions of the pixel observer by condition | scores |
//! | `observers` | right decisions by observer | scores by two observers |
//! | `distances` | scores of single images against their distance from the training images | distances |
//! | `confusion` | classes named by the independent classifier | confusion tables |
//! | `variability` | some test images by member of the ensemble | pictures of two members |
//! | `overfit` | what the flexible decoder makes of training and of test images | its pictures |
//! | `samples` | the generator's corpus and images drawn from it | both |
//! | `information` | scores by the width of a bottleneck | scores behind bottlenecks |
//! | `regions` | scores of each region alone | scores of regions |
//! | `visual_field` | where pixels are right, as a map | its picture |
//! | `eccentricity` | the same by distance from the centre | rings |
//! | `ensemble` | scores by the number of members combined | scores of first members |
//! | `uncertainty` | the spread of the members beside some reconstructions | its pictures |
//! | `curves` | losses by stage | curves |
//!
//!
//! Beside them, `sensitivity` is the figure of the generator card; `runs` and `run_differences` are those of several runs,
//! `sweep` is that of a sweep, and `effects_…` are those of a sweep of variants.
//! Figures show what the record holds and compute no score.
//! The same record and pictures give the same bytes.

mod base64;
mod canvas;
mod chosen;
mod confusion;
mod curves;
mod distances;
mod dots;
mod effects;
mod galleries;
mod legend;
mod observers;
mod overfit;
mod panel;
mod people;
mod power;
mod runs;
mod scores;
mod sensitivity;
mod sheet;
mod steps;
mod study;
mod style;
mod sweep;
#[cfg(test)]
mod tests;
mod uncertainty;
mod views;

use std::path::{Path, PathBuf};

pub(crate) use people::{NAME as PEOPLE, words as words_of_signal};
pub use sensitivity::SensitivityLine;
pub use sweep::{SweepChart, SweepPanel};
pub(crate) use views::regions_of;

use crate::Result;
use lab_score::effects::{Effects, Figure as Score};
use lab_score::record::{Pictures, Record};
use lab_score::runs::ComparedRuns;
use lab_score::study::StudyRecord;
use lab_score::study::power::Curve as PowerCurve;

/// A figure on disk, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Stable name, and the name of its files.
    pub name: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What a reader needs to understand it.
    pub caption: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Path of the file of vectors.
    pub svg: PathBuf,
    /// Path of the file of pixels.
    pub png: PathBuf,
}

/// Draws every figure that the record and its pictures allow into `folder`, in the order of the report.
///
/// # Errors
/// - [`crate::Error::Io`] if a file cannot be written.
/// - [`crate::Error::Chart`] if Plotters cannot draw a chart.
pub fn write(record: &Record, pictures: &Pictures, folder: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if let Some((chart, words)) = galleries::glance(record, pictures) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    for (chart, words) in galleries::reconstructions(record, pictures) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = galleries::conditions(record, pictures) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    for (chart, words) in [scores::decisions(record), scores::observers(record)]
        .into_iter()
        .flatten()
    {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = distances::distances(record) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = confusion::confusion(record) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    for (chart, words) in [views::information(record), views::ensemble(record)]
        .into_iter()
        .flatten()
    {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = views::regions(record) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = views::rings(record) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    for sheet in [
        uncertainty::visual_field,
        uncertainty::uncertainty,
        galleries::variability,
        overfit::overfit,
        galleries::samples,
    ] {
        if let Some((chart, words)) = sheet(record, pictures) {
            figures.push(canvas::render(&chart, words, folder)?);
        }
    }
    if let Some((chart, words)) = curves::curves(record) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    Ok(figures)
}

/// Draws what an error in z costs into `folder`; `None` without generators.
///
/// # Errors
/// As [`write()`].
pub fn write_sensitivity(lines: &[SensitivityLine], folder: &Path) -> Result<Option<Figure>> {
    sensitivity::sensitivity(lines)
        .map(|(chart, words)| canvas::render(&chart, words, folder))
        .transpose()
}

/// Draws several runs beside each other into `folder`: their scores, and their differences if any are paired.
///
/// # Errors
/// As [`write()`].
pub fn write_runs(compared: &ComparedRuns, folder: &Path) -> Result<Vec<Figure>> {
    [runs::scores(compared), runs::differences(compared)]
        .into_iter()
        .flatten()
        .map(|(chart, words)| canvas::render(&chart, words, folder))
        .collect()
}

/// Draws the figures of a behavioural study into `folder`.
///
/// # Errors
/// As [`write()`].
pub fn write_study(study: &StudyRecord, folder: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if let Some((chart, words)) = study::sets(study) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = observers::agreement(study) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    let people = study.scores.people.as_ref();
    if let Some((chart, words)) = people.and_then(people::signals) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    if let Some((chart, words)) = people.and_then(|people| people::simulated(&people.simulated)) {
        figures.push(canvas::render(&chart, words, folder)?);
    }
    Ok(figures)
}

/// Draws what a study could tell into `folder`; `None` without a share.
///
/// # Errors
/// As [`write()`].
pub fn write_power(curve: &PowerCurve, folder: &Path) -> Result<Option<Figure>> {
    power::power(curve)
        .map(|(chart, words)| canvas::render(&chart, words, folder))
        .transpose()
}

/// Draws what each variant changes, a chart a score, into `folder`.
///
/// # Errors
/// As [`write()`].
pub fn write_effects(effects: &Effects, folder: &Path) -> Result<Vec<Figure>> {
    Score::ALL
        .into_iter()
        .filter_map(|score| effects::forest(effects, score))
        .map(|(chart, words)| canvas::render(&chart, words, folder))
        .collect()
}

/// Draws the figures of a sweep into `folder`; `None` if there is none.
///
/// # Errors
/// As [`write()`].
pub fn write_sweep(chart: &SweepChart, folder: &Path) -> Result<Option<Figure>> {
    sweep::words(chart)
        .map(|words| canvas::render(chart, words, folder))
        .transpose()
}
