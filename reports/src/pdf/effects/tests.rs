//! A sentence for every verdict, and the chapter as a PDF.

use lab_score::effects::{EffectRow, Effects, Figure, Spread, SpreadOver, Verdict};

use super::{EffectsChapter, EffectsQuestion, details, finding, findings, write_effects};
use crate::charts;
use crate::pdf::Table;

fn row(figure: Figure, condition: &str, verdict: Verdict) -> EffectRow {
    let is_there = verdict != Verdict::Empty;
    let value = match verdict {
        Verdict::Same => 0.0,
        Verdict::Better => 0.052,
        _ => -0.052,
    };
    let over = if verdict == Verdict::OneSeed {
        SpreadOver::Images
    } else {
        SpreadOver::ImagesAndSeeds
    };
    EffectRow {
        question: "terms".into(),
        variant: "no pixels".into(),
        condition: condition.into(),
        figure,
        observer: "pixel".into(),
        base: is_there.then_some(0.9),
        own: is_there.then_some(0.9 + value),
        value: is_there.then_some(value),
        by_seed: if is_there {
            vec![(1, value)]
        } else {
            Vec::new()
        },
        n_images: 72,
        spread: (is_there && verdict != Verdict::Same).then_some(Spread {
            interval: (value - 0.02, value + 0.02),
            standard_error: 0.01,
            degrees: 5.0,
            over,
        }),
        smallest: (verdict == Verdict::NotToldApart).then_some(0.0312),
        p_sign_flip: is_there.then_some(0.0001),
        p_holm: is_there.then_some(0.0042),
        missing: if is_there {
            Vec::new()
        } else {
            vec![(2, "it is failed".into())]
        },
        verdict,
    }
}

fn said(rows: &[EffectRow]) -> (String, Vec<String>) {
    let rows: Vec<&EffectRow> = rows.iter().collect();
    (
        finding("no pixels", &rows, false, 0.95),
        details("no pixels", &rows, 0.95),
    )
}

#[test]
fn every_verdict_has_its_sentences() {
    let number = "−5.2 points, 95 % interval −7.2 to −3.2, p = 0.0042 by Holm's correction";
    for (verdict, expected, detail) in [
        (
            Verdict::Worse,
            "no pixels: worse: identification by pixels −5.2 points at snr=1.",
            format!("worse in identification by pixels ({number})"),
        ),
        (
            Verdict::Better,
            "no pixels: better: identification by pixels +5.2 points at snr=1.",
            "better in identification by pixels (+5.2 points".into(),
        ),
        (
            Verdict::TheseSeeds,
            "no pixels: worse with these seeds (identification by pixels −5.2 points at snr=1); seeds differ so much",
            format!("worse in identification by pixels with these seeds ({number}), and seeds differ as much"),
        ),
        (
            Verdict::OneSeed,
            "no pixels: worse with the one seed (identification by pixels −5.2 points at snr=1); whether by the choice or by the chance",
            "worse in identification by pixels with the one seed (−5.2 points, 95 % interval over images alone −7.2".into(),
        ),
        (
            Verdict::NotToldApart,
            "no pixels: not told apart from the base; in identification by pixels anything from −7.2 to −3.2 points may be so at snr=1 \
             (95 % interval). 1 of 1 intervals leaves out zero, which decides nothing",
            format!("not told apart in identification by pixels ({number})"),
        ),
        (
            Verdict::Same,
            "no pixels: the same as the base for every image: it changes nothing in these runs.",
            "identification by pixels is the same for every image".into(),
        ),
        (
            Verdict::Empty,
            "no pixels: no score can be compared. Empty: seed 2, it is failed.",
            "identification by pixels is empty. Empty: seed 2, it is failed.".into(),
        ),
    ] {
        let (found, details) = said(&[row(Figure::Pixels, "snr=1", verdict)]);
        assert!(found.starts_with(expected), "{found}\nin place of\n{expected}");
        assert!(
            details[0].starts_with(&format!("no pixels at snr=1: {detail}")),
            "{}\nin place of\n{detail}",
            details[0]
        );
    }
}

