//! Kernel distance (KID), and how far it would move with other images.

use std::collections::BTreeMap;

use faer::{Mat, MatRef};
use serde::{Deserialize, Serialize};

use super::check;
use crate::Rows;
use crate::binomial::normal_quantile;
use crate::matrices::{columns, product};
use crate::{Error, Result};

/// Rows of a kernel matrix that are held at a time.
const ROWS: usize = 256;
/// Fewest pictures of each set: leaving one out must leave two.
const AT_LEAST: usize = 3;

/// A squared distance between two sets of images, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KernelDistance {
    /// Unbiased: below 0 about half of the time when both sets are drawn alike.
    pub value: f64,
    /// Standard error by the jackknife.
    pub standard_error: f64,
    /// `value ± z·standard_error`.
    pub interval: (f64, f64),
}

/// Images of one side, and the picture that each was cut from, if they were.
///
/// What is cut from one picture is alike, and no draw of its own: a picture then counts once, whatever the number of its
/// images, and is left out as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Features, a row each.
    pub rows: &'a Rows,
    /// Pictures, a number each; `None` if every image is a picture of its own.
    pub pictures: Option<&'a [usize]>,
}

/// A kernel distance with what the jackknife needs of it, so that two generators can be held against each other on the
/// same real images.
#[derive(Debug, Clone, PartialEq)]
pub struct Jackknife {
    value: f64,
    /// The part of the squared standard error that other samples would make.
    by_samples: f64,
    /// The distance without each of the real pictures.
    without_real: Vec<f64>,
}

impl Jackknife {
    /// The distance with its interval.
    pub fn distance(&self, confidence: f64) -> KernelDistance {
        let squared_error = self.by_samples + jackknife(&self.without_real);
        around(self.value, squared_error, confidence)
    }

    /// This distance less another one to the same real images, each of which is left out of both at once.
    ///
    /// # Errors
    /// If the numbers of real pictures differ.
    pub fn less(&self, other: &Self, confidence: f64) -> Result<KernelDistance> {
        if self.without_real.len() != other.without_real.len() {
            return Err(Error::Shape {
                what: "kernel distances that are compared".into(),
                expected: format!("{} real images", self.without_real.len()),
                got: other.without_real.len().to_string(),
            });
        }
        let pairs = self.without_real.iter().zip(&other.without_real);
        let differences: Vec<f64> = pairs.map(|(own, theirs)| own - theirs).collect();
        let squared_error = self.by_samples + other.by_samples + jackknife(&differences);
        Ok(around(self.value - other.value, squared_error, confidence))
    }
}

/// The squared maximum mean discrepancy under a cubic kernel: the kernel inception distance, on whatever features.
///
/// ```text
/// k(x, y) = (x·y/d + 1)³,   of two pictures the mean over their images
/// MMD²    = Σ_{i≠j} k(xᵢ, xⱼ)/(m(m − 1)) + Σ_{i≠j} k(yᵢ, yⱼ)/(n(n − 1)) − 2·Σᵢⱼ k(xᵢ, yⱼ)/(mn)
/// se²     = (m − 1)/m · Σᵢ (θ₋ᵢ − θ̄)²  over samples left out,  +  the same over real images left out
/// ```
/// over m samples and n real images, or over pictures where images were cut from some. The estimate has no bias at any N,
/// unlike the Fréchet distance. It takes pictures as drawn independently: where both sets hold equally many images of each
/// class, classes differ less between the sets than drawn ones would, and it comes out below 0 by about the spread between
/// classes over N.
/// The interval is normal, around a jackknife over both sets: it speaks of other samples and other real pictures. Where the
/// two sets are drawn alike the estimate is degenerate and the interval rough.
///
/// # Source
/// Bińkowski, Sutherland, Arbel & Gretton (2018), *Demystifying MMD GANs*, arXiv:1801.01401, section 4; the jackknife of a
/// statistic of two samples: Arvesen (1969), doi:10.1214/aoms/1177697287.
///
/// # Shapes
/// `samples: [m, n_features]`, `real: [n, n_features]`; a picture for each row.
///
/// # Errors
/// If sizes differ, a number is not finite, or a set has fewer than 3 rows or pictures.
pub fn kernel_distance(samples: Side<'_>, real: Side<'_>) -> Result<Jackknife> {
    let sets = [("samples", samples.rows), ("real images", real.rows)];
    check("kernel distance", sets, AT_LEAST)?;
    let (x, y) = (
        Units::new("samples", samples)?,
        Units::new("real images", real)?,
    );
    let (within_x, within_y) = (x.within(), y.within());
    let (x_to_y, y_to_x) = (x.to(&y), y.to(&x));
    let (m, n) = (within_x.len() as f64, within_y.len() as f64);
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let (all_x, all_y, all_between) = (sum(&within_x), sum(&within_y), sum(&x_to_y));
    let estimate = |x: f64, m: f64, y: f64, n: f64, between: f64| {
        x / (m * (m - 1.0)) + y / (n * (n - 1.0)) - 2.0 * between / (m * n)
    };
    // A picture that is left out takes its pairs with it, twice: as first and as second.
    let without_x = within_x
        .iter()
        .zip(&x_to_y)
        .map(|(own, other)| estimate(all_x - 2.0 * own, m - 1.0, all_y, n, all_between - other));
    let without_y = within_y
        .iter()
        .zip(&y_to_x)
        .map(|(own, other)| estimate(all_x, m, all_y - 2.0 * own, n - 1.0, all_between - other));
    let without_x: Vec<f64> = without_x.collect();
    Ok(Jackknife {
        value: estimate(all_x, m, all_y, n, all_between),
        by_samples: jackknife(&without_x),
        without_real: without_y.collect(),
    })
}

