//! Trains a tiny `alexnet` to tell lying from standing stripes, and shows its layers and how often it is right.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_alexnet as _;
use lab_core::traits::FeatureNet;
use lab_core::{config::NoParams, prelude::*, recording::Labels, testing::ToyCorpus};

lab_core::register! { Dataset "training_stimuli" => ToyCorpus, NoParams;
summary: "stands in for the default corpus: this example hands over its own",
equation: "", source: "", parity: "" }

const TEXT: &str = "alexnet(size: 32, width: 0.1, hidden: 32, padding: Same, train: (updates: 20))";

/// Pixels of stripes, four pixels wide; they move from image to image, and every second image is turned.
fn stripes(image: usize) -> impl Iterator<Item = f32> {
    let along = move |pixel: usize| [pixel / 32, pixel % 32][image % 2] + image / 2;
    (0..32 * 32).map(move |pixel| [1.0, -1.0][along(pixel) / 4 % 2])
}

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let net = PluginRef::<dyn FeatureNet>::of(TEXT).build(&ctx)?;
    let pixels = (0..64).flat_map(stripes).collect();
    let mut corpus = Stimuli::from_pixels(ImageShape::grey(32), pixels)?;
    let names = vec!["lying".into(), "standing".into()];
    let of = (0..64).map(|image| image % 2).collect();
    corpus.labels = Some(Labels { names, of });
    let fitted = net.prepare(&ctx, Some(&corpus))?;
    let images = corpus.tensor(&(0..64).collect::<Vec<_>>(), ctx.device())?;
    for (layer, values) in fitted.activations(&images, &fitted.layers())? {
        println!("{layer}: {:?}", values.dims());
    }
    if let Some(scores) = fitted.classify(&images)? {
        let said = scores.argmax(1)?.to_vec1::<u32>()?;
        let n_right = (0..64).filter(|&idx| said[idx] as usize == idx % 2).count();
        println!("right for {n_right} of 64 images of its corpus");
    }
    Ok(())
}
