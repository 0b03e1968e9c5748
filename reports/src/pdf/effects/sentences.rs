//! What effects mean, in sentences that follow from their verdicts.

use lab_score::effects::{EffectRow, Figure, Spread, SpreadOver, Verdict};

use super::super::numbers::p_value;
use super::{difference, range};

/// What all conditions and scores of a variant say together; at toy size, runs may have become the same by being cut down.
pub(super) fn finding(variant: &str, rows: &[&EffectRow], is_toy: bool, confidence: f64) -> String {
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
    let uncertain: Vec<String> = [
        uncertain(&with(Verdict::TheseSeeds), SEEDS),
        uncertain(&with(Verdict::OneSeed), ONE_SEED),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut said = match (worse.is_empty(), better.is_empty()) {
        (false, false) => vec![format!(
            "better in some scores ({}) and worse in others ({}).",
            listed(&better),
            listed(&worse)
        )],
        (false, true) => vec![format!("worse: {}.", listed(&worse))],
        (true, false) => vec![format!("better: {}.", listed(&better))],
        (true, true) if uncertain.is_empty() => {
            vec![undecided(rows, n_empty, is_toy, confidence)]
        }
        (true, true) => Vec::new(),
    };
    said.extend(uncertain);
    format!("{variant}: {}{empty}", said.join(" And "))
}

/// What is said of differences whose seeds may have made them.
const SEEDS: [&str; 2] = [
    "with these seeds",
    "seeds differ so much among each other that other ones may show no difference",
];
/// The same of one seed.
const ONE_SEED: [&str; 2] = [
    "with the one seed",
    "whether by the choice or by the chance of one training cannot be told",
];

/// Differences with their directions and sizes, worse ones and better ones apart, and why they are not certain.
fn uncertain(rows: &[&&EffectRow], [when, but]: [&str; 2]) -> Option<String> {
    let of = |is_better: bool| -> Option<String> {
        let own: Vec<&&EffectRow> = rows
            .iter()
            .filter(|row| row.value.is_some_and(|value| (value > 0.0) == is_better))
            .copied()
            .collect();
        let word = if is_better { "better" } else { "worse" };
        (!own.is_empty()).then(|| format!("{word} {when} ({})", listed(&own)))
    };
    let parts: Vec<String> = [of(false), of(true)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("{}; {but}.", parts.join(" and ")))
}

/// Where nothing is better or worse.
fn undecided(rows: &[&EffectRow], n_empty: usize, is_toy: bool, confidence: f64) -> String {
    if n_empty == rows.len() {
        let reasons = missing(&rows.iter().collect::<Vec<_>>());
        return if reasons.is_empty() {
            "empty; no pair of runs is finished.".into()
        } else {
            format!("no score can be compared.{reasons}")
        };
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
    format!(
        "not told apart from the base{}.{}",
        may_be(&seen, confidence).unwrap_or_default(),
        by_chance(&seen, confidence)
    )
}

/// How large a difference by pixels may be, over all conditions.
fn may_be(seen: &[&&EffectRow], confidence: f64) -> Option<String> {
    let by_pixels = seen.iter().filter(|row| row.figure == Figure::Pixels);
    let known: Vec<(&EffectRow, Spread)> = by_pixels
        .filter_map(|row| Some((**row, row.spread?)))
        .collect();
    let (first, _) = known.first()?;
    let intervals = known.iter().map(|(_, spread)| spread.interval);
    let widest = intervals.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let (place, each) = match known.len() {
        1 => (at(first), String::new()),
        n => (String::new(), format!(" of each of {n} conditions")),
    };
    let alone = known.iter().filter(|(_, of)| of.over == SpreadOver::Images);
    let over = match alone.count() {
        0 => "",
        n if n == known.len() => ", over images alone with one seed",
        _ => ", over images alone where there is one seed",
    };
    let unit = if first.figure.is_share() {
        " points"
    } else {
        ""
    };
    Some(format!(
        "; in {} anything from {}{unit} may be so{place} ({:.0} % interval{each}{over})",
        first.figure.label(),
        range(first.figure, widest),
        100.0 * confidence
    ))
}

/// Why intervals without zero decide nothing; nothing if all of them hold it.
fn by_chance(seen: &[&&EffectRow], confidence: f64) -> String {
    let known: Vec<(f64, f64)> = seen
        .iter()
        .filter_map(|row| Some(row.spread?.interval))
        .collect();
    let without = known.iter().filter(|of| of.0 > 0.0 || of.1 < 0.0);
    match without.count() {
        0 => String::new(),
        n => format!(
            " {n} of {} intervals {} out zero, which decides nothing: of so many, each at {:.0} %, some do by chance (Holm's \
             correction over all tests).",
            known.len(),
            if n == 1 { "leaves" } else { "leave" },
            100.0 * confidence
        ),
    }
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
        let is_empty = of.iter().all(|row| row.verdict == Verdict::Empty);
        let parts: Vec<String> = if is_empty && of.len() > 1 {
            vec!["every score is empty".into()]
        } else {
            of.iter().map(|row| part(row, confidence)).collect()
        };
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
            "{} in {label} with these seeds ({number}), and seeds differ as much among each other, so that other ones may show no \
             difference",
            direction(row)
        ),
        Verdict::OneSeed => format!(
            "{} in {label} with the one seed ({number}), by the choice or by the chance of one training",
            direction(row)
        ),
        Verdict::NotToldApart => format!("not told apart in {label} ({number})"),
    }
}

fn direction(row: &EffectRow) -> &'static str {
    if row.value.is_some_and(|value| value > 0.0) {
        "better"
    } else {
        "worse"
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

/// The seeds without a difference, by their reasons.
fn missing(rows: &[&&EffectRow]) -> String {
    let mut all: Vec<(&str, Vec<u64>)> = Vec::new();
    for (seed, why) in rows.iter().flat_map(|row| &row.missing) {
        match all.iter_mut().find(|(other, _)| other == why) {
            Some((_, seeds)) if seeds.contains(seed) => {}
            Some((_, seeds)) => seeds.push(*seed),
            None => all.push((why, vec![*seed])),
        }
    }
    let said = |(why, seeds): &(&str, Vec<u64>)| {
        let numbers: Vec<String> = seeds.iter().map(u64::to_string).collect();
        let word = if seeds.len() == 1 { "seed" } else { "seeds" };
        format!("{word} {}, {why}", numbers.join(", "))
    };
    if all.is_empty() {
        String::new()
    } else {
        let all: Vec<String> = all.iter().map(said).collect();
        format!(" Empty: {}.", all.join("; "))
    }
}
