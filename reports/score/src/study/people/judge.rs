//! From decisions to people with their signals.

use std::fmt;

use rayon::prelude::*;

use super::agreement::Expected;
use super::choices::{Choices, choices};
use super::difficulty::Difficulty;
use super::nulls::{Null, rare};
use super::rows::{Found, PersonRow, Signal};
use super::rule;
use super::times::{Times, times};
use super::trials::{Person, Trials};
use crate::study::decisions::Decision;
use crate::study::observed::Observed;

/// People below whom no null distribution can be told.
pub const MIN_PEOPLE: usize = 8;
/// Decisions below which a person is not looked at.
pub const MIN_TRIALS: usize = 15;
/// Passes: whoever has a score above [`rule::APART`] in one does not count as people in the next.
pub const N_PASSES: usize = 3;

/// Why nobody is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotJudged {
    /// No decision names its rater.
    Unknown,
    /// Too few people made enough decisions.
    Few {
        /// People who made enough.
        n_people: usize,
    },
}

impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(
                f,
                "Whether those who answered are people cannot be asked: it is not known who decided."
            ),
            Self::Few { n_people } => write!(
                f,
                "Whether those who answered are people cannot be asked: {n_people} of them made {MIN_TRIALS} decisions or more, and \
                 {MIN_PEOPLE} are needed to know how people differ."
            ),
        }
    }
}

/// People with their signals, and what they were compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// One row a person with enough decisions.
    pub persons: Vec<PersonRow>,
    /// People with too few.
    pub n_left_out: usize,
    /// Names of observers.
    pub observers: Vec<String>,
}

/// Signals and scores of everybody with enough decisions; whoever's score is above the threshold stands out.
///
/// # Errors
/// [`NotJudged`] if raters are not known, or too few people made enough decisions.
///
/// # Determinism
/// Nothing is drawn; the same rows from any number of threads.
pub fn judge(
    decisions: &[Decision],
    observed: &[Observed],
    threshold: f64,
) -> Result<Judged, NotJudged> {
    let (trials, n_left_out) = judgeable(decisions, observed)?;
    let n_people = trials.people.len();
    let mut counts = vec![true; n_people];
    let mut persons: Vec<PersonRow> = Vec::new();
    for _ in 0..N_PASSES {
        persons = pass(&trials, &counts, threshold);
        let count: Vec<bool> = persons
            .iter()
            .map(|person| person.score <= rule::APART)
            .collect();
        // Nulls of a handful would be no nulls: everybody counts until enough do not stand out.
        if count.iter().filter(|counts| **counts).count() >= MIN_PEOPLE {
            counts = count;
        }
    }
    Ok(Judged {
        persons,
        n_left_out,
        observers: trials.observers,
    })
}

/// Everybody with enough decisions, and how many have too few.
pub(super) fn judgeable(
    decisions: &[Decision],
    observed: &[Observed],
) -> Result<(Trials, usize), NotJudged> {
    let mut trials = Trials::of(decisions, observed);
    if trials.people.is_empty() {
        return Err(NotJudged::Unknown);
    }
    let n_all = trials.people.len();
    trials
        .people
        .retain(|person| person.trials.len() >= MIN_TRIALS);
    let n_people = trials.people.len();
    if n_people < MIN_PEOPLE {
        return Err(NotJudged::Few { n_people });
    }
    Ok((trials, n_all - n_people))
}

/// What a person's decisions hold, before it is compared with other people's.
struct Raw {
    times: Times,
    choices: Choices,
    /// z by observer.
    agreement: Vec<Option<f64>>,
}

fn pass(trials: &Trials, counts: &[bool], threshold: f64) -> Vec<PersonRow> {
    let difficulty = Difficulty::of(trials, counts);
    let people: Vec<(&Person, bool)> = trials.people.iter().zip(counts.iter().copied()).collect();
    let raw: Vec<Raw> = people
        .par_chunks(16)
        .flat_map_iter(|block| {
            let mut difficulty = difficulty.clone();
            let raw: Vec<Raw> = block
                .iter()
                .map(|(person, counts)| raw(trials, person, &difficulty.shares(person, *counts)))
                .collect();
            raw
        })
        .collect();
    let nulls = Nulls::of(trials, &raw, counts);
    let rows = trials.people.iter().zip(&raw);
    rows.map(|(person, raw)| {
        let found = nulls.found(person, raw);
        let observer = nulls
            .agreed(raw)
            .map_or("", |(place, _)| &trials.observers[place]);
        row(person, found, observer, threshold)
    })
    .collect()
}

fn raw(trials: &Trials, person: &Person, shares: &[f64]) -> Raw {
    let correct: Vec<bool> = person.trials.iter().map(|trial| trial.is_correct).collect();
    let expected = Expected::fit(&correct, shares);
    let agreement = trials.margins.iter().map(|margins| {
        let choice = |margin: f64| {
            if margin.abs() > 0.0 {
                margin.signum()
            } else {
                0.0
            }
        };
        let choices: Vec<Option<f64>> = person
            .trials
            .iter()
            .map(|trial| margins[trial.pair].map(choice))
            .collect();
        expected.agreement(&choices)
    });
    Raw {
        times: times(person, shares),
        choices: choices(person),
        agreement: agreement.collect(),
    }
}

