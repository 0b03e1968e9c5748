//! Trivial cues: what one may tell reconstructions apart by without seeing what they show.

use std::f64::consts::FRAC_1_SQRT_2;

use rayon::prelude::*;

use crate::Rows;
use crate::matrix::Similarities;

/// Scales of the orientations' energies: pixels, means of 2 × 2 and of 4 × 4 pixels.
pub const N_SCALES: usize = 3;
/// Orientations of each scale.
pub const N_ORIENTATIONS: usize = 8;
/// cos(π/8).
const COS: f64 = 0.923_879_532_511_286_7;
/// sin(π/8).
const SIN: f64 = 0.382_683_432_365_089_8;
/// Unit vectors at k·π/8.
const DIRECTIONS: [(f64, f64); N_ORIENTATIONS] = [
    (1.0, 0.0),
    (COS, SIN),
    (FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    (SIN, COS),
    (0.0, 1.0),
    (-SIN, COS),
    (-FRAC_1_SQRT_2, FRAC_1_SQRT_2),
    (-COS, SIN),
];

/// How near two images are by their mean: −|x̄ − ȳ|.
pub fn luminance(originals: &Rows, reconstructions: &Rows) -> Similarities {
    nearness(originals, reconstructions, |pixels| vec![mean(pixels)])
}

/// How near two images are by the standard deviation of their pixels: −|sd(x) − sd(y)|.
pub fn contrast(originals: &Rows, reconstructions: &Rows) -> Similarities {
    nearness(originals, reconstructions, |pixels| {
        let mean = mean(pixels);
        let squares: f64 = pixels.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
        vec![(squares / pixels.len() as f64).sqrt()]
    })
}

/// How near two images are by the energies of their orientations, wherever in the image they are.
///
/// ```text
/// nearness = −√ Σ (E_x[s, k] − E_y[s, k])²,     E[s, k] = mean over pixels of |g|² cos⁸(φ − kπ/8)
/// ```
/// `g` with direction `φ` is the gradient by central differences at scale `s`: in the image itself, and in means of 2 × 2 and
/// of 4 × 4 pixels; k = 0 … 7. The eighth power halves the energy at 23.5° from an orientation, about the distance to the
/// next. A scale with fewer than 3 pixels a side is left out.
///
/// # Source
/// Tuned energies of steerable gradients, after Freeman & Adelson (1991), doi:10.1109/34.93808; the power is a choice.
///
/// # Shapes
/// `[n, height · width]` each, pixels in `[−1, 1]`; result `[n_originals, n_reconstructions]`, at most 0.
pub fn orientation(
    originals: &Rows,
    reconstructions: &Rows,
    height: usize,
    width: usize,
) -> Similarities {
    nearness(originals, reconstructions, |pixels| {
        energies(pixels, height, width)
    })
}

/// −√ of the summed squared differences between two images' figures.
fn nearness(
    originals: &Rows,
    reconstructions: &Rows,
    figures: impl Fn(&[f32]) -> Vec<f64> + Sync,
) -> Similarities {
    let all = |rows: &Rows| -> Vec<Vec<f64>> {
        rows.values
            .par_chunks(rows.n_columns.max(1))
            .map(&figures)
            .collect()
    };
    let (left, right) = (all(originals), all(reconstructions));
    let distance = |a: &[f64], b: &[f64]| {
        let squares: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
        squares.sqrt()
    };
    Similarities {
        n_rows: left.len(),
        n_columns: right.len(),
        values: left
            .iter()
            .flat_map(|a| right.iter().map(move |b| -distance(a, b)))
            .collect(),
    }
}

fn mean(pixels: &[f32]) -> f64 {
    pixels.iter().map(|&x| f64::from(x)).sum::<f64>() / pixels.len() as f64
}

/// Energies of all scales, `[N_SCALES · N_ORIENTATIONS]` or fewer.
pub fn energies(pixels: &[f32], height: usize, width: usize) -> Vec<f64> {
    let mut image: Vec<f64> = pixels.iter().map(|&x| f64::from(x)).collect();
    let (mut height, mut width) = (height, width);
    let mut all = Vec::new();
    for _ in 0..N_SCALES {
        if height < 3 || width < 3 {
            break;
        }
        all.extend(energies_of(&image, height, width));
        image = halved(&image, height, width);
        (height, width) = (height / 2, width / 2);
    }
    all
}

fn energies_of(image: &[f64], height: usize, width: usize) -> [f64; N_ORIENTATIONS] {
    let mut sums = [0.0; N_ORIENTATIONS];
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let at = y * width + x;
            let across = (image[at + 1] - image[at - 1]) / 2.0;
            let down = (image[at + width] - image[at - width]) / 2.0;
            let square = across * across + down * down;
            if square == 0.0 {
                continue;
            }
            for (sum, (cos, sin)) in sums.iter_mut().zip(DIRECTIONS) {
                let cosine = (across * cos + down * sin).powi(2) / square;
                *sum += square * (cosine * cosine) * (cosine * cosine);
            }
        }
    }
    let n = ((height - 2) * (width - 2)) as f64;
    sums.map(|sum| sum / n)
}

/// Means of 2 × 2 pixels; an odd last row or column is left out.
fn halved(image: &[f64], height: usize, width: usize) -> Vec<f64> {
    let (rows, columns) = (height / 2, width / 2);
    (0..rows * columns)
        .map(|at| {
            let first = 2 * (at / columns) * width + 2 * (at % columns);
            let sum = image[first] + image[first + 1] + image[first + width];
            (sum + image[first + width + 1]) / 4.0
        })
        .collect()
}
