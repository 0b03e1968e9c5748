//! What a fit makes of rows that it leaves out, without fitting it again.
//!
//! ```text
//! H = U·diag(f)·Uᵀ + 1/n,    r = Y_c − U·f·Uᵀ·Y_c            of all rows; U, f, Y_c as in `solve`
//! e_i = r_i / (1 − H_ii)                                     a row left out
//! e_G = (I − H_GG)⁻¹·r_G                                     all rows of a picture left out
//! ē_G = y_G + Σ_G y / (n − m)                                by the mean of the other rows, m rows in G
//! ```
//! Sources: Allen (1974), doi:10.1080/00401706.1974.10489157, for a row; An, Liu & Venkatesh (2007),
//! doi:10.1016/j.patcog.2006.12.015, for several.
//! For each penalty a group of m rows costs `m²·rank` products for `H_GG`, `m³/3` to decompose and `m²·n_targets` to solve,
//! beside the `n·rank·n_targets` of `r`, which single rows need as well.

use std::collections::BTreeMap;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::cholesky::llt::solve::{solve_in_place, solve_in_place_scratch};
use faer::prelude::default;
use faer::{Mat, Par};

use super::linalg::product;
use crate::error::DecoderError;

/// The rows that a fit leaves out together.
#[derive(Debug, PartialEq)]
pub(super) enum LeftOut {
    /// Each row by itself.
    Rows,
    /// The rows of each picture, as what is left of a picture would tell of what was left out.
    Pictures(Vec<Vec<usize>>),
}

impl LeftOut {
    /// Rows of one picture together, where the picture of each row is given.
    pub(super) fn of(pictures: Option<&[usize]>, n_rows: usize) -> Result<Self, DecoderError> {
        let Some(pictures) = pictures else {
            return Ok(Self::Rows);
        };
        if pictures.len() != n_rows {
            return Err(DecoderError::Rows {
                expected: "as many as pictures of rows",
                got: format!("{n_rows} for {}", pictures.len()),
            });
        }
        let mut rows: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, &picture) in pictures.iter().enumerate() {
            rows.entry(picture).or_default().push(row);
        }
        match rows.len() {
            1 => Err(DecoderError::Rows {
                expected: "images of at least 2 pictures, so that one can be left out to choose a penalty",
                got: "all of one picture".into(),
            }),
            n if n == n_rows => Ok(Self::Rows),
            _ => Ok(Self::Pictures(rows.into_values().collect())),
        }
    }

    /// Mean squared error of each centred target over all rows: `shrink` is f, `residual` is r.
    pub(super) fn errors(
        &self,
        u: &Mat<f64>,
        shrink: &[f64],
        residual: &Mat<f64>,
    ) -> Result<Vec<f64>, DecoderError> {
        match self {
            Self::Rows => Ok(of_rows(u, shrink, residual)),
            Self::Pictures(groups) => {
                let mut sums = vec![0.0; residual.ncols()];
                for group in groups {
                    let errors = of_group(group, u, shrink, residual)?;
                    for (target, sum) in sums.iter_mut().enumerate() {
                        *sum += errors.col(target).squared_norm_l2();
                    }
                }
                let n = residual.nrows() as f64;
                Ok(sums.into_iter().map(|sum| sum / n).collect())
            }
        }
    }

    /// The same of the mean of the other rows, which knows nothing of features.
    pub(super) fn errors_of_mean(&self, y: &Mat<f64>) -> Vec<f64> {
        let n = y.nrows() as f64;
        match self {
            Self::Rows => {
                let kept = (n - 1.0) / n;
                (0..y.ncols())
                    .map(|target| y.col(target).iter().map(|value| value * value).sum::<f64>())
                    .map(|squares| squares / (n * kept * kept))
                    .collect()
            }
            Self::Pictures(groups) => {
                let of_target = |target: usize| {
                    let of_group = |group: &Vec<usize>| {
                        let sum: f64 = group.iter().map(|&row| y[(row, target)]).sum();
                        let shift = sum / (n - group.len() as f64);
                        let error = |&row: &usize| (y[(row, target)] + shift).powi(2);
                        group.iter().map(error).sum::<f64>()
                    };
                    groups.iter().map(of_group).sum::<f64>() / n
                };
                (0..y.ncols()).map(of_target).collect()
            }
        }
    }

    /// What is left out at a time, in words.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Pictures(_) => "pictures",
        }
    }
}

fn of_rows(u: &Mat<f64>, shrink: &[f64], residual: &Mat<f64>) -> Vec<f64> {
    let n = residual.nrows();
    let kept: Vec<f64> = (0..n)
        .map(|row| {
            1.0 - 1.0 / n as f64
                - shrink
                    .iter()
                    .enumerate()
                    .map(|(k, f)| f * u[(row, k)] * u[(row, k)])
                    .sum::<f64>()
        })
        .collect();
    let error = |target: usize| {
        let squares = (0..n).map(|row| (residual[(row, target)] / kept[row]).powi(2));
        squares.sum::<f64>() / n as f64
    };
    (0..residual.ncols()).map(error).collect()
}

/// `e_G`: `[n_group, n_targets]`.
fn of_group(
    group: &[usize],
    u: &Mat<f64>,
    shrink: &[f64],
    residual: &Mat<f64>,
) -> Result<Mat<f64>, DecoderError> {
    let (m, n) = (group.len(), residual.nrows());
    let own = Mat::from_fn(m, u.ncols(), |place, k| u[(group[place], k)]);
    let shrunk = Mat::from_fn(m, u.ncols(), |place, k| own[(place, k)] * shrink[k]);
    let mut kept = product(shrunk.as_ref(), own.transpose());
    for column in 0..m {
        for (row, value) in kept.col_as_slice_mut(column).iter_mut().enumerate() {
            *value = f64::from(u8::from(row == column)) - 1.0 / n as f64 - *value;
        }
    }
    let scratch = cholesky_in_place_scratch::<f64>(m, Par::Seq, default());
    let mut buffer = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut buffer);
    cholesky_in_place(kept.as_mut(), default(), Par::Seq, stack, default()).map_err(|_| {
        DecoderError::Features {
            expected: "rows of a picture that the other rows can be fitted without",
            got: format!("a picture of {m} of {n} rows, which rounding keeps from being left out"),
        }
    })?;
    let mut errors = Mat::from_fn(m, residual.ncols(), |place, target| {
        residual[(group[place], target)]
    });
    let mut buffer = MemBuffer::new(solve_in_place_scratch::<f64>(m, errors.ncols(), Par::Seq));
    let stack = MemStack::new(&mut buffer);
    solve_in_place(kept.as_ref(), errors.as_mut(), Par::Seq, stack);
    Ok(errors)
}
