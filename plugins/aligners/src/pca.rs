//! Principal components of each space.
//!
//! ```text
//! A = X − mean = U·S·Wᵀ
//! ```
//! With fewer rows than columns `U` and `S` come from `A·Aᵀ` and `W = Aᵀ·U·S⁻¹`, else `W` from `Aᵀ·A`. The sign of each
//! axis is that which makes its largest loading positive.

use faer::{Mat, MatRef};
use lab_core::config::{Declared, Range, check_params};
use lab_core::prelude::*;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, FittedAligner, Quality};
use lab_linalg::{centre_columns, gram, product, scale_columns};
use serde::{Deserialize, Serialize};

use crate::columns::shift_and_scale;
use crate::error::AlignerError;
use crate::input::{self, Space};
use crate::spectrum::{Spectrum, point_up, spectrum};

/// How many components are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PcaParams {
    /// The fraction of the training variance that the kept components reach. In `(0, 1]`.
    pub variance: f64,
    /// How many are kept, whatever their variance; decides alone where it is given.
    pub components: Option<usize>,
}

impl Default for PcaParams {
    /// The paper's 90 %.
    fn default() -> Self {
        Self {
            variance: 0.9,
            components: None,
        }
    }
}

impl PluginParams for PcaParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("pca.rs")],
        &[
            ("variance", Range::ABOVE_ZERO_TO_ONE.named("a fraction above 0 and up to 1")),
            ("components", Range::ONE_OR_MORE),
        ],
    );
}

/// Reduces each space to its leading principal components.
///
/// # Shapes
/// | name | shape | type | unit |
/// |---|---|---|---|
/// | `train` | one `[n_samples, n_features]` per space, rows matched | f64 | that of the space |
/// | output | one `[n_samples, n_components]` per space | f64 | the same, not whitened |
///
/// # Errors
/// Rows that do not match, fewer than 3 rows, no column that varies, values that are not finite.
///
/// # Determinism
/// Draws nothing; decompositions run on one thread.
#[derive(Debug, Clone, Copy)]
pub struct Pca {
    params: PcaParams,
}

impl Pca {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`AlignerError::Parameter`] if `variance` is outside `(0, 1]` or `components` is 0.
    pub fn build(params: PcaParams, _ctx: &Context) -> Result<Self, AlignerError> {
        check_params("pca", &params)?;
        Ok(Self { params })
    }

    fn fit_space(self, ctx: &Context, mut rows: Mat<f64>, id: &str) -> Result<Axes> {
        let mean = centre_columns(&mut rows);
        let directions = Directions::of(rows.as_ref())?;
        let variances: Vec<f64> = directions.spectrum.singular.iter().map(|s| s * s).collect();
        let total: f64 = variances.iter().sum();
        if variances.is_empty() {
            return Err(AlignerError::NoVariance { of: id.to_owned() }.into());
        }
        let mut reached = 0.0;
        let enough = variances.iter().position(|variance| {
            reached += variance / total;
            reached >= self.params.variance - 1e-12
        });
        let by_variance = enough.map_or(variances.len(), |last| last + 1);
        let wanted = self.params.components.unwrap_or(by_variance);
        if wanted > variances.len() {
            ctx.warn(&format!(
                "{id}: {wanted} components were asked for, but its training rows span only {}",
                variances.len()
            ));
        }
        let n_components = wanted.min(variances.len());
        let axes = directions.axes(rows.as_ref(), n_components);
        let ratios = variances[..n_components]
            .iter()
            .map(|variance| variance / total)
            .collect();
        Ok(Axes { mean, axes, ratios })
    }
}

/// The spectrum of the smaller of the two Gram matrices of centred rows.
struct Directions {
    spectrum: Spectrum,
    /// Whether the spectrum is that of `A·Aᵀ`, not of `Aᵀ·A`.
    of_rows: bool,
}

impl Directions {
    fn of(rows: MatRef<'_, f64>) -> Result<Self, AlignerError> {
        let (n_rows, n_columns) = rows.shape();
        let of_rows = n_rows < n_columns;
        let side = if of_rows { rows } else { rows.transpose() };
        let spectrum = spectrum(gram(side).as_ref(), n_rows.max(n_columns))?;
        Ok(Self { spectrum, of_rows })
    }

