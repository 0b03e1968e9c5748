//! What the rule finds in simulated studies, and whom it names with that.

use rayon::prelude::*;

use super::judge::{MIN_TRIALS, judge};
use super::rows::{AgentKind, Evaluation, KindRow, PersonRow};
use super::rule::{APART, TRAINING_SEEDS, TRAINING_SHARE};
use super::simulate::{Crowd, draw, guesses, kind_of};
use super::trials::Trials;
use crate::binomial::wilson;
use crate::study::counts::CONFIDENCE;
use crate::study::decisions::{Decision, Kind};
use crate::study::observed::Observed;

/// First seed of the studies that are reported; those of training lie below.
const FIRST_SEED: u64 = 2001;
/// Points of a curve.
const N_POINTS: usize = 100;
/// People of the studies that set a threshold, at least.
const N_TRAINED: usize = 2500;
/// Agents of each kind over all studies, at least.
const N_AGENTS: usize = 50;
/// Agents of each kind in one study like the user's: one for so many people.
const PEOPLE_PER_AGENT: usize = 60;
/// Most people, trials and images of a study like the user's, so that it is drawn in a second.
const MOST: (usize, usize, usize) = (500, 100, 200);

/// Seeds of reported studies.
pub fn seeds(n_studies: usize) -> Vec<u64> {
    (FIRST_SEED..).take(n_studies).collect()
}

/// Everybody of the studies of these seeds.
///
/// # Determinism
/// One study a seed; the same from any number of threads.
pub(super) fn judged(crowd: &Crowd, seeds: &[u64], threshold: f64) -> Vec<PersonRow> {
    let of_seed = |&seed: &u64| {
        let drawn = draw(crowd, seed);
        let judged = judge(&drawn.decisions, &drawn.observed, threshold);
        judged.map_or_else(|_| Vec::new(), |of| of.persons)
    };
    seeds
        .par_iter()
        .with_max_len(1)
        .flat_map_iter(of_seed)
        .collect()
}

/// The score above which [`TRAINING_SHARE`] of simulated people lie, in studies of this design from seeds of training with at
/// least 2500 people in all.
pub fn threshold(crowd: &Crowd) -> f64 {
    let n_studies = N_TRAINED.div_ceil(crowd.n_people.max(1));
    let seeds: Vec<u64> = (TRAINING_SEEDS[0]..).take(n_studies).collect();
    let rows = judged(crowd, &seeds, APART);
    let mut people: Vec<f64> = rows
        .iter()
        .filter(|row| kind_of(&row.rater).is_none())
        .map(|row| row.score)
        .collect();
    people.sort_unstable_by(f64::total_cmp);
    let place = ((1.0 - TRAINING_SHARE) * people.len() as f64) as usize;
    people.get(place).copied().unwrap_or(APART)
}

/// Draws studies, judges everybody in them, and counts who stands out.
///
/// # Determinism
/// As of [`threshold`]: one study a seed; the same from any number of threads.
pub fn evaluate(crowd: &Crowd, seeds: &[u64], threshold: f64) -> Evaluation {
    let judged = judged(crowd, seeds, threshold);
    let scores = |kind: Option<AgentKind>| -> Vec<f64> {
        let of_kind = judged.iter().filter(|row| kind_of(&row.rater) == kind);
        of_kind.map(|row| row.score).collect()
    };
    let people = scores(None);
    let agents: Vec<f64> = AgentKind::ALL
        .into_iter()
        .flat_map(|kind| scores(Some(kind)))
        .collect();
    let n_named = beyond(&people, threshold);
    let guessers: Vec<&PersonRow> = judged.iter().filter(|row| guesses(&row.rater)).collect();
    Evaluation {
        n_people: crowd.n_people,
        n_trials: crowd.n_trials,
        n_studies: seeds.len(),
        threshold,
        kinds: AgentKind::ALL
            .into_iter()
            .filter_map(|kind| row(kind, &scores(Some(kind)), &people, threshold))
            .collect(),
        n_people_drawn: people.len(),
        n_people_named: n_named,
        n_guessers: guessers.len(),
        n_guessers_named: guessers.iter().filter(|row| row.score > threshold).count(),
        interval: wilson(n_named as f64, people.len(), CONFIDENCE).unwrap_or((0.0, 1.0)),
        curve: curve(&people, &agents),
        area: area(&agents, &people),
    }
}

