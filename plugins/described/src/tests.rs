//! Images, activations and gradients against PyTorch (`tests/reference/weights/make.py`), the contracts, and complaints.

mod autoencoder;

use std::path::Path;
use std::sync::{Arc, Mutex};

use candle_core::{Device, Tensor, Var};
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::{Event, EventSink};
use lab_core::testing::{check_feature_net, check_generator};
use lab_core::traits::{FeatureNet, Generator};
use lab_core::weights::{self, Weights};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference/weights");
    path.join(name).to_string_lossy().into_owned()
}

fn expected() -> Weights {
    let bytes = std::fs::read(fixture("expected.safetensors")).unwrap();
    weights::from_bytes(&bytes, &Device::Cpu).unwrap()
}

/// ‖a − b‖∞
fn apart(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let apart = (a - b).unwrap().abs().unwrap();
    apart.max_all().unwrap().to_scalar().unwrap()
}

const DCGAN: &str = "latent: 8, layers: [
    Reshape(channels: 8, height: 1, width: 1),
    ConvTranspose2d(out: 12, kernel: 4, bias: false), BatchNorm(), Relu,
    ConvTranspose2d(out: 6, kernel: 4, stride: 2, padding: 1, bias: false), BatchNorm(), LeakyRelu(slope: 0.2),
    ConvTranspose2d(out: 3, kernel: 3, stride: 2, padding: 1, output_padding: 1), Tanh]";

const MIXED: &str = "latent: 5, range: (low: 0.0, high: 1.0), layers: [
    Linear(out: 36), BatchNorm(eps: 0.001), Silu, Reshape(channels: 4, height: 3, width: 3), Nearest(factor: 2),
    Residual(
        layers: [Conv2d(out: 5, kernel: 3, padding: 1), Elu(alpha: 0.7), Conv2d(out: 6, kernel: 3, stride: 2, padding: 1)],
        shortcut: [Conv2d(out: 6, kernel: 1, stride: 2, bias: false)]),
    MaxPool(kernel: 3, stride: 2, padding: 1), Bilinear(factor: 3), Bilinear(factor: 2, aligned: true),
    ConvTranspose2d(out: 4, kernel: 3, padding: 1, groups: 2), Conv2d(out: 1, kernel: 1), Sigmoid]";

const AUTHORS: &str = "latent: 6, prior: UniformCube, onto: UnitSphere, layers: [
    Linear(out: 32), Relu, BatchNorm(), Reshape(channels: 8, height: 2, width: 2),
    ConvTranspose2d(out: 8, kernel: 4, stride: 2), BatchNorm(), Relu,
    ConvTranspose2d(out: 8, kernel: 4, stride: 2), BatchNorm(), Relu,
    ConvTranspose2d(out: 8, kernel: 4, stride: 2, padding: 1), BatchNorm(), Relu,
    ConvTranspose2d(out: 1, kernel: 4, stride: 2, padding: 1), Tanh]";

const ALEXNET: &str = "image: (channels: 3, height: 18, width: 18), range: (low: 0.0, high: 1.0),
    mean: [0.485, 0.456, 0.406], sd: [0.229, 0.224, 0.225], classes: [\"a\", \"b\", \"c\", \"d\"], layers: [
    Conv2d(out: 6, kernel: 5, padding: 2), Relu, LocalResponseNorm(n: 5, k: 2.0, alpha: 0.01, beta: 0.75),
    MaxPool(kernel: 3, stride: 2), Conv2d(out: 8, kernel: 3, padding: 1, groups: 2, bias: false), BatchNorm(), Relu,
    AveragePool(kernel: 2), Flatten, Dropout, Linear(out: 10), Relu, Linear(out: 4)]";

/// Keeps what was warned of.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl EventSink for Heard {
    fn event(&self, _path: &str, event: &Event<'_>) {
        if let Event::Warning(text) = event {
            self.0.lock().unwrap().push((*text).to_owned());
        }
    }
}

fn generator(file: &str, rest: &str) -> Result<Box<dyn Generator>> {
    let text = format!("layers_generator(weights: {:?}, {rest})", fixture(file));
    PluginRef::of(&text).build(&Context::new(1))
}

fn features(file: &str, rest: &str) -> Result<Box<dyn FeatureNet>> {
    let text = format!("layers_features(weights: {:?}, {rest})", fixture(file));
    PluginRef::of(&text).build(&Context::new(1))
}