    /// The first axes: `[n_features, n_components]`.
    fn axes(&self, rows: MatRef<'_, f64>, n_components: usize) -> Mat<f64> {
        let vectors = self.spectrum.vectors.as_ref().subcols(0, n_components);
        let mut axes = if self.of_rows {
            let mut axes = product(rows.transpose(), vectors);
            let inverse: Vec<f64> = self.spectrum.singular[..n_components]
                .iter()
                .map(|s| 1.0 / s)
                .collect();
            scale_columns(&mut axes, &inverse);
            axes
        } else {
            vectors.to_owned()
        };
        for column in 0..axes.ncols() {
            point_up(axes.col_as_slice_mut(column));
        }
        axes
    }
}

#[derive(Debug)]
struct Axes {
    mean: Vec<f64>,
    /// `[n_features, n_components]`, orthonormal columns.
    axes: Mat<f64>,
    /// Share of the training variance along each.
    ratios: Vec<f64>,
}

impl Axes {
    fn scores(&self, mut rows: Mat<f64>) -> Mat<f64> {
        shift_and_scale(&mut rows, &self.mean, None);
        product(rows.as_ref(), self.axes.as_ref())
    }
}

impl Aligner for Pca {
    fn fit(&self, ctx: &Context, train: &[SubjectResponses]) -> Result<Box<dyn FittedAligner>> {
        let spaces = input::describe(train)?;
        let rows = input::training(train, 1, "pca")?;
        let fitted = rows
            .into_iter()
            .zip(&spaces)
            .map(|(rows, space)| self.fit_space(ctx, rows, &space.id));
        let axes = fitted.collect::<Result<_>>()?;
        Ok(Box::new(FittedPca { spaces, axes }))
    }
}

/// Projects onto the axes of the training rows.
#[derive(Debug)]
pub struct FittedPca {
    spaces: Vec<Space>,
    axes: Vec<Axes>,
}

impl FittedPca {
    /// The share of the training variance along each kept component of each space, descending.
    pub fn variance_ratios(&self) -> Vec<&[f64]> {
        self.axes
            .iter()
            .map(|axes| axes.ratios.as_slice())
            .collect()
    }

    fn quality(&self, name: &str, unit: &str, value: impl Fn(usize) -> f64) -> Vec<Quality> {
        let of_space = |(idx, space): (usize, &Space)| Quality {
            name: name.into(),
            of: space.id.clone(),
            value: value(idx),
            unit: unit.into(),
        };
        self.spaces.iter().enumerate().map(of_space).collect()
    }
}

impl FittedAligner for FittedPca {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let spaces = input::fitted(&self.spaces, responses)?;
        let project = |((rows, axes), subject): ((Mat<f64>, &Axes), &SubjectResponses)| {
            let values = input::tensor(axes.scores(rows).as_ref(), subject.values.device())?;
            Ok(SubjectResponses::shared(&subject.id, values))
        };
        spaces
            .into_iter()
            .zip(&self.axes)
            .zip(responses)
            .map(project)
            .collect()
    }

    fn held_out(&self, _ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        let spaces = input::fitted(&self.spaces, test)?;
        let kept = |(rows, axes): (Mat<f64>, &Axes)| {
            let mut centred = rows.clone();
            shift_and_scale(&mut centred, &axes.mean, None);
            let whole = centred.squared_norm_l2();
            if whole > 0.0 {
                axes.scores(rows).squared_norm_l2() / whole
            } else {
                0.0
            }
        };
        let kept: Vec<f64> = spaces.into_iter().zip(&self.axes).map(kept).collect();
        Ok(self.quality(
            "variance about the training mean that the components keep",
            "fraction of variance",
            |idx| kept[idx],
        ))
    }

    fn facts(&self) -> Vec<Quality> {
        let mut facts = self.quality("components", "components", |idx| {
            self.axes[idx].ratios.len() as f64
        });
        facts.extend(
            self.quality("training variance kept", "fraction of variance", |idx| {
                self.axes[idx].ratios.iter().sum()
            }),
        );
        facts
    }
}

lab_core::register! {
    Aligner "pca" => Pca, PcaParams;
    summary: "reduces each space to its leading principal components",
    equation: "z = (x − mean)·W_k,  k = min{k : Σ_{j≤k} s_j² ≥ f·Σ s_j²}",
    source: "Pearson (1901); Seeliger et al. (2018), section 2, doi:10.1016/j.neuroimage.2018.07.043",
    parity: "scikit-learn PCA, ≤ 1e-8",
}
