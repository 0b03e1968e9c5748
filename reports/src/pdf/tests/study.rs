//! A study's document, and each arm of its sentences.

use lab_score::study::printed;
use lab_score::study::{Decision, Kind, Params, StudyFacts, StudyRecord, score};

use crate::charts;
use crate::pdf::study::StudyPages;
use crate::pdf::{findings_of_study, write_study};

/// Decisions about 20 images by 5 raters; the rule says which are right.
fn decisions(set: &str, is_correct: impl Fn(usize, usize) -> bool) -> Vec<Decision> {
    let one = |image: usize, rater: usize| Decision {
        set: set.into(),
        condition: String::new(),
        subject: String::new(),
        image: format!("image-{image}"),
        distractors: Vec::new(),
        rater: format!("rater-{rater}"),
        n_alternatives: 2,
        is_correct: is_correct(image, rater),
        side: None,
        answer: None,
        rt_ms: None,
        trial: None,
        kind: Kind::Trial,
    };
    (0..20)
        .flat_map(|image| (0..5).map(move |rater| (image, rater)))
        .map(|(image, rater)| one(image, rater))
        .collect()
}

fn study(decisions: &[Decision]) -> StudyRecord {
    StudyRecord {
        facts: StudyFacts {
            title: "A study".into(),
            sources: vec!["decisions.csv".into()],
            hash: "0123456789abcdef".into(),
            version: "lab 0.0.0".into(),
            seed: 1,
            n_draws: 500,
            ..StudyFacts::default()
        },
        scores: score(
            decisions,
            &[],
            &Params {
                n_draws: 500,
                seed: 1,
            },
        )
        .unwrap(),
        printed: Vec::new(),
    }
}

#[test]
fn the_mixed_model_is_described_where_it_was_fitted() {
    let words = |is_correct: fn(usize, usize) -> bool| {
        let pages = StudyPages::of(&study(&decisions("a", is_correct)), &[]);
        serde_json::to_value(pages).unwrap()
    };
    let fitted = words(|image, rater| (image * 7 + rater * 3) % 5 > 0);
    assert_eq!(fitted["mixed"]["rows"].as_array().unwrap().len(), 1);
    assert!(fitted["methods"].to_string().contains("Mixed model"));
    // All alike: the model is refused, and a warning says why.
    let refused = words(|_, _| true);
    assert_eq!(refused["mixed"]["rows"].as_array().unwrap().len(), 0);
    assert!(!refused["methods"].to_string().contains("Mixed model"));
    assert!(
        refused["warnings"]
            .to_string()
            .contains("mixed model: all decisions")
    );
}

fn finding(is_correct: impl Fn(usize, usize) -> bool) -> String {
    findings_of_study(&study(&decisions("a", is_correct)))[0].clone()
}

#[test]
fn each_verdict_has_its_sentence() {
    let better = finding(|image, rater| (image + rater) % 5 > 0);
    assert!(
        better.contains("80 of 100 decisions are right, 80.0 %"),
        "{better}"
    );
    assert!(better.ends_with("This is more than guessing."), "{better}");
    // Thirteen images on which all agree: 65 of 100, which independence would call more than guessing.
    let shared = finding(|image, _| image < 13);
    assert!(
        shared.contains("If all decisions were independent"),
        "{shared}"
    );
    let chance = finding(|image, rater| (image + rater) % 2 == 0);
    assert!(
        chance.ends_with("It is not shown to be more than guessing."),
        "{chance}"
    );
    // All alike: nothing tells how decisions depend on each other.
    let alike = finding(|_, _| true);
    assert!(
        alike.contains("which these decisions cannot tell"),
        "{alike}"
    );
}

#[test]
fn brains_and_printed_figures_have_theirs() {
    let mut all = Vec::new();
    for brain in ["s1", "s2", "s3"] {
        let of = decisions("a", |image, rater| brain == "s3" || (image + rater) % 5 > 0);
        all.extend(of.into_iter().map(|one| Decision {
            subject: brain.into(),
            ..one
        }));
    }
    let mut study = study(&all);
    study.printed = [("75.5", 50), ("67.6", 250), ("50.0", 50)]
        .map(|(text, n)| printed::row("vim-1", "images", text, n, 0.5).unwrap())
        .into();
    let said = findings_of_study(&study);
    assert!(said[1].contains("in 3 of 3 brains"), "{}", said[1]);
    assert!(
        said[2]
            .contains("75.5 % of 50 images is impossible: 37 of 50 are 74.0 %, and 38 are 76.0 %"),
        "{}",
        said[2]
    );
    assert!(
        said[3].contains("169 of 250 images are right, 67.6 %")
            && said[3].contains("which counts cannot tell"),
        "{}",
        said[3]
    );
    assert!(
        said[4].ends_with("not shown to be more than guessing."),
        "{}",
        said[4]
    );
}

#[test]
fn the_document_is_set_alike_twice() {
    let mut study = study(&decisions("a", |image, rater| (image + rater) % 5 > 0));
    study.facts.simulated = Some("Nobody answered.".into());
    let folder = tempfile::tempdir().unwrap();
    let figures = charts::write_study(&study, folder.path()).unwrap();
    let bytes = ["one.pdf", "two.pdf"].map(|name| {
        let path = folder.path().join(name);
        write_study(&study, &figures, &path).unwrap();
        std::fs::read(path).unwrap()
    });
    assert!(bytes[0].starts_with(b"%PDF-"));
    assert_eq!(bytes[0], bytes[1]);
}
