//! From people's decisions and observers' margins to rows.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::{among_people, consistency, ranked, reliability};
use super::combination::{Combined, Example, cross_fitted};
use super::permuted::permuted;
use super::rows::{
    COMBINATION, CeilingRow, ObserverKind, ObserverRow, Observers, Over, Permuted, WeightRow,
};
use super::sets::{Looker, Pair, Set, Trial, by_image, sets};
use super::warnings::{of_set, of_table};
use crate::family::holm;
use crate::matrix::Similarities;
use crate::study::counts::counted;
use crate::study::dependence::clusters;
use crate::study::{Decision, Kind, Observed, Params};

/// Share of right choices that guessing reaches: all trials are pairs.
const CHANCE: f64 = 0.5;

/// What was found out about observers.
#[derive(Debug, Default)]
pub(in crate::study) struct Found {
    /// Margins of the trials that were shown, the combination's among them.
    pub(in crate::study) shown: Vec<Observed>,
    /// How observers do on these trials: a row for each observer and set.
    pub(in crate::study) observers: Observers,
    /// What a reader must know before believing people's figures, in sentences.
    pub(in crate::study) warnings: Vec<String>,
}

/// Holds observers against people, set by set; everything is empty if no observer was asked.
///
/// Margins of pairs that nobody was shown serve the permutations. Decisions among more than two are left out. A combination is
/// made of the observers that saw every trial that any observer of the set saw, if there are two or more; rows of that name that
/// come in are left out. Holm's correction is over all observers and sets, for each kind of test by itself; `alpha` is the level
/// that the warnings speak of.
///
/// # Determinism
/// As [`permuted()`] and [`ranked()`].
pub(in crate::study) fn observers(
    decisions: &[Decision],
    observed: &[Observed],
    params: &Params,
    alpha: f64,
) -> Found {
    let mut found = Found::default();
    if observed.is_empty() {
        return found;
    }
    let sets = sets(decisions, observed);
    for set in &sets {
        let mut set = set.clone();
        let rows = &mut found.observers;
        if let Some((combination, combined)) = combination(&set) {
            rows.weights.extend(weights(&set, &combined));
            set.lookers.push(combination);
        }
        rows.rows.extend(
            set.lookers
                .iter()
                .filter_map(|looker| row(&set, looker, params)),
        );
        if !set.lookers.is_empty() {
            rows.ceilings.push(ceiling(&set));
        }
        found
            .shown
            .extend(set.lookers.iter().flat_map(|looker| shown(&set, looker)));
    }
    correct(&mut found.observers.rows);
    found.warnings.extend(of_table(&sets, observed));
    for set in &sets {
        found
            .warnings
            .extend(of_set(set, &found.observers.rows, alpha));
    }
    found
}

fn shown(set: &Set<'_>, looker: &Looker<'_>) -> Vec<Observed> {
    let row = |(trial, margin): (Trial<'_>, f64)| Observed {
        observer: looker.name.to_owned(),
        set: set.set.to_owned(),
        condition: set.condition.to_owned(),
        subject: trial.pair.0.to_owned(),
        image: trial.pair.1.to_owned(),
        distractor: trial.pair.2.to_owned(),
        margin,
    };
    set.seen(looker).into_iter().map(row).collect()
}

/// One for right, one half for a tie.
fn chosen(margin: f64) -> f64 {
    if margin > 0.0 {
        1.0
    } else if margin < 0.0 {
        0.0
    } else {
        0.5
    }
}

