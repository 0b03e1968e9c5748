//! Classes of the originals, and the classes that a classifier of the user's names for pictures.

use std::collections::BTreeSet;
use std::path::Path;

use lab_core::recording::Labels;
use lab_formats::file_error;
use lab_formats::table::Table;
use lab_score::Named;

use crate::Result;
use crate::pairing::stem;
use crate::read::Read;
use crate::request::Request;

/// Cells that say that a class is not known.
const MISSING: [&str; 3] = ["", "n/a", "NA"];

/// Classes by original.
pub(crate) struct Classes {
    /// Names of the classes, sorted.
    pub(crate) names: Vec<String>,
    /// Class of each original, or [`Labels::NONE`].
    pub(crate) of: Vec<u32>,
    /// Name of the table, which stands for the classifier.
    classifier: String,
    of_reconstructions: Option<Vec<Named>>,
    of_originals: Option<Vec<Named>>,
}

impl Classes {
    /// Reads the table of classes, if there is one: a line for each original, by its name or its place counted from 0.
    pub(crate) fn of(request: &Request, read: &Read) -> Result<Option<Self>> {
        let Some(path) = &request.classes else {
            return Ok(None);
        };
        let table = Table::read(path)?;
        let lines = lines(path, &table, read)?;
        let known: BTreeSet<&str> = table
            .column("class")?
            .into_iter()
            .filter(|class| !MISSING.contains(class))
            .collect();
        let names: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let class = |cell: &str| -> Named {
            let place = names.binary_search_by(|name| name.as_str().cmp(cell));
            place.ok().map(|class| class as u32)
        };
        let column = |name: &str| -> Result<Vec<Named>> {
            let cells = table.column(name)?;
            Ok(lines.iter().map(|&line| class(cells[line])).collect())
        };
        let named = |name: &str| table.has(name).then(|| column(name)).transpose();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Some(Self {
            of: column("class")?
                .into_iter()
                .map(|class| class.unwrap_or(Labels::NONE))
                .collect(),
            of_reconstructions: named("named")?,
            of_originals: named("named_original")?,
            classifier: stem.into_owned(),
            names,
        }))
    }

    /// Name of the classifier and the classes that it names for the originals; `None` if it was not asked about anything.
    pub(crate) fn of_originals(&self) -> Option<(String, Vec<Named>)> {
        let named = self.of_originals.clone()?;
        Some((self.classifier.clone(), named))
    }

    /// The classes that the classifier names for the reconstructions.
    pub(crate) fn of_reconstructions(&self) -> Option<Vec<Named>> {
        self.of_reconstructions.clone()
    }
}

/// For each original, the row of the table that speaks of it.
fn lines(path: &Path, table: &Table, read: &Read) -> Result<Vec<usize>> {
    let n_images = read.pairing.len();
    let mut rows: Vec<Option<usize>> = vec![None; n_images];
    for (row, cell) in table.column("image")?.into_iter().enumerate() {
        let is_name = |name: &String| name == cell || stem(name) == stem(cell);
        let by_name = read.names.iter().position(is_name);
        let by_place = || cell.parse().ok().filter(|&place: &usize| place < n_images);
        let refused = |expected: &str, got: String, remedy: &str| {
            let variable = format!("image, line {}", table.line(row));
            file_error(path, &variable, expected, got, remedy)
        };
        let Some(image) = by_name.or_else(|| by_place().filter(|_| read.names.is_empty())) else {
            let expected = if read.names.is_empty() {
                "the place of an original, counted from 0"
            } else {
                "the name of an original"
            };
            return Err(refused(expected, format!("'{cell}'"), "write it as it is").into());
        };
        if let Some(before) = rows[image].replace(row) {
            let got = format!("'{cell}', as on line {}", table.line(before));
            return Err(refused("one line for each original", got, "remove one").into());
        }
    }
    let missing = rows.iter().position(Option::is_none);
    if let Some(image) = missing {
        let name = read.names.get(image);
        let what = name.map_or(format!("original {image}"), |name| format!("'{name}'"));
        let remedy = "give each original a line; an empty class is one that is not known";
        return Err(file_error(
            path,
            "image",
            "a line for each original",
            format!("none for {what}"),
            remedy,
        )
        .into());
    }
    Ok(rows.into_iter().flatten().collect())
}
