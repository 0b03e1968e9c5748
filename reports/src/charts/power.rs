//! What a study could tell: how often each test finds each true share.

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots};
use super::style::{BLUE, GREY, ORANGE};
use lab_score::study::power::{Curve, CurvePoint, POWER, TestKind};
use plotters::style::RGBColor;

/// Tests that are drawn; the mixed model is fitted for one share only, and stands in the table.
const SHOWN: [(TestKind, &str, RGBColor); 2] = [
    (
        TestKind::Binomial,
        "exact binomial, as if independent",
        GREY,
    ),
    (
        TestKind::ClustersOfImagesAndRaters,
        "clusters of images and raters",
        BLUE,
    ),
];
/// Standard errors to each side of a simulated power.
const N_ERRORS: f64 = 1.96;

/// A row a true share, ascending, and a dot a test; `None` without a share.
pub(super) fn power(curve: &Curve) -> Option<(Dots, Words)> {
    let mut points: Vec<&CurvePoint> = curve.points.iter().collect();
    points.sort_by(|a, b| a.share.total_cmp(&b.share));
    points.first()?;
    let design = &curve.asked.design;
    let legend = SHOWN.map(|(_, name, color)| (name.to_owned(), color));
    let dots = Dots {
        axis: "share of studies that find it".into(),
        marked: Some((POWER, format!("power {POWER}"))),
        ends: Some((0.0, 1.0)),
        rows: points.iter().map(|point| row(point)).collect(),
        legend: legend
            .into_iter()
            .chain([("by formula".to_owned(), ORANGE)])
            .collect(),
    };
    let caption = format!(
        "{} images with {} foils each, {} people, {} decisions. A row is a true share of right decisions; that of 50 % shows how \
         often a test finds what is not there. Bars: 95 % of the simulation's own error.",
        design.n_images, design.n_foils, design.n_raters, design.n_decisions
    );
    Some((
        dots,
        Words {
            name: "power",
            title: "What the study could tell".into(),
            caption,
        },
    ))
}

fn row(point: &CurvePoint) -> DotRow {
    let simulated = SHOWN.iter().filter_map(|(test, _, color)| {
        let found = point.rows.iter().find(|row| row.test == *test)?;
        let reach = N_ERRORS * found.monte_carlo_error;
        let interval = (
            (found.power - reach).max(0.0),
            (found.power + reach).min(1.0),
        );
        Some(Dot {
            value: found.power,
            interval: Some(interval),
            color: *color,
        })
    });
    let formula = point.by_formula.map(|value| Dot {
        value,
        interval: None,
        color: ORANGE,
    });
    DotRow {
        label: format!("{:.1} % right", 100.0 * point.share),
        dots: simulated.chain(formula).collect(),
    }
}
