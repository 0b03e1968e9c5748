//! The tests that a report's findings speak of, and their p-values after Holm's correction for how many they are.

use crate::headline::{difference_name, name};
use crate::record::{Alternative, DifferenceRow, Direction, ScoreRow, Statistic, TestRow};

/// Holm's adjusted p-values, in the order of `p`.
///
/// ```text
/// p̃(i) = max over j ≤ i of min(1, (m − j + 1)·p(j)),     p(1) ≤ … ≤ p(m)
/// ```
/// Whoever rejects where p̃ ≤ α rejects a true hypothesis with a probability of at most α, however the tests depend on each
/// other.
///
/// # Source
/// Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (place, idx) in order.into_iter().enumerate() {
        largest = largest.max(((p.len() - place) as f64 * p[idx]).min(1.0));
        adjusted[idx] = largest;
    }
    adjusted
}

/// The deepest layer of each network that the loss did not use.
pub fn independent_observers(scores: &[ScoreRow]) -> Vec<String> {
    let mut deepest: Vec<String> = Vec::new();
    let overall = scores
        .iter()
        .filter(|row| row.condition.is_result() && row.statistic == Statistic::ObserverOverall);
    for row in overall.filter(|row| !row.in_loss && row.observer.contains('.')) {
        let net = row.observer.split('.').next();
        match deepest
            .iter_mut()
            .find(|known| known.split('.').next() == net)
        {
            Some(known) => known.clone_from(&row.observer),
            None => deepest.push(row.observer.clone()),
        }
    }
    deepest
}

/// The headline family: each figure with a p that the findings state.
///
/// - the decoder against chance: two-alternative decisions by pixels and by the deepest layer of each network outside the
///   loss, class accuracy, pairs of one class by pixels (one-sided, greater);
/// - the decoder against ridge to pixels, no alignment, the best single subject and the best trivial cue in the same
///   two-alternative decisions (two-sided);
/// - the decoder against ridge to pixels and no alignment in pairs by pixels, in pairs of one class by pixels and in classes
///   (two-sided).
pub fn headline_tests(scores: &[ScoreRow], differences: &[DifferenceRow]) -> Vec<TestRow> {
    let independent = independent_observers(scores);
    let headline_observer =
        |observer: &str| observer == "pixel" || independent.iter().any(|known| known == observer);
    let mut tests = Vec::new();
    for row in scores.iter().filter(|row| is_stated(row)) {
        let asked = row.statistic != Statistic::ObserverOverall || headline_observer(&row.observer);
        tests.extend(row.p_permutation.filter(|_| asked).map(|p| TestRow {
            figure: name(row.statistic, &row.observer, row.direction),
            alternative: Alternative::Greater,
            p,
            p_holm: 1.0,
        }));
    }
    for row in differences {
        let by_classifier = row.statistic == Statistic::ClassAccuracy;
        let asked = row.is_headline() && (by_classifier || headline_observer(&row.observer));
        tests.extend(row.p_sign_flip.filter(|_| asked).map(|p| TestRow {
            figure: difference_name(row),
            alternative: Alternative::TwoSided,
            p,
            p_holm: 1.0,
        }));
    }
    let adjusted = holm(&tests.iter().map(|test| test.p).collect::<Vec<f64>>());
    for (test, p_holm) in tests.iter_mut().zip(adjusted) {
        test.p_holm = p_holm;
    }
    tests
}

/// Whether the findings state the figure of a row.
fn is_stated(row: &ScoreRow) -> bool {
    row.condition.is_result()
        && match row.statistic {
            Statistic::ObserverOverall | Statistic::ClassAccuracy => true,
            Statistic::SameClassIdentification => {
                row.observer == "pixel" && row.direction == Direction::OriginalToReconstructions
            }
            _ => false,
        }
}
