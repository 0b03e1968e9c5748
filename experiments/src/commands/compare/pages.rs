//! The generator card as a PDF.

use std::path::Path;

use anyhow::{Context as _, Result};
use lab_reports::charts::{self, Figure};
use lab_reports::pdf::{CardPages, CardPicture, CardSection, CardTable, Table as Words};
use lab_runner::card::{Card, GeneratorCard, Table};

use super::chart;

/// Hexadecimal digits by which a card is named.
const N_DIGITS: usize = 12;

/// Draws the card's chart and sets the card into `card.pdf`, in the folder that its sheets of images lie in.
pub(super) fn write(card: &Card, out: &Path) -> Result<()> {
    let chart = charts::write_sensitivity(&chart::lines(card), out)?;
    pages(card, out, chart)?
        .write(&out.join("card.pdf"))
        .context("setting the card")
}

fn pages(card: &Card, out: &Path, chart: Option<Figure>) -> Result<CardPages> {
    let each = card.table();
    let over_seeds = card.table_over_seeds(&each);
    Ok(CardPages {
        title: "The generator card".into(),
        description: "What generators are worth for reconstructing images, measured alike.".into(),
        toy: card.toy.clone(),
        simulated: card.simulated.clone(),
        findings: card.findings(),
        differences: card.differences.clone(),
        facts: card.facts(),
        over_seeds: over_seeds.map(|table| CardTable {
            caption: format!(
                "Means over seeds with Student's {} % intervals; differences are taken at the same seed. Each seed draws \
                 networks, subjects and decoders anew; real images, judge and the test images of ceilings are the first \
                 experiment's for all, so that these intervals say nothing about other images.",
                100.0 * card.confidence
            ),
            sections: sections(&table),
        }),
        each: CardTable {
            caption: String::new(),
            sections: sections(&each),
        },
        sheets: card
            .generators
            .iter()
            .map(|generator| sheets(generator, out))
            .collect(),
        sensitivity: chart.map(|chart| CardPicture {
            title: chart.title,
            caption: chart.caption,
            file: chart.svg,
        }),
        notes: card.notes(),
        parameters: parameters(card),
        version: format!("lab {}", env!("CARGO_PKG_VERSION")),
        card_hash: blake3::hash(&card.json()?).to_hex()[..N_DIGITS].to_owned(),
    })
}

/// Generators and judge, with their parameters.
fn parameters(card: &Card) -> Vec<(String, String)> {
    let generators = card.generators.iter();
    let mut all: Vec<(String, String)> = generators
        .map(|generator| (generator.label.clone(), generator.generator.clone()))
        .collect();
    all.push(("judge".into(), card.judge.network.clone()));
    all
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
