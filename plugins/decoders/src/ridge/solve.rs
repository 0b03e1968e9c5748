//! Ridge regression with its penalty chosen by leaving out all rows of an image, or of a picture.
//!
//! ```text
//! W = argmin ‖Y_c − X_c·W‖² + α‖W‖²                 X_c, Y_c: centred by their column means
//! K = X_c·X_cᵀ = U·diag(λ)·Uᵀ,   f = λ/(λ + α)
//! error(α) = mean_ij e_ij(α)²,    α = λ_max · 10^(−5 … 1), 25 of them;    e: of images left out, as in `left_out`
//! ```
//! Source: Hoerl & Kennard (1970), doi:10.1080/00401706.1970.10488634; Golub, Heath & Wahba (1979),
//! doi:10.1080/00401706.1979.10489751.

use faer::{Mat, MatRef};
use lab_core::traits::TrainingSet;
use lab_linalg::{centre_columns, gram, positive, product};

use super::left_out::LeftOut;
use super::matrix::matrix;
use crate::error::DecoderError;

/// Penalties tried, and the powers of ten of the largest eigenvalue between which they lie.
const N_PENALTIES: usize = 25;
const EXPONENTS: (f64, f64) = (-5.0, 1.0);

/// Which targets share a penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Penalty {
    /// All do: the one with the least mean error.
    Shared,
    /// None: a target that can be predicted badly is shrunk more than others.
    Own,
}

/// A fitted regression `y = (x − x_mean)·weights + y_mean`.
pub(crate) struct Solution {
    pub(crate) x_mean: Vec<f64>,
    pub(crate) y_mean: Vec<f64>,
    /// `[n_features, n_targets]`.
    pub(crate) weights: Mat<f64>,
    /// The penalty that was chosen for each target: `[n_targets]`.
    pub(crate) alphas: Vec<f64>,
    /// Each penalty tried and its error, in squared units of Y.
    pub(crate) tried: Vec<(f64, f64)>,
    /// The error of each target at its penalty, over images that were left out: `[n_targets]`.
    pub(crate) left_out: Vec<f64>,
    /// The same of the mean of the other rows, which knows nothing of x: `[n_targets]`.
    pub(crate) left_out_of_mean: Vec<f64>,
    /// What was left out at a time: "rows", "images" or "pictures".
    pub(crate) of_what: &'static str,
}

/// Features of the training rows, decomposed once for any number of targets.
pub(crate) struct Design {
    x_mean: Vec<f64>,
    /// `X_c`.
    x: Mat<f64>,
    eigenvalues: Vec<f64>,
    u: Mat<f64>,
    left_out: LeftOut,
}

impl Design {
    /// The training rows of a decoder.
    pub(crate) fn of(train: &TrainingSet<'_>) -> lab_core::Result<Self> {
        let pictures = train.pictures()?;
        let left_out = LeftOut::of(train.target_idx, pictures.as_deref())?;
        Ok(Self::new(matrix(train.features)?.as_ref(), left_out)?)
    }

    /// Decomposes `x` `[n_samples, n_features]`; penalties are chosen by leaving out what `left_out` says.
    pub(crate) fn new(x: MatRef<'_, f64>, left_out: LeftOut) -> Result<Self, DecoderError> {
        let n = x.nrows();
        if n < 3 {
            return Err(DecoderError::Rows {
                expected: "at least 3",
                got: n.to_string(),
            });
        }
        if left_out.n_rows() != n {
            return Err(DecoderError::Rows {
                expected: "one for each image that was seen",
                got: format!("{n} for {}", left_out.n_rows()),
            });
        }
        let mut x = x.to_owned();
        let x_mean = centre_columns(&mut x);
        let (eigenvalues, u) = positive(gram(x.as_ref()).as_ref(), n.max(x.ncols()))?;
        if !eigenvalues
            .first()
            .is_some_and(|value| value.is_finite() && *value > 0.0)
        {
            return Err(DecoderError::Features {
                expected: "finite numbers that differ between rows",
                got: "constant ones".into(),
            });
        }
        Ok(Self {
            x_mean,
            x,
            eigenvalues,
            u,
            left_out,
        })
    }

    /// Fits `y` `[n_samples, n_targets]`.
    pub(crate) fn fit(
        &self,
        y: MatRef<'_, f64>,
        penalty: Penalty,
    ) -> Result<Solution, DecoderError> {
        let n = self.x.nrows();
        if n != y.nrows() {
            return Err(DecoderError::Rows {
                expected: "as many as targets",
                got: format!("{n} for {} targets", y.nrows()),
            });
        }
        let mut y = y.to_owned();
        let y_mean = centre_columns(&mut y);
        let projected = product(self.u.transpose(), y.as_ref());
        let errors = self.errors(&projected, &y)?;
        let tried: Vec<(f64, f64)> = errors
            .iter()
            .map(|(alpha, of_targets)| (*alpha, mean(of_targets)))
            .collect();
        let least = |error: &dyn Fn(usize) -> f64| {
            let order = |&a: &usize, &b: &usize| error(a).total_cmp(&error(b));
            (0..tried.len()).min_by(order).unwrap_or(0)
        };
        let best: Vec<usize> = match penalty {
            Penalty::Shared => vec![least(&|at| tried[at].1); y.ncols()],
            Penalty::Own => (0..y.ncols())
                .map(|target| least(&|at| errors[at].1[target]))
                .collect(),
        };
        let alphas: Vec<f64> = best.iter().map(|&at| tried[at].0).collect();
        let dual = Mat::from_fn(projected.nrows(), projected.ncols(), |k, target| {
            projected[(k, target)] / (self.eigenvalues[k] + alphas[target])
        });
        let dual = product(self.u.as_ref(), dual.as_ref());
        Ok(Solution {
            x_mean: self.x_mean.clone(),
            y_mean,
            weights: product(self.x.transpose(), dual.as_ref()),
            alphas,
            tried,
            left_out: best
                .iter()
                .enumerate()
                .map(|(target, &at)| errors[at].1[target])
                .collect(),
            left_out_of_mean: self.left_out.errors_of_mean(&y),
            of_what: self.left_out.words(),
        })
    }

    /// Each penalty tried, and the error of each target under it.
    fn errors(
        &self,
        projected: &Mat<f64>,
        y: &Mat<f64>,
    ) -> Result<Vec<(f64, Vec<f64>)>, DecoderError> {
        let step = (EXPONENTS.1 - EXPONENTS.0) / (N_PENALTIES - 1) as f64;
        (0..N_PENALTIES)
            .map(|index| self.eigenvalues[0] * 10f64.powf(EXPONENTS.0 + step * index as f64))
            .map(|alpha| Ok((alpha, self.left_out_errors(projected, y, alpha)?)))
            .collect()
    }

    /// Mean squared error of each target over images that were left out.
    fn left_out_errors(
        &self,
        projected: &Mat<f64>,
        y: &Mat<f64>,
        alpha: f64,
    ) -> Result<Vec<f64>, DecoderError> {
        let shrink: Vec<f64> = self
            .eigenvalues
            .iter()
            .map(|value| value / (value + alpha))
            .collect();
        let shrunk = Mat::from_fn(projected.nrows(), projected.ncols(), |k, target| {
            projected[(k, target)] * shrink[k]
        });
        let predicted = product(self.u.as_ref(), shrunk.as_ref());
        let residual = Mat::from_fn(y.nrows(), y.ncols(), |row, target| {
            y[(row, target)] - predicted[(row, target)]
        });
        self.left_out.errors(&self.u, &shrink, &residual)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
