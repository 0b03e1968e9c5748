//! A score over seeds: everything random is drawn anew for each, so that its scores are independent repetitions.
//!
//! A bootstrap over images says how much a score depends on the images at hand; this says how much it depends on chance
//! in training.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean over seeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverSeeds {
    /// Mean over the seeds.
    pub mean: f64,
    /// Student's interval of the mean; `None` for one seed, or where all seeds agree: that they do is no certainty.
    pub interval: Option<(f64, f64)>,
    /// Number of seeds.
    pub n_seeds: usize,
}

/// The mean over seeds with Student's interval; `None` without values, or unless they are finite and
/// `0 < confidence < 1`.
///
/// ```text
/// mean ± t_q(n − 1)·s/√n,     q = (1 + confidence)/2,     s² = Σ(x − mean)²/(n − 1)
/// ```
/// For the difference of two methods, give the differences at the same seed: what both share then cancels out.
///
/// # Source
/// Student (1908), doi:10.1093/biomet/6.1.1. It takes the scores as normally distributed; with few seeds nothing can
/// check that, and the interval is wide.
pub fn over_seeds(values: &[f64], confidence: f64) -> Option<OverSeeds> {
    let n = values.len() as f64;
    let may_be_used = values.iter().all(|value| value.is_finite());
    if values.is_empty() || !may_be_used || !(0.0 < confidence && confidence < 1.0) {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let interval = StudentsT::new(0.0, 1.0, n - 1.0).ok().map(|student| {
        let quantile = student.inverse_cdf(f64::midpoint(1.0, confidence));
        let half_width = quantile * (squares / (n - 1.0) / n).sqrt();
        (mean - half_width, mean + half_width)
    });
    let agree = values
        .iter()
        .all(|value| value.total_cmp(&values[0]).is_eq());
    let interval = interval.filter(|(low, high)| !agree && low < high);
    Some(OverSeeds {
        mean,
        interval,
        n_seeds: values.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::over_seeds;

    /// Python 3.11.7, scipy 1.17.1, numpy 2.4.6:
    /// `scipy.stats.t.interval(c, len(x) - 1, np.mean(x), scipy.stats.sem(x))`.
    #[test]
    fn intervals_are_those_of_scipy() {
        let cases: [(&[f64], f64, (f64, f64)); 3] = [
            (&[0.812, 0.847, 0.833], 0.95, (0.786_905_400, 0.874_427_933)),
            (&[-0.25, 1.5], 0.9, (-4.899_532_575, 6.149_532_575)),
            (
                &[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0],
                0.99,
                (-0.380_165_236, 7.523_022_379),
            ),
        ];
        for (values, confidence, (low, high)) in cases {
            let found = over_seeds(values, confidence).unwrap();
            let (own_low, own_high) = found.interval.unwrap();
            assert!((own_low - low).abs() < 1e-7, "{own_low} {low}");
            assert!((own_high - high).abs() < 1e-7, "{own_high} {high}");
            assert_eq!(found.n_seeds, values.len());
        }
    }

    #[test]
    fn one_seed_has_no_interval_and_none_no_mean() {
        let one = over_seeds(&[0.5], 0.95).unwrap();
        assert_eq!((one.mean, one.interval), (0.5, None));
        let equal = over_seeds(&[0.9; 3], 0.95).unwrap();
        assert_eq!((equal.interval, equal.n_seeds), (None, 3));
        assert_eq!(over_seeds(&[], 0.95), None);
        assert_eq!(over_seeds(&[0.5, f64::NAN], 0.95), None);
        assert_eq!(over_seeds(&[0.5, 0.6], 1.0), None);
    }
}
