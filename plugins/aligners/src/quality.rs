//! How well spaces of several subjects agree on rows that no fit saw.

use faer::{Mat, MatRef};
use lab_linalg::product;

/// For each subject, the correlation of its columns with the mean of the other subjects' columns, averaged over columns
/// that vary; 0 where none does.
pub(crate) fn inter_subject_correlation(spaces: &[Mat<f64>]) -> Vec<f64> {
    let of = |(own, others): (&Mat<f64>, Mat<f64>)| {
        let correlations: Vec<f64> = (0..own.ncols())
            .filter_map(|column| correlation(own.col(column).iter(), others.col(column).iter()))
            .collect();
        correlations.iter().sum::<f64>() / correlations.len().max(1) as f64
    };
    spaces.iter().zip(others(spaces)).map(of).collect()
}

/// For each subject, how often a row is closer, by cosine, to the mean of the other subjects' same row than to the mean
/// of another row; ties count half, chance is 0.5.
pub(crate) fn identification(spaces: &[Mat<f64>]) -> Vec<f64> {
    let of = |(own, others): (&Mat<f64>, Mat<f64>)| {
        let similarity = product(
            unit_rows(own.as_ref()).as_ref(),
            unit_rows(others.as_ref()).transpose(),
        );
        let n = similarity.nrows();
        let mut won = 0.0;
        for row in 0..n {
            for other in (0..n).filter(|&other| other != row) {
                won += match similarity[(row, row)].total_cmp(&similarity[(row, other)]) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        if n < 2 {
            0.5
        } else {
            won / (n * (n - 1)) as f64
        }
    };
    spaces.iter().zip(others(spaces)).map(of).collect()
}

/// For each subject, the mean of all others.
fn others(spaces: &[Mat<f64>]) -> Vec<Mat<f64>> {
    let mean_but = |left_out: usize| {
        let mut sum = Mat::zeros(spaces[left_out].nrows(), spaces[left_out].ncols());
        for (_, space) in spaces
            .iter()
            .enumerate()
            .filter(|&(idx, _)| idx != left_out)
        {
            sum += space;
        }
        sum *= faer::Scale(1.0 / (spaces.len() - 1).max(1) as f64);
        sum
    };
    (0..spaces.len()).map(mean_but).collect()
}

fn unit_rows(a: MatRef<'_, f64>) -> Mat<f64> {
    let norms: Vec<f64> = (0..a.nrows())
        .map(|row| a.row(row).iter().map(|x| x * x).sum::<f64>().sqrt())
        .collect();
    Mat::from_fn(a.nrows(), a.ncols(), |row, column| {
        if norms[row] > 0.0 {
            a[(row, column)] / norms[row]
        } else {
            0.0
        }
    })
}

/// Pearson's correlation, `None` if one side does not vary.
fn correlation<'a>(
    x: impl Iterator<Item = &'a f64>,
    y: impl Iterator<Item = &'a f64>,
) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = x.copied().zip(y.copied()).collect();
    let n = pairs.len() as f64;
    let (mean_x, mean_y) = (
        pairs.iter().map(|p| p.0).sum::<f64>() / n,
        pairs.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mean_x) * (x - mean_x);
        yy += (y - mean_y) * (y - mean_y);
        xy += (x - mean_x) * (y - mean_y);
    }
    (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
}