/// `None` if the observer saw no trial.
fn row(set: &Set<'_>, looker: &Looker<'_>, params: &Params) -> Option<ObserverRow> {
    let seen = set.seen(looker);
    let n_right: f64 = seen.iter().map(|(_, margin)| chosen(*margin)).sum();
    let choices: Vec<Decision> = seen
        .iter()
        .map(|(trial, margin)| choice(trial, *margin))
        .collect();
    let choices: Vec<&Decision> = choices.iter().collect();
    let trials: Vec<(f64, u64, u64)> = seen
        .iter()
        .map(|(trial, margin)| (chosen(*margin), trial.n_right, trial.n))
        .collect();
    let n: u64 = trials.iter().map(|(_, _, n)| n).sum();
    Some(ObserverRow {
        observer: looker.name.to_owned(),
        kind: looker.kind,
        set: set.set.to_owned(),
        condition: set.condition.to_owned(),
        accuracy: counted(n_right, seen.len(), CHANCE)?,
        n_ties: seen.iter().filter(|(_, margin)| *margin == 0.0).count(),
        clusters: clusters(&choices, CHANCE, params),
        permutation: permutation(set, looker, &seen, params),
        people: trials.iter().map(|(_, right, _)| right).sum::<u64>() as f64 / n.max(1) as f64,
        ranked: ranked(&over_images(&seen), params),
        consistency: consistency(&trials),
    })
}

/// The observer's choice in the form of a decision of nobody, for the test with clusters.
fn choice(trial: &Trial<'_>, margin: f64) -> Decision {
    Decision {
        set: String::new(),
        condition: String::new(),
        subject: trial.pair.0.to_owned(),
        image: trial.pair.1.to_owned(),
        distractors: vec![trial.pair.2.to_owned()],
        rater: String::new(),
        n_alternatives: 2,
        is_correct: margin > 0.0,
        side: None,
        answer: None,
        rt_ms: None,
        trial: None,
        kind: Kind::Trial,
    }
}

