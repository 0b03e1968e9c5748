//! The discriminator's step, which both games have in common.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::rng::{self, Stream};
use lab_core::training::{Adversaries, History};

use crate::game;
use crate::params::Penalty;

/// One step of the discriminator on pairs of a real and a generated one, by `judge`, its logits as a function of its input; the
/// loss of the pairs, and both penalties, which repeat the latest in a step without.
///
/// Places 2 and 3 among the losses of an update are those of the penalties.
pub(crate) fn of_discriminator(
    players: &mut Adversaries,
    (penalty, done, updates): (&Penalty, &History, usize),
    rng: &mut Stream,
    [real, fake]: [&Tensor; 2],
    judge: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<(f64, [f64; 2])> {
    let weight = penalty.weight_at(done.len(), updates);
    let mut shape = real.dims().to_vec();
    shape[0] *= 2;
    let noise = weight
        .map(|_| rng::normal(rng, penalty.step, &shape, real.device()))
        .transpose()?;
    let noise = noise.as_ref().map(|noise| (penalty, noise));
    let loss = game::discriminator_loss(real, &fake.detach(), noise, judge)?;
    let total = loss.total(weight.unwrap_or(0.0))?;
    players.discriminator.adam.step(&total.backward()?)?;
    let latest = done.last().map_or([0.0; 2], |last| [last[2], last[3]]);
    let penalties = match &loss.penalties {
        None => latest,
        Some([real, fake]) => [number(real)?, number(fake)?],
    };
    Ok((number(&loss.pairing)?, penalties))
}

/// The number of a scalar.
pub(crate) fn number(scalar: &Tensor) -> Result<f64> {
    Ok(f64::from(scalar.to_scalar::<f32>()?))
}
