//! Trainings at the paper's size: the generator's game, AlexNet, and decoders through both.
//!
//! Every step is one of the real plugin's, held by [`Pace`] until it is wanted.

use std::sync::Arc;

use candle_core::Device;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::objective::{Objective, WeightedTerm};
use lab_core::recording::{Labels, Stimuli};
use lab_core::rng;
use lab_core::traits::{
    Decoder, FeatureNet, FittedFeatureNet, FittedGenerator, Generator, LossTerm, TrainingSet,
};
use rand::Rng;

use super::pace::Pace;
use super::work::Work;

const SIZE: usize = 64;
/// More steps than any benchmark waits for.
const ENDLESS: usize = 1_000_000;
/// Images that decoders learn from, and features of each.
const N_TARGETS: usize = 64;
const N_FEATURES: usize = 1000;
/// Multiplications an image: the generator, the discriminator with its first layer at stride 2, and AlexNet up to its
/// second convolution and as a whole (width 1, 64 px).
const GENERATOR: f64 = 0.41e6 + 3.0 * 33.554e6 + 1.049e6;
const DISCRIMINATOR: f64 = 0.295e6 + 3.0 * 8.389e6 + 0.004e6;
const FEATURES: f64 = 8.640e6 + 415.334e6;
const ALEXNET: f64 = FEATURES + 107.053e6 + 107.495e6 + 43.352e6 + 26.2e6;

const GAN: &str = "gan-step";
const ALEXNET_STEP: &str = "alexnet-step";
/// Members of a pass, by name.
const DECODERS: [(&str, usize); 2] = [("decoder-step-1", 1), ("decoder-step-15", 15)];

pub(super) fn works() -> Vec<Work> {
    // Discriminator: both batches forward and backward. Generator: forward, backward, and through the discriminator.
    let gan = 64.0 * 2.0 * (3.0 * GENERATOR + (2.0 * 3.0 + 2.0) * DISCRIMINATOR);
    let mut all = vec![
        Work::new(
            GAN,
            "64 real and 64 generated images, width 1, 64 px, both networks",
        )
        .with_flop(gan),
        Work::new(ALEXNET_STEP, "128 images of 64 px, width 1")
            .with_flop(128.0 * 2.0 * 3.0 * ALEXNET),
    ];
    for (name, members) in DECODERS {
        let unit = format!(
            "batch 3 × {members}, through generator and AlexNet of width 1, cached targets"
        );
        // Forward, and back to the latents; nothing else has a gradient.
        let flop = 3.0 * members as f64 * 2.0 * 2.0 * (GENERATOR + FEATURES);
        all.push(Work::new(name, unit).with_flop(flop));
    }
    all
}

pub(super) fn is_known(name: &str) -> bool {
    [GAN, ALEXNET_STEP].contains(&name) || DECODERS.iter().any(|(known, _)| *known == name)
}

pub(super) fn run(name: &str, pace: &Arc<Pace>) -> Result<()> {
    let paced = pace.context();
    match DECODERS.iter().find(|(known, _)| *known == name) {
        Some((_, members)) => decoder(&paced, *members, pace.device()),
        None if name == GAN => generator(&paced, 64, ENDLESS).map(|_| ()),
        None => alexnet(&paced, 128, ENDLESS).map(|_| ()),
    }
}

fn generator(ctx: &Context, batch: usize, updates: usize) -> Result<Box<dyn FittedGenerator>> {
    let text = format!(
        "dcgan(size: {SIZE}, train: (batch: {batch}, updates: {updates}, feature_matching: (weight: 0.0)))"
    );
    PluginRef::<dyn Generator>::of(&text)
        .build(ctx)?
        .prepare(ctx, Some(&corpus(batch.max(2))?))
}

fn alexnet(ctx: &Context, batch: usize, updates: usize) -> Result<Box<dyn FittedFeatureNet>> {
    let text = format!(
        "alexnet(size: {SIZE}, width: 1.0, hidden: 4096, padding: Valid, range: Signed, train: (batch: {batch}, updates: {updates}, input_noise: 0.0))"
    );
    PluginRef::<dyn FeatureNet>::of(&text)
        .build(ctx)?
        .prepare(ctx, Some(&corpus(batch.max(2))?))
}

fn decoder(paced: &Context, n_members: usize, device: &Device) -> Result<()> {
    // Networks that have learnt next to nothing cost as much as others.
    let ctx = Context::new(1).with_device(device.clone());
    let terms = [
        (10.0, "pixel()"),
        (50.0, "feature_presence()"),
        (1.0, "feature_magnitude()"),
    ];
    let terms = terms
        .into_iter()
        .map(|(weight, text)| {
            Ok(WeightedTerm {
                name: text.to_owned(),
                weight,
                term: PluginRef::<dyn LossTerm>::of(text).build(&ctx)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let images = corpus(N_TARGETS)?;
    let all: Vec<usize> = (0..N_TARGETS).collect();
    let targets = images.tensor(&all, ctx.device())?;
    let objective = Objective::new(
        generator(&ctx, 2, 1)?.into(),
        Some(alexnet(&ctx, 2, 1)?.into()),
        Arc::new(terms),
        targets.clone(),
    )?;
    let mut stream = rng::stream(1, "bench/features");
    let features = rng::normal(&mut stream, 1.0, &[N_TARGETS, N_FEATURES], device)?;
    let members: Vec<usize> = (0..n_members).collect();
    let decoder = format!("linear(batch: 3, epochs: {ENDLESS})");
    PluginRef::<dyn Decoder>::of(&decoder).build(&ctx)?.fit(
        paced,
        &TrainingSet {
            features: &features,
            target_idx: &all,
            targets: &targets,
            picture_of: None,
            objective: &objective,
        },
        &members,
    )?;
    Ok(())
}

/// Images of smooth noise in 36 classes.
fn corpus(n_images: usize) -> Result<Stimuli> {
    let mut stream = rng::stream(1, "bench/images");
    let pixels = (0..n_images * SIZE * SIZE).map(|_| stream.random_range(-0.9..0.9));
    let mut stimuli = Stimuli::from_pixels(ImageShape::grey(SIZE), pixels.collect())?;
    stimuli.labels = Some(Labels {
        names: (0..36).map(|class| format!("class {class}")).collect(),
        of: (0..n_images).map(|idx| (idx % 36) as u32).collect(),
    });
    Ok(stimuli)
}
