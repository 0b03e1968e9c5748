//! Gradients against central differences.
//!
//! ```text
//! g·d ≈ (f(x + h·d) − f(x − h·d)) / 2h,     |d| = 1
//! ```
//! Directions are the gradient itself under random masks, which shows wrong parts of it, and single coordinates, which
//! show missing ones. The step is chosen so that f changes by about one per cent: rounding stays below and curvature
//! cancels. Smaller steps cross fewer kinks: a direction that disagrees is tried again with them, and a wrong gradient stays
//! wrong.

use candle_core::{DType, Tensor, Var};
use rand::Rng;

use super::{broken, numbers};
use crate::rng::{self, Stream, stream};
use crate::{Error, Result};

/// Directions along the masked gradient.
const N_MASKS: usize = 4;
/// Coordinates that are moved alone.
const N_COORDINATES: usize = 8;
/// Largest step of a single number, against kinks.
const MAX_STEP: f64 = 0.02;
/// Shares of the step that are tried in turn.
const SHARES: [f64; 3] = [1.0, 0.25, 0.0625];

/// What loses a gradient without a word.
const CUTS: &str = "an operation without a backward, which cuts off whatever comes before it and says nothing: candle's \
                    softmax_last_dim, layer_norm, rms_norm and rope are such, apply_op1_no_bwd and its like, and detach(); \
                    compose it of operations that have one (softmax, layer_norm_slow, rms_norm_slow, rope_slow)";

/// How well a gradient agreed with central differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Directions that were compared.
    pub n_directions: usize,
    /// The largest difference beyond rounding, relative to the derivative plus the typical one.
    pub worst: f64,
}

