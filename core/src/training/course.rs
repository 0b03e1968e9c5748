//! The loop of every training.

use std::time::{Duration, Instant};

use super::History;
use crate::context::Context;
use crate::weights::{self, Weights};
use crate::{Error, Result};

/// A network that learns, step by step.
///
/// # Determinism
/// A step draws from a stream of its own, named by the number of steps before it, so that a training can go on from any
/// checkpoint and ends with the same bytes.
///
/// # Example
/// Half of the way to a target, at each step:
/// ```
/// use lab_core::context::Context;
/// use lab_core::prelude::*;
/// use lab_core::training::{Course, History, Training, train};
///
/// struct Halving(f64);
///
/// impl Training for Halving {
///     fn step(&mut self, _done: &History) -> Result<Vec<f64>> {
///         let distance = 1.0 - self.0;
///         self.0 += 0.5 * distance;
///         Ok(vec![distance])
///     }
///
///     fn state(&self) -> Result<Weights> {
///         Ok([("x".to_owned(), Tensor::new(self.0, &candle_core::Device::Cpu)?)].into())
///     }
///
///     fn restore(&mut self, state: &Weights) -> Result<()> {
///         self.0 = lab_core::weights::get(state, "x")?.to_scalar()?;
///         Ok(())
///     }
/// }
///
/// let mut halving = Halving(0.0);
/// let course = Course::new("halving", 3);
/// let history = train(&Context::new(1), &course, &mut halving)?;
/// assert_eq!(history.steps(), [[1.0], [0.5], [0.25]]);
/// assert_eq!(halving.0, 0.875);
/// # Ok::<(), Error>(())
/// ```
pub trait Training {
    /// Does the next step; returns its losses, the same number at each step.
    ///
    /// # Errors
    /// Fails if shapes do not fit, the device does, or the user asked to stop.
    fn step(&mut self, done: &History) -> Result<Vec<f64>>;

    /// Everything that the next steps depend on, the losses apart, which the loop keeps.
    ///
    /// # Errors
    /// Fails if a tensor cannot be made.
    fn state(&self) -> Result<Weights>;

    /// Goes to a state that [`Training::state`] gave.
    ///
    /// # Errors
    /// Fails if the state is of another network.
    fn restore(&mut self, state: &Weights) -> Result<()>;

    /// Shows what has been learned after `n_done` steps, such as a sheet of samples.
    ///
    /// # Errors
    /// Fails if it cannot be made.
    fn show(&self, n_done: usize) -> Result<()> {
        let _ = n_done;
        Ok(())
    }
}

/// Time between two checkpoints, unless [`INTERVAL_VARIABLE`] says another: what a killed training loses at most, beside the
/// step that it was in.
const CHECKPOINT: Duration = Duration::from_secs(30);

/// The environment variable that says how many seconds lie between two checkpoints: a number, 0 for one after every step.
pub const INTERVAL_VARIABLE: &str = "LAB_CHECKPOINT_SECONDS";

/// Time between two checkpoints, as the variable says it.
///
/// # Errors
/// Gives back what the variable holds, if that is no number of seconds.
pub fn checkpoint_interval() -> Result<Duration, String> {
    let Ok(text) = std::env::var(INTERVAL_VARIABLE) else {
        return Ok(CHECKPOINT);
    };
    let seconds = text.trim().parse::<f64>().ok();
    let interval = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    interval.ok_or(text)
}

/// How often a training is kept, and under which name.
///
/// Checkpoints follow the clock, so that a slow step loses no more than a fast one. What a training comes to does not
/// depend on when it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// Name of the checkpoint.
    pub name: String,
    /// Time between two checkpoints.
    pub every: Duration,
}

impl Keep {
    /// A checkpoint every 30 seconds, or as often as [`INTERVAL_VARIABLE`] says.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            every: checkpoint_interval().unwrap_or(CHECKPOINT),
        }
    }
}

/// What the loop is told of a training.
#[derive(Clone)]
pub struct Course<'a> {
    /// Name of the network, for errors.
    pub name: &'a str,
    /// Steps in all.
    pub n_steps: usize,
    /// What a step is called: "update", "epoch".
    pub unit: &'a str,
    /// The state that is told beside the progress; without it a step tells its own progress.
    pub said: Option<fn(&[f64]) -> String>,
    /// How often the training shows something, over all of it; never if 0.
    pub n_sheets: usize,
    /// How it is kept; not at all without it.
    pub keep: Option<Keep>,
    /// What to do if a loss, a gradient or a weight is NaN or infinite.
    pub remedy: &'a str,
}

