//! Latents by few numbers: their principal components over the training images.
//!
//! ```text
//! Z_c·Z_cᵀ = U·diag(λ)·Uᵀ        s = U·√λ (scores, [n, k])        P = U ᵀ·Z_c/√λ (components, [k, n_latents])
//! ẑ = z̄ + ŝ·P                    each column of s predicted under a penalty of its own
//! ```
//! The number of images over the number of predicted dimensions decides whether a linear decoder collapses towards the mean:
//! arXiv 2509.15832. Dimensions along which training latents hardly vary, and those that responses do not tell, cost images
//! and give nothing: the first are left out here, the others shrunk by their penalty.

use faer::{Mat, MatRef};
use lab_linalg::{centre_columns, gram, positive, product};

use super::solve::Solution;
use crate::error::DecoderError;

/// Principal components of rows.
pub(crate) struct Components {
    mean: Vec<f64>,
    /// `[n_rows, n_components]`.
    pub(crate) scores: Mat<f64>,
    /// P: `[n_components, n_columns]`, rows of length 1.
    rows: Mat<f64>,
}

impl Components {
    /// The first `n` components of `z`, or as many as its rows span.
    pub(crate) fn of(z: MatRef<'_, f64>, n: usize) -> Result<Self, DecoderError> {
        let mut centred = z.to_owned();
        let mean = centre_columns(&mut centred);
        let (eigenvalues, u) = positive(gram(centred.as_ref()).as_ref(), z.nrows().max(z.ncols()))?;
        let n = n.min(eigenvalues.len());
        if n == 0 {
            return Err(DecoderError::Features {
                expected: "latents that differ between training images",
                got: "equal ones".into(),
            });
        }
        let u = u.as_ref().subcols(0, n).to_owned();
        let length = |component: usize| eigenvalues[component].sqrt();
        let projected = product(u.transpose(), centred.as_ref());
        Ok(Self {
            mean,
            scores: Mat::from_fn(z.nrows(), n, |row, component| {
                u[(row, component)] * length(component)
            }),
            rows: Mat::from_fn(n, z.ncols(), |component, column| {
                projected[(component, column)] / length(component)
            }),
        })
    }

    /// A regression to scores as one to whole rows. What it says of errors stays that of the scores.
    pub(crate) fn whole(&self, of_scores: Solution) -> Solution {
        let start = Mat::from_fn(1, of_scores.y_mean.len(), |_, component| {
            of_scores.y_mean[component]
        });
        let start = product(start.as_ref(), self.rows.as_ref());
        Solution {
            y_mean: (0..self.mean.len())
                .map(|column| self.mean[column] + start[(0, column)])
                .collect(),
            weights: product(of_scores.weights.as_ref(), self.rows.as_ref()),
            ..of_scores
        }
    }
}
