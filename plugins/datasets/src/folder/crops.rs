//! Squares that are cut from a picture at several scales.
//!
//! ```text
//! low  = max(size, round(smallest · shorter)),   side = round(low · (shorter/low)^u),   u uniform in [0, 1)
//! top uniform in 0 … height − side,   left uniform in 0 … width − side
//! ```
//! A square whose pixels, brought to `size × size`, have a standard deviation below the least is drawn again.

use lab_core::Result;
use lab_core::rng::{Stream, stream};
use lab_formats::pictures::{Grey, Square};
use rand::Rng;

/// Draws of a crop before it is given up.
pub(super) const MOST_DRAWS: usize = 20;

/// How crops are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CropRule {
    /// Crops of a picture.
    pub(super) n: usize,
    /// Height and width that crops get.
    pub(super) size: usize,
    /// Side of the smallest as a share of the shorter side.
    pub(super) smallest: f64,
    /// Least standard deviation of the pixels.
    pub(super) min_contrast: f64,
    /// The experiment's seed.
    pub(super) seed: u64,
}

/// The crops of one picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cropped {
    /// For each crop its number from 1, those that were given up counted, and where it lies.
    pub(super) squares: Vec<(usize, Square)>,
    /// Its pixels, one crop behind the other, in `[−1, 1]`.
    pub(super) pixels: Vec<f32>,
    /// Draws that were below the least contrast.
    pub(super) n_refused: usize,
}

impl CropRule {
    /// Draws and cuts the crops of a picture.
    ///
    /// # Errors
    /// As [`Grey::cut`].
    ///
    /// # Determinism
    /// Stream "folder/crops/NAME" of the seed, drawn crop by crop: more crops leave the first ones as they are.
    pub(super) fn crop(&self, picture: &Grey, name: &str) -> Result<Cropped> {
        let mut rng = stream(self.seed, &format!("folder/crops/{name}"));
        let mut cropped = Cropped::default();
        for number in 1..=self.n {
            for _ in 0..MOST_DRAWS {
                let square = self.draw(picture.shape(), &mut rng);
                let pixels = picture.cut(square, self.size)?;
                if deviation(&pixels) >= self.min_contrast {
                    cropped.squares.push((number, square));
                    cropped.pixels.extend(pixels);
                    break;
                }
                cropped.n_refused += 1;
            }
        }
        Ok(cropped)
    }

    /// A square in a picture of this height and width, neither below the size of a crop.
    fn draw(&self, (height, width): (usize, usize), rng: &mut Stream) -> Square {
        let shorter = height.min(width);
        let low = ((self.smallest * shorter as f64).round() as usize)
            .clamp(self.size.min(shorter), shorter);
        let ratio = shorter as f64 / low as f64;
        let side = (low as f64 * ratio.powf(rng.random::<f64>())).round() as usize;
        let side = side.clamp(low, shorter);
        // Words of 64 bits on every machine: those of another size would draw other places.
        let mut within = |room: usize| rng.random_range(0..=room as u64) as usize;
        Square {
            top: within(height - side),
            left: within(width - side),
            side,
        }
    }
}

/// Standard deviation of pixels, over all of them.
pub(super) fn deviation(pixels: &[f32]) -> f64 {
    let n = pixels.len().max(1) as f64;
    let mean = pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / n;
    let squares = pixels
        .iter()
        .map(|&pixel| (f64::from(pixel) - mean).powi(2));
    (squares.sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logarithms of sides are uniform: their deciles are those of the interval, by the law of 20 000 draws within .02, which is
    /// five standard errors and more.
    #[test]
    fn sides_are_log_uniform_and_squares_lie_inside() {
        let rule = CropRule {
            n: 1,
            size: 64,
            smallest: 0.25,
            min_contrast: 0.0,
            seed: 1,
        };
        let mut rng = stream(1, "squares");
        let shape = (2000, 3000);
        let all: Vec<Square> = (0..20_000).map(|_| rule.draw(shape, &mut rng)).collect();
        let mut sides: Vec<f64> = all.iter().map(|of| (of.side as f64).ln()).collect();
        sides.sort_by(f64::total_cmp);
        let (low, high) = (500_f64.ln(), 2000_f64.ln());
        for decile in 1..10 {
            let expected = low + (high - low) * f64::from(decile) / 10.0;
            let found = sides[2000 * decile as usize];
            assert!((found - expected).abs() < 0.02 * (high - low), "{decile}");
        }
        let inside =
            |of: &Square| of.side >= 500 && of.top + of.side <= 2000 && of.left + of.side <= 3000;
        assert!(all.iter().all(inside));
        let places = all
            .iter()
            .map(|of| of.left as f64 / (3000 - of.side) as f64);
        let mean = places.sum::<f64>() / 20_000.0;
        assert!((mean - 0.5).abs() < 0.011, "{mean}");
        // Nothing is enlarged, and a picture of the size itself has one square alone.
        let small = CropRule {
            smallest: 0.0,
            ..rule
        };
        let sides = (0..200).map(|_| small.draw((70, 64), &mut rng).side);
        assert!(sides.into_iter().all(|side| side == 64));
    }
}
