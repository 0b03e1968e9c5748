//! A plugin crate of small plugins, one of each kind: built in by some tests, loaded from a shared library by others.
//!
//! What they do is simple and touches everything that crosses the border: training on a corpus with checkpoints, training
//! through the objective, gradients of several branches, several layers, text, whole numbers and double precision.

use candle_core::{D, DType, Tensor, Var};
use lab_core::config::NoParams;
use lab_core::config::{Declared, Range};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::nn::optim::{Adam, AdamParams, Parameter};
use lab_core::objective::Objective;
use lab_core::prelude::*;
use lab_core::recording::{Labels, Split, Subject, SubjectResponses, Trial, Voxels};
use lab_core::traits::{
    Aligner, Constraint, Dataset, Decoder, FeatureNet, Features, FittedAligner, FittedDecoder,
    FittedFeatureNet, FittedGenerator, Generator, LatentSpace, LossTerm, Output, Prior, Quality,
    TrainingSet, View,
};
use lab_core::{rng, weights};
use serde::{Deserialize, Serialize};

/// A rule that was broken, in one call.
fn broken(what: &str, expected: &str, got: impl Into<String>) -> Error {
    Error::Data {
        what: what.into(),
        expected: expected.into(),
        got: got.into(),
        remedy: "change it".into(),
    }
}

/// Parameters of [`Waves`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WavesParams {
    /// Numbers of a latent.
    pub latent: usize,
    /// Side of an image.
    pub size: usize,
    /// Steps of the training.
    pub updates: usize,
    /// The batch at which it panics; 0 for never.
    pub panic_at: usize,
    /// What it learns the mean image of.
    pub corpus: PluginRef<dyn Dataset>,
}

impl Default for WavesParams {
    fn default() -> Self {
        Self {
            latent: 6,
            size: 8,
            updates: 12,
            panic_at: 0,
            corpus: PluginRef::of("dots()"),
        }
    }
}

impl PluginParams for WavesParams {
    const DECLARED: Declared = Declared::new(
        &[include_str!("lib.rs")],
        &[
            ("latent", Range::UNITS),
            ("size", Range::SIDE),
            ("updates", Range::ONE_OR_MORE),
            ("panic_at", Range::COUNT),
        ],
    );

    fn smoke(&mut self) {
        self.updates = self.updates.min(2);
    }
}

/// `tanh(a + a·tanh(a) + mean)`, `a = z·W`: a skip connection, so that `z` is used more than once.
#[derive(Clone)]
pub struct Waves {
    params: WavesParams,
}

impl Waves {
    /// Checks the parameters.
    ///
    /// # Errors
    /// If there are no latents or no pixels.
    pub fn build(params: WavesParams, _ctx: &Context) -> Result<Self> {
        if params.latent == 0 || params.size == 0 {
            return Err(broken("waves", "a latent and a size above 0", "0"));
        }
        Ok(Self { params })
    }

    fn space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: self.params.latent,
            prior: Prior::UniformCube,
            constraint: Constraint::UnitSphere,
        }
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.params.size)
    }

    /// The running mean of the corpus, an image a step; goes on from a checkpoint.
    fn learn(&self, ctx: &Context, corpus: &Stimuli) -> Result<(Tensor, Curve)> {
        let n_pixels = self.shape().n_pixels();
        let train = corpus.indices(Split::Train);
        let mut state = vec![0.0_f32; n_pixels + 1];
        if let Some(bytes) = ctx.checkpoints().load("waves")? {
            state =
                weights::get(&weights::from_bytes(&bytes, ctx.device())?, "state")?.to_vec1()?;
        }
        let mut curve = Curve::new("distance to the mean", "update");
        for update in state[n_pixels] as usize..self.params.updates {
            ctx.check_cancelled()?;
            let drawn = {
                use rand::Rng as _;
                train[ctx
                    .rng(&format!("update-{update}"))
                    .random_range(0..train.len())]
            };
            let image = corpus.images.read(&[drawn])?;
            let mut distance = 0.0;
            for (mean, pixel) in state.iter_mut().zip(&image) {
                distance += f64::from((pixel - *mean).abs());
                *mean += (pixel - *mean) / (update + 1) as f32;
            }
            state[n_pixels] = (update + 1) as f32;
            curve.push((update + 1) as f64, distance);
            ctx.progress(update + 1, self.params.updates, "updates", "");
            let tensor = Tensor::new(state.as_slice(), ctx.device())?;
            let kept = Weights::from([("state".to_owned(), tensor)]);
            ctx.checkpoints()
                .save("waves", &weights::to_bytes(&kept)?)?;
        }
        ctx.note("the mean was learned");
        let mean = Tensor::from_slice(&state[..n_pixels], (1, n_pixels), ctx.device())?;
        Ok((mean, curve))
    }
}

