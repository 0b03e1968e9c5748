//! What people chose: right decisions by set, and right decisions of each image.

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots, chance_words};
use super::style::{BLUE, ORANGE};
use lab_score::study::{SetRow, StudyRecord};

/// Most sets that one chart shows.
const N_ROWS: usize = 24;

/// Right decisions and right images of each set; `None` without a set.
pub(super) fn sets(study: &StudyRecord) -> Option<(Dots, Words)> {
    let rows = &study.scores.sets;
    let first = rows.first()?;
    let alike = rows
        .iter()
        .all(|row| row.n_alternatives == first.n_alternatives);
    let dots = Dots {
        axis: "share that is right".into(),
        marked: alike.then(|| chance_words(first.overall.chance)),
        ends: None,
        rows: rows.iter().take(N_ROWS).map(row).collect(),
        legend: vec![
            ("decisions".into(), BLUE),
            ("images, by majority".into(), ORANGE),
        ],
    };
    let bars = if rows.iter().all(|row| row.clusters.is_some()) {
        "intervals over images and raters"
    } else {
        "intervals over images and raters, or Wilson's where these cannot be told"
    };
    let left_out = rows.len().saturating_sub(N_ROWS);
    let more = if left_out > 0 {
        format!(" {left_out} more sets stand in the table.")
    } else {
        String::new()
    };
    let caption = format!(
        "An original was shown; which reconstruction belongs to it? Blue: decisions, with {bars}. Orange: images that most of \
         their raters judged right, with Wilson's interval.{more}"
    );
    Some((
        dots,
        Words {
            name: "study_sets",
            title: "What people chose".into(),
            caption,
        },
    ))
}

fn row(of: &SetRow) -> DotRow {
    let over_clusters = of.clusters.map(|clusters| clusters.interval);
    DotRow {
        label: label(of),
        dots: vec![
            Dot {
                value: of.overall.share,
                interval: Some(over_clusters.unwrap_or(of.overall.wilson)),
                color: BLUE,
            },
            Dot {
                value: of.by_image.share,
                interval: Some(of.by_image.wilson),
                color: ORANGE,
            },
        ],
    }
}

fn label(of: &SetRow) -> String {
    if of.condition.is_empty() {
        of.set.clone()
    } else {
        format!("{}, {}", of.set, of.condition)
    }
}
