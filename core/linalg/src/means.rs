//! Means of columns and rows.

use faer::{ColMut, Mat};
use rayon::prelude::*;

/// Takes the mean off each column and returns the means: for samples that are rows.
pub fn centre_columns(a: &mut Mat<f64>) -> Vec<f64> {
    let one = |column: ColMut<'_, f64>| {
        let mean = column.as_ref().iter().sum::<f64>() / column.nrows() as f64;
        column.iter_mut().for_each(|value| *value -= mean);
        mean
    };
    a.as_mut().par_col_iter_mut().map(one).collect()
}

/// Takes the mean off each row and returns the means: for samples that are columns.
pub fn centre_rows(a: &mut Mat<f64>) -> Vec<f64> {
    let (n_rows, n_columns) = a.shape();
    let mut means = vec![0.0; n_rows];
    // Column by column, as a matrix lies in memory.
    for column in 0..n_columns {
        for (mean, value) in means.iter_mut().zip(a.col_as_slice(column)) {
            *mean += value;
        }
    }
    means.iter_mut().for_each(|mean| *mean /= n_columns as f64);
    for column in 0..n_columns {
        for (value, mean) in a.col_as_slice_mut(column).iter_mut().zip(&means) {
            *value -= mean;
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::{centre_columns, centre_rows};
    use faer::Mat;

    #[test]
    fn means_are_taken_off() {
        let a = Mat::from_fn(2, 3, |row, column| (3 * row + column) as f64);
        let mut of_columns = a.clone();
        assert_eq!(centre_columns(&mut of_columns), [1.5, 2.5, 3.5]);
        let expected = Mat::from_fn(2, 3, |row, _| if row == 0 { -1.5 } else { 1.5 });
        assert_eq!(of_columns, expected);
        let mut of_rows = a;
        assert_eq!(centre_rows(&mut of_rows), [1.0, 4.0]);
        assert_eq!(of_rows, Mat::from_fn(2, 3, |_, column| column as f64 - 1.0));
    }
}