impl Generator for Waves {
    fn latent_space(&self) -> LatentSpace {
        self.space()
    }

    fn image_shape(&self) -> ImageShape {
        self.shape()
    }

    fn latent_maps(&self) -> Option<ImageShape> {
        Some(ImageShape {
            channels: self.params.latent,
            height: 1,
            width: 1,
        })
    }

    fn encodes(&self) -> bool {
        true
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        Some(&self.params.corpus)
    }

    fn prepare(&self, ctx: &Context, corpus: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        let Some(corpus) = corpus.filter(|corpus| corpus.shape() == self.shape()) else {
            let got = corpus.map_or("none".into(), |corpus| corpus.shape().to_string());
            return Err(Error::shape("corpus of waves", self.shape(), got));
        };
        let (mean, curve) = self.learn(ctx, corpus)?;
        let shape = [self.params.latent, self.shape().n_pixels()];
        let weight = rng::normal(&mut ctx.rng("weight"), 1.0, &shape, ctx.device())?;
        Ok(Box::new(FittedWaves {
            waves: self.clone(),
            weight,
            mean,
            curves: vec![curve],
        }))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let tensor = |name| Ok::<_, Error>(weights::get(weights, name)?.to_device(ctx.device())?);
        Ok(Box::new(FittedWaves {
            waves: self.clone(),
            weight: tensor("weight")?,
            mean: tensor("mean")?,
            curves: Vec::new(),
        }))
    }
}

struct FittedWaves {
    waves: Waves,
    weight: Tensor,
    mean: Tensor,
    curves: Vec<Curve>,
}

impl FittedGenerator for FittedWaves {
    fn latent_space(&self) -> LatentSpace {
        self.waves.space()
    }

    fn image_shape(&self) -> ImageShape {
        self.waves.shape()
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        if z.rank() != 2 || z.dims()[1] != self.waves.params.latent {
            let expected = ("batch", self.waves.params.latent);
            return Err(Error::shape("latents of waves", expected, z.dims()));
        }
        assert!(
            z.dims()[0] != self.waves.params.panic_at,
            "a batch of {} was asked for",
            self.waves.params.panic_at
        );
        let a = z.matmul(&self.weight)?;
        let skipped = (&a + (&a * a.tanh()?)?)?;
        let image = skipped.broadcast_add(&self.mean)?.tanh()?;
        Ok(image.reshape(&self.waves.shape().batch(z.dims()[0])[..])?)
    }

    /// `x·Wᵀ`, on the sphere.
    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let batch = images.dims().first().copied().unwrap_or(1);
        let expected = self.waves.shape().batch(batch);
        if images.dims() != expected {
            return Err(Error::shape("images of waves", expected, images.dims()));
        }
        let rows = images.flatten_from(1)?;
        let latents = rows.matmul(&self.weight.t()?.contiguous()?)?;
        Ok(Some(self.waves.space().constrain(&latents)?))
    }

    /// The same numbers in the opposite order.
    fn map_draws(&self, draws: &Tensor) -> Result<Tensor> {
        let idx: Vec<u32> = (0..self.waves.params.latent as u32).rev().collect();
        Ok(draws.index_select(&Tensor::new(idx, draws.device())?, 1)?)
    }

    fn weights(&self) -> Weights {
        Weights::from([
            ("mean".to_owned(), self.mean.clone()),
            ("weight".to_owned(), self.weight.clone()),
        ])
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

/// Two layers of fixed random weights, and class scores.
pub struct Sums {
    size: usize,
}

/// Parameters of [`Sums`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SumsParams {
    /// Side of an image.
    pub size: usize,
}

