//! What effects mean, in sentences that follow from their verdicts.

use lab_score::effects::{EffectRow, Figure, SpreadOver, Verdict};

use super::super::numbers::{p_value, three};
use super::{difference, range};

/// What all conditions and scores of a variant say together; at toy size, runs may have become the same by being cut down.
pub(super) fn finding(variant: &str, rows: &[&EffectRow], is_toy: bool) -> String {
    let with = |verdict: Verdict| -> Vec<&&EffectRow> {
        rows.iter().filter(|row| row.verdict == verdict).collect()
    };
    let (worse, better) = (with(Verdict::Worse), with(Verdict::Better));
    let n_empty = with(Verdict::Empty).len();
    let empty = if n_empty > 0 && n_empty < rows.len() {
        format!(" {n_empty} of {} cells are empty.", rows.len())
    } else {
        String::new()
    };
    let said = match (worse.is_empty(), better.is_empty()) {
        (false, false) => format!(
            "better in some scores ({}) and worse in others ({}).",
            listed(&better),
            listed(&worse)
        ),
        (false, true) => format!("worse: {}.", listed(&worse)),
        (true, false) => format!("better: {}.", listed(&better)),
        (true, true) => undecided(rows, n_empty, is_toy),
    };
    format!("{variant}: {said}{empty}")
}

/// Where nothing is better or worse.
fn undecided(rows: &[&EffectRow], n_empty: usize, is_toy: bool) -> String {
    let any = |verdict: Verdict| rows.iter().any(|row| row.verdict == verdict);
    if n_empty == rows.len() {
        let reasons = missing(&rows.iter().collect::<Vec<_>>());
        return if reasons.is_empty() {
            "empty; no pair of runs is finished.".into()
        } else {
            format!("no score can be compared.{reasons}")
        };
    }
    if any(Verdict::TheseSeeds) {
        return "different with these seeds in some score, but seeds differ so much among each other that other ones may show \
                no difference."
            .into();
    }
    if any(Verdict::OneSeed) {
        return "different with the one seed in some score; whether by the choice or by the chance of one training cannot be \
                told."
            .into();
    }
    let seen: Vec<&&EffectRow> = rows
        .iter()
        .filter(|row| row.verdict == Verdict::NotToldApart)
        .collect();
    if seen.is_empty() {
        return if is_toy {
            "the same as the base for every image, as what it changes may have been cut down to toy size.".into()
        } else {
            "the same as the base for every image: it changes nothing in these runs.".into()
        };
    }
    let by_pixels = seen
        .iter()
        .find(|row| row.figure == Figure::Pixels && row.smallest.is_some());
    let smallest = by_pixels.map_or(String::new(), |row| {
        format!(
            "; in {} less than {} could not have been seen{}{}",
            row.figure.label(),
            smallest(row),
            at(row),
            if row.by_seed.len() == 1 && row.spread.is_some_and(|of| of.over == SpreadOver::Images)
            {
                ", over images alone with one seed"
            } else {
                ""
            }
        )
    });
    format!("not told apart from the base{smallest}.")
}

/// A sentence for each condition of a variant.
pub(super) fn details(variant: &str, rows: &[&EffectRow], confidence: f64) -> Vec<String> {
    let mut conditions: Vec<&str> = Vec::new();
    for row in rows {
        if !conditions.contains(&&*row.condition) {
            conditions.push(&row.condition);
        }
    }
    let sentence = |condition: &&str| {
        let of: Vec<&&EffectRow> = rows
            .iter()
            .filter(|row| row.condition == *condition)
            .collect();
        let parts: Vec<String> = of.iter().map(|row| part(row, confidence)).collect();
        let at = if condition.is_empty() {
            String::new()
        } else {
            format!(" at {condition}")
        };
        format!("{variant}{at}: {}.{}", parts.join("; "), missing(&of))
    };
    conditions.iter().map(sentence).collect()
}

fn part(row: &EffectRow, confidence: f64) -> String {
    let label = row.figure.label();
    let number = number(row, confidence);
    match row.verdict {
        Verdict::Empty => format!("{label} is empty"),
        Verdict::Same => format!("{label} is the same for every image"),
        Verdict::Worse => format!("worse in {label} ({number})"),
        Verdict::Better => format!("better in {label} ({number})"),
        Verdict::TheseSeeds => format!(
            "{label} differs with these seeds ({number}), and seeds differ as much among each other, so that other ones may \
             show no difference"
        ),
        Verdict::OneSeed => format!(
            "{label} differs with the one seed ({number}), by the choice or by the chance of one training"
        ),
        Verdict::NotToldApart => {
            let seen = row.smallest.map_or(String::new(), |_| {
                format!("; less than {} could not have been seen", smallest(row))
            });
            format!("not told apart in {label} ({number}{seen})")
        }
    }
}

/// The difference with its interval and its p.
fn number(row: &EffectRow, confidence: f64) -> String {
    let Some(value) = row.value else {
        return String::new();
    };
    let unit = if row.figure.is_share() { " points" } else { "" };
    let mut words = vec![format!("{}{unit}", difference(row.figure, value))];
    if let Some(spread) = row.spread {
        let over = match spread.over {
            SpreadOver::ImagesAndSeeds => "",
            SpreadOver::Images => " over images alone",
            SpreadOver::Seeds => " over seeds alone",
        };
        words.push(format!(
            "{:.0} % interval{over} {}",
            100.0 * confidence,
            range(row.figure, spread.interval)
        ));
    }
    words.extend(
        row.p_holm
            .map(|p| format!("{} by Holm's correction", p_value(p))),
    );
    words.join(", ")
}

fn smallest(row: &EffectRow) -> String {
    let value = row.smallest.unwrap_or(f64::NAN);
    if row.figure.is_share() {
        format!("{:.1} points", 100.0 * value)
    } else {
        three(value)
    }
}

fn at(row: &EffectRow) -> String {
    if row.condition.is_empty() {
        String::new()
    } else {
        format!(" at {}", row.condition)
    }
}

/// Scores with their conditions: each score once, with the differences where it was found.
fn listed(rows: &[&&EffectRow]) -> String {
    let of = |figure: Figure| {
        let unit = if figure.is_share() { " points" } else { "" };
        let own: Vec<String> = rows
            .iter()
            .filter(|row| row.figure == figure)
            .filter_map(|row| {
                Some(format!(
                    "{}{unit}{}",
                    difference(figure, row.value?),
                    at(row)
                ))
            })
            .collect();
        (!own.is_empty()).then(|| format!("{} {}", figure.label(), own.join(" and ")))
    };
    let all: Vec<String> = Figure::ALL.into_iter().filter_map(of).collect();
    all.join(", ")
}

/// The seeds of a condition without a difference, with their reasons, each once.
fn missing(rows: &[&&EffectRow]) -> String {
    let mut all: Vec<String> = Vec::new();
    for (seed, why) in rows.iter().flat_map(|row| &row.missing) {
        let said = format!("seed {seed}, {why}");
        if !all.contains(&said) {
            all.push(said);
        }
    }
    if all.is_empty() {
        String::new()
    } else {
        format!(" Empty: {}.", all.join("; "))
    }
}
