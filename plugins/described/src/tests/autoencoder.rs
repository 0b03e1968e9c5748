//! Group norm, attention, scaled tanh, clamp and repetition, in a generator that has an encoder: a small one, and TAEF2 itself.
//!
//! Numbers from `tests/reference/weights/make_autoencoder.py`.

use candle_core::{Device, Tensor, Var};
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::prelude::*;
use lab_core::testing::{check_generator, skip};
use lab_core::traits::{FeatureNet, Generator};
use lab_core::weights::{self, Weights};

use super::{apart, complaint, fixture};

const SMALL: &str = "latent: 36, layers: [
    Reshape(channels: 4, height: 3, width: 3), ScaledTanh(limit: 3.0), Conv2d(out: 8, kernel: 3, padding: 1), Relu,
    Repeat(times: 2, layers: [
        Residual(layers: [Conv2d(out: 32, kernel: 1, bias: false), GroupNorm(groups: 4), Relu, Conv2d(out: 8, kernel: 1, bias: false)]),
        Residual(layers: [
            Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1)]),
        Relu]),
    Residual(layers: [GroupNorm(groups: 2, eps: 0.000001), Attention(heads: 2)]), Nearest(factor: 2),
    Conv2d(out: 8, kernel: 3, padding: 1, bias: false),
    Residual(layers: [
        Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1)]),
    Relu, Residual(layers: [GroupNorm(groups: 2, eps: 0.000001), Attention(bias: false)]),
    Conv2d(out: 3, kernel: 3, padding: 1), Clamp(low: -0.5, high: 1.25)]";

const SMALL_ENCODER: &str = "[
    Conv2d(out: 8, kernel: 3, padding: 1),
    Residual(layers: [
        Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1)]),
    Relu, Conv2d(out: 8, kernel: 3, stride: 2, padding: 1, bias: false),
    Residual(layers: [Conv2d(out: 32, kernel: 1, bias: false), GroupNorm(groups: 4), Relu, Conv2d(out: 8, kernel: 1, bias: false)]),
    Residual(layers: [
        Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1), Relu, Conv2d(out: 8, kernel: 3, padding: 1)]),
    Relu, Conv2d(out: 4, kernel: 3, padding: 1)]";

fn plain(n: usize) -> String {
    let conv = format!("Conv2d(out: {n}, kernel: 3, padding: 1)");
    format!("Residual(layers: [{conv}, Relu, {conv}, Relu, {conv}]), Relu")
}

fn pooled(n: usize) -> String {
    format!(
        "Residual(layers: [Conv2d(out: {}, kernel: 1, bias: false), GroupNorm(groups: 4), Relu, Conv2d(out: {n}, kernel: 1, bias: false)]), {}",
        4 * n,
        plain(n)
    )
}

fn three(block: &str) -> String {
    format!("Repeat(times: 3, layers: [{block}])")
}

/// TAEF2 for images of 32 pixels, with `more` parameters.
fn taef2(folder: &str, more: &str) -> String {
    let up = "Nearest(factor: 2), Conv2d(out: 64, kernel: 3, padding: 1, bias: false)";
    let (plain, pooled) = (plain(64), three(&pooled(64)));
    let thrice = three(&plain);
    format!(
        "layers_generator(latent: 512, {more}, weights: \"{folder}/taef2_decoder.pth\", layers: [
        Reshape(channels: 32, height: 4, width: 4), ScaledTanh(limit: 3.0), Conv2d(out: 64, kernel: 3, padding: 1), Relu,
        {pooled}, {up}, {thrice}, {up}, {thrice}, {up}, {plain}, Conv2d(out: 3, kernel: 3, padding: 1)],
        encoder: Some((weights: \"{folder}/taef2_encoder.pth\", layers: {})))",
        taef2_encoder()
    )
}

fn taef2_encoder() -> String {
    let down = "Conv2d(out: 64, kernel: 3, stride: 2, padding: 1, bias: false)";
    let (plain, pooled) = (plain(64), three(&pooled(64)));
    let thrice = three(&plain);
    format!(
        "[Conv2d(out: 64, kernel: 3, padding: 1), {plain}, {down}, {thrice}, {down}, {thrice}, {down}, {pooled},
        Conv2d(out: 32, kernel: 3, padding: 1)]"
    )
}

