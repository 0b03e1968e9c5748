//! Responses without noise, as an encoding model predicts them from features of images.
//!
//! ```text
//! y_v = ȳ_v + x·w_v,     w_v = argmin ‖y_v − ȳ_v − X·w‖² + α_v·‖w‖²     X: features, standardised over the images of the fit
//! K = X·Xᵀ = U·diag(λ)·Uᵀ,   f = λ/(λ + α),   p_v = Uᵀ·(y_v − ȳ_v)
//! GCV_v(α) = n·Σ_k ((1 − f_k)·p_kv)² / (n − 1 − Σ_k f_k)²,     α = λ_max · 10^(−5 … 1), 25 of them, the best for each voxel
//! ```
//! The predictions are a function of the image alone, and so are what the voxels would say without noise if the model were the
//! truth. Voxels that the model does not predict have weights of noise, whose predictions would look like a signal: so a voxel
//! counts only if a fit on one half of the training images predicts its responses to the other half, by the one-sided test of a
//! correlation. Both halves are asked, the smaller p counts twice, and Benjamini and Hochberg's correction is over the voxels of a
//! subject. A fit does not depend on responses to images that it left out, which is what makes the test exact for noise that is
//! independent between images; predictions of images left out one by one depend on all others, and pass it far too often.
//!
//! The penalty knows of no pictures: where images were cut from pictures, other crops of a picture tell of the one whose error is
//! asked for, and α comes out a little smaller than it should be for new pictures.
//!
//! # Source
//! Ridge regression with generalised cross-validation: Golub, Heath & Wahba (1979), doi:10.1080/00401706.1979.10489751.
//! Encoding models of voxels: Kay et al. (2008), doi:10.1038/nature06713.
//!
//! # Determinism
//! Halves come from stream "noise/halves" of the seed. Where images were cut from pictures, a picture is in one half: else a fit
//! would know the pictures that it is asked about.

use std::collections::BTreeMap;

use faer::Mat;
use rand::seq::SliceRandom;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::matrices::{columns, gram, product, symmetric};
use crate::study::discovery::benjamini_hochberg;
use crate::{Error, Result, Rows};

/// Voxels with a smaller adjusted p are predicted.
pub const PREDICTED_Q: f64 = 0.01;
/// Penalties tried, and the powers of ten of the largest eigenvalue between which they lie.
const N_PENALTIES: usize = 25;
const EXPONENTS: (f64, f64) = (-5.0, 1.0);
/// Voxels that are computed at a time.
const BLOCK: usize = 512;
/// With fewer images, no voxel could be told from noise.
const FEWEST_IMAGES: usize = 8;

/// What an encoding model says of the voxels of a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// Predictions for the training images: `[n_train, n_voxels]`, in the unit of the responses.
    pub train: Rows,
    /// Predictions for the test images: `[n_test, n_voxels]`.
    pub test: Rows,
    /// How each voxel's responses to one half of the training images go along with what a fit on the other half predicts, the
    /// mean of both ways: `[n_voxels]`; 0 for a voxel without variance.
    pub left_out: Vec<f64>,
    /// p of these correlations after both corrections: `[n_voxels]`.
    pub q: Vec<f64>,
}

impl Encoded {
    /// The voxels that are predicted for images left out, ascending.
    pub fn predicted(&self) -> Vec<usize> {
        let voxels = self.q.iter().enumerate();
        let predicted = voxels.filter(|(_, q)| **q < PREDICTED_Q);
        predicted.map(|(voxel, _)| voxel).collect()
    }
}

