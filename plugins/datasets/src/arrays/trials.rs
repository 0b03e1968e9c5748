//! Reads the table of trials.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::Result;
use lab_core::recording::{Labels, Split, Trial};

use super::classes::Classes;
use super::find::{Cell, Names};
use lab_formats::file_error;
use lab_formats::table::Table;

/// The table, read and checked.
#[derive(Debug)]
pub(super) struct TrialTable {
    /// Subjects in the order in which they first appear.
    pub(super) subjects: Vec<String>,
    /// The set of each image; images that nobody saw are for training.
    pub(super) split: Vec<Split>,
    /// The class of each image, where one is known.
    pub(super) labels: Option<Labels>,
    /// Facts about the table.
    pub(super) notes: Vec<String>,
    trials: Vec<(String, Trial)>,
}

impl TrialTable {
    pub(super) fn read(path: &Path, images: &Names, n_files: usize) -> Result<Self> {
        let table = Table::read(path)?;
        let trials = trials(path, &table, images)?;
        let split = splits(path, &table, &trials, images.n_images)?;
        let n_unseen = split.iter().filter(|split| split.is_none()).count();
        let mut subjects: Vec<String> = Vec::new();
        for (subject, _) in &trials {
            if !subjects.contains(subject) {
                subjects.push(subject.clone());
            }
        }
        if subjects.len() != n_files {
            let (expected, got) = (
                format!("{n_files} subjects, one a file of responses"),
                format!("{}: {}", subjects.len(), subjects.join(", ")),
            );
            return Err(file_error(
                path,
                "subject",
                expected,
                got,
                "name one file of responses for each subject",
            ));
        }
        let (labels, mut notes) = if table.has("class") {
            Classes::read(path, &table, &trials, images.n_images)?.into_labels()
        } else {
            (None, Vec::new())
        };
        if n_unseen > 0 {
            // Whoever counts from 1 leaves the first out, and names each image by the next.
            let from_one = n_unseen == 1 && split[0].is_none() && images.names.is_empty();
            notes.extend(from_one.then(|| {
                "The trial table names every image but that of index 0: indices count from 0, so that each row would mean \
                 another image if they were counted from 1."
                    .to_owned()
            }));
            notes.push(format!(
                "{n_unseen} of {} images stand in no row of the trial table and take no part.",
                images.n_images
            ));
        }
        let split = split.into_iter();
        Ok(Self {
            subjects,
            split: split.map(|split| split.unwrap_or(Split::Train)).collect(),
            labels,
            notes,
            trials,
        })
    }

    pub(super) fn trials_of(&self, subject: &str) -> Vec<Trial> {
        self.trials
            .iter()
            .filter(|(of, _)| of == subject)
            .map(|(_, trial)| *trial)
            .collect()
    }
}

/// The run of each row. Where there are sessions, whose runs may count anew, each session and run is one.
fn runs(table: &Table) -> Result<Vec<u32>> {
    let run = table.whole::<u32>("run")?;
    if !table.has("session") {
        return Ok(run);
    }
    let session = table.column("session")?;
    let mut known = BTreeMap::new();
    let of_row = session.into_iter().zip(run).map(|key| {
        let next = known.len() as u32;
        *known.entry(key).or_insert(next)
    });
    Ok(of_row.collect())
}

/// The trial of each row. Image, run and repeat tell the trials of a subject apart.
fn trials(path: &Path, table: &Table, images: &Names) -> Result<Vec<(String, Trial)>> {
    let (subject, image) = (table.column("subject")?, table.column("image")?);
    let (run, repeat) = (runs(table)?, table.whole::<u32>("repeat")?);
    let mut trials = Vec::with_capacity(table.n_rows());
    let mut seen = BTreeMap::new();
    for row in 0..table.n_rows() {
        let line = table.line(row);
        if subject[row].is_empty() {
            let (variable, expected) = (format!("subject, line {line}"), "the name of a subject");
            return Err(file_error(
                path,
                &variable,
                expected,
                "nothing",
                "correct this cell",
            ));
        }
        let cell = Cell {
            path,
            line,
            text: image[row],
        };
        let trial = Trial {
            image_idx: images.find(&cell)?,
            run: run[row],
            repeat: repeat[row],
        };
        let key = (subject[row], trial.image_idx, trial.run, trial.repeat);
        if let Some(before) = seen.insert(key, line) {
            let got = format!(
                "lines {before} and {line}: image '{}', run {}, repeat {} of subject {}",
                image[row], run[row], repeat[row], subject[row]
            );
            let expected = "each image, run and repeat of a subject once";
            let remedy = "remove one of the lines, or count repeats of an image from 0 on";
            return Err(file_error(path, "", expected, got, remedy));
        }
        trials.push((subject[row].to_owned(), trial));
    }
    Ok(trials)
}

/// The set of each image; `None` for one that nobody saw.
fn splits(
    path: &Path,
    table: &Table,
    trials: &[(String, Trial)],
    n_images: usize,
) -> Result<Vec<Option<Split>>> {
    let mut of_image: Vec<Option<Split>> = vec![None; n_images];
    let image = table.column("image")?;
    for (row, cell) in table.column("split")?.into_iter().enumerate() {
        let line = table.line(row);
        let split = parse_split(path, line, cell)?;
        let before = of_image[trials[row].1.image_idx].replace(split);
        if before.is_some_and(|before| before != split) {
            let got = format!("image '{}' in both", image[row]);
            let (variable, expected) = (format!("split, line {line}"), "each image in one set");
            return Err(file_error(
                path,
                &variable,
                expected,
                got,
                "decide for one set",
            ));
        }
    }
    Ok(of_image)
}

fn parse_split(path: &Path, line: usize, cell: &str) -> Result<Split> {
    match cell.to_lowercase().as_str() {
        "train" => Ok(Split::Train),
        "test" => Ok(Split::Test),
        _ => Err(file_error(
            path,
            &format!("split, line {line}"),
            "train or test",
            format!("'{cell}'"),
            "correct this cell",
        )),
    }
}
