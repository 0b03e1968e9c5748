//! Sweeps: one experiment with many values, each combination a job that is known by its content.
//!
//! A job is its resolved experiment: a repeated sweep, or a wider one, runs only what is missing. A sweep is the set of its
//! jobs. Files of variants ask questions about an experiment, and are swept like it. Jobs are done by an [`Engine`](crate::engine::Engine); what is kept of them stands in [`folder`].

mod drive;
mod finished;
pub mod folder;
mod guard;
mod labels;
mod needs;
mod outlook;
mod plan;
mod questions;
mod stages;
mod state;
mod stored;
mod task;
mod values;
mod work;

pub use drive::{Drive, Driven, Told};
pub use finished::{Criterion, Finder, Finished, hash_of};
pub use folder::SweepsFolder;
pub use guard::Guard;
pub use outlook::{Outlook, TrainingOutlook, outlook};
pub use plan::{Cell, Combination, Job, Sweep, SweepFile, SweepWritten};
pub use questions::{QUESTION, Question};
pub use state::{Judge, State};
pub use task::Task;
pub(crate) use values::sets;
pub use values::{Swept, combinations};
pub use work::{Request, STOPPED, Worked, Worker, now};
