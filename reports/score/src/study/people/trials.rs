//! A study's decisions by person, with numbers for names.

use std::collections::BTreeMap;

use crate::study::decisions::{Decision, Kind, Side};
use crate::study::observed::Observed;

/// One decision of one person, as the signals need it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    /// Number of the original with its foil.
    pub(super) pair: usize,
    /// Number of the original.
    pub(super) image: usize,
    pub(super) is_correct: bool,
    pub(super) chance: f64,
    pub(super) side: Option<Side>,
    pub(super) answer: Option<Side>,
    pub(super) rt_ms: Option<f64>,
}

/// A person's decisions, in the order in which they were made.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) rater: String,
    pub(super) trials: Vec<Trial>,
    pub(super) n_catch: u64,
    pub(super) n_catch_failed: u64,
}

/// Everybody's decisions.
#[derive(Debug, Clone)]
pub(super) struct Trials {
    pub(super) people: Vec<Person>,
    pub(super) n_images: usize,
    pub(super) n_pairs: usize,
    pub(super) observers: Vec<String>,
    /// Margin of each pair, by observer; `None` where the observer did not see it.
    pub(super) margins: Vec<Vec<Option<f64>>>,
}

type ImageKey<'a> = (&'a str, &'a str, &'a str, &'a str);
type PairKey<'a> = (ImageKey<'a>, String);

/// Trials by place, and attention checks with those that were failed.
type Answers = (Vec<(u32, Trial)>, [u64; 2]);

impl Trials {
    /// Decisions of people who are known; practice is left out.
    pub(super) fn of(decisions: &[Decision], observed: &[Observed]) -> Self {
        let mut images: BTreeMap<ImageKey<'_>, usize> = BTreeMap::new();
        let mut pairs: BTreeMap<PairKey<'_>, usize> = BTreeMap::new();
        let mut people: BTreeMap<&str, Answers> = BTreeMap::new();
        for decision in decisions.iter().filter(|of| !of.rater.is_empty()) {
            let (trials, catch) = people.entry(&decision.rater).or_default();
            match decision.kind {
                Kind::Practice => {}
                Kind::Catch => {
                    catch[0] += 1;
                    catch[1] += u64::from(!decision.is_correct);
                }
                Kind::Trial => {
                    let image = image_key(decision);
                    let pair = (image, decision.distractors.join("|"));
                    let next = (images.len(), pairs.len());
                    let image = *images.entry(image).or_insert(next.0);
                    let pair = *pairs.entry(pair).or_insert(next.1);
                    let place = decision.trial.unwrap_or(u32::MAX);
                    trials.push((place, trial(decision, image, pair)));
                }
            }
        }
        let (observers, margins) = margins(&pairs, observed);
        Self {
            people: people
                .into_iter()
                .map(|(rater, (trials, catch))| person(rater, trials, catch))
                .collect(),
            n_images: images.len(),
            n_pairs: pairs.len(),
            observers,
            margins,
        }
    }
}

fn image_key(decision: &Decision) -> ImageKey<'_> {
    (
        &decision.set,
        &decision.condition,
        &decision.subject,
        &decision.image,
    )
}

fn person(rater: &str, mut trials: Vec<(u32, Trial)>, [n_catch, n_failed]: [u64; 2]) -> Person {
    // Stable: where no place is given, the table's order is taken as the person's.
    trials.sort_by_key(|(place, _)| *place);
    Person {
        rater: rater.to_owned(),
        trials: trials.into_iter().map(|(_, trial)| trial).collect(),
        n_catch,
        n_catch_failed: n_failed,
    }
}

fn trial(decision: &Decision, image: usize, pair: usize) -> Trial {
    let derived = decision
        .side
        .filter(|_| decision.n_alternatives == 2)
        .map(|side| {
            if decision.is_correct {
                side
            } else {
                other(side)
            }
        });
    Trial {
        pair,
        image,
        is_correct: decision.is_correct,
        chance: decision.chance(),
        side: decision.side,
        answer: decision.answer.or(derived),
        rt_ms: decision
            .rt_ms
            .filter(|time| time.is_finite() && *time > 0.0),
    }
}

/// The other side.
pub(super) fn other(side: Side) -> Side {
    match side {
        Side::Left => Side::Right,
        Side::Right => Side::Left,
    }
}

/// Names of observers, and their margins by pair.
fn margins(
    pairs: &BTreeMap<PairKey<'_>, usize>,
    observed: &[Observed],
) -> (Vec<String>, Vec<Vec<Option<f64>>>) {
    let mut by_observer: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
    for row in observed.iter().filter(|row| row.margin.is_finite()) {
        let image: ImageKey<'_> = (&row.set, &row.condition, &row.subject, &row.image);
        let Some(&pair) = pairs.get(&(image, row.distractor.clone())) else {
            continue;
        };
        let margins = by_observer
            .entry(&row.observer)
            .or_insert_with(|| vec![None; pairs.len()]);
        margins[pair] = Some(row.margin);
    }
    let names = by_observer.keys().map(|&name| name.to_owned()).collect();
    (names, by_observer.into_values().collect())
}
