//! R3GAN: the contract, how blocks start, resuming, learning; in rooms of their own, all that is compared with PyTorch.

mod penalties;
mod pytorch;

use std::sync::Arc;

use candle_core::{D, DType, Device, Tensor, Var};
use lab_core::config::NoParams;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::nn::Variables;
use lab_core::nn::optim::Decay;
use lab_core::recording::Stimuli;
use lab_core::rng;
use lab_core::testing::{
    MemoryCheckpoints, ToyCorpus, check_generator, read_reference, relative_distance as distance,
    stopping_at,
};
use lab_core::traits::Generator as _;
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use crate::blocks::{self, Resampling, Towards};
use crate::discriminator::Discriminator;
use crate::generator::Generator;
use crate::layout::Layout;
use crate::leaky::leaky_relu;
use crate::{R3gan, R3ganParams, TrainParams};

lab_core::register! {
    Dataset "training_stimuli" => ToyCorpus, NoParams;
    summary: "stands in for the default corpus",
    equation: "",
    source: "",
    parity: "",
}

/// Float32 against float64: values, and gradients, which sum more products.
const VALUE: f64 = 1e-5;
const GRADIENT: f64 = 1e-4;

fn fixture() -> Weights {
    read_reference(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/r3gan/r3gan.safetensors"
    ))
    .unwrap()
}

fn variables(fixture: &Weights, under: &str) -> Variables {
    let mut variables = Variables::default();
    for (name, value) in weights::under(under, fixture) {
        variables.insert(name, Var::from_tensor(&value).unwrap());
    }
    variables
}

/// Holds the gradients of `loss` against `{prefix}.d.{name}` of the fixture; returns how many there were.
fn expect_gradients(loss: &Tensor, tracked: &Weights, fixture: &Weights, prefix: &str) -> usize {
    let gradients = loss.backward().unwrap();
    let mut n_compared = 0;
    for (name, var) in tracked {
        if let Some(expected) = fixture.get(&format!("{prefix}.d.{name}")) {
            let apart = distance(gradients.get(var).unwrap(), expected);
            assert!(apart < GRADIENT, "{prefix} by {name}: {apart:.1e}");
            n_compared += 1;
        }
    }
    n_compared
}

/// 16 px, 16 channels a stage, one block each, 6 latents.
fn networks() -> (Generator, Discriminator) {
    let layout = Layout::new(16, 1.0 / 64.0, 1).unwrap();
    let generator = Generator {
        n_latents: 6,
        layout: layout.clone(),
        mask: None,
    };
    let discriminator = Discriminator { layout };
    (generator, discriminator)
}

#[test]
fn blocks_start_as_the_identity() -> Result<()> {
    let ctx = Context::new(3);
    let mut variables = Variables::default();
    blocks::insert_block(&mut variables, "b", 8, 3, &mut ctx.rng("b"), ctx.device())?;
    let x = rng::normal(&mut ctx.rng("x"), 1.0, &[2, 8, 5, 5], ctx.device())?;
    let y = blocks::block(&variables.frozen(), "b", &x)?;
    assert!(distance(&y, &x) == 0.0);
    Ok(())
}

#[test]
fn kernels_between_sides_start_as_bilinear_resampling() -> Result<()> {
    let ctx = Context::new(3);
    let start = |towards: Towards, n_in: usize, n_out: usize| -> Result<Weights> {
        let mut variables = Variables::default();
        let resampling = Resampling {
            towards,
            n_in,
            n_out,
            after_activation: false,
        };
        resampling.insert(&mut variables, "r", &mut ctx.rng("r"), ctx.device())?;
        Ok(variables.frozen())
    };
    let flat = Tensor::ones((1, 3, 8, 8), DType::F32, ctx.device())?;
    let up = start(Towards::Larger, 3, 2)?;
    let large = blocks::resample(&up, "r", Towards::Larger, &flat)?;
    let inside = large.narrow(2, 1, 14)?.narrow(3, 1, 14)?;
    let spread =
        (inside.flatten_from(2)?.max(D::Minus1)? - inside.flatten_from(2)?.min(D::Minus1)?)?;
    assert!(
        spread.max_all()?.to_scalar::<f32>()? < 1e-5,
        "flat stays flat"
    );
    let down = start(Towards::Smaller, 2, 1)?;
    let sum = down["r.kernel"].sum_all()?.to_scalar::<f32>()?;
    let ramp = Tensor::arange(0f32, 8.0, ctx.device())?.reshape((1, 1, 1, 8))?;
    let ramp = ramp.broadcast_as((1, 2, 8, 8))?.contiguous()?;
    let halved = blocks::resample(&down, "r", Towards::Smaller, &ramp)?;
    let row = halved.narrow(2, 1, 1)?.flatten_all()?.to_vec1::<f32>()?;
    // Pixels 1 to 4, weighted 1 3 3 1, have their mean between 2 and 3.
    assert!((row[1] / sum - 2.5).abs() < 1e-4, "{row:?} {sum}");
    Ok(())
}

