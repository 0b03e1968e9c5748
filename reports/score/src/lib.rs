//! `lab-score`: pure functions over arrays that yield rows, and the [`record`] that rows are kept in.
//!
//! It knows no table, no chart and no PDF, and no run.
//!
//! [`score`] compares every condition with the test set: similarities ([`correlation`], [`ssim`]), identification in
//! both directions ([`identification`]), the paper's two-alternative task ([`observer`]), classes ([`classes`]), each
//! with intervals and tests ([`binomial`], [`bootstrap`], [`permutation`]), and names the [`headline`] figures.
//! Everything is `f64` inside.
//!
//! | statistic | ties | N | interval | p |
//! |---|---|---|---|---|
//! | pairwise identification | one half | images | bootstrap over images | permutation of the whole mapping |
//! | same-class identification | one half | images whose class has another | bootstrap over images | permutation within classes |
//! | first of 5, of 10 | the first place is shared | images | bootstrap over images | permutation of the whole mapping |
//! | top-1 | the first place is shared | images | bootstrap, Wilson, Clopper–Pearson | permutation, binomial |
//! | observer overall | one half | images × foils | bootstrap, Wilson, Clopper–Pearson | permutation, binomial |
//! | observer majority | one half | images | bootstrap, Wilson, Clopper–Pearson | permutation, binomial |
//! | class accuracy | none | images | bootstrap, Wilson, Clopper–Pearson | permutation of the names, binomial |
//! | similarity | none | images | bootstrap over images | permutation of the whole mapping |
//! | distance, lower is better | none | images | bootstrap over images | none |
//!
//! Right decisions are summed as whole numbers and fractions of them ([`counts`]); a half is rounded down for the binomial
//! test. Where images are few or all agree, the interval over images is Wilson's, or Student's of distances ([`intervals`]).
//! Scores that take few values tie under permutation: [`ties`] says how they are counted.
//! The decoder is compared with each baseline image by image, with random signs ([`sign_flips`]), and the tests that findings
//! speak of are corrected for their number ([`family`]).
//!
//! What would fool a reader is looked for in [`guards`].
//! How much passes from responses to images is measured in [`information`].
//! How well a perfect model could predict voxels is estimated in [`noise`].
//! How near pictures are to each other is said in one space, [`image_space`], and whether scores fall with the distance from the
//! training images is asked in [`generalisation`].
//! Several runs are held against each other in [`runs`].
//! How good a generator's own images are is asked in [`quality`], how far scores differ between seeds in [`seeds`].
//!
//! The N (N − 1) comparisons of pairwise identification share their images, so no binomial figure is given for them.

pub mod baselines;
pub mod binomial;
pub mod bootstrap;
mod check;
pub mod classes;
pub mod correlation;
pub mod counts;
mod differences;
mod draws;
pub mod effects;
pub mod error;
mod evaluate;
pub mod family;
mod finding;
pub mod generalisation;
pub mod guards;
pub mod headline;
pub mod identification;
pub mod image_space;
pub mod information;
pub mod intervals;
mod matrices;
pub mod matrix;
mod naming;
pub mod noise;
#[cfg(test)]
mod nulls;
pub mod observer;
mod paired;
#[cfg(test)]
mod parity;
mod parts;
pub mod permutation;
pub mod pools;
pub mod quality;
pub mod rank_correlation;
pub mod record;
mod regions;
pub mod runs;
pub mod seeds;
pub mod sign_flips;
pub mod ssim;
pub mod study;
#[cfg(test)]
mod tests;
pub mod ties;

use std::collections::BTreeMap;

use lab_core::config::Scores;
use rayon::prelude::*;

use differences::{Judged, differences, image_scores};
use draws::Draws;
use evaluate::Measure;

pub use error::{Error, Result};
pub use lab_core::listed;

use crate::record::{
    Condition, ConfusionTable, Cue, DecisionRow, DifferenceRow, DistanceRow, DistanceTrend,
    ImageScoresRow, PartDifferenceRow, RegionDifferenceRow, ScoreRow, TestRow,
};

/// Rows of numbers: one row an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Numbers of one row.
    pub n_columns: usize,
    /// `[n_images, n_columns]`, row-major.
    pub values: Vec<f32>,
}

/// The class that a classifier names for an image; `None` for a class that the test set does not have.
pub type Named = Option<u32>;

/// An observer: what images are compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct Observer {
    /// Stable name: "gabor.energy", "convnet.conv3", "alexnet.conv2". ("pixel" and "ssim" are always there.)
    pub name: String,
    /// True if the loss used this network.
    pub in_loss: bool,
    /// Features of the originals.
    pub originals: Rows,
}

