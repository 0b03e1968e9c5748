//! The chapter "Are these people?": each arm of its sentences.

use lab_score::study::people::{
    AgentKind, Evaluation, Found, KindRow, People, PersonRow, Signal, WithoutRow,
};
use lab_score::study::{StudyRecord, StudyScores};
use serde_json::Value;

use crate::charts;
use crate::pdf::study::StudyPages;

fn person(place: usize, stands_out: bool) -> PersonRow {
    let found = |signal, p| Found {
        signal,
        value: 1.0,
        p,
    };
    PersonRow {
        rater: format!("r{place}"),
        n: 60,
        found: vec![
            found(Signal::Agreement, if stands_out { 1e-5 } else { 0.5 }),
            found(Signal::Speed, 0.004),
            found(Signal::Side, 0.3),
            found(Signal::Catch, 1.0),
        ],
        observer: "pixel".into(),
        score: if stands_out { 12.0 } else { 3.0 },
        stands_out,
        why: if stands_out {
            vec![Signal::Agreement, Signal::Speed]
        } else {
            Vec::new()
        },
    }
}

fn kind(kind: AgentKind, n_found: usize) -> KindRow {
    KindRow {
        kind,
        n: 50,
        n_found,
        interval: (0.5, 0.99),
        area: 0.9,
        curve: vec![(0.0, 0.5), (0.04, 0.9), (1.0, 1.0)],
    }
}

fn row(is_without: bool, n: u64, p: f64) -> WithoutRow {
    WithoutRow {
        set: "vim-1".into(),
        condition: String::new(),
        is_without,
        n_people: 20,
        n_correct: n / 2 + n / 10,
        n,
        interval: (n > 0).then_some((0.5, 0.7)),
        p,
    }
}

/// So many people, of whom so many stand out.
fn people(n: usize, n_out: usize) -> People {
    People {
        persons: (0..n).map(|place| person(place, place < n_out)).collect(),
        n_left_out: 0,
        observers: vec!["pixel".into()],
        without: Vec::new(),
        simulated: Evaluation {
            n_people: n,
            n_trials: 60,
            n_studies: 5,
            threshold: 8.0,
            kinds: vec![kind(AgentKind::Pixel, 49), kind(AgentKind::Coin, 40)],
            n_people_drawn: 1000,
            n_people_named: 30,
            n_guessers: 40,
            n_guessers_named: 20,
            interval: (0.02, 0.04),
            curve: Vec::new(),
            area: 0.95,
        },
    }
}

fn study(people: People) -> StudyRecord {
    StudyRecord {
        scores: StudyScores {
            people: Some(people),
            ..StudyScores::default()
        },
        ..StudyRecord::default()
    }
}

fn chapter(people: People) -> Value {
    let pages = StudyPages::of(&study(people), &[]);
    serde_json::to_value(pages).unwrap()["people"].take()
}

fn said(people: People) -> String {
    chapter(people)["findings"].to_string()
}

#[test]
fn how_many_stand_out_is_held_against_the_simulation() {
    assert!(said(people(100, 0)).contains("None of 100 people stands out."));
    let one = said(people(100, 1));
    assert!(one.contains("1 of 100 people stands out (1.0 %)"), "{one}");
    assert!(
        one.contains("So many are to be expected of people alone: the rule names 3.0 % of people in simulated"),
        "{one}"
    );
    let many = said(people(100, 12));
    assert!(
        many.contains("12 of 100 people stand out (12.0 %). That is more than"),
        "{many}"
    );
    assert!(many.contains("To stand out is no verdict"), "{many}");
}

#[test]
fn who_could_not_be_looked_at_is_counted() {
    assert!(!said(people(20, 0)).contains("could not be looked at"));
    for (n_left_out, words) in [
        (1, "1 person made fewer than 15"),
        (3, "3 people made fewer than 15"),
    ] {
        let people = People {
            n_left_out,
            ..people(20, 0)
        };
        assert!(said(people).contains(words));
    }
}

#[test]
fn a_signal_that_nobody_has_is_said_to_be_missing() {
    let sentences = [
        (Signal::Agreement, "No model observer answered"),
        (Signal::Speed, "No reaction times are known"),
        (Signal::Side, "not known where the right ones stood"),
        (Signal::Catch, "There were no attention checks."),
    ];
    for (signal, sentence) in sentences {
        assert!(!said(people(20, 0)).contains(sentence));
        let mut without = people(20, 0);
        for person in &mut without.persons {
            person.found.retain(|found| found.signal != signal);
        }
        assert!(said(without).contains(sentence), "{signal:?}");
    }
}

