//! The game among latents: both networks against PyTorch, the code against NumPy (`tests/reference/r3gan/make_latent.py`), the
//! contract, resuming, and that images are learned to be drawn again.

use std::sync::Arc;

use candle_core::{DType, Device, Tensor, Var};
use lab_core::config::{NoParams, PluginRef};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::nn::optim::Decay;
use lab_core::recording::Stimuli;
use lab_core::rng;
use lab_core::testing::{
    MemoryCheckpoints, check_generator, read_reference, relative_distance as distance, stopping_at,
};
use lab_core::traits::{Constraint, Dataset, FittedGenerator, Generator as _, LatentSpace, Prior};
use lab_core::weights::{self, Weights, under};
use lab_core::{Error, Result};

use super::code::Code;
use super::discriminator::Discriminator;
use super::generator::Generator;
use super::training::played;
use super::{LatentR3gan, LatentR3ganParams, LatentTrainParams, prior};

const MAPS: ImageShape = ImageShape {
    channels: 2,
    height: 4,
    width: 4,
};
/// Side of the fixture's images.
const SIZE: usize = 6;
/// Side of the toy autoencoder's images, the smallest that a prior may have.
const SIDE: usize = 16;

/// `image = tanh(z·W)`, `z = image·Wᵀ`: an autoencoder of maps.
#[derive(Clone)]
struct Autoencoder {
    weight: Tensor,
}

impl Autoencoder {
    fn build(_: NoParams, ctx: &Context) -> Result<Self> {
        let shape = [MAPS.n_pixels(), SIDE * SIDE];
        let weight = rng::normal(
            &mut rng::stream(0, "tests/autoencoder"),
            1.0 / SIDE as f64,
            &shape,
            ctx.device(),
        )?;
        Ok(Self { weight })
    }
}

impl lab_core::traits::Generator for Autoencoder {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: MAPS.n_pixels(),
            prior: Prior::Normal,
            constraint: Constraint::None,
        }
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(SIDE)
    }

    fn latent_maps(&self) -> Option<ImageShape> {
        Some(MAPS)
    }

    fn encodes(&self) -> bool {
        true
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(&self, _: &Context, _: Option<&Stimuli>) -> Result<Box<dyn FittedGenerator>> {
        Ok(Box::new(self.clone()))
    }

    fn restore(&self, _: &Context, weights: &Weights) -> Result<Box<dyn FittedGenerator>> {
        let weight = weights::get(weights, "weight")?.clone();
        Ok(Box::new(Self { weight }))
    }
}

impl FittedGenerator for Autoencoder {
    fn latent_space(&self) -> LatentSpace {
        lab_core::traits::Generator::latent_space(self)
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(SIDE)
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        Ok(z.matmul(&self.weight)?
            .tanh()?
            .reshape(((), 1, SIDE, SIDE))?)
    }

    fn encode(&self, images: &Tensor) -> Result<Option<Tensor>> {
        let rows = images.flatten_from(1)?;
        Ok(Some(rows.matmul(&self.weight.t()?.contiguous()?)?))
    }

