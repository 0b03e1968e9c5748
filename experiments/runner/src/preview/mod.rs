//! What a run would do, without doing it: its stages, which are there and why the others are not, and what they will cost.
//!
//! Nothing is written, trained or made. Data are loaded as a run loads them, since their content decides.

mod reason;
mod seen;
mod stages;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::Device;
use lab_core::context::Context;
use lab_core::events::EventSink;
use lab_score::record::Condition;
use serde::Serialize;

pub use reason::{Differing, Nearest, Reason};
pub(crate) use seen::Seen;

use crate::estimate::Cost;
use crate::plan::Plan;
use crate::stages::keys::NOISELESS;
use crate::stages::noiseless::is_without;
use crate::store::Key;
use crate::store::shelf::{Begun, Shelf};
use crate::{Result, device};

/// The folder and the device with which a run would happen.
pub struct Place {
    /// The folder of runs, in which stages are looked for.
    pub runs: PathBuf,
    /// Where data are loaded, and where tensors would live.
    pub device: Device,
    /// The name of another device, on which the run would happen.
    pub other_device: Option<&'static str>,
}

/// What a run would find and make, before it happens.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// Folder that the run would have.
    pub folder: PathBuf,
    /// Whether a finished run stands in that folder.
    pub is_finished: bool,
    /// Name of the device on which tensors would live.
    pub device: &'static str,
    /// What is known of the settings that the run chooses, a sentence; none if it chooses none.
    pub tuning: Option<String>,
    /// Its stages, in the order in which they are made.
    pub stages: Vec<StagePreview>,
}

/// What is known of a stage before it is made.
#[derive(Debug, Clone, Serialize)]
pub struct StagePreview {
    /// Name of the stage, such as `decode`.
    pub stage: String,
    /// Its place among several of its name, from 1, and their number; none if it is the only one.
    pub place: Option<(usize, usize)>,
    /// Key of the stage: the hash of everything that decides its bytes.
    pub key: String,
    /// The folder in which the finished stage stands, or will stand.
    pub folder: PathBuf,
    /// Whether the stage is there, and if not, how far it is.
    pub state: State,
    /// Why the stage is not there; none if it is.
    pub reason: Option<Reason>,
    /// What it will cost, or did; none if no stage was measured whose figures would hold for it.
    pub cost: Option<Cost>,
}

impl StagePreview {
    /// Its name, and its place among several of that name.
    pub fn label(&self) -> String {
        match self.place {
            Some((place, all)) => format!("{} ({place} of {all})", self.stage),
            None => self.stage.clone(),
        }
    }
}

/// How a stage stands in the folder of stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The stage is finished and will be reused.
    There,
    /// The stage was begun, and goes on from its newest checkpoint, if it has one.
    Unfinished {
        /// Number of training steps that the newest checkpoint keeps, if it says so.
        steps: Option<u64>,
        /// When that checkpoint was written, in seconds since 1970; none if there is no checkpoint yet.
        kept: Option<u64>,
    },
    /// Another `lab` is making the stage right now.
    AtWork,
    /// The stage's files are not what was written, and the stage is made again.
    Damaged,
    /// Nobody has begun the stage.
    Missing,
}

/// Looks at what a run of a plan would find and what it would make.
///
/// # Errors
/// As a run, where its data cannot be used.
pub fn preview(plan: &Plan, place: &Place, events: Arc<dyn EventSink>) -> Result<Preview> {
    preview_after(plan, place, events, &mut Seen::default())
}

/// The same behind looks at other runs in the same place, of which `seen` keeps what they share.
///
/// # Errors
/// As [`preview`].
pub(crate) fn preview_after(
    plan: &Plan,
    place: &Place,
    events: Arc<dyn EventSink>,
    seen: &mut Seen,
) -> Result<Preview> {
    crate::check_processor()?;
    let ctx = Context::new(plan.experiment.seed)
        .with_device(place.device.clone())
        .with_events(events);
    let device = place.other_device.unwrap_or(device::name(&place.device));
    let shelf = Shelf::of(&place.runs);
    let around = stages::Around {
        ctx: &ctx,
        device,
        shelf: &shelf,
    };
    let (mut keys, tuning) = stages::planned(plan, around, seen)?;
    let noiseless = keys.iter().find(|key| key.stage() == NOISELESS);
    if noiseless.is_some_and(|key| is_without(&shelf.folder(key))) {
        let pass = Condition::DecoderCeiling.name();
        keys.retain(|key| key.stage() != pass);
    }
    let folder = run_folder(&place.runs, plan);
    Ok(Preview {
        is_finished: folder.join("manifest.json").is_file(),
        folder,
        device,
        tuning,
        stages: placed(keys.iter().map(|key| stage(&shelf, key)).collect()),
    })
}

/// Numbers stages of the same name.
fn placed(mut stages: Vec<StagePreview>) -> Vec<StagePreview> {
    let names: Vec<String> = stages.iter().map(|stage| stage.stage.clone()).collect();
    for (idx, stage) in stages.iter_mut().enumerate() {
        let n_same = |of: &[String]| of.iter().filter(|name| **name == stage.stage).count();
        let all = n_same(&names);
        stage.place = (all > 1).then(|| (n_same(&names[..=idx]), all));
    }
    stages
}

fn run_folder(runs: &Path, plan: &Plan) -> PathBuf {
    runs.join(&plan.experiment.name).join(&plan.run_hash)
}

fn stage(shelf: &Shelf, key: &Key) -> StagePreview {
    let found = |state, reason, cost| StagePreview {
        stage: key.stage().to_owned(),
        place: None,
        key: key.to_string(),
        folder: shelf.folder(key),
        state,
        reason,
        cost,
    };
    let damage = match shelf.finished(key) {
        Ok(Some(finished)) => {
            let cost = finished.measured.as_ref().map(Cost::of);
            return found(State::There, None, cost);
        }
        Ok(None) => None,
        Err(damage) => Some(damage),
    };
    let state = match shelf.begun(key) {
        Some(Begun { at_work: true, .. }) => State::AtWork,
        Some(Begun { steps, kept, .. }) => State::Unfinished { steps, kept },
        None if damage.is_some() => State::Damaged,
        None => State::Missing,
    };
    let ancestry = key.ancestry();
    let mut candidates = shelf.finished_all(key.stage());
    let reason = Reason {
        damage,
        ..Reason::of(&ancestry, &mut candidates)
    };
    found(state, Some(reason), Cost::expected(&ancestry, &candidates))
}
