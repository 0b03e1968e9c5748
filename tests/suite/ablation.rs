//! Files of variants: every committed one can be read, one is swept, and its chapter says what it means.

use std::fs;

use serde_json::Value;

use crate::lab_test::{Ended, LabTest, contents, root};
use crate::sweep::{TINY, n_started};
use crate::toy::pages;

/// A base that runs in a second, and a question about it.
fn write(lab: &LabTest) {
    let quickstart = root().join("experiments/quickstart.ron");
    lab.write("base.ron", fs::read(quickstart).unwrap());
    let question = r#"(
    about: "What does the cut gradient cost?",
    base: "base.ron",
    set: ["observers=[gabor()]", "evaluate=[Identification]"],
    variants: [
        (name: "cut", set: ["losses.1.1.binarisation=Detached", "losses.2.1.detached=true"]),
        (name: "median", set: ["ensemble.combine=Median"]),
    ],
    cross: ["dataset.snr=1,2"],
    seeds: [1, 2],
)
"#;
    lab.write("gradient.ron", question);
}

fn sweep(lab: &LabTest, path: &str, more: &[&str]) -> Ended {
    let mut all = vec!["sweep", path, "--smoke"];
    for set in TINY.iter().filter(|set| !set.starts_with("export")) {
        all.extend(["--set", set]);
    }
    all.extend_from_slice(more);
    lab.lab(&all)
}

