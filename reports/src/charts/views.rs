//! Scores behind bottlenecks, by members of the ensemble, by region and by distance from the centre.

use plotters::style::RGBColor;

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots, chance_words};
use super::steps::{Panel, Point, Series, Steps};
use super::style::{BLUE, GREEN, GREY, ORANGE, PURPLE};
use lab_score::family::independent_observers;
use lab_score::record::{Condition, Direction, Record, ScoreRow, Statistic};

/// Most observers that a figure has a panel for.
const N_PANELS: usize = 4;

/// Pixels, and the deepest layer of each network that no loss used.
fn observers(record: &Record) -> Vec<String> {
    let mut all = vec!["pixel".to_owned()];
    all.extend(independent_observers(&record.scores));
    all.retain(|observer| observer != "ssim");
    all.truncate(N_PANELS);
    all
}

fn point(row: &ScoreRow, step: usize) -> Point {
    Point {
        step,
        value: row.value,
        interval: row.image_interval,
    }
}

/// A series along some steps, each a condition.
fn series(
    record: &Record,
    observer: &str,
    color: RGBColor,
    conditions: impl Iterator<Item = Condition>,
) -> Series {
    let points = conditions
        .enumerate()
        .filter_map(|(step, condition)| Some(point(record.pairs(&condition, observer)?, step)));
    Series {
        color,
        points: points.collect(),
    }
}

fn levels(record: &Record, observer: &str, of: &[(Condition, RGBColor)]) -> Vec<(f64, RGBColor)> {
    let level = |(condition, color): &(Condition, RGBColor)| {
        Some((record.pairs(condition, observer)?.value, *color))
    };
    of.iter().filter_map(level).collect()
}

fn is_there(record: &Record, condition: &Condition) -> bool {
    record.pairs(condition, "pixel").is_some()
}

/// Score against the width of a bottleneck, beside random directions, the ceiling and the prior.
pub(super) fn information(record: &Record) -> Option<(Steps, Words)> {
    let facts = record.information.as_ref()?;
    if facts.widths.is_empty() {
        return None;
    }
    let decoder = record.result();
    let widths = || facts.widths.iter().copied();
    let lines = [
        (Condition::Ceiling, GREEN, record.label(&Condition::Ceiling)),
        (Condition::Prior, GREY, "the prior alone".to_owned()),
    ];
    let lines = lines.into_iter().filter(|(of, ..)| is_there(record, of));
    let (marked, mut names): (Vec<_>, Vec<_>) = lines
        .map(|(of, color, name)| ((of, color), (name, color)))
        .unzip();
    let mut legend = vec![
        ("through the leading directions".to_owned(), BLUE),
        ("through random directions".to_owned(), ORANGE),
    ];
    legend.append(&mut names);
    let panel = |observer: &String| {
        let leading = widths().map(Condition::Bottleneck);
        let whole = std::iter::once(decoder.clone());
        let random = widths().map(Condition::RandomBottleneck);
        Panel {
            title: observer.clone(),
            series: vec![
                series(record, observer, BLUE, leading.chain(whole)),
                series(record, observer, ORANGE, random),
            ],
            levels: levels(record, observer, &marked),
        }
    };
    let mut steps: Vec<String> = widths().map(|width| width.to_string()).collect();
    steps.push(format!("all {}", facts.rank));
    let n_images = record
        .pairs(&decoder, "pixel")
        .map_or(0, |row| row.n_images);
    let caption = format!(
        "Share of pairs told apart (an original against all {} other reconstructions; chance .5), if the decoder's predictions \
         may differ in so many directions of the latents only: those in which they differ most on the training rows, or as many \
         random ones. Bars: bootstrap over the {n_images} images. Nothing is trained anew behind a bottleneck.",
        n_images.saturating_sub(1)
    );
    let chart = Steps {
        axis: "dimensions between responses and latents".into(),
        steps,
        legend,
        panels: observers(record).iter().map(panel).collect(),
    };
    let words = Words {
        name: "information",
        title: "How much passes between responses and latents".into(),
        caption,
    };
    Some((chart, words))
}

