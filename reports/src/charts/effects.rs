//! What each variant changes in one score: a row a variant, a dot a condition.

use plotters::style::RGBColor;

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots};
use super::style::CYCLE;
use lab_score::effects::{EffectRow, Effects, Figure};

/// Letters of a row's label.
const N_LETTERS: usize = 28;

/// The differences of every variant in one score; `None` if no variant has one.
pub(super) fn forest(effects: &Effects, figure: Figure) -> Option<(Dots, Words)> {
    let rows: Vec<&EffectRow> = effects
        .rows
        .iter()
        .filter(|row| row.figure == figure && row.value.is_some())
        .collect();
    let first = rows.first()?;
    let conditions = distinct(rows.iter().map(|row| row.condition.as_str()));
    let variants = distinct(rows.iter().map(|row| (&*row.question, &*row.variant)));
    let color = |condition: &str| {
        let place = conditions.iter().position(|of| *of == condition);
        CYCLE[place.unwrap_or(0) % CYCLE.len()]
    };
    let dots = |(question, variant): (&str, &str)| -> Vec<Dot> {
        let own = rows
            .iter()
            .filter(|row| (&*row.question, &*row.variant) == (question, variant));
        own.filter_map(|row| {
            Some(Dot {
                value: row.value?,
                interval: row.spread.map(|of| of.interval),
                color: color(&row.condition),
            })
        })
        .collect()
    };
    let legend: Vec<(String, RGBColor)> = conditions
        .iter()
        .filter(|condition| !condition.is_empty())
        .map(|condition| ((*condition).to_owned(), color(condition)))
        .collect();
    let unit = if figure.is_share() {
        "share"
    } else {
        "correlation"
    };
    let chart = Dots {
        axis: format!(
            "difference from the base ({unit}, {} images)",
            first.n_images
        ),
        marked: Some((0.0, "base".into())),
        ends: Some(ends(&rows)),
        rows: variants
            .iter()
            .map(|of| DotRow {
                label: shortened(of.1),
                dots: dots(*of),
            })
            .collect(),
        legend,
    };
    Some((chart, words(effects, figure)))
}

fn words(effects: &Effects, figure: Figure) -> Words {
    let name = match figure {
        Figure::Pixels => "effects_pixels",
        Figure::Observer => "effects_observer",
        Figure::Classes => "effects_classes",
        Figure::Similarity => "effects_similarity",
    };
    Words {
        name,
        title: format!("What each choice changes: {}", figure.label()),
        caption: format!(
            "Each variant minus its base, the mean over the same test images and seeds. Right of the line the variant is better. Bars: \
             {:.0} % intervals over images and seeds, over images alone where one seed is finished; no correction for their number.",
            100.0 * effects.confidence
        ),
    }
}

/// Both ends of the axis, as far from zero as the farthest difference, at most twice as far as that for intervals of few seeds.
fn ends(rows: &[&EffectRow]) -> (f64, f64) {
    let farthest = rows
        .iter()
        .filter_map(|row| row.value)
        .fold(0.02, |most: f64, value| most.max(value.abs()));
    let widest = rows
        .iter()
        .filter_map(|row| row.spread)
        .flat_map(|of| [of.interval.0.abs(), of.interval.1.abs()])
        .fold(farthest, f64::max);
    let end = (50.0 * widest.min(2.0 * farthest) + 0.5).ceil() / 50.0;
    (-end, end)
}

fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= N_LETTERS {
        return label.to_owned();
    }
    let first: String = label.chars().take(N_LETTERS - 1).collect();
    first + "…"
}
