//! Figures of power, and the size of each test where nothing is to be found.
#![expect(
    clippy::print_stderr,
    reason = "sizes are told with their Monte-Carlo error"
)]

use super::exact::{critical_count, exact_power};
use super::formula::{
    decisions_against_chance, decisions_an_arm, design_effect, power_against_chance, power_of_arms,
    smallest_higher_share, smallest_share,
};
use super::{
    Arms, Dependence, Design, Level, PowerRow, Price, Simulation, TestKind, paper, simulate,
};
use crate::study::mixed::Term;

const ONE: Level = Level {
    alpha: 0.05,
    sides: super::Sides::One,
};

#[test]
fn decisions_needed_against_chance() {
    for (share, n) in [(0.55, 616.0), (0.6, 152.0), (0.644, 72.0), (0.676, 48.0)] {
        let found = decisions_against_chance(share, ONE, 0.8, 1.0).unwrap();
        assert!((found.round() - n).abs() < 0.5, "{share}: {found}");
        let dependent = decisions_against_chance(share, ONE, 0.8, design_effect(5.0, 0.2)).unwrap();
        assert!((dependent / found - 1.8).abs() < 1e-12);
        // What is needed has the power wanted, and finds no smaller share.
        let power = power_against_chance(share, dependent, ONE, 1.8).unwrap();
        assert!((power - 0.8).abs() < 1e-9, "{power}");
        let smallest = smallest_share(dependent, ONE, 0.8, 1.8).unwrap();
        assert!((smallest - share).abs() < 1e-9, "{smallest}");
    }
    assert_eq!(decisions_against_chance(0.5, ONE, 0.8, 1.0), None);
    assert_eq!(smallest_share(1.0, ONE, 0.8, 1.0), None);
}

#[test]
fn decisions_needed_to_tell_two_shares_apart() {
    let arms = Arms {
        first: 0.676,
        second: 0.644,
    };
    let level = Level::two_sided(0.05);
    let found = decisions_an_arm(arms, level, 0.8, 1.0).unwrap();
    assert!((found - 3440.0).abs() < 5.0, "{found}");
    let dependent = decisions_an_arm(arms, level, 0.8, design_effect(5.0, 0.2)).unwrap();
    assert!((dependent / found - 1.8).abs() < 1e-12);
    assert!((power_of_arms(arms, found, level, 1.0).unwrap() - 0.8).abs() < 1e-9);
    let higher = smallest_higher_share(0.644, found, level, 0.8, 1.0).unwrap();
    assert!((higher - 0.676).abs() < 1e-9, "{higher}");
}

#[test]
fn exact_counts_and_power() {
    for (n, count, power) in [
        (50, 34, 0.16),
        (70, 46, 0.20),
        (250, 144, 0.80),
        (350, 198, 0.91),
    ] {
        assert_eq!(critical_count(n, 0.01, 0.5), Some(count));
        let found = exact_power(n, 0.01, 0.5, 0.6).unwrap();
        assert!((found - power).abs() < 0.005, "{n}: {found}");
    }
    assert_eq!(critical_count(4, 0.05, 0.5), None);
    assert_eq!(exact_power(4, 0.05, 0.5, 0.9), Some(0.0));
}

#[test]
fn the_papers_designs() {
    let paper = paper();
    assert_eq!((paper.designs.len(), paper.comparisons.len()), (6, 6));
    let last = &paper.comparisons[4];
    assert_eq!(
        (last.first.as_str(), last.second.as_str()),
        ("vim-1", "GOD")
    );
    assert!(last.power < 0.13 && (last.decisions_needed - 3440.0).abs() < 5.0);
    let text = last.to_string();
    assert!(
        text.starts_with("vim-1 against GOD: 67.6 % could hardly be told from 64.4 %"),
        "{text}"
    );
    assert!(
        paper.designs.iter().all(|row| row.power > 0.95),
        "{paper:?}"
    );
    assert_eq!(paper.designs[0].critical_count, Some(198));
    assert_eq!(paper.designs[2].critical_count_of_images, Some(34));
    for row in &paper.designs {
        eprintln!("{row}");
    }
    for row in &paper.comparisons {
        eprintln!("{row}");
    }
}

#[test]
fn costs() {
    let design = Design::of_raters(50, 5, 40, 25);
    let a_decision = design.cost(Price::Decision { price: 0.05 }, 0.2);
    assert!((a_decision.money - 60.0).abs() < 1e-9 && a_decision.hours.is_none());
    let price = Price::Hour {
        price: 12.0,
        seconds_a_decision: 9.0,
        seconds_a_rater: 180.0,
    };
    let an_hour = design.cost(price, 0.25);
    assert!((an_hour.hours.unwrap() - 4.5).abs() < 1e-12);
    assert!((an_hour.money - 67.5).abs() < 1e-9);
    assert!(Design::of_raters(5, 5, 4, 5).check().is_err());
    assert!(Design::of_raters(5, 4, 1, 5).check().is_err());
}

#[test]
fn dependence_in_log_odds_is_weaker_in_right_and_wrong() {
    let dependence = Dependence {
        image: 0.2,
        distractor: 0.0,
        rater: 0.1,
    };
    let [image, distractor, rater] = dependence.deviations().unwrap();
    let total = image * image + rater * rater + std::f64::consts::PI.powi(2) / 3.0;
    assert!((image * image / total - 0.2).abs() < 1e-12 && distractor <= 0.0);
    let observed = dependence.observed(0.5, Term::Image).unwrap();
    assert!(observed > 0.12 && observed < 0.2, "{observed}");
    assert!(dependence.observed(0.95, Term::Image).unwrap() < observed);
    assert!(dependence.observed(0.5, Term::Distractor).unwrap() < 1e-12);
    let impossible = Dependence {
        image: 0.6,
        rater: 0.4,
        ..dependence
    };
    assert!(impossible.deviations().is_err());
}