/// Fits every voxel on the training images, and predicts both sets.
///
/// # Shapes
/// `train: [n_train, n_features]`, `test: [n_test, n_features]`, `responses: [n_train, n_voxels]`, one row an image;
/// `pictures: [n_train]`, the same number for images that were cut from one picture, if any were.
///
/// # Errors
/// [`Error::Shape`] if rows or columns do not fit each other, or no feature differs between images; [`Error::TooFew`] for fewer
/// than 8 training images, or images of a single picture.
pub fn encode(
    train: &Rows,
    test: &Rows,
    responses: &Rows,
    pictures: Option<&[usize]>,
    seed: u64,
) -> Result<Encoded> {
    let n_train = train.n_rows();
    if n_train < FEWEST_IMAGES {
        return Err(Error::TooFew {
            what: "training images of an encoding model".into(),
            needed: FEWEST_IMAGES,
            got: n_train,
        });
    }
    let n_rows = responses.n_rows();
    if n_rows != n_train {
        return Err(Error::Shape {
            what: "responses to images".into(),
            expected: n_train.to_string(),
            got: n_rows.to_string(),
        });
    }
    let [one, other] = halves(n_train, pictures, seed);
    if other.is_empty() {
        return Err(Error::TooFew {
            what: "pictures of training images of an encoding model".into(),
            needed: 2,
            got: 1,
        });
    }
    let (left_out, q) = told(train, responses, [&one, &other])?;
    let fitted = Fitted::new(train, test, responses)?;
    Ok(Encoded {
        train: fitted.train,
        test: fitted.test,
        left_out,
        q,
    })
}

/// The training images in two parts: halves, or as near to it as whole pictures allow.
fn halves(n_train: usize, pictures: Option<&[usize]>, seed: u64) -> [Vec<usize>; 2] {
    let mut rng = lab_core::rng::stream(seed, "noise/halves");
    let Some(pictures) = pictures else {
        let mut order: Vec<usize> = (0..n_train).collect();
        order.shuffle(&mut rng);
        let (one, other) = order.split_at(n_train / 2);
        return [one.to_vec(), other.to_vec()];
    };
    let mut images: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (image, &picture) in pictures.iter().enumerate() {
        images.entry(picture).or_default().push(image);
    }
    let mut order: Vec<Vec<usize>> = images.into_values().collect();
    order.shuffle(&mut rng);
    let mut parts = [Vec::new(), Vec::new()];
    for picture in order {
        let smaller = usize::from(parts[1].len() < parts[0].len());
        parts[smaller].extend(picture);
    }
    parts
}

/// Correlations with what fits on the other half predict, and their corrected p.
fn told(train: &Rows, responses: &Rows, halves: [&[usize]; 2]) -> Result<(Vec<f64>, Vec<f64>)> {
    let across = |fit: &[usize], asked: &[usize]| -> Result<Vec<f64>> {
        let fitted = Fitted::new(
            &taken(train, fit),
            &taken(train, asked),
            &taken(responses, fit),
        )?;
        agreement(&fitted.test, &taken(responses, asked))
    };
    let [one, other] = halves;
    let (r_other, r_one) = (across(one, other)?, across(other, one)?);
    let p_other = p_values(&r_other, other.len());
    let p_one = p_values(&r_one, one.len());
    let p = p_other.iter().zip(&p_one);
    let p: Vec<f64> = p.map(|(a, b)| (2.0 * a.min(*b)).min(1.0)).collect();
    let mean = r_other.iter().zip(&r_one);
    let mean = mean.map(|(a, b)| f64::midpoint(*a, *b));
    Ok((mean.collect(), benjamini_hochberg(&p)))
}

/// The rows at these places, in the order of the places.
fn taken(rows: &Rows, idx: &[usize]) -> Rows {
    let row = |&row: &usize| &rows.values[row * rows.n_columns..][..rows.n_columns];
    Rows {
        n_columns: rows.n_columns,
        values: idx.iter().flat_map(row).copied().collect(),
    }
}

fn empty(n_columns: usize, n_rows: usize) -> Rows {
    Rows {
        n_columns,
        values: vec![0.0; n_columns * n_rows],
    }
}

/// A model of every voxel.
struct Fitted {
    /// Predictions for the images of the fit: `[n_train, n_voxels]`.
    train: Rows,
    /// Predictions for others: `[n_test, n_voxels]`.
    test: Rows,
    /// The penalty of each voxel.
    penalties: Vec<f64>,
}

