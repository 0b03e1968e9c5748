//! Rows of a record as columns.

use polars::frame::DataFrame;
use polars::prelude::NamedFrom;
use polars::series::Series;

use super::differences::{differences, headline_tests, part_differences, region_differences};
use super::distances::{distances, trends};
use super::names;
use super::series::{condition, count, ends, flag, frame, maybe, maybe_count, number, text};
use super::views;
use crate::Result;
use lab_score::guards::GuardRow;
use lab_score::record::{
    ConfusionTable, Curve, DecisionRow, ImageFacts, NoiseCeilingRow, Record, ResponsiveCeiling,
    ScoreRow, SearchRow, SubjectFacts,
};

/// The class named where the classifier named none of the data's.
const NO_CLASS: &str = "(none of these)";

/// Every table by name.
pub(super) fn all(record: &Record) -> Result<Vec<(&'static str, DataFrame)>> {
    let tables = [
        ("scores", scores(&record.scores)),
        ("decisions", decisions(record)),
        ("confusions", confusions(record)),
        ("differences", differences(&record.differences)),
        ("headline_tests", headline_tests(&record.headline_tests)),
        ("guards", guards(&record.guards)),
        ("distances", distances(record)),
        ("distance_trends", trends(&record.distance_trends)),
        ("shares", shares(record)),
        ("terms", terms(record)),
        ("members", members(record)),
        ("alignment", alignment(record)),
        ("curves", curves(record)),
        ("criteria", criteria(record)),
        ("subjects", subjects(&record.data.subjects)),
        ("searches", searches(&record.searches)),
        ("noise_ceilings", noise_ceilings(&record.noise_ceilings)),
        ("tuned", views::tuned(record.tuned.as_ref())),
        (
            "noiseless",
            views::noiseless(record.decoder_ceiling.as_ref()),
        ),
        ("test_images", test_images(record)),
        ("ranks", views::ranks(&record.ranks)),
        ("patterns", views::patterns(&record.patterns)),
        (
            "region_differences",
            region_differences(&record.region_differences),
        ),
        (
            "part_differences",
            part_differences(&record.part_differences),
        ),
        ("rings", views::rings(&record.rings)),
        ("spread", views::spread(&record.spread)),
    ];
    tables
        .into_iter()
        .map(|(name, columns)| Ok((name, frame(name, columns)?)))
        .collect()
}

fn scores(rows: &[ScoreRow]) -> Vec<Series> {
    let [low, high] = ends("image_interval", rows, |row| row.image_interval);
    let [wilson_low, wilson_high] = ends("wilson", rows, |row| row.wilson);
    let [exact_low, exact_high] = ends("clopper_pearson", rows, |row| row.clopper_pearson);
    vec![
        condition("condition", rows, |row| &row.condition),
        text("statistic", rows, |row| names::statistic(row.statistic)),
        text("observer", rows, |row| row.observer.as_str()),
        flag("in_loss", rows, |row| row.in_loss),
        text("direction", rows, |row| names::direction(row.direction)),
        text("pool", rows, |row| row.pool.as_str()),
        text("tie_rule", rows, |row| row.tie_rule.as_str()),
        number("value", rows, |row| row.value),
        maybe("chance", rows, |row| row.chance),
        count("n_images", rows, |row| row.n_images),
        maybe_count("n_decisions", rows, |row| row.n_decisions),
        maybe("n_correct", rows, |row| row.n_correct),
        low,
        high,
        text("image_interval_method", rows, |row| {
            let method = row.image_interval_method;
            method.map(names::interval_method).unwrap_or_default()
        }),
        wilson_low,
        wilson_high,
        exact_low,
        exact_high,
        maybe("p_binomial", rows, |row| row.p_binomial),
        maybe("p_permutation", rows, |row| row.p_permutation),
        maybe("p_permutation_ties_whole", rows, |row| {
            row.p_permutation_ties_whole
        }),
        maybe_count("n_permutations", rows, |row| row.n_permutations),
    ]
}

