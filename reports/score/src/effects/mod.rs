//! What a change of one choice does: a variant against its base, over the same test images and the same seeds.
//!
//! ```text
//! d[s, i] = own score[s, i] − base's score[s, i],     s: the seeds,  i: the test images
//! ```
//! Both runs of a pair have one seed: the same simulated responses, foils and first weights, as far as the change leaves them.
//! The mean of d has an interval that takes images and seeds into account ([`crossed`]), and a two-sided p of random signs
//! over images ([`crate::sign_flips`]), which speaks of other images and of these seeds alone. Holm's correction is over all
//! tests of all questions. [`Verdict::of`] says what both allow to be said.

mod crossed;
mod figure;
#[cfg(test)]
mod tests;
mod verdict;

use serde::Serialize;

use crate::family::holm;
use crate::record::Record;
use crate::sign_flips::SignFlips;

pub use crossed::{Spread, SpreadOver, crossed, of_seeds};
pub use figure::Figure;
pub use verdict::{ALPHA, Verdict};

/// Sign flips for each test of a family: enough for Holm's correction to reach below [`ALPHA`] with room to spare.
const FLIPS_A_TEST: usize = 100;
/// Share of repeated experiments that would find the smallest difference that could have been seen.
const POWER: f64 = 0.8;

/// Two finished runs of one seed.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The seed of both.
    pub seed: u64,
    /// The run of the base.
    pub base: &'a Record,
    /// The run of the variant.
    pub own: &'a Record,
}

/// A variant at one condition, with its runs.
#[derive(Debug, Clone, Default)]
pub struct Arm<'a> {
    /// Name of the question.
    pub question: String,
    /// Name of the variant.
    pub variant: String,
    /// The crossed settings, as in `dataset.snr=2`; empty if there are none.
    pub condition: String,
    /// The seeds that both runs of a pair are finished for.
    pub pairs: Vec<Pair<'a>>,
    /// Why other seeds have no difference, each with its reason.
    pub missing: Vec<(u64, String)>,
    /// Whether all seeds have the same test images; otherwise each has its own.
    pub same_images: bool,
}

/// The difference that a variant makes in one score at one condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EffectRow {
    /// Name of the question.
    pub question: String,
    /// Name of the variant.
    pub variant: String,
    /// The crossed settings; empty if there are none.
    pub condition: String,
    /// Which score it is.
    pub figure: Figure,
    /// What images are compared by, or the classifier; empty if no run has the score.
    pub observer: String,
    /// Mean score of the base over seeds and images.
    pub base: Option<f64>,
    /// Mean score of the variant.
    pub own: Option<f64>,
    /// Their difference; none without a pair of runs.
    pub value: Option<f64>,
    /// The difference of each seed.
    pub by_seed: Vec<(u64, f64)>,
    /// Number of test images of a seed.
    pub n_images: usize,
    /// Interval and standard error of the difference; none where all differences are the same.
    pub spread: Option<Spread>,
    /// The smallest difference that four of five repeated experiments would have found by the interval alone, which is less than
    /// a verdict asks for: p after Holm's correction must agree.
    pub smallest: Option<f64>,
    /// Two-sided p of random signs over images.
    pub p_sign_flip: Option<f64>,
    /// The same after Holm's correction over all rows.
    pub p_holm: Option<f64>,
    /// Why seeds have no difference.
    pub missing: Vec<(u64, String)>,
    /// What may be said.
    pub verdict: Verdict,
}

/// Every effect of a sweep, and the draws behind them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effects {
    /// Arm by arm, and score by score within each.
    pub rows: Vec<EffectRow>,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Random signs behind each p; 0 if nothing is tested.
    pub n_sign_flips: usize,
}

