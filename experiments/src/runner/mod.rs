//! The runner: resolve → load → align → train → decode → reconstruct → evaluate → report.

mod align;
mod baselines;
pub(crate) mod card;
mod conditions;
mod decode;
mod estimate;
pub(crate) mod libraries;
mod load;
mod networks;
mod outputs;
mod overfit;
mod pictures;
mod plan;
mod record;
mod scoring;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use candle_core::Device;
use lab_core::context::Context;
use lab_core::objective::Objective;

pub(crate) use estimate::{StageEstimate, estimate};
pub(crate) use plan::Plan;

use crate::device;
use crate::events::Events;
use crate::store::Store;

/// What a run needs beside its plan.
pub(crate) struct RunSettings {
    /// The folder of runs.
    pub(crate) runs: PathBuf,
    /// The device of the tensors.
    pub(crate) device: Device,
    /// The command, for the provenance page.
    pub(crate) command: String,
}

/// What a run gives back.
pub(crate) struct Outcome {
    /// The PDF.
    pub(crate) report: PathBuf,
    /// Headline figures as JSON.
    pub(crate) summary: String,
    /// Whether every criterion holds.
    pub(crate) criteria_hold: bool,
}

/// Everything that stages share.
pub(crate) struct Bench<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) ctx: Context,
    pub(crate) store: Store,
}

impl<'a> Bench<'a> {
    fn open(plan: &'a Plan, runs: &Path, device: &Device) -> Result<Self> {
        let events = Arc::new(Events::new());
        let ctx = Context::new(plan.experiment.seed)
            .with_device(device.clone())
            .with_events(events.clone());
        Ok(Self {
            plan,
            ctx,
            store: Store::open(runs, device::name(device), events)?,
        })
    }
}

/// Runs the whole experiment; finished stages are reused.
pub(crate) fn run(plan: &Plan, settings: &RunSettings) -> Result<Outcome> {
    let started = std::time::Instant::now();
    let folder = outputs::RunFolder::create(&settings.runs, plan)?;
    let bench = Bench::open(plan, &settings.runs, &settings.device)?;

    let data = load::load(&bench)?;
    let aligned = align::align(&bench, &data)?;
    let networks = networks::prepare(&bench, &data)?;
    let objective = objective(&networks, &data)?;
    let decoded = decode::decode(&bench, &data, &aligned, &networks, &objective)?;
    let conditions = conditions::all(&bench, &data, &aligned, &networks, &objective, &decoded)?;
    let overfit = overfit::overfit(&bench, &data, &aligned, &networks, &objective)?;
    let scored = scoring::score(&bench, &data, &networks, &conditions)?;
    let parts = record::Parts {
        data,
        aligned,
        networks,
        objective,
        decoded,
        conditions,
        overfit,
        scored,
    };
    let (record, pictures) = record::assemble(&bench, &parts, &settings.command)?;
    let measured = outputs::Measured {
        wall: started.elapsed(),
        device: device::name(&settings.device),
    };
    folder.write(&parts, &record, &pictures, &measured)
}

/// The experiment's objective on its training images.
fn objective(networks: &networks::Networks, data: &load::Data) -> Result<Objective> {
    let features = networks.features.as_ref();
    Ok(Objective::new(
        networks.generator.net.clone(),
        features.map(|features| features.net.clone()),
        networks.terms.clone(),
        data.train_images.clone(),
    )?)
}
