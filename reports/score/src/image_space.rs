//! The space in which pictures are near or far: one for splits, for likeness between sets, and for scores against distance.
//!
//! ```text
//! x = means over blocks to 32 × 32 (all channels), minus their mean, of length 1
//! correlation(a, b) = x_a · x_b,     distance(a, b) = 1 − correlation(a, b)
//! ```
//! Brightness and contrast do not count, and what is finer than a block hardly does: a picture that was stored again, scaled or
//! touched up has a distance of nearly 0 from what it was, and unrelated pictures have one of about 1. A picture of which nothing
//! is left, such as a grey one, has the distance 1 from every other and from itself.
//!
//! The guards of reconstructions ([`crate::guards`]) average more coarsely, since what they compare is noisy.

use lab_core::Result;
use lab_core::recording::Stimuli;
use rayon::prelude::*;

use crate::Rows;

/// Side to which pictures are averaged down before they are compared; smaller ones stay as they are.
pub const SIDE: usize = 32;
/// Pictures that are read at a time: a large set is not held as a whole.
const CHUNK: usize = 256;
/// Partial sums of one dot product.
const LANES: usize = 16;
/// A picture whose blocks differ by less than this, as their standard deviation for pixels in `[−1, 1]`, shows nothing: it is the
/// rounding of 32-bit numbers, and a hundredth of a step of 8 bits over the whole picture.
const NOTHING: f64 = 1e-5;

/// Pictures in the space.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageSpace {
    n_columns: usize,
    /// `[n_images, n_columns]`, each row of length 1, or 0 if the picture shows nothing.
    values: Vec<f32>,
}

/// The picture of a set that is most like another picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its place in the set; the first, if several are equally near.
    pub place: usize,
    /// Correlation with it.
    pub correlation: f32,
}

impl Nearest {
    /// 1 − correlation, from 0 to 2.
    pub fn distance(&self) -> f64 {
        (1.0 - f64::from(self.correlation)).max(0.0)
    }
}

impl ImageSpace {
    /// Some images of a dataset or corpus.
    ///
    /// # Errors
    /// Fails if the images cannot be read.
    pub fn of(stimuli: &Stimuli, image_idx: &[usize]) -> Result<Self> {
        let shape = stimuli.shape();
        let n_columns = columns(shape.height, shape.width);
        let mut values = Vec::with_capacity(image_idx.len() * n_columns);
        for chunk in image_idx.chunks(CHUNK) {
            let pixels = stimuli.images.read(chunk)?;
            let images = pixels.par_chunks(shape.n_pixels());
            let reduced: Vec<Vec<f32>> = images
                .map(|image| unit(averaged(image, shape.height, shape.width)))
                .collect();
            reduced.iter().for_each(|image| values.extend(image));
        }
        Ok(Self { n_columns, values })
    }

    /// Grey pictures, a row each.
    ///
    /// # Shapes
    /// `rows: [n_images, height · width]`.
    pub fn of_rows(rows: &Rows, height: usize, width: usize) -> Self {
        let images = rows.values.par_chunks(rows.n_columns.max(1));
        let reduced: Vec<Vec<f32>> = images
            .map(|image| unit(averaged(image, height, width)))
            .collect();
        Self {
            n_columns: columns(height, width),
            values: reduced.concat(),
        }
    }

    /// How many pictures there are.
    pub fn n_images(&self) -> usize {
        self.values.len().checked_div(self.n_columns).unwrap_or(0)
    }

    /// Numbers of a picture; only pictures of as many can be compared.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// One picture: `[n_columns]`.
    pub fn row(&self, place: usize) -> &[f32] {
        &self.values[place * self.n_columns..(place + 1) * self.n_columns]
    }

    /// Correlation of one picture with one of another set, or of the same.
    pub fn correlation(&self, place: usize, others: &Self, other: usize) -> f32 {
        dot(self.row(place), others.row(other))
    }