fn study(share: f64, n_studies: usize, n_mixed: usize) -> Simulation {
    Simulation {
        design: Design {
            n_images: 50,
            n_foils: 5,
            n_raters: 38,
            n_decisions: 500,
        },
        share,
        dependence: Dependence {
            image: 0.15,
            distractor: 0.05,
            rater: 0.05,
        },
        level: ONE,
        n_studies,
        n_mixed,
        seed: 11,
    }
}

fn tell(what: &str, rows: &[PowerRow]) {
    for row in rows {
        eprintln!(
            "{what}: {}: {:.4} ± {:.4} of {} studies, {} failed",
            row.test.label(),
            row.power,
            row.monte_carlo_error,
            row.n_studies,
            row.n_failed
        );
    }
}

fn power_of(rows: &[PowerRow], test: TestKind) -> f64 {
    rows.iter().find(|row| row.test == test).unwrap().power
}

#[test]
fn rows_are_the_same_from_any_number_of_threads() {
    let simulation = study(0.58, 95, 4);
    let rows = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        let pool = pool.build().unwrap();
        pool.install(|| simulate(&simulation, &|_| ()).unwrap())
    };
    let one = rows(1);
    assert_eq!(one, rows(3));
    assert_eq!((one.len(), one[0].n_studies, one[6].n_studies), (7, 95, 4));
    let n_done = std::sync::atomic::AtomicUsize::new(0);
    let keep = |done: usize| {
        n_done.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
    };
    simulate(&study(0.58, 25, 0), &keep).unwrap();
    assert_eq!(n_done.into_inner(), 25);
}

/// 2000 studies without effect: the binomial is off, two-way clusters are not.
#[test]
fn sizes_of_the_tests() {
    let rows = simulate(&study(0.5, 2000, 0), &|_| ()).unwrap();
    tell("null", &rows);
    assert!(power_of(&rows, TestKind::Binomial) > 0.1);
    for test in [TestKind::ClustersOfImagesAndRaters, TestKind::ClustersOfAll] {
        let size = power_of(&rows, test);
        assert!((0.04..=0.07).contains(&size), "{test:?}: {size}");
    }
}

/// The formula with the design effect of the drawn dependence is close to what simulation finds.
#[test]
fn formula_and_simulation_agree() {
    let simulation = study(0.58, 2000, 0);
    let rows = simulate(&simulation, &|_| ()).unwrap();
    tell("58 %", &rows);
    let effect = simulation
        .dependence
        .design_effect(0.58, &simulation.design)
        .unwrap();
    let formula = power_against_chance(0.58, 500.0, ONE, effect).unwrap();
    eprintln!("formula: {formula:.3}, design effect {effect:.2}");
    assert!((power_of(&rows, TestKind::ClustersOfAll) - formula).abs() < 0.08);
}

/// Designs in which the mixed model's size is measured, the quickest first: images, raters, decisions, dependence within image, distractor, rater.
const DESIGNS: [([usize; 3], [f64; 3]); 5] = [
    ([20, 6, 240], [0.15, 0.05, 0.05]),
    ([30, 10, 300], [0.15, 0.05, 0.05]),
    ([70, 38, 350], [0.3, 0.1, 0.1]),
    ([50, 38, 250], [0.15, 0.05, 0.05]),
    ([50, 38, 500], [0.15, 0.05, 0.05]),
];

/// Tests that keep their size in all of these designs; Wald's z does not where raters are few.
const SOUND: [TestKind; 3] = [
    TestKind::ClustersOfImagesAndRaters,
    TestKind::ClustersOfAll,
    TestKind::MixedT,
];

/// 2000 studies without effect of each design, one- and two-sided, also by the mixed model.
#[test]
fn sizes_of_the_mixed_model() {
    if std::env::var_os("LAB_SLOW").is_none() {
        return lab_core::testing::skip(
            "LAB_SLOW is not set: 2000 null studies by the mixed model",
        );
    }
    for ([n_images, n_raters, n_decisions], [image, distractor, rater]) in DESIGNS {
        for level in [ONE, Level::two_sided(0.05)] {
            let simulation = Simulation {
                design: Design {
                    n_images,
                    n_foils: 5,
                    n_raters,
                    n_decisions,
                },
                dependence: Dependence {
                    image,
                    distractor,
                    rater,
                },
                level,
                ..study(0.5, 2000, 2000)
            };
            let start = std::time::Instant::now();
            let rows = simulate(&simulation, &|_| ()).unwrap();
            let sides = level.sides;
            tell(
                &format!(
                    "{n_images} images, {n_raters} raters, {n_decisions} decisions, {sides:?}"
                ),
                &rows,
            );
            eprintln!("{:?}", start.elapsed());
            for test in SOUND {
                let size = power_of(&rows, test);
                // With six raters Student's t has five degrees of freedom and is careful: down to .0375.
                let least = if n_raters < 10 { 0.03 } else { 0.04 };
                assert!((least..=0.07).contains(&size), "{test:?}: {size}");
            }
            assert!(power_of(&rows, TestKind::Binomial) > 0.09);
        }
    }
}

/// 10 000 studies take seconds.
#[test]
fn ten_thousand_studies() {
    if std::env::var_os("LAB_SLOW").is_none() {
        return lab_core::testing::skip("LAB_SLOW is not set: 10 000 simulated studies");
    }
    let start = std::time::Instant::now();
    let rows = simulate(&study(0.58, 10_000, 200), &|_| ()).unwrap();
    tell("58 %, 10 000 studies", &rows);
    let taken = start.elapsed();
    eprintln!("{taken:?}");
    assert!(taken.as_secs() < 60, "{taken:?}");
}