#[test]
fn what_is_certain_and_what_is_not_are_told_together() {
    let mut up = row(Figure::Similarity, "snr=1", Verdict::TheseSeeds);
    up.value = Some(0.03);
    let rows = [
        row(Figure::Pixels, "snr=2", Verdict::Worse),
        row(Figure::Classes, "snr=1", Verdict::TheseSeeds),
        up,
    ];
    let (found, details) = said(&rows);
    assert_eq!(
        found,
        "no pixels: worse: identification by pixels −5.2 points at snr=2. And worse with these seeds (class accuracy −5.2 points at \
         snr=1) and better with these seeds (pixel correlation +0.030 at snr=1); seeds differ so much among each other that other \
         ones may show no difference."
    );
    assert!(details[1].contains("better in pixel correlation with these seeds (+0.030"));
    let mut alone = row(Figure::Pixels, "", Verdict::NotToldApart);
    alone.spread.as_mut().unwrap().over = SpreadOver::Images;
    assert!(
        said(&[alone])
            .0
            .contains("(95 % interval, over images alone with one seed).")
    );
}

#[test]
fn what_may_be_so_spans_all_conditions_and_zero_left_out_is_explained() {
    let around = |condition: &str, interval: (f64, f64)| {
        let mut row = row(Figure::Pixels, condition, Verdict::NotToldApart);
        row.spread.as_mut().unwrap().interval = interval;
        row
    };
    let rows = [
        around("snr=1", (-0.049, -0.010)),
        around("snr=2", (-0.016, 0.029)),
    ];
    let (found, _) = said(&rows);
    assert_eq!(
        found,
        "no pixels: not told apart from the base; in identification by pixels anything from −4.9 to +2.9 points may be so (95 % \
         interval of each of 2 conditions). 1 of 2 intervals leaves out zero, which decides nothing: of so many, each at 95 %, some \
         do by chance (Holm's correction over all tests)."
    );
    let (found, _) = said(&[around("", (0.001, 0.029)), around("", (0.002, 0.03))]);
    assert!(
        found.contains(" 2 of 2 intervals leave out zero"),
        "{found}"
    );
    let mut mixed = rows.clone();
    mixed[1].spread.as_mut().unwrap().over = SpreadOver::Images;
    let (found, _) = said(&mixed);
    assert!(
        found.contains("2 conditions, over images alone where there is one seed)"),
        "{found}"
    );
    let (found, _) = said(&rows[1..]);
    assert!(found.ends_with("at snr=2 (95 % interval)."), "{found}");
}

#[test]
fn what_is_empty_names_each_reason_once() {
    let empty = |figure: Figure, condition: &str| {
        let mut row = row(figure, condition, Verdict::Empty);
        row.missing = (1..4)
            .map(|seed| (seed, "it is not begun".into()))
            .collect();
        row.missing[0].1 = "its base is failed".into();
        row
    };
    let rows = [
        empty(Figure::Pixels, "snr=1"),
        empty(Figure::Classes, "snr=1"),
    ];
    let (found, details) = said(&rows);
    let reasons = "Empty: seed 1, its base is failed; seeds 2, 3, it is not begun.";
    assert_eq!(
        found,
        format!("no pixels: no score can be compared. {reasons}")
    );
    assert_eq!(
        details,
        [format!(
            "no pixels at snr=1: every score is empty. {reasons}"
        )]
    );
}

#[test]
fn methods_name_the_least_p_and_who_judged() {
    let mut classes = row(Figure::Classes, "", Verdict::Worse);
    (classes.observer, classes.p_sign_flip) = ("convnet".into(), Some(1.0 / 10_001.0));
    let effects = Effects {
        rows: vec![classes, row(Figure::Pixels, "", Verdict::Worse)],
        confidence: 0.95,
        n_sign_flips: 10_000,
    };
    let words = super::statistics(&effects).join(" ");
    for part in [
        "The least p that 10000 random signs can give is",
        "over 2 tests; 2 stand at it",
        "the classifier convnet names",
    ] {
        assert!(words.contains(part), "{part} is missing in {words}");
    }
    assert!(!words.contains("could have been seen"), "{words}");
    let nothing = Effects {
        rows: Vec::new(),
        confidence: 0.95,
        n_sign_flips: 0,
    };
    let words = super::statistics(&nothing).join(" ");
    assert!(!words.contains("least p") && !words.contains("classifier"));
}

