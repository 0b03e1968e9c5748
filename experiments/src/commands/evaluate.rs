//! `lab evaluate`: reconstructions that anybody made, with any tool, get the full evaluation without a run.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use lab_core::Error;
use lab_core::config::Scores;
use lab_evaluate::{LpipsFiles, Request, evaluate as judge};
use lab_reports::findings_of;
use lab_score::record::{Record, summary_json};
use serde_json::json;

use super::{context, own_folder};
use crate::cli::{EvaluateArgs, Format};
use crate::command_line::typed;
use crate::out::stdout;

/// What an evaluation consists of.
const PARTS: [&str; 4] = ["tables", "figures", "report.pdf", "summary.json"];

pub(crate) fn evaluate(args: &EvaluateArgs) -> Result<()> {
    own_folder::refuse_foreign(&args.out, &PARTS, "report.pdf")?;
    let request = request(args);
    let done = judge(&request, &context(args.seed))?;
    let report = lab_reports::write(&done.record, &done.pictures, &args.out)?;
    let summary = args.out.join("summary.json");
    fs::write(&summary, summary_json(&done.record)).map_err(Error::io("writing", &summary))?;
    let mut out = stdout();
    match args.format {
        Format::Text => {
            for finding in findings_of(&done.record) {
                writeln!(out, "{finding}")?;
            }
            writeln!(out, "{}", report.display())?;
        }
        Format::Json => {
            let all = json!({
                "headline": done.record.headline,
                "lower_is_better": lower_is_better(&done.record),
                "guards": done.record.guards,
                "warnings": done.record.warnings,
                "report": report.display().to_string(),
            });
            writeln!(out, "{all:#}")?;
        }
    }
    Ok(())
}

/// Both files of LPIPS; the command line takes two or none.
fn lpips(args: &EvaluateArgs) -> Option<LpipsFiles> {
    match args.lpips.as_deref()? {
        [backbone, heads] => Some(LpipsFiles {
            backbone: backbone.clone(),
            heads: heads.clone(),
        }),
        _ => None,
    }
}

/// The headline figures of which a smaller one is better: the others are better the larger they are, apart from p-values.
fn lower_is_better(record: &Record) -> Vec<&str> {
    let names = record.headline.keys().map(String::as_str);
    let is_distance = |name: &&str| {
        let rows = record.scores.iter();
        let mut distances = rows.filter(|row| row.statistic.lower_is_better());
        distances.any(|row| {
            let own = format!("distance.{}", row.observer);
            **name == own || **name == format!("{}.{own}", row.condition.name())
        })
    };
    names.filter(is_distance).collect()
}

/// The command, as far as it decides the result: neither the folder nor the format does.
fn command_line(args: &EvaluateArgs) -> String {
    let mut words = vec!["evaluate".to_owned()];
    let mut add = |name: &str, value: String| words.extend([format!("--{name}"), value]);
    let shown = |path: &PathBuf| path.display().to_string();
    add("originals", shown(&args.originals));
    add("reconstructions", shown(&args.reconstructions));
    for (name, path) in [("train", &args.train), ("classes", &args.classes)] {
        path.iter().for_each(|path| add(name, shown(path)));
    }
    args.features
        .iter()
        .for_each(|path| add("features", shown(path)));
    if let Some(LpipsFiles { backbone, heads }) = lpips(args) {
        add("lpips", shown(&backbone));
        words.push(shown(&heads));
    }
    let mut add = |name: &str, value: String| words.extend([format!("--{name}"), value]);
    args.size
        .iter()
        .for_each(|size| add("size", size.to_string()));
    let pair = args.pair.and_then(|pair| pair.to_possible_value());
    pair.iter()
        .for_each(|pair| add("pair", pair.get_name().to_owned()));
    add("draws", args.draws.to_string());
    add("seed", args.seed.to_string());
    typed(&words)
}

fn request(args: &EvaluateArgs) -> Request {
    let title = args.title.clone().unwrap_or_else(|| {
        let name = args.reconstructions.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    });
    Request {
        originals: args.originals.clone(),
        reconstructions: args.reconstructions.clone(),
        train: args.train.clone(),
        classes: args.classes.clone(),
        features: args.features.clone(),
        lpips: lpips(args),
        size: args.size.map(|size| size as usize),
        pair_by: args.pair.map(Into::into),
        scores: Scores {
            n_permutations: args.draws as usize,
            n_bootstrap: args.draws as usize,
            ..Scores::default()
        },
        seed: args.seed,
        command: command_line(args),
        title,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
