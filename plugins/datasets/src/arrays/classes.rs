//! The classes that the trial table gives to images.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lab_core::Result;
use lab_core::recording::{Labels, Trial};

use crate::missing_class;
use lab_formats::file_error;
use lab_formats::table::Table;

/// Classes of the images, as they are known.
pub(super) struct Classes {
    names: Vec<String>,
    of: Vec<Option<u32>>,
    /// How the table writes that a class is not known.
    words: BTreeSet<String>,
}

impl Classes {
    /// Reads the column. An image may have its class on some of its rows; on none, it is unlabelled.
    ///
    /// # Errors
    /// Fails if an image has two classes.
    pub(super) fn read(
        path: &Path,
        table: &Table,
        trials: &[(String, Trial)],
        n_images: usize,
    ) -> Result<Self> {
        let cells = table.column("class")?;
        let known = cells.iter().filter(|cell| !missing_class::is_missing(cell));
        let names: BTreeSet<&str> = known.copied().collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        refuse_two_ways(path, &names)?;
        let mut found = Self {
            of: vec![None; n_images],
            names,
            words: BTreeSet::new(),
        };
        for (row, (cell, (_, trial))) in cells.iter().zip(trials).enumerate() {
            let place = found.names.binary_search_by(|name| name.as_str().cmp(cell));
            let Ok(class) = place else {
                found.words.insert(format!("'{cell}'"));
                continue;
            };
            let before = found.of[trial.image_idx].replace(class as u32);
            if let Some(before) = before.filter(|&before| before != class as u32) {
                let variable = format!("class, line {}", table.line(row));
                let expected = format!(
                    "'{}', as on an earlier line of the same image",
                    found.names[before as usize]
                );
                let got = format!("'{cell}'");
                let remedy = "give each image one class";
                return Err(file_error(path, &variable, expected, got, remedy));
            }
        }
        Ok(found)
    }

    /// The labels, if any image has one, and what is to be said.
    pub(super) fn into_labels(self) -> (Option<Labels>, Vec<String>) {
        let n_images = self.of.len();
        let n_unlabelled = self.of.iter().filter(|class| class.is_none()).count();
        let words: Vec<String> = self.words.into_iter().collect();
        let note = missing_class::note(n_unlabelled, n_images, &words);
        let of = self
            .of
            .into_iter()
            .map(|class| class.unwrap_or(Labels::NONE));
        let labels = (!self.names.is_empty()).then(|| Labels {
            names: self.names,
            of: of.collect(),
        });
        (labels, note.into_iter().collect())
    }
}

/// One class that is written in two ways would be two: `Face` and `face`, or `1` and the `1.0` of a spreadsheet.
fn refuse_two_ways(path: &Path, names: &[String]) -> Result<()> {
    let plain = |name: &String| {
        let number: Option<f64> = name.parse().ok().filter(|number: &f64| number.is_finite());
        number.map_or_else(|| name.to_lowercase(), |number| number.to_string())
    };
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    for name in names {
        if let Some(before) = seen.insert(plain(name), name) {
            let got = format!("'{before}' and '{name}'");
            let remedy = "write each class in one way";
            return Err(file_error(
                path,
                "class",
                "classes that differ",
                got,
                remedy,
            ));
        }
    }
    Ok(())
}
