//! The places of an experiment that name a dataset.

use lab_core::config::Experiment;
use lab_core::traits::Dataset;

use super::Parts;
use crate::toy::{Slot, letters};

impl Parts {
    /// Every place that names a dataset, and what can stand there at toy size.
    pub(super) fn slots<'a>(&'a self, experiment: &Experiment) -> Vec<Slot<'a>> {
        let size = self.generator.plugin.image_shape().height;
        let mut slots = vec![Slot {
            path: "dataset".into(),
            what: format!("the dataset {}", experiment.dataset.name()),
            dataset: self.dataset.as_ref(),
            stand_in: format!("simulated(stimuli: letters(size: {size}))"),
        }];
        let mut corpus = |path: String, of: String, dataset: Option<&'a dyn Dataset>| {
            let series = path.split('.').next().unwrap_or_default();
            slots.extend(dataset.map(|dataset| Slot {
                path: format!("{path}.train.corpus"),
                what: format!("the corpus of {of}"),
                dataset,
                stand_in: letters(size, series),
            }));
        };
        let generator = format!("the generator {}", experiment.generator.name());
        corpus(
            "generator".into(),
            generator,
            self.generator.corpus.as_deref(),
        );
        for (net, part) in self.features.iter().zip(&experiment.features) {
            let of = format!("the feature network {}", part.name());
            corpus("features".into(), of, net.corpus.as_deref());
        }
        for (idx, (net, part)) in self.observers.iter().zip(&experiment.observers).enumerate() {
            let of = format!("the observer {}", part.name());
            corpus(format!("observers.{idx}"), of, net.corpus.as_deref());
        }
        slots
    }
}
