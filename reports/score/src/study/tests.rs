//! Figures of a study against statistics that we did not write.

use super::agreement::agreement;
use super::counts::{by_majority, counted, majority_chance};
use super::discovery::benjamini_hochberg;
use super::prevalence::prevalence;
use super::printed::Printed;
use super::projection::{among, d_prime, inner_share};
use super::resample::resample;
use super::{Decision, Kind, Params, score};

fn near(got: f64, expected: f64, relative: f64) {
    assert!(
        (got - expected).abs() <= relative * expected.abs().max(1e-300),
        "{got} is not {expected}"
    );
}

/// Count, number, p, Clopper and Pearson's interval and Wilson's.
type Published = (f64, usize, f64, (f64, f64), Option<(f64, f64)>);

/// The paper's Figure 9 with scipy 1.10.1's binomtest and the intervals of statsmodels 0.13.5: k, n, p, Clopper–Pearson, Wilson in percent.
const FIGURE_9: [Published; 8] = [
    (262.0, 350, 1.7e-21, (70.0, 79.3), None),
    (263.0, 350, 5.5e-22, (70.3, 79.6), Some((70.4, 79.4))),
    (169.0, 250, 1.36e-8, (61.4, 73.4), Some((61.6, 73.1))),
    (161.0, 250, 3.09e-6, (58.1, 70.3), Some((58.3, 70.1))),
    (52.0, 70, 2.9e-5, (62.4, 84.0), None),
    (37.0, 50, 4.7e-4, (59.7, 85.4), None),
    (38.0, 50, 1.5e-4, (61.8, 86.9), None),
    (37.0, 49, 2.3e-4, (61.1, 86.7), None),
];

#[test]
fn the_papers_counts_have_their_published_statistics() {
    for (k, n, p, exact, wilson) in FIGURE_9 {
        let row = counted(k, n, 0.5).unwrap();
        near(row.p, p, 0.03);
        for (got, expected) in [row.clopper_pearson.0, row.clopper_pearson.1]
            .into_iter()
            .zip([exact.0, exact.1])
        {
            assert!(
                (100.0 * got - expected).abs() < 0.06,
                "{k} of {n}: {got} {expected}"
            );
        }
        for (got, expected) in wilson
            .into_iter()
            .flat_map(|(low, high)| [(row.wilson.0, low), (row.wilson.1, high)])
        {
            assert!(
                (100.0 * got - expected).abs() < 0.06,
                "{k} of {n}: {got} {expected}"
            );
        }
    }
}

#[test]
fn percentages_that_no_count_gives_are_found() {
    let possible = |text: &str, n: u64| Printed::parse(text).unwrap().possible(n);
    assert_eq!(possible("75", 350).counts, [261, 262, 263, 264]);
    // 262.5 of 350 would be 75.0 exactly; whole numbers give 74.9 and 75.1.
    assert_eq!(possible("75.0%", 350).neighbours, Some((262, 263)));
    assert_eq!(possible("67.6", 250).counts, [169]);
    assert_eq!(possible("64.4", 250).counts, [161]);
    assert_eq!(possible("74.3", 70).counts, [52]);
    assert_eq!(possible("75.5", 50).neighbours, Some((37, 38)));
    assert_eq!(possible("75.5", 49).counts, [37]);
    assert_eq!(possible("75.5", 53).counts, [40]);
    assert_eq!(possible("75.5", 98).counts, [74]);
    assert_eq!(
        (possible("100", 3).counts, possible("0", 3).counts),
        (vec![3], vec![0])
    );
    for text in ["", "abc", "-1", "101", "1e2", "5 of 7"] {
        assert_eq!(Printed::parse(text), None, "{text}");
    }
}

#[test]
fn majority_of_guessers_is_chance() {
    near(by_majority(&[(3, 5), (2, 4), (0, 5), (4, 4)]), 2.5, 1e-12);
    near(
        majority_chance(&[(0, 5), (0, 4), (0, 1)], 0.5).unwrap(),
        0.5,
        1e-12,
    );
    // P(X ≥ 3) of 5 at 1/6: scipy.stats.binom.sf(2, 5, 1/6).
    near(
        majority_chance(&[(0, 5)], 1.0 / 6.0).unwrap(),
        0.035_493_827_160_493_81,
        1e-9,
    );
}

#[test]
fn discoveries_are_those_of_statsmodels() {
    // statsmodels 0.13.5: multipletests([.01, .04, .03, .005, .6], method="fdr_bh").
    let adjusted = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.005, 0.6]);
    for (got, expected) in adjusted.into_iter().zip([0.025, 0.05, 0.05, 0.025, 0.6]) {
        near(got, expected, 1e-12);
    }
}

