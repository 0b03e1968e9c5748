//! Both networks and the game against PyTorch (`tests/reference/networks/make.py`), the contract, and resuming.

use std::sync::Arc;

use candle_core::Var;
use lab_core::config::NoParams;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::nn::{self, Variables};
use lab_core::recording::Stimuli;
use lab_core::rng;
use lab_core::testing::{
    MemoryCheckpoints, ToyCorpus, check_generator, read_reference, relative_distance as distance,
    stopping_at,
};
use lab_core::traits::Generator as _;
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use crate::generator::{ByBatch, Folded, Generator};
use crate::layout::Layout;
use crate::training::matching;
use crate::{
    Dcgan, DcganParams, FeatureMatching, FirstLayer, MatchedLayer, MatchingForm, TrainParams,
    discriminator,
};

lab_core::register! {
    Dataset "training_stimuli" => ToyCorpus, NoParams;
    summary: "stands in for the default corpus",
    equation: "",
    source: "",
    parity: "",
}

fn fixture() -> Weights {
    read_reference(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/networks/dcgan.safetensors"
    ))
    .unwrap()
}

fn variables(fixture: &Weights, under: &str) -> Variables {
    let mut variables = Variables::default();
    for (name, value) in weights::under(under, fixture) {
        if !name.ends_with("mean") && !name.ends_with("variance") {
            variables.insert(name, Var::from_tensor(&value).unwrap());
        }
    }
    variables
}

/// 32 px and the fewest channels.
fn generator(first_layer: FirstLayer) -> Generator {
    Generator {
        mask: None,
        n_latents: 6,
        layout: Layout::new(32, 1.0 / 64.0, None).unwrap(),
        first_layer,
    }
}

#[test]
fn the_generator_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    for (name, first_layer) in [
        ("norm_then_relu", FirstLayer::NormThenRelu),
        ("relu_then_norm", FirstLayer::ReluThenNorm),
    ] {
        let generator = generator(first_layer);
        let variables = variables(&fixture, "g");
        let (tracked, z) = (variables.tracked(), Var::from_tensor(&fixture["z"])?);
        let images = generator.forward(&tracked, z.as_tensor(), &mut ByBatch::new(&tracked))?;
        assert!(distance(&images, &fixture[&format!("{name}.batch.images")]) < 1e-5);
        let gradients = (&images * &fixture["weigh"])?.sum_all()?.backward()?;
        let apart = distance(
            gradients.get(&z).unwrap(),
            &fixture[&format!("{name}.batch.d.z")],
        );
        assert!(apart < 1e-4, "{name} by z: {apart:.1e}");
        for (weight, var) in &tracked {
            let apart = distance(
                gradients.get(var).unwrap(),
                &fixture[&format!("{name}.batch.d.{weight}")],
            );
            assert!(apart < 1e-4, "{name} by {weight}: {apart:.1e}");
        }
        let w = weights::under("g", &fixture);
        let folded = Folded::new(&w)?;
        let images = generator.forward(&w, z.as_tensor(), &mut &folded)?;
        assert!(distance(&images, &fixture[&format!("{name}.fixed.images")]) < 1e-5);
        let gradients = (&images * &fixture["weigh"])?.sum_all()?.backward()?;
        let apart = distance(
            gradients.get(&z).unwrap(),
            &fixture[&format!("{name}.fixed.d.z")],
        );
        assert!(apart < 1e-4, "{name} by z, fixed: {apart:.1e}");
    }
    Ok(())
}

#[test]
fn the_game_is_that_of_pytorch() -> Result<()> {
    let fixture = fixture();
    let variables = variables(&fixture, "d");
    let tracked = variables.tracked();
    let of_real = discriminator::forward(&tracked, &fixture["real"])?;
    let of_fake = discriminator::forward(&tracked, &fixture["fake"])?;
    assert!(distance(&of_real.logits, &fixture["of_real"]) < 1e-5);
    assert!(distance(&of_fake.logits, &fixture["of_fake"]) < 1e-5);
    let loss = (nn::softplus(&of_real.logits.neg()?)?.mean_all()?
        + nn::softplus(&of_fake.logits)?.mean_all()?)?;
    assert!(distance(&loss.reshape(1)?, &fixture["discriminator.loss"]) < 1e-5);
    let gradients = loss.backward()?;
    for (name, var) in &tracked {
        let apart = distance(
            gradients.get(var).unwrap(),
            &fixture[&format!("discriminator.d.{name}")],
        );
        assert!(apart < 1e-4, "{name}: {apart:.1e}");
    }
    let frozen = variables.frozen();
    for (name, layer, form) in [
        (
            "last.batch_mean",
            MatchedLayer::Last,
            MatchingForm::BatchMean,
        ),
        (
            "last.elementwise",
            MatchedLayer::Last,
            MatchingForm::Elementwise,
        ),
        (
            "first.elementwise",
            MatchedLayer::First,
            MatchingForm::Elementwise,
        ),
    ] {
        let fake = Var::from_tensor(&fixture["fake"])?;
        let of_real = discriminator::forward(&frozen, &fixture["real"])?;
        let of_fake = discriminator::forward(&frozen, fake.as_tensor())?;
        let settings = FeatureMatching {
            layer,
            form,
            weight: 5.0,
        };
        let matched = matching(&settings, &of_real.hidden, &of_fake.hidden)?;
        let loss =
            (nn::softplus(&of_fake.logits.neg()?)?.mean_all()? + matched.affine(5.0, 0.0)?)?;
        assert!(
            distance(
                &loss.reshape(1)?,
                &fixture[&format!("generator.{name}.loss")]
            ) < 1e-5,
            "{name}"
        );
        let apart = distance(
            loss.backward()?.get(&fake).unwrap(),
            &fixture[&format!("generator.{name}.d.fake")],
        );
        assert!(apart < 1e-4, "{name}: {apart:.1e}");
    }
    Ok(())
}

