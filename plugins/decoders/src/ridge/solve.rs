//! Ridge regression with its penalty chosen by leaving one row out.
//!
//! ```text
//! W = argmin ‖Y_c − X_c·W‖² + α‖W‖²                 X_c, Y_c: centred by their column means
//! K = X_c·X_cᵀ = U·diag(λ)·Uᵀ,   f = λ/(λ + α),   h_i = Σ_k f_k·U_ik² + 1/n
//! error(α) = mean_ij ((Y_c − U·f·Uᵀ·Y_c)_ij / (1 − h_i))²,    α = λ_max · 10^(−5 … 1), 25 of them
//! ```
//! Source: Allen (1974), doi:10.1080/00401706.1974.10489157; Golub, Heath & Wahba (1979).
//! Products are cut into fixed panels and decompositions run on one thread, so that the bytes do not depend on the
//! number of threads.

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use crate::error::DecoderError;

/// Columns of a product that are computed at a time.
const PANEL: usize = 256;
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
    /// The error of each target at its penalty, over rows that were each left out: `[n_targets]`.
    pub(crate) left_out: Vec<f64>,
    /// The same of the mean of the other rows, which knows nothing of x: `[n_targets]`.
    pub(crate) left_out_of_mean: Vec<f64>,
}

/// Features of the training rows, decomposed once for any number of targets.
pub(crate) struct Design {
    x_mean: Vec<f64>,
    /// `X_c`.
    x: Mat<f64>,
    eigenvalues: Vec<f64>,
    u: Mat<f64>,
}

impl Design {
    /// Decomposes `x` `[n_samples, n_features]`.
    pub(crate) fn new(x: MatRef<'_, f64>) -> Result<Self, DecoderError> {
        let n = x.nrows();
        if n < 3 {
            return Err(DecoderError::Rows {
                expected: "at least 3",
                got: n.to_string(),
            });
        }
        let x_mean = column_means(x);
        let x = Mat::from_fn(n, x.ncols(), |row, column| {
            x[(row, column)] - x_mean[column]
        });
        let (eigenvalues, u) = spectrum(
            product(x.as_ref(), x.transpose()).as_ref(),
            n.max(x.ncols()),
        )?;
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
        let y_mean = column_means(y);
        let y = Mat::from_fn(n, y.ncols(), |row, column| {
            y[(row, column)] - y_mean[column]
        });
        let projected = product(self.u.transpose(), y.as_ref());
        let errors = self.errors(&projected, &y);
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
            left_out_of_mean: left_out_of_mean(&y),
        })
    }

    /// Each penalty tried, and the error of each target under it.
    fn errors(&self, projected: &Mat<f64>, y: &Mat<f64>) -> Vec<(f64, Vec<f64>)> {
        let step = (EXPONENTS.1 - EXPONENTS.0) / (N_PENALTIES - 1) as f64;
        (0..N_PENALTIES)
            .map(|index| self.eigenvalues[0] * 10f64.powf(EXPONENTS.0 + step * index as f64))
            .map(|alpha| (alpha, self.left_out_errors(projected, y, alpha)))
            .collect()
    }

    /// Mean squared error of each target over rows that were each left out.
    fn left_out_errors(&self, projected: &Mat<f64>, y: &Mat<f64>, alpha: f64) -> Vec<f64> {
        let shrink: Vec<f64> = self
            .eigenvalues
            .iter()
            .map(|value| value / (value + alpha))
            .collect();
        let shrunk = Mat::from_fn(projected.nrows(), projected.ncols(), |k, target| {
            projected[(k, target)] * shrink[k]
        });
        let predicted = product(self.u.as_ref(), shrunk.as_ref());
        let n = y.nrows();
        let kept: Vec<f64> = (0..n)
            .map(|row| {
                1.0 - 1.0 / n as f64
                    - shrink
                        .iter()
                        .enumerate()
                        .map(|(k, f)| f * self.u[(row, k)] * self.u[(row, k)])
                        .sum::<f64>()
            })
            .collect();
        let error = |target: usize| {
            let squares = (0..n)
                .map(|row| ((y[(row, target)] - predicted[(row, target)]) / kept[row]).powi(2));
            squares.sum::<f64>() / n as f64
        };
        (0..y.ncols()).map(error).collect()
    }
}

/// For each centred target, the squared error of the mean of the other rows.
fn left_out_of_mean(y: &Mat<f64>) -> Vec<f64> {
    let n = y.nrows() as f64;
    let kept = (n - 1.0) / n;
    (0..y.ncols())
        .map(|target| y.col(target).iter().map(|value| value * value).sum::<f64>())
        .map(|squares| squares / (n * kept * kept))
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(super) fn column_means(a: MatRef<'_, f64>) -> Vec<f64> {
    (0..a.ncols())
        .map(|column| a.col(column).iter().sum::<f64>() / a.nrows() as f64)
        .collect()
}

/// `lhs · rhs`.
pub(super) fn product(lhs: MatRef<'_, f64>, rhs: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(lhs.nrows(), rhs.ncols());
    for start in (0..rhs.ncols()).step_by(PANEL) {
        let width = PANEL.min(rhs.ncols() - start);
        matmul(
            out.as_mut().subcols_mut(start, width),
            Accum::Replace,
            lhs,
            rhs.subcols(start, width),
            1.0,
            Par::Seq,
        );
    }
    out
}

/// Eigenvalues of a positive semidefinite matrix above rounding, descending, and their vectors as columns.
pub(super) fn spectrum(
    k: MatRef<'_, f64>,
    size: usize,
) -> Result<(Vec<f64>, Mat<f64>), DecoderError> {
    let n = k.nrows();
    let mut values = Diag::<f64>::zeros(n);
    let mut vectors = Mat::zeros(n, n);
    let mut buffer = MemBuffer::new(self_adjoint_evd_scratch::<f64>(
        n,
        ComputeEigenvectors::Yes,
        Par::Seq,
        faer::Spec::default(),
    ));
    let stack = MemStack::new(&mut buffer);
    self_adjoint_evd(
        k,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        stack,
        faer::Spec::default(),
    )
    .map_err(|_| DecoderError::Features {
        expected: "a matrix with eigenvalues",
        got: "one whose decomposition failed".into(),
    })?;
    let ascending: Vec<f64> = values.column_vector().iter().copied().collect();
    let cut = 4.0 * size as f64 * f64::EPSILON * ascending.last().copied().unwrap_or(0.0);
    let kept: Vec<usize> = (0..n)
        .rev()
        .filter(|&idx| ascending[idx] > cut.max(0.0))
        .collect();
    Ok((
        kept.iter().map(|&idx| ascending[idx]).collect(),
        Mat::from_fn(n, kept.len(), |row, column| vectors[(row, kept[column])]),
    ))
}
