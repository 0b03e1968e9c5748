//! What a smoke run uses in the place of data that are not there: drawn letters of the right size.

use lab_core::Result;
use lab_core::config::{Experiment, PluginRef};
use lab_core::context::Context;
use lab_core::registry::Capable;
use lab_core::traits::{Dataset, FeatureNet};

use super::parts::{Network, Parts, missing_file};

/// Puts simulated responses to letters in the place of a dataset, and letters in the place of a corpus, whose files are
/// missing; a sentence on each.
///
/// # Errors
/// Fails if a part cannot be built with it.
pub(crate) fn put(
    experiment: &mut Experiment,
    parts: &mut Parts,
    ctx: &Context,
) -> Result<Vec<String>> {
    let size = parts.generator.plugin.image_shape().height;
    let mut said = Vec::new();
    if let Some(file) = missing_file(parts.dataset.as_ref()) {
        let letters = format!("simulated(stimuli: letters(size: {size}))");
        said.push(sentence("dataset", &file, "simulated responses to letters"));
        experiment.dataset = experiment.dataset.replaced_by(&letters);
        parts.dataset = experiment.dataset.build(ctx)?;
    }
    let letters = Letters { size, ctx };
    let generator = &mut experiment.generator;
    if letters.replace(generator, &parts.generator, "generator", &mut said)? {
        parts.generator = Network::<dyn lab_core::traits::Generator>::build(generator, ctx)?;
    }
    let features = parts.features.iter_mut().zip(&mut experiment.features);
    let observers = parts.observers.iter_mut().zip(&mut experiment.observers);
    let named = features.map(|pair| ("features", pair));
    for (what, (net, part)) in named.chain(observers.map(|pair| ("observer", pair))) {
        if letters.replace(part, net, what, &mut said)? {
            *net = Network::<dyn FeatureNet>::build(part, ctx)?;
        }
    }
    Ok(said)
}

/// Letters that stand in for a corpus.
struct Letters<'a> {
    size: usize,
    ctx: &'a Context,
}

impl Letters<'_> {
    /// Changes the reference to a network whose corpus has missing files; whether it did.
    fn replace<T: ?Sized + Capable>(
        &self,
        part: &mut PluginRef<T>,
        net: &Network<T>,
        what: &str,
        said: &mut Vec<String>,
    ) -> Result<bool> {
        let Some(file) = net.corpus.as_deref().and_then(missing_file) else {
            return Ok(false);
        };
        let is_missing = |corpus: &PluginRef<dyn Dataset>| {
            Ok(missing_file(corpus.build(self.ctx)?.as_ref()).is_some())
        };
        // A series of its own: no letter of the test set may be among what a network learns from.
        let series = what;
        let letters = format!(
            "letters(size: {}, n_test: 0, series: \"{series}\")",
            self.size
        );
        let Some(changed) = part.with_datasets(&letters, is_missing)? else {
            return Ok(false);
        };
        said.push(sentence(&format!("corpus of {what}"), &file, "letters"));
        *part = changed;
        Ok(true)
    }
}

fn sentence(what: &str, file: &std::path::Path, stand_in: &str) -> String {
    let file = file.display();
    format!("{what}: there is no file '{file}'; this smoke run uses {stand_in} in its place")
}
