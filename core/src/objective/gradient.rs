//! The gradient of the loss with respect to latents, several parts of a batch side by side.

use candle_core::{Tensor, Var};
use rayon::prelude::*;

use super::Objective;
use crate::context::Context;
use crate::{Error, Result};

/// Most parts of a batch. Each is a task of its own, and a thread that waits inside of one may take up another.
const MOST_PARTS: usize = 8;
/// Fewest rows of a part where there are more than two: layers are quicker for many images at a time.
const FEWEST_ROWS: usize = 12;
/// Fewest rows of each of two parts.
const FEWEST_OF_TWO: usize = 4;

/// Rows of a part: parts are as many as a power of two, so that 2, 4 or 8 threads have equally many.
fn rows_a_part(n_rows: usize) -> usize {
    let serves = |n_parts: usize| {
        let fewest = if n_parts > 2 {
            FEWEST_ROWS
        } else {
            FEWEST_OF_TWO
        };
        n_rows >= n_parts * fewest
    };
    let mut n_parts = MOST_PARTS;
    while n_parts > 1 && !serves(n_parts) {
        n_parts /= 2;
    }
    n_rows.div_ceil(n_parts).max(1)
}

/// The loss of each latent, and which way it rises.
#[derive(Debug, Clone)]
pub struct Slope {
    /// `[batch]`.
    pub losses: Tensor,
    /// The gradient of each latent's own loss: `[batch, n_latents]`.
    pub gradient: Tensor,
}

impl Objective {
    /// The loss of each latent as [`Objective::loss`], with its gradient:
    ///
    /// ```text
    /// gᵢ = ∂L(zᵢ, xᵢ) / ∂zᵢ
    /// ```
    /// A loss is one image's own, so that a batch falls apart into parts, which go side by side on the CPU, as small steps leave
    /// little to do side by side inside of each layer. How it is cut depends on the batch alone.
    ///
    /// # Shapes
    /// `z` is `[batch, n_latents]` on the constraint, `target_idx` is `[batch]`.
    ///
    /// # Errors
    /// As [`Objective::loss`], of the first part that fails; [`Error::Data`] if the loss does not depend on the latents.
    pub fn slope(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Slope> {
        let n_rows = z.dim(0)?;
        if n_rows != target_idx.len() {
            return Err(Error::shape(
                "targets of the latents",
                n_rows,
                target_idx.len(),
            ));
        }
        let size = if z.device().is_cpu() {
            rows_a_part(n_rows)
        } else {
            n_rows.max(1)
        };
        let part = |start: usize| {
            let n = size.min(n_rows - start);
            let z = z.detach().narrow(0, start, n)?.contiguous()?;
            self.of_part(ctx, &z, &target_idx[start..start + n])
        };
        let starts: Vec<usize> = (0..n_rows).step_by(size).collect();
        let parts: Vec<Result<Slope>> = match starts[..] {
            [] | [_] => starts.into_iter().map(part).collect(),
            _ => starts.into_par_iter().with_max_len(1).map(part).collect(),
        };
        let parts = parts.into_iter().collect::<Result<Vec<Slope>>>()?;
        let losses: Vec<&Tensor> = parts.iter().map(|part| &part.losses).collect();
        let gradients: Vec<&Tensor> = parts.iter().map(|part| &part.gradient).collect();
        Ok(Slope {
            losses: Tensor::cat(&losses, 0)?,
            gradient: Tensor::cat(&gradients, 0)?,
        })
    }

    fn of_part(&self, ctx: &Context, z: &Tensor, target_idx: &[usize]) -> Result<Slope> {
        let z = Var::from_tensor(z)?;
        let losses = self.loss(ctx, z.as_tensor(), target_idx)?;
        let gradients = losses.sum_all()?.backward()?;
        let gradient = gradients.get(z.as_tensor()).ok_or_else(|| Error::Data {
            what: "gradient of the losses".into(),
            expected: "losses that depend on the latents".into(),
            got: "none of them does".into(),
            remedy:
                "check that the generator and a loss term keep their gradients: lab plugins check"
                    .into(),
        })?;
        Ok(Slope {
            losses: losses.detach(),
            gradient: gradient.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor, Var};

    use crate::Result;
    use crate::context::Context;
    use crate::testing::toy_objective;

    /// Losses and gradients of so many rows, whole and in parts.
    fn both(n_rows: usize) -> Result<[Vec<f32>; 4]> {
        let ctx = Context::new(1);
        let objective = toy_objective(&ctx, 3)?;
        let space = objective.latent_space();
        let z = space.sample(&mut ctx.rng("z"), n_rows, &Device::Cpu)?;
        let targets: Vec<usize> = (0..n_rows).map(|row| row % 3).collect();
        let whole = Var::from_tensor(&z)?;
        let losses = objective.loss(&ctx, whole.as_tensor(), &targets)?;
        let gradients = losses.sum_all()?.backward()?;
        let gradient = gradients.get(whole.as_tensor()).unwrap();
        let slope = objective.slope(&ctx, &z, &targets)?;
        assert_eq!(slope.gradient.dims(), z.dims());
        let values = |tensor: &Tensor| tensor.flatten_all()?.to_vec1::<f32>();
        Ok([
            values(&losses)?,
            values(&slope.losses)?,
            values(gradient)?,
            values(&slope.gradient)?,
        ])
    }

    #[test]
    fn parts_have_the_losses_and_gradients_of_the_whole() -> Result<()> {
        for n_rows in [1, 8, 24, 33, 40, 100] {
            let [losses, in_parts, gradient, of_parts] = both(n_rows)?;
            for (whole, parts) in [(losses, in_parts), (gradient, of_parts)] {
                // Sums of numbers of both signs: what is left of them is as sure as the largest.
                let largest = whole.iter().fold(0f32, |largest, x| largest.max(x.abs()));
                assert_eq!(whole.len(), parts.len());
                for (whole, part) in whole.iter().zip(&parts) {
                    assert!(
                        (whole - part).abs() <= 1e-5 * largest,
                        "{n_rows} rows: {part} in place of {whole}, of {largest} at most"
                    );
                }
            }
        }
        Ok(())
    }

    #[test]
    fn rows_without_a_target_are_refused() -> Result<()> {
        let ctx = Context::new(1);
        let objective = toy_objective(&ctx, 3)?;
        let z = objective
            .latent_space()
            .sample(&mut ctx.rng("z"), 4, &Device::Cpu)?;
        let error = objective.slope(&ctx, &z, &[0, 1]).unwrap_err().to_string();
        assert!(error.contains('4') && error.contains('2'), "{error}");
        Ok(())
    }
}
