//! What an image goes through before the convnet learns from it.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::rng::{self, Stream};
use rand::Rng;

use super::params::TrainParams;

/// Shifts, blurs and disturbs a batch `[batch, 1, height, width]`, each image by amounts of its own.
///
/// Half of the batches are blurred: a 3×3 mean, mixed in by a uniform share. What a shift leaves empty is filled with
/// the image's edge.
pub(crate) fn augment(rng: &mut Stream, params: &TrainParams, images: &Tensor) -> Result<Tensor> {
    let (n_images, _, height, width) = images.dims4()?;
    let blurs = rng.random_bool(0.5);
    let pixels = images.flatten_all()?.to_vec1::<f32>()?;
    let mut seen = Vec::with_capacity(pixels.len());
    let mut noise_sd = Vec::with_capacity(n_images);
    for image in pixels.chunks(height * width) {
        let reach = params.shift as i64;
        let (down, right) = (
            rng.random_range(-reach..=reach),
            rng.random_range(-reach..=reach),
        );
        let share = if blurs { rng.random::<f32>() } else { 0.0 };
        noise_sd.push(rng.random::<f32>() * params.noise as f32);
        let at = |y: i64, x: i64| {
            let clamp = |value: i64, side: usize| value.clamp(0, side as i64 - 1) as usize;
            image[clamp(y, height) * width + clamp(x, width)]
        };
        for y in 0..height as i64 {
            for x in 0..width as i64 {
                let (y, x) = (y - down, x - right);
                let sharp = at(y, x);
                let value = if share == 0.0 {
                    sharp
                } else {
                    let around: f32 = (-1..=1)
                        .flat_map(|dy| (-1..=1).map(move |dx| (dy, dx)))
                        .map(|(dy, dx)| at(y + dy, x + dx))
                        .sum();
                    sharp + share * (around / 9.0 - sharp)
                };
                seen.push(value);
            }
        }
    }
    let seen = Tensor::from_vec(seen, images.dims(), images.device())?;
    let sd = Tensor::from_vec(noise_sd, (n_images, 1, 1, 1), images.device())?;
    let noise = rng::normal(rng, 1.0, images.dims(), images.device())?.broadcast_mul(&sd)?;
    Ok((seen + noise)?)
}
