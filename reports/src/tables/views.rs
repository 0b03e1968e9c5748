//! Views into the result as columns.

use lab_score::record::{
    NoiselessFacts, PatternRow, RankRow, RingRow, SpreadRow, TunedFacts, TunedRow,
};
use polars::series::Series;

use super::names;
use super::series::{condition, count, ends, flag, maybe, number, text};

pub(super) fn ranks(rows: &[RankRow]) -> Vec<Series> {
    vec![
        condition("condition", rows, |row| &row.condition),
        number("effective_rank", rows, |row| row.effective_rank),
        count("most", rows, |row| row.most),
    ]
}

/// The combinations of settings that were tried.
pub(super) fn tuned(facts: Option<&TunedFacts>) -> Vec<Series> {
    let rows = facts.map_or(&[][..], |facts| &facts.rows);
    let score = facts.map_or(String::new(), |facts| facts.score.clone());
    let scores = vec![score; rows.len()];
    let settings: Vec<String> = rows.iter().map(TunedRow::words).collect();
    vec![
        text("settings", &settings, |words| words),
        text("score", &scores, |score| score),
        number("mean", rows, |row| row.score),
        number("standard_error", rows, |row| row.standard_error),
        count("n_folds", rows, |_| facts.map_or(0, |facts| facts.n_folds)),
        flag("is_chosen", rows, |row| row.is_chosen),
    ]
}

/// The subjects behind the decoder's ceiling.
pub(super) fn noiseless(facts: Option<&NoiselessFacts>) -> Vec<Series> {
    let rows = facts.map_or(&[][..], |facts| &facts.subjects);
    let source = facts.map_or("", |facts| names::noiseless(facts.source));
    vec![
        text("subject", rows, |row| row.subject.as_str()),
        text("source", rows, |_| source),
        count("n_voxels", rows, |row| row.n_voxels),
        count("of_voxels", rows, |row| row.of_voxels),
        maybe("left_out", rows, |row| row.left_out),
        number("test", rows, |row| row.test),
    ]
}

pub(super) fn patterns(rows: &[PatternRow]) -> Vec<Series> {
    vec![
        text("subject", rows, |row| row.subject.as_str()),
        text("region", rows, |row| row.region.as_str()),
        count("n_voxels", rows, |row| row.n_voxels),
        number("median", rows, |row| row.median),
        number("ninth_decile", rows, |row| row.ninth_decile),
        number("part", rows, |row| row.part),
    ]
}

pub(super) fn rings(rows: &[RingRow]) -> Vec<Series> {
    let [low, high] = ends("interval", rows, |row| row.interval);
    vec![
        number("from", rows, |row| row.from),
        number("to", rows, |row| row.to),
        count("n_pixels", rows, |row| row.n_pixels),
        number("correlation", rows, |row| row.correlation),
        low,
        high,
    ]
}

pub(super) fn spread(rows: &[SpreadRow]) -> Vec<Series> {
    vec![
        count("test_image", rows, |row| row.test_image),
        number("spread", rows, |row| row.spread),
    ]
}
