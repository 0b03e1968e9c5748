//! The circular aperture of vim-1.
//!
//! ```text
//! m(r) = clamp((249.5 − r)/(249.5 − 225.5), 0, 1),    r in 500ths of the image's width from its centre
//! ```
//! Read off the mask that the authors of Seeliger et al. (2018) multiplied onto images and onto what their generator
//! made. An image in `[−1, 1]` is multiplied as it is, so that the surround becomes grey.

/// Pixels of the mask that the radii are measured in.
const SIDE: f64 = 500.0;
/// Radius within which nothing is taken away.
const INNER: f64 = 225.5;
/// Radius from which nothing is left.
const OUTER: f64 = 249.5;
/// Points a pixel is averaged over, along each side.
const POINTS: usize = 4;

/// The mask of an image of `size × size` pixels, row by row, in `[0, 1]`.
pub fn circular(size: usize) -> Vec<f32> {
    let scale = SIDE / size as f64;
    let at = |pixel: usize, point: usize| {
        (pixel as f64 + (point as f64 + 0.5) / POINTS as f64) * scale - SIDE / 2.0
    };
    let pixel = |idx: usize| {
        let mut sum = 0.0;
        for down in 0..POINTS {
            for across in 0..POINTS {
                let (y, x) = (at(idx / size, down), at(idx % size, across));
                sum += ((OUTER - y.hypot(x)) / (OUTER - INNER)).clamp(0.0, 1.0);
            }
        }
        (sum / (POINTS * POINTS) as f64) as f32
    };
    (0..size * size).map(pixel).collect()
}

#[cfg(test)]
mod tests {
    use super::circular;

    #[test]
    fn the_mask_is_symmetric_full_inside_and_empty_in_the_corners() {
        let size = 64;
        let mask = circular(size);
        let at = |y: usize, x: usize| mask[y * size + x];
        for y in 0..size {
            for x in 0..size {
                assert!((at(y, x) - at(x, y)).abs() < 1e-6);
                assert!((at(y, x) - at(size - 1 - y, x)).abs() < 1e-6);
            }
        }
        assert!((at(32, 32) - 1.0).abs() < f32::EPSILON && at(0, 0) == 0.0);
        // The authors' mask of 64 × 64 pixels sums to 2904.86.
        let sum: f32 = mask.iter().sum();
        assert!((sum - 2904.86).abs() < 15.0, "{sum}");
    }
}
