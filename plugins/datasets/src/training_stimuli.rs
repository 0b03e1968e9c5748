//! The training images of the experiment itself, as a corpus.

use lab_core::config::NoParams;
use lab_core::prelude::*;
use lab_core::recording::Split;
use lab_core::traits::Dataset;

/// The corpus: what the subjects saw in training, never what they saw in the test.
#[derive(Debug)]
pub struct TrainingStimuli;

impl TrainingStimuli {
    /// Has nothing to check.
    ///
    /// # Errors
    /// Never.
    pub fn build(_params: NoParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }
}

impl Dataset for TrainingStimuli {
    fn files(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let stimuli = ctx.stimuli().ok_or_else(|| Error::Data {
            what: "training_stimuli".into(),
            expected: "to be part of a corpus, where the experiment's stimuli are known".into(),
            got: "the experiment's own dataset".into(),
            remedy: "name another dataset there".into(),
        })?;
        Ok(Recording::corpus(
            "training images",
            stimuli.select(&stimuli.indices(Split::Train))?,
        ))
    }
}

lab_core::register! {
    Dataset "training_stimuli" => TrainingStimuli, NoParams;
    summary: "The experiment's own training images, as a corpus; test images are left out",
    equation: "the stimuli whose split is train",
    source: "the experiment’s dataset; nothing is computed",
    parity: "by construction",
}
