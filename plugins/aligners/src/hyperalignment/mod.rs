//! Hyperalignment: one common space for subjects whose voxels do not correspond.
//!
//! ```text
//! C, Tᵢ ≈ argmin Σᵢ ‖sᵢ·Xᵢ·Tᵢ − C‖²,     Tᵢᵀ·Tᵢ = I          (levels in `levels`, one fit in `procrustes`)
//! zᵢ = sᵢ·(x − meanᵢ)·Tᵢ·W_c                                 coordinates in an orthonormal basis W_c of C
//! ```
//! The algorithm is that of PyMVPA 2.6, computed without any matrix of one side per voxel. Both agree on every row in the
//! span of the training rows. What a new row has outside it, the direct algorithm sends through an arbitrary completion
//! of its singular vectors, and this one to zero; a mean over subjects followed by PCA removes the difference.
//!
//! Options of PyMVPA that are not here: `output_dim` (put `pca(components: …)` behind `mean_subjects()`),
//! `level1_equal_weight` (its weights are exchanged in PyMVPA, so that it does not do what it says), `combiner1` and
//! `combiner2` (always the mean), `alignment` (always Procrustes; padding makes `reduction` a no-op).

mod factor;
mod fitted;
mod levels;
mod prepare;
mod procrustes;
mod regions;
#[cfg(test)]
mod tests;

use faer::Mat;
use lab_core::all_done;
use lab_core::config::{Declared, Range, check_params};
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use fitted::FittedHyperalignment;

use crate::error::AlignerError;
use crate::input;
use fitted::RegionMaps;
use levels::{align, fact};
use prepare::Source;
use regions::{Region, regions};

/// Options, by PyMVPA's names and with its defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are switches of one algorithm"
)]
pub struct HyperalignmentParams {
    /// Index of the subject whose space the common space starts from; the one with most voxels by default.
    pub ref_ds: Option<usize>,
    /// Whether each subject's voxels are z-scored over the training rows first.
    pub zscore_all: bool,
    /// Whether the common space and what is averaged into it are z-scored.
    pub zscore_common: bool,
    /// Sweeps of level 2.
    pub level2_niter: usize,
    /// 1 for Procrustes; towards 0, subjects are whitened before, which approaches canonical correlation. In `(0, 1]`.
    pub alpha: f64,
    /// Whether rotations come with a scale.
    pub scaling: bool,
    /// Whether rotations may turn space inside out. Matters only where training rows outnumber the voxels.
    pub reflection: bool,
    /// Whether every region of interest gets an alignment of its own; the common spaces are put side by side.
    pub by_roi: bool,
}

impl Default for HyperalignmentParams {
    /// PyMVPA 2.6.3.
    fn default() -> Self {
        Self {
            ref_ds: None,
            zscore_all: false,
            zscore_common: true,
            level2_niter: 1,
            alpha: 1.0,
            scaling: true,
            reflection: true,
            by_roi: false,
        }
    }
}

impl PluginParams for HyperalignmentParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs")],
        &[
            ("ref_ds", Range::COUNT),
            ("level2_niter", Range::COUNT),
            ("alpha", Range::ABOVE_ZERO_TO_ONE),
        ],
    );
}

/// Rotates the voxels of each subject into a common space.
///
/// # Source
/// Haxby et al. (2011), doi:10.1016/j.neuron.2011.08.026; levels and options as PyMVPA 2.6.3, `Hyperalignment`.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_voxels]` per subject, rows matched | f64 | as recorded, z-scored by convention |
/// | output | one `[n_samples, rank]` per subject | f64 | that of the common space: z-score by default |
///
/// # Errors
/// Rows that do not match, fewer than 2 subjects or 3 rows, values that are not finite, a region without voxels in one
/// subject.
///
/// # Determinism
/// Draws nothing; decompositions run on one thread.
#[derive(Debug, Clone)]
pub struct Hyperalignment {
    params: HyperalignmentParams,
}

