//! `lab study`: tables of decisions from anywhere, scored by themselves and as a chapter of a run's report.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use lab_study::Study;
use lab_study::design::Side;
use lab_study::store::{Arrival, Store};

use crate::finished::{finished, json};
use crate::lab_test::{LabTest, contents, root};

/// Twenty images, each judged by five of ten people; four of five are right.
fn decisions() -> String {
    let mut text = "set,image,distractor,rater,correct,rt_ms,trial\n".to_owned();
    for image in 0..20 {
        for place in 0..5 {
            let (rater, foil) = ((image + place) % 10, (image + place + 1) % 20);
            let correct = u8::from((image * 3 + place) % 5 > 0);
            let _ = writeln!(
                text,
                "vim-1,{image},{foil},r{rater},{correct},{},{image}",
                500 + 10 * place
            );
        }
    }
    text
}

#[test]
fn decisions_are_scored_with_and_without_what_they_share() {
    let lab = LabTest::new();
    lab.write("decisions.csv", decisions());
    let score = |out: &str| lab.lab(&["study", "score", "decisions.csv", "--out", out]);
    let ended = score("one");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .contains("vim-1: 80 of 100 decisions are right, 80.0 %"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.ends_with("one/study.pdf\n"),
        "{}",
        ended.stdout
    );
    let files: Vec<String> = contents(&lab.path("one")).into_keys().collect();
    for file in [
        "figures/study_sets.svg",
        "study.json",
        "study.pdf",
        "tables/images.csv",
        "tables/raters.parquet",
        "tables/sets.csv",
    ] {
        assert!(files.iter().any(|name| name == file), "{files:?}");
    }
    // The same bytes again, over what is there.
    let before = contents(&lab.path("one"));
    assert_eq!(score("one").code, 0);
    assert_eq!(contents(&lab.path("one")), before);
    let study = json(&lab.path("one/study.json"));
    let set = &study["scores"]["sets"][0];
    // scipy.stats.binomtest(80, 100, .5, alternative="greater").pvalue
    let p = set["overall"]["p"].as_f64().unwrap();
    assert!((p / 5.579_544_528_625_976e-10 - 1.0).abs() < 1e-6, "{p}");
    assert!(set["clusters"]["p"].as_f64().unwrap() < 0.01, "{set}");
    assert!(set["mixed"]["p"].as_f64().unwrap() < 0.01, "{set}");
    lab.write("mine.txt", "mine");
    lab.complains(
        &["study", "score", "decisions.csv", "--out", "."],
        &["which no report put there", "new or empty folder"],
    );
}

#[test]
fn the_papers_figure_is_reproduced_and_its_impossible_number_is_said() {
    let lab = LabTest::new();
    let counts = root().join("experiments/study/figure9.csv");
    let ended = lab.lab(&[
        "study",
        "score",
        counts.to_str().unwrap(),
        "--out",
        "figure9",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for words in [
        "vim-1: 169 of 250 decisions are right, 67.6 %",
        "GOD: 161 of 250 decisions are right, 64.4 %",
        "BRAINS: 52 of 70 images are right, 74.3 %",
        "vim-1: 75.5 % of 50 images is impossible: 37 of 50 are 74.0 %, and 38 are 76.0 %",
        "GOD: 75.5 % of 50 images is impossible",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.stdout);
    }
    let rows = fs::read_to_string(lab.path("figure9/tables/printed.csv")).unwrap();
    // 75 % of 350 could be four counts.
    assert_eq!(rows.matches("BRAINS,decisions,75,").count(), 4, "{rows}");
}

#[test]
fn tables_of_other_tools_become_ours() {
    let lab = LabTest::new();
    lab.write(
        "batch.csv",
        "HITId,WorkerId,Input.picture,Input.side,Answer.choice\nH1,A1,7,left,left\nH2,A2,7,right,left\n",
    );
    let import = ["study", "import", "batch.csv", "--out", "decisions.csv"];
    lab.complains(
        &import,
        &[
            "'batch.csv'",
            "column for image",
            "Input.picture",
            "--map image=COLUMN",
        ],
    );
    let mapped = [&import[..], &["--map", "image=Input.picture"]].concat();
    let ended = lab.lab(&mapped);
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (0, "decisions.csv\n"),
        "{}",
        ended.stderr
    );
    let text = fs::read_to_string(lab.path("decisions.csv")).unwrap();
    assert!(
        text.contains(",7,,A1,2,1,left,left,") && text.contains(",7,,A2,2,0,right,left,"),
        "{text}"
    );
    lab.complains(&mapped, &["'decisions.csv' exists already"]);
    lab.complains(&["study", "score", "missing.csv"], &["missing.csv"]);
    lab.complains(
        &["study", "score", "batch.csv", "--map", "picture=x"],
        &["'picture' is no field"],
    );
}

