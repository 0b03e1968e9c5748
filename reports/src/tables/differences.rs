//! Paired differences and the tests of the headline family as columns.

use polars::series::Series;

use super::names;
use super::series::{condition, count, ends, flag, maybe, maybe_count, number, text};
use lab_score::record::{
    Against, Alternative, DifferenceRow, PartDifferenceRow, RegionDifferenceRow, TestRow,
};

pub(super) fn differences(rows: &[DifferenceRow]) -> Vec<Series> {
    let method = |row: &DifferenceRow| row.interval_method.map(names::interval_method);
    let [low, high] = ends("interval", rows, |row| row.interval);
    vec![
        condition("baseline", rows, |row| &row.baseline),
        maybe_count("best_of", rows, |row| row.best_of),
        text("statistic", rows, |row| names::statistic(row.statistic)),
        text("observer", rows, |row| row.observer.as_str()),
        flag("in_loss", rows, |row| row.in_loss),
        text("direction", rows, |row| names::direction(row.direction)),
        number("decoder", rows, |row| row.decoder),
        number("difference", rows, |row| row.value),
        count("n_images", rows, |row| row.n_images),
        low,
        high,
        text("interval_method", rows, |row| {
            method(row).unwrap_or_default()
        }),
        maybe("p_sign_flip", rows, |row| row.p_sign_flip),
        maybe("p_sign_flip_ties_whole", rows, |row| {
            row.p_sign_flip_ties_whole
        }),
        count("n_sign_flips", rows, |row| row.n_sign_flips),
    ]
}

/// Regions against each other, by pairs told apart by pixels.
pub(super) fn region_differences(rows: &[RegionDifferenceRow]) -> Vec<Series> {
    let mut columns = vec![
        text("region", rows, |row| row.region.as_str()),
        text("other", rows, |row| row.other.as_str()),
    ];
    columns.extend(against(rows, |row| &row.against));
    columns.extend([
        maybe("p_holm", rows, |row| row.against.p_holm),
        count("n_sign_flips", rows, |row| row.n_sign_flips),
    ]);
    columns
}

/// Parts of the decoder against the whole of it, by pairs told apart by pixels.
pub(super) fn part_differences(rows: &[PartDifferenceRow]) -> Vec<Series> {
    let mut columns = vec![condition("part", rows, |row| &row.part)];
    columns.extend(against(rows, |row| &row.against));
    columns.push(count("n_sign_flips", rows, |row| row.n_sign_flips));
    columns
}

/// One score minus another, but for what a correction makes of its p.
fn against<T>(rows: &[T], of: impl Fn(&T) -> &Against) -> Vec<Series> {
    let [low, high] = ends("interval", rows, |row| of(row).interval);
    vec![
        number("difference", rows, |row| of(row).value),
        count("n_images", rows, |row| of(row).n_images),
        low,
        high,
        text("interval_method", rows, |row| {
            let method = of(row).interval_method;
            method.map(names::interval_method).unwrap_or_default()
        }),
        maybe("p_sign_flip", rows, |row| of(row).p_sign_flip),
        maybe("p_sign_flip_ties_whole", rows, |row| {
            of(row).p_sign_flip_ties_whole
        }),
    ]
}

pub(super) fn headline_tests(rows: &[TestRow]) -> Vec<Series> {
    vec![
        text("figure", rows, |row| row.figure.as_str()),
        text("alternative", rows, |row| match row.alternative {
            Alternative::Greater => "greater",
            Alternative::TwoSided => "two_sided",
        }),
        number("p", rows, |row| row.p),
        number("p_holm", rows, |row| row.p_holm),
    ]
}
