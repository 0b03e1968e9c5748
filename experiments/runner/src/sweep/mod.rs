//! Sweeps: one experiment with many values, each combination a job that is known by its content.
//!
//! A job is its resolved experiment: a repeated sweep, or a wider one, runs only what is missing. A sweep is the set of its
//! jobs. Jobs are done by an [`Engine`](crate::engine::Engine); what is kept of them stands in [`folder`].

mod drive;
mod finished;
pub mod folder;
mod guard;
mod needs;
mod plan;
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
pub use plan::{Combination, Job, Sweep, SweepFile, SweepWritten};
pub use state::{Judge, State};
pub use task::Task;
pub use values::{Swept, combinations};
pub use work::{Request, STOPPED, Worked, Worker, now};
