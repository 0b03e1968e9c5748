//! The split of an experiment: which images are trained on and which are tested, by the dataset or by a table.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::config::SplitBy;
use lab_core::recording::{Recording, Split, Stimuli, Subject, Trial};
use lab_core::traits::Dataset;
use lab_core::{Error, Result};
use lab_formats::file_error;
use lab_formats::table::Table;

use super::taken::taken;

/// The column that names an image, and the one that says its set.
const COLUMNS: [&str; 2] = ["image", "set"];
/// Sets that an image may be in; `None` takes it out of the experiment.
const SETS: [(&str, Option<Split>); 3] = [
    ("train", Some(Split::Train)),
    ("test", Some(Split::Test)),
    ("none", None),
];

/// Something must be fitted on, and a single test image has no other to be told from.
const FEWEST_TRAIN: usize = 1;
const FEWEST_TEST: usize = 2;

/// A recording whose images are in the sets that the experiment says.
pub(crate) struct Divided {
    pub(crate) recording: Recording,
    /// For each image, its index among all images of the dataset.
    pub(crate) ids: Vec<usize>,
}

/// Puts the images of a recording into the sets that the experiment asks for.
///
/// Images of no set are taken out with their trials, so that no corpus can be made of them either. Known ceilings hold for the
/// repeats of the dataset's own test images and are forgotten where these change.
///
/// # Errors
/// [`Error::File`] with the line of the table that is wrong; [`Error::Data`] if the dataset's own split must stay.
pub(crate) fn divide(by: &SplitBy, dataset: &dyn Dataset, recording: Recording) -> Result<Divided> {
    let Some(path) = by.file() else {
        return Ok(Divided {
            ids: (0..recording.stimuli.n_images()).collect(),
            recording,
        });
    };
    if let Some(why) = dataset.fixed_split() {
        return Err(Error::Data {
            what: format!("split: file({path:?})"),
            expected: "split: dataset".into(),
            got: why,
            remedy: "leave the split out".into(),
        });
    }
    recording.check_tables()?;
    let sets = read(Path::new(path), &recording.stimuli)?;
    let own = own_repeats(&recording);
    let mut divided = with_sets(recording, &sets)?;
    divided.recording.notes.push(note(path, &divided.recording));
    let changed = own_repeats(&divided.recording) != own;
    forget_ceilings(&mut divided.recording, changed);
    Ok(divided)
}

/// The set of each image of the dataset, from the table.
///
/// # Errors
/// [`Error::File`] with the line of the first cell that is wrong, or the first image without a line.
fn read(path: &Path, stimuli: &Stimuli) -> Result<Vec<Option<Split>>> {
    let table = Table::read(path)?;
    let (images, sets) = (table.column(COLUMNS[0])?, table.column(COLUMNS[1])?);
    let refused = |row: usize, column: &str, expected: &str, got: String, remedy: &str| {
        let place = format!("{column}, line {}", table.line(row));
        Err(file_error(path, &place, expected, got, remedy))
    };
    let known = Known::of(stimuli);
    let mut found: Vec<Option<(usize, Option<Split>)>> = vec![None; stimuli.n_images()];
    for (row, (image, set)) in images.into_iter().zip(sets).enumerate() {
        let Some(idx) = known.place(image) else {
            let remedy = "lab data split writes a table with every image of the dataset";
            let got = format!("'{image}'");
            return refused(row, COLUMNS[0], &known.expected(), got, remedy);
        };
        let Some((_, set)) = SETS.into_iter().find(|(name, _)| *name == set) else {
            let (expected, got) = ("train, test or none", format!("'{set}'"));
            return refused(row, COLUMNS[1], expected, got, "correct this cell");
        };
        if let Some((before, _)) = found[idx].replace((row, set)) {
            let got = format!("'{image}', as on line {}", table.line(before));
            return refused(row, COLUMNS[0], "each image once", got, "remove one");
        }
    }
    if let Some(missing) = found.iter().position(Option::is_none) {
        let got = format!("none for image {}", known.name(missing));
        let remedy = "add a line for it; set none leaves it out of the experiment";
        let expected = "a line for each image of the dataset";
        return Err(file_error(path, COLUMNS[0], expected, got, remedy));
    }
    let count = |wanted: Split| {
        found
            .iter()
            .flatten()
            .filter(|(_, set)| *set == Some(wanted))
            .count()
    };
    let (n_train, n_test) = (count(Split::Train), count(Split::Test));
    if n_train < FEWEST_TRAIN || n_test < FEWEST_TEST {
        let expected =
            format!("{FEWEST_TRAIN} image or more to train on and {FEWEST_TEST} or more to test");
        let got = format!("{n_train} and {n_test}");
        let remedy = "put more images into the set that lacks them";
        return Err(file_error(path, COLUMNS[1], &expected, got, remedy));
    }
    Ok(found.into_iter().flatten().map(|(_, set)| set).collect())
}

/// What the images of a dataset are called.
struct Known<'a> {
    n_images: usize,
    /// Names, where every image has one of its own.
    names: Option<BTreeMap<&'a str, usize>>,
}