/// Compares images and the gradient of their weighed sum, both mapped from the network's own range by `scale`.
fn compare(file: &str, rest: &str, name: &str, scale: f64) -> Result<()> {
    let (ctx, expected) = (Context::new(1), expected());
    let fitted = generator(file, rest)?.prepare(&ctx, None)?;
    let of = |part: &str| &expected[&format!("{name}.{part}")];
    let z = Var::from_tensor(&of("x").flatten_from(1)?)?;
    let images = fitted.generate(z.as_tensor())?;
    let wanted = of("y").affine(scale, 1.0 - scale)?;
    let far = apart(&images, &wanted);
    assert!(far < 1e-5, "{file}: {far:.1e}");
    let gradients = (images * of("weigh"))?.sum_all()?.backward()?;
    let wanted = (of("d.x").flatten_from(1)? * scale)?;
    let largest = wanted.abs()?.max_all()?.to_scalar::<f32>()?;
    let far = apart(gradients.get(&z).unwrap(), &wanted) / largest;
    assert!(far < 1e-5, "{file}, gradient: {far:.1e}");
    Ok(())
}

#[test]
fn a_dcgan_of_any_container_makes_pytorchs_images() -> Result<()> {
    for file in [
        "dcgan.pth",
        "dcgan_legacy.pth",
        "dcgan.safetensors",
        "dcgan.npz",
    ] {
        compare(file, &format!("grey: false, {DCGAN}"), "dcgan", 1.0)?;
    }
    Ok(())
}

#[test]
fn every_other_layer_is_pytorchs() -> Result<()> {
    for file in ["mixed.pth", "mixed_legacy.pth"] {
        // PyTorch keeps the residual's second convolution before its shortcut, as the layers are written.
        compare(file, MIXED, "mixed", 2.0)?;
    }
    Ok(())
}

#[test]
fn the_authors_own_generator_is_read_from_chainers_files() -> Result<()> {
    for file in ["authors_dcgan.npz", "authors_dcgan.h5"] {
        compare(file, AUTHORS, "authors_dcgan", 1.0)?;
    }
    Ok(())
}

#[test]
fn colours_become_grey_by_luminance() -> Result<()> {
    let (ctx, expected) = (Context::new(1), expected());
    let plugin = generator("dcgan.pth", DCGAN)?;
    assert_eq!(plugin.image_shape(), ImageShape::grey(16));
    let fitted = plugin.prepare(&ctx, None)?;
    let images = fitted.generate(&expected["dcgan.x"].flatten_from(1)?)?;
    assert!(apart(&images, &expected["dcgan.grey"]) < 1e-5);
    // The same colours in the other order.
    let turned = generator("dcgan.pth", &format!("order: Bgr, {DCGAN}"))?.prepare(&ctx, None)?;
    let turned = turned.generate(&expected["dcgan.x"].flatten_from(1)?)?;
    assert!(apart(&turned, &expected["dcgan.grey"]) > 1e-3);
    Ok(())
}

#[test]
fn a_colour_network_sees_grey_as_three_equal_colours() -> Result<()> {
    let (ctx, expected) = (Context::new(1), expected());
    let aside = "keys: [(\"state_dict.{*}\", \"{*}\"), (\"epoch\", \"\")]";
    for (file, keys) in [
        ("alexnet.pth", aside),
        ("alexnet.pth", ""),
        ("alexnet.safetensors", ""),
    ] {
        let plugin = features(file, &format!("{ALEXNET}, {keys}"))?;
        assert_eq!(plugin.image_shape(), Some(ImageShape::grey(18)));
        let fitted = plugin.prepare(&ctx, None)?;
        let images = Var::from_tensor(&expected["alexnet.x"])?;
        let layers = ["conv1", "conv2", "linear1"].map(str::to_owned);
        let found = fitted.activations(images.as_tensor(), &layers)?;
        for (layer, values) in &found {
            let far = apart(values, &expected[&format!("alexnet.{layer}")]);
            assert!(far < 1e-5, "{file}, {layer}: {far:.1e}");
        }
        let scores = fitted.classify(images.as_tensor())?.unwrap();
        assert!(apart(&scores, &expected["alexnet.y"]) < 1e-5);
        let gradients = (scores * &expected["alexnet.weigh"])?
            .sum_all()?
            .backward()?;
        let wanted = &expected["alexnet.d.x"];
        let largest = wanted.abs()?.max_all()?.to_scalar::<f32>()?;
        let far = apart(gradients.get(&images).unwrap(), wanted) / largest;
        assert!(far < 1e-5, "{file}, gradient: {far:.1e}");
    }
    Ok(())
}

