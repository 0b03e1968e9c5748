//! What the card leaves in its folder, and what it prints.

use std::fmt::Write as _;
use std::path::Path;

use super::table::Table;
use super::{Card, measures, seeds};
use crate::store::write_atomically;
use crate::{Error, Result};

impl Card {
    /// Writes `card.json`, `card.txt` and `card.csv`.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write(&self, out: &Path) -> Result<()> {
        write_atomically(&out.join("card.json"), &self.json()?)?;
        write_atomically(&out.join("card.txt"), self.text().as_bytes())?;
        write_atomically(&out.join("card.csv"), self.csv().as_bytes())?;
        Ok(())
    }

    /// The card for programs, as indented JSON.
    ///
    /// # Errors
    /// [`Error::Json`] if a value cannot be written as JSON, which would be a mistake in this crate.
    pub fn json(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self).map_err(Error::Json)
    }

    /// The figures of each generator.
    pub fn table(&self) -> Table {
        measures::table(self)
    }

    /// Means over seeds; `None` unless an experiment is repeated with another seed.
    pub fn table_over_seeds(&self, each: &Table) -> Option<Table> {
        seeds::table(&self.generators, each, self.confidence)
    }

    /// What the differences over seeds say, in sentences.
    pub fn findings(&self) -> Vec<String> {
        let table = self.table_over_seeds(&self.table());
        table.map_or_else(Vec::new, |table| seeds::findings(self, &table))
    }

    /// The table as CSV: lines of each generator, then lines over seeds.
    fn csv(&self) -> String {
        let each = self.table();
        let over_seeds = self.table_over_seeds(&each);
        let more = over_seeds.map_or_else(String::new, |table| table.csv_lines());
        each.csv() + &more
    }

    /// The card for people.
    pub fn text(&self) -> String {
        let mut text = String::from("The generator card\n");
        if let Some(toy) = &self.toy {
            let _ = writeln!(text, "TOY: {toy}");
        }
        if let Some(simulated) = &self.simulated {
            let _ = writeln!(text, "SIMULATED: {simulated}");
        }
        for fact in self.facts() {
            let _ = writeln!(text, "{fact}");
        }
        for difference in &self.differences {
            let _ = writeln!(text, "! {difference}");
        }
        let each = self.table();
        if let Some(over_seeds) = self.table_over_seeds(&each) {
            let _ = write!(text, "\nOVER SEEDS\n\n{}\n", over_seeds.text());
            for finding in seeds::findings(self, &over_seeds) {
                let _ = writeln!(text, "{finding}");
            }
            let _ = write!(text, "\nEVERY GENERATOR\n");
        }
        let _ = write!(text, "\n{}\n", each.text());
        for note in self.notes() {
            let _ = writeln!(text, "{note}");
        }
        text
    }
}
