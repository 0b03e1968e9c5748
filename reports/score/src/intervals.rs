//! The interval of a mean over images, never of zero width.
//!
//! A bootstrap over images draws means of no other value where all images agree, and is too narrow where they are few.
//! There, an interval that needs no spread takes its place.

use super::binomial::wilson;
use super::bootstrap::Bootstrap;
use super::seeds::over_seeds;
use crate::record::IntervalMethod;

/// Below this number of images a bootstrap is not asked.
pub const FEW: usize = 12;

/// An interval, and how it was made.
pub type MadeInterval = ((f64, f64), IntervalMethod);

/// The interval of the mean of `values`, one an image.
///
/// | images | `range` known | `range` unknown |
/// |---|---|---|
/// | 12 or more, of two values at least | bootstrap over images, percentiles | the same |
/// | fewer than 12 | Wilson | Student |
/// | all agree, or all draws do | Wilson | none |
///
/// ```text
/// Wilson: k/n = (mean − low)/(high − low),     n: the number of images
/// ```
/// That takes the mean, on the way from the least to the largest possible value, as a share of `n` images that are right.
/// For a yes or no an image it is Wilson's interval; a share of decisions or a similarity is no such count, and the interval
/// is an approximation that is too wide: of all values in `range` with the same mean, yes and no vary most.
///
/// `None` without draws, unless images are few or agree; `None` for no values, and where `range` has no width: a mean that
/// cannot be another one has no interval.
pub fn of_mean(
    values: &[f64],
    bootstrap: Option<&Bootstrap>,
    range: Option<(f64, f64)>,
    confidence: f64,
) -> Option<MadeInterval> {
    let (Some(first), n_images) = (values.first(), values.len()) else {
        return None;
    };
    if range.is_some_and(|(least, largest)| largest - least <= 0.0) {
        return None;
    }
    let agree = values.iter().all(|value| value.total_cmp(first).is_eq());
    if n_images >= FEW && !agree {
        let drawn = bootstrap?.interval(values, confidence)?;
        if drawn.0 < drawn.1 {
            return Some((drawn, IntervalMethod::ImageBootstrap));
        }
    }
    let Some(range) = range else {
        let interval = over_seeds(values, confidence)?.interval?;
        return Some((interval, IntervalMethod::Student));
    };
    let mean = values.iter().sum::<f64>() / n_images as f64;
    Some((
        in_range(mean, n_images, range, confidence)?,
        IntervalMethod::Wilson,
    ))
}

fn in_range(
    mean: f64,
    n_images: usize,
    (least, largest): (f64, f64),
    confidence: f64,
) -> Option<(f64, f64)> {
    let share = ((mean - least) / (largest - least)).clamp(0.0, 1.0);
    let (low, high) = wilson(share * n_images as f64, n_images, confidence)?;
    let back = |share: f64| least + share * (largest - least);
    Some((back(low), back(high)))
}

#[cfg(test)]
mod tests {
    use super::of_mean;
    use crate::bootstrap::Bootstrap;
    use crate::record::IntervalMethod;

    #[test]
    fn no_interval_has_zero_width() {
        for n in 1..40 {
            let bootstrap = Bootstrap::draw(n, 200, 7);
            for n_right in [0, 1, n / 2, n - 1, n] {
                let values: Vec<f64> = (0..n)
                    .map(|idx| f64::from(u8::from(idx < n_right)))
                    .collect();
                for range in [(0.0, 1.0), (-1.0, 1.0), (-2.0, 2.0)] {
                    let ((low, high), method) =
                        of_mean(&values, Some(&bootstrap), Some(range), 0.95).unwrap();
                    let mean = n_right as f64 / n as f64;
                    assert!(
                        low < high && low <= mean && mean <= high,
                        "{n_right} of {n}: {low} {high}"
                    );
                    let drawn = n >= 12 && n_right > 0 && n_right < n;
                    assert_eq!(method == IntervalMethod::ImageBootstrap, drawn);
                }
            }
        }
        // One draw has no spread.
        let one = Bootstrap::draw(20, 1, 1);
        let values: Vec<f64> = (0..20).map(|idx| f64::from(idx) / 20.0).collect();
        let ((low, high), _) = of_mean(&values, Some(&one), Some((0.0, 1.0)), 0.95).unwrap();
        assert!(low < high);
    }

    #[test]
    fn a_mean_that_cannot_be_another_one_has_no_interval() {
        let bootstrap = Bootstrap::draw(30, 200, 1);
        let ramp: Vec<f64> = (0..30).map(|idx| f64::from(idx) / 29.0).collect();
        for values in [vec![0.5; 30], ramp, vec![0.5; 3]] {
            assert_eq!(
                of_mean(&values, Some(&bootstrap), Some((0.5, 0.5)), 0.95),
                None
            );
        }
    }

    #[test]
    fn a_mean_without_a_range_has_no_interval_where_all_agree() {
        assert_eq!(of_mean(&[4.0; 30], None, None, 0.95), None);
        let bootstrap = Bootstrap::draw(30, 200, 1);
        assert_eq!(of_mean(&[4.0; 30], Some(&bootstrap), None, 0.95), None);
    }
}
