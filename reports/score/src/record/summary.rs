//! Headline figures as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CriterionRow, Record};

/// What `summary.json` holds, in the order of its keys.
#[derive(Serialize)]
struct Summary<'a> {
    name: &'a str,
    seed: u64,
    run_hash: &'a str,
    version: &'a str,
    toy: Option<&'a str>,
    simulated: Option<&'a str>,
    headline: &'a BTreeMap<String, f64>,
    criteria: Vec<Criterion<'a>>,
}

/// A [`CriterionRow`] whose value is null where it is no number, as in `headline`.
#[derive(Serialize)]
struct Criterion<'a> {
    criterion: &'a str,
    value: f64,
    holds: bool,
}

impl<'a> From<&'a CriterionRow> for Criterion<'a> {
    fn from(row: &'a CriterionRow) -> Self {
        Self {
            criterion: &row.criterion,
            value: row.value,
            holds: row.holds,
        }
    }
}

/// The headline figures and criteria of a record as indented JSON that ends with a line break.
///
/// Keys: `name`, `seed`, `run_hash`, `version`, `toy` (a sentence, or null for a run at full size),
/// `simulated` (a sentence, or null for measured data), `headline` (names as in
/// [`crate::headline`], sorted; a figure that is no number is null) and `criteria`.
/// `version` is that of the program, the first of the record's versions.
pub fn summary_json(record: &Record) -> String {
    let provenance = &record.provenance;
    let summary = Summary {
        name: &record.name,
        seed: provenance.seed,
        run_hash: &provenance.run_hash,
        version: provenance
            .versions
            .first()
            .map_or("", |(_, version)| version),
        toy: record.toy.as_deref(),
        simulated: record.data.simulated.as_deref(),
        headline: &record.headline,
        criteria: record.criteria.iter().map(Criterion::from).collect(),
    };
    let mut text = serde_json::to_string_pretty(&summary).unwrap_or_default();
    text.push('\n');
    text
}
