//! Observers against numpy and scipy (`tests/reference/study/observers.py`), and each of their sentences.

use serde_json::Value;

use super::agreement::{among_people, consistency, reliability};
use super::combination::{Example, cross_fitted};
use super::cues::{contrast, luminance, orientation};
use super::permuted::{halves_right, permuted};
use super::rows::{COMBINATION, LUMINANCE, PIXEL};
use super::{MOST_IMAGES, Over, Stimuli, look};
use crate::Rows;
use crate::matrix::Similarities;
use crate::rank_correlation::spearman;
use crate::study::fixtures::read;
use crate::study::{Decision, Kind, Observed, Params, StudyScores, score};

fn reference(part: &str) -> Value {
    let all: Value = serde_json::from_str(&read("observers.json")).unwrap();
    all[part].clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|of| of.as_f64().unwrap()).collect()
}

fn close(one: f64, two: f64, tolerance: f64) -> bool {
    (one - two).abs() <= tolerance * two.abs().max(1.0)
}

#[test]
fn cues_are_those_of_numpy() {
    let of = reference("pictures");
    let size = |name: &str| usize::try_from(of[name].as_u64().unwrap()).unwrap();
    let (height, width) = (size("height"), size("width"));
    let rows = |name: &str| Rows {
        n_columns: height * width,
        values: numbers(&of[name]).into_iter().map(|x| x as f32).collect(),
    };
    let (originals, others) = (rows("originals"), rows("reconstructions"));
    for (name, found) in [
        ("luminance", luminance(&originals, &others)),
        ("contrast", contrast(&originals, &others)),
        (
            "orientation",
            orientation(&originals, &others, height, width),
        ),
    ] {
        for (row, expected) in of[name].as_array().unwrap().iter().enumerate() {
            for (column, expected) in numbers(expected).into_iter().enumerate() {
                let found = found.at(row, column);
                assert!(
                    close(found, expected, 1e-12),
                    "{name}: {found} for {expected}"
                );
            }
        }
    }
}

#[test]
fn stripes_differ_by_their_orientation_alone() {
    let stripes = |along: fn(usize) -> usize| -> Vec<f32> {
        let value = |at: usize| if along(at) % 4 < 2 { -0.5 } else { 0.5 };
        (0..32 * 32).map(value).collect()
    };
    let upright = stripes(|at| at % 32);
    let lying = stripes(|at| at / 32);
    let rows = |values: Vec<f32>| Rows {
        n_columns: 32 * 32,
        values,
    };
    let (one, both) = (rows(upright.clone()), rows([upright, lying].concat()));
    for found in [luminance(&one, &both), contrast(&one, &both)] {
        assert!(close(found.at(0, 1), 0.0, 1e-12));
    }
    let found = orientation(&one, &both, 32, 32);
    assert!(close(found.at(0, 0), 0.0, 1e-12) && found.at(0, 1) < -0.1);
}

#[test]
fn the_combination_never_saw_the_images_it_judges() {
    let of = reference("combination");
    let rows = of["rows"].as_array().unwrap();
    let examples: Vec<Example<'_>> = rows
        .iter()
        .map(|row| Example {
            image: row["image"].as_str().unwrap(),
            distractor: row["distractor"].as_str().unwrap(),
            margins: numbers(&row["margins"]),
            n_right: row["n_right"].as_u64().unwrap(),
            n: row["n"].as_u64().unwrap(),
        })
        .collect();
    let found = cross_fitted(&examples).unwrap();
    assert_eq!(found.n_groups, 12);
    for (found, expected) in found.margins.iter().zip(numbers(&of["margins"])) {
        assert!(close(*found, expected, 1e-6), "{found} for {expected}");
    }
    for (found, expected) in found.weights.iter().zip(numbers(&of["weights"])) {
        assert!(close(*found, expected, 1e-6), "{found} for {expected}");
    }
    // What people chose about its two images, in any role, moves no margin of a trial.
    let mut others = examples.clone();
    let (image, foil) = (examples[0].image, examples[0].distractor);
    for one in &mut others {
        let names = [one.image, one.distractor];
        if names.contains(&image) || names.contains(&foil) {
            one.n_right = one.n - one.n_right;
            one.margins = one.margins.iter().map(|m| 3.0 * m).collect();
        }
    }
    others[0].margins.clone_from(&examples[0].margins);
    let again = cross_fitted(&others).unwrap();
    assert!(close(again.margins[0], found.margins[0], 1e-12));
    assert!(!close(again.margins[20], found.margins[20], 1e-6));
    // Two images leave nothing to be fitted on.
    assert!(cross_fitted(&examples[..1]).is_none());
}

