//! `lab compare runs RUN RUN…`: finished runs side by side.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use lab_core::Error;
use lab_reports::{charts, pdf, tables};
use lab_runner::proof::check_before_reading;
use lab_runner::{differing_settings, write_together};
use lab_score::record::Record;
use lab_score::runs::{ComparedRuns, Paired, RunFacts, rows, settings_of_scores, why_not_paired};
use serde_json::json;

use super::runs_text::text;
use crate::cli::{CompareRunsArgs, Format};
use crate::events;
use crate::out::stdout;

/// Hexadecimal digits by which a comparison is named.
const N_DIGITS: usize = 12;

/// A finished run, checked and read.
struct Finished {
    record: Record,
    /// Hash of the pixels of its test images.
    pixels: Option<String>,
}

pub(super) fn runs(args: &CompareRunsArgs) -> Result<()> {
    let finished: Vec<Finished> = args
        .runs
        .iter()
        .map(|run| read(run))
        .collect::<Result<_>>()?;
    let compared = compare(&finished);
    events::say_toy(toy(&compared).as_deref());
    let warnings = pdf::warnings_of_runs(&compared);
    let mut facts = serde_json::to_value(&compared)?;
    facts["findings"] = json!(pdf::findings_of_runs(&compared));
    facts["warnings"] = json!(&warnings);
    let json = format!("{facts:#}\n");
    // What an earlier comparison wrote stands until all of this one is written.
    write_together(&args.out, |new| write(&compared, &json, new))?;
    let mut out = stdout();
    match args.format {
        Format::Text => write!(out, "{}\n{}\n", text(&compared), args.out.display())?,
        Format::Json => {
            // In the text they stand in front of the scores.
            warnings.iter().for_each(|text| events::warn(text));
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}

fn read(run: &Path) -> Result<Finished> {
    let manifest = check_before_reading(run, &["record.json", "pictures.safetensors"])?;
    let (record, _) = lab_reports::read(run)?;
    let pixels = manifest.files.get("reconstructions/originals.npy").cloned();
    Ok(Finished { record, pixels })
}

fn compare(finished: &[Finished]) -> ComparedRuns {
    let records: Vec<&Record> = finished.iter().map(|run| &run.record).collect();
    let labels = labels(&records);
    let first = &finished[0];
    let why = |run: &Finished| {
        let pixels = [first.pixels.as_deref(), run.pixels.as_deref()];
        why_not_paired(&first.record, &run.record, pixels)
    };
    let facts: Vec<RunFacts> = finished
        .iter()
        .zip(labels)
        .map(|(run, label)| facts(&run.record, label, why(run)))
        .collect();
    let paired: Vec<bool> = facts.iter().map(|run| run.not_paired.is_empty()).collect();
    let pairing = settings_of_scores(&first.record)
        .filter(|_| paired.iter().skip(1).any(|is_paired| *is_paired))
        .map(|scores| {
            let seed = first.record.provenance.seed;
            Paired::draw(first.record.data.n_test, &scores, seed)
        });
    let texts: Vec<&str> = records
        .iter()
        .map(|record| record.provenance.resolved.as_str())
        .collect();
    ComparedRuns {
        rows: rows(&records, &paired, pairing.as_ref()),
        settings: differing_settings(&texts),
        n_sign_flips: pairing.as_ref().map_or(0, Paired::n_sign_flips),
        confidence: pairing.as_ref().map(Paired::confidence),
        runs: facts,
    }
}

fn facts(record: &Record, label: String, not_paired: Vec<String>) -> RunFacts {
    let provenance = &record.provenance;
    let version = provenance.versions.first();
    RunFacts {
        label,
        name: record.name.clone(),
        seed: provenance.seed,
        run_hash: provenance.run_hash.clone(),
        version: version.map_or(String::new(), |(name, version)| format!("{name} {version}")),
        dataset: record.data.dataset.clone(),
        n_test: record.data.n_test,
        toy: record.toy.clone(),
        simulated: record.data.simulated.clone(),
        unproven: record.unproven.clone(),
        not_paired,
    }
}

/// The experiments' names; those that share one get their seeds, or the beginning of their hashes if seeds repeat, and a
/// number if these do too.
fn labels(records: &[&Record]) -> Vec<String> {
    let label = |record: &&&Record| {
        let (name, own) = (&record.name, &record.provenance);
        let namesakes = || records.iter().filter(|other| other.name == *name);
        let same_seed = namesakes().filter(|other| other.provenance.seed == own.seed);
        match (namesakes().count(), same_seed.count()) {
            (1, _) => name.clone(),
            (_, 1) => format!("{name}-seed{}", own.seed),
            _ => format!(
                "{name}-{}",
                own.run_hash.chars().take(6).collect::<String>()
            ),
        }
    };
    let mut labels: Vec<String> = Vec::new();
    for record in records {
        let label = label(&record);
        let numbered = (2..).map(|n| format!("{label} ({n})"));
        let mut free = std::iter::once(label.clone()).chain(numbered);
        labels.extend(free.find(|label| !labels.contains(label)));
    }
    labels
}

/// What is said of runs at toy size: the sentence of each, once.
fn toy(compared: &ComparedRuns) -> Option<String> {
    let mut said: Vec<&str> = Vec::new();
    for sentence in compared.runs.iter().filter_map(|run| run.toy.as_deref()) {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    (!said.is_empty()).then(|| said.join(" "))
}

fn write(compared: &ComparedRuns, json: &str, out: &Path) -> Result<()> {
    tables::write_runs(compared, out)?;
    let figures = charts::write_runs(compared, out)?;
    let path = out.join("runs.json");
    fs::write(&path, json).map_err(Error::io("writing", path))?;
    let hash = blake3::hash(json.as_bytes()).to_hex();
    let version = format!("lab {}", env!("CARGO_PKG_VERSION"));
    pdf::write_runs(
        compared,
        &figures,
        (&version, &hash[..N_DIGITS]),
        &out.join("runs.pdf"),
    )
    .context("setting the comparison")
}
