//! Trains a tiny `r3gan` on images of one disc, and shows its losses and an image that it makes.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_core::{config::NoParams, prelude::*, testing::ToyCorpus, traits::Generator};
use lab_r3gan as _;

lab_core::register! { Dataset "training_stimuli" => ToyCorpus, NoParams;
summary: "stands in for the default corpus: this example hands over its own",
equation: "", source: "", parity: "" }

const TEXT: &str = "r3gan(latent: 8, size: 16, width: 0.125, train: (updates: 150, batch: 16, learning_rate: 0.002, average: 0.9))";

/// Pixels of a white disc of 4 pixels' radius on black; its centre moves from image to image.
fn disc(image: usize) -> impl Iterator<Item = f32> {
    let (down, across) = (6 + image % 4, 6 + image / 4 % 4);
    let inside =
        move |p: usize| (p / 16).abs_diff(down).pow(2) + (p % 16).abs_diff(across).pow(2) <= 16;
    (0..256).map(move |pixel| [-1.0, 1.0][usize::from(inside(pixel))])
}

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let generator = PluginRef::<dyn Generator>::of(TEXT).build(&ctx)?;
    let corpus = Stimuli::from_pixels(ImageShape::grey(16), (0..64).flat_map(disc).collect())?;
    let fitted = generator.prepare(&ctx, Some(&corpus))?;
    for curve in fitted.curves() {
        let (update, value) = curve.points.last().copied().unwrap_or_default();
        println!("{} at update {update}: {value:.3}", curve.name);
    }
    let (space, mut stream) = (fitted.latent_space(), ctx.rng("latents"));
    let image = fitted.generate(&space.sample(&mut stream, 1, ctx.device())?)?;
    for row in image.reshape((16, 16))?.to_vec2::<f32>()? {
        let ink = row.iter().map(|&p| [".", "#"][usize::from(p > 0.0)]);
        println!("{}", ink.collect::<String>());
    }
    Ok(())
}
