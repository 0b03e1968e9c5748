//! From decisions to the rows of a study.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::agreement;
use super::counts::{CONFIDENCE, by_majority, counted, majority_chance};
use super::decisions::{Decision, Kind, n_right};
use super::dependence::{clusters, mixed};
use super::discovery::benjamini_hochberg;
use super::observed::Observed;
use super::observers::observers;
use super::params::Params;
use super::people::people;
use super::prevalence::prevalence;
use super::projection::{among, d_prime, inner_share};
use super::raters::raters;
use super::rows::{ImageRow, Projection, SetRow, StudyScores, SubjectRow};
use super::warnings;
use crate::binomial::binomial_tail;
use crate::family::holm;
use crate::{Error, Result};

/// Pools that choices between two are projected to.
pub const POOLS: [u32; 3] = [5, 10, 50];
/// Level of the tests of single images and of single brains.
pub const ALPHA: f64 = 0.05;

/// Scores the decisions of a study.
///
/// `observed` holds what model observers make of the same trials; it may be empty, and it may hold pairs that nobody was shown:
/// with all pairs of a set the observers' choices are permuted. Practice is left out; checks of attention are counted apart.
/// Sets and conditions stand in the order of their names. Whether those who answered are people is asked where enough of them
/// made enough decisions; nobody is left out of the other figures for it.
///
/// # Errors
/// - [`Error::TooFew`] without a decision of kind [`Kind::Trial`].
/// - [`Error::Mixed`] if a set under one condition mixes numbers of alternatives, whose chances differ.
/// - [`Error::Shape`] if a decision has fewer than two alternatives.
///
/// # Determinism
/// Draws come from streams of `params.seed` under "study/…", the same for each set.
pub fn score(
    decisions: &[Decision],
    observed: &[Observed],
    params: &Params,
) -> Result<StudyScores> {
    let trials: Vec<&Decision> = of_kind(decisions, Kind::Trial).collect();
    if trials.is_empty() {
        return Err(Error::TooFew {
            what: "decisions of a study, practice and checks of attention apart".into(),
            needed: 1,
            got: 0,
        });
    }
    let mut scores = StudyScores {
        raters: raters(decisions),
        ..StudyScores::default()
    };
    for ((set, condition), of_set) in grouped(&trials, |d| (d.set.clone(), d.condition.clone())) {
        let group = Group {
            set,
            condition,
            trials: of_set,
        };
        let subjects = group.subjects(params)?;
        let images = group.images()?;
        scores
            .sets
            .push(group.row(decisions, &images, &subjects, params)?);
        scores.images.extend(images);
        scores.subjects.extend(subjects);
    }
    correct_for_sets(&mut scores.sets);
    let found = observers(decisions, observed, params, ALPHA);
    (scores.observed, scores.observers) = (found.shown, found.observers);
    scores.warnings = warnings::warnings(&scores, decisions);
    scores.warnings.extend(found.warnings);
    match people(decisions, observed, params) {
        Ok(found) => scores.people = Some(found),
        Err(reason) => scores.warnings.push(reason.to_string()),
    }
    Ok(scores)
}

/// The decisions of one kind.
fn of_kind(decisions: &[Decision], kind: Kind) -> impl Iterator<Item = &Decision> {
    decisions
        .iter()
        .filter(move |decision| decision.kind == kind)
}

fn grouped<'a, K: Ord>(
    trials: &[&'a Decision],
    key: impl Fn(&Decision) -> K,
) -> BTreeMap<K, Vec<&'a Decision>> {
    let mut groups: BTreeMap<K, Vec<&Decision>> = BTreeMap::new();
    for trial in trials {
        groups.entry(key(trial)).or_default().push(trial);
    }
    groups
}

/// Decisions of one set under one condition.
struct Group<'a> {
    set: String,
    condition: String,
    trials: Vec<&'a Decision>,
}

