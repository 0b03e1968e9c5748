//! What numbers look like.

use std::collections::BTreeMap;

/// Different values up to which they are listed.
const FEW: usize = 12;

/// A summary of numbers.
pub(super) struct Summary {
    pub(super) n_missing: usize,
    pub(super) range: Option<(f64, f64)>,
    /// Each value and how often it stands there, if there are few and all are whole.
    pub(super) codes: Vec<(f64, usize)>,
}

impl Summary {
    pub(super) fn of(values: &[f64]) -> Self {
        let mut range: Option<(f64, f64)> = None;
        let mut n_missing = 0;
        let mut codes: Option<BTreeMap<i64, usize>> = Some(BTreeMap::new());
        for &value in values {
            if !value.is_finite() {
                n_missing += 1;
                continue;
            }
            range = Some(range.map_or((value, value), |(least, most)| {
                (least.min(value), most.max(value))
            }));
            let is_code = (value - value.round()).abs() < f64::EPSILON && value.abs() < 1e6;
            codes = codes.filter(|_| is_code).and_then(|mut codes| {
                *codes.entry(value as i64).or_insert(0) += 1;
                (codes.len() <= FEW).then_some(codes)
            });
        }
        let codes = codes.unwrap_or_default();
        Self {
            n_missing,
            range,
            codes: codes
                .into_iter()
                .map(|(code, n)| (code as f64, n))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Summary;

    #[test]
    fn missing_numbers_range_and_codes() {
        let summary = Summary::of(&[0.0, 2.0, f64::NAN, 2.0, -1.0]);
        assert_eq!(summary.n_missing, 1);
        assert_eq!(summary.range, Some((-1.0, 2.0)));
        assert_eq!(summary.codes, [(-1.0, 1), (0.0, 1), (2.0, 2)]);
        assert!(Summary::of(&[0.5, 1.0]).codes.is_empty());
        assert!(
            Summary::of(&(0..100).map(f64::from).collect::<Vec<_>>())
                .codes
                .is_empty()
        );
        assert_eq!(Summary::of(&[f64::NAN]).range, None);
    }
}
