//! Structural similarity between every original and every reconstruction.

use rayon::prelude::*;

use super::Rows;
use super::matrix::Similarities;

/// Radius of the window in pixels: 11 × 11.
const RADIUS: usize = 5;
/// Standard deviation of the window in pixels.
const SIGMA: f64 = 1.5;
/// `(K₁ L)²` with K₁ = 0.01 and the data range L = 2 of `[−1, 1]`.
const C1: f64 = 0.0004;
/// `(K₂ L)²` with K₂ = 0.03.
const C2: f64 = 0.0036;

/// Mean structural similarity of each pair of images.
///
/// ```text
/// ssim(x, y) = mean over windows of  (2 μx μy + C₁)(2 σxy + C₂) / ((μx² + μy² + C₁)(σx² + σy² + C₂))
/// ```
/// μ, σ² and σxy are weighted by a Gaussian window of 11 × 11 pixels (σ = 1.5) that lies wholly inside the image; an
/// image smaller than that gets the largest odd window that fits, cut from the same Gaussian.
/// Local means and variances are computed once an image, so that a pair costs one filtering of `x · y`.
///
/// # Source
/// Wang, Bovik, Sheikh & Simoncelli (2004), equation 13, doi:10.1109/TIP.2003.819861.
///
/// # Shapes
/// | name | shape | unit |
/// |---|---|---|
/// | `originals`, `reconstructions` | `[n, height · width]` | pixels in `[−1, 1]` |
/// | result | `[n_originals, n_reconstructions]` | in `[−1, 1]`, 1 for equal images |
///
/// # Determinism
/// Each pair is computed by itself in one fixed order.
pub fn structural_similarities(
    originals: &Rows,
    reconstructions: &Rows,
    height: usize,
    width: usize,
) -> Similarities {
    let window = Window::new(height, width);
    let left = window.all_moments(originals);
    let right = window.all_moments(reconstructions);
    let values = left
        .par_iter()
        .map_init(
            || window.scratch(),
            |scratch, x| {
                right
                    .iter()
                    .map(|y| window.compare(x, y, scratch))
                    .collect::<Vec<f64>>()
            },
        )
        .flatten_iter()
        .collect();
    Similarities {
        n_rows: left.len(),
        n_columns: right.len(),
        values,
    }
}

/// An image with its local means and variances.
struct Moments {
    pixels: Vec<f64>,
    means: Vec<f64>,
    variances: Vec<f64>,
}

/// Room for one filtering.
struct Scratch {
    product: Vec<f64>,
    row: Vec<f64>,
    filtered: Vec<f64>,
}

/// A separable Gaussian window over images of one size.
struct Window {
    height: usize,
    width: usize,
    /// Weights from the centre outwards; both sides together sum to 1.
    weights: Vec<f64>,
}

impl Window {
    fn new(height: usize, width: usize) -> Self {
        let radius = RADIUS.min(height.min(width).saturating_sub(1) / 2);
        let raw: Vec<f64> = (0..=radius)
            .map(|x| (-0.5 * (x as f64 / SIGMA).powi(2)).exp())
            .collect();
        let sum = 2.0 * raw.iter().sum::<f64>() - raw[0];
        Self {
            height,
            width,
            weights: raw.into_iter().map(|weight| weight / sum).collect(),
        }
    }

    fn radius(&self) -> usize {
        self.weights.len() - 1
    }

    fn scratch(&self) -> Scratch {
        let valid = (self.height - 2 * self.radius()) * (self.width - 2 * self.radius());
        Scratch {
            product: vec![0.0; self.height * self.width],
            row: vec![0.0; self.width],
            filtered: vec![0.0; valid],
        }
    }

    fn all_moments(&self, images: &Rows) -> Vec<Moments> {
        let image = |pixels: &[f32]| self.moments(pixels.iter().map(|&x| f64::from(x)).collect());
        images
            .values
            .par_chunks(images.n_columns.max(1))
            .map(image)
            .collect()
    }

    fn moments(&self, pixels: Vec<f64>) -> Moments {
        let Scratch {
            mut product,
            mut row,
            filtered: mut means,
        } = self.scratch();
        let mut variances = means.clone();
        self.filter(&pixels, &mut row, &mut means);
        multiply(&pixels, &pixels, &mut product);
        self.filter(&product, &mut row, &mut variances);
        for (variance, mean) in variances.iter_mut().zip(&means) {
            *variance -= mean * mean;
        }
        Moments {
            pixels,
            means,
            variances,
        }
    }

    fn compare(&self, x: &Moments, y: &Moments, scratch: &mut Scratch) -> f64 {
        multiply(&x.pixels, &y.pixels, &mut scratch.product);
        self.filter(&scratch.product, &mut scratch.row, &mut scratch.filtered);
        let means = x.means.iter().zip(&y.means);
        let variances = x.variances.iter().zip(&y.variances);
        let mut sum = 0.0;
        for ((product, (mu_x, mu_y)), (var_x, var_y)) in
            scratch.filtered.iter().zip(means).zip(variances)
        {
            let covariance = product - mu_x * mu_y;
            let above = (2.0 * mu_x * mu_y + C1) * (2.0 * covariance + C2);
            let below = (mu_x * mu_x + mu_y * mu_y + C1) * (var_x + var_y + C2);
            sum += above / below;
        }
        sum / scratch.filtered.len() as f64
    }

    /// Weighted means of `image` in every window inside it: columns first, then rows.
    fn filter(&self, image: &[f64], row: &mut [f64], filtered: &mut [f64]) {
        let (radius, width) = (self.radius(), self.width);
        for (y, out) in filtered.chunks_exact_mut(width - 2 * radius).enumerate() {
            let line = |offset: usize| &image[(y + offset) * width..(y + offset + 1) * width];
            weigh(self.weights[0], line(radius), row);
            for (distance, &weight) in self.weights.iter().enumerate().skip(1) {
                add_weighed(
                    weight,
                    line(radius - distance),
                    line(radius + distance),
                    row,
                );
            }
            weigh(self.weights[0], &row[radius..], out);
            for (distance, &weight) in self.weights.iter().enumerate().skip(1) {
                add_weighed(
                    weight,
                    &row[radius - distance..],
                    &row[radius + distance..],
                    out,
                );
            }
        }
    }
}

fn multiply(x: &[f64], y: &[f64], product: &mut [f64]) {
    for ((out, a), b) in product.iter_mut().zip(x).zip(y) {
        *out = a * b;
    }
}

fn weigh(weight: f64, values: &[f64], out: &mut [f64]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out = weight * value;
    }
}

/// Adds a symmetric pair of neighbours.
fn add_weighed(weight: f64, before: &[f64], after: &[f64], out: &mut [f64]) {
    for ((out, a), b) in out.iter_mut().zip(before).zip(after) {
        *out += weight * (a + b);
    }
}
