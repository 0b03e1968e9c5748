//! The size of every test where there is nothing to find: how often it says that there is.

#![expect(clippy::print_stderr, reason = "the sizes are what the test is for")]

use std::collections::BTreeMap;

use lab_core::config::Scores;
use lab_core::rng::{Stream, stream};
use lab_core::testing::skip;
use rand::Rng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use crate::identification::{Rule, identify};
use crate::matrix::Similarities;
use crate::observer::{foils, majority, permuted_sums, right_decisions};
use crate::permutation::Permutations;
use crate::pools::Pools;
use crate::record::{Condition, Direction};
use crate::ties::PValue;
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
    p_values(&originals, &classes, [decoder, ridge], &[], &named, seed)
}

/// The same of two decoders that know as much as each other about the originals, and of two such regions: their difference is
/// chance.
fn equals(seed: u64) -> BTreeMap<String, f64> {
    let mut rng = stream(seed, "nulls/equals");
    let (classes, originals) = originals(&mut rng);
    let mut made = || -> Vec<Vec<f32>> {
        originals
            .iter()
            .map(|image| blend(image, 0.15, &mut rng))
            .collect()
    };
    let (both, regions) = ([made(), made()], [made(), made()]);
    let named = vec![Some(0); N_IMAGES];
    p_values(&originals, &classes, both, &regions, &named, seed)
}

fn p_values(
    originals: &[Vec<f32>],
    classes: &[usize],
    [decoder, ridge]: [Vec<Vec<f32>>; 2],
    regions: &[Vec<Vec<f32>>],
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
    let mut candidates = vec![
        candidate(Condition::Decoder, decoder, Some(named.to_vec())),
        candidate(Condition::RidgeToPixels, ridge, None),
    ];
    candidates.extend(regions.iter().enumerate().map(|(idx, images)| {
        let region = Condition::Region(format!("V{idx}"));
        candidate(region, images.clone(), None)
    }));
    let params = Scores {
        n_permutations: 999,
        n_bootstrap: 1,
        ..Scores::default()
    };
    let scored = score(&test, &candidates, &params, seed).unwrap();
    // No sentence rests on a test that is known to be off.
    for test in &scored.headline_tests {
        let mut kept = scored.headline.iter().filter(|(name, _)| {
            name.starts_with("p.permutation.") || name.starts_with("p.sign_flip.")
        });
        assert!(
            kept.any(|(_, p)| p.to_bits() == test.p.to_bits()),
            "{}",
            test.figure
        );
    }
    let of_regions = scored.region_differences.iter().map(|row| {
        (
            "p.sign_flip.regions".to_owned(),
            row.against.p_sign_flip.unwrap(),
        )
    });
    let is_p = |name: &String| name.starts_with("p.");
    let headline = scored.headline.into_iter();
    headline
        .filter(|(name, _)| is_p(name))
        .chain(of_regions)
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

/// The least and the largest size of a test on which a finding rests, at 5 %.
const SIZES: std::ops::RangeInclusive<f64> = 0.04..=0.06;

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
                assert!(SIZES.contains(size), "{what}: {name} {size}");
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

/// Images, classes, and whether the classifier names each class as often as it is there.
const COUNTED: [(usize, usize, bool); 12] = [
    (24, 6, false),
    (24, 6, true),
    (24, 2, true),
    (48, 6, false),
    (48, 6, true),
    (48, 2, true),
    (72, 6, false),
    (72, 6, true),
    (72, 12, true),
    (120, 6, false),
    (120, 6, true),
    (120, 2, true),
];

/// p-values of the tests over whole numbers, where reconstructions say nothing: images of a class are alike.
fn counted(seed: u64, (n_images, n_classes, evenly): (usize, usize, bool)) -> [PValue; 4] {
    let mut rng = stream(seed, "nulls/counted");
    let classes: Vec<u32> = (0..n_images)
        .map(|image| (image % n_classes) as u32)
        .collect();
    let mut named: Vec<Named> = classes.iter().map(|&class| Some(class)).collect();
    if evenly {
        named.shuffle(&mut rng);
    } else {
        named.fill_with(|| Some(rng.random_range(0..n_classes as u32)));
    }
    // A reconstruction is nearer to the images of a class that was drawn for it.
    let drawn: Vec<u32> = (0..n_images)
        .map(|_| rng.random_range(0..n_classes as u32))
        .collect();
    let cells = classes
        .iter()
        .flat_map(|class| drawn.iter().map(move |of| class == of));
    let values = cells
        .map(|is_near| f64::from(u8::from(is_near)) + rng.random::<f64>())
        .collect();
    let similarities = Similarities {
        n_rows: n_images,
        n_columns: n_images,
        values,
    };
    let pools = Pools::whole(n_images);
    let permutations = Permutations::draw(&pools, 999, seed);
    let foils = foils(n_images, 5, seed);
    let right = right_decisions(&similarities, &foils);
    let (sums, majority_sums) = permuted_sums(&similarities, &foils, &permutations);
    let of = |own: u64, permuted: Vec<u64>, lot| {
        let permuted = permuted.into_iter().map(|sum| sum as f64);
        permutations.p_value(own as f64, permuted, lot)
    };
    let majorities = right.iter().map(|&n_halves| majority(n_halves, 5)).sum();
    let direction = Direction::OriginalToReconstructions;
    let first = identify(&similarities, direction, &pools, Rule::TopOne);
    [
        permutations.p_of_classes(&classes, &named, "classes"),
        of(right.iter().sum(), sums, "overall"),
        of(majorities, majority_sums, "majority"),
        permutations.p_of_lookup(&first, "first"),
    ]
    .map(|found| found.unwrap())
}

/// Tests over whole numbers, with the place among ties drawn by lot, and with all ties counted, which is too careful.
#[test]
fn tests_over_few_values_have_their_size() {
    let n_nulls = if std::env::var_os("LAB_SLOW").is_some() {
        5000
    } else {
        skip("LAB_SLOW=1 measures sizes of tests over whole numbers on 60 000 null sets");
        return;
    };
    eprintln!("by lot, and ties whole: classes | overall | majority | first of all");
    for design in COUNTED {
        let nulls = (0..n_nulls).into_par_iter();
        let all: Vec<[PValue; 4]> = nulls.map(|seed| counted(seed, design)).collect();
        let share = |of: usize, p: fn(PValue) -> f64| {
            let small = all.iter().filter(|found| p(found[of]) < ALPHA);
            small.count() as f64 / n_nulls as f64
        };
        let found = [0, 1, 2, 3].map(|of| (share(of, |of| of.p), share(of, |of| of.ties_whole)));
        eprintln!("{design:?}: {found:.4?}");
        for (by_lot, whole) in &found[..3] {
            assert!(
                SIZES.contains(by_lot) && whole <= by_lot,
                "{design:?}: {found:?}"
            );
        }
    }
}
