//! Views into the result as columns.

use lab_score::record::{PatternRow, RankRow, RingRow, SpreadRow};
use polars::series::Series;

use super::series::{condition, count, maybe, number, text};

pub(super) fn ranks(rows: &[RankRow]) -> Vec<Series> {
    vec![
        condition("condition", rows, |row| &row.condition),
        number("effective_rank", rows, |row| row.effective_rank),
        count("most", rows, |row| row.most),
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
    vec![
        number("from", rows, |row| row.from),
        number("to", rows, |row| row.to),
        count("n_pixels", rows, |row| row.n_pixels),
        number("correlation", rows, |row| row.correlation),
        maybe("interval_low", rows, |row| row.interval.map(|(low, _)| low)),
        maybe("interval_high", rows, |row| {
            row.interval.map(|(_, high)| high)
        }),
    ]
}

pub(super) fn spread(rows: &[SpreadRow]) -> Vec<Series> {
    vec![
        count("test_image", rows, |row| row.test_image),
        number("spread", rows, |row| row.spread),
    ]
}
