//! What stands above a decoder in the record: searches for the test images, and the noise ceilings of the responses.

use std::collections::BTreeMap;

use lab_core::Result;
use lab_core::recording::{Recording, Split, Subject};
use lab_core::search::SearchFacts;
use lab_score::noise::{self, Responses, Shown};
use lab_score::record::{CeilingSource, Condition, NoiseCeilingRow, SearchRow};

use crate::stages::images::Images;

/// The rows of every search for images among the conditions.
pub(crate) fn searches(conditions: &[Images]) -> Vec<SearchRow> {
    let row = |images: &Images| {
        Some(search_row(
            images.condition.clone(),
            images.search.as_ref()?,
        ))
    };
    conditions.iter().filter_map(row).collect()
}

/// A search as a row of the record.
pub(crate) fn search_row(condition: Condition, facts: &SearchFacts) -> SearchRow {
    SearchRow {
        condition,
        n_images: facts.n_images,
        n_starts: facts.n_starts,
        n_offered: facts.n_offered,
        by_encoder: facts.by_encoder,
        n_steps: facts.n_steps,
        maximum: facts.maximum,
        tolerance: facts.tolerance,
        window: facts.window,
        n_stalled: facts.n_stalled,
        fall: facts.fall,
        loss: facts.loss,
    }
}

/// The noise ceilings of each subject: known, if its responses were made up, and as repeats tell them.
pub(crate) fn noise_ceilings(recording: &Recording) -> Result<Vec<NoiseCeilingRow>> {
    let mut all = Vec::new();
    for subject in &recording.subjects {
        let values = subject.responses.flatten_all()?.to_vec1::<f32>()?;
        let responses = Responses {
            values: &values,
            n_voxels: subject.n_voxels(),
        };
        let shown = |split: Split| -> Vec<Shown> {
            let trials = subject.trials.iter().enumerate();
            let of_split =
                trials.filter(|(_, trial)| recording.stimuli.split[trial.image_idx] == split);
            of_split
                .map(|(row, trial)| Shown {
                    row,
                    image: trial.image_idx,
                    run: trial.run,
                })
                .collect()
        };
        let known = known(std::slice::from_ref(subject));
        all.extend(noise::noise_ceilings(
            &subject.id,
            responses,
            [&shown(Split::Train), &shown(Split::Test)],
            (!known.is_empty()).then_some(known.as_slice()),
        ));
    }
    Ok(all)
}

fn known(subjects: &[Subject]) -> Vec<f64> {
    let ceilings = subjects
        .iter()
        .filter_map(|subject| subject.voxels.noise_ceiling.as_ref());
    ceilings.flatten().copied().map(f64::from).collect()
}

/// Median of the known ceilings of all voxels.
pub(crate) fn known_median(subjects: &[Subject]) -> Option<f64> {
    noise::quantiles(&known(subjects), &[0.5]).first().copied()
}

/// Headline figures: `noise_ceiling.median` over all voxels, where ceilings are known; and, as means over subjects of the
/// median over voxels that are responsive on other rows, `noise_ceiling.responsive.known` and
/// `noise_ceiling.responsive.estimated`.
pub(crate) fn headline(subjects: &[Subject], rows: &[NoiseCeilingRow]) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::new();
    figures
        .extend(known_median(subjects).map(|median| ("noise_ceiling.median".to_owned(), median)));
    for (source, name) in [
        (CeilingSource::Known, "known"),
        (CeilingSource::Repeats, "estimated"),
    ] {
        let of_source = rows.iter().filter(|row| row.source == source);
        let medians: Vec<f64> = of_source
            .filter_map(|row| Some(row.responsive.as_ref()?.median))
            .collect();
        if !medians.is_empty() {
            let mean = medians.iter().sum::<f64>() / medians.len() as f64;
            figures.insert(format!("noise_ceiling.responsive.{name}"), mean);
        }
    }
    figures
}
