//! Where tasks are done: as processes of this machine, or as jobs of a cluster.
//!
//! An [`Engine`] takes tasks with what they wait for, says what it has, and takes back. How a task went it does not say:
//! the task writes that down itself, so that it is known without the engine, later and elsewhere.

mod local;
mod slurm;
mod slurm_job;

use std::collections::BTreeMap;
use std::time::Duration;

pub use local::Local;
pub use slurm::{Resources, Slurm, SlurmSettings};
pub use slurm_job::SlurmJob;

use crate::Result;
use crate::sweep::Task;

/// The tasks that an engine has and that have not ended, by the numbers that it gave them.
pub type Queue = BTreeMap<String, InQueue>;

/// How a task stands that an engine has taken and that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InQueue {
    /// The task has not begun, and waits.
    Waiting {
        /// What the task waits for, in the words of the engine; empty if the engine does not say.
        reason: String,
    },
    /// The task is at work, or about to end.
    Running,
}

/// Runs the tasks of a sweep, on this machine or on a cluster.
pub trait Engine {
    /// Takes tasks that all wait for those of the numbers in `after` to end well, and that each need these resources; gives
    /// back a number for each.
    ///
    /// # Errors
    /// Fails if the engine takes none of them; those that it took before stay.
    fn submit(
        &mut self,
        tasks: &[Task],
        after: &[String],
        resources: Resources,
    ) -> Result<Vec<String>>;

    /// The tasks that the engine has and that have not ended.
    ///
    /// # Errors
    /// Fails if the engine does not answer.
    fn queue(&mut self) -> Result<Queue>;

    /// Takes tasks back. A task that is at work stops at its next checkpoint.
    ///
    /// # Errors
    /// Fails if the engine does not answer.
    fn cancel(&mut self, ids: &[String]) -> Result<()>;

    /// Whether tasks go on when this program ends.
    fn outlives(&self) -> bool;

    /// Time to wait before the engine is asked again how its tasks stand.
    fn pause(&self) -> Duration;
}