fn row(kind: AgentKind, scores: &[f64], people: &[f64], threshold: f64) -> Option<KindRow> {
    let n_found = beyond(scores, threshold);
    Some(KindRow {
        kind,
        n: scores.len(),
        n_found,
        interval: wilson(n_found as f64, scores.len(), CONFIDENCE)?,
        area: area(scores, people),
        curve: curve(people, scores),
    })
}

fn beyond(scores: &[f64], threshold: f64) -> usize {
    scores.iter().filter(|score| **score > threshold).count()
}

/// Share of pairs in which the agent's score is higher, ties counting one half.
pub(super) fn area(agents: &[f64], people: &[f64]) -> f64 {
    let mut sorted = people.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let above = |score: &f64| {
        let below = sorted.partition_point(|other| other < score);
        let up_to = sorted.partition_point(|other| other <= score);
        (below + up_to) as f64 / 2.0
    };
    agents.iter().map(above).sum::<f64>() / (agents.len() * people.len()).max(1) as f64
}

/// Shares above falling thresholds: each quantile of people.
fn curve(people: &[f64], agents: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted = people.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let share = |of: &[f64], threshold: f64| beyond(of, threshold) as f64 / of.len().max(1) as f64;
    let mut points = vec![(0.0, share(agents, sorted.first().copied().unwrap_or(0.0)))];
    for point in 1..=N_POINTS {
        let place = (point * sorted.len() / N_POINTS).max(1) - 1;
        if let Some(&threshold) = sorted.get(place) {
            points.push((share(people, threshold), share(agents, threshold)));
        }
    }
    points.push((1.0, 1.0));
    points
}

/// A crowd like that of a study: as many people (at most 500), decisions (100), images (200) and attention checks, with times,
/// sides and observers where the study has them, and one agent of each kind for every 60 people.
pub(super) fn like(decisions: &[Decision], observed: &[Observed]) -> Crowd {
    let trials = Trials::of(decisions, observed);
    let mut lengths: Vec<usize> = trials
        .people
        .iter()
        .map(|person| person.trials.len())
        .collect();
    lengths.retain(|&n| n >= MIN_TRIALS);
    lengths.sort_unstable();
    let n_trials = lengths
        .get(lengths.len() / 2)
        .copied()
        .unwrap_or(MIN_TRIALS)
        .min(MOST.1);
    let n_catch: Vec<usize> = trials
        .people
        .iter()
        .map(|person| person.n_catch as usize)
        .collect();
    let of_trials = || {
        decisions
            .iter()
            .filter(|decision| decision.kind == Kind::Trial)
    };
    let has = |of: &dyn Fn(&Decision) -> bool| {
        2 * of_trials().filter(|d| of(d)).count() >= of_trials().count()
    };
    let n_people = lengths.len().min(MOST.0);
    Crowd {
        n_people,
        n_of_each: (n_people / PEOPLE_PER_AGENT).max(1),
        n_images: trials
            .n_images
            .clamp(2 * n_trials, MOST.2.max(2 * n_trials)),
        n_foils: (trials.n_pairs / trials.n_images.max(1)).clamp(1, 10),
        n_trials,
        n_catch: n_catch.iter().sum::<usize>() / n_catch.len().max(1),
        has_times: has(&|decision| decision.rt_ms.is_some()),
        has_sides: has(&|decision| decision.side.is_some()),
        has_observers: !trials.observers.is_empty(),
        ..Crowd::default()
    }
}

/// What the rule does in studies like this one, with at least 50 agents of each kind in all; it holds the threshold.
pub(super) fn companion(decisions: &[Decision], observed: &[Observed]) -> Evaluation {
    let crowd = like(decisions, observed);
    let n_studies = N_AGENTS.div_ceil(crowd.n_of_each);
    evaluate(&crowd, &seeds(n_studies), threshold(&crowd))
}
