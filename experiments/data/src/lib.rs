//! `lab-data`: what is done with data before an experiment.
//!
//! - [`inspect`]: what a file holds.
//! - [`check`]: whether a loader takes a folder, by every rule of it.
//! - [`on_disk`]: simulated data in the files of real datasets.
//! - [`split`]: which images are trained on and which are tested.
//! - [`samples`]: files whose reading is measured.
//!
//! Corpora are packed by the loader that reads them again, [`lab_datasets::pack`].

pub mod check;
pub mod inspect;
pub mod on_disk;
pub mod samples;
pub mod split;
