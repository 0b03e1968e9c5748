//! The page of a sweep: its runs in words and formatted numbers.

use std::path::Path;

use serde::Serialize;

use super::card::CardPicture;
use super::scores::Table;
use super::world::{Template, World};
use super::{read, save, set};
use crate::Result;

/// Every word and number that `sweep.typ` sets.
#[derive(Debug, Default, Serialize)]
pub struct SweepPages {
    /// Title of the page, which also stands at the head of every page.
    pub title: String,
    /// What was swept, in a sentence.
    pub description: String,
    /// Why no figure means anything, if it was made at toy size.
    pub toy: Option<String>,
    /// How the responses were simulated; `None` if they were measured.
    pub simulated: Option<String>,
    /// How many runs there are, and what a reader must know before choosing among them.
    pub facts: Vec<String>,
    /// Runs without figures, each with its values and what it said.
    pub failed: Vec<(String, String)>,
    /// The figures by the values of a setting.
    pub chart: Option<CardPicture>,
    /// Means over seeds, if seeds were swept beside others.
    pub over_seeds: Option<Table>,
    /// A row for each run: its values, then its figures.
    pub runs: Table,
    /// Columns of values at the left of both tables: over seeds, runs.
    pub n_values: [usize; 2],
    /// Sentences on what the columns mean.
    pub notes: Vec<String>,
    /// Name and version of the program.
    pub version: String,
    /// Identity of the sweep: twelve hexadecimal digits.
    pub id: String,
}

impl SweepPages {
    /// Sets the page into a PDF.
    ///
    /// # Errors
    /// - [`crate::Error::Io`] if the chart cannot be read or the PDF cannot be written.
    /// - [`crate::Error::Pdf`] if typst complains.
    ///
    /// # Determinism
    /// The same words and chart give the same bytes; no date is written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let chart = self.chart.iter();
        let pictures = chart.map(|chart| Ok(("sweep.svg".into(), read(&chart.file)?)));
        let world = World::new(Template::Sweep, self, pictures.collect::<Result<_>>()?)?;
        save(path, &set(&world, &self.id)?)
    }
}

#[cfg(test)]
mod tests {
    use super::SweepPages;
    use crate::pdf::Table;

    #[test]
    fn the_same_page_gives_the_same_bytes() {
        let table = |n_columns: usize| Table {
            columns: (0..n_columns).map(|idx| format!("column.{idx}")).collect(),
            rows: vec![
                (0..n_columns)
                    .map(|idx| format!("$x{idx}$ #panic()"))
                    .collect();
                50
            ],
        };
        let page = SweepPages {
            title: "Sweep of x".into(),
            toy: Some("It is a toy.".into()),
            failed: vec![("seed=1".into(), "error: *no* [disk]".into())],
            over_seeds: Some(table(3)),
            runs: table(6),
            n_values: [1, 2],
            id: "abc".into(),
            ..SweepPages::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            page.write(&path).unwrap();
            std::fs::read(path).unwrap()
        };
        let one = write("one.pdf");
        assert!(one.starts_with(b"%PDF"));
        assert!(one == write("two.pdf"));
    }
}
