//! `lab job`: one task of a sweep, as a job of Slurm.

use std::cell::Cell;
use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};
use lab_core::Error;
use lab_runner::engine::SlurmJob;
use lab_runner::sweep::{Request, STOPPED, SweepsFolder, Task, Worked, Worker};

use super::requests;
use crate::cli::JobArgs;
use crate::events;

pub(super) fn job(args: &JobArgs) -> Result<()> {
    let asked = requests::listen()?;
    let Some(slurm) = SlurmJob::of_environment() else {
        bail!(
            "lab job is started by Slurm, which says its number in SLURM_JOB_ID\n  hint: lab sweep FILE --on slurm"
        );
    };
    let names = fs::read_to_string(&args.list).map_err(Error::io("reading", &args.list))?;
    let name = names.lines().nth(slurm.place).with_context(|| {
        format!(
            "'{}' has no line {}, counted from 0",
            args.list.display(),
            slurm.place
        )
    })?;
    let worker = Worker {
        folder: SweepsFolder::of(&args.runs),
        program: std::env::current_exe().context("looking for this program")?,
        threads: slurm.cpus,
        id: Some(slurm.id.clone()),
        hash: OnceLock::new(),
    };
    let request = Cell::new(Request::None);
    let ask = || {
        if request.get() == Request::None && asked.load(Ordering::Relaxed) {
            request.set(slurm.request());
        }
        request.get()
    };
    let worked = worker.work(&Task::read(name)?, &ask)?;
    if request.get() == Request::Stop
        && !matches!(&worked, Worked::Now(end) if end.code != Some(STOPPED))
    {
        events::line("stopped at a checkpoint; goes back into the queue");
        slurm.requeue()?;
        return Err(Error::Cancelled.into());
    }
    match worked {
        Worked::Before => Ok(()),
        // A criterion that fails is a result.
        Worked::Now(end) if matches!(end.code, Some(0 | 1)) => Ok(()),
        Worked::Now(end) if end.code != Some(STOPPED) => bail!("{name}: {}", end.why),
        Worked::Now(_) | Worked::NotBegun => Err(Error::Cancelled.into()),
    }
}