impl Default for SumsParams {
    fn default() -> Self {
        Self { size: 8 }
    }
}

impl PluginParams for SumsParams {}

impl Sums {
    /// Nothing to check.
    ///
    /// # Errors
    /// Never.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the macros call a build that may fail"
    )]
    pub fn build(params: SumsParams, _ctx: &Context) -> Result<Self> {
        Ok(Self { size: params.size })
    }
}

const LAYERS: [&str; 2] = ["sum1", "sum2"];

impl FeatureNet for Sums {
    fn layers(&self) -> Vec<String> {
        LAYERS.map(str::to_owned).to_vec()
    }

    fn image_shape(&self) -> Option<ImageShape> {
        Some(ImageShape::grey(self.size))
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(&self, ctx: &Context, _: Option<&Stimuli>) -> Result<Box<dyn FittedFeatureNet>> {
        let n_pixels = self.size * self.size;
        let first = rng::normal(&mut ctx.rng("first"), 0.1, &[n_pixels, 12], ctx.device())?;
        let second = rng::normal(&mut ctx.rng("second"), 0.3, &[12, 3], ctx.device())?;
        Ok(Box::new(FittedSums::new(self.size, [first, second])))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        let tensor = |name| Ok::<_, Error>(weights::get(weights, name)?.to_device(ctx.device())?);
        let both = [tensor(LAYERS[0])?, tensor(LAYERS[1])?];
        Ok(Box::new(FittedSums::new(self.size, both)))
    }
}

struct FittedSums {
    size: usize,
    weights: [Tensor; 2],
    classes: Vec<String>,
}

impl FittedSums {
    fn new(size: usize, weights: [Tensor; 2]) -> Self {
        Self {
            size,
            weights,
            classes: ["a", "ü", "c"].map(str::to_owned).to_vec(),
        }
    }

    fn both(&self, images: &Tensor) -> Result<[Tensor; 2]> {
        let batch = images.dims().first().copied().unwrap_or(1);
        let expected = ImageShape::grey(self.size).batch(batch);
        if images.dims() != expected {
            return Err(Error::shape("images of sums", expected, images.dims()));
        }
        let first = images.flatten_from(1)?.matmul(&self.weights[0])?;
        let second = first.tanh()?.matmul(&self.weights[1])?;
        Ok([first, second])
    }
}

impl FittedFeatureNet for FittedSums {
    fn layers(&self) -> Vec<String> {
        LAYERS.map(str::to_owned).to_vec()
    }

    fn value_range(&self) -> ValueRange {
        ValueRange {
            low: -0.5,
            high: 0.5,
        }
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        if let Some(layer) = layers
            .iter()
            .find(|layer| !LAYERS.contains(&layer.as_str()))
        {
            return Err(broken("layers of sums", "sum1 or sum2", layer.as_str()));
        }
        let all = LAYERS.iter().zip(self.both(images)?);
        Ok(all
            .map(|(layer, values)| ((*layer).to_owned(), values))
            .filter(|(layer, _)| layers.contains(layer))
            .collect())
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn classify(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let [_, scores] = self.both(images)?;
        Ok(Some(scores))
    }

    fn weights(&self) -> Weights {
        let named = LAYERS.iter().zip(&self.weights);
        named
            .map(|(layer, weight)| ((*layer).to_owned(), weight.clone()))
            .collect()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

/// Mean square of the differences of the images, one of which passed an operation without a backward, as candle's
/// `softmax_last_dim` is one: the value is right and the gradient is lost without a word.
pub struct Severed;

impl Severed {
    /// Nothing to check.
    ///
    /// # Errors
    /// It never fails.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the macros call a build that may fail"
    )]
    pub fn build(_: NoParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }
}

/// The numbers as they are.
struct Same;

impl candle_core::CustomOp1 for Same {
    fn name(&self) -> &'static str {
        "same"
    }

