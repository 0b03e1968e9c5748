//! Loads a dataset by every rule of its loader, without an experiment.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::{Recording, Split, Subject, in_region};
use lab_core::traits::Dataset;
use lab_core::{Error, Result};
use serde_json::json;

/// A dataset that its loader has taken.
#[derive(Debug)]
pub struct Checked {
    /// The plugin, as in an experiment.
    pub text: String,
    /// What it yields.
    pub recording: Recording,
}

/// Loads the dataset `name` from `folder`; `name` may be a plugin written out.
///
/// # Errors
/// Fails if there is no rule for the name, a file is missing, or the loader refuses what it finds.
pub fn check(ctx: &Context, name: &str, folder: &Path) -> Result<Checked> {
    let text = plugin(name, folder)?;
    let dataset = PluginRef::<dyn Dataset>::of(&text).build(ctx)?;
    let missing = dataset.files().into_iter().find(|file| !file.exists());
    if let Some((path, remedy)) = missing.zip(dataset.obtain()) {
        return Err(Error::File {
            path,
            variable: String::new(),
            expected: "a file of this dataset".into(),
            got: "none".into(),
            remedy: format!("it is missing\n  {remedy}"),
        });
    }
    let recording = dataset.load(ctx)?;
    recording.check()?;
    Ok(Checked { text, recording })
}

impl Checked {
    /// As lines for people.
    pub fn lines(&self) -> String {
        let mut out = String::new();
        // Writing into a text cannot fail.
        let _ = print(&mut out, &self.text, &self.recording);
        out
    }

    /// As facts for programs.
    pub fn facts(&self) -> serde_json::Value {
        facts(&self.text, &self.recording)
    }
}

/// The plugin with the folder in the place where it expects one.
fn plugin(name: &str, folder: &Path) -> Result<String> {
    if name.contains('(') {
        return Ok(name.to_owned());
    }
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    Ok(match name {
        "vim1" | "god" => format!("{name}(root: {})", quoted(folder)),
        "brains" => {
            let subjects: Vec<String> = (1..=3)
                .map(|n| folder.join(format!("brainsbold_S{n}.mat")))
                .filter(|path| path.exists())
                .map(|path| quoted(&path))
                .collect();
            let responses = if subjects.is_empty() {
                "Absent".to_owned()
            } else {
                format!("Subjects([{}])", subjects.join(", "))
            };
            let images = quoted(&folder.join("stim_brains.mat"));
            format!("brains(images: {images}, responses: {responses})")
        }
        "folder" | "imagenet64" | "characters" | "packed" => {
            format!("{name}(path: {})", quoted(folder))
        }
        _ => {
            return Err(Error::Data {
                what: "dataset".into(),
                expected: "one of vim1, god, brains, folder, imagenet64, characters, packed".into(),
                got: format!("'{name}', for whose folder there is no rule"),
                remedy: "write the plugin out, as in 'arrays(responses: […], …)'".into(),
            });
        }
    })
}

fn counts(recording: &Recording) -> [usize; 2] {
    [Split::Train, Split::Test].map(|split| recording.stimuli.indices(split).len())
}

/// Trials of each image of a set: fewest and most; images that nobody saw do not count.
fn repeats(recording: &Recording, subject: &Subject, split: Split) -> Option<(usize, usize)> {
    let mut n_shown: BTreeMap<usize, usize> = BTreeMap::new();
    for trial in &subject.trials {
        if recording.stimuli.split[trial.image_idx] == split {
            *n_shown.entry(trial.image_idx).or_insert(0) += 1;
        }
    }
    Some((*n_shown.values().min()?, *n_shown.values().max()?))
}

fn regions(subject: &Subject) -> Vec<(String, usize)> {
    let names = subject.voxels.roi_names.iter().enumerate();
    let count = |idx: usize| in_region(&subject.voxels.roi, idx as u16).len();
    names
        .map(|(idx, name)| (name.clone(), count(idx)))
        .filter(|(_, n)| *n > 0)
        .collect()
}

fn print(out: &mut String, text: &str, recording: &Recording) -> std::fmt::Result {
    let [n_train, n_test] = counts(recording);
    writeln!(out, "{text}")?;
    if let Some(simulated) = &recording.simulated {
        writeln!(out, "  SIMULATED  {simulated}")?;
    }
    let shape = recording.stimuli.shape();
    writeln!(
        out,
        "  images     {n_train} training, {n_test} test, {shape}"
    )?;
    if let Some(labels) = &recording.stimuli.labels {
        let unlabelled = match labels.n_unlabelled() {
            0 => String::new(),
            n => format!("; {n} of {} images have none", labels.of.len()),
        };
        writeln!(out, "  classes    {}{unlabelled}", labels.names.len())?;
    }
    for subject in &recording.subjects {
        let shown =
            [Split::Train, Split::Test].map(|split| match repeats(recording, subject, split) {
                None => "none".into(),
                Some((least, most)) if least == most => format!("{least}×"),
                Some((least, most)) => format!("{least} to {most}×"),
            });
        let regions: Vec<String> = regions(subject)
            .into_iter()
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        writeln!(
            out,
            "  {:<9}  {} voxels ({}), {} trials; images shown: training {}, test {}",
            subject.id,
            subject.n_voxels(),
            regions.join(", "),
            subject.n_trials(),
            shown[0],
            shown[1]
        )?;
    }
    for note in &recording.notes {
        writeln!(out, "  note       {note}")?;
    }
    writeln!(out, "  everything the loader promises holds")
}

fn facts(text: &str, recording: &Recording) -> serde_json::Value {
    let [n_train, n_test] = counts(recording);
    let subjects: Vec<_> = recording
        .subjects
        .iter()
        .map(|subject| {
            json!({
                "id": subject.id,
                "n_voxels": subject.n_voxels(),
                "n_trials": subject.n_trials(),
                "regions": regions(subject),
            })
        })
        .collect();
    json!({
        "dataset": text,
        "simulated": recording.simulated,
        "n_train": n_train,
        "n_test": n_test,
        "subjects": subjects,
        "notes": recording.notes,
    })
}
