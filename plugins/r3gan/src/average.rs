//! The moving average of the generator's weights.
//!
//! ```text
//! w̄ ← d·w̄ + (1 − d)·w      d = min(average, 1 − 1/(1 + k/10)) at step k
//! ```

use lab_core::Result;
use lab_core::nn::Variables;
use lab_core::weights::Weights;

/// Moves the average towards the present weights after step `step`, counted from 1.
pub(crate) fn follow(
    average: &mut Weights,
    present: &Variables,
    step: usize,
    largest: f64,
) -> Result<()> {
    let decay = largest.min(1.0 - 1.0 / (1.0 + step as f64 / 10.0));
    for (name, value) in present.frozen() {
        if let Some(mean) = average.get_mut(&name) {
            *mean = (mean.affine(decay, 0.0)? + value.affine(1.0 - decay, 0.0)?)?;
        }
    }
    Ok(())
}