impl Fitted {
    fn new(train: &Rows, test: &Rows, responses: &Rows) -> Result<Self> {
        if test.n_columns != train.n_columns {
            return Err(Error::Shape {
                what: "features of test images".into(),
                expected: train.n_columns.to_string(),
                got: test.n_columns.to_string(),
            });
        }
        let design = Design::new(train, test)?;
        let mut fitted = Self {
            train: empty(responses.n_columns, train.n_rows()),
            test: empty(responses.n_columns, test.n_rows()),
            penalties: Vec::new(),
        };
        for first in (0..responses.n_columns).step_by(BLOCK) {
            design.fit(responses, first, &mut fitted);
        }
        Ok(fitted)
    }
}

/// Features of both sets, decomposed once for all voxels.
struct Design {
    /// `[n_train, n_train]`.
    u: Mat<f64>,
    eigenvalues: Vec<f64>,
    /// Products of test and training features, in the directions of `u`: `[n_test, n_train]`.
    test: Mat<f64>,
    penalties: Vec<f64>,
}

impl Design {
    fn new(train: &Rows, test: &Rows) -> Result<Self> {
        let (mut x, mut z) = (columns(train), columns(test));
        standardise(&mut x, &mut z);
        let (eigenvalues, u) = symmetric("products of features", &gram(x.transpose()))?;
        let largest = eigenvalues.last().copied().unwrap_or(0.0);
        if !(largest.is_finite() && largest > 0.0) {
            return Err(Error::Shape {
                what: "features of training images".into(),
                expected: "finite numbers that differ between images".into(),
                got: "others".into(),
            });
        }
        let beside = product(z.transpose(), x.as_ref());
        let step = (EXPONENTS.1 - EXPONENTS.0) / (N_PENALTIES - 1) as f64;
        let exponents = (0..N_PENALTIES).map(|place| EXPONENTS.0 + step * place as f64);
        let penalties = exponents.map(|exponent| largest * 10f64.powf(exponent));
        Ok(Self {
            test: product(beside.as_ref(), u.as_ref()),
            penalties: penalties.collect(),
            // What rounding leaves below 0 is 0.
            eigenvalues: eigenvalues.iter().map(|value| value.max(0.0)).collect(),
            u,
        })
    }

    /// Fits the voxels of one block.
    fn fit(&self, responses: &Rows, first: usize, fitted: &mut Fitted) {
        let (n, n_voxels) = (self.u.nrows(), responses.n_columns);
        let n_here = BLOCK.min(n_voxels - first);
        let response = |image: usize, voxel: usize| {
            f64::from(responses.values[image * n_voxels + first + voxel])
        };
        let mean =
            |voxel: usize| (0..n).map(|image| response(image, voxel)).sum::<f64>() / n as f64;
        let means: Vec<f64> = (0..n_here).map(mean).collect();
        let y = Mat::from_fn(n, n_here, |image, voxel| {
            response(image, voxel) - means[voxel]
        });
        let p = product(self.u.transpose(), y.as_ref());
        let chosen: Vec<f64> = (0..n_here).map(|voxel| self.best(&p, voxel)).collect();
        let dual = Mat::from_fn(n, n_here, |k, voxel| {
            p[(k, voxel)] / (self.eigenvalues[k] + chosen[voxel])
        });
        let shrunk = Mat::from_fn(n, n_here, |k, voxel| self.eigenvalues[k] * dual[(k, voxel)]);
        let of_sets = [
            (product(self.u.as_ref(), shrunk.as_ref()), &mut fitted.train),
            (product(self.test.as_ref(), dual.as_ref()), &mut fitted.test),
        ];
        for (predictions, rows) in of_sets {
            for (image, row) in rows.values.chunks_mut(n_voxels).enumerate() {
                for (voxel, mean) in means.iter().enumerate() {
                    row[first + voxel] = (mean + predictions[(image, voxel)]) as f32;
                }
            }
        }
        fitted.penalties.extend(chosen);
    }

