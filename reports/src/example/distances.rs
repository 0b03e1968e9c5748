//! Distances of the example: scores that fall the farther an image is from the training images.

use lab_core::config::Scores;
use lab_score::Scored;
use lab_score::generalisation::trend;
use lab_score::record::{Condition, DistanceRow, DistanceTrend, DistantScore};

pub(super) fn distances(scored: &Scored) -> Vec<DistanceRow> {
    let own = scored
        .decisions
        .iter()
        .filter(|row| row.observer == "pixel" && row.condition == Condition::Decoder);
    own.map(|row| DistanceRow {
        test_image: row.test_image,
        nearest: 100 + row.test_image,
        nearest_name: String::new(),
        distance: 0.9 - 0.8 * row.identification + 0.01 * (row.test_image % 7) as f64,
        identification: Some(row.identification),
        similarity: row.identification - 0.1,
    })
    .collect()
}

pub(super) fn trends(rows: &[DistanceRow]) -> Vec<DistanceTrend> {
    let params = Scores {
        n_permutations: 200,
        n_bootstrap: 200,
        ..Scores::default()
    };
    let pairs = rows.iter().map(|row| (row.distance, row.similarity));
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let scores = [DistantScore::Identification, DistantScore::Similarity];
    scores
        .map(|score| trend(score, &pairs, (&params, 1)))
        .into()
}
