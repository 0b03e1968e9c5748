//! Means and standard deviations of columns.

use faer::{Mat, MatRef};
use rayon::prelude::*;

/// A column whose standard deviation is below this share of its root mean square holds nothing but rounding.
const CONSTANT: f64 = 1e-13;

/// Mean and standard deviation of each column.
#[derive(Debug, Clone)]
pub(crate) struct Moments {
    /// `[n_columns]`.
    pub(crate) mean: Vec<f64>,
    /// Divided by `n`, not `n − 1`; 1 for constant columns, which are therefore only centred: `[n_columns]`.
    pub(crate) sd: Vec<f64>,
}

impl Moments {
    /// Those of a matrix.
    pub(crate) fn of(a: MatRef<'_, f64>) -> Self {
        let n = a.nrows() as f64;
        let moments: Vec<(f64, f64)> = (0..a.ncols())
            .into_par_iter()
            .map(|column| {
                let column = a.col(column);
                let mean = column.iter().sum::<f64>() / n;
                let variance = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
                let power = variance + mean * mean;
                let varies = variance > CONSTANT * CONSTANT * power;
                (mean, if varies { variance.sqrt() } else { 1.0 })
            })
            .collect();
        let (mean, sd) = moments.into_iter().unzip();
        Self { mean, sd }
    }

    /// `(a − mean)/sd`, by column.
    pub(crate) fn apply(&self, a: &mut Mat<f64>) {
        shift_and_scale(a, &self.mean, Some(&self.sd));
    }
}

/// Takes the mean off each column and returns the means.
pub(crate) fn centre(a: &mut Mat<f64>) -> Vec<f64> {
    let mean = Moments::of(a.as_ref()).mean;
    shift_and_scale(a, &mean, None);
    mean
}

/// Brings each column to mean 0 and standard deviation 1; constant columns are only centred.
pub(crate) fn zscore(a: &mut Mat<f64>) {
    Moments::of(a.as_ref()).apply(a);
}

/// `(a − shift)/scale`, by column.
pub(crate) fn shift_and_scale(a: &mut Mat<f64>, shift: &[f64], scale: Option<&[f64]>) {
    a.as_mut()
        .par_col_iter_mut()
        .enumerate()
        .for_each(|(column, values)| {
            let (shift, scale) = (shift[column], scale.map_or(1.0, |scale| scale[column]));
            values
                .iter_mut()
                .for_each(|value| *value = (*value - shift) / scale);
        });
}
