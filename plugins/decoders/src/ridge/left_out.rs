//! What a fit makes of rows that it leaves out, without fitting it again.
//!
//! ```text
//! H = U·diag(f)·Uᵀ + 1/n,    r = Y_c − U·f·Uᵀ·Y_c            of all rows; U, f, Y_c as in `solve`
//! e_i = r_i / (1 − H_ii)                                     a row left out
//! e_G = (I − H_GG)⁻¹·r_G                                     all rows of an image, or of a picture, left out
//! ē_G = y_G + Σ_G y / (n − m)                                by the mean of the other rows, m rows in G
//! error = mean over images of (mean of e over the image's rows)²
//! ```
//! A decoder is asked about averages over an image's repeats, and what it answers, before it is brought into its range, is the
//! average of what it answers to each: the mean of e over the rows of an image is its error on their average.
//!
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
use lab_linalg::product;

use crate::error::DecoderError;

/// The rows that a fit leaves out together: what is left of an image, or of a picture, would tell of what was left out.
#[derive(Debug, PartialEq)]
pub(crate) enum LeftOut {
    /// Each of so many rows by itself: every one is the only one of its image and of its picture.
    Rows(usize),
    /// The rows of each image.
    Images(Vec<Group>),
    /// The rows of each picture.
    Pictures(Vec<Group>),
}

/// Rows that are left out together, image by image.
#[derive(Debug, PartialEq)]
pub(crate) struct Group {
    rows: Vec<usize>,
    /// How many of the rows each image has.
    n_of_image: Vec<usize>,
}

impl Group {
    /// For one target, the squares of the mean error of each image, summed; `errors` are those of the rows, in their order.
    fn squares(&self, errors: &[f64]) -> f64 {
        let mut rest = errors;
        let of_image = self.n_of_image.iter().map(|&n| {
            let (own, others) = rest.split_at(n);
            rest = others;
            (own.iter().sum::<f64>() / n as f64).powi(2)
        });
        of_image.sum()
    }
}

impl LeftOut {
    /// Rows of one image together, or of one picture where pictures are given: both for each row.
    pub(super) fn of(images: &[usize], pictures: Option<&[usize]>) -> Result<Self, DecoderError> {
        let n_rows = images.len();
        let leaving = pictures.unwrap_or(images);
        if leaving.len() != n_rows {
            return Err(DecoderError::Rows {
                expected: "as many as pictures of rows",
                got: format!("{n_rows} for {}", leaving.len()),
            });
        }
        let mut rows: BTreeMap<usize, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
        for (row, (&group, &image)) in leaving.iter().zip(images).enumerate() {
            rows.entry(group)
                .or_default()
                .entry(image)
                .or_default()
                .push(row);
        }
        if rows.len() == n_rows {
            return Ok(Self::Rows(n_rows));
        }
        if rows.len() < 2 {
            let (expected, got) = match pictures {
                Some(_) => ("images of at least 2 pictures", "all of one picture"),
                None => ("at least 2 images", "all of one image"),
            };
            return Err(DecoderError::Rows {
                expected,
                got: format!("{got}, so that none can be left out to choose a penalty"),
            });
        }
        let group = |images: BTreeMap<usize, Vec<usize>>| Group {
            n_of_image: images.values().map(Vec::len).collect(),
            rows: images.into_values().flatten().collect(),
        };
        let groups = rows.into_values().map(group).collect();
        Ok(if pictures.is_some() {
            Self::Pictures(groups)
        } else {
            Self::Images(groups)
        })
    }

    /// How many rows there are.
    pub(super) fn n_rows(&self) -> usize {
        match self {
            Self::Rows(n) => *n,
            Self::Images(groups) | Self::Pictures(groups) => {
                groups.iter().map(|group| group.rows.len()).sum()
            }
        }
    }

    /// Mean squared error of each centred target over all images: `shrink` is f, `residual` is r.
    pub(super) fn errors(
        &self,
        u: &Mat<f64>,
        shrink: &[f64],
        residual: &Mat<f64>,
    ) -> Result<Vec<f64>, DecoderError> {
        match self {
            Self::Rows(_) => Ok(of_rows(u, shrink, residual)),
            Self::Images(groups) | Self::Pictures(groups) => {
                let mut sums = vec![0.0; residual.ncols()];
                for group in groups {
                    let errors = of_group(&group.rows, u, shrink, residual)?;
                    for (target, sum) in sums.iter_mut().enumerate() {
                        *sum += group.squares(errors.col_as_slice(target));
                    }
                }
                let n = n_images(groups) as f64;
                Ok(sums.into_iter().map(|sum| sum / n).collect())
            }
        }
    }

    /// The same of the mean of the other rows, which knows nothing of features.
    pub(super) fn errors_of_mean(&self, y: &Mat<f64>) -> Vec<f64> {
        let n = y.nrows() as f64;
        match self {
            Self::Rows(_) => {
                let kept = (n - 1.0) / n;
                (0..y.ncols())
                    .map(|target| y.col(target).iter().map(|value| value * value).sum::<f64>())
                    .map(|squares| squares / (n * kept * kept))
                    .collect()
            }
            Self::Images(groups) | Self::Pictures(groups) => {
                let of_target = |target: usize| {
                    let of_group = |group: &Group| {
                        let own = group.rows.iter().map(|&row| y[(row, target)]);
                        let shift = own.clone().sum::<f64>() / (n - group.rows.len() as f64);
                        group.squares(&own.map(|value| value + shift).collect::<Vec<_>>())
                    };
                    groups.iter().map(of_group).sum::<f64>() / n_images(groups) as f64
                };
                (0..y.ncols()).map(of_target).collect()
            }
        }
    }

    /// What is left out at a time, in words.
    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Rows(_) => "rows",
            Self::Images(_) => "images",
            Self::Pictures(_) => "pictures",
        }
    }
}

fn n_images(groups: &[Group]) -> usize {
    groups.iter().map(|group| group.n_of_image.len()).sum()
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
            expected: "rows of an image or a picture that the other rows can be fitted without",
            got: format!("{m} of {n} rows together, which rounding keeps from being left out"),
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
