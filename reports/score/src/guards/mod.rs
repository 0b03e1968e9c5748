//! What would fool a reader of reconstructions, looked for in the pictures themselves.
//!
//! | defect | what gives it away | needs |
//! |---|---|---|
//! | [`Defect::NoInformation`] | reconstructions fit their originals no better than any others | – |
//! | [`Defect::WrongPairing`] | another pairing fits better than the given one | – (any order: training images) |
//! | [`Defect::LuminanceOnly`] | originals of one luminance cannot be told apart | – |
//! | [`Defect::ClassOnly`] | originals of one class cannot be told apart | classes |
//! | [`Defect::Collapsed`] | reconstructions of different images are copies of each other | – |
//! | [`Defect::Memorised`] | reconstructions are copies of training images | training images |
//! | [`Defect::Leaked`] | originals are copies of training images | training images |
//!
//! Each verdict is a rule over the correlations of pixels, and where it can be drawn, a test. What cannot be judged is said to be not
//! judged, never to be sound. A defect that is not found may be there all the same.

mod coarse;
mod collapse;
mod copies;
mod cues;
mod information;
mod pairing;
mod rows;
#[cfg(test)]
mod tests;

use lab_core::config::Scores;

use crate::bootstrap::{Bootstrap, quantile};
use crate::correlation::correlations;
use crate::family::independent_observers;
use crate::matrix::Similarities;
use crate::permutation::Permutations;
use crate::pools::Pools;
use crate::{Candidates, Rows, Scored, TestSet};

pub use rows::{Defect, GuardRow, Verdict};

/// Below this p something is shown.
const SHOWN: f64 = 0.005;
/// Images that are judged at least: of fewer, nothing can be shown.
const FEWEST: usize = 8;
/// Permutations that a guard draws at least: with fewer, no p is small enough.
const LEAST_PERMUTATIONS: usize = 2000;

/// Draws of the bootstrap over images.
const N_DRAWS: usize = 2000;
/// Confidence of an upper bound over images, one-sided.
const CONFIDENCE: f64 = 0.975;

/// Features by which pictures are compared beside pixels.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Name of the observer.
    pub name: &'a str,
    /// `[n_images, n_features]`.
    pub originals: &'a Rows,
    /// The same, in the order of the originals.
    pub reconstructions: &'a Rows,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Image height in pixels.
    pub height: usize,
    /// Image width in pixels.
    pub width: usize,
    /// `[n_images, height · width]`, pixels in `[−1, 1]`.
    pub originals: &'a Rows,
    /// The same, in the order of the originals.
    pub reconstructions: &'a Rows,
    /// `[n_train, height · width]`, if they are known.
    pub training: Option<&'a Rows>,
    /// For each training image, the place of the first that was cut from the same picture, if they were cut from pictures:
    /// `[n_train]`.
    pub pictures: Option<&'a [usize]>,
    /// Class of each original, or [`Labels::NONE`](lab_core::recording::Labels::NONE), if known.
    pub classes: Option<&'a [u32]>,
    /// Features of both, beside their pixels.
    pub views: &'a [View<'a>],
}

impl Judged<'_> {
    /// One image of each picture of the training set: images of one picture depend on each other, where those that tests count
    /// could change places.
    fn of_different_pictures(&self, n_train: usize) -> Vec<usize> {
        let is_first = |at: &usize| self.pictures.is_none_or(|first| first.get(*at) == Some(at));
        (0..n_train).filter(is_first).collect()
    }

    /// Whether two training images are one, or of one picture.
    fn is_same_picture(&self, one: usize, other: usize) -> bool {
        one == other
            || self
                .pictures
                .is_some_and(|first| first.get(one).is_some() && first.get(one) == first.get(other))
    }
}

/// What every guard looks at.
struct Seen<'a> {
    judged: &'a Judged<'a>,
    n_images: usize,
    /// Correlations of pixels, originals by reconstructions; then those of the views.
    similarities: Vec<(&'a str, Similarities)>,
    permutations: Permutations,
    seed: u64,
}

/// Looks for every defect in scored images: compared by pixels and by the deepest layer of each network outside the loss.
///
/// # Determinism
/// As [`guards`].
pub fn guards_of(
    test: &TestSet,
    result: &Candidates,
    (training, pictures): (Option<&Rows>, Option<&[usize]>),
    scored: &Scored,
    (params, seed): (&Scores, u64),
) -> Vec<GuardRow> {
    let independent = independent_observers(&scored.scores);
    let observers = test.observers.iter();
    let views: Vec<View<'_>> = observers
        .filter(|observer| independent.contains(&observer.name))
        .filter_map(|observer| {
            Some(View {
                name: &observer.name,
                originals: &observer.originals,
                reconstructions: result.features.get(&observer.name)?,
            })
        })
        .collect();
    let judged = Judged {
        height: test.height,
        width: test.width,
        originals: &test.originals,
        reconstructions: &result.images,
        training,
        pictures,
        classes: test.classes.as_ref().map(|(classes, _)| classes.as_slice()),
        views: &views,
    };
    guards(&judged, params.n_permutations, seed)
}

/// Looks for every defect, in the order of [`Defect`].
///
/// # Determinism
/// Permutations come from "evaluate/permutations" of `seed`, samples of images from "evaluate/bootstrap", everything else that is
/// drawn from "evaluate/guards/…".
pub fn guards(judged: &Judged<'_>, n_permutations: usize, seed: u64) -> Vec<GuardRow> {
    let n_images = judged.originals.n_rows();
    if n_images < FEWEST {
        let why = format!("{n_images} images, where {FEWEST} are needed");
        return Defect::ALL
            .map(|defect| GuardRow::not_judged(defect, &why))
            .into();
    }
    let mut similarities = vec![(
        "pixel",
        correlations(judged.originals, judged.reconstructions),
    )];
    let views = judged.views.iter();
    similarities.extend(views.map(|view| {
        (
            view.name,
            correlations(view.originals, view.reconstructions),
        )
    }));
    let seen = Seen {
        judged,
        n_images,
        similarities,
        permutations: Permutations::draw(
            &Pools::whole(n_images),
            n_permutations.max(LEAST_PERMUTATIONS),
            seed,
        ),
        seed,
    };
    let told = information::told(&seen);
    let pairing = pairing::wrong_pairing(&seen, &told);
    vec![
        information::no_information(&seen, &told, &pairing),
        pairing,
        cues::luminance_only(&seen, &told),
        cues::class_only(&seen, &told),
        collapse::collapsed(&seen),
        copies::memorised(&seen),
        copies::leaked(&seen),
    ]
}

/// The upper bound of what is computed of a sample of images, by bootstrap over them.
fn upper_bound(n_images: usize, seed: u64, of: impl Fn(&[u32]) -> f64) -> f64 {
    let draws = Bootstrap::draw(n_images, N_DRAWS, seed);
    let mut drawn: Vec<f64> = draws.samples().map(of).collect();
    drawn.sort_unstable_by(f64::total_cmp);
    quantile(&drawn, CONFIDENCE)
}

/// The middle one, the upper of two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
