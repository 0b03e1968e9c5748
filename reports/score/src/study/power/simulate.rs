//! Power by simulation: studies drawn with dependence, and each test's share of significant ones.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::dependence::Dependence;
use super::design::Design;
use super::formula::{Level, Sides};
use super::studies::{Study, Truth};
use crate::binomial::binomial_tail;
use crate::study::clusters::cluster_robust;
use crate::study::mixed::{Fixed, LikelihoodRatio, Terms, fit};
use crate::{Error, Result};

/// Studies drawn from one stream, whatever the number of threads.
const BLOCK: usize = 10;
const CHANCE: f64 = 0.5;

/// A test of the share of right decisions against chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestKind {
    /// Exact binomial, as if decisions were independent.
    Binomial,
    /// Cluster-robust over images.
    ClustersOfImages,
    /// Cluster-robust over images and raters.
    ClustersOfImagesAndRaters,
    /// Cluster-robust over images, distractors and raters.
    ClustersOfAll,
    /// Wald's z of the mixed model's intercept.
    MixedWald,
    /// The same against Student's t with the fewest levels, less one.
    MixedT,
    /// The deviances of the mixed model with and without intercept.
    MixedLikelihoodRatio,
}

impl TestKind {
    /// Tests of counts and clusters, which cost microseconds.
    pub const QUICK: [Self; 4] = [
        Self::Binomial,
        Self::ClustersOfImages,
        Self::ClustersOfImagesAndRaters,
        Self::ClustersOfAll,
    ];
    /// Tests by the mixed model, which cost up to a second.
    pub const MIXED: [Self; 3] = [Self::MixedWald, Self::MixedT, Self::MixedLikelihoodRatio];

    /// Its name in tables.
    pub fn label(self) -> &'static str {
        match self {
            Self::Binomial => "exact binomial, decisions taken as independent",
            Self::ClustersOfImages => "cluster-robust over images",
            Self::ClustersOfImagesAndRaters => "cluster-robust over images and raters",
            Self::ClustersOfAll => "cluster-robust over images, distractors and raters",
            Self::MixedWald => "mixed model, Wald's z",
            Self::MixedT => "mixed model, Student's t",
            Self::MixedLikelihoodRatio => "mixed model, likelihood ratio",
        }
    }
}

/// What to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Who decides about what.
    pub design: Design,
    /// The true share of right decisions; 0.5 gives a test's size.
    pub share: f64,
    /// The true dependence.
    pub dependence: Dependence,
    /// Level of the tests.
    pub level: Level,
    /// Number of studies.
    pub n_studies: usize,
    /// Of these, the first so many are also fitted by the mixed model.
    pub n_mixed: usize,
    /// Seed of the streams.
    pub seed: u64,
}

/// The power of one test, or its size where nothing is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PowerRow {
    /// The test.
    pub test: TestKind,
    /// Studies that it was made in.
    pub n_studies: usize,
    /// Of these, the significant ones.
    pub n_significant: usize,
    /// Studies in which it could not be made; they count as not significant.
    pub n_failed: usize,
    /// Share of significant studies.
    pub power: f64,
    /// Monte-Carlo standard error, `√(power(1 − power)/n_studies)`.
    pub monte_carlo_error: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Significant,
    Not,
    Failed,
}

