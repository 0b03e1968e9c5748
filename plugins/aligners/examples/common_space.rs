//! Three subjects see the same things through different voxels: `hyperalignment` finds the space that they share.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use candle_core::DType;
use lab_aligners as _;
use lab_core::recording::SubjectResponses;
use lab_core::{prelude::*, rng, traits::Aligner};

/// Responses `[60, n_voxels]`: the same four signals, mixed by the subject's own weights, with some noise.
fn responses(ctx: &Context, id: &str, n_voxels: usize) -> Result<Tensor> {
    let draw =
        |name: &str, sd, shape: &[usize]| rng::normal(&mut ctx.rng(name), sd, shape, ctx.device());
    let weights = draw(&format!("{id}/weights"), 1.0, &[4, n_voxels])?;
    let noise = draw(&format!("{id}/noise"), 0.5, &[60, n_voxels])?;
    let mixed = draw("signals", 1.0, &[60, 4])?.matmul(&weights)?;
    Ok((mixed + noise)?.to_dtype(DType::F64)?)
}

fn main() -> Result<()> {
    let ctx = Context::new(1);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (id, n_voxels) in [("S1", 12), ("S2", 10), ("S3", 8)] {
        let values = responses(&ctx, id, n_voxels)?;
        train.push(SubjectResponses::shared(id, values.narrow(0, 0, 40)?));
        test.push(SubjectResponses::shared(id, values.narrow(0, 40, 20)?));
    }
    let aligner = PluginRef::<dyn Aligner>::of("hyperalignment()").build(&ctx)?;
    let fitted = aligner.fit(&ctx, &train)?;
    println!("on 20 rows that the fit did not see:");
    for quality in fitted.held_out(&ctx, &test)? {
        println!("{}: {:.3}, {}", quality.of, quality.value, quality.name);
    }
    Ok(())
}
