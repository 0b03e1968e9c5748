//! Does another pairing fit better than the given one?

use rand::seq::SliceRandom;
use rand::seq::index::sample;

use super::information::Told;
use super::{Defect, GuardRow, SHOWN, Seen};
use crate::correlation::correlations;
use crate::matrix::Similarities;

/// Random relabelings, and random sets of images, behind a null distribution: of up to [`MANY`] images, and of more.
const N_NULL: (usize, usize) = (1000, 400);
/// From this number of images on, fewer places are tried.
const MANY: usize = 1000;
/// Places that are tried at most for a shift or a missing image.
const MOST_PLACES: usize = 150;
/// Shifts by up to so many places are all tried.
const NEAR: usize = 20;
/// Images that another pairing must move at least.
const LEAST_MOVED: usize = 5;

/// Another pairing that somebody may have made by mistake.
struct Mistake {
    words: String,
    /// For each original, the reconstruction that would be its own.
    of: Vec<usize>,
}

/// Looks for a pairing that fits better: a shift, the reverse order, numbers sorted by their letters, halves in the wrong order, one
/// missing from a place on; and, with training images, any order.
///
/// ```text
/// dᵢ = S[i, π(i)] − S[i, i] over the images that π moves,     z(π) = d̄ / (sd(d)/√m)
/// ```
/// The largest z is held against the largest z when the reconstructions are relabelled at random, which is what it would be if they
/// belonged to nothing. For any order: reconstructions of these originals fit one of them better than one of as many training images.
pub(super) fn wrong_pairing(seen: &Seen<'_>, told: &Told) -> GuardRow {
    let defect = Defect::WrongPairing;
    // Common mistakes and any order are two tests of one defect.
    let shown = SHOWN / 2.0;
    let Likeliest { mistake, z, p } = likeliest(seen);
    if p < shown {
        let words = mistake.map_or("they are paired otherwise".into(), |mistake| mistake.words);
        let evidence = format!(
            "reconstructions fit better if {words} (z = {z:.1} over the images that this moves, p = {p:.4} against random relabelings; found below {shown})"
        );
        return GuardRow::of(defect, true, evidence);
    }
    let of_order = format!(
        "no shift, reversal or other common mistake fits better (p = {p:.3}; found below {shown})"
    );
    if told.by_structure() {
        return GuardRow::of(defect, false, of_order);
    }
    let Some(p) = any_order(seen) else {
        let evidence = format!(
            "{of_order}; without training images a random order cannot be told from no information"
        );
        return GuardRow::of(defect, false, evidence);
    };
    let evidence = format!(
        "{of_order}; reconstructions are {} to test images than to as many training images (p = {p:.4}; found below {shown}), whatever the order",
        if p < shown { "closer" } else { "not closer" }
    );
    GuardRow::of(defect, p < shown, evidence)
}

/// The mistake that fits best.
struct Likeliest {
    mistake: Option<Mistake>,
    z: f64,
    /// Share of random relabelings in which the best mistake fits as well; 1 where none fits better than the given pairing.
    p: f64,
}

fn likeliest(seen: &Seen<'_>) -> Likeliest {
    let mut mistakes = mistakes(seen.n_images);
    let combined = combined(seen);
    let best = |column: &dyn Fn(usize) -> usize| {
        let all = mistakes.iter().enumerate();
        all.map(|(at, mistake)| (z(&combined, mistake, column), at))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((f64::NEG_INFINITY, 0))
    };
    let (largest, at) = best(&|column| column);
    let mut p = 1.0;
    if largest > 0.0 {
        let mut rng = lab_core::rng::stream(seen.seed, "evaluate/guards/pairing");
        let mut labels: Vec<usize> = (0..seen.n_images).collect();
        let n_null = n_null(seen.n_images);
        let n_as_large = (0..n_null)
            .filter(|_| {
                labels.shuffle(&mut rng);
                best(&|column| labels[column]).0 >= largest
            })
            .count();
        p = (n_as_large + 1) as f64 / (n_null + 1) as f64;
    }
    Likeliest {
        mistake: (at < mistakes.len()).then(|| mistakes.swap_remove(at)),
        z: largest,
        p,
    }
}

/// The similarities of all views, each in units of its own standard deviation, added.
fn combined(seen: &Seen<'_>) -> Similarities {
    let mut values = vec![0.0; seen.n_images * seen.n_images];
    for (_, of) in &seen.similarities {
        let n = of.values.len() as f64;
        let mean = of.values.iter().sum::<f64>() / n;
        let variance = of.values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let scale = if variance > 0.0 {
            variance.sqrt().recip()
        } else {
            0.0
        };
        for (sum, value) in values.iter_mut().zip(&of.values) {
            *sum += scale * value;
        }
    }
    Similarities {
        n_rows: seen.n_images,
        n_columns: seen.n_images,
        values,
    }
}

