//! The plugin: what is fitted, and from what.

use candle_core::Tensor;
use lab_core::context::Context;
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::events::Curve;
use lab_core::invert::invert;
use lab_core::objective::Objective;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::Weights;
use lab_core::{Result, rng};

use super::fitted::{FittedPerImage, Known};
use super::params::PerImageParams;
use super::predicted::{PIXELS, Part, layer, pixels};
use crate::error::DecoderError;
use crate::ridge::{Design, LinearMap, Penalty, Solution, curves, matrix, target_rows};

/// Searches for the latents of each response: those whose image looks, to a feature network, as responses say.
///
/// ```text
/// E(z) = (f/L)·Σ_l Σ_u w_lu·(φ_lu(G(z)) − φ̂_lu)² + p·Σ_u w_u·(G(z)_u − x̂_u)² + λ·‖z − ẑ‖² / Σ_j e_j
/// z*   = argmin E(z) on the latent space's constraint, the best of `n_starts` descents by Adam and ẑ itself
/// ```
/// `φ̂`, `x̂` and `ẑ` are ridge regressions from the response to units of `L` layers, to pixels and to the latents that
/// invert the training images; each has its own penalty, chosen as that of `ridge_to_pixels`: by leaving out all rows of an image,
/// or of a picture where images were cut from pictures.
/// `w_u = ρ_u / Σ ρ·e` with `e_u` the error of a unit over images left out and `ρ_u` the share of that of the mean which
/// responses take away; so each of the parts is 1 where an image is as far from its prediction as predictions are from the
/// truth, and the weights `f`, `p` and `λ` have no unit.
///
/// # Source
/// Shen, Horikawa, Majima & Kamitani (2019), doi:10.1371/journal.pcbi.1006633, for the search through a generator for
/// decoded features. Ours, not theirs: ridge regression in place of sparse regression, weights by errors on images
/// left out, the prior around `ẑ`, and several starts.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | responses | `[n_samples, n_features]` | f32 | as the alignment gives them |
/// | `φ̂`, `x̂` | `[n_samples, units]` | f32 | of the layer; pixels in `[−1, 1]` |
/// | `z` | `[n_samples, n_latents]` | f32 | on the latent space's constraint |
///
/// # Errors
/// - [`DecoderError::Parameter`] for one outside its range.
/// - [`DecoderError::Rows`] for fewer than 3 training rows, [`DecoderError::Features`] for ones that are constant or not
///   finite.
/// - [`lab_core::Error::Data`] for a layer that the feature network does not have.
///
/// # Determinism
/// Member m draws under `member-{m}`: starts of the inversion from `inversion/starts`, its subset of units from
/// `units/{layer}`, and starts of the search from `starts`; these are the same for every row, and part of its weights.
#[derive(Debug)]
pub struct PerImage {
    params: PerImageParams,
}

