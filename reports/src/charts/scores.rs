//! Right decisions by condition and by observer.

use plotters::style::RGBColor;

use super::canvas::Words;
use super::dots::{Dot, DotRow, Dots, chance_words};
use super::style::{BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION};
use lab_score::record::{Condition, IntervalMethod, Record, ScoreRow, Statistic};

/// Decisions of the pixel observer by condition.
pub(super) fn decisions(record: &Record) -> Option<(Dots, Words)> {
    let shown = |row: &&&ScoreRow| {
        let by_pixels = row.observer == "pixel" && !row.condition.is_of_a_series();
        by_pixels || matches!(row.condition, Condition::Cue(_))
    };
    let all = overall(record);
    let rows: Vec<&ScoreRow> = all.iter().filter(shown).copied().collect();
    let first = rows.first()?;
    let dots = Dots {
        axis: format!("share of right decisions ({})", counted(first)),
        marked: first.chance.map(chance_words),
        ends: None,
        legend: Vec::new(),
        rows: rows
            .iter()
            .map(|row| DotRow {
                label: record.label(&row.condition),
                dots: vec![dot(row, color(&row.condition))],
            })
            .collect(),
    };
    let has = |wanted: fn(&Condition) -> bool| rows.iter().any(|row| wanted(&row.condition));
    let by_cue = if has(|condition| matches!(condition, Condition::Cue(_))) {
        " Where a cue alone decides, the reconstruction that is nearer to the original in that cue wins."
    } else {
        ""
    };
    let oracle = rows.iter().find_map(|row| match row.condition {
        Condition::BestOfPrior(n) => Some(format!(
            " Oracle: of {n} random images of the generator, the one that correlates most in pixels with the original itself; it knows \
             the answer, and is no baseline."
        )),
        _ => None,
    });
    let oracle = oracle.unwrap_or_default();
    let bound = if rows.iter().any(|row| row.condition == Condition::MeanImage) {
        " One image for all, such as the mean, has one half by construction."
    } else {
        ""
    };
    let colours = match record.result() {
        Condition::Given => "Blue: the reconstructions; grey: baselines.",
        _ if has(|condition| *condition == Condition::DecoderCeiling) => {
            "Blue: the experiment's result; green: the best images that searches, or an oracle, found in the generator, and the decoder \
             on responses without noise; grey: baselines; purple: single subjects."
        }
        _ => {
            "Blue: the experiment's result; green: the best images that searches, or an oracle, found in the generator; grey: baselines; \
             purple: single subjects."
        }
    };
    let caption = format!(
        "Two-alternative task: an original is shown, and its own reconstruction must correlate with it in pixels more than a \
         foil's reconstruction does ({}; {}).{by_cue}{oracle}{bound} Bars: {}. {colours}",
        first.pool,
        first.tie_rule,
        bars(&rows)
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
    const SHOWN: [Condition; 5] = [
        Condition::Decoder,
        Condition::Given,
        Condition::Ceiling,
        Condition::RidgeToPixels,
        Condition::NearestTraining,
    ];
    let all = overall(record);
    let mut observers: Vec<(&str, bool)> = Vec::new();
    for row in all.iter().filter(|row| row.condition.is_result()) {
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
            .filter_map(|condition| Some(dot(of(condition)?, tint(condition))))
            .collect::<Vec<Dot>>()
    };
    let label = |(observer, in_loss): &(&str, bool)| {
        format!("{observer}{}", if *in_loss { " (in the loss)" } else { "" })
    };
    let present = SHOWN
        .iter()
        .filter(|condition| all.iter().any(|row| row.condition == **condition));
    let dots = Dots {
        axis: format!("share of right decisions ({})", counted(first)),
        marked: first.chance.map(chance_words),
        ends: None,
        legend: present
            .map(|condition| (record.label(condition), tint(condition)))
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
         features. Bars: {}. An observer whose network the loss used is not independent.",
        bars(&all)
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

/// What bars over images are, for the rows of a figure: "bootstrap over the 72 images", and what it is for others.
fn bars(rows: &[&ScoreRow]) -> String {
    let n_images = rows.first().map_or(0, |row| row.n_images);
    let is =
        |method: IntervalMethod| move |row: &&&ScoreRow| row.image_interval_method == Some(method);
    let n_formula = rows.iter().filter(is(IntervalMethod::Wilson)).count();
    if n_formula == 0 {
        format!("bootstrap over the {n_images} images")
    } else if n_formula == rows.len() {
        format!(
            "Wilson's interval for {n_images} images, which are too few or too alike for a bootstrap"
        )
    } else {
        format!("bootstrap over the {n_images} images, or Wilson's interval where these agree")
    }
}

fn color(condition: &Condition) -> RGBColor {
    match condition {
        Condition::Decoder
        | Condition::Given
        | Condition::Member(_)
        | Condition::FirstMembers(_)
        | Condition::Bottleneck(_)
        | Condition::RandomBottleneck(_) => BLUE,
        Condition::Ceiling
        | Condition::CeilingFromDecoders
        | Condition::DecoderCeiling
        | Condition::BestOfPrior(_)
        | Condition::Originals => GREEN,
        Condition::Subject(_) | Condition::SubjectDecoder(_) | Condition::Region(_) => PURPLE,
        Condition::MeanImage
        | Condition::Shuffled
        | Condition::RidgeToPixels
        | Condition::NoAlignment
        | Condition::NearestTraining
        | Condition::Prior
        | Condition::RandomTraining
        | Condition::Cue(_) => GREY,
    }
}

/// Colours of a figure in which two baselines stand side by side.
fn tint(condition: &Condition) -> RGBColor {
    match condition {
        Condition::RidgeToPixels => ORANGE,
        Condition::NearestTraining => VERMILION,
        other => color(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{bars, decisions, tint};
    use crate::example::example;
    use lab_score::record::{Condition, IntervalMethod, ScoreRow, Statistic};

    #[test]
    fn an_oracle_is_explained_where_it_stands() {
        let (mut record, _) = example();
        let caption = |record: &_| decisions(record).unwrap().1.caption;
        record
            .scores
            .retain(|row| !matches!(row.condition, Condition::BestOfPrior(_)));
        assert!(!caption(&record).contains("Oracle"));
        let mut row = record.scores.iter().find(|row| {
            row.condition == Condition::MeanImage
                && row.observer == "pixel"
                && row.statistic == Statistic::ObserverOverall
        });
        let row = row.take().unwrap().clone();
        record.scores.push(ScoreRow {
            condition: Condition::BestOfPrior(64),
            ..row
        });
        assert!(caption(&record).contains("Oracle: of 64 random images of the generator"));
        assert!(caption(&record).contains("has one half by construction"));
        assert_ne!(
            tint(&Condition::RidgeToPixels),
            tint(&Condition::NearestTraining)
        );
    }

    #[test]
    fn captions_say_how_bars_were_made() {
        let (record, _) = example();
        let with = |methods: [IntervalMethod; 2]| {
            let row = |method| ScoreRow {
                image_interval_method: Some(method),
                ..record.scores[0].clone()
            };
            let rows = methods.map(row);
            bars(&[&rows[0], &rows[1]])
        };
        let (drawn, formula) = (IntervalMethod::ImageBootstrap, IntervalMethod::Wilson);
        assert_eq!(with([drawn, drawn]), "bootstrap over the 36 images");
        assert!(with([formula, drawn]).contains("or Wilson's interval where these agree"));
        assert!(with([formula, formula]).contains("too few or too alike"));
    }
}