#[test]
fn projections_are_those_of_the_table() {
    // d′ of .75, .676, .644 and the shares among 5, 10 and 50 (STATISTICS 4.4; Hacker & Ratcliff's table to two digits).
    let rows = [
        (0.75, 0.954, [0.48, 0.33, 0.12]),
        (0.676, 0.646, [0.38, 0.24, 0.073]),
        (0.644, 0.522, [0.34, 0.205, 0.058]),
    ];
    for (share, expected, shares) in rows {
        let d = d_prime(share).unwrap();
        assert!((d - expected).abs() < 6e-4, "{d}");
        near(among(2, d), share, 1e-9);
        for (n, share) in [5, 10, 50].into_iter().zip(shares) {
            assert!((among(n, d) - share).abs() < 0.006, "{n}: {}", among(n, d));
        }
    }
    near(among(7, 0.0), 1.0 / 7.0, 1e-9);
    assert_eq!(
        (
            among(5, d_prime(1.0).unwrap()),
            among(5, d_prime(0.0).unwrap())
        ),
        (1.0, 0.0)
    );
    // All or none of 40 are right: 39.5 and 0.5 of 40 by Macmillan & Kaplan; qnorm(39.5/40) = 2.241403 in R 4.2.2.
    near(
        d_prime(inner_share(40.0, 40)).unwrap(),
        2.241_403 * 2.0_f64.sqrt(),
        1e-6,
    );
    near(inner_share(0.0, 40), 0.0125, 1e-15);
    near(inner_share(27.0, 40), 0.675, 1e-15);
}

#[test]
fn prevalence_is_that_of_the_published_formula() {
    // The most probable value and the lower bound have closed forms.
    let most = prevalence(17, 20, 0.05, 0.95).unwrap();
    near(most.most_probable, (0.85 - 0.05) / 0.95, 1e-12);
    let none = prevalence(0, 12, 0.05, 0.95).unwrap();
    assert!(none.most_probable.abs() < 1e-12);
    assert!(none.interval.0 < 1e-9 && none.interval.1 < 0.25, "{none:?}");
    let all = prevalence(3, 3, 0.05, 0.95).unwrap();
    // All of three: posterior θ⁴ cut at .05; its lower 5 % point is θ = .05^(1/4).
    near(all.at_least, (0.05_f64.powf(0.25) - 0.05) / 0.95, 1e-4);
    assert!((all.interval.1 - 1.0).abs() < 1e-9, "{all:?}");
    assert_eq!(prevalence(2, 1, 0.05, 0.95), None);
}

#[test]
fn agreement_is_krippendorffs() {
    // Units of two values with 2 to 4 answers; krippendorff.alpha(level_of_measurement="nominal") by the formula in numpy:
    // D_o = 2·(1·2/2 + 1·1/1 + 0 + 2·2/3)/11, D_e = 2·6·5/(11·10).
    let got = agreement(&[(1, 3), (1, 2), (2, 2), (2, 4), (1, 1)]).unwrap();
    let observed = 2.0 * (1.0 + 1.0 + 4.0 / 3.0) / 11.0;
    near(
        got.alpha.unwrap(),
        1.0 - observed / (2.0 * 6.0 * 5.0 / 110.0),
        1e-12,
    );
    assert_eq!((got.n_images, got.n_decisions), (4, 11));
    near(got.pairs, 1.0 - (2.0 + 1.0 + 4.0) / 11.0, 1e-12);
    let full = agreement(&[(5, 5), (0, 5)]).unwrap();
    assert_eq!(
        (full.alpha, full.pairs, full.with_majority),
        (Some(1.0), 1.0, 1.0)
    );
    assert_eq!(agreement(&[(5, 5)]).unwrap().alpha, None);
    assert_eq!(agreement(&[(1, 1)]), None);
}

#[test]
fn clusters_widen_what_images_share() {
    // 40 images of 6 decisions that all agree: as many independent ones as images.
    let correct: Vec<bool> = (0..240).map(|idx| (idx / 6) % 3 > 0).collect();
    let images: Vec<u32> = (0..240).map(|idx| idx / 6).collect();
    let raters: Vec<u32> = (0..240).map(|idx| idx % 6).collect();
    let one = resample(&correct, &images, None, 4000, 0.95, 1).unwrap();
    let share = correct.iter().filter(|&&is| is).count() as f64 / 240.0;
    near(
        one.standard_error,
        (share * (1.0 - share) / 39.0).sqrt(),
        0.03,
    );
    assert_eq!(one.degrees, 39);
    let both = resample(&correct, &images, Some(&raters), 4000, 0.95, 1).unwrap();
    assert_eq!(both.degrees, 5);
    assert!(both.standard_error >= one.standard_error);
    assert_eq!(
        resample(&[true; 4], &[0, 0, 1, 1], None, 100, 0.95, 1),
        None
    );
    assert_eq!(resample(&[true, false], &[0, 0], None, 100, 0.95, 1), None);
}