fn params(updates: usize) -> DcganParams {
    DcganParams {
        latent: 6,
        size: 16,
        width: 1.0 / 64.0,
        train: TrainParams {
            updates,
            batch: 6,
            ..TrainParams::default()
        },
        ..DcganParams::default()
    }
}

fn corpus(ctx: &Context) -> Result<Stimuli> {
    let pixels = rng::uniform(&mut ctx.rng("pixels"), -1.0, 1.0, &[20, 256], ctx.device())?;
    Stimuli::from_pixels(ImageShape::grey(16), pixels.flatten_all()?.to_vec1()?)
}

#[test]
fn the_dcgan_keeps_the_contract() -> Result<()> {
    let ctx = Context::new(5);
    let plugin = Dcgan::build(params(3), &ctx)?;
    let fitted = plugin.prepare(&ctx, Some(&corpus(&ctx)?))?;
    check_generator(&ctx, &plugin, fitted.as_ref(), 0.05)
}

#[test]
fn layouts_reach_their_size() {
    for (size, start, paddings) in [(64, 4, [1; 4]), (32, 2, [1; 4]), (56, 2, [0, 0, 1, 1])] {
        let layout = Layout::new(size, 1.0, None).unwrap();
        assert_eq!(
            (layout.start, layout.paddings),
            (start, paddings),
            "{size} px"
        );
    }
    assert_eq!(
        Layout::new(64, 1.0, None).unwrap().generator,
        [512, 256, 128, 64, 1]
    );
    // The authors' code begins at 3 for 64 pixels: 3 → 8 → 16 → 32 → 64.
    let code = Layout::new(64, 1.0, Some(3)).unwrap();
    assert_eq!(code.paddings, [0, 1, 1, 1]);
    assert!(Layout::new(17, 1.0, None).is_err());
}

