//! The generator card as a PDF: what its makers measured, in words and formatted numbers.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::scores::Table;
use super::world::{Template, World};
use super::{read, save, set};
use crate::Result;

/// Everything that `card.typ` reads.
#[derive(Debug, Default, Serialize)]
pub struct CardPages {
    /// Above everything, and at the head of every page.
    pub title: String,
    /// What a card is, in a sentence.
    pub description: String,
    /// Why no figure means anything, if the card was made at toy size.
    pub toy: Option<String>,
    /// How the responses were simulated; `None` if they were measured.
    pub simulated: Option<String>,
    /// What the figures say, in sentences.
    pub findings: Vec<String>,
    /// What differs between experiments beside their generators.
    pub differences: Vec<String>,
    /// Images, judge and generators, in sentences.
    pub facts: Vec<String>,
    /// Means over seeds, if experiments differ in their seeds alone.
    pub over_seeds: Option<CardTable>,
    /// The figures of each generator.
    pub each: CardTable,
    /// A row for each generator, of at most two: samples, and what they look most like.
    pub sheets: Vec<Vec<CardPicture>>,
    /// What an error in z costs.
    pub sensitivity: Option<CardPicture>,
    /// What a reader must know to read the figures.
    pub notes: Vec<String>,
    /// Names, and plugins with their parameters.
    pub parameters: Vec<(String, String)>,
    /// Name and version of the program.
    pub version: String,
    /// Hash of the card's figures.
    pub card_hash: String,
}

/// A table in sections.
#[derive(Debug, Default, Serialize)]
pub struct CardTable {
    /// What its figures are.
    pub caption: String,
    /// Its sections from above.
    pub sections: Vec<CardSection>,
}

/// Rows under a heading.
#[derive(Debug, Default, Serialize)]
pub struct CardSection {
    /// Heading of the section.
    pub heading: String,
    /// The rows, each a label and a figure a column.
    pub table: Table,
}

/// A sheet of images, or a chart.
#[derive(Debug, Default, Serialize)]
pub struct CardPicture {
    /// What it shows, in a few words.
    pub title: String,
    /// What a reader needs to understand it.
    pub caption: String,
    /// PNG of a sheet, SVG of a chart.
    #[serde(skip)]
    pub file: PathBuf,
}

impl CardPages {
    /// Sets the card into a PDF.
    ///
    /// # Errors
    /// - [`crate::Error::Io`] if a sheet or chart cannot be read or the PDF cannot be written.
    /// - [`crate::Error::Pdf`] if typst complains.
    ///
    /// # Determinism
    /// The same card and pictures give the same bytes; no date is written.
    pub fn write(&self, path: &Path) -> Result<()> {
        save(path, &self.render()?)
    }

    pub(super) fn render(&self) -> Result<Vec<u8>> {
        let mut pictures = Vec::new();
        for (row, sheets) in self.sheets.iter().enumerate() {
            for (column, sheet) in sheets.iter().enumerate() {
                pictures.push((format!("sheet-{row}-{column}.png"), read(&sheet.file)?));
            }
        }
        if let Some(chart) = &self.sensitivity {
            pictures.push(("sensitivity.svg".into(), read(&chart.file)?));
        }
        set(
            &World::new(Template::Card, self, pictures)?,
            &self.card_hash,
        )
    }
}