impl Group<'_> {
    fn row(
        &self,
        decisions: &[Decision],
        images: &[ImageRow],
        subjects: &[SubjectRow],
        params: &Params,
    ) -> Result<SetRow> {
        let chance = self.chance()?;
        let n_alternatives = self.trials[0].n_alternatives;
        let by_image: Vec<(u64, u64)> = images.iter().map(|row| (row.n_correct, row.n)).collect();
        let n_correct = by_image.iter().map(|&(right, _)| right).sum::<u64>() as f64;
        let overall = count(n_correct, self.trials.len(), chance)?;
        let by_chance = majority_chance(&by_image, chance).unwrap_or(chance);
        Ok(SetRow {
            set: self.set.clone(),
            condition: self.condition.clone(),
            n_alternatives,
            overall,
            by_image: count(by_majority(&by_image), images.len(), by_chance)?,
            n_four_of_five: images
                .iter()
                .filter(|row| 5 * row.n_correct >= 4 * row.n)
                .count(),
            clusters: clusters(&self.trials, chance, params),
            mixed: mixed(&self.trials, chance),
            projection: (n_alternatives == 2)
                .then(|| projection(overall.n_correct, overall.n))
                .flatten(),
            agreement: agreement(&by_image),
            catch_trials: self.catch_trials(decisions),
            n_discovered: images.iter().filter(|row| row.q <= ALPHA).count(),
            prevalence: prevalence(
                subjects.iter().filter(|row| row.p <= ALPHA).count(),
                subjects.len(),
                ALPHA,
                CONFIDENCE,
            )
            .filter(|_| subjects.len() > 1),
        })
    }

    fn chance(&self) -> Result<f64> {
        let of = |decision: &Decision| decision.n_alternatives;
        let first = of(self.trials[0]);
        let other = self
            .trials
            .iter()
            .map(|trial| of(trial))
            .find(|&n| n != first);
        match other {
            Some(other) => Err(Error::Mixed {
                what: format!(
                    "alternatives of set '{}', condition '{}'",
                    self.set, self.condition
                ),
                values: format!("{first} and {other}"),
            }),
            None if first < 2 => Err(Error::Shape {
                what: format!("alternatives of set '{}'", self.set),
                expected: "2 or more reconstructions to choose from".into(),
                got: first.to_string(),
            }),
            None => Ok(1.0 / f64::from(first)),
        }
    }

    fn images(&self) -> Result<Vec<ImageRow>> {
        let chance = self.chance()?;
        let mut rows = Vec::new();
        for (image, of_image) in grouped(&self.trials, |trial| trial.image.clone()) {
            let n_correct = n_right(&of_image);
            let n = of_image.len();
            rows.push(ImageRow {
                set: self.set.clone(),
                condition: self.condition.clone(),
                image,
                n_correct,
                n: n as u64,
                p: binomial_tail(n_correct, n, chance).unwrap_or(1.0),
                q: 1.0,
            });
        }
        let adjusted = benjamini_hochberg(&rows.iter().map(|row| row.p).collect::<Vec<f64>>());
        for (row, q) in rows.iter_mut().zip(adjusted) {
            row.q = q;
        }
        Ok(rows)
    }

    /// Each brain by itself; none where no decision names one.
    fn subjects(&self, params: &Params) -> Result<Vec<SubjectRow>> {
        let chance = self.chance()?;
        let named: Vec<&Decision> = self
            .trials
            .iter()
            .copied()
            .filter(|trial| !trial.subject.is_empty())
            .collect();
        let row = |(subject, of_subject): (String, Vec<&Decision>)| SubjectRow {
            set: self.set.clone(),
            condition: self.condition.clone(),
            subject,
            n_correct: n_right(&of_subject),
            n: of_subject.len() as u64,
            p: clusters(&of_subject, chance, params).map_or_else(
                || binomial_tail(n_right(&of_subject), of_subject.len(), chance).unwrap_or(1.0),
                |row| row.p,
            ),
        };
        Ok(grouped(&named, |trial| trial.subject.clone())
            .into_iter()
            .map(row)
            .collect())
    }

    fn catch_trials(&self, decisions: &[Decision]) -> Option<(u64, u64)> {
        // A check that belongs to no set is one of whoever decided in this set.
        let raters: BTreeSet<&str> = self.trials.iter().map(|trial| &*trial.rater).collect();
        let asked: Vec<&Decision> = of_kind(decisions, Kind::Catch)
            .filter(|check| {
                if check.set.is_empty() {
                    raters.contains(&*check.rater)
                } else {
                    check.set == self.set && check.condition == self.condition
                }
            })
            .collect();
        (!asked.is_empty()).then(|| (n_right(&asked), asked.len() as u64))
    }
}

fn count(n_correct: f64, n: usize, chance: f64) -> Result<super::rows::CountRow> {
    counted(n_correct, n, chance).ok_or_else(|| Error::TooFew {
        what: "decisions of a set".into(),
        needed: 1,
        got: n,
    })
}

fn projection(n_correct: f64, n: usize) -> Option<Projection> {
    let d_prime = d_prime(inner_share(n_correct, n))?;
    Some(Projection {
        d_prime,
        among: POOLS.map(|n| among(n, d_prime)),
    })
}

/// Holm's correction over the sets, for each kind of test by itself.
fn correct_for_sets(sets: &mut [SetRow]) {
    type Place = fn(&mut SetRow) -> Option<(&mut f64, &mut f64)>;
    let places: [Place; 4] = [
        |row| Some((&mut row.overall.p, &mut row.overall.p_holm)),
        |row| Some((&mut row.by_image.p, &mut row.by_image.p_holm)),
        |row| row.clusters.as_mut().map(|of| (&mut of.p, &mut of.p_holm)),
        |row| {
            let of = row.mixed.as_mut()?;
            Some((of.p.as_mut()?, of.p_holm.as_mut()?))
        },
    ];
    for place in places {
        let p: Vec<f64> = sets
            .iter_mut()
            .filter_map(|row| place(row).map(|(p, _)| *p))
            .collect();
        let adjusted = holm(&p);
        let corrected = sets.iter_mut().filter_map(place).zip(adjusted);
        corrected.for_each(|((_, p_holm), adjusted)| *p_holm = adjusted);
    }
}
