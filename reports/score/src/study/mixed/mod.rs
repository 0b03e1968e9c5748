//! Mixed-effects logistic regression of people's decisions, with crossed images, distractors and raters.
//!
//! ```text
//! logit P(right) = x·β + u_image + v_distractor + w_rater,    u, v, w: normal, mean 0, standard deviations estimated
//! ```
//! Fitted by Laplace's approximation, all parameters together, as `glmer` of R's lme4 does with `nAGQ = 1`.
//! Decisions about one image, against one distractor or by one rater depend on each other through the random terms; an
//! estimate speaks of other images, distractors and raters of the same kind.

mod design;
mod factor;
mod laplace;
mod logit_normal;
mod minimise;
mod result;
#[cfg(test)]
mod tests;
mod warning;

use design::Design;
use laplace::Laplace;
use minimise::{Found, minimise};

pub use logit_normal::{logit_of_share, share_right};
pub use result::{Coefficient, Deviation, Fit, LikelihoodRatio};
pub use warning::{Term, Warning};

use crate::{Error, Result};

/// Where the search starts: the standard deviation of each term, in log-odds.
const START: f64 = 0.5;
/// Standard deviations below this are tried at 0.
const NEAR_ZERO: f64 = 0.05;

/// Levels of the random terms, one a decision; any numbers may name them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms<'a> {
    /// The original that was shown, `[n_decisions]`.
    pub image: Option<&'a [u32]>,
    /// The image whose reconstruction was the foil, `[n_decisions]`.
    pub distractor: Option<&'a [u32]>,
    /// The person who decided, `[n_decisions]`.
    pub rater: Option<&'a [u32]>,
}

/// Fixed effects, in log-odds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fixed {
    /// Name of each column.
    pub names: Vec<String>,
    /// The columns, `[n_decisions]` each.
    pub columns: Vec<Vec<f64>>,
}

impl<'a> Terms<'a> {
    pub(super) fn given(&self) -> impl Iterator<Item = (Term, &'a [u32])> {
        let terms = [
            (Term::Image, self.image),
            (Term::Distractor, self.distractor),
            (Term::Rater, self.rater),
        ];
        terms
            .into_iter()
            .filter_map(|(term, levels)| Some((term, levels?)))
    }
}

impl Fixed {
    /// Only an intercept: the log-odds of a right decision, 0 at chance between two.
    pub fn intercept(n_decisions: usize) -> Self {
        Self {
            names: vec!["(Intercept)".into()],
            columns: vec![vec![1.0; n_decisions]],
        }
    }

    /// An intercept for the first condition, and the difference of each other from it.
    ///
    /// `conditions` holds the place of each decision's condition in `names`.
    pub fn conditions(conditions: &[u32], names: &[&str]) -> Self {
        let mut fixed = Self::intercept(conditions.len());
        for (place, name) in names.iter().enumerate().skip(1) {
            let is_in = |&condition: &u32| f64::from(u8::from(condition as usize == place));
            fixed.names.push((*name).into());
            fixed.columns.push(conditions.iter().map(is_in).collect());
        }
        fixed
    }

    /// The same without one column: the model in which that effect is 0.
    #[must_use]
    pub fn without(&self, column: usize) -> Self {
        let keep = |place: &usize| *place != column;
        let places: Vec<usize> = (0..self.names.len()).filter(keep).collect();
        Self {
            names: places
                .iter()
                .map(|&place| self.names[place].clone())
                .collect(),
            columns: places
                .iter()
                .map(|&place| self.columns[place].clone())
                .collect(),
        }
    }
}

/// Fits the model.
///
/// ```text
/// (β, σ) = argmin d(β, σ),    var(β) = [2·(∂²d/∂(β, σ)²)⁻¹]_β
/// ```
/// with `d` Laplace's deviance. Standard errors come from the curvature of the deviance in all parameters, as in the summary
/// of `glmer` (`use.hessian = TRUE`): they hold what is lost by estimating the standard deviations. Terms whose standard
/// deviation is 0 take no part in it.
///
/// A term that cannot be fitted (one level, one decision a level, the same groups as another term) is left out, and a warning
/// says so. Without terms it is an ordinary logistic regression.
///
/// # Source
/// Bates, Mächler, Bolker & Walker (2015), doi:10.18637/jss.v067.i01.
///
/// # Errors
/// - [`Error::Shape`] if columns or levels have another length than the decisions, or are not finite.
/// - [`Error::TooFew`] for fewer than two decisions.
/// - [`Error::Separated`] if all decisions, or all of one condition, agree: no estimate is finite.
/// - [`Error::Singular`] if a column of the fixed effects follows from the others.
///
/// # Determinism
/// Nothing is random; one thread.
pub fn fit(correct: &[bool], fixed: &Fixed, terms: &Terms<'_>) -> Result<Fit> {
    let (design, mut warnings) = Design::new(correct, fixed, terms)?;
    check_rank(fixed)?;
    let mut laplace = Laplace::new(&design);
    let found = search(&design, &mut laplace, START).ok_or_else(|| Error::Singular {
        what: "the deviance of the decisions".into(),
    })?;
    if !found.converged {
        let gradient = found.slope;
        warnings.push(Warning::NotConverged { gradient });
    }
    let covariance = covariance(&design, &found, &mut laplace);
    Ok(result::fit_of(&design, fixed, &found, covariance, warnings))
}