    /// The penalty with the least error by generalised cross-validation.
    fn best(&self, p: &Mat<f64>, voxel: usize) -> f64 {
        let n = self.u.nrows();
        let error = |alpha: f64| {
            let kept = self.eigenvalues.iter().map(|value| value / (value + alpha));
            let (mut residual, mut free) = (0.0, (n - 1) as f64);
            for (k, kept) in kept.enumerate() {
                residual += ((1.0 - kept) * p[(k, voxel)]).powi(2);
                free -= kept;
            }
            n as f64 * residual / (free * free)
        };
        let errors = self.penalties.iter().map(|&alpha| (alpha, error(alpha)));
        let best = errors.min_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or(0.0, |(alpha, _)| alpha)
    }
}

/// Both sets less the training mean of each feature, over its standard deviation; features without one are 0.
fn standardise(train: &mut Mat<f64>, test: &mut Mat<f64>) {
    let n = train.ncols() as f64;
    for feature in 0..train.nrows() {
        let values = train.row(feature);
        let mean = values.iter().sum::<f64>() / n;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>()
            / n;
        let scale = if variance > 0.0 {
            variance.sqrt().recip()
        } else {
            0.0
        };
        for of_set in [&mut *train, &mut *test] {
            of_set
                .row_mut(feature)
                .iter_mut()
                .for_each(|value| *value = (*value - mean) * scale);
        }
    }
}

/// How each voxel's responses go along with its predictions over the same images: `[n_voxels]`.
///
/// # Errors
/// [`Error::Shape`] if the numbers of images or voxels differ.
pub fn agreement(predictions: &Rows, responses: &Rows) -> Result<Vec<f64>> {
    let shape = |rows: &Rows| (rows.n_rows(), rows.n_columns);
    if shape(predictions) != shape(responses) {
        return Err(Error::Shape {
            what: "responses beside predictions".into(),
            expected: format!("{:?}", shape(predictions)),
            got: format!("{:?}", shape(responses)),
        });
    }
    let n_voxels = predictions.n_columns;
    let of = |rows: &Rows, at: usize| f64::from(rows.values[at]);
    let of_voxel = |voxel: usize| {
        let places = (voxel..predictions.values.len()).step_by(n_voxels);
        correlation(places.map(|at| (of(predictions, at), of(responses, at))))
    };
    Ok((0..n_voxels).map(of_voxel).collect())
}

/// Pearson's correlation; 0 where one side does not vary.
fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let n = pairs.clone().count() as f64;
    let (mut of_x, mut of_y) = (0.0, 0.0);
    for (x, y) in pairs.clone() {
        of_x += x / n;
        of_y += y / n;
    }
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - of_x).powi(2);
        yy += (y - of_y).powi(2);
        xy += (x - of_x) * (y - of_y);
    }
    if xx > 0.0 && yy > 0.0 {
        xy / (xx * yy).sqrt()
    } else {
        0.0
    }
}

/// One-sided p of correlations over `n` images, by Student's t with n − 2 degrees of freedom.
fn p_values(correlations: &[f64], n: usize) -> Vec<f64> {
    let degrees = (n - 2) as f64;
    let Ok(student) = StudentsT::new(0.0, 1.0, degrees) else {
        return vec![1.0; correlations.len()];
    };
    let p = |r: &f64| student.sf(r * (degrees / (1.0 - r * r).max(f64::MIN_POSITIVE)).sqrt());
    correlations.iter().map(p).collect()
}

#[cfg(test)]
mod tests {
    use lab_core::rng::stream;
    use rand::Rng;
    use rand_distr::StandardNormal;

    use super::{Fitted, PREDICTED_Q, agreement, encode, told};
    use crate::parity::{close, encoding, numbers, rows_of};
    use crate::{Error, Rows};

    fn arrays() -> (serde_json::Value, [Rows; 3]) {
        let reference = encoding();
        let arrays = ["train", "test", "responses"].map(|name| rows_of(&reference[name]));
        (reference, arrays)
    }