#[test]
fn agreement_is_that_of_scipy() {
    let of = reference("agreement");
    let (right, n) = (numbers(&of["n_right"]), numbers(&of["n"]));
    let margins = numbers(&of["margins"]);
    let counts: Vec<(u64, u64)> = right
        .iter()
        .zip(&n)
        .map(|(r, n)| (*r as u64, *n as u64))
        .collect();
    let shares = right.iter().zip(&n).map(|(r, n)| r / n);
    let pairs: Vec<(f64, f64)> = shares.zip(margins.iter().copied()).collect();
    let rho = of["rho"].as_f64().unwrap();
    assert!(close(spearman(&pairs).unwrap(), rho, 1e-12));
    let decisions: Vec<(f64, u64, u64)> = margins
        .iter()
        .zip(&counts)
        .map(|(margin, &(right, n))| {
            let own = if *margin > 0.0 { 1.0 } else { 0.0 };
            (if *margin == 0.0 { 0.5 } else { own }, right, n)
        })
        .collect();
    let found = consistency(&decisions);
    let expected = numbers(&of["consistency"]);
    assert!(close(found.observed, expected[0], 1e-12) && close(found.expected, expected[1], 1e-12));
    assert!(close(found.kappa.unwrap(), expected[2], 1e-12));
    let people = among_people(&counts).unwrap();
    let expected = numbers(&of["people"]);
    assert!(close(people.n as f64, expected[0], 0.0) && close(people.observed, expected[1], 1e-12));
    assert!(
        close(people.expected, expected[2], 1e-12)
            && close(people.kappa.unwrap(), expected[3], 1e-12)
    );
    let expected = of["reliability"].as_f64().unwrap();
    assert!(close(reliability(&counts).unwrap(), expected, 1e-12));
    // What cannot be told is not told.
    assert!(spearman(&[(1.0, 1.0), (1.0, 2.0)]).is_none() && among_people(&[(1, 1)]).is_none());
    assert!(reliability(&[(1, 2), (1, 2), (1, 2)]).is_none());
    assert!(consistency(&[(1.0, 3, 3)]).kappa.is_none());
}

#[test]
fn permutations_are_counted_as_by_hand() {
    let of = reference("permutations");
    let likeness: Vec<Similarities> = of["likeness"]
        .as_array()
        .unwrap()
        .iter()
        .map(|values| Similarities {
            n_rows: 4,
            n_columns: 4,
            values: numbers(values),
        })
        .collect();
    let trials: Vec<(usize, usize, usize)> = of["trials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| {
            let of: Vec<usize> = numbers(of).into_iter().map(|x| x as usize).collect();
            (of[0], of[1], of[2])
        })
        .collect();
    // All permutations in the order of itertools: lexicographic.
    let mut all = Vec::new();
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            for c in (0..4).filter(|c| ![a, b].contains(c)) {
                all.push([a, b, c, 6 - a - b - c]);
            }
        }
    }
    let halves = numbers(&of["halves"]);
    for (mapping, expected) in all.iter().zip(halves) {
        let found = halves_right(&trials, &likeness, mapping);
        assert!(
            close(found as f64, expected, 0.0),
            "{mapping:?}: {found} for {expected}"
        );
    }
    let (exact, n) = (of["p"].as_f64().unwrap(), 20_000);
    let found = permuted(&trials, &likeness, 4, n, 1);
    let error = (exact * (1.0 - exact) / n as f64).sqrt();
    assert!((found - exact).abs() < 4.0 * error, "{found} for {exact}");
}

/// Drawn originals, and reconstructions that are noisy copies: more noise in later images.
fn stimuli(n_images: usize) -> Stimuli {
    use rand::Rng;
    let mut rng = lab_core::rng::stream(3, "test/observers");
    let originals: Vec<f32> = (0..n_images * 256)
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    let reconstructions: Vec<f32> = originals
        .iter()
        .enumerate()
        .map(|(at, x)| {
            let own = 1.0 - (at / 256) as f32 / n_images as f32;
            own * x + (1.0 - own) * rng.random_range(-1.0..1.0)
        })
        .collect();
    let names: Vec<String> = (0..n_images).map(|image| format!("i{image:03}")).collect();
    let rows = |values: Vec<f32>| Rows {
        n_columns: 256,
        values,
    };
    Stimuli {
        set: "vim-1".into(),
        condition: String::new(),
        subject: String::new(),
        height: 16,
        width: 16,
        originals: names.clone(),
        reconstructions: names,
        of_originals: rows(originals),
        of_reconstructions: rows(reconstructions),
        shown: (0..n_images)
            .flat_map(|i| [(i, (i + 1) % n_images), (i, (i + 3) % n_images)])
            .collect(),
    }
}