#[test]
fn leaky_relu_is_one_on_both_ways() -> Result<()> {
    let x = Var::new(&[-2f32, 0.0, 3.0], &Device::Cpu)?;
    let y = leaky_relu(x.as_tensor())?;
    assert_eq!(y.to_vec1::<f32>()?, [-0.4, 0.0, 3.0]);
    let gradient = y.sum_all()?.backward()?;
    assert_eq!(gradient.get(&x).unwrap().to_vec1::<f32>()?, [0.2, 0.2, 1.0]);
    let wide = Tensor::new(&[-2f64, 0.0, 3.0], &Device::Cpu)?;
    let apart = (leaky_relu(&wide)? - y.to_dtype(DType::F64)?)?
        .abs()?
        .max_all()?;
    assert!(apart.to_scalar::<f64>()? < 1e-6, "composed");
    Ok(())
}

fn params(updates: usize) -> R3ganParams {
    R3ganParams {
        latent: 6,
        size: 16,
        width: 1.0 / 64.0,
        train: TrainParams {
            updates,
            batch: 6,
            ..TrainParams::default()
        },
        ..R3ganParams::default()
    }
}

fn corpus(ctx: &Context) -> Result<Stimuli> {
    let pixels = rng::uniform(&mut ctx.rng("pixels"), -1.0, 1.0, &[20, 256], ctx.device())?;
    Stimuli::from_pixels(ImageShape::grey(16), pixels.flatten_all()?.to_vec1()?)
}

#[test]
fn r3gan_keeps_the_contract() -> Result<()> {
    let ctx = Context::new(5);
    let plugin = R3gan::build(params(3), &ctx)?;
    let fitted = plugin.prepare(&ctx, Some(&corpus(&ctx)?))?;
    check_generator(&ctx, &plugin, fitted.as_ref(), 0.05)
}

#[test]
fn layouts_reach_their_size() {
    for (size, start, channels) in [
        (64, 4, vec![256, 128, 64, 32]),
        (32, 4, vec![256, 128, 64]),
        (56, 7, vec![256, 128, 64]),
        (16, 4, vec![256, 128]),
    ] {
        let layout = Layout::new(size, 1.0, 1).unwrap();
        assert_eq!(
            (layout.start, layout.channels),
            (start, channels),
            "{size} px"
        );
    }
    for size in [0, 1, 8, 17, 36, 50] {
        let error = Layout::new(size, 1.0, 1).unwrap_err().to_string();
        assert!(error.contains(&format!("got {size};")), "{error}");
    }
}

#[test]
fn parameters_that_cannot_train_are_refused() {
    let refused = |change: &dyn Fn(&mut R3ganParams)| {
        let mut params = params(3);
        change(&mut params);
        let error = R3gan::build(params, &Context::new(1)).unwrap_err();
        std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string)
    };
    let text = refused(&|params| params.train.penalty.step = 0.0);
    assert!(
        text.contains("'train.penalty.step' of r3gan: expected a number above 0, got 0"),
        "{text}"
    );
    let text = refused(&|params| params.train.penalty.weight = f64::NAN);
    assert!(text.contains("train.penalty.weight"), "{text}");
    let text = refused(&|params| params.train.beta2 = 1.0);
    assert!(text.contains("from 0 to below 1, got 1"), "{text}");
    let text = refused(&|params| params.blocks = 0);
    assert!(text.contains("at least 1, got 0"), "{text}");
}

