//! `lab-evaluate`: reconstructions that anybody made, with any tool, get the evaluation of a run without one.
//!
//! [`evaluate`] reads originals and reconstructions, pairs them ([`pairing`]), makes the baselines that training images allow
//! ([`lab_score::baselines`]), scores everything and looks for what would fool a reader ([`lab_score::guards`]). What comes out is the record
//! and the pictures that a report is made of.
//!
//! What needs training images, classes or a classifier is left out where they are not given, and a sentence says so.

mod classes;
pub mod error;
mod features;
mod lpips;
pub mod pairing;
mod read;
mod record;
mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use lab_core::context::Context;
use lab_score::baselines::of_training;
use lab_score::generalisation::{NearestTraining, distances};
use lab_score::guards::guards_of;
use lab_score::image_space::{ImageSpace, Nearest};
use lab_score::record::{Condition, Pictures, Record};
use lab_score::{Candidates, Rows, TestSet};

pub use error::{Error, Result};
pub use pairing::PairBy;
pub use request::{LpipsFiles, Request};

use classes::Classes;
use features::{Features, read_features, seen_by_gabor};
use read::Read;

/// What an evaluation yields.
#[derive(Debug)]
pub struct Evaluated {
    /// Everything that a report is made of, apart from its pictures.
    pub record: Record,
    /// The originals, the reconstructions and the baselines.
    pub pictures: Pictures,
}

/// Reads, pairs and scores reconstructions, and looks for what would fool a reader of their scores.
///
/// # Errors
/// - [`Error::Core`] if a file cannot be read, or is none of what is expected.
/// - [`Error::Counts`], [`Error::Unpaired`], [`Error::Twice`], [`Error::Order`] if one cannot know which reconstruction belongs to which
///   original.
/// - [`Error::Aspect`] if pictures show other parts of the scene.
/// - [`Error::Score`] if there are fewer than two images.
///
/// # Determinism
/// One seed; foils, permutations, bootstrap draws and the baseline at random are streams of it. The same files give the same bytes
/// from any number of threads.
pub fn evaluate(request: &Request, ctx: &Context) -> Result<Evaluated> {
    judged(request, ctx, seen_by_gabor)
}

/// Features that are computed here, of every set of pictures.
type Look = fn(&Read, Option<&BTreeMap<Condition, Rows>>, &Context) -> Result<Vec<Features>>;

fn judged(request: &Request, ctx: &Context, look: Look) -> Result<Evaluated> {
    let mut read = Read::of(request, ctx)?;
    let classes = Classes::of(request, &read)?;
    let mut features = read_features(request, &read)?;
    let baselines = read
        .train
        .as_ref()
        .map(|train| of_training(&read.reconstructions, train, request.seed));
    let distances_of = lpips::distances(request, &read, baselines.as_ref(), ctx)?;
    features.extend(look(&read, baselines.as_ref(), ctx)?);
    let test = test_set(&read, classes.as_ref(), &features);
    let candidates = candidates(&read, classes.as_ref(), &features, baselines.as_ref());
    let mut scored = lab_score::score_with(
        &test,
        &candidates,
        &distances_of,
        &request.scores,
        request.seed,
    )?;
    scored.guards = guards_of(
        &test,
        &candidates[0],
        (read.train.as_ref(), None),
        &scored,
        (&request.scores, request.seed),
    );
    let nearest = nearest_training(&read);
    (scored.distances, scored.distance_trends) = distances(
        &test,
        &candidates[0],
        &scored,
        &nearest,
        (&request.scores, request.seed),
    );
    read.notes
        .push(lpips::note(request.lpips.as_ref(), read.size));
    read.notes.extend(left_out(request, classes.as_ref()));
    scored.warnings.iter().for_each(|text| ctx.warn(text));
    let pictures = record::pictures(&read, baselines.as_ref());
    let record = record::record(request, read, classes.as_ref(), scored, baselines.as_ref())?;
    Ok(Evaluated { record, pictures })
}

/// For each original, the training image that is nearest to it; nothing without training images.
fn nearest_training(read: &Read) -> Vec<Option<NearestTraining>> {
    let Some(train) = &read.train else {
        return Vec::new();
    };
    let space = |rows: &Rows| ImageSpace::of_rows(rows, read.size, read.size);
    let named = |nearest: Option<Nearest>| {
        nearest.map(|nearest| NearestTraining {
            image: nearest.place,
            name: read
                .train_names
                .get(nearest.place)
                .cloned()
                .unwrap_or_default(),
            distance: nearest.distance(),
        })
    };
    let nearest = space(&read.originals).nearest(&space(train));
    nearest.into_iter().map(named).collect()
}

fn test_set(read: &Read, classes: Option<&Classes>, features: &[Features]) -> TestSet {
    TestSet {
        height: read.size,
        width: read.size,
        originals: read.originals.clone(),
        classes: classes.map(|classes| (classes.of.clone(), classes.names.clone())),
        observers: features.iter().map(Features::observer).collect(),
        classifier: classes.and_then(Classes::of_originals),
    }
}

fn candidates(
    read: &Read,
    classes: Option<&Classes>,
    features: &[Features],
    baselines: Option<&BTreeMap<Condition, Rows>>,
) -> Vec<Candidates> {
    let of_given = features
        .iter()
        .map(|features| (features.name.clone(), features.reconstructions.clone()));
    let mut all = vec![Candidates {
        condition: Condition::Given,
        images: read.reconstructions.clone(),
        features: of_given.collect(),
        named_classes: classes.and_then(Classes::of_reconstructions),
        thorough: true,
    }];
    for (condition, images) in baselines.into_iter().flatten() {
        let of_baseline = features.iter().filter_map(|features| {
            let rows = features.baselines.get(condition)?;
            Some((features.name.clone(), rows.clone()))
        });
        all.push(Candidates {
            condition: condition.clone(),
            images: images.clone(),
            features: of_baseline.collect(),
            named_classes: None,
            thorough: true,
        });
    }
    all
}

/// What was left out because something was not given, in sentences.
fn left_out(request: &Request, classes: Option<&Classes>) -> Vec<String> {
    let mut all = Vec::new();
    if request.train.is_none() {
        all.push(
            "No training images were given (--train): there is no baseline of the mean, the nearest or a random training image, and \
             whether reconstructions are copies of training images, test images stood among them, or scores fall with the distance \
             from them, is not judged."
                .into(),
        );
    }
    match classes {
        None => all.push(
            "No classes were given (--classes): pairs of one class and class accuracy are left out, and whether reconstructions show \
             more than the class is not judged."
                .into(),
        ),
        Some(classes) if classes.of_reconstructions().is_none() => all.push(
            "No classifier's answers were given (a column `named` in --classes): class accuracy is left out."
                .into(),
        ),
        Some(_) => {}
    }
    if request.features.is_empty() {
        all.push(
            "No features of networks were given (--features): reconstructions are compared by pixels, structural similarity and the \
             energies of Gabor filters alone."
                .into(),
        );
    }
    all
}