/// Simulates studies and tests each; one row a test that was made.
///
/// Clusters and the exact binomial test every study, the mixed model the first `n_mixed`. A study in which all decisions agree
/// has no error of its own and is tested by the exact binomial in all rows.
/// `progress` is told how many studies are done, from any thread.
///
/// # Errors
/// [`Error::Setting`] for a design that cannot be carried out, a share outside `(0, 1)`, dependence outside its range, an alpha
/// outside `(0, 1)`, or no studies.
///
/// # Determinism
/// Studies `10·b` to `10·b + 9` come from stream "study/power/b" of the seed: the same rows from any number of threads.
pub fn simulate(
    simulation: &Simulation,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Vec<PowerRow>> {
    simulation.design.check()?;
    let truth = Truth {
        logit: simulation.dependence.logit(simulation.share)?,
        deviations: simulation.dependence.deviations()?,
    };
    check(simulation)?;
    let n_done = AtomicUsize::new(0);
    let n_blocks = simulation.n_studies.div_ceil(BLOCK);
    let blocks: Vec<Vec<Vec<(TestKind, Outcome)>>> = (0..n_blocks)
        .into_par_iter()
        .with_max_len(1)
        .map(|block| {
            let tested = simulation.block(block, &truth);
            let n_before = n_done.fetch_add(tested.len(), Ordering::Relaxed);
            progress(n_before + tested.len());
            tested
        })
        .collect();
    let outcomes: Vec<(TestKind, Outcome)> = blocks.into_iter().flatten().flatten().collect();
    let tests = TestKind::QUICK.into_iter().chain(TestKind::MIXED);
    Ok(tests.filter_map(|test| row(test, &outcomes)).collect())
}

impl Simulation {
    fn block(&self, block: usize, truth: &Truth) -> Vec<Vec<(TestKind, Outcome)>> {
        let mut rng = lab_core::rng::stream(self.seed, &format!("study/power/{block}"));
        let first = block * BLOCK;
        (first..self.n_studies.min(first + BLOCK))
            .map(|place| {
                let study = Study::draw(&self.design, truth, &mut rng);
                self.test(&study, place < self.n_mixed)
            })
            .collect()
    }

    fn test(&self, study: &Study, is_fitted: bool) -> Vec<(TestKind, Outcome)> {
        let (image, distractor, rater) = (&study.image, &study.distractor, &study.rater);
        let binomial = self.judge(binomial(&study.correct));
        let clusters =
            |groupings: &[&[u32]]| match cluster_robust(&study.correct, groupings, CHANCE) {
                Ok(found) => self.judge(Some((found.p, found.p_greater))),
                Err(error) => instead(&error, binomial),
            };
        let mut outcomes = vec![
            (TestKind::Binomial, binomial),
            (TestKind::ClustersOfImages, clusters(&[image])),
            (
                TestKind::ClustersOfImagesAndRaters,
                clusters(&[image, rater]),
            ),
            (
                TestKind::ClustersOfAll,
                clusters(&[image, distractor, rater]),
            ),
        ];
        if is_fitted {
            outcomes.extend(self.mixed(study, binomial));
        }
        outcomes
    }

    fn mixed(&self, study: &Study, binomial: Outcome) -> [(TestKind, Outcome); 3] {
        let terms = Terms {
            image: Some(&study.image),
            distractor: Some(&study.distractor),
            rater: Some(&study.rater),
        };
        let fixed = Fixed::intercept(study.correct.len());
        let found = fit(&study.correct, &fixed, &terms).and_then(|with| {
            let without = fit(&study.correct, &fixed.without(0), &terms)?;
            let ratio = LikelihoodRatio::of(&with, &without, 0);
            Ok((with, ratio))
        });
        let [wald, student, ratio] = match found {
            Ok((with, _)) if with.is_unsettled() => [Outcome::Failed; 3],
            Ok((with, ratio)) => {
                let effect = &with.coefficients[0];
                let wald = effect.p.zip(effect.p_greater);
                let ratio = Some((ratio.p, ratio.p_greater));
                [wald, effect.t_test().or(wald), ratio].map(|p| self.judge(p))
            }
            Err(error) => [instead(&error, binomial); 3],
        };
        [
            (TestKind::MixedWald, wald),
            (TestKind::MixedT, student),
            (TestKind::MixedLikelihoodRatio, ratio),
        ]
    }

    fn judge(&self, p: Option<(f64, f64)>) -> Outcome {
        let p = p.map(|(two, one)| match self.level.sides {
            Sides::One => one,
            Sides::Two => two,
        });
        match p {
            Some(p) if p <= self.level.alpha => Outcome::Significant,
            Some(p) if p.is_finite() => Outcome::Not,
            _ => Outcome::Failed,
        }
    }
}

/// Two-sided p, twice the smaller tail, and one-sided p.
fn binomial(correct: &[bool]) -> Option<(f64, f64)> {
    let n = correct.len();
    let n_right = correct.iter().filter(|&&is_right| is_right).count() as u64;
    let above = binomial_tail(n_right, n, CHANCE)?;
    // With chance of a half both tails have the same law.
    let below = binomial_tail(n as u64 - n_right, n, CHANCE)?;
    Some(((2.0 * above.min(below)).min(1.0), above))
}

fn instead(error: &Error, binomial: Outcome) -> Outcome {
    if matches!(error, Error::Separated { .. }) {
        binomial
    } else {
        Outcome::Failed
    }
}

fn row(test: TestKind, outcomes: &[(TestKind, Outcome)]) -> Option<PowerRow> {
    let own = || outcomes.iter().filter(|(kind, _)| *kind == test);
    let count = |wanted: Outcome| own().filter(|(_, outcome)| *outcome == wanted).count();
    let (n_studies, n_significant) = (own().count(), count(Outcome::Significant));
    let power = n_significant as f64 / n_studies as f64;
    (n_studies > 0).then(|| PowerRow {
        test,
        n_studies,
        n_significant,
        n_failed: count(Outcome::Failed),
        power,
        monte_carlo_error: (power * (1.0 - power) / n_studies as f64).sqrt(),
    })
}

fn check(simulation: &Simulation) -> Result<()> {
    let alpha = simulation.level.alpha;
    if !(0.0 < alpha && alpha < 1.0) {
        return Err(Error::Setting {
            what: "alpha",
            expected: "more than 0 and less than 1",
            got: alpha,
        });
    }
    if simulation.n_studies == 0 {
        return Err(Error::Setting {
            what: "number of simulated studies",
            expected: "one or more",
            got: 0.0,
        });
    }
    Ok(())
}
