//! Datasets: plugins that load images and the responses of subjects to them.

use std::path::PathBuf;

use crate::Result;
use crate::context::Context;
use crate::demand::Demand;
use crate::recording::Recording;

/// Yields stimuli and, unless it is a corpus, the responses of subjects to them.
///
/// # Errors
/// `load` fails with an error that names the file and variable, what was expected, what was found and what to do.
///
/// # Determinism
/// Datasets that draw (simulations, jitter) take every number from streams of the context.
///
/// # Example
/// ```
/// use std::path::PathBuf;
///
/// use lab_core::prelude::*;
/// use lab_core::traits::Dataset;
///
/// /// Images of one brightness each: black, grey and white.
/// struct Plain;
///
/// impl Dataset for Plain {
///     fn files(&self) -> Vec<PathBuf> {
///         Vec::new()
///     }
///
///     fn load(&self, _ctx: &Context) -> Result<Recording> {
///         let pixels = [-1.0, 0.0, 1.0].into_iter().flat_map(|pixel| [pixel; 16]).collect();
///         Ok(Recording::corpus("plain", Stimuli::from_pixels(ImageShape::grey(4), pixels)?))
///     }
/// }
///
/// let recording = Plain.load(&Context::new(1))?;
/// recording.check()?;
/// assert_eq!(recording.stimuli.images.read(&[2])?, [1.0; 16]);
/// // Without subjects it is a corpus.
/// assert!(recording.subjects.is_empty());
/// # Ok::<(), lab_core::Error>(())
/// ```
pub trait Dataset: Send + Sync {
    /// The files that `load` reads, as written in the experiment. Checked before anything heavy starts, and hashed by
    /// content into the key of the stage.
    fn files(&self) -> Vec<PathBuf>;

    /// Where data that must be fetched come from, under which terms, and what to do without them. Users whose files are
    /// missing read it.
    fn obtain(&self) -> Option<String> {
        None
    }

    /// What loading asks of the computer at least, from the parameters alone: said before anything heavy starts.
    fn demand(&self) -> Demand {
        Demand::NONE
    }

    /// Why nobody may put images of the training set into the test set, or the other way round, if nobody may: a sentence.
    fn fixed_split(&self) -> Option<String> {
        None
    }

    /// How many images there will be, where the parameters say it.
    fn n_images(&self) -> Option<f64> {
        None
    }

    /// Whether `load` reads headers and tables alone where the context asks for that ([`Context::headers_only`]): names,
    /// shapes, trials, regions, sets and classes are then those of a full load, every pixel and every response is 0, and
    /// it takes seconds at most. Datasets that can only load everything leave it as it is.
    fn reads_headers(&self) -> bool {
        false
    }

    /// Reads or makes the data. Images may be left on disk until they are asked for.
    ///
    /// # Errors
    /// Fails if a file is missing, damaged, or does not hold what it should.
    fn load(&self, ctx: &Context) -> Result<Recording>;
}