    fn wide(rows: &Rows) -> Vec<f64> {
        rows.values.iter().map(|&value| f64::from(value)).collect()
    }

    #[test]
    fn penalties_are_those_of_numpy_and_predictions_those_of_scikit_learn() {
        let (reference, [train, test, responses]) = arrays();
        let found = Fitted::new(&train, &test, &responses).unwrap();
        let expected = |name: &str| numbers(&reference[name]);
        close("penalties", &found.penalties, &expected("penalties"));
        close("training images", &wide(&found.train), &expected("fitted"));
        close("test images", &wide(&found.test), &expected("predicted"));
    }

    #[test]
    fn halves_tell_which_voxels_are_predicted() {
        let (reference, [train, _, responses]) = arrays();
        let half = |name: &str| -> Vec<usize> {
            let places = numbers(&reference[name]).into_iter();
            places.map(|place| place as usize).collect()
        };
        let (one, other) = (half("one"), half("other"));
        let (left_out, q) = told(&train, &responses, [&one, &other]).unwrap();
        close("left out", &left_out, &numbers(&reference["left_out"]));
        close("q", &q, &numbers(&reference["q"]));
        assert!(q.iter().any(|q| *q < PREDICTED_Q) && q.iter().any(|q| *q > PREDICTED_Q));
    }

    /// In each of 200 subjects with 300 voxels of noise the first passes with a probability of at most q, 1 %: 8 or more have a
    /// probability below .001.
    #[test]
    fn noise_is_not_predicted() {
        let mut rng = stream(5, "noise alone");
        let mut draw = |n_rows: usize, n_columns: usize| Rows {
            n_columns,
            values: (0..n_rows * n_columns)
                .map(|_| rng.sample::<f32, _>(StandardNormal))
                .collect(),
        };
        let passed = (0..200).filter(|&seed| {
            let [train, test, responses] = [(40, 30), (3, 30), (40, 300)].map(|(n, m)| draw(n, m));
            let found = encode(&train, &test, &responses, None, seed).unwrap();
            !found.predicted().is_empty()
        });
        let passed = passed.count();
        assert!(passed < 8, "{passed} of 200");
    }

    #[test]
    fn a_picture_is_in_one_half() {
        // Twelve pictures, each of three images in a row.
        let pictures: Vec<usize> = (0..36).map(|image| 3 * (image / 3)).collect();
        let [one, other] = super::halves(36, Some(&pictures), 1);
        assert_eq!((one.len(), other.len()), (18, 18));
        let of = |part: &[usize]| -> std::collections::BTreeSet<usize> {
            part.iter().map(|&image| pictures[image]).collect()
        };
        assert!(of(&one).is_disjoint(&of(&other)));
        assert_ne!(super::halves(36, Some(&pictures), 2), [one, other]);
        let (_, [train, test, responses]) = arrays();
        let alone = vec![0; train.n_rows()];
        let error = encode(&train, &test, &responses, Some(&alone), 1).unwrap_err();
        assert!(matches!(error, Error::TooFew { needed: 2, .. }), "{error}");
    }

    #[test]
    fn rows_that_do_not_belong_together_are_refused() {
        let (_, [train, test, responses]) = arrays();
        let refused = |train: &Rows, test: &Rows, responses: &Rows| {
            encode(train, test, responses, None, 1).unwrap_err()
        };
        let error = refused(&train.first(20), &test, &responses.first(19));
        assert!(matches!(error, Error::Shape { .. }), "{error}");
        let error = refused(&train, &responses, &responses);
        assert!(matches!(error, Error::Shape { .. }), "{error}");
        let error = refused(&train.first(7), &test, &responses.first(7));
        assert!(matches!(error, Error::TooFew { .. }), "{error}");
        let mut alike = train.clone();
        alike.values.fill(0.5);
        let error = refused(&alike, &test, &responses);
        assert!(matches!(error, Error::Shape { .. }), "{error}");
        assert!(agreement(&train, &responses).is_err());
    }
}
