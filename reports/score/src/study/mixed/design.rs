//! Rows of the model: answers, fixed effects and the levels of the random terms.

use std::collections::BTreeMap;

use super::warning::Warning;
use super::{Fixed, Term, Terms};
use crate::{Error, Result};

/// Fewer levels than this tell little about a variance.
const FEW_LEVELS: usize = 5;

/// What a fit is made from; the term of most levels comes first.
#[derive(Debug, Clone)]
pub(super) struct Design {
    /// 1 for a right decision, else 0.
    pub(super) answers: Vec<f64>,
    /// One column a fixed effect, `[n_rows]` each.
    pub(super) columns: Vec<Vec<f64>>,
    /// The random terms that can be fitted.
    pub(super) terms: Vec<Levels>,
    /// Number of random effects of all terms together.
    pub(super) n_effects: usize,
}

/// The levels of one random term.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    pub(super) term: Term,
    /// Place of each row's effect among all effects, `[n_rows]`.
    pub(super) places: Vec<usize>,
    pub(super) n_levels: usize,
}

impl Design {
    /// Checks sizes and drops terms that cannot be fitted, with a warning each.
    pub(super) fn new(
        correct: &[bool],
        fixed: &Fixed,
        terms: &Terms<'_>,
    ) -> Result<(Self, Vec<Warning>)> {
        let n_rows = correct.len();
        check(n_rows, fixed, terms)?;
        let mut warnings = Vec::new();
        let mut kept: Vec<Levels> = Vec::new();
        for (term, levels) in terms.given() {
            let levels = Levels::of(term, levels);
            let problem = levels.problem(n_rows, &kept);
            let is_kept = problem.as_ref().is_none_or(|warning| !warning.is_dropped());
            warnings.extend(problem);
            if is_kept {
                kept.push(levels);
            }
        }
        kept.sort_by_key(|levels| std::cmp::Reverse(levels.n_levels));
        let mut n_effects = 0;
        for levels in &mut kept {
            levels
                .places
                .iter_mut()
                .for_each(|place| *place += n_effects);
            n_effects += levels.n_levels;
        }
        let design = Self {
            answers: correct.iter().map(|&is_right| is_right.into()).collect(),
            columns: fixed.columns.clone(),
            terms: kept,
            n_effects,
        };
        design.check_agreement(fixed)?;
        Ok((design, warnings))
    }

    pub(super) fn n_rows(&self) -> usize {
        self.answers.len()
    }

    /// Number of parameters: fixed effects, then one standard deviation a term.
    pub(super) fn n_parameters(&self) -> usize {
        self.columns.len() + self.terms.len()
    }

    /// Where all decisions of a group of rows with the same fixed effects agree, no estimate is finite.
    ///
    /// Looked for in models of an intercept and columns of zeros and ones; other columns are let through.
    fn check_agreement(&self, fixed: &Fixed) -> Result<()> {
        let is_cell = |value: &f64| (value * value - value).abs() <= 0.0;
        if fixed.columns.is_empty() || !fixed.columns.iter().flatten().all(is_cell) {
            return Ok(());
        }
        let mut groups: BTreeMap<Vec<bool>, (usize, f64)> = BTreeMap::new();
        for (row, answer) in self.answers.iter().enumerate() {
            let cell = fixed.columns.iter().map(|column| column[row] > 0.5);
            let group = groups.entry(cell.collect()).or_default();
            *group = (group.0 + 1, group.1 + answer);
        }
        for (cell, (n_decisions, n_right)) in groups {
            if n_right < 0.5 || n_right > n_decisions as f64 - 0.5 {
                let names = fixed.names.iter().zip(cell).filter(|(_, is_in)| *is_in);
                return Err(Error::Separated {
                    what: names
                        .map(|(name, _)| name.as_str())
                        .collect::<Vec<_>>()
                        .join(" + "),
                    n_decisions,
                    n_right: n_right as usize,
                });
            }
        }
        Ok(())
    }
}

impl Levels {
    fn of(term: Term, levels: &[u32]) -> Self {
        let mut order: Vec<u32> = levels.to_vec();
        order.sort_unstable();
        order.dedup();
        let place = |level: &u32| order.binary_search(level).unwrap_or_default();
        Self {
            term,
            places: levels.iter().map(place).collect(),
            n_levels: order.len(),
        }
    }

    fn problem(&self, n_rows: usize, before: &[Self]) -> Option<Warning> {
        let term = self.term;
        if self.n_levels < 2 {
            return Some(Warning::OneLevel { term });
        }
        if self.n_levels == n_rows {
            return Some(Warning::NoRepeats { term });
        }
        if let Some(same) = before.iter().find(|other| self.is_same_as(other)) {
            let with = same.term;
            return Some(Warning::Confounded { term, with });
        }
        let n_levels = self.n_levels;
        (n_levels < FEW_LEVELS).then_some(Warning::FewLevels { term, n_levels })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        let mut of_other = vec![None; other.n_levels];
        self.n_levels == other.n_levels
            && (self.places.iter().zip(&other.places))
                .all(|(&own, &place)| *of_other[place].get_or_insert(own) == own)
    }
}

fn check(n_rows: usize, fixed: &Fixed, terms: &Terms<'_>) -> Result<()> {
    let shape = |what: String, got: String| {
        Err(Error::Shape {
            what,
            expected: format!("{n_rows} rows, one a decision"),
            got,
        })
    };
    if n_rows < 2 {
        return Err(Error::TooFew {
            what: "a mixed-effects regression of decisions".into(),
            needed: 2,
            got: n_rows,
        });
    }
    if fixed.names.len() != fixed.columns.len() {
        let got = format!(
            "{} names for {} columns",
            fixed.names.len(),
            fixed.columns.len()
        );
        return shape("fixed effects".into(), got);
    }
    for (name, column) in fixed.names.iter().zip(&fixed.columns) {
        if column.len() != n_rows || !column.iter().all(|value| value.is_finite()) {
            let got = format!("{} numbers, which must be finite", column.len());
            return shape(format!("fixed effect \"{name}\""), got);
        }
    }
    for (term, levels) in terms.given() {
        if levels.len() != n_rows {
            return shape(
                format!("levels of the {term}"),
                format!("{} rows", levels.len()),
            );
        }
    }
    Ok(())
}