fn guards(rows: &[GuardRow]) -> Vec<Series> {
    vec![
        text("defect", rows, |row| row.defect.name()),
        text("verdict", rows, |row| row.verdict.name()),
        text("evidence", rows, |row| row.evidence.as_str()),
    ]
}

fn decisions(record: &Record) -> Vec<Series> {
    let rows = &record.decisions;
    let name = |row: &DecisionRow| {
        let image = record.data.test_images.get(row.test_image);
        image.map_or("", |image| image.name.as_str())
    };
    vec![
        condition("condition", rows, |row| &row.condition),
        text("observer", rows, |row| row.observer.as_str()),
        count("test_image", rows, |row| row.test_image),
        Series::new("image".into(), rows.iter().map(name).collect::<Vec<&str>>()),
        text("class", rows, |row| row.class.as_str()),
        count("n_decisions", rows, |row| row.n_decisions),
        number("n_correct", rows, |row| row.n_correct),
        number("identification", rows, |row| row.identification),
    ]
}

fn test_images(record: &Record) -> Vec<Series> {
    let images = &record.data.test_images;
    let rows: Vec<(usize, &ImageFacts)> = images.iter().enumerate().collect();
    vec![
        count("test_image", &rows, |row| row.0),
        text("image", &rows, |row| row.1.name.as_str()),
        text("class", &rows, |row| row.1.class.as_str()),
        count("id", &rows, |row| row.1.id),
    ]
}

/// A pair of classes in a confusion table.
struct Confusion<'a> {
    table: &'a ConfusionTable,
    true_class: &'a str,
    named_class: &'a str,
    n_images: usize,
}

fn confusions(record: &Record) -> Vec<Series> {
    let mut rows = Vec::new();
    for table in &record.confusions {
        for (true_class, counts) in table.classes.iter().zip(&table.counts) {
            let named = table.classes.iter().zip(counts);
            rows.extend(named.map(|(named_class, &n_images)| Confusion {
                table,
                true_class,
                named_class,
                n_images,
            }));
        }
        let other = table.classes.iter().zip(&table.other);
        rows.extend(
            other
                .filter(|(_, n_images)| **n_images > 0)
                .map(|(true_class, &n_images)| Confusion {
                    table,
                    true_class,
                    named_class: NO_CLASS,
                    n_images,
                }),
        );
    }
    vec![
        condition("condition", &rows, |row| &row.table.condition),
        text("classifier", &rows, |row| row.table.classifier.as_str()),
        text("true_class", &rows, |row| row.true_class),
        text("named_class", &rows, |row| row.named_class),
        count("n_images", &rows, |row| row.n_images),
    ]
}

fn shares(record: &Record) -> Vec<Series> {
    let rows = &record.shares;
    vec![
        text("term", rows, |row| row.term.as_str()),
        text("layer", rows, |row| row.layer.as_str()),
        number("share", rows, |row| row.share),
    ]
}

fn terms(record: &Record) -> Vec<Series> {
    let rows = &record.terms;
    vec![
        condition("condition", rows, |row| &row.condition),
        text("set", rows, |row| row.set.as_str()),
        text("term", rows, |row| row.term.as_str()),
        number("weight", rows, |row| row.weight),
        number("value", rows, |row| row.value),
    ]
}

fn members(record: &Record) -> Vec<Series> {
    let rows = &record.members;
    let known = |value: f64| (!value.is_nan()).then_some(value);
    vec![
        count("member", rows, |row| row.member),
        maybe("cosine_to_combined", rows, |row| {
            known(row.cosine_to_combined)
        }),
        maybe("pixel_correlation", rows, |row| {
            known(row.pixel_correlation)
        }),
        maybe("pixel_identification", rows, |row| {
            known(row.pixel_identification)
        }),
    ]
}

