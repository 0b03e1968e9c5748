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
    headline: BTreeMap<&'a str, f64>,
    criteria: Vec<Criterion<'a>>,
    all: &'a BTreeMap<String, f64>,
    names: BTreeMap<&'static str, &'static str>,
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

/// First parts of the few names: those of the decoder itself, not of the conditions that it is compared with.
const FEW: [&str; 5] = [
    "observer.",
    "identification.",
    "similarity.",
    "distance.",
    "classes.",
];
/// Last parts of names that are left to `all`.
const LEFT_OUT: [&str; 2] = [".majority", ".reconstruction_to_originals"];

/// The figures that most people ask for, with their p by permutation.
fn few(all: &BTreeMap<String, f64>) -> BTreeMap<&str, f64> {
    let is_asked_for = |name: &str| {
        FEW.iter().any(|first| name.starts_with(first))
            && !LEFT_OUT.iter().any(|last| name.ends_with(last))
    };
    all.iter()
        .map(|(name, value)| (name.as_str(), *value))
        .filter(|(name, _)| is_asked_for(name) || name.starts_with("p.permutation."))
        .collect()
}

/// What each name means: the table in the documentation of [`crate::headline`], which says it once.
pub(crate) fn names() -> BTreeMap<&'static str, &'static str> {
    let rows = include_str!("../headline.rs").lines().filter_map(|line| {
        let (names, figure) = line.strip_prefix("//! | `")?.split_once("` | ")?;
        Some((names, figure.strip_suffix(" |")?))
    });
    rows.flat_map(|(names, figure)| names.split("`, `").map(move |name| (name, figure)))
        .collect()
}

/// The headline figures and criteria of a record as indented JSON that ends with a line break.
///
/// Keys: `name`, `seed`, `run_hash`, `version`, `toy` (a sentence, or null for a run at full size),
/// `simulated` (a sentence, or null for measured data), `headline` (names as in
/// [`crate::headline`], sorted; a figure that is no number is null) and `criteria`.
/// `version` is that of the program, the first of the record's versions.
///
/// `headline` has the few figures that most people ask for; `all` has every figure, and `names` says what each name means.
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
        headline: few(&record.headline),
        criteria: record.criteria.iter().map(Criterion::from).collect(),
        all: &record.headline,
        names: names(),
    };
    let mut text = serde_json::to_string_pretty(&summary).unwrap_or_default();
    text.push('\n');
    text
}
