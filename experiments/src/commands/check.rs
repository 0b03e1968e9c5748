//! `lab check FILE`: everything that can be known before anything is computed.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::Result;
use serde_json::json;

use crate::cli::{CheckArgs, Format};
use crate::events;
use crate::out::stdout;
use crate::quantities::duration;
use candle_core::Device;
use lab_core::events::Silent;
use lab_runner::{
    Checked, DataFound, Place, Plan, Source, StageEstimate, Trials, estimate, preview,
};

pub(crate) fn check(args: &CheckArgs) -> Result<()> {
    let plan = Plan::read(&args.experiment.written())?;
    events::say_toy(plan.toy.as_deref());
    plan.warnings().iter().for_each(|text| events::warn(text));
    plan.too_long().iter().for_each(|text| events::warn(text));
    let too_large = plan.too_large();
    too_large
        .iter()
        .for_each(|error| events::warn(&error.to_string()));
    // What does not fit into the memory is not even looked at.
    let checked = if too_large.is_empty() {
        lab_runner::check(&plan)?
    } else {
        Checked::default()
    };
    checked.warnings.iter().for_each(|text| events::warn(text));
    let n_rows = checked.data.as_ref().map(|data| data.n_rows);
    // What does not fit into the memory cannot be timed.
    let stages = if args.estimate && too_large.is_empty() {
        // Without its data nobody knows which finished stages serve.
        let known = preview(&plan, &place(args), Arc::new(Silent));
        let known = known.map_or(Vec::new(), |found| found.stages);
        Some(estimate(&plan, n_rows, &known, &mut Trials::default())?)
    } else {
        None
    };
    let mut out = stdout();
    match args.format {
        Format::Text => {
            writeln!(out, "{}", plan.resolved.trim_end())?;
            print_data(&mut out, &checked)?;
            stages.map_or(Ok(()), |stages| print_estimate(&mut out, &stages))?;
        }
        Format::Json => {
            let facts = json!({
                "name": plan.experiment.name,
                "seed": plan.experiment.seed,
                "run_hash": plan.run_hash,
                "toy": plan.toy,
                "files": plan.files,
                "data": checked.data,
                "unread": checked.unread,
                "figures": checked.figures,
                "estimate": stages,
                "estimated_seconds": stages.as_deref().map(to_be_made),
                "resolved": plan.resolved,
            });
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}

/// Where a run would happen whose trainings are timed.
fn place(args: &CheckArgs) -> Place {
    Place {
        runs: args.runs.clone(),
        device: Device::Cpu,
        other_device: None,
    }
}

/// What the data are, as comments, so that what is printed stays an experiment file.
fn print_data(out: &mut impl Write, checked: &Checked) -> io::Result<()> {
    if let Some(data) = &checked.data {
        writeln!(out, "// Data: {}", sentence(data))?;
        for subject in &data.subjects {
            let (n_voxels, n_trials) = (subject.n_voxels, subject.n_trials);
            writeln!(
                out,
                "//   {}: {n_voxels} voxels, {n_trials} trials",
                subject.id
            )?;
        }
    }
    for left_out in &checked.unread {
        writeln!(out, "// Not looked at: {left_out}.")?;
    }
    Ok(())
}

fn sentence(data: &DataFound) -> String {
    let classes = match data.n_classes {
        0 => String::new(),
        n => format!(" of {n} classes"),
    };
    let pictures = data
        .n_train_pictures
        .map_or(String::new(), |n| format!(" of {n} pictures"));
    format!(
        "{}, {} training images{pictures} in {} rows and {} test images, {} × {} pixels{classes}; subjects: {}.",
        data.dataset,
        data.n_train,
        data.n_rows,
        data.n_test,
        data.height,
        data.width,
        data.subjects.len()
    )
}

/// The estimate as comments.
fn print_estimate(out: &mut impl Write, stages: &[StageEstimate]) -> io::Result<()> {
    if stages.is_empty() {
        return writeln!(out, "// Estimate: no plugin of this experiment trains.");
    }
    let n_threads = rayon::current_num_threads();
    writeln!(out, "// Estimate on this machine, {n_threads} threads:")?;
    for stage in stages {
        let time = duration(stage.seconds);
        let from = match (stage.source, stage.n_updates, stage.n_images) {
            (Some(Source::Itself), ..) => "what it took; it is there and is reused".to_owned(),
            (Some(Source::Alike), ..) => "what a finished one took".to_owned(),
            (Some(Source::InProportion), ..) => {
                "in proportion to what a finished one took".to_owned()
            }
            (None, Some(n), _) => format!("from a few of {n} updates"),
            (None, None, Some(n)) => format!("for each {n} images that it gets ready"),
            (None, None, None) => "from a few updates".to_owned(),
        };
        writeln!(out, "//   {}: {time}, {from}", stage.stage)?;
    }
    let total = duration(to_be_made(stages));
    let which = if stages.iter().any(is_there) {
        "those that are to be made"
    } else {
        "these trainings"
    };
    writeln!(
        out,
        "//   Total of {which}, one after the other: {total}. Loading, alignment, baselines, ceilings and scores come on top."
    )
}

/// Seconds of the trainings that are not there.
fn to_be_made(stages: &[StageEstimate]) -> f64 {
    let missing = stages.iter().filter(|stage| !is_there(stage));
    // The sum of nothing is a zero below zero.
    missing.map(|stage| stage.seconds).sum::<f64>().max(0.0)
}

fn is_there(stage: &StageEstimate) -> bool {
    stage.source == Some(Source::Itself)
}