#[test]
fn colour_images_and_repeated_grey_agree_with_summed_kernels() -> Result<()> {
    let (ctx, expected) = (Context::new(1), expected());
    let layers = ["linear2".to_owned()];
    let grey = &expected["alexnet.x"];
    let colours = grey.broadcast_as((2, 3, 18, 18))?.contiguous()?;
    let fitted =
        features("alexnet.safetensors", &format!("grey: false, {ALEXNET}"))?.prepare(&ctx, None)?;
    let by_colour = fitted.activations(&colours, &layers)?;
    assert!(apart(&by_colour["linear2"], &expected["alexnet.y"]) < 1e-5);
    // A layer before the convolution keeps its kernels from being summed; the images are repeated then.
    let later = ALEXNET.replacen("layers: [", "layers: [Dropout,", 1);
    let fitted = features("alexnet.safetensors", &later)?.prepare(&ctx, None)?;
    let repeated = fitted.activations(grey, &layers)?;
    assert!(apart(&repeated["linear2"], &expected["alexnet.y"]) < 1e-5);
    let turned = ALEXNET.replacen(
        "mean: [0.485, 0.456, 0.406], sd: [0.229, 0.224, 0.225],",
        "",
        1,
    );
    let [rgb, bgr] = ["Rgb", "Bgr"].map(|order| {
        let text = format!("grey: false, order: {order}, {turned}");
        features("alexnet.safetensors", &text)
    });
    let red = Tensor::cat(&[grey, &grey.zeros_like()?, &grey.zeros_like()?], 1)?;
    let blue = Tensor::cat(&[&grey.zeros_like()?, &grey.zeros_like()?, grey], 1)?;
    let of_rgb = rgb?.prepare(&ctx, None)?.activations(&red, &layers)?;
    let of_bgr = bgr?.prepare(&ctx, None)?.activations(&blue, &layers)?;
    assert!(apart(&of_rgb["linear2"], &of_bgr["linear2"]) < 1e-6);
    Ok(())
}

#[test]
fn generators_keep_the_contract() -> Result<()> {
    let ctx = Context::new(2);
    // Pools have kinks; the tight comparison is the one with PyTorch.
    for (file, rest, tolerance) in [
        ("dcgan.pth", DCGAN, 0.05),
        ("mixed.pth", MIXED, 0.15),
        ("authors_dcgan.h5", AUTHORS, 0.05),
    ] {
        let plugin = generator(file, rest)?;
        assert!(plugin.corpus().is_none() && plugin.files()[0].exists());
        let fitted = plugin.prepare(&ctx, None)?;
        check_generator(&ctx, plugin.as_ref(), fitted.as_ref(), tolerance)?;
    }
    Ok(())
}

#[test]
fn feature_networks_keep_the_contract() -> Result<()> {
    let ctx = Context::new(2);
    let plugin = features("alexnet.pth", ALEXNET)?;
    let fitted = plugin.prepare(&ctx, None)?;
    check_feature_net(
        &ctx,
        plugin.as_ref(),
        fitted.as_ref(),
        ImageShape::grey(18),
        0.15,
    )
}

