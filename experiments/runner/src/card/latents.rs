//! What an error in z costs, and how large the decoder's error is.
//!
//! ```text
//! z′ = ‖z‖·(cos θ·ẑ + sin θ·u),     u: a random direction at right angles to z,     ẑ = z/‖z‖
//! ```
//! On the unit sphere z′ lies on it too. Without a constraint it keeps the norm, and may leave the prior's cube.

use candle_core::{D, Tensor};
use lab_core::context::Context;
use lab_core::traits::FittedGenerator;
use lab_core::{Result, rng};
use lab_score::Rows;
use lab_score::bootstrap::Bootstrap;
use lab_score::intervals::of_mean;
use lab_score::quality::{Sensitivity, angles, row_correlations};
use serde::Serialize;

use super::super::scoring::rows;
use super::Settings;
use super::judge::Judge;
use crate::stages::decode::generate;

/// Angles between z and z′, in degrees.
const ANGLES: [f64; 9] = [5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0];
/// Pairs at each angle.
const N_PAIRS: usize = 200;

/// A mean over images.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Mean {
    /// Mean of the values.
    pub value: f64,
    /// Number of values of the mean.
    pub n: usize,
    /// Bootstrap over images, or Student's where these are few; `None` where they all agree.
    pub interval: Option<(f64, f64)>,
}

impl Mean {
    pub(super) fn of(values: &[f64], settings: &Settings, seed: u64) -> Self {
        let bootstrap = Bootstrap::draw(values.len(), settings.n_bootstrap, seed);
        Self {
            value: values.iter().sum::<f64>() / values.len() as f64,
            n: values.len(),
            interval: of_mean(values, Some(&bootstrap), None, settings.confidence)
                .map(|(bounds, _)| bounds),
        }
    }
}

/// Similarity of `G(z)` and `G(z′)` by angle.
#[derive(Debug, Clone, Serialize)]
pub struct SensitivityFacts {
    /// Pairs at each angle.
    pub n_pairs: usize,
    /// Correlation of the pixels of the two images of a pair.
    pub pixels: Sensitivity,
    /// Correlation of the judge's layer, whole.
    pub features: Sensitivity,
    /// Share of pairs for which the judge names the same class.
    pub same_class: Option<Sensitivity>,
    /// The same three for two latents drawn apart.
    pub unrelated: [Option<f64>; 3],
}

/// Measures the curves on latents `z` `[n, n_latents]`; directions come from the stream `directions` of the context.
pub(super) fn sensitivity(
    ctx: &Context,
    judge: &Judge,
    generator: &dyn FittedGenerator,
    z: &Tensor,
    settings: &Settings,
) -> Result<SensitivityFacts> {
    let z = z.narrow(0, 0, N_PAIRS.min(z.dim(0)?))?.contiguous()?;
    let n_pairs = z.dim(0)?;
    let own = Seen::of(judge, &generate(generator, &z)?)?;
    let direction = right_angled(ctx, &z)?;
    let mut alike: [Vec<(f64, Vec<f64>)>; 3] = Default::default();
    let mut add = |angle: f64, other: &Seen| -> Result<()> {
        for (curve, values) in alike.iter_mut().zip(own.alike(other)?) {
            curve.extend(values.map(|values| (angle, values)));
        }
        Ok(())
    };
    add(0.0, &own)?;
    for angle in ANGLES {
        let images = generate(generator, &turned(&z, &direction, angle)?)?;
        add(angle, &Seen::of(judge, &images)?)?;
    }
    let others = Seen::of(judge, &generate(generator, &next(&z)?)?)?;
    let unrelated = own
        .alike(&others)?
        .map(|values| values.map(|values| values.iter().sum::<f64>() / values.len() as f64));
    let curve = |points: &[(f64, Vec<f64>)], range: (f64, f64)| {
        Sensitivity::of(
            points,
            range,
            settings.n_bootstrap,
            settings.confidence,
            ctx.seed(),
        )
    };
    let [pixels, features, classes] = &alike;
    Ok(SensitivityFacts {
        n_pairs,
        pixels: curve(pixels, (-1.0, 1.0)),
        features: curve(features, (-1.0, 1.0)),
        same_class: (!classes.is_empty()).then(|| curve(classes, (0.0, 1.0))),
        unrelated,
    })
}

/// Images as pixels and as the judge sees them.
pub(super) struct Seen {
    pixels: Rows,
    features: Rows,
    classes: Option<Vec<usize>>,
}

impl Seen {
    pub(super) fn of(judge: &Judge, images: &Tensor) -> Result<Self> {
        Ok(Self {
            pixels: rows(images)?,
            features: judge.activations(images)?,
            classes: judge.named(images)?,
        })
    }

    /// By pixels, features and classes: how alike each image and the one in its place are.
    pub(super) fn alike(&self, other: &Self) -> Result<[Option<Vec<f64>>; 3]> {
        let correlate = |a: &Rows, b: &Rows| {
            row_correlations(a, b).map_err(|source| lab_core::Error::plugin("lab-score", source))
        };
        let classes = self.classes.as_ref().zip(other.classes.as_ref());
        let classes = classes.map(|(a, b)| {
            let same = a.iter().zip(b).map(|(a, b)| if a == b { 1.0 } else { 0.0 });
            same.collect()
        });
        Ok([
            Some(correlate(&self.pixels, &other.pixels)?),
            Some(correlate(&self.features, &other.features)?),
            classes,
        ])
    }
}

/// z′ at an angle from z, in degrees; `direction` is of norm 1 and at right angles to z.
fn turned(z: &Tensor, direction: &Tensor, angle: f64) -> Result<Tensor> {
    let norm = z.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
    let (sin, cos) = angle.to_radians().sin_cos();
    let across = direction.broadcast_mul(&norm)?.affine(sin, 0.0)?;
    Ok((z.affine(cos, 0.0)? + across)?.contiguous()?)
}

/// Each row in the place of the one before it, the first one last.
pub(super) fn next(rows: &Tensor) -> Result<Tensor> {
    let n = rows.dim(0)?;
    Ok(Tensor::cat(&[rows.narrow(0, 1, n - 1)?, rows.narrow(0, 0, 1)?], 0)?.contiguous()?)
}

/// A unit vector at right angles to each row of `z`.
fn right_angled(ctx: &Context, z: &Tensor) -> Result<Tensor> {
    let drawn = rng::normal(&mut ctx.rng("directions"), 1.0, z.dims(), ctx.device())?;
    let along = (&drawn * z)?.sum_keepdim(D::Minus1)?;
    let square = z.sqr()?.sum_keepdim(D::Minus1)?;
    let across = (&drawn - z.broadcast_mul(&along.broadcast_div(&square)?)?)?;
    let norm = across.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
    Ok(across.broadcast_div(&norm)?)
}

/// The angle between each row of `a` and the row of `b` in its place, in degrees.
pub(super) fn angles_between(a: &Tensor, b: &Tensor) -> crate::Result<Vec<f64>> {
    Ok(angles(&rows(a)?, &rows(b)?)?)
}
