//! What is said of model observers: each arm of its sentences.

use lab_score::study::observers::{
    CeilingRow, Consistency, ObserverKind, ObserverRow, Observers, Over, Permuted, Ranked,
    WeightRow,
};
use lab_score::study::{ClusterRow, StudyRecord, counts};
use serde_json::Value;

use crate::charts;
use crate::pdf::study::StudyPages;
use crate::pdf::write_study;

fn consistency(kappa: Option<f64>) -> Consistency {
    Consistency {
        n: 100,
        observed: 0.6,
        expected: 0.5,
        kappa,
    }
}

/// An observer that is right about 30 of 40 trials, and agrees with people.
fn row(observer: &str) -> ObserverRow {
    ObserverRow {
        observer: observer.into(),
        kind: ObserverKind::of(observer),
        set: "vim-1".into(),
        condition: String::new(),
        accuracy: counts::counted(30.0, 40, 0.5).unwrap(),
        n_ties: 0,
        clusters: None,
        permutation: None,
        people: 0.7,
        ranked: Some(Ranked {
            rho: 0.4,
            interval: Some((0.1, 0.6)),
            n_images: 20,
        }),
        consistency: consistency(Some(0.2)),
    }
}

fn ceiling() -> CeilingRow {
    CeilingRow {
        set: "vim-1".into(),
        condition: String::new(),
        ranked: Some(0.8),
        consistency: Some(consistency(Some(0.3))),
        over: Over::Trials,
    }
}

fn study(rows: Vec<ObserverRow>, ceiling: CeilingRow) -> StudyRecord {
    let mut study = StudyRecord::default();
    study.scores.observers = Observers {
        weights: rows
            .iter()
            .filter(|row| row.kind != ObserverKind::Combination)
            .map(|row| WeightRow {
                set: row.set.clone(),
                condition: row.condition.clone(),
                observer: row.observer.clone(),
                weight: -0.25,
            })
            .collect(),
        rows,
        ceilings: vec![ceiling],
    };
    study
}

fn pages(rows: Vec<ObserverRow>, ceiling: CeilingRow) -> Value {
    serde_json::to_value(StudyPages::of(&study(rows, ceiling), &[])).unwrap()
}

/// The sentences of one observer after a change.
fn said(change: impl FnOnce(&mut ObserverRow, &mut CeilingRow)) -> String {
    let (mut row, mut ceiling) = (row("pixel"), ceiling());
    change(&mut row, &mut ceiling);
    pages(vec![row], ceiling)["observed"].to_string()
}

#[track_caller]
fn holds(text: &str, words: &str) {
    assert!(text.contains(words), "'{words}' is missing in: {text}");
}

#[test]
fn accuracy_is_told_with_its_strictest_test() {
    let text = said(|_, _| {});
    holds(
        &text,
        "pixel is right most often, about 30 of 40 trials (75.0 %), people in 70.0 % of their decisions",
    );
    holds(
        &text,
        "This is more than guessing (p = 0.0011 by the exact binomial test)",
    );
    let clusters = ClusterRow {
        n_images: 20,
        n_raters: None,
        standard_error: 0.1,
        degrees: 19,
        interval: (0.55, 0.95),
        p: 0.2,
        p_holm: 0.3,
        design_effect: 2.0,
    };
    let text = said(|row, _| row.clusters = Some(clusters));
    holds(
        &text,
        "It is not shown to be more than guessing (p = 0.300 with images as clusters)",
    );
    let text = said(|row, _| {
        row.clusters = Some(clusters);
        row.permutation = Some(Permuted {
            p: 0.01,
            p_holm: 0.02,
            n_permutations: 500,
        });
    });
    holds(&text, "(p = 0.020 by permutation of the reconstructions)");
}

#[test]
fn agreement_over_images_has_a_sentence_for_each_case() {
    let text = said(|_, _| {});
    holds(
        &text,
        "the margins of pixel follow people’s difficulties best: Spearman’s ρ = 0.400 over 20 images (95 % interval 0.100 to 0.600",
    );
    holds(&text, "let one expect 0.800 at most");
    let ranked = |low: Option<f64>| {
        Some(Ranked {
            rho: 0.4,
            interval: low.map(|low| (low, 0.6)),
            n_images: 20,
        })
    };
    let text = said(|row, _| row.ranked = ranked(Some(-0.1)));
    holds(&text, "no observer is shown to find the same images easy");
    holds(&text, "−0.100 to 0.600");
    let text = said(|row, _| row.ranked = ranked(None));
    holds(&text, "too few draws of images tell how sure it is");
    let text = said(|_, ceiling| ceiling.ranked = None);
    holds(&text, "do not show that images differ for them");
    let text = said(|row, _| row.ranked = None);
    assert!(!text.contains("Spearman"), "{text}");
}