#[test]
fn a_training_that_goes_on_ends_where_a_whole_one_does() -> Result<()> {
    let plain = Context::new(5);
    let corpus = corpus(&plain)?;
    let kept = Arc::new(MemoryCheckpoints::default());
    let train = |ctx: &Context| -> Result<(Vec<u8>, Vec<Curve>)> {
        let mut params = params(12);
        params.train.penalty.every = 3;
        let fitted = R3gan::build(params, ctx)?.prepare(ctx, Some(&corpus))?;
        Ok((weights::to_bytes(&fitted.weights())?, fitted.curves()))
    };
    let whole = train(&plain)?;
    let keeping = Context::new(5).with_checkpoints(kept.clone());
    assert!(matches!(
        train(&stopping_at(&keeping, 7)),
        Err(Error::Cancelled)
    ));
    assert_eq!(kept.n_names(), 1, "kept when it was stopped");
    assert_eq!(train(&keeping)?, whole, "resumed");
    Ok(())
}

#[test]
fn a_masked_r3gan_makes_grey_corners() -> Result<()> {
    let ctx = Context::new(4);
    let masked = R3ganParams {
        mask: lab_core::mask::Mask::Circular,
        ..params(2)
    };
    let r3gan = R3gan::build(masked, &ctx)?;
    let fitted = r3gan.prepare(&ctx, Some(&corpus(&ctx)?))?;
    let z = r3gan
        .latent_space()
        .sample(&mut ctx.rng("z"), 3, ctx.device())?;
    let images = fitted.generate(&z)?;
    let corner = images.narrow(2, 0, 1)?.narrow(3, 0, 1)?.abs()?.max_all()?;
    assert!(corner.to_scalar::<f32>()? == 0.0);
    let centre = images.narrow(2, 6, 4)?.narrow(3, 6, 4)?.abs()?.max_all()?;
    assert!(centre.to_scalar::<f32>()? > 0.0);
    Ok(())
}

/// A corpus of bright bars on black, down or across, at any place: how far samples are from their nearest image of it.
#[test]
fn it_learns_bars() -> Result<()> {
    let ctx = Context::new(8);
    let bars: Vec<f32> = (0..28)
        .flat_map(|bar| {
            let (place, down) = (1 + bar % 14, bar < 14);
            (0..256).map(move |pixel| {
                let at = if down { pixel % 16 } else { pixel / 16 };
                if at == place || at == place - 1 {
                    0.9
                } else {
                    -0.9
                }
            })
        })
        .collect();
    let images = Tensor::from_vec(bars.clone(), (28, 256), ctx.device())?;
    let corpus = Stimuli::from_pixels(ImageShape::grey(16), bars)?;
    let nearest = |updates: usize| -> Result<(f32, usize)> {
        let mut params = params(updates);
        params.width = 1.0 / 16.0;
        params.train.batch = 16;
        params.train.learning_rate = 2e-3;
        params.train.discriminator_learning_rate = Some(1e-3);
        params.train.penalty.weight = 0.2;
        params.train.decay = Decay::Halfway { to: 0.05 };
        let r3gan = R3gan::build(params, &ctx)?;
        let fitted = r3gan.prepare(&ctx, Some(&corpus))?;
        let space = r3gan.latent_space();
        let z = space.sample(&mut ctx.rng("z"), 64, ctx.device())?;
        let samples = fitted.generate(&z)?.flatten_from(1)?.unsqueeze(1)?;
        let apart = samples.broadcast_sub(&images.unsqueeze(0)?)?;
        let apart = apart.sqr()?.mean(D::Minus1)?;
        let mean = apart.min(1)?.mean_all()?.to_scalar::<f32>()?;
        let mut found = apart.argmin(1)?.to_vec1::<u32>()?;
        found.sort_unstable();
        found.dedup();
        Ok((mean, found.len()))
    };
    let (untrained, _) = nearest(1)?;
    let (trained, n_found) = nearest(600)?;
    assert!(
        3.0 * trained < untrained,
        "mean square distance to the nearest bar: {trained} after training, {untrained} before"
    );
    assert!(n_found >= 10, "{n_found} of 28 bars");
    Ok(())
}

/// A rate that no 32-bit number holds spoils the first step, which is refused with the update and what to lower.
#[test]
fn a_training_that_diverges_is_refused() -> Result<()> {
    let ctx = Context::new(5);
    let mut params = params(3);
    params.train.learning_rate = 1e39;
    let error = R3gan::build(params, &ctx)?.prepare(&ctx, Some(&corpus(&ctx)?));
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("of r3gan at update 0") && error.contains("lower train.learning_rate"),
        "{error}"
    );
    Ok(())
}
