//! A loss term in a library.

use std::path::PathBuf;
use std::sync::Arc;

use candle_core::Tensor;

use super::generator::first;
use super::{Blueprint, files};
use crate::abi::{caps, method};
use crate::arrays::{Array, Element};
use crate::facts::LossFacts;
use crate::instance::Instance;
use crate::op::{Input, call};
use crate::sink::Outputs;
use lab_core::context::Context;
use lab_core::traits::{LossTerm, View};
use lab_core::{Error, Result};

/// A loss term; it has no state.
pub(super) struct DynLossTerm {
    instance: Arc<Instance>,
    facts: LossFacts,
    files: Vec<PathBuf>,
}

impl DynLossTerm {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn LossTerm>> {
        let instance = Arc::new(blueprint.instance()?);
        let facts: LossFacts = instance.describe()?;
        let files = files::of(&blueprint, &facts.files);
        Ok(Box::new(Self {
            instance,
            facts,
            files,
        }))
    }

    fn layer<'a>(&self, view: &View<'a>, layer: &str) -> Result<&'a Tensor> {
        view.features.get(layer).ok_or_else(|| Error::Data {
            what: format!("activations for {}", self.instance.entry.name),
            expected: format!("layer '{layer}'"),
            got: view.features.keys().cloned().collect::<Vec<_>>().join(", "),
            remedy: "hand over the layers that the term declares".into(),
        })
    }
}

impl LossTerm for DynLossTerm {
    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn layers(&self) -> Vec<String> {
        self.facts.layers.clone()
    }

    fn evaluate(
        &self,
        _ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let mut sides = vec![(target.image, reconstruction.image)];
        for layer in &self.facts.layers {
            sides.push((
                self.layer(target, layer)?,
                self.layer(reconstruction, layer)?,
            ));
        }
        let mut inputs = Vec::new();
        for (target, reconstruction) in sides {
            if target.dims() != reconstruction.dims() || target.dims().first() == Some(&0) {
                return Err(Error::shape(
                    format!("sides of {}", self.instance.entry.name),
                    target.dims(),
                    reconstruction.dims(),
                ));
            }
            inputs.extend([Input::Constant(target), Input::Tensor(reconstruction)]);
        }
        let (batch, device) = (reconstruction.image.dim(0)?, reconstruction.image.device());
        let outputs = Outputs::fixed(vec![(Element::F32, vec![Some(batch)])]);
        let value = call(&self.instance, method::FORWARD, inputs, &outputs, 1, device)?;
        first(value)
    }

    fn selected_share(&self, target: &View<'_>) -> Result<Vec<(String, f64)>> {
        let layers = &self.facts.layers;
        if !self.instance.entry.can(caps::SHARE) || layers.is_empty() {
            return Ok(Vec::new());
        }
        let mut inputs = vec![Array::of_tensor(target.image)?];
        for layer in layers {
            inputs.push(Array::of_tensor(self.layer(target, layer)?)?);
        }
        let outputs = Outputs::fixed(vec![(Element::F64, vec![Some(layers.len())])]);
        self.instance
            .forward(method::SHARE, &inputs, &[], &outputs)?;
        let shares = self.instance.output(&outputs, "SHARE", 0)?.into_f64();
        // A term that selects nothing says so by numbers that are none.
        let selects = |(_, share): &(String, f64)| share.is_finite();
        Ok(layers.iter().cloned().zip(shares).filter(selects).collect())
    }
}
