//! A generator in a library.

use std::path::PathBuf;

use candle_core::Tensor;

use super::Blueprint;
use super::head::{Facts, Head, Ready};
use crate::abi::{caps, method};
use crate::arrays::Element;
use crate::facts::GeneratorFacts;
use crate::manifest::Entry;
use crate::op::{Input, call};
use crate::outcome::broken;
use crate::sink::{Outputs, exactly};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::recording::Stimuli;
use lab_core::traits::{Dataset, FittedGenerator, Generator, LatentSpace};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

/// Minor version of the interface since which ENCODE has a gradient.
const ENCODE_DIFFERENTIABLE_SINCE: u32 = 5;

/// A generator before it has learned.
pub(super) struct DynGenerator(Head<GeneratorFacts>);

impl DynGenerator {
    pub(super) fn build(blueprint: Blueprint) -> Result<Box<dyn Generator>> {
        Ok(Box::new(Self(Head::build(blueprint)?)))
    }
}

impl Facts for GeneratorFacts {
    fn corpus(&self) -> Option<&str> {
        self.corpus.as_deref()
    }

    fn files(&self) -> &[String] {
        &self.files
    }

    fn check(&self, entry: &'static Entry) -> Result<()> {
        if self.latents.n_latents == 0 || self.image.n_pixels() == 0 {
            let got = format!("{} and {}", self.latents.n_latents, self.image);
            let expected = "at least one latent and one pixel";
            return Err(broken(entry, "describe", expected, got));
        }
        if let Some(maps) = self.maps
            && maps.n_pixels() != self.latents.n_latents
        {
            let expected = format!("maps of {} numbers", self.latents.n_latents);
            return Err(broken(entry, "describe", expected, maps.to_string()));
        }
        if self.encodes && !entry.can(caps::ENCODE) {
            let expected = "LAB_HAS_ENCODE, as the facts say that there is an encoder";
            return Err(broken(entry, "describe", expected, "none"));
        }
        Ok(())
    }

    fn check_again(&self, entry: &'static Entry, before: &Self) -> Result<()> {
        if (self.latents, self.image) != (before.latents, before.image) {
            let expected = format!("{:?} and {}", before.latents, before.image);
            let got = format!("{:?} and {}", self.latents, self.image);
            return Err(broken(entry, "describe", expected, got));
        }
        Ok(())
    }
}

impl Generator for DynGenerator {
    fn files(&self) -> Vec<PathBuf> {
        self.0.files()
    }

    fn latent_space(&self) -> LatentSpace {
        self.0.facts.latents
    }

    fn image_shape(&self) -> ImageShape {
        self.0.facts.image
    }

    fn latent_maps(&self) -> Option<ImageShape> {
        self.0.facts.maps
    }

    fn encodes(&self) -> bool {
        self.0.facts.encodes
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        self.0.corpus()
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        Ok(Box::new(self.0.prepare(ctx, corpus)?))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        Ok(Box::new(self.0.restore(ctx, weights)?))
    }
}

impl Ready<GeneratorFacts> {
    fn check_latents(&self, z: &Tensor) -> Result<()> {
        let n_latents = self.facts.latents.n_latents;
        if z.rank() == 2 && z.dims()[1] == n_latents && z.dims()[0] > 0 {
            return Ok(());
        }
        Err(Error::Shape {
            what: format!("latents of {}", self.instance.entry.name),
            expected: format!("[batch, {n_latents}]"),
            got: format!("{:?}", z.dims()),
        })
    }
}

impl FittedGenerator for Ready<GeneratorFacts> {
    fn latent_space(&self) -> LatentSpace {
        self.facts.latents
    }

    fn image_shape(&self) -> ImageShape {
        self.facts.image
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        self.check_latents(z)?;
        let shape = self.facts.image.batch(z.dims()[0]);
        let outputs = Outputs::fixed(vec![(Element::F32, exactly(&shape))]);
        let inputs = vec![Input::Tensor(z)];
        let images = call(
            &self.instance,
            method::FORWARD,
            inputs,
            &outputs,
            1,
            z.device(),
        )?;
        first(images)
    }

    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        if !self.facts.encodes {
            return Ok(None);
        }
        let batch = images.dims().first().copied().unwrap_or_default();
        let expected = self.facts.image.batch(batch);
        if batch == 0 || images.dims() != expected {
            let what = format!("images that {} encodes", self.instance.entry.name);
            return Err(Error::shape(what, expected, images.dims()));
        }
        let entry = self.instance.entry;
        if images.track_op() && entry.abi_minor < ENCODE_DIFFERENTIABLE_SINCE {
            let expected = format!(
                "a library of version 1.{ENCODE_DIFFERENTIABLE_SINCE} of the interface or later, as a gradient through its encoder is \
                 needed here"
            );
            let got = format!("one of version 1.{}; build it again", entry.abi_minor);
            return Err(broken(entry, "ENCODE", expected, got));
        }
        let shape = [batch, self.facts.latents.n_latents];
        let outputs = Outputs::fixed(vec![(Element::F32, exactly(&shape))]);
        let inputs = vec![Input::Tensor(images)];
        let device = images.device();
        let latents = call(&self.instance, method::ENCODE, inputs, &outputs, 1, device)?;
        first(latents).map(Some)
    }

    fn map_draws(&self, draws: &Tensor) -> Result<Tensor> {
        if !self.instance.entry.can(caps::MAP_DRAWS) {
            return Ok(draws.clone());
        }
        self.check_latents(draws)?;
        let outputs = Outputs::fixed(vec![(Element::F32, exactly(draws.dims()))]);
        let (draws, device) = (draws.detach(), draws.device());
        let inputs = vec![Input::Tensor(&draws)];
        let latents = call(
            &self.instance,
            method::MAP_DRAWS,
            inputs,
            &outputs,
            1,
            device,
        )?;
        first(latents)
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

/// The only output of a call.
pub(super) fn first(outputs: Vec<Tensor>) -> Result<Tensor> {
    let n = outputs.len();
    outputs
        .into_iter()
        .next()
        .ok_or_else(|| Error::shape("outputs of a library", 1, n))
}
