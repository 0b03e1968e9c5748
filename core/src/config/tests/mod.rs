//! The experiment file: places of mistakes, defaults, and overrides.

mod errors;
mod numbers;
mod overrides;
mod places;
mod plugins;
mod resolve;
mod variants;

use super::{Experiment, Source};
use crate::context::Context;
use crate::{Error, Result};

/// An experiment with comments, a nested plugin and most of its fields left out.
const TEXT: &str = r#"// A test.
(
    name: "test", // the name
    seed: 7,
    dataset: test_subjects(
        stimuli: test_images(path: "a, b (c).npy"),
    ),
    align: [test_aligner()],
    generator: test_generator(latent: 20),
    losses: [
        (10.0, test_loss()),
        (50, test_loss(layers: ["conv1", "conv2"], threshold: 1.0)),
    ],
    decoder: test_decoder(hidden: 5),
)
"#;

fn source(text: &str) -> Source {
    Source::new("test.ron", text)
}

/// What reading, resolving or building the whole experiment complains about.
fn complaint(source: &Source) -> String {
    match check(source) {
        Ok(()) => "no complaint".into(),
        Err(error) => error.to_string(),
    }
}

fn check(source: &Source) -> Result<(), Error> {
    let experiment = Experiment::parse(source)?;
    let ctx = Context::new(0);
    experiment.dataset.build(&ctx)?;
    experiment
        .align
        .iter()
        .try_for_each(|aligner| aligner.build(&ctx).map(drop))?;
    experiment.generator.build(&ctx)?;
    experiment
        .losses
        .iter()
        .try_for_each(|(_, term)| term.build(&ctx).map(drop))?;
    experiment.decoder.build(&ctx)?;
    experiment.resolve(false).map(drop)
}