/// Decisions of five people about each trial that is shown; the rule says which are right.
fn decisions(of: &Stimuli, is_correct: impl Fn(usize, usize, usize) -> bool) -> Vec<Decision> {
    let one = |&(image, foil): &(usize, usize), rater: usize| Decision {
        set: of.set.clone(),
        condition: of.condition.clone(),
        subject: of.subject.clone(),
        image: of.originals[image].clone(),
        distractors: vec![of.reconstructions[foil].clone()],
        rater: format!("r{rater}"),
        n_alternatives: 2,
        is_correct: is_correct(image, foil, rater),
        side: None,
        answer: None,
        rt_ms: None,
        trial: None,
        kind: Kind::Trial,
    };
    let pairs = of
        .shown
        .iter()
        .flat_map(|pair| (0..5).map(move |rater| (pair, rater)));
    pairs.map(|(pair, rater)| one(pair, rater)).collect()
}

fn scored(decisions: &[Decision], observed: &[Observed]) -> StudyScores {
    let params = Params {
        n_draws: 500,
        seed: 1,
    };
    score(decisions, observed, &params).unwrap()
}

#[test]
fn observers_are_scored_beside_people() {
    let of = stimuli(20);
    // People fail at the noisy images more often.
    let people = decisions(&of, |image, foil, rater| {
        (image + foil + 7 * rater) % 20 >= image / 2
    });
    let seen = look(&of).unwrap();
    assert_eq!(seen.len(), 5 * 20 * 19, "all pairs are looked at");
    let scores = scored(&people, &seen);
    let row = |name: &str| {
        scores
            .observers
            .rows
            .iter()
            .find(|row| row.observer == name)
            .unwrap()
    };
    let pixel = row(PIXEL);
    assert_eq!((pixel.accuracy.n, pixel.n_ties), (40, 0));
    assert!(pixel.accuracy.share > 0.8, "{pixel:?}");
    assert!(pixel.permutation.unwrap().p < 0.01, "{pixel:?}");
    assert!(close(pixel.people, scores.sets[0].overall.share, 1e-12));
    let ranked = pixel.ranked.unwrap();
    let (low, high) = ranked.interval.unwrap();
    assert!(
        low > 0.0 && low < ranked.rho && ranked.rho < high,
        "{ranked:?}"
    );
    // Noise has the luminance of any picture: chance, with or without permutation.
    assert!(row(LUMINANCE).permutation.unwrap().p > 0.05);
    let combination = row(COMBINATION);
    assert!(combination.permutation.is_none() && combination.accuracy.n == 40);
    assert_eq!(scores.observers.weights.len(), 5);
    let ceiling = &scores.observers.ceilings[0];
    assert!(ceiling.over == Over::Trials && ceiling.ranked.unwrap() > 0.3);
    // Only what was shown is kept, the combination's margins too.
    assert_eq!(scores.observed.len(), 6 * 40);
    let orders: Vec<&str> = scores
        .observers
        .rows
        .iter()
        .map(|row| row.observer.as_str())
        .collect();
    assert_eq!(
        orders,
        [
            "pixel",
            "ssim",
            "contrast",
            "luminance",
            "orientation",
            "combination"
        ]
    );
    // The same from the rows in any order.
    let mut turned = seen;
    turned.reverse();
    assert_eq!(scored(&people, &turned).observers, scores.observers);
    // Without the pairs that nobody was shown there is nothing to permute.
    let few = scored(&people, &scores.observed);
    assert!(
        few.observers
            .rows
            .iter()
            .all(|row| row.permutation.is_none())
    );
    assert_eq!(few.observed, scores.observed);
}

#[test]
fn of_many_images_only_the_pairs_that_were_shown_are_looked_at() {
    let mut of = stimuli(MOST_IMAGES + 1);
    of.shown.push((0, 1));
    let seen = look(&of).unwrap();
    assert_eq!(seen.len(), 5 * 2 * (MOST_IMAGES + 1));
    // Each pair is what it is among few.
    let n = 256 * 4;
    let cut = |rows: &Rows| Rows {
        n_columns: 256,
        values: rows.values[..n].to_vec(),
    };
    let few = Stimuli {
        originals: of.originals[..4].to_vec(),
        reconstructions: of.reconstructions[..4].to_vec(),
        of_originals: cut(&of.of_originals),
        of_reconstructions: cut(&of.of_reconstructions),
        shown: Vec::new(),
        ..of
    };
    let all = look(&few).unwrap();
    let common: Vec<&Observed> = seen
        .iter()
        .filter(|one| ["i000", "i001"].contains(&one.image.as_str()))
        .collect();
    let known = |one: &&&Observed| ["i001", "i003"].contains(&one.distractor.as_str());
    for one in common.iter().filter(known) {
        assert!(all.contains(one), "{one:?}");
    }
    assert_eq!(common.iter().filter(known).count(), 5 * 2);
}