impl Hyperalignment {
    /// Checks the options.
    ///
    /// # Errors
    /// [`AlignerError::Parameter`] if `alpha` is outside `(0, 1]`.
    pub fn build(params: HyperalignmentParams, _ctx: &Context) -> Result<Self, AlignerError> {
        check_params("hyperalignment", &params)?;
        Ok(Self { params })
    }

    fn reference(&self, voxels: &[Mat<f64>]) -> Result<usize, AlignerError> {
        let widest = (0..voxels.len())
            .rev()
            .max_by_key(|&idx| voxels[idx].ncols())
            .unwrap_or(0);
        let reference = self.params.ref_ds.unwrap_or(widest);
        if reference >= voxels.len() {
            let expected = format!("below the number of subjects, {}", voxels.len());
            let got = reference.to_string();
            return Err(AlignerError::Parameter {
                aligner: "hyperalignment",
                name: "ref_ds",
                expected,
                got,
            });
        }
        Ok(reference)
    }

    fn fit_region(
        &self,
        ctx: &Context,
        region: Region,
        ids: &[String],
        voxels: Vec<Mat<f64>>,
    ) -> Result<(RegionMaps, Vec<Quality>)> {
        let label = |id: &String| {
            region
                .name
                .as_ref()
                .map_or(id.clone(), |name| format!("{id}, {name}"))
        };
        let names: Vec<String> = ids.iter().map(label).collect();
        let reference = self.reference(&voxels)?;
        let prepare =
            |(voxels, name): (Mat<f64>, &String)| Ok(Source::new(voxels, &self.params, name)?);
        let sources = voxels.into_par_iter().zip(&names).map(prepare);
        let sources: Vec<Source> = all_done(sources.collect())?;
        let mut alignment = align(ctx, &self.params, &names, &sources, reference)?;
        let space = label(&String::from("common space"));
        alignment
            .facts
            .extend(common_facts(&self.params, &alignment.singular, &space));
        let maps = sources
            .into_iter()
            .zip(&alignment.to_common)
            .map(|(source, procrustes)| {
                let kernel_to_common = procrustes.kernel_to_common(&source.rows);
                source.into_map(kernel_to_common)
            })
            .collect();
        Ok((
            RegionMaps {
                columns: region.columns,
                maps,
            },
            alignment.facts,
        ))
    }
}

fn common_facts(params: &HyperalignmentParams, singular: &[f64], of: &str) -> [Quality; 4] {
    let unit = "unit of the common space";
    [
        fact(
            "sweeps of level 2",
            of,
            params.level2_niter as f64,
            "sweeps",
        ),
        fact("rank", of, singular.len() as f64, "dimensions"),
        fact("largest singular value", of, singular[0], unit),
        fact(
            "smallest singular value",
            of,
            singular[singular.len() - 1],
            unit,
        ),
    ]
}

impl Aligner for Hyperalignment {
    fn fit(&self, ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        let mut voxels = input::training(train, 2, "hyperalignment")?;
        let ids: Vec<String> = train.iter().map(|subject| subject.id.clone()).collect();
        let (mut fitted, mut facts) = (Vec::new(), Vec::new());
        for region in regions(train, self.params.by_roi)? {
            let voxels = region.select(&mut voxels);
            let (maps, of_region) = self.fit_region(ctx, region, &ids, voxels)?;
            fitted.push(maps);
            facts.extend(of_region);
        }
        Ok(Box::new(FittedHyperalignment::new(
            input::describe(train)?,
            fitted,
            facts,
        )))
    }
}

lab_core::register! {
    Aligner "hyperalignment" => Hyperalignment, HyperalignmentParams;
    summary: "rotates the voxels of each subject into one common space",
    equation: "argmin Σᵢ ‖sᵢ Xᵢ Tᵢ − C‖²,  Tᵢᵀ Tᵢ = I;  level 1 in sequence, level 2 leave-one-out, level 3 from scratch",
    source: "Haxby et al. (2011), doi:10.1016/j.neuron.2011.08.026; PyMVPA 2.6.3",
    parity: "a direct numpy implementation of PyMVPA 2.6.3's algorithm, ≤ 1e-8",
}