#[test]
fn error_consistency_stands_beside_that_of_people() {
    let text = said(|_, _| {});
    holds(
        &text,
        "pixel is most often right and wrong where people are (error consistency κ = 0.200 over 100 decisions); people among themselves have κ = 0.300 (100 pairs of decisions about the same trial).",
    );
    let text = said(|row, ceiling| {
        row.consistency = consistency(Some(0.5));
        ceiling.over = Over::Images;
    });
    holds(&text, "about the same image, whatever the foil");
    let text = said(|_, ceiling| ceiling.consistency = None);
    holds(&text, "how far people agree with each other cannot be told");
    let text = said(|row, _| row.consistency = consistency(None));
    assert!(!text.contains("error consistency"), "{text}");
}

#[test]
fn the_combination_is_held_against_the_best_alone() {
    let of = |rho: Option<f64>| {
        let mut combination = row("combination");
        combination.ranked = rho.map(|rho| Ranked {
            rho,
            interval: None,
            n_images: 20,
        });
        combination.accuracy = counts::counted(40.0, 40, 0.5).unwrap();
        pages(
            vec![row("pixel"), row("gabor.energy"), combination],
            ceiling(),
        )
    };
    let text = of(Some(0.5))["observed"].to_string();
    // The combination is no observer alone, however often it is right.
    holds(&text, "of 2 model observers, pixel is right most often");
    holds(
        &text,
        "other images, is right about 40 of 40 trials (100.0 %); over images it agrees with people by ρ = 0.500, the best observer alone by 0.400.",
    );
    let text = of(None)["observed"].to_string();
    holds(&text, "40 of 40 trials (100.0 %).");
    let methods = of(None)["methods"].to_string();
    holds(&methods, "ridge λ = 1;");
    assert!(!methods.contains("Permutation"), "{methods}");
    let weights = of(None)["weights"].to_string();
    holds(&weights, "\"gabor.energy\",\"−0.250\"");
}

#[test]
fn methods_speak_of_what_there_is() {
    let none = serde_json::to_value(StudyPages::of(&StudyRecord::default(), &[])).unwrap();
    assert!(none["observed"].as_array().unwrap().is_empty());
    assert!(!none["methods"].to_string().contains("Model observers"));
    let mut one = row("pixel");
    one.permutation = Some(Permuted {
        p: 0.01,
        p_holm: 0.02,
        n_permutations: 500,
    });
    let mut low = ceiling();
    low.ranked = None;
    let methods = pages(vec![one], low)["methods"].to_string();
    holds(&methods, "/(1 + 500) with 500 permutations");
    assert!(
        !methods.contains("combination is a logistic") && !methods.contains("V(noise)"),
        "{methods}"
    );
    holds(
        &pages(vec![row("pixel")], ceiling())["methods"].to_string(),
        "V(noise)",
    );
}

#[test]
fn the_section_is_set_with_its_chart() {
    let mut second = row("ssim");
    second.ranked = Some(Ranked {
        rho: -0.3,
        interval: Some((-0.6, 0.1)),
        n_images: 20,
    });
    let mut study = study(
        vec![row("pixel"), second, row("luminance"), row("combination")],
        ceiling(),
    );
    study.facts.title = "A study".into();
    let folder = tempfile::tempdir().unwrap();
    let figures = charts::write_study(&study, folder.path()).unwrap();
    assert_eq!(figures.len(), 1);
    assert!(
        figures[0].caption.contains("Last row"),
        "{}",
        figures[0].caption
    );
    let path = folder.path().join("study.pdf");
    write_study(&study, &figures, &path).unwrap();
    assert!(std::fs::read(path).unwrap().starts_with(b"%PDF-"));
    // Without a ceiling there is no last row.
    study.scores.observers.ceilings[0].ranked = None;
    let figures = charts::write_study(&study, folder.path()).unwrap();
    assert!(!figures[0].caption.contains("Last row"));
}
