//! Distances from the training images as columns.

use polars::prelude::NamedFrom;
use polars::series::Series;

use super::series::{count, ends, maybe, number, text};
use lab_score::record::{DistanceRow, DistanceTrend, Record};

pub(super) fn distances(record: &Record) -> Vec<Series> {
    let rows = &record.distances;
    let name = |row: &DistanceRow| {
        let image = record.data.test_images.get(row.test_image);
        image.map_or("", |image| image.name.as_str())
    };
    vec![
        count("test_image", rows, |row| row.test_image),
        Series::new("image".into(), rows.iter().map(name).collect::<Vec<&str>>()),
        count("nearest", rows, |row| row.nearest),
        text("nearest_image", rows, |row| row.nearest_name.as_str()),
        number("distance", rows, |row| row.distance),
        maybe("identification", rows, |row| row.identification),
        number("similarity", rows, |row| row.similarity),
    ]
}

pub(super) fn trends(rows: &[DistanceTrend]) -> Vec<Series> {
    let [low, high] = ends("interval", rows, |row| row.interval);
    vec![
        text("score", rows, |row| row.score.name()),
        count("n_images", rows, |row| row.n_images),
        maybe("rho", rows, |row| row.rho),
        low,
        high,
        number("confidence", rows, |row| row.confidence),
        count("n_bootstrap", rows, |row| row.n_bootstrap),
        maybe("p_permutation", rows, |row| row.p_permutation),
        count("n_permutations", rows, |row| row.n_permutations),
    ]
}
