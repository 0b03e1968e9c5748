//! The size of every test where there is nothing to find: how often it says that there is.

#![expect(clippy::print_stderr, reason = "the sizes are what the test is for")]

use std::collections::BTreeMap;

use lab_core::config::Scores;
use lab_core::rng::{Stream, stream};
use lab_core::testing::skip;
use rand::Rng;
use rayon::prelude::*;

use crate::record::Condition;
use crate::{Candidates, Named, Rows, TestSet, score};

const N_NULLS: u64 = 4000;
const N_IMAGES: usize = 48;
const N_CLASSES: usize = 6;
const SIDE: usize = 8;
/// Level of every test.
const ALPHA: f64 = 0.05;

/// An image of a class: its prototype and details of its own, all smooth.
fn image(class: usize, rng: &mut Stream) -> Vec<f32> {
    let of_class = |place: usize| ((place * (class + 2)) as f32 * 0.37 + class as f32).sin();
    let mut details: Vec<f32> = (0..SIDE * SIDE)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    for place in 1..details.len() {
        details[place] = 0.7 * details[place - 1] + 0.5 * details[place];
    }
    details
        .iter()
        .enumerate()
        .map(|(place, detail)| 0.4 * of_class(place) + 0.5 * detail)
        .collect()
}

fn blend(image: &[f32], share: f32, rng: &mut Stream) -> Vec<f32> {
    let noise = self::image(rng.random_range(0..N_CLASSES), rng);
    let pairs = image.iter().zip(noise);
    pairs
        .map(|(pixel, e)| share * pixel + (1.0 - share) * e)
        .collect()
}

fn rows(images: Vec<Vec<f32>>) -> Rows {
    Rows {
        n_columns: SIDE * SIDE,
        values: images.concat(),
    }
}

/// Originals and their classes, which take turns.
fn originals(rng: &mut Stream) -> (Vec<usize>, Vec<Vec<f32>>) {
    let classes: Vec<usize> = (0..N_IMAGES).map(|image| image % N_CLASSES).collect();
    let originals = classes.iter().map(|&class| image(class, rng)).collect();
    (classes, originals)
}

/// The p-values of one null, by the names of `summary.json`.
///
/// The decoder knows nothing, or, `of_class`, the class alone; the ridge regression knows as much. Test images share classes.
fn null(seed: u64, of_class: bool) -> BTreeMap<String, f64> {
    let mut rng = stream(seed, "nulls");
    let (classes, originals) = originals(&mut rng);
    let mut made = || -> Vec<Vec<f32>> {
        let drawn = |&class: &usize| {
            let class = if of_class {
                class
            } else {
                rng.random_range(0..N_CLASSES)
            };
            image(class, &mut rng)
        };
        classes.iter().map(drawn).collect()
    };
    let (decoder, ridge) = (made(), made());
    let named: Vec<Named> = (0..N_IMAGES)
        .map(|_| Some(rng.random_range(0..N_CLASSES as u32)))
        .collect();
    p_values(&originals, &classes, [decoder, ridge], &named, seed)
}

/// The same of two decoders that know as much as each other about the originals: their difference is chance.
fn equals(seed: u64) -> BTreeMap<String, f64> {
    let mut rng = stream(seed, "nulls/equals");
    let (classes, originals) = originals(&mut rng);
    let mut made = || -> Vec<Vec<f32>> {
        originals
            .iter()
            .map(|image| blend(image, 0.15, &mut rng))
            .collect()
    };
    let both = [made(), made()];
    let named = vec![Some(0); N_IMAGES];
    p_values(&originals, &classes, both, &named, seed)
}

fn p_values(
    originals: &[Vec<f32>],
    classes: &[usize],
    [decoder, ridge]: [Vec<Vec<f32>>; 2],
    named: &[Named],
    seed: u64,
) -> BTreeMap<String, f64> {
    let names = (0..N_CLASSES).map(|class| format!("c{class}"));
    let test = TestSet {
        height: SIDE,
        width: SIDE,
        originals: rows(originals.to_vec()),
        classes: Some((
            classes.iter().map(|&class| class as u32).collect(),
            names.collect(),
        )),
        observers: Vec::new(),
        classifier: Some(("judge".into(), named.to_vec())),
    };
    let candidate = |condition, images, named| Candidates {
        condition,
        images: rows(images),
        features: BTreeMap::new(),
        named_classes: named,
        thorough: true,
    };
    let candidates = [
        candidate(Condition::Decoder, decoder, Some(named.to_vec())),
        candidate(Condition::RidgeToPixels, ridge, None),
    ];
    let params = Scores {
        n_permutations: 999,
        n_bootstrap: 1,
        ..Scores::default()
    };
    let scored = score(&test, &candidates, &params, seed).unwrap();
    let is_p = |name: &String| name.starts_with("p.");
    scored
        .headline
        .into_iter()
        .filter(|(name, _)| is_p(name))
        .collect()
}

/// Share of nulls in which each p is below the level.
fn sizes(of: impl Fn(u64) -> BTreeMap<String, f64> + Send + Sync) -> BTreeMap<String, f64> {
    let all: Vec<BTreeMap<String, f64>> = (0..N_NULLS).into_par_iter().map(of).collect();
    let mut sizes = BTreeMap::new();
    for (name, p) in all.into_iter().flatten() {
        *sizes.entry(name).or_insert(0.0) += f64::from(u8::from(p < ALPHA)) / N_NULLS as f64;
    }
    sizes
}

/// The least and the largest size of a test at 5 %: a test over few whole numbers cannot reach its level and is careful.
fn bounds(name: &str) -> (f64, f64) {
    if name == "p.permutation.classes" || name.starts_with("p.sign_flip") {
        (0.02, 0.06)
    } else {
        (0.035, 0.06)
    }
}

/// Tests on which findings rest keep their level; the plain binomial test, which takes decisions about one image as independent, does
/// not, and decides no sentence.
#[test]
fn tests_on_which_findings_rest_have_their_size() {
    if std::env::var_os("LAB_SLOW").is_none() {
        skip("LAB_SLOW=1 scores 12 000 sets in which there is nothing to find");
        return;
    }
    let nothing = sizes(|seed| null(seed, false));
    let of_class = sizes(|seed| null(seed, true));
    let equals = sizes(equals);
    let mut n_checked = 0;
    for (what, sizes, is_null) in [
        ("nothing is known", &nothing, "p."),
        ("the class is known", &of_class, "p.permutation.same_class"),
        ("both know as much", &equals, "p.sign_flip"),
    ] {
        for (name, size) in sizes.iter().filter(|(name, _)| name.starts_with(is_null)) {
            eprintln!("{what}: {name} {size:.4}");
            if name.starts_with("p.permutation") || name.starts_with("p.sign_flip") {
                let (least, most) = bounds(name);
                assert!((least..=most).contains(size), "{what}: {name} {size}");
                n_checked += 1;
            }
            if name.starts_with("p.holm") {
                assert!(*size <= ALPHA, "{what}: {name} {size}");
            }
        }
    }
    assert!(n_checked >= 12, "{n_checked}");
    assert!(
        nothing["p.binomial.observer.pixel"] > 0.08,
        "the binomial test is off"
    );
}
