//! Reads the table of trials.

use std::path::Path;

use lab_core::Result;
use lab_core::recording::{Labels, Split, Trial};

use super::images::Images;
use lab_formats::file_error;
use lab_formats::table::Table;

/// The table, read and checked.
#[derive(Debug)]
pub(super) struct TrialTable {
    /// Subjects in the order in which they first appear.
    pub(super) subjects: Vec<String>,
    /// The set of each image; images that nobody saw are for training.
    pub(super) split: Vec<Split>,
    /// The class of each image, if every one has one.
    pub(super) labels: Option<Labels>,
    /// Images without a class, where the table has classes.
    pub(super) n_unlabelled: usize,
    trials: Vec<(String, Trial)>,
}

impl TrialTable {
    pub(super) fn read(path: &Path, images: &Images, n_files: usize) -> Result<Self> {
        let table = Table::read(path)?;
        let column = |name: &str| {
            table
                .column(name)
                .map(|cells| cells.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let (subject, image, split) = (column("subject")?, column("image")?, column("split")?);
        let (run, repeat) = (
            table.numbers::<u32>("run")?,
            table.numbers::<u32>("repeat")?,
        );
        let mut subjects: Vec<String> = Vec::new();
        let mut trials = Vec::with_capacity(table.n_rows());
        let mut of_image: Vec<Option<Split>> = vec![None; images.n_images()];
        for row in 0..table.n_rows() {
            let line = row + 2;
            let image_idx = images.find(&image[row]).ok_or_else(|| {
                let expected = format!(
                    "an index below {} or the name of a picture",
                    images.n_images()
                );
                file_error(
                    path,
                    &format!("image, line {line}"),
                    expected,
                    format!("'{}'", image[row]),
                    "correct this cell",
                )
            })?;
            let split = parse_split(path, line, &split[row])?;
            if of_image[image_idx]
                .replace(split)
                .is_some_and(|before| before != split)
            {
                let got = format!("image '{}' in both", image[row]);
                return Err(file_error(
                    path,
                    &format!("split, line {line}"),
                    "each image in one set",
                    got,
                    "decide for one set",
                ));
            }
            if !subjects.contains(&subject[row]) {
                subjects.push(subject[row].clone());
            }
            trials.push((
                subject[row].clone(),
                Trial {
                    image_idx,
                    run: run[row],
                    repeat: repeat[row],
                },
            ));
        }
        if subjects.len() != n_files {
            let (expected, got) = (
                format!("{n_files} subjects, one a file of responses"),
                subjects.join(", "),
            );
            return Err(file_error(
                path,
                "subject",
                expected,
                got,
                "give each subject one file, in this order",
            ));
        }
        let (labels, n_unlabelled) = if table.has("class") {
            labels(path, &table.column("class")?, &trials, images.n_images())?
        } else {
            (None, 0)
        };
        let split = of_image
            .into_iter()
            .map(|split| split.unwrap_or(Split::Train))
            .collect();
        Ok(Self {
            subjects,
            split,
            labels,
            n_unlabelled,
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

/// The class of each image, and the number of those without one; `None` if there are any.
fn labels(
    path: &Path,
    classes: &[&str],
    trials: &[(String, Trial)],
    n_images: usize,
) -> Result<(Option<Labels>, usize)> {
    let mut names: Vec<String> = classes.iter().map(|&class| class.to_owned()).collect();
    names.sort();
    names.dedup();
    let mut of: Vec<Option<u32>> = vec![None; n_images];
    for (row, (class, (_, trial))) in classes.iter().zip(trials).enumerate() {
        let found = names
            .binary_search_by(|name| name.as_str().cmp(class))
            .ok()
            .map(|class| class as u32);
        let before = of[trial.image_idx];
        if before.is_some() && before != found {
            let known = before.map_or("", |class| names[class as usize].as_str());
            return Err(file_error(
                path,
                &format!("class, line {}", row + 2),
                format!("'{known}', as on an earlier line of the same image"),
                format!("'{class}'"),
                "give each image one class",
            ));
        }
        of[trial.image_idx] = found;
    }
    let n_unlabelled = of.iter().filter(|class| class.is_none()).count();
    let of: Option<Vec<u32>> = of.into_iter().collect();
    Ok((of.map(|of| Labels { names, of }), n_unlabelled))
}
