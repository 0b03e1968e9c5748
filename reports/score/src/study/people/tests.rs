//! The rule on studies whose truth is known, and signals against statistics that we did not write.

use serde_json::Value;

use super::agreement::Expected;
use super::choices::choices;
use super::evaluate::{area, evaluate, seeds, threshold};
use super::nulls::Null;
use super::rows::{AgentKind, Evaluation, Found, PersonRow, Signal};
use super::rule::{APART, TRAINING_SEEDS, reasons, score};
use super::simulate::{Crowd, Drawn, draw, kind_of};
use super::times::times;
use super::trials::{Person, Trial};
use super::{MIN_PEOPLE, NotJudged, judge};
use crate::study::decisions::{Decision, Kind, Side};
use crate::study::{Params, fixtures};

/// Agents that the goal is reached for: 95 % are found. A coin is too like people who guess, and an observer with human-like
/// times is told by its choices alone.
const TOLD: [AgentKind; 4] = [
    AgentKind::Pixel,
    AgentKind::Ssim,
    AgentKind::Features,
    AgentKind::Side,
];

#[expect(clippy::print_stdout, reason = "the table is what the test is run for")]
fn run(name: &str, crowd: &Crowd, n_studies: usize) -> Evaluation {
    let of = evaluate(crowd, &seeds(n_studies), threshold(crowd));
    println!(
        "{name} (simulated): {} studies of {} people with {} decisions, threshold {:.2}: people named {} of {}, {:.1} % [{:.1}, {:.1}]; \
         of those who guess {} of {}; area {:.4}",
        of.n_studies,
        of.n_people,
        of.n_trials,
        of.threshold,
        of.n_people_named,
        of.n_people_drawn,
        100.0 * of.named(),
        100.0 * of.interval.0,
        100.0 * of.interval.1,
        of.n_guessers_named,
        of.n_guessers,
        of.area
    );
    for row in &of.kinds {
        println!(
            "  {:30} {:4} of {:4}  {:5.1} % [{:.1}, {:.1}]  area {:.4}",
            row.kind.label(),
            row.n_found,
            row.n,
            100.0 * row.share(),
            100.0 * row.interval.0,
            100.0 * row.interval.1,
            row.area
        );
    }
    of
}

/// 500 people and 50 agents of each kind in one study, on seeds that nothing was set on; 5 studies and other designs with
/// `LAB_SLOW=1`.
#[test]
fn agents_are_found_and_few_people_with_them() {
    let all = Crowd::default();
    let is_slow = std::env::var_os("LAB_SLOW").is_some();
    assert!(seeds(100).iter().all(|seed| !TRAINING_SEEDS.contains(seed)));
    let found = run("500 people", &all, if is_slow { 5 } else { 1 });
    assert!(found.named() <= 0.05, "{found:?}");
    assert!(found.kinds.iter().all(|row| row.n >= 50));
    for row in &found.kinds {
        let least = if TOLD.contains(&row.kind) { 0.95 } else { 0.85 };
        assert!(row.share() >= least, "{row:?}");
    }
    if !is_slow {
        return lab_core::testing::skip("LAB_SLOW is not set: 1 of 5 studies, and no other design");
    }
    let few = Crowd {
        n_trials: 25,
        n_images: 50,
        ..all
    };
    let class = Crowd {
        n_people: 20,
        n_of_each: 1,
        ..all
    };
    run("25 decisions", &few, 5);
    run(
        "100 decisions",
        &Crowd {
            n_trials: 100,
            n_images: 200,
            ..all
        },
        5,
    );
    run(
        "without times",
        &Crowd {
            has_times: false,
            ..all
        },
        5,
    );
    let blind = run(
        "without observers",
        &Crowd {
            has_observers: false,
            ..all
        },
        5,
    );
    run(
        "correlation 0",
        &Crowd {
            correlation: 0.0,
            ..all
        },
        5,
    );
    run(
        "correlation 0.6",
        &Crowd {
            correlation: 0.6,
            ..all
        },
        5,
    );
    run("a class of 20", &class, 50);
    run(
        "a class of 20, 25 decisions",
        &Crowd {
            n_trials: 25,
            n_images: 50,
            ..class
        },
        50,
    );
    // With a person's times and no observer to compare with, an agent is a person.
    let alike = blind
        .kinds
        .iter()
        .find(|row| row.kind == AgentKind::HumanTimes)
        .unwrap();
    assert!((alike.area - 0.5).abs() < 0.1, "{alike:?}");
}

