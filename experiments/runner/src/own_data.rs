//! The data of an experiment as its loader reads them, before any split of the experiment's own.

use lab_core::config::{Experiment, Source, overrides};
use lab_core::context::Context;
use lab_core::recording::Recording;
use lab_core::{Error, Result as CoreResult};

use super::libraries;
use crate::Result;
use crate::plan::Written;

/// Loads the dataset of an experiment as a run would, to make a split of it; nothing else of the experiment needs to be there.
/// `shown` is told how far loading is.
///
/// # Errors
/// Fails if the experiment cannot be read, its data cannot be loaded, or nobody may split them.
pub fn recording_of(written: &Written, shown: &Context) -> Result<Recording> {
    let source = overrides::apply(&Source::read(&written.file)?, &written.sets)?;
    let mut experiment = Experiment::parse(&source)?;
    libraries::load(&mut experiment, &source, &written.plugins)?;
    // Data that are drawn come from the streams of the experiment's own seed.
    let ctx = shown.clone().reseeded(experiment.seed);
    let dataset = experiment.dataset.build(&ctx)?;
    refuse_fixed(&experiment, dataset.fixed_split())?;
    Ok(dataset.load(&ctx.child("load"))?)
}

fn refuse_fixed(experiment: &Experiment, why: Option<String>) -> CoreResult<()> {
    why.map_or(Ok(()), |why| {
        Err(Error::Config {
            at: experiment.dataset.location(),
            message: format!("nobody may split these data: {why}"),
            hint: "keep the dataset's own split".into(),
        })
    })
}
