//! Means and standard deviations of columns.

use faer::{ColRef, Mat, MatRef};
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
    /// Mean and standard deviation of each column of a matrix.
    pub(crate) fn of(a: MatRef<'_, f64>) -> Self {
        let (mean, sd) = (0..a.ncols())
            .into_par_iter()
            .map(|column| {
                let mean = mean(a.col(column));
                (mean, deviation(a.col(column), mean))
            })
            .unzip();
        Self { mean, sd }
    }

    /// `(a − mean)/sd`, by column.
    pub(crate) fn apply(&self, a: &mut Mat<f64>) {
        shift_and_scale(a, &self.mean, Some(&self.sd));
    }
}

fn mean(column: ColRef<'_, f64>) -> f64 {
    column.iter().sum::<f64>() / column.nrows() as f64
}

/// 1 for constant columns.
fn deviation(column: ColRef<'_, f64>, mean: f64) -> f64 {
    let squares = column.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let variance = squares / column.nrows() as f64;
    let power = variance + mean * mean;
    let varies = variance > CONSTANT * CONSTANT * power;
    if varies { variance.sqrt() } else { 1.0 }
}

/// Brings each column to mean 0 and standard deviation 1; constant columns are only centred.
pub(crate) fn zscore(a: &mut Mat<f64>) {
    a.as_mut().par_col_iter_mut().for_each(|column| {
        let mean = mean(column.as_ref());
        let sd = deviation(column.as_ref(), mean);
        column
            .iter_mut()
            .for_each(|value| *value = (*value - mean) / sd);
    });
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
