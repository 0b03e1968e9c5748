//! The `gabor` observer looks at a standing and at a lying grating: the energy is where the orientation is.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use lab_core::{prelude::*, traits::FeatureNet};
use lab_observers as _;

/// A grating of four cycles in 32 × 32 pixels, which changes along x (1) or along y (0).
fn grating(ctx: &Context, axis: usize) -> Result<Tensor> {
    let place = |pixel: usize| [pixel / 32, pixel % 32][axis] as f32 / 32.0;
    let wave = |pixel| (4.0 * std::f32::consts::TAU * place(pixel)).cos();
    let pixels: Vec<f32> = (0..32 * 32).map(wave).collect();
    Ok(Tensor::from_vec(pixels, (1, 1, 32, 32), ctx.device())?)
}

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let text = "gabor(frequencies: [4.0], n_orientations: 4)";
    let net = PluginRef::<dyn FeatureNet>::of(text).build(&ctx)?;
    let fitted = net.prepare(&ctx, None)?;
    println!("mean energy of the filters that change along 0°, 45°, 90° and 135°");
    for (name, axis) in [("standing", 1), ("lying", 0)] {
        let found = fitted.activations(&grating(&ctx, axis)?, &fitted.layers())?;
        // Filters are ordered by frequency, row, column and orientation: here 4 × 4 places and 4 orientations.
        let energy = found["energy"].reshape((16, 4))?.mean(0)?;
        println!("{name:>9} stripes: {:.2?}", energy.to_vec1::<f32>()?);
    }
    Ok(())
}