    /// For each picture the nearest of the others; `None` if there is none, or none of as many numbers.
    ///
    /// # Determinism
    /// Every sum is taken in one fixed order, whatever the number of threads.
    pub fn nearest(&self, others: &Self) -> Vec<Option<Nearest>> {
        self.nearest_within(others, |_| 0..others.n_images())
    }

    /// For each picture but the first the nearest of those before it in the same set.
    pub fn nearest_before(&self) -> Vec<Option<Nearest>> {
        self.nearest_within(self, |place| 0..place)
    }

    fn nearest_within(
        &self,
        others: &Self,
        among: impl Fn(usize) -> std::ops::Range<usize> + Sync,
    ) -> Vec<Option<Nearest>> {
        if self.n_columns != others.n_columns {
            return vec![None; self.n_images()];
        }
        let best = |place: usize| {
            among(place).fold(None, |best, other| {
                Some(better(best, other, dot(self.row(place), others.row(other))))
            })
        };
        (0..self.n_images()).into_par_iter().map(best).collect()
    }

    /// As [`Self::nearest`], with images of a corpus that may be too large to be held in the space; `place` is an image's index in
    /// the corpus.
    ///
    /// # Errors
    /// Fails if the images cannot be read.
    pub fn nearest_in(&self, corpus: &Stimuli) -> Result<Vec<Option<Nearest>>> {
        let mut nearest = vec![None; self.n_images()];
        let all: Vec<usize> = (0..corpus.n_images()).collect();
        for (start, chunk) in all.chunks(CHUNK).enumerate() {
            let found = self.nearest(&Self::of(corpus, chunk)?);
            for (best, found) in nearest.iter_mut().zip(found) {
                if let Some(found) = found {
                    *best = Some(better(
                        *best,
                        start * CHUNK + found.place,
                        found.correlation,
                    ));
                }
            }
        }
        Ok(nearest)
    }
}

/// The nearer of the two; what was found first stays where both are as near.
fn better(best: Option<Nearest>, place: usize, correlation: f32) -> Nearest {
    match best {
        Some(best) if best.correlation >= correlation => best,
        _ => Nearest { place, correlation },
    }
}

