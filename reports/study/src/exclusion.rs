//! The preregistered rule of exclusion: it marks people, and rejects nobody.

use crate::design::Side;
use crate::folder::{Kind, List, Study};
use crate::store::{AnswerRow, Everything};

/// Where a person stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The name that exports give.
    pub pseudonym: String,
    /// The list, from 1.
    pub list: u32,
    /// "open", "finished" or "expired".
    pub state: String,
    /// Answered trials, practice included.
    pub n_answered: u32,
    /// Trials of the list, practice included.
    pub n_trials: u32,
    /// Failed attention checks.
    pub n_failed_checks: u32,
    /// Median reaction time of the trials that count, milliseconds.
    pub median_rt_ms: Option<f64>,
    /// Why the rule excludes the person; empty if it does not.
    pub reasons: Vec<String>,
}

/// Where everybody stands, by the rule of the study's settings.
pub fn standings(study: &Study, all: &Everything) -> Vec<Standing> {
    let rule = study.about.settings.exclusion;
    let mut standings = Vec::new();
    for person in &all.people {
        let first = all
            .answers
            .partition_point(|answer| answer.person < person.id);
        let end = all
            .answers
            .partition_point(|answer| answer.person <= person.id);
        let answers = &all.answers[first..end];
        let n_trials = study.list(person.list).map_or(0, List::n_trials);
        let mut standing = Standing {
            pseudonym: person.pseudonym.clone(),
            list: person.list,
            state: person.state.clone(),
            n_answered: answers.len() as u32,
            n_trials,
            n_failed_checks: failed_checks(study, person.list, answers),
            median_rt_ms: median_rt(study, person.list, answers),
            reasons: Vec::new(),
        };
        if standing.n_failed_checks > rule.most_failed_checks {
            standing.reasons.push(format!(
                "failed {} attention checks, of which {} may be failed",
                standing.n_failed_checks, rule.most_failed_checks
            ));
        }
        if let Some(median) = standing
            .median_rt_ms
            .filter(|median| *median < rule.least_median_rt_ms)
        {
            standing.reasons.push(format!(
                "median reaction time {median:.0} ms, below {:.0} ms",
                rule.least_median_rt_ms
            ));
        }
        if person.state != "open"
            && f64::from(standing.n_answered) < rule.least_share_answered * f64::from(n_trials)
        {
            standing.reasons.push(format!(
                "answered {} of {n_trials} trials",
                standing.n_answered
            ));
        }
        standings.push(standing);
    }
    standings
}

fn failed_checks(study: &Study, list: u32, answers: &[AnswerRow]) -> u32 {
    let has_failed = |answer: &&AnswerRow| {
        let row = study
            .key_of(list, answer.trial)
            .filter(|row| row.kind == Kind::Catch);
        row.is_some_and(|row| Side::of(&answer.answer) != Some(row.side))
    };
    answers.iter().filter(has_failed).count() as u32
}

fn median_rt(study: &Study, list: u32, answers: &[AnswerRow]) -> Option<f64> {
    let counts = |answer: &&AnswerRow| {
        study
            .key_of(list, answer.trial)
            .is_some_and(|row| row.kind == Kind::Trial)
    };
    let mut times: Vec<f64> = answers
        .iter()
        .filter(counts)
        .map(|answer| answer.rt_ms)
        .collect();
    times.sort_by(f64::total_cmp);
    let middle = times.len().checked_sub(1)? / 2;
    Some(f64::midpoint(times[middle], times[times.len() / 2]))
}