    fn cpu_fwd(
        &self,
        storage: &candle_core::CpuStorage,
        layout: &candle_core::Layout,
    ) -> candle_core::Result<(candle_core::CpuStorage, candle_core::Shape)> {
        Ok((storage.clone(), layout.shape().clone()))
    }
}

impl LossTerm for Severed {
    fn layers(&self) -> Vec<String> {
        Vec::new()
    }

    fn evaluate(&self, _: &Context, target: &View<'_>, made: &View<'_>) -> Result<Tensor> {
        if target.image.dims() != made.image.dims() {
            let what = "sides of severed";
            return Err(Error::shape(what, target.image.dims(), made.image.dims()));
        }
        #[allow(clippy::disallowed_methods, reason = "it is here to be found out")]
        let cut = made.image.contiguous()?.apply_op1_no_bwd(&Same)?;
        Ok((target.image - cut)?
            .sqr()?
            .flatten_from(1)?
            .mean(D::Minus1)?)
    }
}

/// Mean square of the differences of the images and of the layer `sum2`, times the number in a file, if one is named.
pub struct Apart {
    params: ApartParams,
}

/// Parameters of [`Apart`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApartParams {
    /// Layers beside the pixels.
    pub layers: Vec<String>,
    /// The file that holds the factor.
    pub factor: Option<String>,
}

impl Default for ApartParams {
    fn default() -> Self {
        Self {
            layers: vec!["sum2".into()],
            factor: None,
        }
    }
}

impl PluginParams for ApartParams {}

impl Apart {
    /// Nothing to check.
    ///
    /// # Errors
    /// Never.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the macros call a build that may fail"
    )]
    pub fn build(params: ApartParams, _ctx: &Context) -> Result<Self> {
        Ok(Self { params })
    }
}

impl LossTerm for Apart {
    fn layers(&self) -> Vec<String> {
        self.params.layers.clone()
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        self.params.factor.iter().map(Into::into).collect()
    }

    fn evaluate(
        &self,
        _ctx: &Context,
        target: &View<'_>,
        reconstruction: &View<'_>,
    ) -> Result<Tensor> {
        let mut sides = vec![(target.image, reconstruction.image)];
        for layer in &self.params.layers {
            let (Some(one), Some(two)) = (
                target.features.get(layer),
                reconstruction.features.get(layer),
            ) else {
                return Err(broken("apart", "its layers", layer.as_str()));
            };
            sides.push((one, two));
        }
        let mut total: Option<Tensor> = None;
        for (one, two) in sides {
            if one.dims() != two.dims() {
                return Err(Error::shape("sides of apart", one.dims(), two.dims()));
            }
            let value = (one - two)?.sqr()?.flatten_from(1)?.mean(D::Minus1)?;
            total = Some(match total {
                None => value,
                Some(sum) => (sum + value)?,
            });
        }
        let total = total.ok_or_else(|| broken("apart", "an image", "none"))?;
        let Some(file) = &self.params.factor else {
            return Ok(total);
        };
        let text = std::fs::read_to_string(file).map_err(Error::io("reading", file))?;
        let factor: f64 = text
            .trim()
            .parse()
            .map_err(|_| broken("apart", "a number in the file", text.as_str()))?;
        Ok((total * factor)?)
    }

    fn selected_share(&self, target: &View<'_>) -> Result<Vec<(String, f64)>> {
        let share = |layer: &String| {
            let values = target.features.get(layer)?;
            let positive = values.gt(0.0).ok()?.to_dtype(DType::F64).ok()?;
            let share = positive.mean_all().ok()?.to_scalar::<f64>().ok()?;
            Some((layer.clone(), share))
        };
        Ok(self.params.layers.iter().filter_map(share).collect())
    }
}

/// A linear decoder, trained by Adam through the objective; a step along the generator's gradient when it decodes.
pub struct Lines;

/// Steps of the training.
const N_STEPS: usize = 8;