impl<'a> Known<'a> {
    fn of(stimuli: &'a Stimuli) -> Self {
        let names = stimuli.names.as_ref().map(|names| {
            let places = names.iter().enumerate();
            places.map(|(idx, name)| (name.trim(), idx)).collect()
        });
        Self {
            n_images: stimuli.n_images(),
            names: names.filter(|names: &BTreeMap<_, _>| names.len() == stimuli.n_images()),
        }
    }

    fn place(&self, cell: &str) -> Option<usize> {
        match &self.names {
            Some(names) => names.get(cell).copied(),
            None => cell.parse().ok().filter(|&idx| idx < self.n_images),
        }
    }

    fn name(&self, idx: usize) -> String {
        let named = self
            .names
            .iter()
            .flatten()
            .find(|(_, place)| **place == idx);
        named.map_or_else(|| idx.to_string(), |(name, _)| format!("'{name}'"))
    }

    fn expected(&self) -> String {
        match &self.names {
            Some(_) => "the name of an image of the dataset".into(),
            None => format!("an index from 0 to {}", self.n_images.saturating_sub(1)),
        }
    }
}

/// The recording without the images of no set, and the others in their sets.
pub(super) fn with_sets(mut recording: Recording, sets: &[Option<Split>]) -> Result<Divided> {
    let ids: Vec<usize> = (0..sets.len()).filter(|&idx| sets[idx].is_some()).collect();
    let mut stimuli = recording.stimuli.only(&ids)?;
    stimuli.split = sets.iter().copied().flatten().collect();
    if ids.len() < sets.len() && stimuli.names.is_none() {
        // Messages go on to count images as the dataset does.
        stimuli.names = Some(ids.iter().map(usize::to_string).collect());
    }
    let mut places = vec![None; sets.len()];
    for (new, &old) in ids.iter().enumerate() {
        places[old] = Some(new);
    }
    let mut subjects = recording.subjects.iter_mut();
    subjects.try_for_each(|subject| move_trials(subject, &places))?;
    for voxels in recording.subjects.iter_mut().map(|of| &mut of.voxels) {
        let noiseless = voxels.noiseless.as_ref();
        voxels.noiseless = noiseless.map(|of| taken(of, &ids, 0)).transpose()?;
    }
    recording.stimuli = stimuli;
    Ok(Divided { recording, ids })
}

/// Gives trials the new indices of their images; those of images that are gone go with them.
fn move_trials(subject: &mut Subject, places: &[Option<usize>]) -> Result<()> {
    let trials = subject.trials.iter().enumerate();
    let kept = trials.filter_map(|(row, trial)| {
        let image_idx = places[trial.image_idx]?;
        Some((
            row,
            Trial {
                image_idx,
                ..*trial
            },
        ))
    });
    let (rows, trials): (Vec<usize>, Vec<Trial>) = kept.unzip();
    if rows.is_empty() {
        return Err(Error::Data {
            what: format!("the split, subject {}", subject.id),
            expected: "at least one trial of an image of the training or the test set".into(),
            got: "none".into(),
            remedy: "put images that the subject saw into these sets".into(),
        });
    }
    if rows.len() < subject.trials.len() {
        subject.responses = taken(&subject.responses, &rows, 0)?;
    }
    subject.trials = trials;
    Ok(())
}

/// How often each subject saw each test image: (subject, fewest, most).
fn own_repeats(recording: &Recording) -> Vec<(String, usize, usize)> {
    let of_subject = |subject: &Subject| {
        let mut shown: BTreeMap<usize, usize> = BTreeMap::new();
        let trials = subject.trials.iter().map(|trial| trial.image_idx);
        let test = trials.filter(|&idx| recording.stimuli.split[idx] == Split::Test);
        test.for_each(|idx| *shown.entry(idx).or_default() += 1);
        let fewest = shown.values().copied().min().unwrap_or(0);
        (
            subject.id.clone(),
            fewest,
            shown.values().copied().max().unwrap_or(0),
        )
    };
    recording.subjects.iter().map(of_subject).collect()
}

fn forget_ceilings(recording: &mut Recording, repeats_changed: bool) {
    let known = |subject: &Subject| subject.voxels.noise_ceiling.is_some();
    if !repeats_changed || !recording.subjects.iter().any(known) {
        return;
    }
    for subject in &mut recording.subjects {
        subject.voxels.noise_ceiling = None;
    }
    recording.notes.push(
        "Known noise ceilings hold for the repeats of the dataset's own test images, and are left out: these are others.".into(),
    );
}

/// Which split was used, and between which numbers the repeats of test rows lie.
fn note(path: &str, recording: &Recording) -> String {
    let repeats = own_repeats(recording);
    let fewest = repeats
        .iter()
        .map(|(_, fewest, _)| *fewest)
        .min()
        .unwrap_or(0);
    let most = repeats.iter().map(|(_, _, most)| *most).max().unwrap_or(0);
    let times = |n: usize| {
        if n == 1 {
            "once".to_owned()
        } else {
            format!("{n} times")
        }
    };
    let shown = if fewest == most {
        format!("each test image was shown {} to each subject", times(most))
    } else {
        format!(
            "test images were shown between {fewest} and {} to each subject, so that the noise of their rows differs",
            times(most)
        )
    };
    format!("Training and test images are those of '{path}', not the dataset's own: {shown}.")
}

#[cfg(test)]
mod tests;
