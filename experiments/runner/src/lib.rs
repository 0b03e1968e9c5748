//! `lab-runner`: resolve → load → align → train → decode → reconstruct → evaluate, to a stored record.
//!
//! A library: it knows no command line and no terminal. Whoever runs an experiment reads a [`Plan`], says where results
//! go, and watches by a [`Watcher`]. [`run`] stores the record and its pictures; the report is made of those by others, and
//! [`Run::finish`] comes after it.

mod alike;
mod both;
pub mod card;
mod check;
mod classifier;
mod decides;
mod device;
pub mod engine;
pub mod error;
mod estimate;
mod export;
mod figures;
mod fresh;
pub mod groups;
mod hashes;
mod journal;
pub mod libraries;
mod limits;
mod made;
mod manifest;
mod name;
mod observers;
mod only;
mod outputs;
mod own_data;
mod parts;
mod pictures;
mod plan;
mod presented;
mod preview;
pub mod proof;
mod record;
pub mod runs;
mod scoring;
mod scratch;
mod session;
mod settings;
mod shares;
mod shown;
mod sizes;
mod stages;
mod stand_ins;
pub mod store;
pub mod sweep;
mod together;
mod told;
mod toy;
mod tuning;
mod views;
mod wanted;

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Device;
use lab_core::nn::cpu;
use lab_core::objective::Objective;
use lab_core::training;

pub use check::{Checked, DataFound, SubjectFound, check};
pub use device::Card;
pub use error::{Error, Result};
pub use estimate::{Cost, Source, StageEstimate, Trials, estimate};
pub use journal::Watcher;
pub use observers::{Observers, observers_of};
pub use only::{Only, make as make_only};
pub use outputs::{Outcome, Run, remake};
pub use own_data::recording_of;
pub use plan::{Plan, Written};
pub use preview::{Differing, Nearest, Place, Preview, Reason, StagePreview, State, preview};
pub use scratch::Scratch;
pub use settings::{NamedSetting, differing_settings, named_settings};
pub use together::write_together;
pub use wanted::{Wanted, wanted};

use crate::figures::Classifier;
use crate::manifest::Measured;
use crate::proof::meter::Meter;
use crate::session::Session;
use crate::stages::basis::Basis;
use crate::stages::beside::{Beside, beside};
use crate::stages::{align, decode, load, networks, tune};

/// What a run needs beside its plan.
pub struct RunSettings {
    /// The folder of runs, in which the result and the stages are kept.
    pub runs: PathBuf,
    /// The device on which tensors live.
    pub device: Device,
    /// The command as it was typed, for the report's page on where the run comes from.
    pub command: String,
    /// Is told what happens, and asked whether the run should stop.
    pub watcher: Arc<dyn Watcher>,
}

/// Runs the whole experiment and stores its record; finished stages are reused.
///
/// # Errors
/// Fails if a stage does, or a file cannot be written; finished stages and checkpoints stay.
pub fn run(plan: &Plan, settings: &RunSettings) -> Result<Run> {
    check_processor()?;
    check_interval()?;
    plan.check_sizes()?;
    let meter = Arc::new(Meter::new(settings.watcher.clone()));
    let folder = outputs::RunFolder::create(&settings.runs, plan)?;
    let session = Session::open(plan, &settings.runs, &settings.device, meter.clone())?;

    let events = session.events.clone();
    let measured = Measured::begin(plan, meter, device::name(&settings.device))?;
    let data = events.during("load", || load::load(&session))?;
    // A criterion about nothing is said now, and not after everything was trained.
    let names = figures::names(plan, &data.recording, &data.test_idx, Classifier::Unknown)?;
    figures::check_criteria(&plan.experiment.criteria, &names)?;
    let (chosen, ready, choice) = match tune::tuned(&session, &data)? {
        Some(tuned) => (Some(tuned.plan), Some(tuned.networks), Some(tuned.choice)),
        None => (None, None, None),
    };
    let session = match &chosen {
        Some(plan) => session.with(plan),
        None => session,
    };
    let aligned = align::align(&session, &data)?;
    let networks = match ready {
        Some(networks) => networks,
        None => networks::prepare(&session, &data)?,
    };
    let objective = objective(&networks, &data)?;
    let basis = Basis {
        session: &session,
        data: &data,
        networks: &networks,
        objective: &objective,
    };
    let decoded = decode::decode(basis, &aligned)?;
    let Beside {
        views,
        conditions,
        overfit,
    } = beside(basis, &aligned, &decoded)?;
    let scored = events.during("score", || {
        scoring::score(&session, &data, &networks, &conditions)
    })?;
    let made = made::Made {
        data,
        choice,
        aligned,
        networks,
        objective,
        decoded,
        views,
        conditions,
        overfit,
        scored,
    };
    let mut record = record::assemble(&session, &made, &settings.command)?;
    record.unproven = measured.unproven();
    let pictures = pictures::pictures(&session, &made)?;
    export::write(&session, &made, folder.path())?;
    folder.store(&made, record, &pictures, measured)
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

/// The variable that sets the time between checkpoints must be a number.
fn check_interval() -> Result<()> {
    training::checkpoint_interval().map(drop).map_err(|got| {
        let wrong = lab_core::Error::Data {
            what: format!("the variable {}", training::INTERVAL_VARIABLE),
            expected: "seconds, such as 30, or 0 for a checkpoint after every step".into(),
            got: format!("'{got}'"),
            remedy: "change it, or unset it".into(),
        };
        wrong.into()
    })
}
