//! Small plugins for the tests of the experiment file: all parameters, no work.

use serde::{Deserialize, Serialize};

use crate::config::{NoParams, PluginParams, PluginRef};
use crate::context::Context;
use crate::dims::ImageShape;
use crate::objective::Objective;
use crate::recording::{Recording, Stimuli, SubjectResponses};
use crate::testing::{ToyGenerator, ToyTerm};
use crate::traits::{
    Aligner, Dataset, Decoder, Features, FittedAligner, FittedDecoder, FittedGenerator, Generator,
    LatentSpace, LossTerm, Output, TrainingSet, View,
};
use crate::weights::Weights;
use crate::{Error, Result};
use candle_core::Tensor;

fn no_work<T>() -> Result<T> {
    Err(Error::Data {
        what: "plugin".into(),
        expected: "work".into(),
        got: "none".into(),
        remedy: "it is for tests".into(),
    })
}

/// Parameters of `test_images`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ImagesParams {
    path: String,
    mask: Option<String>,
    n: usize,
}

impl Default for ImagesParams {
    fn default() -> Self {
        Self {
            path: "images.npy".into(),
            mask: None,
            n: 3,
        }
    }
}

impl PluginParams for ImagesParams {
    fn smoke(&mut self) {
        self.n = 1;
    }
}

pub(super) struct Images;

impl Images {
    fn build(params: ImagesParams, _ctx: &Context) -> Result<Self> {
        if params.n == 0 { no_work() } else { Ok(Self) }
    }
}

impl Dataset for Images {
    fn files(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        Ok(Recording::corpus(
            "test",
            Stimuli::from_pixels(ImageShape::grey(1), vec![0.0])?,
        ))
    }
}

/// Parameters of `test_subjects`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SubjectsParams {
    stimuli: PluginRef<dyn Dataset>,
    snr: f64,
}

impl Default for SubjectsParams {
    fn default() -> Self {
        Self {
            stimuli: PluginRef::of("test_images(n: 2)"),
            snr: 1.0,
        }
    }
}

impl PluginParams for SubjectsParams {}

pub(super) struct Subjects(Box<dyn Dataset>);

impl Subjects {
    fn build(params: SubjectsParams, ctx: &Context) -> Result<Self> {
        Ok(Self(params.stimuli.build(ctx)?))
    }
}

impl Dataset for Subjects {
    fn files(&self) -> Vec<std::path::PathBuf> {
        self.0.files()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        self.0.load(ctx)
    }
}

pub(super) struct Nothing;

impl Nothing {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the signature that the macro calls"
    )]
    fn build(_params: NoParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }
}

impl Aligner for Nothing {
    fn fit(&self, _ctx: &Context, _train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        no_work()
    }
}

/// How a `test_generator` is trained.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Train {
    updates: usize,
    corpus: Option<PluginRef<dyn Dataset>>,
}

impl Default for Train {
    fn default() -> Self {
        Self {
            updates: 20_000,
            corpus: None,
        }
    }
}

/// Parameters of `test_generator`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GeneratorParams {
    latent: usize,
    train: Train,
}

impl Default for GeneratorParams {
    fn default() -> Self {
        Self {
            latent: 50,
            train: Train::default(),
        }
    }
}

impl PluginParams for GeneratorParams {
    fn smoke(&mut self) {
        self.train.updates = 2;
    }
}

pub(super) struct TestGenerator(ToyGenerator);

impl TestGenerator {
    fn build(params: GeneratorParams, ctx: &Context) -> Result<Self> {
        if let Some(corpus) = &params.train.corpus {
            corpus.build(ctx)?;
        }
        Ok(Self(ToyGenerator::new(
            ctx,
            params.latent,
            ImageShape::grey(2),
        )?))
    }
}

impl Generator for TestGenerator {
    fn latent_space(&self) -> LatentSpace {
        Generator::latent_space(&self.0)
    }

    fn image_shape(&self) -> ImageShape {
        Generator::image_shape(&self.0)
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        self.0.prepare(ctx, corpus)
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        self.0.restore(ctx, weights)
    }
}

/// What `test_loss` does with what lies above its threshold.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Form {
    Hard,
    Soft { slope: f64 },
}

/// Parameters of `test_loss`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LossParams {
    layers: Vec<String>,
    threshold: f64,
    form: Form,
}

impl Default for LossParams {
    fn default() -> Self {
        Self {
            layers: vec!["conv1".into()],
            threshold: 1.0,
            form: Form::Soft { slope: 3.0 },
        }
    }
}

impl PluginParams for LossParams {}

pub(super) struct TestLoss(ToyTerm);

impl TestLoss {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the signature that the macro calls"
    )]
    fn build(params: LossParams, _ctx: &Context) -> Result<Self> {
        Ok(Self(ToyTerm {
            layer: params.layers.first().cloned(),
        }))
    }
}

impl LossTerm for TestLoss {
    fn layers(&self) -> Vec<String> {
        self.0.layers()
    }

    fn evaluate(
        &self,
        ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let _: &Features = target.features;
        self.0.evaluate(ctx, target, reconstruction)
    }
}

/// Parameters of `test_decoder`; `hidden` has no default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecoderParams {
    hidden: usize,
    #[serde(default)]
    epochs: usize,
}

impl Default for DecoderParams {
    fn default() -> Self {
        Self {
            hidden: 3,
            epochs: 0,
        }
    }
}

impl PluginParams for DecoderParams {}

pub(super) struct TestDecoder;

impl TestDecoder {
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the signature that the macro calls"
    )]
    fn build(_params: DecoderParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }
}

impl Decoder for TestDecoder {
    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        _ctx: &Context,
        _train: &TrainingSet<'_>,
        _members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        no_work()
    }

    fn restore(
        &self,
        _ctx: &Context,
        _objective: &Objective,
        _weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        no_work()
    }
}

crate::register! { Dataset "test_images" => Images, ImagesParams; summary: "", equation: "", source: "", parity: "" }
crate::register! { Dataset "test_subjects" => Subjects, SubjectsParams; summary: "", equation: "", source: "", parity: "" }
crate::register! { Aligner "test_aligner" => Nothing, NoParams; summary: "", equation: "", source: "", parity: "" }
crate::register! { Generator "test_generator" => TestGenerator, GeneratorParams; summary: "", equation: "", source: "", parity: "" }
crate::register! { LossTerm "test_loss" => TestLoss, LossParams; summary: "", equation: "", source: "", parity: "" }
crate::register! { Decoder "test_decoder" => TestDecoder, DecoderParams; summary: "", equation: "", source: "", parity: "" }
