//! One stage of a run alone: a training of a network or a decode pass, as a job of its own.

use std::fmt;

use lab_core::{Error as CoreError, Result as CoreResult};

use crate::plan::Plan;
use crate::session::Session;
use crate::stages::basis::Basis;
use crate::stages::{align, decode, load, networks};
use crate::{Result, RunSettings};

/// A stage that can be made without what comes behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// The training of the experiment's generator.
    Generator,
    /// The training of the network behind the feature losses.
    Features,
    /// The training of an observer, counted from 0.
    Observer(usize),
    /// A decode pass, counted from 0.
    Pass(usize),
}

impl Only {
    /// Reads the name of a stage, as it is displayed.
    ///
    /// # Errors
    /// [`CoreError::Data`] for any other text.
    pub fn read(name: &str) -> CoreResult<Self> {
        let numbered = |prefix: &str| name.strip_prefix(prefix)?.parse().ok();
        let known = match name {
            "generator" => Some(Self::Generator),
            "features" => Some(Self::Features),
            _ => numbered("observer-")
                .map(Self::Observer)
                .or(numbered("decode-").map(Self::Pass)),
        };
        known.ok_or_else(|| CoreError::Data {
            what: "--only".into(),
            expected: "generator, features, observer-N or decode-N".into(),
            got: format!("'{name}'"),
            remedy: "count observers and passes from 0, or leave --only out".into(),
        })
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generator => f.write_str("generator"),
            Self::Features => f.write_str("features"),
            Self::Observer(idx) => write!(f, "observer-{idx}"),
            Self::Pass(idx) => write!(f, "decode-{idx}"),
        }
    }
}

/// Makes one stage and stops once it is in the store; no folder of a run is begun.
///
/// # Errors
/// As [`crate::run`]; an observer or a pass that the experiment does not have is made by nobody, and no error.
pub fn make(plan: &Plan, settings: &RunSettings, only: Only) -> Result<()> {
    crate::check_processor()?;
    crate::check_interval()?;
    plan.check_sizes()?;
    let session = Session::open(
        plan,
        &settings.runs,
        &settings.device,
        settings.watcher.clone(),
    )?;
    let data = session.events.during("load", || load::load(&session))?;
    match only {
        Only::Generator => networks::generator(&session, &data).map(drop)?,
        Only::Features => networks::features(&session, &data).map(drop)?,
        Only::Observer(idx) => networks::observer(&session, &data, idx).map(drop)?,
        Only::Pass(idx) => {
            let aligned = align::align(&session, &data)?;
            let networks = networks::prepare_with(&session, &data, Vec::new())?;
            let objective = crate::objective(&networks, &data)?;
            let basis = Basis {
                session: &session,
                data: &data,
                networks: &networks,
                objective: &objective,
            };
            decode::one_pass(basis, &aligned, idx)?;
        }
    }
    Ok(())
}
