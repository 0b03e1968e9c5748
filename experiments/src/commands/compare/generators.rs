//! `lab compare generators FILE…`: the card of several experiments' generators.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use lab_core::Error;

use super::pages;
use crate::cli::{CompareGeneratorsArgs, Format};
use crate::device::device;
use crate::events::{self, Events};
use crate::out::stdout;
use crate::stop;
use lab_runner::card::{Card, Contestant, Settings, card};
use lab_runner::proof::check_before_reading;
use lab_runner::{Plan, Watcher, Written, write_together};

/// Most samples of a generator at toy size.
const N_SMOKE: usize = 64;
/// Fewest samples that every score can be computed from.
const N_LEAST: usize = 16;

pub(super) fn generators(args: &CompareGeneratorsArgs) -> Result<()> {
    if args.samples < N_LEAST {
        bail!(
            "--samples {}: expected at least {N_LEAST}\n  hint: distances between sets of images need hundreds",
            args.samples
        );
    }
    let contestants: Vec<Contestant> = args
        .files
        .iter()
        .map(|file| contestant(file, args))
        .collect::<Result<_>>()?;
    let n_samples = if args.smoke {
        args.samples.min(N_SMOKE)
    } else {
        args.samples
    };
    contestants
        .iter()
        .for_each(|of| events::say_toy(of.toy.as_deref()));
    let watcher: Arc<dyn Watcher> = Arc::new(Events::new(stop::on_request()?));
    let settings = Settings::new(n_samples, &contestants[0].plan.experiment.scores);
    let device = device(&args.device)?;
    // The files of an earlier card stand until all of this one are written.
    let card = write_together(&args.out, |new| -> Result<Card> {
        let card = card(&contestants, &settings, &device, &watcher, new)?;
        card.write(new)?;
        pages::write(&card, new)?;
        Ok(card)
    })?;
    let mut out = stdout();
    match args.format {
        Format::Text => write!(out, "{}\n{}\n", card.text(), args.out.display())?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&card)?)?,
    }
    Ok(())
}

/// A file is an experiment; a folder is that of a run, whose stages lie beside it.
fn contestant(file: &Path, args: &CompareGeneratorsArgs) -> Result<Contestant> {
    let is_run = file.is_dir();
    let experiment = if is_run {
        file.join("run.ron")
    } else {
        file.to_owned()
    };
    if is_run && !experiment.exists() {
        bail!(
            "'{}' is not the folder of a run: it holds no run.ron\n  hint: runs stand in runs/NAME/HASH; runs/NAME/latest is the newest",
            file.display()
        );
    }
    if is_run && file.join("manifest.json").exists() {
        check_before_reading(file, &["run.ron", "summary.json"])?;
    }
    let plan = Plan::read(&Written {
        file: experiment.clone(),
        sets: Vec::new(),
        plugins: args.plugins.clone(),
        smoke: args.smoke,
        stood_in: Vec::new(),
    })?;
    let home = home_of_run(&experiment).filter(|_| !args.smoke);
    let runs = home.unwrap_or_else(|| args.runs.clone());
    // A folder is a run itself: at toy size its text has another hash than at full size.
    let run = if is_run && !args.smoke {
        file.to_owned()
    } else {
        runs.join(&plan.experiment.name).join(&plan.run_hash)
    };
    Ok(Contestant {
        toy: plan.toy.clone().or(toy_of(&run)?),
        run,
        file: file.to_owned(),
        runs,
        plan,
    })
}

/// What a finished run says of its size, if it was made at toy size; the card reads it again, and says what is wrong.
fn toy_of(run: &Path) -> Result<Option<String>> {
    if check_before_reading(run, &["summary.json"]).is_err() {
        return Ok(None);
    }
    let path = run.join("summary.json");
    let summary = fs::read(&path).map_err(Error::io("reading", path))?;
    let summary: serde_json::Value = serde_json::from_slice(&summary)?;
    Ok(summary["toy"].as_str().map(str::to_owned))
}

/// For `RUNS/NAME/HASH/run.ron`, RUNS if it keeps stages.
fn home_of_run(experiment: &Path) -> Option<PathBuf> {
    if experiment.file_name()? != "run.ron" {
        return None;
    }
    let runs = fs::canonicalize(experiment).ok()?;
    let runs = runs.parent()?.parent()?.parent()?;
    runs.join(".stages").is_dir().then(|| runs.to_owned())
}