impl<'a> Course<'a> {
    /// A silent course of updates that is not kept.
    pub fn new(name: &'a str, n_steps: usize) -> Self {
        Self {
            name,
            n_steps,
            unit: "update",
            said: None,
            n_sheets: 0,
            keep: None,
            remedy: "lower train.learning_rate",
        }
    }

    /// Refuses losses that are no numbers.
    fn check(&self, losses: &[f64], n_done: usize) -> Result<()> {
        if losses.iter().all(|loss| loss.is_finite()) {
            return Ok(());
        }
        Err(Error::Data {
            what: format!("losses of {} at {} {n_done}", self.name, self.unit),
            expected: weights::FINITE.into(),
            got: "NaN or infinity".into(),
            remedy: self.remedy.into(),
        })
    }

    /// An error about numbers that are not finite, with the network and the step.
    fn located(&self, error: Error, n_done: usize) -> Error {
        let whose = format!("{} at {} {n_done}", self.name, self.unit);
        error.not_finite_of(&whose, self.remedy)
    }

    /// Refuses a state with numbers that are not finite: what no optimiser of ours changed, such as moving averages.
    fn check_state(&self, state: &Weights, n_done: usize) -> Result<()> {
        weights::check_finite(state, self.remedy)
            .map_err(|error| self.located(error.into(), n_done))
    }
}

/// Trains to the end of the course, from the newest checkpoint if there is one; returns the losses of all steps.
/// A request to stop is kept too, so that nothing that was done is done again.
///
/// # Errors
/// [`Error::Cancelled`] after a request to stop, [`Error::Data`] that names the step whose losses, gradients or weights are
/// NaN or infinite, and whatever a step or a checkpoint fails with.
pub fn train(ctx: &Context, course: &Course<'_>, training: &mut impl Training) -> Result<History> {
    let mut history = resumed(ctx, course, training)?;
    let mut kept = Instant::now();
    while history.len() < course.n_steps {
        if let Err(stopped) = ctx.check_cancelled() {
            keep(ctx, course, training, &history)?;
            return Err(stopped);
        }
        let losses = training
            .step(&history)
            .map_err(|error| course.located(error, history.len()))?;
        course.check(&losses, history.len())?;
        let state = course.said.map(|said| said(&losses));
        history.push(losses);
        let n_done = history.len();
        if let Some(state) = state {
            let units = format!("{}s", course.unit);
            ctx.progress(n_done, course.n_steps, &units, &state);
        }
        let is_shown =
            course.n_sheets > 0 && n_done.is_multiple_of((course.n_steps / course.n_sheets).max(1));
        if is_shown {
            training.show(n_done)?;
        }
        let every = course.keep.as_ref().map(|keep| keep.every);
        // The end needs no checkpoint.
        if n_done < course.n_steps && every.is_some_and(|every| kept.elapsed() >= every) {
            keep(ctx, course, training, &history)?;
            kept = Instant::now();
        }
    }
    course.check_state(&training.state()?, history.len())?;
    Ok(history)
}

/// Goes to the newest checkpoint, if there is one.
fn resumed(ctx: &Context, course: &Course<'_>, training: &mut impl Training) -> Result<History> {
    let Some(keep) = &course.keep else {
        return Ok(History::default());
    };
    let Some(bytes) = ctx.checkpoints().load(&keep.name)? else {
        return Ok(History::default());
    };
    let state = weights::from_bytes(&bytes, ctx.device())?;
    training.restore(&state)?;
    History::take(&state)
}

/// Keeps the training as it is, unless nothing is done yet.
fn keep(
    ctx: &Context,
    course: &Course<'_>,
    training: &impl Training,
    history: &History,
) -> Result<()> {
    match &course.keep {
        Some(keep) if !history.is_empty() => {
            let mut state = training.state()?;
            course.check_state(&state, history.len())?;
            history.put(&mut state)?;
            ctx.checkpoints()
                .save(&keep.name, &weights::to_bytes(&state)?)
        }
        _ => Ok(()),
    }
}