/// Compares the gradient of `f`, a scalar made of tensors, at `x` with central differences.
///
/// `tolerance` is relative; 0.02 suits smooth functions in f32, 0.05 deep networks with kinks.
///
/// # Errors
/// [`crate::Error::Data`] with both values if they differ, or whatever `f` fails with.
///
/// # Determinism
/// Directions come from a fixed stream.
pub fn check_gradient(
    what: &str,
    x: &Tensor,
    tolerance: f64,
    f: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<()> {
    gradient_agreement(what, x, tolerance, f).map(drop)
}

/// [`check_gradient`] of a tensor `y(x)`, by the scalar `Σᵢ wᵢ·yᵢ(x)` with `w` normal: a gradient that is wrong for some numbers
/// of `y` is not made up for by others.
///
/// # Errors
/// As [`check_gradient`].
///
/// # Determinism
/// `w` comes from the stream `draws` of seed 0.
pub(super) fn check_weighed_gradient(
    what: &str,
    draws: &str,
    x: &Tensor,
    tolerance: f64,
    y: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<()> {
    check_gradient(what, x, tolerance, &|x| {
        let y = y(x)?;
        let w = rng::normal(&mut stream(0, draws), 1.0, y.dims(), y.device())?;
        Ok(y.mul(&w)?.to_dtype(DType::F32)?.sum_all()?)
    })
}

/// As [`check_gradient`], and how well they agreed.
///
/// # Errors
/// As [`check_gradient`].
///
/// # Determinism
/// As [`check_gradient`].
pub fn gradient_agreement(
    what: &str,
    x: &Tensor,
    tolerance: f64,
    f: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<Agreement> {
    let var = Var::from_tensor(x)?;
    let y = f(var.as_tensor())?;
    let value = scalar(&y)?;
    let gradient = y.backward()?.get(&var).cloned();
    let gradient = gradient.filter(|gradient| !is_zero(gradient));
    let Some(gradient) = gradient else {
        return Err(missing(what, x, value, f)?);
    };
    if gradient.dims() != x.dims() {
        return Err(Error::shape(
            format!("gradient of {what}"),
            x.dims(),
            gradient.dims(),
        ));
    }
    let gradient = numbers(&gradient)?;
    let probe = Probe {
        what,
        x: &numbers(x)?,
        like: x,
        gradient: &gradient,
        value,
        tolerance,
        f,
    };
    let (directions, mut worst) = (directions(&gradient), 0.0_f64);
    for direction in &directions {
        worst = worst.max(probe.along(direction)?);
    }
    Ok(Agreement {
        n_directions: directions.len(),
        worst,
    })
}

/// Whether no number differs from 0.
fn is_zero(gradient: &Tensor) -> bool {
    numbers(gradient).is_ok_and(|values| values.iter().all(|value| *value == 0.0))
}

/// Why there is no gradient: the value changes with the input all the same, or it does not.
fn missing(
    what: &str,
    x: &Tensor,
    value: f64,
    f: &dyn Fn(&Tensor) -> Result<Tensor>,
) -> Result<Error> {
    let values = numbers(x)?;
    let mut draws = stream(0, "testing/gradient/missing");
    let mut push = || if draws.random::<bool>() { 1.0 } else { -1.0 };
    let moved = values.iter().map(|value| value + MAX_STEP * push());
    let moved = Tensor::from_vec(moved.collect::<Vec<f64>>(), x.shape(), x.device())?;
    let change = (scalar(&f(&moved.to_dtype(x.dtype())?)?)? - value).abs();
    let what = format!("gradient of {what}");
    if change <= 16.0 * f64::from(f32::EPSILON) * value.abs() {
        let got = "none, and the value does not depend on the input";
        return Ok(broken(what, "a gradient", got));
    }
    Ok(Error::Data {
        what,
        expected: "a gradient that is not 0 everywhere, as the value changes with the input".into(),
        got: "none: it is cut off on the way".into(),
        remedy: format!("look for {CUTS}"),
    })
}

/// The gradient under masks, then single coordinates.
fn directions(gradient: &[f64]) -> Vec<Vec<f64>> {
    let mut draws = stream(0, "testing/gradient");
    let mut all: Vec<Vec<f64>> = (0..N_MASKS).map(|_| masked(gradient, &mut draws)).collect();
    all.extend((0..N_COORDINATES.min(gradient.len())).map(|_| {
        let mut direction = vec![0.0; gradient.len()];
        direction[draws.random_range(0..gradient.len())] = 1.0;
        direction
    }));
    all
}

struct Probe<'a> {
    what: &'a str,
    x: &'a [f64],
    like: &'a Tensor,
    gradient: &'a [f64],
    value: f64,
    tolerance: f64,
    f: &'a dyn Fn(&Tensor) -> Result<Tensor>,
}

impl Probe<'_> {
    /// The difference in one direction, relative; an error if it is too large.
    fn along(&self, direction: &[f64]) -> Result<f64> {
        let length = norm(direction);
        if length == 0.0 || !length.is_finite() {
            return Err(broken(
                self.what,
                "a finite gradient that is not 0 everywhere",
                format!("norm {length}"),
            ));
        }
        let direction: Vec<f64> = direction.iter().map(|value| value / length).collect();
        let analytic = dot(self.gradient, &direction);
        let typical = norm(self.gradient) / (self.gradient.len() as f64).sqrt();
        let scale = analytic.abs() + typical;
        let mut closest = (f64::INFINITY, f64::NAN, 0.0);
        for share in SHARES {
            let step = share * self.step(&direction, analytic);
            let numeric =
                (self.moved(&direction, step)? - self.moved(&direction, -step)?) / (2.0 * step);
            // Rounding of a sum in f32 is the floor of what a difference can show.
            let floor = 4.0 * f64::from(f32::EPSILON) * self.value.abs() / step;
            let allowed = self.tolerance * scale + floor;
            let difference = (numeric - analytic).abs();
            if difference <= allowed {
                return Ok((difference - floor).max(0.0) / scale);
            }
            if difference < closest.0 {
                closest = (difference, numeric, allowed);
            }
        }
        let (_, numeric, allowed) = closest;
        Err(Error::Data {
            what: format!("gradient of {}", self.what),
            expected: format!("{numeric:.6e} ± {allowed:.1e} (central difference)"),
            got: format!("{analytic:.6e}: wrong, or a part of it is missing"),
            remedy: format!("look for a backward that is wrong, and for {CUTS}"),
        })
    }

    /// The step along a direction of length 1 that changes the value by about one per cent.
    fn step(&self, direction: &[f64], slope: f64) -> f64 {
        let largest = direction
            .iter()
            .fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let wanted = 0.01 * self.value.abs() / slope.abs().max(1e-12);
        wanted.clamp(0.1 * MAX_STEP / largest, MAX_STEP / largest)
    }

    fn moved(&self, direction: &[f64], step: f64) -> Result<f64> {
        let values: Vec<f64> = self
            .x
            .iter()
            .zip(direction)
            .map(|(x, d)| x + step * d)
            .collect();
        let moved = Tensor::from_vec(values, self.like.shape(), self.like.device())?
            .to_dtype(self.like.dtype())?;
        scalar(&(self.f)(&moved)?)
    }
}

fn masked(gradient: &[f64], draws: &mut Stream) -> Vec<f64> {
    gradient
        .iter()
        .map(|&g| if draws.random::<bool>() { g } else { 0.0 })
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

fn scalar(y: &Tensor) -> Result<f64> {
    match numbers(y)?[..] {
        [value] => Ok(value),
        ref values => Err(Error::shape(
            "function whose gradient is checked",
            [1],
            [values.len()],
        )),
    }
}