fn decision(set: &str, image: usize, rater: usize, is_correct: bool) -> Decision {
    Decision {
        set: set.into(),
        condition: String::new(),
        subject: String::new(),
        image: format!("image-{image:02}"),
        distractors: Vec::new(),
        rater: format!("rater-{rater}"),
        n_alternatives: 2,
        is_correct,
        side: None,
        answer: None,
        rt_ms: Some(100.0 * rater as f64),
        trial: None,
        kind: Kind::Trial,
    }
}

#[test]
fn a_study_is_counted_by_set_image_and_person() {
    let mut decisions = Vec::new();
    for image in 0..20 {
        for rater in 0..5 {
            decisions.push(decision("a", image, rater, rater < 4));
            decisions.push(decision("b", image, rater, (image + rater) % 2 == 0));
        }
    }
    for (rater, is_correct) in [(0, true), (1, false)] {
        let kind = Kind::Catch;
        decisions.push(Decision {
            kind,
            ..decision("a", 99, rater, is_correct)
        });
        decisions.push(Decision {
            kind: Kind::Practice,
            ..decision("a", 98, rater, false)
        });
    }
    let scores = score(&decisions, &[], &Params::default()).unwrap();
    let (a, b) = (&scores.sets[0], &scores.sets[1]);
    assert_eq!(
        (a.overall.n_correct, a.overall.n, a.by_image.n_correct),
        (80.0, 100, 20.0)
    );
    assert_eq!((a.n_four_of_five, a.catch_trials), (20, Some((1, 2))));
    assert_eq!((b.overall.n_correct, b.by_image.n), (50.0, 20));
    // Holm over two sets: the smaller p doubles.
    near(a.overall.p_holm, 2.0 * a.overall.p, 1e-12);
    assert_eq!(scores.raters.len(), 5);
    assert_eq!(
        (scores.raters[1].n_catch, scores.raters[1].n_catch_passed),
        (1, 0)
    );
    assert_eq!(scores.raters[3].median_rt_ms, Some(300.0));
    assert!(
        scores
            .warnings
            .iter()
            .any(|said| said.contains("one pseudo-subject"))
    );
    // The same bytes from the same decisions in any order.
    decisions.reverse();
    assert_eq!(
        score(&decisions, &[], &Params::default()).unwrap().sets[0].overall,
        a.overall
    );
}

#[test]
fn decisions_that_have_no_common_chance_are_refused() {
    let mut decisions = vec![decision("a", 0, 0, true), decision("a", 1, 0, true)];
    decisions[1].n_alternatives = 5;
    let said = score(&decisions, &[], &Params::default())
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("alternatives of set 'a'") && said.contains("2 and 5"),
        "{said}"
    );
    assert!(score(&[], &[], &Params::default()).is_err());
}

#[test]
fn brains_by_themselves_give_a_prevalence() {
    let mut decisions = Vec::new();
    for brain in 0..4 {
        for image in 0..20 {
            for rater in 0..5 {
                // Three brains show the effect, one is at chance.
                let is_correct = if brain < 3 {
                    (image + rater) % 5 > 0
                } else {
                    (image + rater) % 2 == 0
                };
                decisions.push(Decision {
                    subject: format!("s{brain}"),
                    ..decision("a", image, rater, is_correct)
                });
            }
        }
    }
    let scores = score(&decisions, &[], &Params::default()).unwrap();
    let found = scores.sets[0].prevalence.unwrap();
    assert_eq!((found.n_significant, found.n_subjects), (3, 4));
    assert!(
        !scores
            .warnings
            .iter()
            .any(|said| said.contains("pseudo-subject"))
    );
}

#[test]

fn checks_of_no_set_are_those_of_the_people_who_decided_in_it() {
    let mut decisions: Vec<Decision> = (0..3)
        .map(|rater| decision("a", rater, rater, true))
        .collect();
    for (rater, is_correct) in [(0, true), (1, false), (9, false)] {
        decisions.push(Decision {
            kind: Kind::Catch,
            ..decision("", 99, rater, is_correct)
        });
    }
    let scores = score(&decisions, &[], &Params::default()).unwrap();
    assert_eq!(scores.sets[0].catch_trials, Some((1, 2)));
}

#[test]
fn few_images_or_people_are_said() {
    let said = |n_images: usize, n_raters: usize, are_known: bool| {
        let mut decisions = Vec::new();
        for image in 0..n_images {
            for rater in 0..n_raters {
                let mut made = decision("a", image, rater, (image * 7 + rater * 3) % 4 > 0);
                if !are_known {
                    made.rater.clear();
                }
                decisions.push(made);
            }
        }
        let scores = score(&decisions, &[], &Params::default()).unwrap();
        scores.warnings.join(" ")
    };
    assert!(said(12, 6, true).contains("12 images and 6 people are few"));
    assert!(said(6, 12, true).contains("it may miss an effect"));
    assert!(!said(12, 12, true).contains("people are few"));
    assert!(said(12, 6, false).contains("12 clusters are few"));
    assert!(!said(20, 6, false).contains("clusters are few"));
}
