//! Results with everybody, and without those who stand out.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::companion;
use super::judge::{NotJudged, judge, judgeable};
use super::rows::{People, WithoutRow};
use crate::binomial::binomial_tail;
use crate::study::decisions::{Decision, Kind, n_right};
use crate::study::dependence::clusters;
use crate::study::observed::Observed;
use crate::study::params::Params;

/// Whether those who answered are people: who stands out, why, and what the study shows without them.
///
/// # Errors
/// [`NotJudged`] if it cannot be asked.
pub(in crate::study) fn people(
    decisions: &[Decision],
    observed: &[Observed],
    params: &Params,
) -> Result<People, NotJudged> {
    // Without anybody to judge nothing is simulated.
    judgeable(decisions, observed)?;
    let simulated = companion(decisions, observed);
    let judged = judge(decisions, observed, simulated.threshold)?;
    let out: BTreeSet<&str> = judged
        .persons
        .iter()
        .filter(|person| person.stands_out)
        .map(|person| person.rater.as_str())
        .collect();
    let without = if out.is_empty() {
        Vec::new()
    } else {
        without(decisions, &out, params)
    };
    Ok(People {
        without,
        n_left_out: judged.n_left_out,
        observers: judged.observers,
        simulated,
        persons: judged.persons,
    })
}

/// Two rows a set.
fn without(decisions: &[Decision], out: &BTreeSet<&str>, params: &Params) -> Vec<WithoutRow> {
    let mut sets: BTreeMap<(&str, &str), Vec<&Decision>> = BTreeMap::new();
    for decision in decisions.iter().filter(|of| of.kind == Kind::Trial) {
        let set = (decision.set.as_str(), decision.condition.as_str());
        sets.entry(set).or_default().push(decision);
    }
    let mut rows = Vec::new();
    for ((set, condition), trials) in sets {
        let rest = trials
            .iter()
            .copied()
            .filter(|of| !out.contains(of.rater.as_str()))
            .collect();
        for (is_without, trials) in [(false, trials), (true, rest)] {
            rows.push(row((set, condition), is_without, &trials, params));
        }
    }
    rows
}

fn row(
    (set, condition): (&str, &str),
    is_without: bool,
    trials: &[&Decision],
    params: &Params,
) -> WithoutRow {
    let chance = trials.first().map_or(0.5, |trial| trial.chance());
    let clusters = Some(trials)
        .filter(|trials| !trials.is_empty())
        .and_then(|trials| clusters(trials, chance, params));
    let people: BTreeSet<&str> = trials.iter().map(|trial| trial.rater.as_str()).collect();
    let exact = || binomial_tail(n_right(trials), trials.len(), chance).unwrap_or(1.0);
    WithoutRow {
        set: set.into(),
        condition: condition.into(),
        is_without,
        n_people: people.len(),
        n_correct: n_right(trials),
        n: trials.len() as u64,
        interval: clusters.map(|of| of.interval),
        p: clusters.map_or_else(exact, |of| of.p),
    }
}
