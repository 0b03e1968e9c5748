//! What ridge regression predicts of an image, and how far each number can be trusted.
//!
//! ```text
//! φ̂ = (r − r̄)·W + φ̄,     e_u: error of unit u over training images that were left out,    ē_u: that of the mean
//! ρ_u = max(0, 1 − e_u/ē_u)                                       the share of unit u that responses tell
//! w_u = ρ_u / Σ_v ρ_v·e_v                                         so that Σ_u w_u·e_u = 1
//! ```
//! A unit that responses tell nothing about is left out, as its prediction is the mean image's.
//! No unit is trusted to better than a hundredth of its standard deviation: `e_u ≥ 10⁻⁴·ē_u`.

use candle_core::{Device, Tensor};
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::objective::{Objective, activations};
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};
use rand::seq::index::sample;

use crate::ridge::{Design, LinearMap, Penalty, Solution, curves, matrix};

/// Name of the part that is no layer.
pub(super) const PIXELS: &str = "pixels";
/// Images whose activations are computed at a time.
const CHUNK: usize = 64;
/// Smallest error of a unit, as a share of the error of the mean.
const LEAST_ERROR: f64 = 1e-4;

/// Pixels or a layer: some of its units as ridge regression predicts them.
pub(super) struct Part {
    /// The layer, or [`PIXELS`].
    pub(super) name: String,
    /// Which units take part: `[n_units]`.
    units: Tensor,
    map: LinearMap,
    /// w: `[1, n_units]`.
    weight: Tensor,
}

impl Part {
    /// Fits units of a part on training rows; `values` is `[n_samples, n_units]`. Returns curves of the penalty beside it.
    pub(super) fn fit(
        design: &Design,
        name: &str,
        units: Tensor,
        values: &Tensor,
    ) -> Result<(Self, Vec<Curve>)> {
        let solution = design.fit(matrix(values)?.as_ref(), Penalty::Shared)?;
        let weight: Vec<f32> = trust(&solution).iter().map(|&w| w as f32).collect();
        let curves = curves(&solution, &format!(", {name}"));
        let part = Self {
            name: name.into(),
            weight: Tensor::from_vec(weight, (1, units.elem_count()), values.device())?,
            map: LinearMap::of(solution, values.device())?,
            units,
        };
        Ok((part, curves))
    }

    /// Whether responses tell anything about it.
    pub(super) fn is_told(&self) -> Result<bool> {
        Ok(self.weight.sum_all()?.to_scalar::<f32>()? > 0.0)
    }

    /// φ̂ of each row of `features` `[n_samples, n_features]`: `[n_samples, n_units]`.
    pub(super) fn predict(&self, features: &Tensor) -> Result<Tensor> {
        self.map.predict(features)
    }

    /// `Σ_u w_u·(φ_u − φ̂_u)²` for each image: `values` is the whole part, `[batch, …]`, `wanted` is `[batch, n_units]`.
    pub(super) fn distance(&self, values: &Tensor, wanted: &Tensor) -> Result<Tensor> {
        let own = values.flatten_from(1)?.index_select(&self.units, 1)?;
        Ok((own - wanted)?.sqr()?.broadcast_mul(&self.weight)?.sum(1)?)
    }

    /// What [`Part::restore`] reads.
    pub(super) fn save(&self) -> Weights {
        let mut saved = self.map.save();
        saved.insert("units".into(), self.units.clone());
        saved.insert("trust".into(), self.weight.clone());
        saved
    }

    /// Rebuilds a part from what [`Part::save`] gave.
    pub(super) fn restore(name: &str, saved: &Weights, device: &Device) -> Result<Self> {
        let get =
            |name: &str| -> Result<Tensor> { Ok(weights::get(saved, name)?.to_device(device)?) };
        Ok(Self {
            name: name.into(),
            units: get("units")?,
            map: LinearMap::restore(saved, device)?,
            weight: get("trust")?,
        })
    }
}

/// w of each target of a regression; all 0 if responses tell nothing.
fn trust(solution: &Solution) -> Vec<f64> {
    let told = |(&error, &of_mean): (&f64, &f64)| {
        if of_mean > 0.0 {
            let error = error.max(LEAST_ERROR * of_mean);
            ((1.0 - error / of_mean).max(0.0), error)
        } else {
            (0.0, 0.0)
        }
    };
    let told: Vec<(f64, f64)> = solution
        .left_out
        .iter()
        .zip(&solution.left_out_of_mean)
        .map(told)
        .collect();
    let total: f64 = told.iter().map(|(share, error)| share * error).sum();
    told.iter()
        .map(|(share, _)| if total > 0.0 { share / total } else { 0.0 })
        .collect()
}

/// At most `most` of `n_units`, ascending, from the stream `units/{name}` of the context.
fn subset(ctx: &Context, name: &str, n_units: usize, most: usize) -> Result<Tensor> {
    let mut chosen: Vec<u32> = if n_units <= most {
        (0..n_units as u32).collect()
    } else {
        let mut stream = ctx.rng(&format!("units/{name}"));
        let drawn = sample(&mut stream, n_units, most);
        drawn.into_iter().map(|unit| unit as u32).collect()
    };
    chosen.sort_unstable();
    Ok(Tensor::new(chosen, ctx.device())?)
}

/// Some units of the pixels of the targets: the units, and `[n_targets, n_units]`.
pub(super) fn pixels(
    ctx: &Context,
    objective: &Objective,
    most: usize,
) -> Result<(Tensor, Tensor)> {
    let flat = objective.targets().flatten_from(1)?;
    let units = subset(ctx, PIXELS, flat.dim(1)?, most)?;
    let values = flat.index_select(&units, 1)?;
    Ok((units, values))
}

/// Some units of a layer of the targets: the units, and `[n_targets, n_units]`. No more than a chunk is ever held whole.
pub(super) fn layer(
    ctx: &Context,
    objective: &Objective,
    layer: &str,
    most: usize,
) -> Result<(Tensor, Tensor)> {
    let net = objective.features().ok_or_else(|| unknown(layer, &[]))?;
    let known = net.layers();
    if !known.iter().any(|known| known == layer) {
        return Err(unknown(layer, &known));
    }
    let wanted = [layer.to_owned()];
    let mut units = None;
    let mut chunks = Vec::new();
    for start in (0..objective.n_targets()).step_by(CHUNK) {
        ctx.check_cancelled()?;
        let n = CHUNK.min(objective.n_targets() - start);
        let images = objective.targets().narrow(0, start, n)?.detach();
        let found = activations(net, &images, &wanted)?;
        let values = found.get(layer).ok_or_else(|| unknown(layer, &known))?;
        let flat = values.detach().flatten_from(1)?;
        let units = match &units {
            Some(units) => units,
            None => units.insert(subset(ctx, layer, flat.dim(1)?, most)?),
        };
        chunks.push(flat.index_select(units, 1)?);
    }
    let units = units.ok_or_else(|| Error::shape("targets of the objective", "at least 1", 0))?;
    Ok((units, Tensor::cat(&chunks, 0)?))
}

fn unknown(layer: &str, known: &[String]) -> Error {
    Error::Data {
        what: "per_image(layers: …)".into(),
        expected: if known.is_empty() {
            "a feature network (features: …)".into()
        } else {
            format!("one of {}", known.join(", "))
        },
        got: format!("'{layer}'"),
        remedy: "name other layers, or none to take those of the losses".into(),
    }
}