#[test]
fn weights_that_a_run_wrote_are_read_again() -> Result<()> {
    let ctx = Context::new(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.safetensors");
    let fitted = generator("authors_dcgan.npz", AUTHORS)?.prepare(&ctx, None)?;
    std::fs::write(&path, weights::to_bytes(&fitted.weights())?).unwrap();
    let again = generator(&path.to_string_lossy(), AUTHORS)?.prepare(&ctx, None)?;
    let z = &expected()["authors_dcgan.x"];
    assert!(apart(&fitted.generate(z)?, &again.generate(z)?) == 0.0);
    Ok(())
}

fn complaint<T: ?Sized>(built: Result<Box<T>>) -> String {
    built
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default()
}

#[test]
fn layers_that_cannot_follow_each_other_are_named() {
    for (layers, parts) in [
        (
            "Relu, Conv2d(out: 3, kernel: 3)",
            vec![
                "layer 2 of layers_generator, Conv2d",
                "write Reshape(channels: 8",
            ],
        ),
        (
            "Reshape(channels: 3, height: 2, width: 2)",
            vec!["layer 1", "fills maps of 3×2×2", "a row of 8"],
        ),
        (
            "Linear(out: 8, name: \"a\"), Linear(out: 8, name: \"a\")",
            vec!["layer 2", "'a'"],
        ),
        (
            "Linear(out: 8)",
            vec!["'layers'", "1 or 3 channels", "a row of 8"],
        ),
        (
            "Reshape(channels: 8, height: 1, width: 1), Conv2d(out: 3, kernel: 5)",
            vec!["5×5 kernel", "maps of 8×1×1"],
        ),
        (
            "Reshape(channels: 8, height: 1, width: 1), Conv2d(out: 3, kernel: 1, groups: 3)",
            vec!["groups that divide 8 and 3"],
        ),
        (
            "Reshape(channels: 8, height: 1, width: 1), MaxPool(kernel: 1, padding: 18446744073709551615)",
            vec!["padding", "at most 1048576"],
        ),
        (
            "Reshape(channels: 8, height: 1, width: 1), Conv2d(out: 3, kernel: 1, padding: 18446744073709551615)",
            vec!["padding", "at most 1048576"],
        ),
        ("Linear(out: 4000000)", vec!["at most 1048576", "4000000"]),
        (
            "Reshape(channels: 2, height: 2, width: 2), Residual(layers: [Conv2d(out: 3, kernel: 1)])",
            vec!["layer 2", "two ways", "maps of 3×2×2 and maps of 2×2×2"],
        ),
        (
            "Reshape(channels: 2, height: 2, width: 2), Residual(layers: [Linear(out: 3)])",
            vec!["layer 2.1", "write Flatten"],
        ),
        ("", vec!["'layers'", "at least one layer"]),
    ] {
        let error = complaint(generator(
            "dcgan.pth",
            &format!("latent: 8, layers: [{layers}]"),
        ));
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
    let error = complaint(
        PluginRef::<dyn Generator>::of("layers_generator(layers: [Relu])").build(&Context::new(1)),
    );
    assert!(
        error.contains("'weights'") && error.contains("the path of a file"),
        "{error}"
    );
    let error = complaint(generator(
        "dcgan.pth",
        "keys: [(\"a\", \"{n}\")], layers: [Relu]",
    ));
    assert!(
        error.contains("'keys'") && error.contains("1 × {n}"),
        "{error}"
    );
    let error = complaint(generator("dcgan.pth", "layers: [Conv2(out: 3)]"));
    assert!(error.contains("Conv2d"), "{error}");
}

#[test]
fn weights_that_do_not_fit_are_listed() {
    let ctx = Context::new(1);
    let wider = DCGAN.replacen("out: 6", "out: 7", 1);
    let error = complaint(generator("dcgan.pth", &wider).unwrap().prepare(&ctx, None));
    for part in [
        "deconv2.weight [12, 7, 4, 4]",
        "main.3.weight [12, 6, 4, 4]",
        "norm2.mean [7]",
        "main.4.running_var [6]",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let error = complaint(generator("payload.pth", DCGAN).unwrap().prepare(&ctx, None));
    assert!(error.contains("'posix.system'"), "{error}");
    assert!(!Path::new("ran.txt").exists());
    let error = complaint(generator("none.pth", DCGAN).unwrap().prepare(&ctx, None));
    assert!(error.contains("none.pth"), "{error}");
}

#[test]
fn a_smoke_run_draws_weights_that_are_not_there() -> Result<()> {
    let build = |file: &str, ctx: &Context| {
        let text = format!("layers_generator(weights: {:?}, {DCGAN})", fixture(file));
        PluginRef::<dyn Generator>::of(&text).build(ctx)
    };
    let heard = Arc::new(Heard::default());
    let toy = Context::new(3).with_smoke(true).with_events(heard.clone());
    let plugin = build("none.pth", &toy)?;
    assert!(plugin.files().is_empty());
    let fitted = plugin.prepare(&toy, None)?;
    check_generator(&toy, plugin.as_ref(), fitted.as_ref(), 0.05)?;
    let said = heard.0.lock().unwrap().join(" ");
    let expected = "none.pth'; this smoke run uses weights drawn at random";
    assert!(said.contains(expected), "{said}");
    let again = plugin.prepare(&toy, None)?.weights();
    for (name, drawn) in fitted.weights() {
        assert!(apart(&drawn, &again[&name]) <= 0.0, "{name}");
    }
    // A file that is there is read at every size.
    let given = build("dcgan.pth", &toy)?.prepare(&toy, None)?.weights();
    let expected = generator("dcgan.pth", DCGAN)?.prepare(&Context::new(1), None)?;
    for (name, read) in expected.weights() {
        assert!(apart(&read, &given[&name]) <= 0.0, "{name}");
    }
    assert_eq!(build("none.pth", &Context::new(3))?.files().len(), 1);
    Ok(())
}

#[test]
fn images_of_another_size_are_refused() -> Result<()> {
    let ctx = Context::new(1);
    let fitted = features("alexnet.pth", ALEXNET)?.prepare(&ctx, None)?;
    let images = Tensor::zeros((2, 1, 20, 20), candle_core::DType::F32, &Device::Cpu)?;
    let error = fitted
        .activations(&images, &["conv1".to_owned()])
        .unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("[2, 1, 18, 18]") && error.contains("[2, 1, 20, 20]"),
        "{error}"
    );
    Ok(())
}
