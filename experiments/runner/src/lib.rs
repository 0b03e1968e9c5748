//! `lab-runner`: resolve → load → align → train → decode → reconstruct → evaluate → report.
//!
//! A library: it knows no command line and no terminal. Whoever runs an experiment reads a [`Plan`], says where results
//! go, and watches by a [`Watcher`].

mod align;
mod baselines;
pub mod card;
mod conditions;
mod decode;
mod device;
pub mod error;
mod estimate;
mod journal;
pub mod libraries;
mod load;
mod networks;
mod outputs;
mod overfit;
mod pictures;
mod plan;
mod record;
mod scoring;
pub mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::Device;
use lab_core::context::Context;
use lab_core::nn::cpu;
use lab_core::objective::Objective;

pub use error::{Error, Result};
pub use estimate::{StageEstimate, estimate};
pub use journal::Watcher;
pub use plan::{Plan, Written};

use crate::journal::Journal;
use crate::store::Store;

/// What a run needs beside its plan.
pub struct RunSettings {
    /// The folder of runs.
    pub runs: PathBuf,
    /// The device of the tensors.
    pub device: Device,
    /// The command, for the provenance page.
    pub command: String,
    /// Who watches.
    pub watcher: Arc<dyn Watcher>,
}

/// What a run gives back.
pub struct Outcome {
    /// The PDF.
    pub report: PathBuf,
    /// Headline figures as JSON.
    pub summary: String,
    /// Whether every criterion holds.
    pub criteria_hold: bool,
}

/// Everything that stages share.
pub(crate) struct Bench<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) ctx: Context,
    pub(crate) store: Store,
}

impl<'a> Bench<'a> {
    fn open(
        plan: &'a Plan,
        runs: &Path,
        device: &Device,
        watcher: Arc<dyn Watcher>,
    ) -> Result<Self> {
        let events = Arc::new(Journal::new(watcher));
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
///
/// # Errors
/// Fails if a stage does, or a file cannot be written; finished stages and checkpoints stay.
pub fn run(plan: &Plan, settings: &RunSettings) -> Result<Outcome> {
    check_processor()?;
    let started = std::time::Instant::now();
    let folder = outputs::RunFolder::create(&settings.runs, plan)?;
    let bench = Bench::open(
        plan,
        &settings.runs,
        &settings.device,
        settings.watcher.clone(),
    )?;

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

/// The variable that makes kernels use less of the processor must say something that they know.
fn check_processor() -> Result<()> {
    cpu::asked().map(drop).map_err(|got| {
        let known = lab_core::Error::Data {
            what: format!("the variable {}", cpu::VARIABLE),
            expected: "avx2 or baseline".into(),
            got: format!("'{got}'"),
            remedy: "change it, or unset it for all that the processor has".into(),
        };
        known.into()
    })
}
