//! Away from the training images: how far test images are from them, and whether scores go with the distance.

use super::numbers::{DASH, p_figure, p_value, percent, three, upper};
use super::scores::Table;
use lab_score::record::{DistanceRow, DistanceTrend, Record};

/// Below this p the report speaks of a trend.
const ALPHA: f64 = 0.05;
/// Images of which a trend is told at least: of fewer, nothing can be shown.
const FEWEST: usize = 8;

/// What the distances say, in sentences; none if they are not known.
pub(super) fn sentences(record: &Record) -> Vec<String> {
    let Some(span) = span(record) else {
        return Vec::new();
    };
    let trends = record.distance_trends.iter();
    std::iter::once(span).chain(trends.map(trend)).collect()
}

/// How far the test images are.
fn span(record: &Record) -> Option<String> {
    let mut rows: Vec<&DistanceRow> = record.distances.iter().collect();
    rows.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let (nearest, farthest) = (rows.first()?, rows.last()?);
    let (low, high) = (rows[(rows.len() - 1) / 2], rows[rows.len() / 2]);
    let median = f64::midpoint(low.distance, high.distance);
    let name = |row: &DistanceRow| {
        let image = record.data.test_images.get(row.test_image);
        match image.map_or("", |image| image.name.as_str()) {
            "" => row.test_image.to_string(),
            name => format!("“{name}”"),
        }
    };
    let other = if nearest.nearest_name.is_empty() {
        nearest.nearest.to_string()
    } else {
        format!("“{}”", nearest.nearest_name)
    };
    Some(format!(
        "The nearest training image of a test image is at a distance of {} (median over {} test images; from {} to {}), where 0 is the \
         same picture and 1 an unrelated one. Nearest of all is test image {} to training image {other}.",
        three(median),
        rows.len(),
        three(nearest.distance),
        three(farthest.distance),
        name(nearest),
    ))
}

/// What one score does with the distance.
fn trend(trend: &DistanceTrend) -> String {
    let score = upper(trend.score.label());
    let Some(rho) = trend.rho else {
        return format!(
            "{score}: no trend can be computed, as all images have the same score or the same distance."
        );
    };
    let figures = figures(trend, rho);
    if trend.n_images < FEWEST {
        return format!(
            "{score}: {} test images are too few to tell a trend with the distance{figures}.",
            trend.n_images
        );
    }
    match trend.p_permutation {
        None => format!(
            "{score} against the distance{figures}: no permutations were drawn, so that it is not tested whether it changes."
        ),
        Some(p) if p < ALPHA && rho < 0.0 => format!(
            "{score} falls with the distance from the training images{figures}: what is far from them is reconstructed worse, and other \
             images than these may score less."
        ),
        Some(p) if p < ALPHA => format!(
            "{score} rises with the distance from the training images{figures}: what is far from them is reconstructed better, so that \
             likeness to them does not explain the score."
        ),
        Some(_) => format!(
            "{score}: it is not shown to change with the distance from the training images{figures}, which does not mean that it does \
             not."
        ),
    }
}

/// Correlation, interval, p and N in brackets.
fn figures(trend: &DistanceTrend, rho: f64) -> String {
    let mut parts = vec![format!("Spearman’s ρ = {}", three(rho))];
    parts.extend(trend.interval.map(|(low, high)| {
        format!(
            "{} interval over images {} to {}",
            percent(trend.confidence).replace(".0 %", " %"),
            three(low),
            three(high)
        )
    }));
    parts.extend(
        trend
            .p_permutation
            .map(|p| format!("{} by permutation, two-sided", p_value(p))),
    );
    parts.push(format!("{} images", trend.n_images));
    format!(" ({})", parts.join("; "))
}

/// The trends as a table.
pub(super) fn table(record: &Record) -> Table {
    let row = |row: &DistanceTrend| {
        vec![
            row.score.label().to_owned(),
            row.n_images.to_string(),
            row.rho.map_or(DASH.into(), three),
            row.interval.map_or(DASH.into(), |(low, high)| {
                format!("{} to {}", three(low), three(high))
            }),
            row.p_permutation.map_or(DASH.into(), p_figure),
        ]
    };
    Table {
        columns: ["score of an image", "images", "ρ", "interval", "p"]
            .map(String::from)
            .to_vec(),
        rows: record.distance_trends.iter().map(row).collect(),
    }
}

/// How distances and trends are computed.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let Some(trend) = record.distance_trends.first() else {
        return Vec::new();
    };
    vec![format!(
        "Distance from the training images: pictures are averaged to 32 × 32 pixels, freed of their mean and brought to length 1; the \
         distance of two is 1 − their correlation, and that of a test image is to the nearest training image. Spearman’s ρ of score and \
         distance over test images, ties at their mean rank; interval: percentiles of {} draws of images with replacement; p: two-sided, \
         of {} permutations of the distances over images. Shares of pairs rest on the other test images too, which neither knows; these \
         tests are not in the headline family.",
        trend.n_bootstrap, trend.n_permutations
    )]
}

#[cfg(test)]
mod tests {
    use super::{sentences, statistics, table, trend};
    use crate::example::example;
    use lab_score::record::{DistanceTrend, DistantScore};

    fn found(rho: Option<f64>, p: Option<f64>, n_images: usize) -> DistanceTrend {
        DistanceTrend {
            score: DistantScore::Identification,
            n_images,
            rho,
            interval: Some((-0.6, -0.1)),
            confidence: 0.95,
            n_bootstrap: 100,
            p_permutation: p,
            n_permutations: 100,
        }
    }

    #[test]
    fn a_trend_is_told_by_its_sign_and_its_test() {
        let falls = trend(&found(Some(-0.4), Some(0.01), 72));
        for words in [
            "Share of pairs told apart, by pixels falls with the distance",
            "ρ = −0.400; 95 % interval over images −0.600 to −0.100; p = 0.010 by permutation, two-sided; 72 images",
            "reconstructed worse",
        ] {
            assert!(falls.contains(words), "{falls}");
        }
        let rises = trend(&found(Some(0.4), Some(0.01), 72));
        assert!(
            rises.contains("rises with") && rises.contains("does not explain"),
            "{rises}"
        );
        let neither = trend(&found(Some(-0.4), Some(0.05), 72));
        assert!(neither.contains("not shown to change"), "{neither}");
        let untested = trend(&found(Some(-0.4), None, 72));
        assert!(
            untested.contains("no permutations were drawn"),
            "{untested}"
        );
        let few = trend(&found(Some(-1.0), Some(0.01), 7));
        assert!(few.contains("7 test images are too few"), "{few}");
        let flat = trend(&found(None, None, 72));
        assert!(flat.contains("no trend can be computed"), "{flat}");
        let without = DistanceTrend {
            interval: None,
            ..found(Some(-0.4), Some(0.01), 72)
        };
        assert!(!trend(&without).contains("interval"));
    }

    #[test]
    fn the_nearest_is_named_and_without_distances_nothing_is_said() {
        let (mut record, _) = example();
        let all = sentences(&record);
        assert_eq!(all.len(), 3);
        assert!(all[0].contains("median over 36 test images"), "{}", all[0]);
        record.distances[4].distance = 0.001;
        record.distances[4].nearest_name = "twin.png".into();
        let named = &sentences(&record)[0];
        assert!(named.contains("to training image “twin.png”"), "{named}");
        assert_eq!(table(&record).rows.len(), 2);
        assert!(statistics(&record)[0].contains("200 permutations"));
        record.distances.clear();
        record.distance_trends.clear();
        assert!(sentences(&record).is_empty() && statistics(&record).is_empty());
    }
}