fn columns(height: usize, width: usize) -> usize {
    height.min(SIDE) * width.min(SIDE)
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a_lanes, a_rest), (b_lanes, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Means over blocks of all channels; a picture that is small already stays.
fn averaged(image: &[f32], height: usize, width: usize) -> Vec<f32> {
    let (rows, columns) = (height.min(SIDE), width.min(SIDE));
    let mut sums = vec![(0.0_f32, 0.0_f32); rows * columns];
    for plane in image.chunks(height * width) {
        for (at, pixel) in plane.iter().enumerate() {
            let (y, x) = (at / width * rows / height, at % width * columns / width);
            let sum = &mut sums[y * columns + x];
            *sum = (sum.0 + pixel, sum.1 + 1.0);
        }
    }
    sums.into_iter().map(|(sum, n)| sum / n.max(1.0)).collect()
}

fn unit(mut image: Vec<f32>) -> Vec<f32> {
    let n_pixels = image.len().max(1) as f64;
    let mean = image.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / n_pixels;
    image
        .iter_mut()
        .for_each(|pixel| *pixel = (f64::from(*pixel) - mean) as f32);
    let length = dot(&image, &image).sqrt();
    let scale = if f64::from(length) > NOTHING * n_pixels.sqrt() {
        length.recip()
    } else {
        0.0
    };
    image.iter_mut().for_each(|pixel| *pixel *= scale);
    image
}

#[cfg(test)]
mod tests {
    use lab_core::dims::ImageShape;
    use lab_core::recording::Stimuli;
    use rand::Rng;

    use super::{ImageSpace, SIDE};
    use crate::Rows;
    use crate::correlation::correlations;

    fn pictures(n: usize, side: usize, name: &str) -> Rows {
        let mut rng = lab_core::rng::stream(1, name);
        let n_columns = side * side;
        Rows {
            n_columns,
            values: (0..n * n_columns)
                .map(|_| rng.random_range(-1.0..1.0))
                .collect(),
        }
    }

    /// For pictures of a whole number of blocks, the correlation of the means of blocks in double precision.
    #[test]
    fn correlations_are_those_of_means_of_blocks() {
        let side = 2 * SIDE;
        let rows = pictures(5, side, "pictures");
        let block = |image: &[f32], place: usize| -> f32 {
            let (y, x) = (place / SIDE * 2, place % SIDE * 2);
            let at = |dy: usize, dx: usize| image[(y + dy) * side + x + dx];
            (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4.0
        };
        let coarse = Rows {
            n_columns: SIDE * SIDE,
            values: rows
                .values
                .chunks(side * side)
                .flat_map(|image| (0..SIDE * SIDE).map(move |place| block(image, place)))
                .collect(),
        };
        let expected = correlations(&coarse, &coarse);
        let space = ImageSpace::of_rows(&rows, side, side);
        assert_eq!((space.n_images(), space.n_columns()), (5, SIDE * SIDE));
        for a in 0..5 {
            for b in 0..5 {
                let found = f64::from(space.correlation(a, &space, b));
                assert!((found - expected.at(a, b)).abs() < 1e-5, "{a} {b}");
            }
        }
    }

    #[test]
    fn brightness_and_contrast_do_not_count_and_grey_is_far_from_all() {
        let mut rows = pictures(3, 40, "plain");
        let n = rows.n_columns;
        for pixel in 0..n {
            rows.values[n + pixel] = 0.3 * rows.values[pixel] + 0.2;
            rows.values[2 * n + pixel] = 0.25;
        }
        let space = ImageSpace::of_rows(&rows, 40, 40);
        let nearest = space.nearest_before();
        assert_eq!(nearest[0], None);
        assert!(nearest[1].unwrap().distance() < 1e-5);
        assert!((nearest[2].unwrap().distance() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_corpus_in_chunks_has_the_nearest_of_the_whole() {
        let (test, corpus) = (pictures(4, 8, "test"), pictures(600, 8, "corpus"));
        let space = ImageSpace::of_rows(&test, 8, 8);
        let whole = space.nearest(&ImageSpace::of_rows(&corpus, 8, 8));
        let stimuli = Stimuli::from_pixels(ImageShape::grey(8), corpus.values).unwrap();
        assert_eq!(space.nearest_in(&stimuli).unwrap(), whole);
        assert!(whole.iter().any(|nearest| nearest.unwrap().place > 256));
        // Pictures of another size have other numbers: none of them is near.
        let other = ImageSpace::of_rows(&pictures(2, 9, "other"), 9, 9);
        assert_eq!(space.nearest(&other), vec![None; 4]);
    }

    /// Plain pictures of every brightness show nothing, whatever the rounding of their mean, and are as far as unrelated ones.
    #[test]
    fn plain_pictures_have_the_distance_of_unrelated_ones() {
        for side in [20, SIDE, 3 * SIDE] {
            let greys: [f32; 4] = [0.1, -0.7, 0.333_333, 0.999_9];
            let values = greys.iter().flat_map(|&grey| vec![grey; side * side]);
            let rows = Rows {
                n_columns: side * side,
                values: values.collect(),
            };
            let space = ImageSpace::of_rows(&rows, side, side);
            for found in space.nearest(&space) {
                assert!((found.unwrap().distance() - 1.0).abs() < 1e-12);
            }
            // One step of 8 bits in one pixel in ten is seen.
            let faint =
                (0..side * side).map(|at| 0.1 + if at % 10 == 0 { 2.0 / 255.0 } else { 0.0 });
            let rows = Rows {
                n_columns: side * side,
                values: faint.collect(),
            };
            let space = ImageSpace::of_rows(&rows, side, side);
            assert!((space.correlation(0, &space, 0) - 1.0).abs() < 1e-5);
        }
    }
}