/// A generator with `more` parameters beside latents, layers and encoder.
fn small(more: &str) -> String {
    let [decoder, encoder] = ["small_decoder.pth", "small_encoder.pth"].map(fixture);
    format!(
        "layers_generator(weights: {decoder:?}, {more}, {SMALL}, encoder: Some((weights: {encoder:?}, layers: {SMALL_ENCODER})))"
    )
}

fn expected() -> Weights {
    let bytes = std::fs::read(fixture("autoencoder.safetensors")).unwrap();
    weights::from_bytes(&bytes, &Device::Cpu).unwrap()
}

fn build(text: &str) -> Result<Box<dyn Generator>> {
    PluginRef::of(text).build(&Context::new(1))
}

/// A gradient against PyTorch's, relative to its largest number.
fn compare_gradient(value: &Tensor, x: &Var, weigh: &Tensor, wanted: &Tensor) -> Result<()> {
    let gradients = (value * weigh)?.sum_all()?.backward()?;
    let largest = wanted.abs()?.max_all()?.to_scalar::<f32>()?;
    let far = apart(gradients.get(x).unwrap(), wanted) / largest;
    assert!(far < 1e-5, "gradient: {far:.1e}");
    Ok(())
}

/// Images and their gradient against PyTorch's. The range is so wide that no image is cut.
fn compare_decoder(name: &str, text: impl Fn(&str) -> String) -> Result<()> {
    let (ctx, expected) = (Context::new(1), expected());
    let of = |part: &str| &expected[&format!("{name}.{part}")];
    let wide = of("y").abs()?.max_all()?.to_scalar::<f32>()?.ceil() * 2.0;
    let more = format!("grey: false, range: (low: -{wide:.1}, high: {wide:.1})");
    let fitted = build(&text(&more))?.prepare(&ctx, None)?;
    let z = Var::from_tensor(&of("x").flatten_from(1)?)?;
    let images = fitted
        .generate(z.as_tensor())?
        .affine(f64::from(wide), 0.0)?;
    let far = apart(&images, of("y")) / wide;
    assert!(far < 1e-5, "{name}: {far:.1e}");
    compare_gradient(&images, &z, of("weigh"), &of("d.x").flatten_from(1)?)
}

/// Latents of grey images and their gradient against PyTorch's, also by a feature network of the same layers.
fn compare_encoder(
    name: &str,
    text: impl Fn(&str) -> String,
    file: &str,
    layers: &str,
) -> Result<()> {
    let (ctx, expected) = (Context::new(1), expected());
    let of = |part: &str| &expected[&format!("{name}.{part}")];
    let more = "grey: true, range: (low: 0.0, high: 1.0)";
    let fitted = build(&text(more))?.prepare(&ctx, None)?;
    let images = Var::from_tensor(of("x"))?;
    let latents = fitted.encode(&images.affine(2.0, -1.0)?)?.unwrap();
    let largest = of("y").abs()?.max_all()?.to_scalar::<f32>()?;
    let far = apart(&latents, &of("y").flatten_from(1)?) / largest;
    assert!(far < 1e-5, "{name}: {far:.1e}");
    compare_gradient(&latents, &images, &of("weigh").flatten_from(1)?, of("d.x"))?;
    let side = of("x").dim(2)?;
    let net = format!(
        "layers_features(image: (channels: 3, height: {side}, width: {side}), weights: {file:?}, layers: {layers})"
    );
    let net = PluginRef::<dyn FeatureNet>::of(&net).build(&ctx)?;
    let last = net.layers().pop().unwrap();
    let found = net
        .prepare(&ctx, None)?
        .activations(images.as_tensor(), std::slice::from_ref(&last))?;
    assert!(
        apart(&found[&last], of("y")) / largest < 1e-5,
        "{name} as features"
    );
    compare_gradient(&found[&last], &images, of("weigh"), of("d.x"))
}