/// Score against the number of members that are combined.
pub(super) fn ensemble(record: &Record) -> Option<(Steps, Words)> {
    let n_members = record.members.len();
    let is_first = |n: &usize| is_there(record, &Condition::FirstMembers(*n));
    let largest = (2..n_members).take_while(is_first).last()?;
    let conditions = || {
        std::iter::once(Condition::Member(0))
            .chain((2..=largest).map(Condition::FirstMembers))
            .chain(std::iter::once(record.result()))
    };
    let mut steps: Vec<String> = (1..=largest).map(|n| n.to_string()).collect();
    steps.push(n_members.to_string());
    let panel = |observer: &String| Panel {
        title: observer.clone(),
        series: vec![series(record, observer, BLUE, conditions())],
        levels: Vec::new(),
    };
    let n_images = record
        .pairs(&record.result(), "pixel")
        .map_or(0, |row| row.n_images);
    let caption = format!(
        "Share of pairs told apart (an original against all {} other reconstructions; chance .5), if the first so many of the \
         {n_members} members are combined. Bars: bootstrap over the {n_images} images, the same ones at every step.",
        n_images.saturating_sub(1)
    );
    let chart = Steps {
        axis: "members combined".into(),
        steps,
        legend: Vec::new(),
        panels: observers(record).iter().map(panel).collect(),
    };
    let words = Words {
        name: "ensemble",
        title: "How many members it takes".into(),
        caption,
    };
    Some((chart, words))
}

/// The regions that were decoded alone, in the order of the scores.
pub(crate) fn regions_of(record: &Record) -> Vec<&ScoreRow> {
    let of_region = |row: &&ScoreRow| {
        matches!(row.condition, Condition::Region(_))
            && row.observer == "pixel"
            && row.statistic == Statistic::PairwiseIdentification
            && row.direction == Direction::OriginalToReconstructions
    };
    record.scores.iter().filter(of_region).collect()
}

/// Each region alone beside all of them, by ridge regression.
pub(super) fn regions(record: &Record) -> Option<(Dots, Words)> {
    let regions = regions_of(record);
    let first = regions.first()?;
    let all = record.pairs(&Condition::NoAlignment, "pixel");
    let row = |row: &ScoreRow, label: String, color| DotRow {
        label,
        dots: vec![Dot {
            value: row.value,
            interval: row.image_interval,
            color,
        }],
    };
    let mut rows: Vec<DotRow> = regions
        .iter()
        .map(|found| {
            let name = match &found.condition {
                Condition::Region(name) => name.clone(),
                other => other.label(),
            };
            row(found, name, PURPLE)
        })
        .collect();
    rows.extend(all.map(|found| row(found, "all regions".into(), GREY)));
    let dots = Dots {
        axis: format!("share of pairs told apart ({} images)", first.n_images),
        marked: first.chance.map(chance_words),
        ends: None,
        legend: Vec::new(),
        rows,
    };
    let caption = format!(
        "Ridge regression to pixels from the voxels of one region of all subjects, side by side. An original is held against {} by \
         pixels; ties: {}. Bars: bootstrap over images. Regions differ in their number of voxels, and may share some.",
        first.pool, first.tie_rule
    );
    let words = Words {
        name: "regions",
        title: "Each region alone".into(),
        caption,
    };
    Some((dots, words))
}

/// How well pixels are right at each distance from the centre.
pub(super) fn rings(record: &Record) -> Option<(Steps, Words)> {
    if record.rings.len() < 2 {
        return None;
    }
    let half = record.data.field_of_view_deg.map(|degrees| degrees / 2.0);
    let name = |at: f64| match half {
        Some(half) => format!("{:.1}", at * half),
        None => format!("{at:.2}"),
    };
    let steps = record.rings.iter();
    let steps = steps.map(|ring| format!("{}–{}", name(ring.from), name(ring.to)));
    let points = record.rings.iter().enumerate().map(|(step, ring)| Point {
        step,
        value: ring.correlation,
        interval: ring.interval,
    });
    let unit = match half {
        Some(_) => "degrees of visual angle from the centre",
        None => "half widths of the image from the centre",
    };
    let caption = format!(
        "Correlation, over the {} test images, of each pixel with its reconstruction, as the mean over rings around the centre of \
         the image; its corners are left out. Bars: bootstrap over images.",
        record.data.n_test
    );
    let chart = Steps {
        axis: unit.into(),
        steps: steps.collect(),
        legend: Vec::new(),
        panels: vec![Panel {
            title: "correlation of pixels".into(),
            series: vec![Series {
                color: BLUE,
                points: points.collect(),
            }],
            levels: Vec::new(),
        }],
    };
    let words = Words {
        name: "eccentricity",
        title: "Where in the visual field reconstructions are right".into(),
        caption,
    };
    Some((chart, words))
}