    fn weights(&self) -> Weights {
        Weights::from([("weight".to_owned(), self.weight.clone())])
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

lab_core::register! {
    Generator "toy_autoencoder" => Autoencoder, NoParams;
    summary: "an autoencoder for tests",
    equation: "image = tanh(z·W)",
    source: "this test",
    parity: "itself",
}

fn fixture() -> Weights {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/r3gan/latent.safetensors"
    );
    read_reference(path).unwrap()
}

/// A function of weights against PyTorch's, and its gradients with respect to these inputs.
fn compare(
    name: &str,
    inputs: &[&str],
    forward: impl Fn(&Weights, &[Var]) -> Result<Tensor>,
) -> Result<()> {
    let fixture = fixture();
    let of = |part: &str| &fixture[&format!("{name}.{part}")];
    let all: Vec<Var> = inputs
        .iter()
        .map(|input| Ok(Var::from_tensor(of(input))?))
        .collect::<Result<_>>()?;
    let y = forward(&under(name, &fixture), &all)?;
    assert!(distance(&y, of("y")) < 1e-5, "{name}");
    let gradients = (y * of("weigh"))?.sum_all()?.backward()?;
    for (input, x) in inputs.iter().zip(&all) {
        let expected = of(&format!("d.{input}"));
        let found = gradients.get(x).unwrap();
        assert!(distance(found, expected) < 1e-4, "{input} of {name}");
    }
    Ok(())
}

#[test]
fn both_networks_are_pytorchs() -> Result<()> {
    let maps = ImageShape {
        channels: 3,
        height: 4,
        width: 6,
    };
    let generator = Generator {
        n_latents: 5,
        maps,
        channels: 4,
        n_blocks: 2,
    };
    let discriminator = Discriminator {
        maps,
        channels: 4,
        n_blocks: 2,
    };
    compare("generator", &["x", "coded"], |w, of| {
        generator.forward(w, &of[0], &of[1])
    })?;
    compare("discriminator", &["x"], |w, of| {
        discriminator.forward(w, &of[0])
    })
}

#[test]
fn codes_are_numpys_up_to_signs() -> Result<()> {
    let fixture = fixture();
    let (x, expected) = (&fixture["code.x"], &fixture["code.z"]);
    let (n, n_latents) = expected.dims2()?;
    let corpus = Stimuli::from_pixels(ImageShape::grey(SIZE), x.flatten_all()?.to_vec1()?)?;
    let image_idx: Vec<usize> = (0..n).collect();
    let mut rng = rng::stream(1, "code");
    let code = Code::of(&corpus, &image_idx, n_latents, &mut rng, &Device::Cpu)?;
    let found = code.read(&x.reshape((n, 1, SIZE, SIZE))?)?;
    // Whatever their signs, codes draw the same images.
    let drawn = code.draw(&found)?;
    assert!(distance(&drawn, &fixture["code.drawn"]) < 1e-4);
    for latent in 0..n_latents {
        let [ours, theirs] = [&found, expected].map(|all| all.narrow(1, latent, 1));
        let (ours, theirs) = (ours?, theirs?);
        let product = (&ours * &theirs)?.sum_all()?.to_scalar::<f32>()?;
        let ours = ours.affine(f64::from(product.signum()), 0.0)?;
        assert!(distance(&ours, &theirs) < 1e-4, "number {latent}");
    }
    let error = Code::of(&corpus, &image_idx[..5], 5, &mut rng, &Device::Cpu).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("more training images than the 5 numbers"),
        "{error}"
    );
    Ok(())
}

fn params(updates: usize) -> LatentR3ganParams {
    LatentR3ganParams {
        latent: 6,
        through: PluginRef::of("toy_autoencoder()"),
        prior: PluginRef::of(
            "r3gan(latent: 4, size: 16, width: 0.02, train: (updates: 5, batch: 8))",
        ),
        channels: 8,
        blocks: 1,
        train: LatentTrainParams {
            updates,
            batch: 8,
            learning_rate: 3e-3,
            discriminator_learning_rate: Some(5e-4),
            decay: Decay::Halfway { to: 0.1 },
            redrawn_pixels: 20.0,
            n_redrawn: 4,
            ..LatentTrainParams::default()
        },
    }
}

/// Images of the autoencoder of few directions, so that six numbers tell most of each.
fn corpus(ctx: &Context) -> Result<Stimuli> {
    let autoencoder = Autoencoder::build(NoParams {}, ctx)?;
    let mut draws = rng::stream(5, "tests/corpus");
    let few = rng::normal(&mut draws, 1.0, &[96, 6], ctx.device())?;
    let spread = rng::normal(&mut draws, 1.0, &[6, MAPS.n_pixels()], ctx.device())?;
    let images = autoencoder.generate(&few.matmul(&spread)?)?;
    Stimuli::from_pixels(ImageShape::grey(SIDE), images.flatten_all()?.to_vec1()?)
}