/// The share of people who are right and the mean margin that they decided by, image by image.
fn over_images(seen: &[(Trial<'_>, f64)]) -> Vec<(f64, f64)> {
    let mut images: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for (trial, margin) in seen {
        let (right, margins, n) = images.entry(trial.pair.1).or_default();
        *right += trial.n_right as f64;
        *margins += trial.n as f64 * margin;
        *n += trial.n as f64;
    }
    images
        .into_values()
        .map(|(right, margins, n)| (right / n, margins / n))
        .collect()
}

/// The test by permutation, if all pairs of the images are known; the combination has a fit of its own for each pair.
fn permutation(
    set: &Set<'_>,
    looker: &Looker<'_>,
    seen: &[(Trial<'_>, f64)],
    params: &Params,
) -> Option<Permuted> {
    let images = set.images();
    let brains: BTreeSet<&str> = seen.iter().map(|(trial, _)| trial.pair.0).collect();
    let brains: Vec<&str> = brains.into_iter().collect();
    let place = |names: &[&str], name: &str| names.binary_search(&name).ok();
    let trials: Vec<(usize, usize, usize)> = seen
        .iter()
        .filter_map(|(trial, _)| {
            let (brain, original, foil) = trial.pair;
            Some((
                place(&brains, brain)?,
                place(&images, original)?,
                place(&images, foil)?,
            ))
        })
        .collect();
    let originals: BTreeSet<(&str, &str)> =
        seen.iter().map(|(of, _)| (of.pair.0, of.pair.1)).collect();
    let likeness: Option<Vec<Similarities>> = brains
        .iter()
        .map(|brain| likeness(brain, &images, &originals, &looker.margins))
        .collect();
    let p = permuted(
        &trials,
        &likeness?,
        images.len(),
        params.n_draws,
        params.seed,
    );
    Some(Permuted {
        p,
        p_holm: p,
        n_permutations: params.n_draws,
    })
}

/// How alike each original and each reconstruction are, up to a constant of the original: the margin with its sign turned.
fn likeness(
    brain: &str,
    images: &[&str],
    originals: &BTreeSet<(&str, &str)>,
    margins: &BTreeMap<Pair<'_>, f64>,
) -> Option<Similarities> {
    let mut values = Vec::with_capacity(images.len() * images.len());
    for &original in images {
        let is_asked = originals.contains(&(brain, original));
        for &foil in images {
            values.push(if original == foil || !is_asked {
                0.0
            } else {
                // A tie must be zero, and no zero below zero.
                0.0 - margins.get(&(brain, original, foil))?
            });
        }
    }
    Some(Similarities {
        n_rows: images.len(),
        n_columns: images.len(),
        values,
    })
}

fn combination<'a>(set: &Set<'a>) -> Option<(Looker<'a>, Combined)> {
    let is_seen = |trial: &&Trial<'a>| {
        set.lookers
            .iter()
            .any(|looker| looker.margins.contains_key(&trial.pair))
    };
    let trials: Vec<&Trial<'a>> = set.trials.iter().filter(is_seen).collect();
    let parts = whole(set, &trials);
    if parts.len() < 2 {
        return None;
    }
    let examples: Vec<Example<'_>> = trials
        .iter()
        .map(|trial| Example {
            image: trial.pair.1,
            distractor: trial.pair.2,
            margins: parts.iter().map(|of| of.margins[&trial.pair]).collect(),
            n_right: trial.n_right,
            n: trial.n,
        })
        .collect();
    let combined = cross_fitted(&examples)?;
    let pairs = trials.iter().map(|trial| trial.pair);
    Some((
        Looker {
            name: COMBINATION,
            kind: ObserverKind::Combination,
            margins: pairs.zip(combined.margins.iter().copied()).collect(),
        },
        combined,
    ))
}

/// The observers that saw all of the trials.
fn whole<'s, 'a>(set: &'s Set<'a>, trials: &[&Trial<'a>]) -> Vec<&'s Looker<'a>> {
    let saw_all = |looker: &&Looker<'a>| {
        trials
            .iter()
            .all(|of| looker.margins.contains_key(&of.pair))
    };
    set.lookers.iter().filter(saw_all).collect()
}

fn weights(set: &Set<'_>, combined: &Combined) -> Vec<WeightRow> {
    let is_seen = |trial: &&Trial<'_>| {
        set.lookers
            .iter()
            .any(|looker| looker.margins.contains_key(&trial.pair))
    };
    let trials: Vec<&Trial<'_>> = set.trials.iter().filter(is_seen).collect();
    let row = |(looker, weight): (&Looker<'_>, &f64)| WeightRow {
        set: set.set.to_owned(),
        condition: set.condition.to_owned(),
        observer: looker.name.to_owned(),
        weight: *weight,
    };
    whole(set, &trials)
        .into_iter()
        .zip(&combined.weights)
        .map(row)
        .collect()
}

/// People against each other: over trials if most decisions share their trial with another one, else over images.
fn ceiling(set: &Set<'_>) -> CeilingRow {
    let trials: Vec<(u64, u64)> = set.trials.iter().map(|of| (of.n_right, of.n)).collect();
    let images: Vec<(u64, u64)> = by_image(set.trials.iter().copied()).into_values().collect();
    let n: u64 = trials.iter().map(|(_, n)| n).sum();
    let n_shared: u64 = trials.iter().map(|(_, n)| n).filter(|n| **n > 1).sum();
    let (cells, over) = if 2 * n_shared > n {
        (&trials, Over::Trials)
    } else {
        (&images, Over::Images)
    };
    CeilingRow {
        set: set.set.to_owned(),
        condition: set.condition.to_owned(),
        ranked: reliability(&images),
        consistency: among_people(cells),
        over,
    }
}

/// Holm's correction over all rows, for each kind of test by itself.
fn correct(rows: &mut [ObserverRow]) {
    type Place = fn(&mut ObserverRow) -> Option<(&mut f64, &mut f64)>;
    let places: [Place; 3] = [
        |row| Some((&mut row.accuracy.p, &mut row.accuracy.p_holm)),
        |row| row.clusters.as_mut().map(|of| (&mut of.p, &mut of.p_holm)),
        |row| {
            row.permutation
                .as_mut()
                .map(|of| (&mut of.p, &mut of.p_holm))
        },
    ];
    for place in places {
        let p: Vec<f64> = rows
            .iter_mut()
            .filter_map(|row| place(row).map(|(p, _)| *p))
            .collect();
        let adjusted = holm(&p);
        let corrected = rows.iter_mut().filter_map(place).zip(adjusted);
        corrected.for_each(|((_, p_holm), adjusted)| *p_holm = adjusted);
    }
}