/// How much better a mistake fits, in standard errors.
fn z(similarities: &Similarities, mistake: &Mistake, column: &dyn Fn(usize) -> usize) -> f64 {
    let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for (image, &of) in mistake.of.iter().enumerate() {
        if of == image {
            continue;
        }
        let gain = similarities.at(image, column(of)) - similarities.at(image, column(image));
        n += 1.0;
        sum += gain;
        squares += gain * gain;
    }
    let mean = sum / n;
    let variance = (squares / n - mean * mean).max(0.0);
    if variance > 0.0 {
        mean / (variance / n).sqrt()
    } else {
        0.0
    }
}

fn n_null(n_images: usize) -> usize {
    if n_images <= MANY { N_NULL.0 } else { N_NULL.1 }
}

/// Every mistake that moves enough images.
fn mistakes(n_images: usize) -> Vec<Mistake> {
    let mut all = shifts(n_images);
    all.push(Mistake {
        words: "they stand in the reverse order".into(),
        of: (0..n_images).rev().collect(),
    });
    all.extend(by_letters(n_images));
    all.extend(from_a_place_on(n_images));
    all.retain(|mistake| {
        let moved = mistake.of.iter().enumerate().filter(|(at, of)| at != *of);
        moved.count() >= LEAST_MOVED.min(n_images)
    });
    all
}

fn shifts(n: usize) -> Vec<Mistake> {
    let step = n.div_ceil(MOST_PLACES);
    let is_tried = |shift: &usize| {
        let places = *shift.min(&(n - shift));
        places <= NEAR || shift.is_multiple_of(step)
    };
    let mistake = |shift: usize| {
        let places = shift.min(n - shift);
        let way = if shift <= n / 2 { "on" } else { "back" };
        Mistake {
            words: format!("each belongs to the original {places} places further {way}"),
            of: (0..n).map(|image| (image + shift) % n).collect(),
        }
    };
    (1..n).filter(is_tried).map(mistake).collect()
}

/// Numbers that were sorted as words, on one side or on the other.
fn by_letters(n: usize) -> Vec<Mistake> {
    let mut all = Vec::new();
    for first in [0, 1] {
        let mut of: Vec<usize> = (0..n).collect();
        of.sort_by_key(|place| (place + first).to_string());
        let mut inverse = vec![0; n];
        for (place, &image) in of.iter().enumerate() {
            inverse[image] = place;
        }
        let words = format!("numbers from {first} on were sorted by their letters (10 before 2)");
        all.extend([of, inverse].map(|of| Mistake {
            words: words.clone(),
            of,
        }));
    }
    all
}

/// One reconstruction that is missing, or one too many. What stands at the end is kept where it is, since nothing else is left for it.
fn from_a_place_on(n: usize) -> Vec<Mistake> {
    let mistake = |words: String, other: &dyn Fn(usize) -> usize| Mistake {
        words,
        of: (0..n).map(other).collect(),
    };
    let places = (1..n.saturating_sub(LEAST_MOVED)).step_by(n.div_ceil(MOST_PLACES).max(1));
    places
        .flat_map(|from| {
            [
                mistake(format!("one is missing from place {from} on"), &|image| {
                    if image < from {
                        image
                    } else {
                        (image + 1).min(n - 1)
                    }
                }),
                mistake(format!("one too many stands at place {from}"), &|image| {
                    if image <= from { image } else { image - 1 }
                }),
            ]
        })
        .collect()
}

/// One-sided p that reconstructions fit one of the originals better than one of as many training images.
///
/// ```text
/// T = Σⱼ max over i of r(xᵢ, yⱼ)
/// ```
/// with x the originals, against the same with as many images drawn from originals and training images together, where images were
/// cut from pictures one of each: if the reconstructions belong to none of these, originals and training images could change places.
fn any_order(seen: &Seen<'_>) -> Option<f64> {
    let training = seen.judged.training?;
    let places = seen.judged.of_different_pictures(training.n_rows());
    let (n_images, n_train) = (seen.n_images, places.len());
    if n_train < n_images {
        return None;
    }
    let among_test = &seen.similarities[0].1;
    let among_train = correlations(training, seen.judged.reconstructions);
    let at = |image: usize, column: usize| match image.checked_sub(n_images) {
        Some(place) => among_train.at(places[place], column),
        None => among_test.at(image, column),
    };
    let fit = |images: &[usize]| -> f64 {
        let best = |column: usize| {
            let all = images.iter().map(|&image| at(image, column));
            all.fold(f64::NEG_INFINITY, f64::max)
        };
        (0..n_images).map(best).sum()
    };
    let own = fit(&(0..n_images).collect::<Vec<usize>>());
    let mut rng = lab_core::rng::stream(seen.seed, "evaluate/guards/any_order");
    let n_null = n_null(n_images);
    let n_as_large = (0..n_null)
        .filter(|_| fit(&sample(&mut rng, n_images + n_train, n_images).into_vec()) >= own)
        .count();
    Some((n_as_large + 1) as f64 / (n_null + 1) as f64)
}
