//! One seeded tree of random streams.
//!
//! ```text
//! stream(seed, path) = ChaCha8(BLAKE3("lab rng v1" ‖ seed ‖ path))
//! ```
//! A stream depends on the seed and on its path alone, so that adding a stage or a member moves no other number.

use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::distr::{Distribution, Uniform};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::Result;

/// The generator behind every random number of the project.
pub type Stream = ChaCha8Rng;

/// The stream at `path` of the tree of `seed`.
pub fn stream(seed: u64, path: &str) -> Stream {
    ChaCha8Rng::from_seed(key(seed, path))
}

/// The key of that stream.
pub fn key(seed: u64, path: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"lab rng v1")
        .update(&seed.to_le_bytes())
        .update(path.as_bytes());
    *hasher.finalize().as_bytes()
}

/// Normal numbers with mean 0 and standard deviation `sd`, drawn in row-major order.
///
/// # Errors
/// Fails if the tensor cannot be made on `device`.
pub fn normal(rng: &mut Stream, sd: f64, shape: &[usize], device: &Device) -> Result<Tensor> {
    let n: usize = shape.iter().product();
    let values: Vec<f32> = (0..n)
        .map(|_| {
            let unit: f64 = StandardNormal.sample(rng);
            (unit * sd) as f32
        })
        .collect();
    Ok(Tensor::from_vec(values, shape, device)?)
}

/// Uniform numbers in `[low, high)`, drawn in row-major order.
///
/// # Errors
/// Fails if `low < high` does not hold or the tensor cannot be made on `device`.
pub fn uniform(
    rng: &mut Stream,
    low: f32,
    high: f32,
    shape: &[usize],
    device: &Device,
) -> Result<Tensor> {
    let n: usize = shape.iter().product();
    let range = Uniform::new(low, high).map_err(|_| crate::Error::Data {
        what: "uniform range".into(),
        expected: "low < high".into(),
        got: format!("{low}..{high}"),
        remedy: "exchange the bounds".into(),
    })?;
    let values: Vec<f32> = (0..n).map(|_| range.sample(rng)).collect();
    Ok(Tensor::from_vec(values, shape, device)?)
}