#[test]
fn a_training_that_goes_on_ends_where_a_whole_one_does() -> Result<()> {
    let plain = Context::new(5);
    let corpus = corpus(&plain)?;
    let kept = Arc::new(MemoryCheckpoints::default());
    let train = |ctx: &Context| -> Result<Vec<u8>> {
        let fitted = Dcgan::build(params(12), ctx)?.prepare(ctx, Some(&corpus))?;
        Ok(weights::to_bytes(&fitted.weights())?)
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
fn a_masked_dcgan_keeps_the_contract_and_makes_grey_corners() -> Result<()> {
    let ctx = Context::new(4);
    let masked = DcganParams {
        mask: lab_core::mask::Mask::Circular,
        ..params(2)
    };
    let dcgan = Dcgan::build(masked, &ctx)?;
    let corpus = corpus(&ctx)?;
    let fitted = dcgan.prepare(&ctx, Some(&corpus))?;
    let space = dcgan.latent_space();
    let z = space.sample(&mut ctx.rng("z"), 3, ctx.device())?;
    let images = fitted.generate(&z)?;
    let corner = images.narrow(2, 0, 1)?.narrow(3, 0, 1)?.abs()?.max_all()?;
    assert!(corner.to_scalar::<f32>()? == 0.0);
    let centre = images.narrow(2, 6, 4)?.narrow(3, 6, 4)?.abs()?.max_all()?;
    assert!(centre.to_scalar::<f32>()? > 0.0);
    Ok(())
}

/// A mask at the end of training leaves generated images whole until then: the same as training without one on masked
/// images.
#[test]
fn a_mask_at_the_end_is_on_real_images_alone_until_then() -> Result<()> {
    let ctx = Context::new(4);
    let corpus = corpus(&ctx)?;
    let mask = lab_core::mask::circular(16);
    let all: Vec<usize> = (0..corpus.n_images()).collect();
    let pixels = corpus.images.read(&all)?;
    let masked = pixels.iter().zip(mask.iter().cycle());
    let masked = masked.map(|(pixel, mask)| pixel * mask).collect();
    let masked = Stimuli::from_pixels(ImageShape::grey(16), masked)?;
    let trained = |mask, mask_from, corpus: &Stimuli| -> Result<_> {
        let mut params = params(4);
        (params.mask, params.train.mask_from) = (mask, mask_from);
        let dcgan = Dcgan::build(params, &ctx)?;
        let fitted = dcgan.prepare(&ctx, Some(corpus))?;
        let z = dcgan
            .latent_space()
            .sample(&mut ctx.rng("z"), 3, ctx.device())?;
        let corner = fitted.generate(&z)?.narrow(2, 0, 1)?.narrow(3, 0, 1)?;
        let corner = corner.abs()?.max_all()?.to_scalar::<f32>()?;
        Ok((weights::to_bytes(&fitted.weights())?, corner))
    };
    let (circular, open) = (lab_core::mask::Mask::Circular, lab_core::mask::Mask::Open);
    let (at_end, corner) = trained(circular, 1.0, &corpus)?;
    let (without, open_corner) = trained(open, 0.0, &masked)?;
    assert!(at_end == without, "other weights");
    assert!(corner == 0.0 && open_corner > 0.0);
    let (throughout, _) = trained(circular, 0.0, &corpus)?;
    let (halfway, _) = trained(circular, 0.5, &corpus)?;
    assert!(throughout != at_end && halfway != at_end && halfway != throughout);
    Ok(())
}

fn weights_fixture(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/weights/"
    );
    format!("{folder}{name}")
}

/// The shape of the authors' generator in `tests/reference/weights/make.py`.
fn authors(file: &str) -> DcganParams {
    DcganParams {
        latent: 6,
        size: 56,
        width: 1.0 / 64.0,
        first_layer: FirstLayer::ReluThenNorm,
        weights: Some(file.to_owned()),
        ..DcganParams::default()
    }
}

#[test]
fn the_authors_weights_make_their_images() -> Result<()> {
    let ctx = Context::new(1);
    let bytes = std::fs::read(weights_fixture("expected.safetensors")).unwrap();
    let expected = weights::from_bytes(&bytes, ctx.device())?;
    for file in ["authors_dcgan.npz", "authors_dcgan.h5"] {
        let plugin = Dcgan::build(authors(&weights_fixture(file)), &ctx)?;
        assert!(plugin.corpus().is_none() && plugin.files()[0].exists());
        let fitted = plugin.prepare(&ctx, None)?;
        let z = Var::from_tensor(&expected["authors_dcgan.x"])?;
        let images = fitted.generate(z.as_tensor())?;
        let apart = (&images - &expected["authors_dcgan.y"])?.abs()?.max_all()?;
        let apart = apart.to_scalar::<f32>()?;
        assert!(apart < 1e-5, "{file}: {apart:.1e}");
        let weighed = (images * &expected["authors_dcgan.weigh"])?.sum_all()?;
        let gradients = weighed.backward()?;
        let wanted = &expected["authors_dcgan.d.x"];
        let apart = (gradients.get(&z).unwrap() - wanted)?.abs()?.max_all()?;
        let apart = apart.to_scalar::<f32>()? / wanted.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(apart < 1e-5, "{file}, gradient: {apart:.1e}");
        check_generator(&ctx, &plugin, fitted.as_ref(), 0.05)?;
    }
    Ok(())
}

#[test]
fn weights_of_a_run_are_given_to_another() -> Result<()> {
    let ctx = Context::new(5);
    let fitted = Dcgan::build(params(2), &ctx)?.prepare(&ctx, Some(&corpus(&ctx)?))?;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.safetensors");
    std::fs::write(&path, weights::to_bytes(&fitted.weights())?).unwrap();
    let given = DcganParams {
        weights: Some(path.to_string_lossy().into_owned()),
        ..params(2)
    };
    let again = Dcgan::build(given.clone(), &ctx)?.prepare(&ctx, None)?;
    assert_eq!(
        weights::to_bytes(&again.weights())?,
        weights::to_bytes(&fitted.weights())?
    );
    let wider = DcganParams { latent: 7, ..given };
    let refused = Dcgan::build(wider, &ctx)?.prepare(&ctx, None);
    let complaint = refused
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        complaint.contains("'linear.weight'") && complaint.contains("expected [7, "),
        "{complaint}"
    );
    Ok(())
}

/// A rate that no 32-bit number holds spoils the first step, which is refused with the update and what to lower.
#[test]
fn a_training_that_diverges_is_refused() -> Result<()> {
    let ctx = Context::new(5);
    let mut params = params(3);
    params.train.learning_rate = 1e39;
    let error = Dcgan::build(params, &ctx)?.prepare(&ctx, Some(&corpus(&ctx)?));
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("of dcgan at update 0") && error.contains("lower train.learning_rate"),
        "{error}"
    );
    Ok(())
}