#[test]
fn pictures_that_do_not_fit_are_refused() {
    let mut of = stimuli(4);
    of.of_originals.values[3] = f32::NAN;
    assert!(
        look(&of)
            .unwrap_err()
            .to_string()
            .contains("finite numbers, got NaN")
    );
    let mut of = stimuli(4);
    of.reconstructions[2] = "other".into();
    assert!(look(&of).unwrap_err().to_string().contains("one of 'i002'"));
    let mut of = stimuli(4);
    of.of_reconstructions.values.pop();
    assert!(look(&of).unwrap_err().to_string().contains("4 rows of 256"));
    of.height = 3;
    assert!(look(&of).unwrap_err().to_string().contains("3 × 16 pixels"));
}

/// Margins of one observer about every trial that is shown.
fn margins(of: &Stimuli, observer: &str, margin: impl Fn(usize) -> f64) -> Vec<Observed> {
    let one = |(place, &(image, foil)): (usize, &(usize, usize))| Observed {
        observer: observer.into(),
        set: of.set.clone(),
        condition: of.condition.clone(),
        subject: of.subject.clone(),
        image: of.originals[image].clone(),
        distractor: of.reconstructions[foil].clone(),
        margin: margin(place),
    };
    of.shown.iter().enumerate().map(one).collect()
}

#[test]
fn each_warning_has_its_cause() {
    let of = stimuli(20);
    let people = |right: usize| decisions(&of, move |image, _, rater| (image + rater) % 5 < right);
    let said = |people: &[Decision], seen: &[Observed]| scored(people, seen).warnings.join("\n");
    // A cue that does as well as people, one that only does better than guessing, and one that does neither.
    let cue = |wrong: usize| {
        margins(
            &of,
            LUMINANCE,
            move |place| if place % 10 < wrong { -1.0 } else { 1.0 },
        )
    };
    let text = said(&people(4), &cue(1));
    assert!(
        text.contains("mean luminance alone is right for 90.0 % of the trials, people for 80.0 %"),
        "{text}"
    );
    assert!(
        text.contains("people may have used nothing but this cue"),
        "{text}"
    );
    let text = said(&people(4), &cue(2)[..]);
    assert!(
        text.contains("nothing but this cue"),
        "as well is enough: {text}"
    );
    let text = said(
        &decisions(&of, |image, _, rater| image + rater > 0),
        &cue(1),
    );
    assert!(text.contains("people may have used it"), "{text}");
    let text = said(&people(4), &cue(5));
    assert!(!text.contains("luminance"), "{text}");
    // Where people guess, a cue says nothing of them.
    let text = said(&people(2), &cue(5));
    assert!(!text.contains("luminance"), "{text}");
    // Only cues are spoken of.
    let text = said(&people(4), &margins(&of, PIXEL, |_| 1.0));
    assert!(!text.contains("alone is right"), "{text}");
    // Trials without margins, margins without trials, decisions without a foil.
    let text = said(&people(4), &cue(5)[..30]);
    assert!(
        text.contains("vim-1: some observer saw 30 of 40 trials only"),
        "{text}"
    );
    let mut foreign = cue(5);
    foreign.iter_mut().for_each(|one| one.set = "GOD".into());
    let text = said(&people(4), &foreign);
    assert!(
        text.contains("set 'GOD'") && text.contains("must be those of the decisions"),
        "{text}"
    );
    let mut some = people(4);
    some[0].distractors.clear();
    let text = said(&some, &cue(5));
    assert!(
        text.contains("vim-1: 1 decisions name no foil, or several"),
        "{text}"
    );
}

#[test]
fn people_are_compared_over_images_where_trials_are_of_one_person() {
    let of = stimuli(10);
    let mut people = decisions(&of, |image, _, rater| image + rater > 3);
    people.retain(|one| one.rater == "r0");
    let scores = scored(&people, &margins(&of, PIXEL, |_| 1.0));
    let ceiling = &scores.observers.ceilings[0];
    assert_eq!(
        (ceiling.over, ceiling.consistency.unwrap().n),
        (Over::Images, 10)
    );
    // An observer that is always right has no rank and no clusters, and one observer makes no combination.
    let row = &scores.observers.rows[0];
    assert!(row.ranked.is_none() && row.clusters.is_none() && scores.observers.rows.len() == 1);
}

#[test]
fn a_tie_is_a_tie_under_every_permutation() {
    let of = stimuli(6);
    let people = decisions(&of, |image, _, rater| image + rater > 3);
    // Of pairs that all look alike, every permutation is right as often.
    let mut seen = look(&of).unwrap();
    seen.retain(|one| one.observer == LUMINANCE);
    for zero in [0.0, -0.0] {
        seen.iter_mut().for_each(|one| one.margin = zero);
        let row = &scored(&people, &seen).observers.rows[0];
        assert_eq!((row.accuracy.n_correct, row.n_ties), (6.0, 12));
        assert!(close(row.permutation.unwrap().p, 1.0, 0.0), "{row:?}");
    }
}