fn row(person: &Person, found: Vec<Found>, observer: &str, threshold: f64) -> PersonRow {
    let score = rule::score(&found);
    let stands_out = score > threshold;
    PersonRow {
        rater: person.rater.clone(),
        n: person.trials.len(),
        observer: observer.into(),
        score,
        stands_out,
        why: if stands_out {
            rule::reasons(&found)
        } else {
            Vec::new()
        },
        found,
    }
}

/// How people's values are distributed.
struct Nulls {
    agreement: Vec<Option<Null>>,
    by_difficulty: Option<Null>,
    speed: Option<Null>,
    spread: Option<Null>,
    shape: Option<Null>,
    regularity: Option<Null>,
    side: Option<Null>,
    switching: Option<Null>,
    accuracy: Option<Null>,
    implausible: (u64, u64),
    catch: (u64, u64),
}

impl Nulls {
    fn of(trials: &Trials, raw: &[Raw], counts: &[bool]) -> Self {
        let own = |of: &dyn Fn(&Raw) -> Option<f64>| {
            let people = raw.iter().zip(counts).filter(|(_, counts)| **counts);
            Null::of(&people.filter_map(|(raw, _)| of(raw)).collect::<Vec<f64>>())
        };
        let people = || {
            trials
                .people
                .iter()
                .zip(raw)
                .zip(counts)
                .filter(|(_, counts)| **counts)
        };
        let total = |of: &dyn Fn(&Person, &Raw) -> (u64, u64)| {
            people().fold((0, 0), |sum, ((person, raw), _)| {
                let (events, n) = of(person, raw);
                (sum.0 + events, sum.1 + n)
            })
        };
        Self {
            agreement: (0..trials.observers.len())
                .map(|place| own(&|raw| raw.agreement[place]))
                .collect(),
            by_difficulty: own(&|raw| raw.times.by_difficulty),
            speed: own(&|raw| raw.times.median_log),
            spread: own(&|raw| raw.times.sd_log),
            shape: own(&|raw| raw.times.skewness),
            regularity: own(&|raw| raw.times.autocorrelation),
            side: own(&|raw| raw.choices.side),
            switching: own(&|raw| raw.choices.switching),
            accuracy: own(&|raw| Some(raw.choices.accuracy)),
            implausible: total(&|_, raw| (raw.times.n_implausible, raw.times.n)),
            catch: total(&|person, _| (person.n_catch_failed, person.n_catch)),
        }
    }

    fn found(&self, person: &Person, raw: &Raw) -> Vec<Found> {
        let (times, choices) = (&raw.times, &raw.choices);
        let low = |signal, value: Option<f64>, null: &Option<Null>| {
            let (value, null) = (value?, null.as_ref()?);
            Some(Found {
                signal,
                value,
                p: null.below(value),
            })
        };
        let habit = |signal, value: Option<f64>, null: &Option<Null>| {
            let (value, null) = (value?, null.as_ref()?);
            Some(Found {
                signal,
                value,
                p: null.away_from_zero(value),
            })
        };
        let share = |signal, (events, n): (u64, u64), people: (u64, u64)| {
            (n > 0).then(|| Found {
                signal,
                value: events as f64 / n as f64,
                p: rare(events, n, people),
            })
        };
        [
            self.agreed(raw).map(|(_, found)| found),
            low(
                Signal::TimeByDifficulty,
                times.by_difficulty,
                &self.by_difficulty,
            ),
            low(Signal::Speed, times.median_log, &self.speed),
            low(Signal::Spread, times.sd_log, &self.spread),
            low(Signal::Shape, times.skewness, &self.shape),
            low(Signal::Regularity, times.autocorrelation, &self.regularity),
            share(
                Signal::Implausible,
                (times.n_implausible, times.n),
                self.implausible,
            ),
            habit(Signal::Side, choices.side, &self.side),
            habit(Signal::Switching, choices.switching, &self.switching),
            low(Signal::Accuracy, Some(choices.accuracy), &self.accuracy),
            share(
                Signal::Catch,
                (person.n_catch_failed, person.n_catch),
                self.catch,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The observer that the person agrees with most, with p times the number of observers.
    fn agreed(&self, raw: &Raw) -> Option<(usize, Found)> {
        let mut best: Option<(usize, Found)> = None;
        for (place, (z, null)) in raw.agreement.iter().zip(&self.agreement).enumerate() {
            if let Some((z, null)) = z.zip(*null) {
                let p = (null.above_normal(z) * self.agreement.len() as f64).min(1.0);
                let found = Found {
                    signal: Signal::Agreement,
                    value: z,
                    p,
                };
                // By z where p of both is 1.
                if best.is_none_or(|(_, of)| (p, -z) < (of.p, -of.value)) {
                    best = Some((place, found));
                }
            }
        }
        best
    }
}
