//! A feature network in a library.

use std::path::PathBuf;

use candle_core::Tensor;

use super::Blueprint;
use super::generator::first;
use super::head::{Facts, Head, Ready};
use crate::abi::{caps, method};
use crate::arrays::{Array, Element};
use crate::facts::FeatureNetFacts;
use crate::manifest::Entry;
use crate::op::{Input, call};
use crate::outcome::broken;
use crate::sink::Outputs;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::{ImageShape, ValueRange};
use lab_core::events::Curve;
use lab_core::recording::Stimuli;
use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

/// A feature network before it is prepared.
pub(super) struct DynFeatureNet(Head<FeatureNetFacts>);

impl DynFeatureNet {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn FeatureNet>> {
        Ok(Box::new(Self(Head::build(blueprint)?)))
    }
}

impl Facts for FeatureNetFacts {
    fn corpus(&self) -> Option<&str> {
        self.corpus.as_deref()
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    /// Layers differ from each other, and the range is one.
    fn check(&self, entry: &'static Entry) -> Result<()> {
        let mut names = self.layers.clone();
        names.sort();
        names.dedup();
        let range = self.range;
        if names.is_empty() || names.len() != self.layers.len() {
            let expected = "layers with names of their own";
            let got = format!("{:?}", self.layers);
            return Err(broken(entry, "describe", expected, got));
        }
        if !(range.low < range.high && range.low.is_finite() && range.high.is_finite()) {
            let got = format!("{} to {}", range.low, range.high);
            return Err(broken(entry, "describe", "a range of pixel values", got));
        }
        Ok(())
    }

    fn check_again(&self, entry: &'static Entry, before: &Self) -> Result<()> {
        self.check(entry)?;
        if self.layers != before.layers {
            let (expected, got) = (before.layers.join(", "), self.layers.join(", "));
            return Err(broken(entry, "describe", expected, got));
        }
        Ok(())
    }
}

impl FeatureNet for DynFeatureNet {
    fn files(&self) -> Vec<PathBuf> {
        self.0.files()
    }

    fn layers(&self) -> Vec<String> {
        self.0.facts.layers.clone()
    }

    fn image_shape(&self) -> Option<ImageShape> {
        self.0.facts.image
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        self.0.corpus()
    }

    fn prepare(
        &self,
        ctx: &Context,
        corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedFeatureNet>> {
        Ok(Box::new(self.0.prepare(ctx, corpus)?))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        Ok(Box::new(self.0.restore(ctx, weights)?))
    }
}

impl Ready<FeatureNetFacts> {
    /// The number of images; refuses those of another shape.
    fn batch_of(&self, images: &Tensor) -> Result<usize> {
        let batch = images.dims().first().copied().unwrap_or(0);
        let fits = match self.facts.image {
            Some(shape) => images.dims() == shape.batch(batch),
            None => images.rank() == 4,
        };
        if fits && batch > 0 {
            return Ok(batch);
        }
        Err(Error::Shape {
            what: format!("images of {}", self.instance.entry.name),
            expected: self.facts.image.map_or_else(
                || "[batch, channels, height, width]".into(),
                |shape| {
                    format!(
                        "[batch, {}, {}, {}]",
                        shape.channels, shape.height, shape.width
                    )
                },
            ),
            got: format!("{:?}", images.dims()),
        })
    }
}

impl FittedFeatureNet for Ready<FeatureNetFacts> {
    fn layers(&self) -> Vec<String> {
        self.facts.layers.clone()
    }

    fn value_range(&self) -> ValueRange {
        self.facts.range
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        let batch = self.batch_of(images)?;
        let known = &self.facts.layers;
        if let Some(unknown) = layers.iter().find(|layer| !known.contains(layer)) {
            return Err(Error::Data {
                what: format!("layers of {}", self.instance.entry.name),
                expected: format!("some of {}", known.join(", ")),
                got: format!("'{unknown}'"),
                remedy: "ask for a layer that the network has".into(),
            });
        }
        let wanted: Vec<usize> = (0..known.len())
            .filter(|&idx| layers.contains(&known[idx]))
            .collect();
        if wanted.is_empty() {
            return Ok(Features::new());
        }
        let n_wanted = wanted.len();
        let outputs = Outputs::arrays(move |index, element, shape| {
            let rows = shape.first() == Some(&(batch as u64));
            if (index as usize) < n_wanted && element == Element::F32 && rows && shape.len() > 1 {
                Ok(())
            } else {
                Err(format!("outputs below {n_wanted}, as f32 [{batch}, ...]"))
            }
        });
        let inputs = vec![Input::Tensor(images), Input::Array(Array::indices(&wanted))];
        let device = images.device();
        let found = call(
            &self.instance,
            method::FORWARD,
            inputs,
            &outputs,
            n_wanted,
            device,
        )?;
        let names = wanted.into_iter().map(|idx| known[idx].clone());
        Ok(names.zip(found).collect())
    }

    fn classes(&self) -> &[String] {
        &self.facts.classes
    }

    fn classify(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let batch = self.batch_of(images)?;
        if self.facts.classes.is_empty() || !self.instance.entry.can(caps::CLASSIFY) {
            return Ok(None);
        }
        let shape = vec![Some(batch), Some(self.facts.classes.len())];
        let outputs = Outputs::fixed(vec![(Element::F32, shape)]);
        let inputs = vec![Input::Tensor(images)];
        let device = images.device();
        let scores = call(
            &self.instance,
            method::CLASSIFY,
            inputs,
            &outputs,
            1,
            device,
        )?;
        first(scores).map(Some)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}
