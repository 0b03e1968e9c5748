//! A task: a job, or one stage of it.

use std::fmt;

use crate::Result;
use crate::only::Only;

/// A job of a sweep, or one stage of it that is made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Hash of the job's experiment, or the name of a training that jobs share.
    pub job: String,
    /// The stage, if it is not the whole run.
    pub only: Option<Only>,
}

impl Task {
    /// The whole run of a job.
    pub fn whole(job: &str) -> Self {
        Self {
            job: job.to_owned(),
            only: None,
        }
    }

    /// One stage of a job, as a task of its own.
    pub(crate) fn stage(job: &str, only: Only) -> Self {
        Self {
            job: job.to_owned(),
            only: Some(only),
        }
    }

    /// Reads the name of a task: `<job>` or `<job>-<stage>`.
    ///
    /// # Errors
    /// Fails for an unknown stage.
    pub fn read(name: &str) -> Result<Self> {
        match name.split_once('-') {
            Some((job, stage)) => Ok(Self::stage(job, Only::read(stage)?)),
            None => Ok(Self::whole(name)),
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.only {
            Some(only) => write!(f, "{}-{only}", self.job),
            None => f.write_str(&self.job),
        }
    }
}