fn alignment(record: &Record) -> Vec<Series> {
    let rows = &record.alignment;
    vec![
        text("aligner", rows, |row| row.aligner.as_str()),
        text("quality", rows, |row| row.quality.as_str()),
        text("of", rows, |row| row.of.as_str()),
        number("value", rows, |row| row.value),
        text("unit", rows, |row| row.unit.as_str()),
        flag("held_out", rows, |row| row.held_out),
    ]
}

/// A point of a curve.
struct Point<'a> {
    stage: &'a str,
    curve: &'a Curve,
    x: f64,
    value: f64,
}

fn curves(record: &Record) -> Vec<Series> {
    let mut rows = Vec::new();
    for (stage, curve) in &record.curves {
        let points = curve.points.iter();
        rows.extend(points.map(|&(x, value)| Point {
            stage,
            curve,
            x,
            value,
        }));
    }
    vec![
        text("stage", &rows, |row| row.stage),
        text("curve", &rows, |row| row.curve.name.as_str()),
        text("x_label", &rows, |row| row.curve.x_label.as_str()),
        number("x", &rows, |row| row.x),
        number("value", &rows, |row| row.value),
    ]
}

fn criteria(record: &Record) -> Vec<Series> {
    let rows = &record.criteria;
    vec![
        text("criterion", rows, |row| row.criterion.as_str()),
        number("value", rows, |row| row.value),
        flag("holds", rows, |row| row.holds),
    ]
}

fn subjects(rows: &[SubjectFacts]) -> Vec<Series> {
    let rois = |subject: &SubjectFacts| {
        let regions: Vec<String> = subject
            .rois
            .iter()
            .map(|(name, n_voxels)| format!("{name}={n_voxels}"))
            .collect();
        regions.join("; ")
    };
    vec![
        text("subject", rows, |row| row.id.as_str()),
        count("n_voxels", rows, |row| row.n_voxels),
        count("n_trials", rows, |row| row.n_trials),
        maybe("noise_ceiling_correlation", rows, |row| row.noise_ceiling),
        Series::new(
            "rois".into(),
            rows.iter().map(rois).collect::<Vec<String>>(),
        ),
    ]
}

fn searches(rows: &[SearchRow]) -> Vec<Series> {
    vec![
        condition("condition", rows, |row| &row.condition),
        count("n_images", rows, |row| row.n_images),
        count("n_starts", rows, |row| row.n_starts),
        text("starts", rows, |row| row.starts()),
        count("n_offered", rows, |row| row.n_offered),
        count("n_steps", rows, |row| row.n_steps),
        count("maximum", rows, |row| row.maximum),
        number("tolerance", rows, |row| row.tolerance),
        count("window", rows, |row| row.window),
        count("n_stalled", rows, |row| row.n_stalled),
        maybe("fall", rows, |row| row.fall),
        number("loss", rows, |row| row.loss),
    ]
}

fn noise_ceilings(rows: &[NoiseCeilingRow]) -> Vec<Series> {
    let mut columns = vec![
        text("subject", rows, |row| row.subject.as_str()),
        text("source", rows, |row| names::source(row.source)),
        count("n_voxels", rows, |row| row.n_voxels),
    ];
    for (place, level) in NoiseCeilingRow::LEVELS.iter().enumerate() {
        let name = format!("quantile_{:.0}", 100.0 * level);
        columns.push(maybe(&name, rows, |row| row.quantiles.get(place).copied()));
    }
    columns.extend(ends("interval", rows, |row| row.interval));
    let responsive =
        |row: &NoiseCeilingRow, of: fn(&ResponsiveCeiling) -> f64| row.responsive.as_ref().map(of);
    columns.push(text("responsive_by", rows, |row| {
        let found = row.responsive.as_ref();
        found.map_or("", |found| names::chosen_by(found.by))
    }));
    columns.push(maybe("n_responsive", rows, |row| {
        responsive(row, |found| found.n_voxels)
    }));
    columns.push(maybe("responsive_median", rows, |row| {
        responsive(row, |found| found.median)
    }));
    columns.extend(ends("responsive_interval", rows, |row| {
        row.responsive.as_ref()?.interval
    }));
    columns
}
