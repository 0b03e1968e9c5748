//! `lab sweep FILE`: one experiment with many values.

mod effects;
mod outlook;
mod pages;
mod table;
mod unfinished;

use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};
use lab_runner::engine::{Engine, Local, Slurm, SlurmSettings};
use lab_runner::sweep::{
    Drive, Driven, Finder, Judge, State, Sweep, SweepWritten, SweepsFolder, Told, Worker, hash_of,
};

use super::requests;
use super::status::described;
use crate::cli::{Format, On, SweepArgs};
use crate::events;
use crate::out::stdout;
use crate::stop;
use effects::Chapter;
use serde_json::json;
use table::Gathered;

pub(super) fn sweep(args: &SweepArgs) -> Result<bool> {
    let sweep = Sweep::read(&SweepWritten {
        experiment: args.experiment.written(),
        zip: args.zip,
        runs: args.runs.clone(),
        device: args.device.clone(),
    })?;
    events::say_toy(sweep.toy.as_deref());
    // Variants share the runs of their base.
    if sweep.n_doubles() > 0 && sweep.questions.is_empty() {
        events::warn(&format!(
            "{} of {} combinations resolve to the same experiment as another one and share its run",
            sweep.n_doubles(),
            sweep.combinations.len()
        ));
    }
    let folder = SweepsFolder::of(&args.runs);
    if args.plan {
        return outlook::print(args, &sweep, &folder).map(|()| true);
    }
    let driven = drive(args, &sweep, &folder)?;
    summarise(args, &sweep, &driven, &folder)?;
    ended(args, &sweep, &driven)
}

/// Writes the summary, and prints the table with the path of the page.
fn summarise(
    args: &SweepArgs,
    sweep: &Sweep,
    driven: &Driven,
    folder: &SweepsFolder,
) -> Result<()> {
    let gathered = Gathered::of(sweep, &driven.states, &args.figures)?;
    let out = args.out.clone().unwrap_or_else(|| folder.sweep(&sweep.id));
    let (page, findings) = if sweep.questions.is_empty() {
        (pages::write(&gathered, sweep, &out)?, Vec::new())
    } else {
        let chapter = Chapter::of(sweep, &driven.states, &gathered)?;
        (chapter.write(&gathered, &out)?, chapter.findings())
    };
    let mut printed = stdout();
    match args.format {
        Format::Text => {
            writeln!(printed, "{}", gathered.text())?;
            for sentence in findings {
                writeln!(printed, "{sentence}")?;
            }
            writeln!(printed, "{}", page.display())?;
        }
        Format::Json => {
            let mut facts = gathered.json(sweep, &page);
            if !sweep.questions.is_empty() {
                facts["findings"] = json!(findings);
            }
            writeln!(printed, "{facts:#}")?;
        }
    }
    Ok(())
}

/// Runs the jobs that are missing, and gives back how each stands then.
fn drive(args: &SweepArgs, sweep: &Sweep, folder: &SweepsFolder) -> Result<Driven> {
    let asked = requests::listen()?;
    let program = program()?;
    let hash = hash_of(&program).context("reading this program")?;
    let drive = Drive {
        sweep,
        folder,
        retry_failed: args.retry_failed,
        detach: args.detach,
        asked_to_stop: &|| asked.load(Ordering::Relaxed),
        tell: &tell,
    };
    let mut judge = Judge {
        folder,
        finder: Finder::of_this_program(),
        queue: None,
        program: Some(hash.clone()),
    };
    if args.on == On::Slurm {
        judge.queue = Some(Slurm::ask_queue()?);
    }
    let states = drive.states(&mut judge);
    // Where nothing is to be done no engine is asked, and no program copied.
    if states.iter().all(|state| matches!(state, State::Done(_))) {
        sweep.freeze(folder, &[])?;
        drive.begin(&states, 0);
        return Ok(Driven {
            states,
            stopped: false,
        });
    }
    let mut engine: Box<dyn Engine> = match args.on {
        On::Local => {
            let worker = Worker {
                folder: folder.clone(),
                program,
                threads: Some(threads_each(args)),
                id: None,
                hash: OnceLock::from(hash),
            };
            Box::new(Local::new(worker, args.jobs)?)
        }
        On::Slurm => Box::new(Slurm::open(SlurmSettings {
            runs: args.runs.clone(),
            sweep: sweep.id.clone(),
            program: folder.keep_program(&program, &hash)?,
            arguments: args.slurm_args.clone(),
        })?),
    };
    Ok(drive.run(states, &mut judge, engine.as_mut())?)
}

/// This program, as it is now: on Linux the path that stays with it when another one is built in its place.
fn program() -> Result<PathBuf> {
    let own = PathBuf::from(format!("/proc/{}/exe", std::process::id()));
    if own.exists() {
        return Ok(own);
    }
    std::env::current_exe().context("looking for this program")
}

/// Threads of each run on this machine, of which several may be done at a time.
pub(super) fn threads_each(args: &SweepArgs) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores / args.jobs.max(1)).max(1)
}

fn tell(told: Told<'_>) {
    match told {
        Told::Begun {
            n_done,
            n_failed,
            n_under_way,
            n_new,
        } => {
            let mut words = vec![format!("{n_done} finished before")];
            words.extend(
                (n_failed > 0).then(|| {
                    format!("{n_failed} failed before and are left alone (--retry-failed)")
                }),
            );
            words.extend((n_under_way > 0).then(|| format!("{n_under_way} under way")));
            words.push(format!("{n_new} to run"));
            events::line(&format!("runs: {}", words.join(", ")));
        }
        Told::Ended { job, state, n_left } => {
            let (word, detail) = described(state);
            let figure = match state {
                State::Done(finished) => table::first_figure(finished),
                _ => String::new(),
            };
            let detail = [figure, detail]
                .into_iter()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>();
            let detail = if detail.is_empty() {
                String::new()
            } else {
                format!(": {}", detail.join("; "))
            };
            events::line(&format!("{word}: {}{detail}; {n_left} left", job.label));
        }
    }
}

/// What the exit code says of it all.
fn ended(args: &SweepArgs, sweep: &Sweep, driven: &Driven) -> Result<bool> {
    let count = |is: fn(&State) -> bool| driven.states.iter().filter(|state| is(state)).count();
    let n_open = count(|state| matches!(state, State::Waiting { .. } | State::Running { .. }));
    if args.on == On::Slurm && n_open > 0 {
        events::line(&format!(
            "{n_open} jobs go on without this command: lab status {id} shows them, the same command gathers their results, and scancel --name={name} takes them off",
            id = sweep.id,
            name = Slurm::job_name(&sweep.id)
        ));
        if driven.stopped {
            stop::leave();
        }
        return Ok(true);
    }
    if driven.stopped {
        return Err(lab_core::Error::Cancelled.into());
    }
    let n_failed = count(|state| !matches!(state, State::Done(_)));
    if n_failed > 0 {
        bail!(
            "{n_failed} of {} runs could not run\n  hint: each is named above with the file that holds all it said; --retry-failed runs them again",
            driven.states.len()
        );
    }
    let failed =
        |state: &State| matches!(state, State::Done(finished) if !finished.failed().is_empty());
    Ok(!driven.states.iter().any(failed))
}
