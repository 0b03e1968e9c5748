//! Generators and feature networks.

use std::sync::Arc;

use candle_core::Tensor;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::Stimuli;
use lab_core::rng::{self, stream};
use lab_core::testing::{check_feature_net, check_generator};
use lab_core::traits::{Dataset, FeatureNet, FittedFeatureNet, FittedGenerator, Generator};
use lab_core::weights::Weights;
use lab_core::{Error, Result};

use super::{Probe, heard, stopped};
use crate::commands::plugins::check::events::Said;

/// Relative tolerance of gradients in contract tests.
const TOLERANCE: f64 = 0.05;
/// Side of images for networks that take any.
const ANY_SIZE: usize = 32;

/// Images to learn from.
fn corpus(ctx: &Context, named: Option<&PluginRef<dyn Dataset>>) -> Result<Option<Stimuli>> {
    let Some(named) = named else {
        return Ok(None);
    };
    let dataset = named.build(ctx)?;
    let missing: Vec<String> = dataset
        .files()
        .iter()
        .filter(|file| !file.exists())
        .map(|file| file.display().to_string())
        .collect();
    if !missing.is_empty() {
        return Err(Error::Data {
            what: "the corpus that it learns from".into(),
            expected: "files that are there".into(),
            got: format!("none at {}", missing.join(", ")),
            remedy: "name another corpus with --config".into(),
        });
    }
    Ok(Some(dataset.load(&ctx.child("corpus"))?.stimuli))
}

/// A generator that is ready.
pub(super) struct GeneratorProbe {
    ctx: Context,
    plugin: Arc<dyn Generator>,
    corpus: Option<Stimuli>,
    fitted: Box<dyn FittedGenerator>,
}

impl GeneratorProbe {
    pub(super) fn prepare(plugin: Box<dyn Generator>, ctx: &Context) -> Result<Self> {
        let ctx = ctx.child("generator");
        let corpus = corpus(&ctx, plugin.corpus())?;
        let fitted = plugin.prepare(&ctx, corpus.as_ref())?;
        Ok(Self {
            ctx,
            plugin: plugin.into(),
            corpus,
            fitted,
        })
    }
}

impl Probe for GeneratorProbe {
    fn facts(&self) -> String {
        format!(
            "{} latents to images of {}",
            self.fitted.latent_space().n_latents,
            self.fitted.image_shape()
        )
    }

    fn inputs(&self, batch: usize) -> Result<Vec<(String, Tensor)>> {
        let space = self.fitted.latent_space();
        let z = space.sample(&mut stream(0, "check/z"), batch, self.ctx.device())?;
        Ok(vec![("z".into(), z)])
    }

    fn call(&self, _batch: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        Ok(vec![self.fitted.generate(&inputs[0])?])
    }

    fn contract(&self) -> Result<String> {
        let (plugin, fitted) = (self.plugin.as_ref(), self.fitted.as_ref());
        check_generator(&self.ctx, plugin, fitted, TOLERANCE)?;
        Ok("shape and range of images; the same image alone, in a batch and twice; latents of another size are refused".into())
    }

    fn weights(&self) -> Weights {
        self.fitted.weights()
    }

    fn restored(&self) -> Result<Option<Box<dyn Probe>>> {
        Ok(Some(Box::new(Self {
            ctx: self.ctx.clone(),
            plugin: self.plugin.clone(),
            corpus: None,
            fitted: self.plugin.restore(&self.ctx, &self.fitted.weights())?,
        })))
    }

    fn stop(&self) -> Said {
        let fit = self
            .plugin
            .prepare(&stopped(&self.ctx), self.corpus.as_ref());
        heard(fit, self.corpus.is_some())
    }
}

/// A feature network that is ready.
pub(super) struct FeatureNetProbe {
    ctx: Context,
    plugin: Arc<dyn FeatureNet>,
    corpus: Option<Stimuli>,
    fitted: Box<dyn FittedFeatureNet>,
}

impl FeatureNetProbe {
    pub(super) fn prepare(plugin: Box<dyn FeatureNet>, ctx: &Context) -> Result<Self> {
        let ctx = ctx.child("features");
        let corpus = corpus(&ctx, plugin.corpus())?;
        let fitted = plugin.prepare(&ctx, corpus.as_ref())?;
        Ok(Self {
            ctx,
            plugin: plugin.into(),
            corpus,
            fitted,
        })
    }

    fn image_shape(&self) -> ImageShape {
        self.plugin
            .image_shape()
            .unwrap_or(ImageShape::grey(ANY_SIZE))
    }
}

impl Probe for FeatureNetProbe {
    fn facts(&self) -> String {
        let classes = match self.fitted.classes().len() {
            0 => "no classes".to_owned(),
            n => format!("{n} classes"),
        };
        format!(
            "layers {}; images of {}; {classes}",
            self.fitted.layers().join(", "),
            self.image_shape()
        )
    }

    fn inputs(&self, batch: usize) -> Result<Vec<(String, Tensor)>> {
        let range = self.fitted.value_range();
        let images = rng::uniform(
            &mut stream(0, "check/images"),
            range.low,
            range.high,
            &self.image_shape().batch(batch),
            self.ctx.device(),
        )?;
        Ok(vec![("images".into(), images)])
    }

    fn call(&self, _batch: usize, inputs: &[Tensor]) -> Result<Vec<Tensor>> {
        let found = self.fitted.activations(&inputs[0], &self.fitted.layers())?;
        let mut outputs: Vec<Tensor> = found.into_values().collect();
        outputs.extend(self.fitted.classify(&inputs[0])?);
        Ok(outputs)
    }

    fn contract(&self) -> Result<String> {
        let (plugin, fitted) = (self.plugin.as_ref(), self.fitted.as_ref());
        check_feature_net(&self.ctx, plugin, fitted, self.image_shape(), TOLERANCE)?;
        Ok("every layer and every image, alone and with others; an unknown layer is refused; class scores fit the classes".into())
    }

    fn weights(&self) -> Weights {
        self.fitted.weights()
    }

    fn restored(&self) -> Result<Option<Box<dyn Probe>>> {
        Ok(Some(Box::new(Self {
            ctx: self.ctx.clone(),
            plugin: self.plugin.clone(),
            corpus: None,
            fitted: self.plugin.restore(&self.ctx, &self.fitted.weights())?,
        })))
    }

    fn stop(&self) -> Said {
        let fit = self
            .plugin
            .prepare(&stopped(&self.ctx), self.corpus.as_ref());
        heard(fit, self.corpus.is_some())
    }
}