#[test]
fn what_the_rule_finds_is_told_by_the_goal_and_is_simulated() {
    let both = said(people(20, 0));
    assert!(both.contains("In 5 simulated studies of 20 people with 60 decisions each the rule found 95 % or more of these scripted agents: pixel observer 98.0 %."), "{both}");
    assert!(
        both.contains("of people who guess throughout, 20 of 40"),
        "{both}"
    );
    assert!(
        both.contains("does not tell these from people well enough: coin 80.0 %."),
        "{both}"
    );
    let mut all = people(20, 0);
    all.simulated.kinds.truncate(1);
    all.simulated.n_guessers = 0;
    let all = said(all);
    assert!(
        !all.contains("well enough") && !all.contains("guess throughout"),
        "{all}"
    );
    let mut none = people(20, 0);
    none.simulated.kinds.remove(0);
    assert!(said(none).contains("found 95 % of no kind of scripted agent"));
}

#[test]
fn results_with_and_without_are_compared() {
    let with = |p: f64, other: f64, n: u64| {
        let without = vec![row(false, 1000, p), row(true, n, other)];
        said(People {
            without,
            ..people(20, 2)
        })
    };
    let same = with(0.001, 0.002, 900);
    assert!(same.contains("vim-1: with everybody 60.0 % (p = 0.0010) of the decisions are right, without those who stand out 60.0 % (p = 0.0020)"), "{same}");
    assert!(
        same.contains("what is concluded at 0.05 is the same"),
        "{same}"
    );
    assert!(with(0.2, 0.3, 900).contains("is the same"));
    assert!(with(0.04, 0.06, 900).contains("what is concluded at 0.05 depends on them"));
    assert!(with(0.04, 1.0, 0).contains("vim-1: without those who stand out no decision remains."));
    let tables = chapter(People {
        without: vec![row(false, 1000, 0.04), row(true, 0, 1.0)],
        ..people(20, 2)
    });
    assert_eq!(
        tables["without"]["rows"][1][1],
        "without those who stand out"
    );
    assert_eq!(tables["without"]["rows"][1][4], "–");
    assert_eq!(
        tables["out"]["rows"][0][1],
        "answers like the observer pixel (p < 0.0001); fast (p = 0.0040)"
    );
}

#[test]
fn the_chapter_says_both_sides_and_stands_only_where_it_can_be_asked() {
    let with = chapter(people(20, 1));
    let dispute = with["dispute"].to_string();
    for figure in [
        "99.8 % of 6,000",
        "97.1 % of 526",
        "4.1 % of 1,007",
        "Doubts",
        "Warnings",
    ] {
        assert!(dispute.contains(figure), "{figure}");
    }
    assert!(
        with["methods"]
            .to_string()
            .contains("Agreement beyond the human ceiling")
    );
    let blind = People {
        observers: Vec::new(),
        ..people(20, 1)
    };
    assert!(
        !chapter(blind)["methods"]
            .to_string()
            .contains("human ceiling")
    );
    let none = serde_json::to_value(StudyPages::of(&StudyRecord::default(), &[])).unwrap();
    assert!(none["people"].is_null());
}

#[test]
fn its_figures_stand_in_the_chapter_and_its_tables_beside_the_others() {
    let mut some = people(20, 2);
    some.without = vec![row(false, 1000, 0.04), row(true, 900, 0.06)];
    let study = study(some);
    let folder = tempfile::tempdir().unwrap();
    crate::write_study(&study, folder.path()).unwrap();
    let figures = charts::write_study(&study, folder.path()).unwrap();
    let pages = serde_json::to_value(StudyPages::of(&study, &figures)).unwrap();
    assert_eq!(pages["figures"].as_array().unwrap().len(), 0);
    assert_eq!(pages["people"]["figures"].as_array().unwrap().len(), 2);
    let read =
        |name: &str| std::fs::read_to_string(folder.path().join("tables").join(name)).unwrap();
    assert!(read("people.csv").contains("r0,60,12.0,8.0,true,agreement; speed,pixel,1.0,"));
    assert_eq!(read("people.csv").lines().count(), 21);
    assert_eq!(read("people_without.csv").lines().count(), 3);
    assert!(read("people_simulated.csv").contains("coin,50,40,"));
}
