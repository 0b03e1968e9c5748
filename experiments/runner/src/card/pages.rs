//! The card as a PDF.

use std::path::Path;

use lab_reports::charts::Figure;
use lab_reports::pdf::{CardPages, CardPicture, CardSection, CardTable, Table as Words};

use super::table::Table;
use super::{Card, GeneratorCard};
use crate::{Error, Result};

/// Hexadecimal digits by which a card is named.
const N_DIGITS: usize = 12;

impl Card {
    /// Sets the card into `card.pdf`; its sheets lie in `out`, and `json` is what its hash is of.
    pub(super) fn write_pdf(&self, out: &Path, json: &[u8], chart: Option<Figure>) -> Result<()> {
        let each = self.table();
        let over_seeds = self.table_over_seeds(&each);
        let pages = CardPages {
            title: "The generator card".into(),
            description: "What generators are worth for reconstructing images, measured alike.".into(),
            simulated: self.simulated.clone(),
            findings: self.findings(),
            differences: self.differences.clone(),
            facts: self.facts(),
            over_seeds: over_seeds.map(|table| CardTable {
                caption: format!(
                    "Means over seeds with Student's {} % intervals; differences are taken at the same seed. Each seed draws \
                     networks, subjects and decoders anew; real images, judge and the test images of ceilings are the first \
                     experiment's for all, so that these intervals say nothing about other images.",
                    100.0 * self.confidence
                ),
                sections: sections(&table),
            }),
            each: CardTable {
                caption: String::new(),
                sections: sections(&each),
            },
            sheets: self.generators.iter().map(|card| sheets(card, out)).collect(),
            sensitivity: chart.map(|chart| CardPicture {
                title: chart.title,
                caption: chart.caption,
                file: chart.svg,
            }),
            notes: self.notes(),
            parameters: self.parameters(),
            version: format!("lab {}", env!("CARGO_PKG_VERSION")),
            card_hash: blake3::hash(json).to_hex()[..N_DIGITS].to_owned(),
        };
        let path = out.join("card.pdf");
        pages
            .write(&path)
            .map_err(Error::during("setting the card"))
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let generators = self.generators.iter();
        let mut all: Vec<(String, String)> = generators
            .map(|card| (card.label.clone(), card.generator.clone()))
            .collect();
        all.push(("judge".into(), self.judge.network.clone()));
        all
    }
}

fn sections(table: &Table) -> Vec<CardSection> {
    let filled = table
        .sections
        .iter()
        .filter(|section| !section.rows.is_empty());
    filled
        .map(|section| {
            let mut columns = vec![String::new()];
            columns.extend(table.columns.iter().cloned());
            let rows = section.rows.iter().map(|row| {
                let mut cells = vec![row.label.clone()];
                cells.extend(row.texts());
                cells
            });
            CardSection {
                heading: section.heading.clone(),
                table: Words {
                    columns,
                    rows: rows.collect(),
                },
            }
        })
        .collect()
}

/// Samples, and the pairs that look most like copies.
fn sheets(card: &GeneratorCard, out: &Path) -> Vec<CardPicture> {
    let label = &card.label;
    let sheet = |what: &str, title: &str, caption: &str| CardPicture {
        title: format!("{title} {label}"),
        caption: caption.into(),
        file: out.join(format!("{what}-{label}.png")),
    };
    let sheets = [
        sheet(
            "samples",
            "Samples of",
            "The first ones that its stream of random numbers gives; none is picked.",
        ),
        sheet(
            "nearest",
            "Nearest to training images:",
            "Pairs of a sample and the training image nearest to it by pixels, the nearest pairs of all samples.",
        ),
    ];
    sheets
        .into_iter()
        .filter(|sheet| sheet.file.exists())
        .collect()
}