/// Images to be scored.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    /// The way in which the candidates were made.
    pub condition: Condition,
    /// Pixels in `[−1, 1]`, one row an image.
    pub images: Rows,
    /// Features by observer name; observers that are missing are not scored.
    pub features: BTreeMap<String, Rows>,
    /// Class named by the independent classifier for each image.
    pub named_classes: Option<Vec<Named>>,
    /// Score every statistic, or only the cheap headline ones (for members and single subjects).
    pub thorough: bool,
}

/// Distances of the images of one condition from the originals, computed elsewhere ([`score_with`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Distances {
    /// The way in which the images were made.
    pub condition: Condition,
    /// Stable name of the distance: "lpips.alex".
    pub observer: String,
    /// What a reader must know of how it was computed, in a few words; it stands with the pool.
    pub how: String,
    /// One an image, at least 0; lower is better.
    pub values: Vec<f64>,
}

/// The original images of a test set, and what they are compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct TestSet {
    /// Image height in pixels.
    pub height: usize,
    /// Image width in pixels.
    pub width: usize,
    /// Originals in `[−1, 1]`, one row an image.
    pub originals: Rows,
    /// Class of each image, or [`Labels::NONE`](lab_core::recording::Labels::NONE), with the names, if known.
    pub classes: Option<(Vec<u32>, Vec<String>)>,
    /// Observers beyond "pixel" and "ssim".
    pub observers: Vec<Observer>,
    /// Name of the independent classifier, and the class it names for each original.
    pub classifier: Option<(String, Vec<Named>)>,
}

/// Every row that scoring yields.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scored {
    /// The scores.
    pub scores: Vec<ScoreRow>,
    /// Decisions of the observers, for each image.
    pub decisions: Vec<DecisionRow>,
    /// Scores of the result for each test image.
    pub image_scores: Vec<ImageScoresRow>,
    /// Confusion tables.
    pub confusions: Vec<ConfusionTable>,
    /// The decoder against each baseline, image by image.
    pub differences: Vec<DifferenceRow>,
    /// Regions of interest against each other, image by image.
    pub region_differences: Vec<RegionDifferenceRow>,
    /// The result against parts of its decoder, image by image.
    pub part_differences: Vec<PartDifferenceRow>,
    /// The tests that findings speak of, corrected for their number.
    pub headline_tests: Vec<TestRow>,
    /// What would fool a reader, where it was looked for ([`guards`]).
    pub guards: Vec<guards::GuardRow>,
    /// How far test images are from the training images, where these are known ([`generalisation`]).
    pub distances: Vec<DistanceRow>,
    /// How scores go with these distances.
    pub distance_trends: Vec<DistanceTrend>,
    /// What a reader must know before believing the scores, in sentences.
    pub warnings: Vec<String>,
    /// Headline figures under stable names.
    pub headline: BTreeMap<String, f64>,
    /// Scores of single images, for paired differences.
    judged: Vec<Judged>,
}

impl TestSet {
    /// The name of an image's class; empty if unlabelled.
    pub fn class_name(&self, image_idx: usize) -> &str {
        let name = self
            .classes
            .as_ref()
            .and_then(|(classes, names)| names.get(*classes.get(image_idx)? as usize));
        name.map_or("", String::as_str)
    }
}

impl Scored {
    fn extend(&mut self, other: Self) {
        self.scores.extend(other.scores);
        self.decisions.extend(other.decisions);
        self.image_scores.extend(other.image_scores);
        self.confusions.extend(other.confusions);
        self.differences.extend(other.differences);
        self.region_differences.extend(other.region_differences);
        self.part_differences.extend(other.part_differences);
        self.headline_tests.extend(other.headline_tests);
        self.guards.extend(other.guards);
        self.distances.extend(other.distances);
        self.distance_trends.extend(other.distance_trends);
        self.warnings.extend(other.warnings);
        self.headline.extend(other.headline);
        self.judged.extend(other.judged);
    }
}

