//! The losses of both networks.
//!
//! ```text
//! d_i = D(x_i) − D(G(z_i))                                  the i-th real and generated image of a batch
//! discriminator   mean softplus(−d) + γ/2·(R(x) + R(G(z)))
//! generator       mean softplus(d) + weight·mean (μ(φ(G(z))) − μ(φ(x)))²/v(φ(x))      φ what D is linear in; μ, v over a batch
//! R one-sided     mean ((D(x + σε) − D(x))/σ)²              ε standard normal, new for each image
//! R central       mean ((D(x + σε) − D(x − σε))/(2σ))²
//! ```
//! Huang et al. (2024), arXiv:2501.05441, take the exact penalties R₁ and R₂, mean ‖∇D‖², which need the gradient of a
//! gradient. The differences need first-order gradients only. With gradient g and Hessian H of D at x, one side is
//! `(g·ε + σ/2·ε'Hε + O(σ²))²`, and odd moments of ε vanish:
//!
//! ```text
//! E one-sided = ‖g‖² + σ²·g·∇(tr H) + σ²/4·(2‖H‖² + (tr H)²) + O(σ⁴)
//! E central   = ‖g‖² + σ²·g·∇(tr H)                          + O(σ⁴)
//! ```
//! Both expect ‖∇D‖² for small σ, with variance 2‖g‖⁴ an image, which batches average out; a visible σ also punishes what
//! bends D within a distance of `σ·√(n pixels)`, as training on noisy images would. The central form costs one more pass.
//! The step must not be too small: a unit of D that changes sides within σ adds 1/σ to a gradient, which is then rare and
//! large. A gradient of a gradient never sees such units, and the differences do.
//!
//! Matching mean features is Salimans et al. (2016), arXiv:1606.03498; dividing by the variance makes its weight mean the same
//! in every network, as a batch norm in front would. The pairing is that of Jolicoeur-Martineau (2019), arXiv:1807.00734.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::nn;

use crate::params::{Difference, Penalty};

/// What the discriminator's loss is made of, each a scalar.
pub(crate) struct DiscriminatorLoss {
    /// mean softplus(−d)
    pub(crate) pairing: Tensor,
    /// R on real and on generated images.
    pub(crate) penalties: Option<[Tensor; 2]>,
}

/// The generator's loss of the logits `[batch, 1]` of a batch of pairs; the discriminator's is that of the exchanged pair.
pub(crate) fn pairing(of_real: &Tensor, of_fake: &Tensor) -> Result<Tensor> {
    Ok(nn::softplus(&(of_real - of_fake)?)?.mean_all()?)
}

/// How far the mean features `[batch, n_features]` of generated images are from those of real ones, in units of the real
/// images' variance: mean over features of (mean of generated − mean of real)²/variance of real.
pub(crate) fn matching(real: &Tensor, fake: &Tensor) -> Result<Tensor> {
    /// Keeps features that no image moves from dividing by nothing.
    const EPS: f64 = 1e-5;
    let mean = real.mean_keepdim(0)?;
    let variance = real.broadcast_sub(&mean)?.sqr()?.mean(0)?;
    let apart = (fake.mean(0)? - mean.squeeze(0)?)?.sqr()?;
    Ok((apart / (variance + EPS)?)?.mean_all()?)
}

/// The discriminator's loss of real and generated images `[batch, 1, size, size]`, all in one pass of `judge`.
///
/// `noise` holds σε of the real and then of the generated images, `[2·batch, 1, size, size]`; without it there are no
/// penalties.
pub(crate) fn discriminator_loss(
    real: &Tensor,
    fake: &Tensor,
    noise: Option<(&Penalty, &Tensor)>,
    judge: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<DiscriminatorLoss> {
    let batch = real.dim(0)?;
    let images = Tensor::cat(&[real, fake], 0)?;
    let Some((penalty, noise)) = noise else {
        let logits = judge(&images)?;
        let part = |first: usize| logits.narrow(0, first * batch, batch);
        return Ok(DiscriminatorLoss {
            pairing: pairing(&part(1)?, &part(0)?)?,
            penalties: None,
        });
    };
    let moved = (&images + noise)?;
    // Where the starting points and how far from them the ends of the differences stand.
    let (all, behind, width) = match penalty.difference {
        Difference::OneSided => (Tensor::cat(&[&images, &moved], 0)?, 0, penalty.step),
        Difference::Central => {
            let back = (&images - noise)?;
            let all = Tensor::cat(&[&images, &moved, &back], 0)?;
            (all, 4, 2.0 * penalty.step)
        }
    };
    let logits = judge(&all)?;
    let part = |first: usize| logits.narrow(0, first * batch, batch);
    let mean_square_slope = |which: usize| -> Result<Tensor> {
        let slope = (part(2 + which)? - part(behind + which)?)?.affine(1.0 / width, 0.0)?;
        Ok(slope.sqr()?.mean_all()?)
    };
    Ok(DiscriminatorLoss {
        pairing: pairing(&part(1)?, &part(0)?)?,
        penalties: Some([mean_square_slope(0)?, mean_square_slope(1)?]),
    })
}

impl DiscriminatorLoss {
    /// The whole loss for a weight γ.
    pub(crate) fn total(&self, weight: f64) -> Result<Tensor> {
        Ok(match &self.penalties {
            None => self.pairing.clone(),
            Some([real, fake]) => (&self.pairing + (real + fake)?.affine(weight / 2.0, 0.0)?)?,
        })
    }
}