#[test]
fn a_small_autoencoder_makes_pytorchs_images_and_latents() -> Result<()> {
    compare_decoder("small_decoder", small)?;
    compare_encoder(
        "small_encoder",
        small,
        &fixture("small_encoder.pth"),
        SMALL_ENCODER,
    )
}

#[test]
fn taef2_makes_pytorchs_images_and_latents() -> Result<()> {
    let Ok(folder) = std::env::var("LAB_TEST_DATA") else {
        skip("TAEF2 against PyTorch: LAB_TEST_DATA names no folder with taef2/");
        return Ok(());
    };
    let folder = format!("{folder}/taef2");
    compare_decoder("taef2_decoder", |more| taef2(&folder, more))?;
    let file = format!("{folder}/taef2_encoder.pth");
    compare_encoder(
        "taef2_encoder",
        |more| taef2(&folder, more),
        &file,
        &taef2_encoder(),
    )
}

#[test]
fn an_autoencoder_keeps_the_contract() -> Result<()> {
    let ctx = Context::new(2);
    for more in ["grey: false", "grey: true"] {
        let plugin = build(&small(&format!("{more}, range: (low: -9.0, high: 9.0)")))?;
        assert!(plugin.encodes() && plugin.files().len() == 2);
        assert_eq!(plugin.latent_maps().map(|maps| maps.n_pixels()), Some(36));
        let fitted = plugin.prepare(&ctx, None)?;
        check_generator(&ctx, plugin.as_ref(), fitted.as_ref(), 0.15)?;
    }
    Ok(())
}

#[test]
fn an_autoencoder_that_a_run_wrote_is_read_from_one_file() -> Result<()> {
    let ctx = Context::new(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.safetensors");
    let more = "grey: true, range: (low: 0.0, high: 1.0)";
    let fitted = build(&small(more))?.prepare(&ctx, None)?;
    std::fs::write(&path, weights::to_bytes(&fitted.weights())?).unwrap();
    let path = path.to_string_lossy();
    let text = format!(
        "layers_generator(weights: {path:?}, {more}, {SMALL}, encoder: Some((layers: {SMALL_ENCODER})))"
    );
    let again = build(&text)?.prepare(&ctx, None)?;
    let images = expected()["small_encoder.x"].affine(2.0, -1.0)?;
    let [one, other] = [&fitted, &again].map(|fitted| fitted.encode(&images).unwrap().unwrap());
    assert!(apart(&one, &other) == 0.0);
    assert!(apart(&fitted.generate(&one)?, &again.generate(&one)?) == 0.0);
    Ok(())
}

#[test]
fn encoders_and_groups_that_do_not_fit_are_named() {
    let whole = small("grey: true");
    for (from, to, parts) in [
        (
            "GroupNorm(groups: 4)",
            "GroupNorm(groups: 3)",
            ["layer 5.1.2", "groups that divide 32 maps"],
        ),
        (
            "Attention(heads: 2)",
            "Attention(heads: 3)",
            ["Attention", "heads that divide 8 maps"],
        ),
        (
            "Clamp(low: -0.5",
            "Clamp(low: 2.5",
            ["Clamp", "low below high"],
        ),
        (
            "Repeat(times: 2",
            "Repeat(times: 90000",
            ["Repeat", "at most 10000 layers"],
        ),
        (
            "Conv2d(out: 4, kernel: 3, padding: 1)]))",
            "Conv2d(out: 5, kernel: 3, padding: 1)]))",
            ["encoder.layers", "36 numbers"],
        ),
        (
            "encoder: Some((",
            "encoder: Some((channels: 2, ",
            ["encoder.channels", "1 or 3"],
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        let error = complaint(build(&whole.replacen(from, to, 1)));
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}
