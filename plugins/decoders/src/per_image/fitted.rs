//! `per_image`, fitted or restored.

use candle_core::{Device, Tensor};
use lab_core::Result;
use lab_core::context::Context;
use lab_core::events::Curve;
use lab_core::objective::Objective;
use lab_core::traits::FittedDecoder;
use lab_core::weights::{self, Weights};

use super::params::PerImageParams;
use super::predicted::Part;
use super::search::{Search, Wanted, best, with_own};
use crate::ridge::LinearMap;

/// Responses whose latents are searched for together.
const CHUNK: usize = 64;

/// What predicts the parts of an image, and where searches start.
pub(super) struct Known {
    /// From responses to latents, before the constraint.
    pub(super) latents: LinearMap,
    /// Σ of the latents' errors on images left out.
    pub(super) latent_error: f64,
    /// What responses say of the pixels and of each layer.
    pub(super) parts: Vec<Part>,
    /// `[n_starts, n_latents]`: what is added to ẑ (rows 0, 1, 3, 5 …), or taken in its place (rows 2, 4 …).
    pub(super) starts: Tensor,
}

impl Known {
    fn save(&self) -> Result<Weights> {
        let names: Vec<String> = self.parts.iter().map(|part| part.name.clone()).collect();
        let device = self.latents.device();
        let mut saved = Weights::from([
            ("starts".to_owned(), self.starts.clone()),
            (
                "latent_error".to_owned(),
                Tensor::new(&[self.latent_error], device)?,
            ),
        ]);
        if !names.is_empty() {
            saved.insert("parts".into(), weights::from_names(&names, device)?);
        }
        saved.extend(weights::prefixed("latents", self.latents.save()));
        for part in &self.parts {
            saved.extend(weights::prefixed(&part.name, part.save()));
        }
        Ok(saved)
    }

    fn restore(saved: &Weights, device: &Device) -> Result<Self> {
        let names = if saved.contains_key("parts") {
            weights::to_names(saved, "parts")?
        } else {
            Vec::new()
        };
        Ok(Self {
            latents: LinearMap::restore(&weights::under("latents", saved), device)?,
            latent_error: weights::get(saved, "latent_error")?.to_vec1::<f64>()?[0],
            parts: names
                .iter()
                .map(|name| Part::restore(name, &weights::under(name, saved), device))
                .collect::<Result<_>>()?,
            starts: weights::get(saved, "starts")?.to_device(device)?,
        })
    }
}

/// The decoder of one member.
pub(super) struct FittedPerImage {
    ctx: Context,
    objective: Objective,
    params: PerImageParams,
    known: Known,
    saved: Weights,
    curves: Vec<Curve>,
}

impl FittedPerImage {
    /// A decoder that searches through the generator and network of `objective`.
    pub(super) fn new(
        ctx: &Context,
        objective: &Objective,
        params: &PerImageParams,
        known: Known,
        curves: Vec<Curve>,
    ) -> Result<Self> {
        Ok(Self {
            ctx: ctx.clone(),
            objective: objective.clone(),
            params: params.clone(),
            saved: known.save()?,
            known,
            curves,
        })
    }

    /// Rebuilds one from its weights.
    pub(super) fn restore(
        ctx: &Context,
        objective: &Objective,
        params: &PerImageParams,
        saved: &Weights,
    ) -> Result<Self> {
        let known = Known::restore(saved, ctx.device())?;
        Self::new(ctx, objective, params, known, Vec::new())
    }

    fn search(&self) -> Search<'_> {
        Search {
            objective: &self.objective,
            params: &self.params,
            parts: &self.known.parts,
            latent_error: self.known.latent_error,
        }
    }

    /// What ridge regression predicts of rows of responses.
    fn wanted(&self, features: &Tensor) -> Result<Wanted> {
        let latents = self.known.latents.predict(features)?;
        Ok(Wanted {
            latents: self.objective.latent_space().constrain(&latents)?,
            parts: self
                .known
                .parts
                .iter()
                .map(|part| part.predict(features))
                .collect::<Result<_>>()?,
        })
    }

    /// Starting points of every row, `[rows·n_starts, n_latents]`.
    fn starts(&self, own: &Tensor) -> Result<Tensor> {
        let space = self.objective.latent_space();
        let mut starts = Vec::new();
        for start in 0..self.known.starts.dim(0)? {
            let given = self.known.starts.narrow(0, start, 1)?;
            let drawn = start > 0 && start % 2 == 0;
            let point = if drawn {
                given.broadcast_as(own.dims())?.contiguous()?
            } else {
                space.constrain(&own.broadcast_add(&given)?)?
            };
            starts.push(point);
        }
        Ok(Tensor::stack(&starts, 1)?.flatten(0, 1)?)
    }

    fn decode_chunk(&self, features: &Tensor) -> Result<Tensor> {
        let n_starts = self.known.starts.dim(0)?;
        let search = self.search();
        let wanted = self.wanted(features)?;
        let found = search.descend(
            &self.ctx,
            &self.starts(&wanted.latents)?,
            &wanted.repeated(n_starts)?,
        )?;
        // ẑ itself stands beside what was found, so that a search never ends above where it started.
        let candidates = with_own(&wanted.latents, &found, n_starts + 1)?;
        let energy = search.energy(&candidates, &wanted.repeated(n_starts + 1)?)?;
        best(&candidates, &energy, n_starts + 1)
    }
}

impl FittedDecoder for FittedPerImage {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        let n_rows = features.dims().first().copied().unwrap_or_default();
        let n_chunks = n_rows.div_ceil(CHUNK).max(1);
        let mut found = Vec::new();
        for chunk in 0..n_chunks {
            let start = chunk * CHUNK;
            let rows = features.narrow(0, start, CHUNK.min(n_rows - start))?;
            found.push(self.decode_chunk(&rows.contiguous()?)?);
            self.ctx.progress(chunk + 1, n_chunks, "searches", "");
        }
        Ok(Tensor::cat(&found, 0)?)
    }

    fn weights(&self) -> Weights {
        self.saved.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

#[cfg(test)]
impl FittedPerImage {
    /// ẑ of rows of responses.
    pub(super) fn start(&self, features: &Tensor) -> Result<Tensor> {
        Ok(self.wanted(features)?.latents)
    }

    /// E of latents for rows of responses.
    pub(super) fn energy(&self, features: &Tensor, z: &Tensor) -> Result<Vec<f32>> {
        let energy = self.search().energy(z, &self.wanted(features)?)?;
        Ok(energy.to_vec1()?)
    }
}