#[test]
fn it_keeps_the_contract() -> Result<()> {
    let ctx = Context::new(4);
    let plugin = LatentR3gan::build(params(4), &ctx)?;
    let fitted = plugin.prepare(&ctx, Some(&corpus(&ctx)?))?;
    let curves = fitted.curves();
    let of_prior = curves
        .iter()
        .filter(|curve| curve.x_label == "update of the prior");
    assert!(
        of_prior
            .clone()
            .all(|curve| curve.name.starts_with("prior: "))
    );
    assert!((1..curves.len()).contains(&of_prior.count()));
    check_generator(&ctx, &plugin, fitted.as_ref(), 0.05)
}

#[test]
fn images_are_drawn_again_better_with_time() -> Result<()> {
    let ctx = Context::new(4);
    let corpus = corpus(&ctx)?;
    let images = corpus.tensor(&(0..96).collect::<Vec<_>>(), ctx.device())?;
    let error = |updates: usize| -> Result<f32> {
        let fitted = LatentR3gan::build(params(updates), &ctx)?.prepare(&ctx, Some(&corpus))?;
        let again = fitted.generate(&fitted.encode(&images)?.unwrap())?;
        Ok((again - &images)?.sqr()?.mean_all()?.to_scalar()?)
    };
    let (first, last) = (error(1)?, error(250)?);
    assert!(last < 0.5 * first, "{first} before, {last} after");
    Ok(())
}