#[test]
fn what_paper_base_and_variants_have_stands_in_place_of_codes() {
    let mut question = EffectsQuestion {
        variants: vec![("cut".into(), "losses.1.1.binarisation=Detached".into())],
        ..EffectsQuestion::default()
    };
    let table = super::changes(&question);
    assert_eq!(table.rows, [["cut", "losses.1.1.binarisation=Detached"]]);
    let cells = |of: [&str; 2]| of.map(str::to_owned).to_vec();
    question.changes = Table {
        columns: cells(["variant", "setting"]),
        rows: vec![
            cells(["cut", "binarisation of feature presence"]),
            cells(["cut", "detached of feature magnitude"]),
            cells(["other", "seed"]),
        ],
    };
    let first: Vec<String> = super::changes(&question)
        .rows
        .iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(first, ["cut", "", "other"]);
}

#[test]
fn equal_runs_of_toy_size_and_pairs_without_a_reason_are_told_as_such() {
    let same = row(Figure::Pixels, "", Verdict::Same);
    let found = finding("no pixels", &[&same], true, 0.95);
    assert!(
        found.contains("may have been cut down to toy size"),
        "{found}"
    );
    let mut empty = row(Figure::Pixels, "", Verdict::Empty);
    empty.missing.clear();
    let found = finding("no pixels", &[&empty], false, 0.95);
    assert_eq!(found, "no pixels: empty; no pair of runs is finished.");
}

#[test]
fn conditions_and_scores_are_told_together() {
    let rows = [
        row(Figure::Pixels, "snr=1", Verdict::Worse),
        row(Figure::Classes, "snr=1", Verdict::Better),
        row(Figure::Pixels, "snr=2", Verdict::Worse),
        row(Figure::Classes, "snr=2", Verdict::Empty),
    ];
    let (found, details) = said(&rows);
    assert_eq!(
        found,
        "no pixels: better in some scores (class accuracy +5.2 points at snr=1) and worse in others (identification by pixels \
         −5.2 points at snr=1 and −5.2 points at snr=2). 1 of 4 cells are empty."
    );
    assert_eq!(details.len(), 2);
    // A correlation has no points.
    let (_, details) = said(&[row(Figure::Similarity, "", Verdict::Worse)]);
    assert!(
        details[0].starts_with(
            "no pixels: worse in pixel correlation (−0.052, 95 % interval −0.072 to −0.032"
        ),
        "{}",
        details[0]
    );
}

#[test]
fn the_chapter_is_set_and_the_same_words_give_the_same_bytes() {
    let verdicts = [
        Verdict::Empty,
        Verdict::Same,
        Verdict::Worse,
        Verdict::NotToldApart,
    ];
    let rows = verdicts.into_iter().zip(Figure::ALL);
    let effects = Effects {
        rows: rows
            .map(|(verdict, figure)| row(figure, "snr=1", verdict))
            .collect(),
        confidence: 0.95,
        n_sign_flips: 10_000,
    };
    let chapter = EffectsChapter {
        title: "What each choice is worth".into(),
        description: "$x$ #panic() *stars*".into(),
        simulated: Some("The responses are simulated.".into()),
        questions: vec![EffectsQuestion {
            name: "terms".into(),
            about: "What does each term add?".into(),
            base: "base.ron".into(),
            variants: vec![("no pixels".into(), "losses.0.0=0".into())],
            ..EffectsQuestion::default()
        }],
        failed: vec![("seed=2".into(), "error: *no* [disk]".into())],
        runs: (
            Table {
                columns: vec!["seed".into(), "figure".into()],
                rows: vec![vec!["1".into(), "0.5".into()]],
            },
            1,
        ),
        id: "abc".into(),
        ..EffectsChapter::default()
    };
    assert_eq!(findings(&chapter, &effects).len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let figures = charts::write_effects(&effects, folder.path()).unwrap();
        // A score that no variant has is no chart.
        assert_eq!(figures.len(), 3);
        let path = folder.path().join(name);
        write_effects(&chapter, &effects, &figures, &path).unwrap();
        std::fs::read(path).unwrap()
    };
    let one = write("one.pdf");
    assert!(one.starts_with(b"%PDF"));
    assert!(one == write("two.pdf"));
    let [_, csv] = crate::tables::write_effects(&effects, folder.path()).unwrap();
    let csv = std::fs::read_to_string(csv).unwrap();
    assert!(
        csv.contains("terms,no pixels,snr=1,class_accuracy,pixel,0.9"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 5);
}