#[test]
fn the_area_is_the_share_of_pairs() {
    assert!((area(&[1.0, 2.0], &[1.0, 0.0]) - 0.875).abs() < 1e-12);
    assert!((area(&[0.0], &[0.0, 0.0]) - 0.5).abs() < 1e-12);
}

fn near(got: f64, expected: f64) {
    assert!(
        (got - expected).abs() <= 1e-6 * expected.abs().max(1.0),
        "{got} is not {expected}"
    );
}

#[test]
fn signals_are_those_of_scipy_and_statsmodels() {
    let read: Value = serde_json::from_str(&fixtures::read("people.json")).unwrap();
    let all = |name: &str| -> Vec<f64> {
        let values = read[name].as_array().unwrap();
        values.iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let one = |name: &str| read[name].as_f64().unwrap();
    let flags = |name: &str| -> Vec<bool> { all(name).into_iter().map(|of| of > 0.5).collect() };
    let shares = all("shares");
    let observed: Vec<Option<f64>> = all("choices").into_iter().map(Some).collect();
    for (who, expected) in [
        ("correct", "agreement"),
        ("follows", "agreement_of_follower"),
    ] {
        let z = Expected::fit(&flags(who), &shares)
            .agreement(&observed)
            .unwrap();
        near(z, one(expected));
    }
    let (left, correct) = (flags("left"), flags("correct"));
    let trials = all("times")
        .into_iter()
        .enumerate()
        .map(|(place, time)| Trial {
            pair: place,
            image: place,
            is_correct: correct[place],
            chance: 0.5,
            side: None,
            answer: Some(if left[place] { Side::Left } else { Side::Right }),
            rt_ms: Some(time),
        });
    let person = Person {
        rater: "a".into(),
        trials: trials.collect(),
        n_catch: 0,
        n_catch_failed: 0,
    };
    let found = times(&person, &shares);
    near(found.by_difficulty.unwrap(), one("by_difficulty"));
    near(found.autocorrelation.unwrap(), one("autocorrelation"));
    near(found.skewness.unwrap(), one("skewness"));
    near(found.sd_log.unwrap(), one("sd_log"));
    near(found.median_log.unwrap(), one("median_log"));
    near(choices(&person).switching.unwrap(), one("runs"));
    let raw = all("times");
    let middle = super::nulls::median(&raw).unwrap();
    let away = middle - 2.0 * one("scaled_deviation");
    near(Null::of(&raw).unwrap().below(away), one("t_tail"));
}

/// A study of people alone, with the decisions of its first person replaced.
fn replaced(of: impl Fn(&Decision, f64) -> bool) -> (Drawn, String) {
    let crowd = Crowd {
        n_people: 80,
        n_of_each: 0,
        ..Crowd::default()
    };
    let mut drawn = draw(&crowd, 7);
    let first = drawn.decisions[0].rater.clone();
    let Drawn {
        decisions,
        observed,
    } = &mut drawn;
    for decision in decisions
        .iter_mut()
        .filter(|of| of.rater == first && of.kind == Kind::Trial)
    {
        let seen = observed.iter().find(|row| {
            row.observer == "pixel"
                && row.image == decision.image
                && row.distractor == decision.distractors[0]
        });
        decision.is_correct = of(decision, seen.unwrap().margin);
    }
    (drawn, first)
}

fn agreement_of(of: impl Fn(&Decision, f64) -> bool) -> Found {
    let (drawn, first) = replaced(of);
    let judged = judge(&drawn.decisions, &drawn.observed, APART).unwrap();
    let row = judged
        .persons
        .into_iter()
        .find(|row| row.rater == first)
        .unwrap();
    *row.signal(Signal::Agreement).unwrap()
}

#[test]
fn who_is_good_is_no_observer_and_who_copies_one_is() {
    assert!(agreement_of(|_, _| true).p > 0.1, "who is always right");
    let place = |of: &Decision| of.trial.unwrap();
    assert!(
        agreement_of(|of, _| place(of) % 12 > 0).p > 0.05,
        "who is nearly always right"
    );
    let copied = agreement_of(|of, margin| (margin > 0.0) != (place(of) % 15 == 0));
    assert!(copied.p < 1e-4, "{copied:?}");
}

#[test]
fn reasons_are_the_loudest_and_unknown_signals_weigh_as_in_people() {
    let found = |signal, p| Found {
        signal,
        value: 0.0,
        p,
    };
    let none = score(&[]);
    let e: f64 = (-1.0_f64).exp();
    assert!((score(&[found(Signal::Side, e), found(Signal::Shape, e)]) - none).abs() < 1e-12);
    // No more is added than by p = e⁻¹⁵.
    let beyond = [0.0, (-15.0_f64).exp()].map(|p| score(&[found(Signal::Side, p)]));
    assert!((beyond[0] - beyond[1]).abs() < 1e-9);
    let all = [
        found(Signal::Speed, 0.5),
        found(Signal::Agreement, 1e-6),
        found(Signal::Implausible, 1e-9),
        found(Signal::Shape, 0.005),
    ];
    assert_eq!(reasons(&all), [Signal::Agreement, Signal::Shape]);
    assert_eq!(reasons(&all[..1]), [Signal::Speed]);
    assert_eq!(reasons(&[]), []);
}

#[test]
fn too_few_people_are_not_judged() {
    let crowd = Crowd {
        n_people: MIN_PEOPLE - 1,
        n_of_each: 0,
        ..Crowd::default()
    };
    let mut drawn = draw(&crowd, 7);
    let why = judge(&drawn.decisions, &[], APART).unwrap_err();
    assert_eq!(
        why,
        NotJudged::Few {
            n_people: MIN_PEOPLE - 1
        }
    );
    assert!(
        why.to_string()
            .contains("7 of them made 15 decisions or more")
    );
    for decision in &mut drawn.decisions {
        decision.rater.clear();
    }
    let why = judge(&drawn.decisions, &[], APART).unwrap_err();
    assert!(why.to_string().contains("it is not known who decided"));
    let scored = crate::study::score(
        &drawn.decisions,
        &[],
        &Params {
            n_draws: 50,
            seed: 1,
        },
    )
    .unwrap();
    assert!(scored.people.is_none() && scored.warnings.contains(&why.to_string()));
}

#[test]
fn a_scored_study_says_who_stands_out_and_what_remains_without_them() {
    let crowd = Crowd {
        n_people: 60,
        n_of_each: 2,
        n_trials: 30,
        n_images: 60,
        ..Crowd::default()
    };
    let mut drawn = draw(&crowd, 3);
    // Somebody who left after ten decisions.
    drawn
        .decisions
        .retain(|of| of.rater != "person 0007" || of.trial.is_some_and(|place| place <= 10));
    let params = Params {
        n_draws: 100,
        seed: 1,
    };
    let scored = crate::study::score(&drawn.decisions, &drawn.observed, &params).unwrap();
    let people = scored.people.unwrap();
    assert_eq!((people.persons.len(), people.n_left_out), (71, 1));
    assert_eq!(people.observers, ["features", "pixel", "ssim"]);
    let out: Vec<&PersonRow> = people.persons.iter().filter(|row| row.stands_out).collect();
    assert!(
        out.iter()
            .filter(|row| kind_of(&row.rater).is_some())
            .count()
            >= 8,
        "{out:?}"
    );
    assert!(
        out.iter()
            .all(|row| row.score > people.simulated.threshold && !row.why.is_empty())
    );
    let [with, without] = people.without.as_slice() else {
        panic!("{:?}", people.without)
    };
    assert!(!with.is_without && without.is_without);
    assert_eq!((with.n_people, without.n_people), (72, 72 - out.len()));
    let of_out: usize = out.iter().map(|row| row.n).sum();
    assert_eq!(with.n - without.n, of_out as u64);
    assert_eq!(with.n as usize, scored.sets[0].overall.n);
    assert_eq!(Some(with.p), scored.sets[0].clusters.map(|of| of.p));
    // The simulation is of this size, and says so.
    let simulated = &people.simulated;
    assert_eq!((simulated.n_people, simulated.n_trials), (71, 30));
    assert!(simulated.kinds.iter().all(|row| row.n >= 50));
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let crowd = Crowd {
        n_people: 40,
        n_of_each: 2,
        n_trials: 20,
        n_images: 40,
        ..Crowd::default()
    };
    let drawn = draw(&crowd, 3);
    let one = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        pool.install(|| {
            let judged = judge(&drawn.decisions, &drawn.observed, APART).unwrap();
            (judged, evaluate(&crowd, &seeds(3), APART))
        })
    };
    assert!(one(1) == one(2) && one(1) == one(8));
}
