//! Three decoders read images out of simulated responses; generator, feature network and losses are toys.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_core::traits::{Decoder, Output, TrainingSet};
use lab_core::{prelude::*, rng, testing::toy_objective};
use lab_decoders as _;

fn main() -> Result<()> {
    let ctx = Context::new(1);
    // 60 images; responses are mixed pixels with noise. The last 12 rows are for testing.
    let all = toy_objective(&ctx, 60)?;
    let mix = rng::normal(&mut ctx.rng("mix"), 0.2, &[64, 20], ctx.device())?;
    let noise = rng::normal(&mut ctx.rng("noise"), 0.1, &[60, 20], ctx.device())?;
    let responses = (all.targets().flatten_from(1)?.matmul(&mix)? + noise)?;
    let new = responses.narrow(0, 48, 12)?;
    let seen = all.targets().narrow(0, 48, 12)?;
    let objective = all.with_targets(all.targets().narrow(0, 0, 48)?)?;
    let train = TrainingSet {
        features: &responses.narrow(0, 0, 48)?,
        target_idx: &(0..48).collect::<Vec<_>>(),
        targets: objective.targets(),
        picture_of: None,
        objective: &objective,
    };
    let variance = seen.var(0)?.mean_all()?.to_scalar::<f32>()?;
    println!("{variance:.3}  variance of a pixel; squared errors of decoders:");
    for text in ["linear()", "ridge_to_latents()", "ridge_to_pixels()"] {
        let decoder = PluginRef::<dyn Decoder>::of(text).build(&ctx)?;
        let decoded = decoder.fit(&ctx, &train, &[0])?[0].decode(&new)?;
        let images = match decoder.output() {
            Output::Latents => objective.generator().generate(&decoded)?,
            Output::Images => decoded,
        };
        let error = (images - &seen)?.sqr()?.mean_all()?;
        println!("{:.3}  {text}", error.to_scalar::<f32>()?);
    }
    Ok(())
}