#[test]
fn a_game_is_played_with_as_many_images_as_are_asked_for() {
    let image_idx: Vec<usize> = (10..40).collect();
    let of = |seed: u64, n_images: usize| {
        let mut draws = rng::stream(seed, "tests/images");
        played(&mut draws, &image_idx, n_images)
    };
    let some = of(1, 12);
    assert_eq!(some.len(), 12);
    assert!(some.is_sorted_by(|a, b| a < b), "{some:?}");
    assert!(some.iter().all(|at| image_idx.contains(at)), "{some:?}");
    assert_eq!(of(1, 12), some);
    assert_ne!(of(2, 12), some);
    assert_eq!([of(1, 30), of(1, 31)], [image_idx.clone(), image_idx]);
}

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_bytes() -> Result<()> {
    let ctx = Context::new(4);
    let plugin = LatentR3gan::build(params(120), &ctx)?;
    let corpus = corpus(&ctx)?;
    let train = |ctx: &Context| -> Result<Vec<u8>> {
        Ok(weights::to_bytes(
            &plugin.prepare(ctx, Some(&corpus))?.weights(),
        )?)
    };
    let whole = train(&ctx)?;
    let kept = Arc::new(MemoryCheckpoints::default());
    let keeping = ctx.clone().with_checkpoints(kept.clone());
    // In the training of the prior, among the 96 images that are encoded, and in the game.
    for step in [3, 50, 110] {
        let stopped = train(&stopping_at(&keeping, step));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
    assert_eq!(train(&keeping)?, whole);
    Ok(())
}

/// A prior whose image is its latent.
struct Bright(Prior);

impl FittedGenerator for Bright {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace {
            n_latents: 4,
            prior: self.0,
            constraint: Constraint::None,
        }
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape::grey(2)
    }

    fn generate(&self, z: &Tensor) -> Result<Tensor> {
        Ok(z.reshape(((), 1, 2, 2))?)
    }

    fn weights(&self) -> Weights {
        Weights::new()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

#[test]
fn latents_at_random_are_codes_of_the_priors_images() -> Result<()> {
    let ctx = Context::new(4);
    let corpus = corpus(&ctx)?;
    let (shape, image_idx) = (corpus.shape(), (0..96).collect::<Vec<_>>());
    let code = Code::of(&corpus, &image_idx, 6, &mut ctx.rng("code"), ctx.device())?;
    let draws = [-1f32, 0.0, 0.5, 2.0, 9.0, 9.0];
    // scipy.stats.norm.cdf(draws) * 2 − 1, scipy 1.14.
    let uniform = [-0.682_689_5, 0.0, 0.382_924_9, 0.954_499_7];
    for (prior, expected) in [
        (Prior::Normal, [-1.0, 0.0, 0.5, 2.0]),
        (Prior::UniformCube, uniform),
    ] {
        let draws = Tensor::from_slice(&draws, (1, 6), ctx.device())?;
        let found = prior::codes(&Bright(prior), &code, shape, &draws)?;
        // Between four corners, each pixel by its distance from them: pixels of a side lie at fifteenths.
        let [a, b, c, d]: [f32; 4] = expected;
        let image: Vec<f32> = (0..SIDE * SIDE)
            .map(|pixel| {
                let at = |idx: usize| idx as f32 / (SIDE - 1) as f32;
                let (y, x) = (at(pixel / SIDE), at(pixel % SIDE));
                (a * (1.0 - x) + b * x) * (1.0 - y) + (c * (1.0 - x) + d * x) * y
            })
            .collect();
        let image = Tensor::from_vec(image, (1, 1, SIDE, SIDE), ctx.device())?;
        assert!(distance(&found, &code.read(&image)?) < 1e-5, "{prior:?}");
    }
    Ok(())
}

#[test]
fn a_prior_learns_from_the_corpus_in_its_own_size() -> Result<()> {
    let ctx = Context::new(4);
    let corpus = corpus(&ctx)?;
    let reduced = prior::reduced(&ctx, &corpus, ImageShape::grey(8))?;
    assert_eq!(reduced.n_images(), 96);
    let [large, small] = [&corpus, &reduced].map(|of| of.images.read(&[7]));
    let (large, small) = (large?, small?);
    let mean = (large[0] + large[1] + large[SIDE] + large[SIDE + 1]) / 4.0;
    assert!((small[0] - mean).abs() < 1e-6);
    Ok(())
}

#[test]
fn generators_that_do_not_suit_are_named() {
    let ctx = Context::new(4);
    let through = |text: &str| LatentR3ganParams {
        through: PluginRef::of(text),
        ..params(1)
    };
    let complaint = |params: LatentR3ganParams| {
        let error = LatentR3gan::build(params, &ctx).err();
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    let error = complaint(through("r3gan()"));
    assert!(
        error.contains("'through'") && error.contains("an encoder"),
        "{error}"
    );
    let error = complaint(through(
        "latent_r3gan(latent: 6, through: toy_autoencoder(), prior: r3gan(latent: 4, size: 16))",
    ));
    assert!(error.contains("whose weights are given"), "{error}");
    let prior = |text: &str| LatentR3ganParams {
        prior: PluginRef::of(text),
        ..params(1)
    };
    for (text, expected) in [
        ("toy_autoencoder()", "a generator without an encoder"),
        (
            "r3gan(latent: 4, size: 32)",
            "images of 1×16×16, or smaller",
        ),
        ("r3gan(size: 16)", "at most 6 latents"),
        (
            "r3gan(latent: 4, size: 16, train: (corpus: letters()))",
            "no corpus of its own",
        ),
    ] {
        let error = complaint(prior(text));
        assert!(
            error.contains("'prior'") && error.contains(expected),
            "{error}"
        );
    }
    let zero = LatentR3ganParams {
        latent: 0,
        ..params(1)
    };
    assert!(complaint(zero).contains("latent"));
    let plugin = LatentR3gan::build(params(1), &ctx).unwrap();
    let other = Tensor::zeros((2, 1, 9, 9), DType::F32, &Device::Cpu).unwrap();
    let pixels = other.flatten_all().unwrap().to_vec1().unwrap();
    let other = Stimuli::from_pixels(ImageShape::grey(9), pixels).unwrap();
    let error = plugin
        .prepare(&ctx, Some(&other))
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("expected images of"), "{error}");
}