#[test]
fn a_runs_report_takes_a_chapter_on_what_people_chose() {
    let lab = LabTest::new();
    lab.write("decisions.csv", decisions());
    let run = finished().display().to_string();
    let report = ["report", &run, "--study", "decisions.csv"];
    lab.complains(&report, &["--out"]);
    let ended = lab.lab(&[&report[..], &["--out", "with"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(lab.path("with/tables/study/sets.csv").exists());
    assert!(lab.path("with/study.json").exists());
    let (with, without) = (
        fs::read(lab.path("with/report.pdf")).unwrap(),
        fs::read(finished().join("report.pdf")).unwrap(),
    );
    assert!(with.len() > without.len());
}

/// A study of the finished run that six people answered, one of them wrongly at every third trial.
fn answered_study(lab: &LabTest) {
    let run = finished().display().to_string();
    let build = [
        "study",
        "build",
        &run,
        "--participants",
        "6",
        "--out",
        "study",
    ];
    let ended = lab.lab(&build);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let study = Arc::new(Study::open(&lab.path("study")).unwrap());
    let mut store = Store::open(Arc::clone(&study), lab_study::clock::machine).unwrap();
    for token in ["a", "b", "c", "d", "e", "f"] {
        let arrived = store.arrive(&Arrival::default(), token, token);
        let person = arrived.unwrap().unwrap();
        store.instructed(&person, true, true).unwrap();
        let list = person.list;
        for row in study.key.iter().filter(|row| row.list == list) {
            let person = store.person(token).unwrap().unwrap();
            let other = match row.side {
                Side::Left => Side::Right,
                Side::Right => Side::Left,
            };
            let is_wrong = (row.trial + list).is_multiple_of(3);
            let side = if is_wrong { other } else { row.side };
            store
                .answer(&person, row.trial, side, 650.0)
                .unwrap()
                .unwrap();
        }
    }
}

#[test]
fn a_studys_folder_is_scored_with_observers_that_look_at_its_pictures() {
    let lab = LabTest::new();
    answered_study(&lab);
    let ended = lab.lab(&["study", "score", "study"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.ends_with("study-scored/study.pdf\n"),
        "{}",
        ended.stdout
    );
    let study = json(&lab.path("study-scored/study.json"));
    let rows = study["scores"]["observers"]["rows"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["observer"].as_str().unwrap())
        .collect();
    let expected = [
        "pixel",
        "ssim",
        "alexnet.conv1",
        "alexnet.conv2",
        "convnet.conv1",
        "convnet.conv2",
        "convnet.conv3",
        "gabor.energy",
        "contrast",
        "luminance",
        "orientation",
        "combination",
    ];
    assert_eq!(names, expected);
    let facts = &study["facts"];
    assert!(
        facts["toy"].as_str().unwrap().contains("--smoke"),
        "{facts}"
    );
    let notes = facts["notes"].to_string();
    assert!(
        notes.contains("looked through alexnet.conv1, alexnet.conv2"),
        "{notes}"
    );
    for file in [
        "figures/study_observers.svg",
        "tables/observers.csv",
        "tables/observers_trials.parquet",
    ] {
        assert!(lab.path("study-scored").join(file).exists(), "{file}");
    }
    // The same from tables: the exported decisions, and what the observers made of all pairs.
    for command in [
        &["study", "observe", "study", "--out", "observers.csv"][..],
        &["study", "export", "study", "--out", "answers"],
        &[
            "study",
            "score",
            "answers/decisions.csv",
            "--observers",
            "observers.csv",
            "--out",
            "two",
        ],
    ] {
        let ended = lab.lab(command);
        assert_eq!(ended.code, 0, "{command:?}: {}", ended.stderr);
    }
    let again = json(&lab.path("two/study.json"));
    assert_eq!(again["scores"], study["scores"]);
    assert_eq!(again["facts"]["hash"], facts["hash"]);
    let report = [
        "report",
        &finished().display().to_string(),
        "--study",
        "study",
        "--out",
        "with",
    ];
    let ended = lab.lab(&report);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(lab.path("with/tables/study/observers.csv").exists());
    as_the_run_scored_them(&fs::read_to_string(lab.path("observers.csv")).unwrap());
}

/// Over all pairs of images, an observer is right as often as the run's own scores of the same reconstructions say; pictures of
/// eight bits may turn a close pair.
fn as_the_run_scored_them(table: &str) {
    let record = json(&finished().join("record.json"));
    let mut n_compared = 0;
    for score in record["scores"].as_array().unwrap() {
        let is_asked = score["condition"] == "Decoder"
            && score["statistic"] == "PairwiseIdentification"
            && score["direction"] == "OriginalToReconstructions"
            && score["pool"].as_str().unwrap().starts_with("all");
        if !is_asked {
            continue;
        }
        let name = format!("{},", score["observer"].as_str().unwrap());
        let margins: Vec<f64> = table
            .lines()
            .filter(|line| line.starts_with(&name))
            .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(margins.len(), 12 * 11, "{name}");
        let n_right = margins.iter().filter(|margin| **margin > 0.0).count();
        let expected = score["value"].as_f64().unwrap() * margins.len() as f64;
        assert!(
            (n_right as f64 - expected).abs() < 4.0,
            "{name} {n_right} for {expected}"
        );
        n_compared += 1;
    }
    assert_eq!(n_compared, 8);
}

#[test]
fn what_observers_cannot_look_at_is_said() {
    let lab = LabTest::new();
    lab.write("decisions.csv", decisions());
    lab.write(
        "observers.csv",
        "observer,image,foil,margin\npixel,1,2,0.5\n",
    );
    let score = ["study", "score", "decisions.csv", "--out", "one"];
    lab.complains(
        &[&score[..], &["--observers", "observers.csv"]].concat(),
        &[
            "'observers.csv'",
            "got a column 'foil'",
            "observer, set, condition, subject, image, distractor, margin",
        ],
    );
    lab.complains(
        &[&score[..], &["--run", "runs/x"]].concat(),
        &["a table holds no pictures", "lab study observe"],
    );
    fs::create_dir(lab.path("empty")).unwrap();
    lab.complains(
        &["study", "score", "empty"],
        &["'empty' is not the folder of a study"],
    );
    lab.complains(
        &["study", "score", "empty", "decisions.csv"],
        &["a folder among several files"],
    );
    lab.complains(
        &["study", "observe", "empty", "--out", "decisions.csv"],
        &["exists already"],
    );
}