/// Tests whether one fixed effect is 0, by the deviances with and without it.
///
/// ```text
/// D = d(without) − d(with) ~ χ²(1) if the effect is 0
/// ```
///
/// # Errors
/// Those of [`fit`], for either model.
pub fn likelihood_ratio(
    correct: &[bool],
    fixed: &Fixed,
    terms: &Terms<'_>,
    column: usize,
) -> Result<LikelihoodRatio> {
    let with = fit(correct, fixed, terms)?;
    let without = fit(correct, &fixed.without(column), terms)?;
    Ok(LikelihoodRatio::of(&with, &without, column))
}

/// The lowest deviance, searched from the same standard deviation of each term; standard deviations near 0 are set to 0 where that raises it by nothing.
fn search(design: &Design, laplace: &mut Laplace<'_>, deviation: f64) -> Option<Found> {
    let n_fixed = design.columns.len();
    let mut start = vec![0.0; n_fixed];
    start.resize(design.n_parameters(), deviation);
    let mut function = |parameters: &[f64]| laplace.evaluate(parameters);
    let mut found = minimise(&start, &mut function)?;
    for place in n_fixed..design.n_parameters() {
        if found.at[place].abs() < NEAR_ZERO {
            let mut at = found.at.clone();
            at[place] = 0.0;
            let at_zero = minimise(&at, &mut function);
            // Far below what any figure shows, and above the roundings of the deviance.
            if let Some(at_zero) = at_zero.filter(|zero| zero.value <= found.value + 1e-9) {
                let n_steps = found.n_steps + at_zero.n_steps;
                found = Found { n_steps, ..at_zero };
            }
        }
    }
    Some(found)
}

/// The covariance of the fixed effects, `[n_fixed, n_fixed]`, from differences of the slope; `None` without curvature.
fn covariance(design: &Design, found: &Found, laplace: &mut Laplace<'_>) -> Option<Vec<f64>> {
    let n_fixed = design.columns.len();
    let free: Vec<usize> = (0..design.n_parameters())
        .filter(|&place| place < n_fixed || found.at[place].abs() > 0.0)
        .collect();
    let n = free.len();
    let mut curvature = vec![0.0; n * n];
    for (i, &place) in free.iter().enumerate() {
        let step = 1e-4 * found.at[place].abs().max(1.0);
        let mut slopes_at = |side: f64| {
            let mut at = found.at.clone();
            at[place] += side * step;
            laplace.evaluate(&at).map(|(_, slopes)| slopes)
        };
        let (above, below) = (slopes_at(1.0)?, slopes_at(-1.0)?);
        for (j, &other) in free.iter().enumerate() {
            // Half of each triangle; a covariance is twice the inverse of the deviance's curvature.
            let half = (above[other] - below[other]) / (2.0 * step) / 4.0;
            curvature[i * n + j] += half;
            curvature[j * n + i] += half;
        }
    }
    let inverse = factor::Factor::of(curvature, n)?.inverse();
    let block = (0..n_fixed).flat_map(|i| inverse[i * n..i * n + n_fixed].to_vec());
    Some(block.collect())
}

fn check_rank(fixed: &Fixed) -> Result<()> {
    let n = fixed.columns.len();
    let norms: Vec<f64> = (fixed.columns.iter())
        .map(|column| factor::dot(column, column).sqrt())
        .collect();
    let gram = (0..n * n).map(|place| {
        let (i, j) = (place / n, place % n);
        factor::dot(&fixed.columns[i], &fixed.columns[j]) / (norms[i] * norms[j])
    });
    let factor = factor::Factor::of(gram.collect(), n);
    if factor.is_none_or(|factor| factor.log_determinant() < -18.0) {
        return Err(Error::Singular {
            what: format!("fixed effects {}", fixed.names.join(", ")),
        });
    }
    Ok(())
}