/// Scores every candidate against the test set.
///
/// Beside the result stands what trivial cues alone ([`Condition::Cue`]) would tell of its images.
/// A candidate that is not `thorough` gets pairwise identification in both directions by pixels and by every observer
/// it has features for, the two-alternative task by pixels, and its class accuracy, all without permutations.
/// The classes that the classifier names for the originals are scored once, as [`Condition::Originals`]; where all test
/// images are of one class, no class accuracy is computed, and a warning says so.
/// Chance of class accuracy is what the same names would reach if they were dealt out to images at random.
///
/// # Errors
/// - [`crate::Error::Shape`] if a candidate has another number of images or columns than the test set, if a value is
///   not finite, or if a class or the confidence is out of range.
/// - [`crate::Error::TooFew`] if there are fewer than two test images.
///
/// # Determinism
/// Foils, permutations and bootstrap draws come from streams of `seed` under "evaluate/…"; every condition is asked about
/// the same foils. The order of rows and every sum are independent of the number of threads.
pub fn score(
    test: &TestSet,
    candidates: &[Candidates],
    params: &Scores,
    seed: u64,
) -> Result<Scored> {
    score_with(test, candidates, &[], params, seed)
}

/// As [`score`], with distances that were computed elsewhere among the scores and the paired differences.
///
/// A distance has no foils, and no p by permutation. Of its paired differences, those below zero speak for the result.
///
/// # Errors
/// As [`score`], and [`crate::Error::Shape`] if there is not one distance of at least 0 for each test image.
///
/// # Determinism
/// As [`score`].
pub fn score_with(
    test: &TestSet,
    candidates: &[Candidates],
    distances: &[Distances],
    params: &Scores,
    seed: u64,
) -> Result<Scored> {
    let n_images = check::check(test, candidates, params)?;
    check::check_distances(distances, n_images)?;
    let classes = test.classes.as_ref().map(|(classes, _)| classes.as_slice());
    let draws = Draws::new(n_images, classes, params, seed);
    let unscored = naming::unscored(test);
    let of_all = candidates
        .iter()
        .flat_map(|candidate| Task::of(test, candidate, unscored.is_none()));
    // Cues are baselines, and stand behind all other conditions.
    let tasks: Vec<Task<'_>> = of_all
        .chain(candidates.iter().flat_map(Task::of_cues))
        .chain(distances.iter().map(Task::Distances))
        .collect();
    let parts: Vec<Scored> = tasks
        .into_par_iter()
        .map(|task| task.run(test, &draws))
        .collect();
    let mut scored = Scored::default();
    for part in parts {
        scored.extend(part);
    }
    if let Some((_, named)) = test.classifier.as_ref().filter(|_| unscored.is_none()) {
        scored.extend(naming::classify(
            test,
            &Condition::Originals,
            named,
            true,
            &draws,
        ));
    }
    scored.warnings.extend(unscored);
    scored.warnings.extend(naming::warning(&scored.scores));
    let judged = std::mem::take(&mut scored.judged);
    scored.differences = differences(&judged, &draws);
    scored.region_differences = regions::differences(&judged, &draws);
    scored.part_differences = parts::differences(&judged, &draws);
    scored.image_scores = image_scores(judged);
    scored.headline_tests = family::headline_tests(&scored.scores, &scored.differences);
    scored.headline = headline::headline(&scored.scores);
    let of_tests = headline::of_tests(&scored.differences, &scored.headline_tests);
    scored.headline.extend(of_tests);
    Ok(scored)
}

/// A part of the scores that is computed by itself.
enum Task<'a> {
    Compare(&'a Candidates, Measure),
    Cue(&'a Candidates, Cue),
    Classify(&'a Candidates, &'a [Named]),
    Distances(&'a Distances),
}

impl<'a> Task<'a> {
    fn of(test: &TestSet, candidate: &'a Candidates, classes: bool) -> Vec<Self> {
        let named = candidate
            .named_classes
            .as_deref()
            .filter(|_| classes && candidate.condition != Condition::Originals);
        let compare = Measure::of(test, candidate)
            .into_iter()
            .map(|measure| Self::Compare(candidate, measure));
        compare
            .chain(named.map(|named| Self::Classify(candidate, named)))
            .collect()
    }

    /// What cues alone tell of the result.
    fn of_cues(candidate: &'a Candidates) -> impl Iterator<Item = Self> {
        let cues = Cue::ALL.into_iter();
        cues.filter(|_| candidate.condition.is_result())
            .map(|cue| Self::Cue(candidate, cue))
    }

    fn run(self, test: &TestSet, draws: &Draws) -> Scored {
        match self {
            Self::Compare(candidate, measure) => {
                evaluate::evaluate(test, candidate, measure, draws)
            }
            Self::Cue(candidate, cue) => evaluate::by_cue(test, candidate, cue, draws),
            Self::Classify(candidate, named) => {
                naming::classify(test, &candidate.condition, named, candidate.thorough, draws)
            }
            Self::Distances(distances) => evaluate::by_distance(distances, draws),
        }
    }
}
