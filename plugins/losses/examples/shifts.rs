//! What the three loss terms say of a bar that is moved by one pixel, by four, and turned into its negative.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_core::traits::{FittedFeatureNet, LossTerm, View};
use lab_core::{prelude::*, testing::ToyNet};
use lab_losses as _;

const TERMS: [&str; 3] = [
    "pixel(shrink: 0.9)",
    r#"feature_presence(layers: ["toy1"], negative: ["toy1"], threshold: 0.5)"#,
    r#"feature_magnitude(layers: ["toy1"], negative: ["toy1"], threshold: 0.5)"#,
];

/// A white bar on black, 4 pixels wide, moved to the right by some pixels.
fn bar(ctx: &Context, moved: usize) -> Result<Tensor> {
    let pixel = |p: usize| [-1f32, 1.0][usize::from((4 + moved..8 + moved).contains(&(p % 16)))];
    let pixels: Vec<f32> = (0..256).map(pixel).collect();
    Ok(Tensor::from_vec(pixels, (1, 1, 16, 16), ctx.device())?)
}

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let net = ToyNet::new(&ctx, ImageShape::grey(16))?;
    let layers = ["toy1".to_owned()];
    let image = &bar(&ctx, 0)?;
    let features = &net.activations(image, &layers)?;
    let target = View { image, features };
    println!("the same   1 px right   4 px right   negative");
    for text in TERMS {
        let term = PluginRef::<dyn LossTerm>::of(text).build(&ctx)?;
        for image in &[image.clone(), bar(&ctx, 1)?, bar(&ctx, 4)?, image.neg()?] {
            let features = &net.activations(image, &layers)?;
            let other = View { image, features };
            let value = term.evaluate(&ctx, &target, &other)?;
            print!("{:8.3}   ", value.to_vec1::<f32>()?[0]);
        }
        println!("{text}");
    }
    Ok(())
}
