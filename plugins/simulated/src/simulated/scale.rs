//! The scale of responses: mean 0 and standard deviation 1 over training trials.

use rayon::prelude::*;

/// Mean and standard deviation of each column; 1 where it would be 0.
pub(super) type Moments = Vec<(f64, f64)>;

/// The moments of each column over the first `n_fit` rows.
pub(super) fn moments(values: &[f32], n_columns: usize, n_fit: usize) -> Moments {
    (0..n_columns)
        .into_par_iter()
        .map(|column| {
            let fit = || {
                values[..n_fit * n_columns]
                    .iter()
                    .skip(column)
                    .step_by(n_columns)
                    .map(|&value| f64::from(value))
            };
            let mean = fit().sum::<f64>() / n_fit as f64;
            let variance = fit().map(|value| (value - mean).powi(2)).sum::<f64>() / n_fit as f64;
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        })
        .collect()
}

/// Subtracts each column's mean and divides by its standard deviation.
pub(super) fn standardise(values: &mut [f32], moments: &Moments) {
    values.par_chunks_mut(moments.len().max(1)).for_each(|row| {
        for (value, (mean, sd)) in row.iter_mut().zip(moments) {
            *value = ((f64::from(*value) - mean) / sd) as f32;
        }
    });
}
