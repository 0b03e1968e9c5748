//! Datasets.

use std::path::PathBuf;

use crate::Result;
use crate::context::Context;
use crate::recording::Recording;

/// Yields stimuli and, unless it is a corpus, the responses of subjects to them.
///
/// # Errors
/// `load` fails with an error that names the file and variable, what was expected, what was found and what to do.
///
/// # Determinism
/// Datasets that draw (simulations, jitter) take every number from streams of the context.
pub trait Dataset: Send + Sync {
    /// The files that `load` reads, as written in the experiment. Checked before anything heavy starts, and hashed by
    /// content into the key of the stage.
    fn files(&self) -> Vec<PathBuf>;

    /// Where data that must be fetched come from, under which terms, and what to do without them; told to who lacks them.
    fn obtain(&self) -> Option<String> {
        None
    }

    /// Reads or makes the data. Images may be left on disk until they are asked for.
    ///
    /// # Errors
    /// Fails if a file is missing, damaged, or does not hold what it should.
    fn load(&self, ctx: &Context) -> Result<Recording>;
}