#[test]
fn a_question_is_swept_once_and_its_chapter_is_one_of_what_is_there() {
    let lab = LabTest::new();
    write(&lab);
    // A part of the sweep: one seed and one condition.
    let part = ["--set", "seed=1", "--set", "dataset.snr=2"];
    for (jobs, how) in [
        ("1", "one run after the other"),
        // More at a time than any machine has cores.
        ("4096", "4096 runs at a time of one thread each"),
    ] {
        let asked = [&part[..], &["--plan", "--jobs", jobs]].concat();
        let plan = sweep(&lab, "gradient.ron", &asked);
        assert_eq!(plan.code, 0, "{}", plan.stderr);
        for words in [
            "3 combinations are 3 runs, 3 of them left to do",
            "generator  3 runs share 1 trainings",
            "decoders   3 runs share 2 trainings",
            how,
        ] {
            assert!(plan.stdout.contains(words), "{}", plan.stdout);
        }
    }
    assert!(!lab.path("runs").exists(), "a plan writes nothing");
    let first = sweep(&lab, "gradient.ron", &part);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first.stderr.contains("0 finished before, 3 to run"),
        "{}",
        first.stderr
    );
    assert_eq!(n_started(&lab.path("")), 3);
    let page = first.stdout.lines().last().unwrap().to_owned();
    assert!(page.ends_with("effects.pdf"), "{page}");

    // The folder holds the base too, which asks nothing; what is there is not run again.
    let whole = [&["--format", "json"][..], &["--set", "dataset.snr=2"]].concat();
    let ended = sweep(&lab, ".", &whole);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("3 finished before, 3 to run"),
        "{}",
        ended.stderr
    );
    let facts: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(facts["runs"].as_array().unwrap().len(), 6);
    assert_eq!(facts["findings"].as_array().unwrap().len(), 2);
    let page = lab.path(facts["page"].as_str().unwrap());
    let summary = page.parent().unwrap().to_owned();
    let before = contents(&summary);
    for file in [
        "sweep.csv",
        "effects.csv",
        "effects.parquet",
        "effects.json",
        "effects_pixels.svg",
    ] {
        assert!(before.contains_key(file), "{file}");
    }
    let csv = String::from_utf8(before["effects.csv"].clone()).unwrap();
    // Two variants, one condition, four scores.
    assert_eq!(csv.lines().count(), 1 + 2 * 4, "{csv}");
    assert!(
        csv.contains("gradient,cut,dataset.snr=2,identification_pixels,pixel,"),
        "{csv}"
    );
    if let Some(pages) = pages(&page) {
        let text = pages.join("\n");
        for word in [
            "What does the cut gradient cost?",
            "TOY, NO RESULT",
            "SIMULATED",
            "What it means",
        ] {
            assert!(text.contains(word), "{word} is missing in\n{text}");
        }
    }

    let again = sweep(&lab, ".", &whole);
    assert!(
        again.stderr.contains("6 finished before, 0 to run"),
        "{}",
        again.stderr
    );
    assert_eq!(n_started(&lab.path("")), 6);
    assert!(
        before == contents(&summary),
        "the same sweep gives the same chapter"
    );
    // Both combinations of the same members share their training.
    let decoders = fs::read_dir(lab.path("runs/.stages/decode"))
        .unwrap()
        .count();
    assert_eq!(decoders, 4);

    let plan = sweep(&lab, "gradient.ron", &["--plan", "--set", "dataset.snr=2"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert!(
        plan.stdout
            .contains("6 combinations are 6 runs, 0 of them left to do"),
        "{}",
        plan.stdout
    );
}

#[test]
fn a_plan_tells_apart_what_its_looks_share() {
    let lab = LabTest::new();
    write(&lab);
    // Two signals are two datasets, whose decoders share nothing; the generator learns from neither.
    let plan = sweep(&lab, "gradient.ron", &["--plan"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    for words in [
        "12 combinations are 12 runs, 12 of them left to do",
        "generator  12 runs share 2 trainings",
        "decoders   12 runs share 8 trainings",
    ] {
        assert!(plan.stdout.contains(words), "{}", plan.stdout);
    }
}

#[test]
fn mistakes_are_said_where_they_stand() {
    let lab = LabTest::new();
    write(&lab);
    let text = fs::read_to_string(lab.path("gradient.ron")).unwrap();
    for (from, to, words) in [
        (
            "base.ron",
            "bse.ron",
            &["gradient.ron:3:11: base: there is no file 'bse.ron'"][..],
        ),
        (
            "ensemble.combine=Median",
            "ensemble.combin=Median",
            &["variant=median", "gradient.ron:7:32: ", "combin"],
        ),
        (
            "losses.2.1.detached",
            "losses.9.1.detached",
            &["gradient.ron:6:65: "],
        ),
        (
            "dataset.snr=1,2",
            "dataset.snr=1,,2",
            &["gradient.ron:9:13: dataset.snr=1,,2: expected a value beside each comma"],
        ),
        (
            "dataset.snr=1,2",
            "dataset.nsr=1,2",
            &["gradient.ron:9:13: ", "nsr"],
        ),
        (
            "seeds",
            "seds",
            &[
                "gradient.ron:10:5: the file of variants has no parameter 'seds'",
                "did you mean 'seeds'?",
            ],
        ),
        (
            "base.ron",
            "gradient.ron",
            &["gradient.ron:3:11: base: 'gradient.ron' is a file of variants itself"],
        ),
        ("variants", "variant", &["gradient.ron:", "variant"]),
        ("variants: [", "variants [", &["gradient.ron:"]),
    ] {
        assert!(text.contains(from));
        lab.write("gradient.ron", text.replacen(from, to, 1));
        lab.complains(&["sweep", "gradient.ron", "--smoke"], words);
    }
    lab.write("gradient.ron", &text);
    lab.complains(
        &[
            "sweep",
            "gradient.ron",
            "--smoke",
            "--set",
            "ensemble.combine=Mean,Median",
        ],
        &["--set ensemble.combine", "'median' of gradient changes"],
    );
    lab.complains(
        &["sweep", "gradient.ron", "--smoke", "--zip"],
        &[
            "--zip: expected lists of values for one experiment",
            "leave --zip out",
        ],
    );
    fs::create_dir(lab.path("empty")).unwrap();
    lab.complains(
        &["sweep", "empty"],
        &["empty: expected a folder with files of variants"],
    );
}

#[test]
fn every_committed_question_is_read_and_resolved() {
    for folder in ["experiments/ablation", "experiments/ablation/grid"] {
        let lab = LabTest::new();
        let path = root().join(folder).to_string_lossy().into_owned();
        lab.complains(
            &["sweep", &path],
            &["base.ron:", "there is no file 'data/stim_brains.mat'"],
        );
        // Every variant is read and resolved before a cluster is asked, and here is none.
        let ended = lab.lab_with(
            &["sweep", &path, "--smoke", "--on", "slurm"],
            &[("PATH", "")],
        );
        assert!(
            ended.code == 2 && ended.stderr.contains("squeue"),
            "{}",
            ended.stderr
        );
    }
}