impl PerImage {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`DecoderError::Parameter`] for one outside its range.
    pub fn build(params: PerImageParams, _ctx: &Context) -> Result<Self, DecoderError> {
        params.check()?;
        Ok(Self { params })
    }

    /// One member of the ensemble, fitted.
    pub(super) fn member(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        design: &Design,
        member: usize,
    ) -> Result<FittedPerImage> {
        let ctx = ctx.child(&format!("member-{member}"));
        let objective = train.objective;
        let rows = target_rows(&ctx, train, objective.n_targets())?;
        let found = invert(&ctx.child("inversion"), objective, &self.params.inversion)?;
        let latents = found.latents.index_select(&rows, 0)?;
        let solution = design.fit(matrix(&latents)?.as_ref(), Penalty::Shared)?;
        let mut all_curves = curves(&solution, ", latents");
        let latent_error = positive(solution.left_out.iter().sum());
        let starts = self.starts(&ctx, objective, &solution)?;
        let (parts, of_parts) = self.parts(&ctx, objective, design, &rows)?;
        all_curves.extend(of_parts);
        let known = Known {
            latents: LinearMap::of(solution, ctx.device())?,
            latent_error,
            parts,
            starts,
        };
        FittedPerImage::new(&ctx, objective, &self.params, known, all_curves)
    }

    /// Row 0 is ẑ itself, odd rows move it by its own error on images left out, the other rows are draws from the prior.
    fn starts(&self, ctx: &Context, objective: &Objective, latents: &Solution) -> Result<Tensor> {
        let space = objective.latent_space();
        let mut stream = ctx.rng("starts");
        let error = latents.left_out.iter().sum::<f64>() / space.n_latents as f64;
        let mut rows = vec![Tensor::zeros(
            (1, space.n_latents),
            candle_core::DType::F32,
            ctx.device(),
        )?];
        for start in 1..self.params.n_starts {
            rows.push(if start % 2 == 0 {
                let generator = objective.generator();
                generator.sample(&mut stream, 1, ctx.device())?
            } else {
                rng::normal(
                    &mut stream,
                    error.max(0.0).sqrt(),
                    &[1, space.n_latents],
                    ctx.device(),
                )?
            });
        }
        Ok(Tensor::cat(&rows, 0)?)
    }

    /// The layers and the pixels of which responses tell anything.
    fn parts(
        &self,
        ctx: &Context,
        objective: &Objective,
        design: &Design,
        rows: &Tensor,
    ) -> Result<(Vec<Part>, Vec<Curve>)> {
        let layers = match self.params.layers.as_slice() {
            [] => objective.layers(),
            named => named,
        };
        let mut parts = Vec::new();
        let mut all_curves = Vec::new();
        let mut add = |name: &str, (units, values): (Tensor, Tensor)| -> Result<()> {
            let values = values.index_select(rows, 0)?;
            let (part, curves) = Part::fit(design, name, units, &values)?;
            all_curves.extend(curves);
            if part.is_told()? {
                parts.push(part);
            } else {
                ctx.warn(&format!("responses tell nothing of {name}: it is left out"));
            }
            Ok(())
        };
        if self.params.features > 0.0 {
            for name in layers {
                add(name, layer(ctx, objective, name, self.params.units)?)?;
            }
        }
        if self.params.pixels > 0.0 {
            add(PIXELS, pixels(ctx, objective, self.params.units)?)?;
        }
        Ok((parts, all_curves))
    }
}

/// An error of exactly 0 comes from latents that are all the same; then any distance is far.
fn positive(error: f64) -> f64 {
    error.max(f64::from(f32::EPSILON))
}

impl Decoder for PerImage {
    fn demand(&self, n_latents: usize, _n_members: usize) -> Demand {
        let search = Demand {
            bytes: bytes_of(self.params.n_starts as f64 * n_latents as f64, 0.0),
            steps: self.params.n_steps as f64,
            lower: "n_starts, n_steps, inversion.n_starts or inversion.n_steps",
        };
        search.and(self.params.inversion.demand(n_latents))
    }

    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        ctx.check_cancelled()?;
        let design = Design::of(train)?;
        let fit = |member: &usize| -> Result<Box<dyn FittedDecoder>> {
            Ok(Box::new(self.member(ctx, train, &design, *member)?))
        };
        members.iter().map(fit).collect()
    }

    fn restore(
        &self,
        ctx: &Context,
        objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        Ok(Box::new(FittedPerImage::restore(
            ctx,
            objective,
            &self.params,
            weights,
        )?))
    }
}

lab_core::register! {
    Decoder "per_image" => PerImage, PerImageParams;
    summary: "Searches for the latents of each response: their image must look, to a network, as the response says",
    equation: "z = argmin f/L·Σ_l Σ_u w_lu·(φ_lu(G(z)) − φ̂_lu)² + p·Σ_u w_u·(G(z)_u − x̂_u)² + λ·‖z − ẑ‖²/Σe",
    source: "Shen et al. (2019), doi:10.1371/journal.pcbi.1006633",
    parity: "scikit-learn (RidgeCV; Ridge under LeaveOneGroupOut)",
}