impl Lines {
    /// Nothing to check.
    ///
    /// # Errors
    /// Never.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the macros call a build that may fail"
    )]
    pub fn build(_params: NoParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }

    fn member(
        ctx: &Context,
        train: &TrainingSet<'_>,
        member: usize,
    ) -> Result<Box<dyn FittedDecoder>> {
        let (n_samples, n_features) = train.features.dims2()?;
        let shape = [n_features, train.objective.latent_space().n_latents];
        let mut draws = ctx.rng(&format!("member-{member}/initial"));
        let weight = Var::from_tensor(&rng::normal(&mut draws, 0.5, &shape, ctx.device())?)?;
        let parameter = Parameter {
            name: "weight".into(),
            var: weight.clone(),
            weight_decay: 0.0,
        };
        let params = AdamParams {
            learning_rate: 0.02,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            clip_norm: None,
        };
        let mut adam = Adam::new(vec![parameter], params)?;
        let mut curve = Curve::new("loss", "step");
        for step in 0..N_STEPS {
            ctx.check_cancelled()?;
            let z = train.features.matmul(weight.as_tensor())?;
            let z = train.objective.latent_space().constrain(&z)?;
            let loss = train.objective.loss(ctx, &z, train.target_idx)?;
            let loss = (loss.sum_all()? / n_samples as f64)?;
            curve.push((step + 1) as f64, f64::from(loss.to_scalar::<f32>()?));
            adam.step(&loss.backward()?)?;
        }
        let mut curves = vec![curve];
        if let Some(pictures) = train.pictures()? {
            let mut seen = Curve::new("picture", "row");
            for (row, picture) in pictures.into_iter().enumerate() {
                seen.push(row as f64, picture as f64);
            }
            curves.push(seen);
        }
        Ok(Box::new(FittedLines {
            objective: train.objective.clone(),
            weight: weight.as_tensor().detach(),
            curves,
        }))
    }
}

impl Decoder for Lines {
    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        members
            .iter()
            .map(|&member| Self::member(ctx, train, member))
            .collect()
    }

    fn restore(
        &self,
        ctx: &Context,
        objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        Ok(Box::new(FittedLines {
            objective: objective.clone(),
            weight: weights::get(weights, "weight")?.to_device(ctx.device())?,
            curves: Vec::new(),
        }))
    }
}

struct FittedLines {
    objective: Objective,
    weight: Tensor,
    curves: Vec<Curve>,
}

impl FittedDecoder for FittedLines {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        if features.dims().get(1) != self.weight.dims().first() {
            let expected = ("n_samples", self.weight.dims()[0]);
            return Err(Error::shape("features of lines", expected, features.dims()));
        }
        let space = self.objective.latent_space();
        let z = Var::from_tensor(&space.constrain(&features.matmul(&self.weight)?)?)?;
        let images = self.objective.generator().generate(z.as_tensor())?;
        let gradient = images.sqr()?.sum_all()?.backward()?.remove(z.as_tensor());
        let Some(gradient) = gradient else {
            return Err(broken("lines", "a gradient of the generator", "none"));
        };
        space.constrain(&(z.as_tensor().detach() - (gradient * 1e-3)?)?)
    }

    fn weights(&self) -> Weights {
        Weights::from([("weight".to_owned(), self.weight.clone())])
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

/// Columns less their training mean, in double precision; regions are kept.
pub struct Centred;

impl Centred {
    /// Nothing to check.
    ///
    /// # Errors
    /// Never.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the macros call a build that may fail"
    )]
    pub fn build(_params: NoParams, _ctx: &Context) -> Result<Self> {
        Ok(Self)
    }
}

impl Aligner for Centred {
    fn fit(&self, _ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        let n = train
            .first()
            .map_or(Ok(0), |subject| subject.values.dim(0))?;
        let mean = |subject: &SubjectResponses| {
            let rows = subject.values.dim(0)?;
            if rows != n {
                return Err(Error::shape("rows of centred", n, rows));
            }
            Ok(subject.values.mean_keepdim(0)?)
        };
        let means = train.iter().map(mean).collect::<Result<_>>()?;
        Ok(Box::new(FittedCentred { means }))
    }
}

struct FittedCentred {
    means: Vec<Tensor>,
}