/// The effects of all arms.
///
/// # Errors
/// None: what cannot be computed is `None`, and an arm without runs is a row that says so.
///
/// # Determinism
/// Stream "`evaluate/sign_flips`" of `seed`, from its start for each number of images.
pub fn effects(arms: &[Arm<'_>], confidence: f64, seed: u64) -> Effects {
    let n_tests = arms.len() * Figure::ALL.len();
    let n_flips = (FLIPS_A_TEST * n_tests).max(10_000);
    let mut flips: Vec<(usize, SignFlips)> = Vec::new();
    let mut rows = Vec::new();
    for (arm, figure) in arms
        .iter()
        .flat_map(|arm| Figure::ALL.map(|figure| (arm, figure)))
    {
        let differences = Differences::of(arm, figure);
        let tested = differences.tested(arm.same_images);
        let known = flips.iter().position(|(n, _)| *n == tested.len());
        let known = known.unwrap_or_else(|| {
            let drawn = SignFlips::draw(tested.len(), n_flips, seed);
            flips.push((tested.len(), drawn));
            flips.len() - 1
        });
        let mut row = differences.row(arm, figure, confidence);
        let what = format!(
            "effects/{}/{}/{}/{}",
            row.question,
            row.variant,
            row.condition,
            figure.name()
        );
        let p = flips[known].1.p_value(&tested, &what);
        row.p_sign_flip = p.map(|p| p.p);
        rows.push(row);
    }
    let p: Vec<f64> = rows.iter().filter_map(|row| row.p_sign_flip).collect();
    let tested = rows.iter_mut().filter(|row| row.p_sign_flip.is_some());
    for (row, p_holm) in tested.zip(holm(&p)) {
        row.p_holm = Some(p_holm);
    }
    for row in &mut rows {
        row.verdict = Verdict::of(row);
    }
    let n_sign_flips = flips
        .iter()
        .filter(|(n_images, _)| *n_images > 0)
        .map(|(_, flips)| flips.len())
        .max();
    Effects {
        rows,
        confidence,
        n_sign_flips: n_sign_flips.unwrap_or(0),
    }
}

/// One score of an arm, seed by seed.
#[derive(Default)]
struct Differences {
    observer: String,
    seeds: Vec<u64>,
    base: Vec<f64>,
    own: Vec<f64>,
    /// `[n_seeds, n_images]`.
    by_image: Vec<Vec<f64>>,
    missing: Vec<(u64, String)>,
}

impl Differences {
    fn of(arm: &Arm<'_>, figure: Figure) -> Self {
        let mut all = Self {
            missing: arm.missing.clone(),
            ..Self::default()
        };
        for pair in &arm.pairs {
            let Some((observer, base)) = figure.scores(pair.base) else {
                let why = format!("its base has no {}", figure.label());
                all.missing.push((pair.seed, why));
                continue;
            };
            let own = figure.scores_by(pair.own, observer);
            let Some(own) = own.filter(|own| own.len() == base.len() && !own.is_empty()) else {
                let why = format!("it has no {} to set beside its base's", figure.label());
                all.missing.push((pair.seed, why));
                continue;
            };
            let pairs = own.iter().zip(base);
            all.by_image
                .push(pairs.map(|(own, base)| own - base).collect());
            all.seeds.push(pair.seed);
            all.base.push(mean(base));
            all.own.push(mean(own));
            observer.clone_into(&mut all.observer);
        }
        all
    }

    /// Whether the images of all seeds are as many, so that the mean over seeds of an image is one.
    fn is_even(&self) -> bool {
        self.by_image
            .windows(2)
            .all(|of| of[0].len() == of[1].len())
    }

    /// What is given random signs: for each image its mean over seeds, or each image of each seed if these are others.
    fn tested(&self, same_images: bool) -> Vec<f64> {
        if !(same_images && self.is_even()) {
            return self.by_image.concat();
        }
        let n_images = self.by_image.first().map_or(0, Vec::len);
        let of_image = |idx: usize| self.by_image.iter().map(|of| of[idx]).sum::<f64>();
        let n_seeds = self.by_image.len() as f64;
        (0..n_images).map(|idx| of_image(idx) / n_seeds).collect()
    }

    fn row(self, arm: &Arm<'_>, figure: Figure, confidence: f64) -> EffectRow {
        let by_seed: Vec<f64> = self.by_image.iter().map(|of| mean(of)).collect();
        let spread = if arm.same_images && self.is_even() {
            crossed(&self.by_image, confidence)
        } else {
            of_seeds(&by_seed, confidence)
        };
        let is_there = !by_seed.is_empty();
        EffectRow {
            question: arm.question.clone(),
            variant: arm.variant.clone(),
            condition: arm.condition.clone(),
            figure,
            base: is_there.then(|| mean(&self.base)),
            own: is_there.then(|| mean(&self.own)),
            value: is_there.then(|| mean(&by_seed)),
            n_images: self.by_image.first().map_or(0, Vec::len),
            smallest: spread
                .as_ref()
                .and_then(|of| of.detectable(confidence, POWER)),
            by_seed: self.seeds.into_iter().zip(by_seed).collect(),
            observer: self.observer,
            spread,
            p_sign_flip: None,
            p_holm: None,
            missing: self.missing,
            verdict: Verdict::Empty,
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