fn around(value: f64, squared_error: f64, confidence: f64) -> KernelDistance {
    let standard_error = squared_error.sqrt();
    let half = normal_quantile(f64::midpoint(1.0, confidence)) * standard_error;
    KernelDistance {
        value,
        standard_error,
        interval: (value - half, value + half),
    }
}

/// Images as columns, gathered by picture.
struct Units {
    images: Mat<f64>,
    /// The images of each picture.
    members: Vec<Vec<usize>>,
    /// One over the number of images of the picture that an image was cut from.
    weights: Vec<f64>,
}

impl Units {
    fn new(name: &str, side: Side<'_>) -> Result<Self> {
        let n_rows = side.rows.n_rows();
        let members = match side.pictures {
            None => (0..n_rows).map(|row| vec![row]).collect(),
            Some(pictures) if pictures.len() == n_rows => gathered(pictures),
            Some(pictures) => {
                return Err(Error::Shape {
                    what: format!("kernel distance: pictures of {name}"),
                    expected: format!("{n_rows}, one for each image"),
                    got: pictures.len().to_string(),
                });
            }
        };
        if members.len() < AT_LEAST {
            return Err(Error::TooFew {
                what: format!("kernel distance: pictures of {name}"),
                needed: AT_LEAST,
                got: members.len(),
            });
        }
        let mut weights = vec![1.0; n_rows];
        for of_one in &members {
            of_one
                .iter()
                .for_each(|&row| weights[row] = 1.0 / of_one.len() as f64);
        }
        Ok(Self {
            images: columns(side.rows),
            members,
            weights,
        })
    }

    /// For each picture, Σ of its kernel with every other one.
    fn within(&self) -> Vec<f64> {
        let with_own = self.to(self).into_iter().zip(&self.members);
        with_own
            .map(|(all, members)| all - self.own(members))
            .collect()
    }

    /// For each picture, Σ of its kernel with every picture of the other side.
    fn to(&self, other: &Self) -> Vec<f64> {
        let of_images = sums(self.images.as_ref(), other.images.as_ref(), &other.weights);
        let of_one = |members: &Vec<usize>| {
            let parts = members
                .iter()
                .map(|&row| self.weights[row] * of_images[row]);
            parts.sum()
        };
        self.members.iter().map(of_one).collect()
    }

    /// The kernel of a picture with itself.
    fn own(&self, members: &[usize]) -> f64 {
        let pairs = members
            .iter()
            .flat_map(|&row| members.iter().map(move |&other| (row, other)));
        let kernels = pairs.map(|(row, other)| {
            let (a, b) = (self.images.col(row), self.images.col(other));
            let product: f64 = a.iter().zip(b.iter()).map(|(a, b)| a * b).sum();
            self.weights[row] * self.weights[other] * kernel(product, self.images.nrows())
        });
        kernels.sum()
    }
}

/// The rows of each picture, pictures in the order of their numbers.
fn gathered(pictures: &[usize]) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, &picture) in pictures.iter().enumerate() {
        members.entry(picture).or_default().push(row);
    }
    members.into_values().collect()
}

/// `(m − 1)/m · Σ (θ₋ᵢ − θ̄)²`.
fn jackknife(left_out: &[f64]) -> f64 {
    let m = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / m;
    let squares = left_out.iter().map(|value| (value - mean).powi(2));
    (m - 1.0) / m * squares.sum::<f64>()
}

/// For each column of `a`, Σ of its kernel with every column of `b`, times the weight of that column.
fn sums(a: MatRef<'_, f64>, b: MatRef<'_, f64>, weights: &[f64]) -> Vec<f64> {
    let mut all = Vec::with_capacity(a.ncols());
    for start in (0..a.ncols()).step_by(ROWS) {
        let own = a.subcols(start, ROWS.min(a.ncols() - start));
        let products = product(b.transpose(), own);
        let sum = |row: usize| {
            let values = products.col(row).iter().zip(weights);
            values
                .map(|(&product, weight)| weight * kernel(product, a.nrows()))
                .sum()
        };
        all.extend((0..own.ncols()).map(|row| -> f64 { sum(row) }));
    }
    all
}

fn kernel(product: f64, n_features: usize) -> f64 {
    (product / n_features as f64 + 1.0).powi(3)
}
