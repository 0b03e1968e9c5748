//! What each person answered.

use std::collections::BTreeMap;

use super::decisions::{Decision, Kind};
use super::rows::RaterRow;

/// One row a person, in the order of their pseudonyms; decisions of nobody known make none.
pub(super) fn raters(decisions: &[Decision]) -> Vec<RaterRow> {
    let mut by_rater: BTreeMap<&str, Vec<&Decision>> = BTreeMap::new();
    for decision in decisions.iter().filter(|of| !of.rater.is_empty()) {
        by_rater.entry(&decision.rater).or_default().push(decision);
    }
    by_rater
        .into_iter()
        .map(|(rater, decisions)| row(rater, &decisions))
        .collect()
}

fn row(rater: &str, decisions: &[&Decision]) -> RaterRow {
    let of = |kind: Kind| decisions.iter().filter(move |d| d.kind == kind);
    let right = |kind: Kind| of(kind).filter(|d| d.is_correct).count() as u64;
    let n = of(Kind::Trial).count();
    let times: Vec<f64> = of(Kind::Trial).filter_map(|d| d.rt_ms).collect();
    RaterRow {
        rater: rater.to_owned(),
        n_correct: right(Kind::Trial),
        n: n as u64,
        chance: of(Kind::Trial).map(|d| d.chance()).sum::<f64>() / n.max(1) as f64,
        n_catch_passed: right(Kind::Catch),
        n_catch: of(Kind::Catch).count() as u64,
        median_rt_ms: median(times),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len().checked_sub(1)? / 2;
    Some(f64::midpoint(values[middle], values[values.len() / 2]))
}