impl FittedAligner for FittedCentred {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        if responses.len() != self.means.len() {
            return Err(Error::shape("subjects", self.means.len(), responses.len()));
        }
        let centre = |(subject, mean): (&SubjectResponses, &Tensor)| {
            if subject.values.dims()[1] != mean.dims()[1] {
                return Err(Error::shape("voxels", mean.dims(), subject.values.dims()));
            }
            Ok(SubjectResponses {
                values: subject.values.broadcast_sub(mean)?,
                ..subject.clone()
            })
        };
        responses.iter().zip(&self.means).map(centre).collect()
    }

    fn held_out(&self, ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        let left = |subject: SubjectResponses| {
            Ok(Quality {
                name: "mean left over".into(),
                of: subject.id,
                value: subject.values.mean_all()?.to_scalar::<f64>()?,
                unit: "as recorded".into(),
            })
        };
        self.transform(ctx, test)?.into_iter().map(left).collect()
    }

    fn facts(&self) -> Vec<Quality> {
        vec![Quality {
            name: "subjects".into(),
            of: "all".into(),
            value: self.means.len() as f64,
            unit: "count".into(),
        }]
    }
}

/// Images of one bright dot, and two subjects who saw them.
pub struct Dots {
    params: DotsParams,
}

/// Parameters of [`Dots`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DotsParams {
    /// Side of an image.
    pub size: usize,
    /// Images; every fourth is a test image.
    pub n: usize,
}

impl Default for DotsParams {
    fn default() -> Self {
        Self { size: 8, n: 40 }
    }
}

impl PluginParams for DotsParams {
    fn smoke(&mut self) {
        self.n = self.n.min(8);
    }
}

impl Dots {
    /// Checks that no two images are the same.
    ///
    /// # Errors
    /// If there are more images than pixels.
    pub fn build(params: DotsParams, _ctx: &Context) -> Result<Self> {
        if params.n == 0 || params.n > params.size * params.size {
            let got = format!("{} images of {} pixels a side", params.n, params.size);
            return Err(broken("dots", "an image for each pixel at most", got));
        }
        Ok(Self { params })
    }

    fn subject(&self, ctx: &Context, id: &str, n_voxels: usize) -> Result<Subject> {
        let n_trials = 2 * self.params.n;
        let mut draws = ctx.rng(&format!("subject-{id}"));
        let trial = |idx: usize| Trial {
            image_idx: idx % self.params.n,
            run: (idx / self.params.n) as u32,
            repeat: (idx / self.params.n) as u32,
        };
        let device = candle_core::Device::Cpu;
        Ok(Subject {
            id: id.into(),
            responses: rng::normal(&mut draws, 1.0, &[n_trials, n_voxels], &device)?,
            trials: (0..n_trials).map(trial).collect(),
            voxels: Voxels {
                roi_names: vec!["V1".into(), "Größe".into()],
                roi: (0..n_voxels)
                    .map(|voxel| {
                        if voxel % 5 == 4 {
                            vec![0, 1]
                        } else {
                            vec![(voxel % 2) as u16]
                        }
                    })
                    .collect(),
                xyz: (id == "S1").then(|| vec![[1.0, -2.5, 3.0]; n_voxels]),
                noise_ceiling: (id == "S2").then(|| vec![0.25; n_voxels]),
                noiseless: None,
            },
        })
    }
}

impl Dataset for Dots {
    fn files(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }

    fn obtain(&self) -> Option<String> {
        Some("they are drawn".into())
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let shape = ImageShape::grey(self.params.size);
        let mut pixels = vec![-1.0; self.params.n * shape.n_pixels()];
        for image in 0..self.params.n {
            pixels[image * shape.n_pixels() + image] = 1.0;
        }
        let mut stimuli = Stimuli::from_pixels(shape, pixels)?;
        for (idx, split) in stimuli.split.iter_mut().enumerate() {
            if idx % 4 == 3 {
                *split = Split::Test;
            }
        }
        stimuli.labels = Some(Labels {
            names: vec!["even".into(), "odd".into()],
            of: (0..self.params.n).map(|idx| (idx % 2) as u32).collect(),
        });
        stimuli.field_of_view_deg = Some(7.5);
        Ok(Recording {
            name: "dots".into(),
            stimuli,
            subjects: vec![self.subject(ctx, "S1", 7)?, self.subject(ctx, "S2", 5)?],
            simulated: Some("noise".into()),
            notes: vec!["Every number is noise.".into()],
        })
    }
}
