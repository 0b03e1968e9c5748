//! Right decisions by condition and by observer.

use plotters::style::RGBColor;

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots};
use super::style::{BLUE, GREEN, GREY, ORANGE, PURPLE};
use lab_score::record::{Condition, Record, ScoreRow, Statistic};

/// Decisions of the pixel observer by condition.
pub(super) fn decisions(record: &Record) -> Option<(Dots, Words)> {
    let shown = |row: &&&ScoreRow| {
        row.observer == "pixel" && !matches!(row.condition, Condition::Member(_))
    };
    let all = overall(record);
    let rows: Vec<&ScoreRow> = all.iter().filter(shown).copied().collect();
    let first = rows.first()?;
    let dots = Dots {
        axis: format!("share of right decisions ({})", counted(first)),
        chance: first.chance,
        legend: Vec::new(),
        rows: rows
            .iter()
            .map(|row| DotRow {
                label: row.condition.label(),
                dots: vec![dot(row, color(&row.condition))],
            })
            .collect(),
    };
    let caption = format!(
        "Two-alternative task: an original is shown, and its own reconstruction must correlate with it in pixels more than a \
         foil's reconstruction does ({}; {}). Bars: bootstrap over the {} images. Blue: the experiment's result; green: the \
         best images that searches found in the generator; grey: baselines; purple: single subjects.",
        first.pool, first.tie_rule, first.n_images
    );
    Some((
        dots,
        Words {
            name: "decisions",
            title: "Identification in the two-alternative task, by pixels".into(),
            caption,
        },
    ))
}

/// Decisions by observer, for the result, its ceiling and the strongest baseline's kind.
pub(super) fn observers(record: &Record) -> Option<(Dots, Words)> {
    const SHOWN: [(Condition, &str); 3] = [
        (Condition::Decoder, "decoder through the generator"),
        (Condition::Ceiling, "generator's ceiling"),
        (Condition::RidgeToPixels, "ridge to pixels"),
    ];
    let all = overall(record);
    let mut observers: Vec<(&str, bool)> = Vec::new();
    for row in all.iter().filter(|row| row.condition == Condition::Decoder) {
        observers.push((&row.observer, row.in_loss));
    }
    let first = all.first().filter(|_| observers.len() > 1)?;
    let row_of = |observer: &str| {
        let of = |condition: &Condition| {
            all.iter()
                .find(|row| row.observer == observer && row.condition == *condition)
        };
        SHOWN
            .iter()
            .filter_map(|(condition, _)| Some(dot(of(condition)?, tint(condition))))
            .collect::<Vec<Dot>>()
    };
    let label = |(observer, in_loss): &(&str, bool)| {
        format!("{observer}{}", if *in_loss { " (in the loss)" } else { "" })
    };
    let present = SHOWN
        .iter()
        .filter(|(condition, _)| all.iter().any(|row| row.condition == *condition));
    let dots = Dots {
        axis: format!("share of right decisions ({})", counted(first)),
        chance: first.chance,
        legend: present
            .map(|(condition, words)| (*words, tint(condition)))
            .collect(),
        rows: observers
            .iter()
            .map(|observer| DotRow {
                label: label(observer),
                dots: row_of(observer.0),
            })
            .collect(),
    };
    let caption = format!(
        "The same task decided by other similarities: correlation of pixels, structural similarity (ssim) and correlation of \
         features. Bars: bootstrap over the {} images. An observer whose network the loss used is not independent.",
        first.n_images
    );
    Some((
        dots,
        Words {
            name: "observers",
            title: "The two-alternative task by observer".into(),
            caption,
        },
    ))
}

fn overall(record: &Record) -> Vec<&ScoreRow> {
    record
        .scores
        .iter()
        .filter(|row| row.statistic == Statistic::ObserverOverall && row.value.is_finite())
        .collect()
}

fn dot(row: &ScoreRow, color: RGBColor) -> Dot {
    Dot {
        value: row.value,
        interval: row.image_interval,
        color,
    }
}

fn counted(row: &ScoreRow) -> String {
    match row.n_decisions {
        Some(n_decisions) => format!("{} images, {n_decisions} decisions", row.n_images),
        None => format!("{} images", row.n_images),
    }
}

fn color(condition: &Condition) -> RGBColor {
    match condition {
        Condition::Decoder | Condition::Member(_) => BLUE,
        Condition::Ceiling | Condition::CeilingFromDecoders | Condition::Originals => GREEN,
        Condition::Subject(_) => PURPLE,
        Condition::MeanImage
        | Condition::Shuffled
        | Condition::RidgeToPixels
        | Condition::NoAlignment => GREY,
    }
}

/// Colours of a figure with one baseline.
fn tint(condition: &Condition) -> RGBColor {
    if *condition == Condition::RidgeToPixels {
        ORANGE
    } else {
        color(condition)
    }
}
