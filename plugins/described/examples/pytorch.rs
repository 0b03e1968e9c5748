//! Reads a small generator that PyTorch saved (`tests/reference/weights/make.py`) and makes images with it.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_core::{prelude::*, traits::Generator};
use lab_described as _;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The layers, as the Python script builds them.
const LAYERS: &str = "
    Reshape(channels: 8, height: 1, width: 1),
    ConvTranspose2d(out: 12, kernel: 4, bias: false), BatchNorm(), Relu,
    ConvTranspose2d(out: 6, kernel: 4, stride: 2, padding: 1, bias: false), BatchNorm(), LeakyRelu(slope: 0.2),
    ConvTranspose2d(out: 3, kernel: 3, stride: 2, padding: 1, output_padding: 1), Tanh";

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let weights = format!("{ROOT}/tests/reference/weights/dcgan.pth");
    let text = format!("layers_generator(latent: 8, weights: {weights:?}, layers: [{LAYERS}])");
    let generator = PluginRef::<dyn Generator>::of(&text).build(&ctx)?;
    let fitted = generator.prepare(&ctx, None)?;
    for (name, tensor) in fitted.weights() {
        println!("{name}: {:?}", tensor.dims());
    }
    let (space, mut stream) = (fitted.latent_space(), ctx.rng("latents"));
    let images = fitted.generate(&space.sample(&mut stream, 3, ctx.device())?)?;
    println!("{} grey images of {}", images.dim(0)?, fitted.image_shape());
    println!(
        "mean pixel of each: {:?}",
        images.mean((1, 2, 3))?.to_vec1::<f32>()?
    );
    Ok(())
}
