//! `lab runs` says what there is, and `lab runs clean` frees what no run needs and nothing else.

use std::fs;

use crate::lab_test::{LabTest, contents, experiment};

/// A run of the smallest experiment that has alignments, baselines and a ceiling; ends with the path of its report.
fn run(lab: &LabTest, more: &[&str]) -> String {
    let quickstart = experiment("quickstart");
    let mut arguments = vec!["run", &quickstart, "--smoke"];
    arguments.extend(more);
    let ended = lab.lab(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout.trim().to_owned()
}

#[test]
fn runs_are_listed_and_what_they_need_stays() {
    let lab = LabTest::new();
    let empty = lab.lab(&["runs"]);
    assert_eq!(
        (empty.code, empty.stdout.contains("No runs in 'runs'.")),
        (0, true)
    );
    let first = run(&lab, &[]);
    run(&lab, &["--set", "decoder.l2=0.02"]);

    let found = lab.json(&["runs", "--format", "json"]);
    let runs = found["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert!(run["complete"].as_bool().unwrap(), "{run:#}");
        assert!(
            run["toy"].is_string() && run["simulated"].is_string(),
            "{run:#}"
        );
        let folder = lab.path(run["path"].as_str().unwrap());
        let bytes: usize = contents(&folder).values().map(Vec::len).sum();
        assert_eq!(run["bytes"], bytes);
        let summary = fs::read(folder.join("summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(run["headline"], summary["headline"]);
    }
    assert_eq!(runs[1]["differs"], serde_json::json!(["decoder.l2=0.02"]));
    assert_eq!(
        (&runs[0]["latest"], &runs[1]["latest"]),
        (&false.into(), &true.into())
    );
    // A finished run names every stage that it has taken, alignments of baselines among them.
    assert_eq!(found["unneeded"]["n"], 0, "{found:#}");
    assert!(found["stages"]["n"].as_u64().unwrap() > 10, "{found:#}");
    assert_eq!(found["unfinished"]["n"], 0);
    let text = lab.lab(&["runs"]).stdout;
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(
        text.contains("differs: decoder.l2=0.02") && text.contains("TOY, latest"),
        "{text}"
    );

    let before = contents(&lab.path("runs"));
    let ended = lab.lab(&["runs", "clean"]);
    assert_eq!(ended.stdout, "Nothing to free.\n");
    fs::remove_dir_all(lab.path(&first).parent().unwrap()).unwrap();
    let ended = lab.lab(&["runs", "clean"]);
    assert!(
        ended.stdout.contains("Nothing was touched"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("runs/.stages/decode/"),
        "{}",
        ended.stdout
    );
    let kept = contents(&lab.path("runs"));
    assert!(
        kept.iter()
            .all(|(name, bytes)| before.get(name) == Some(bytes))
    );

    let ended = lab.lab(&["runs", "clean", "--yes"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert!(lab.json(&["runs", "--format", "json"])["unneeded"]["n"] == 0);
    // What is left is all that the other run needs: nothing is computed again.
    let again = lab.lab(&[
        "run",
        &experiment("quickstart"),
        "--smoke",
        "--set",
        "decoder.l2=0.02",
    ]);
    let stages = [
        "align",
        "generator",
        "features",
        "decode",
        "ceiling",
        "overfit",
        "subject_S1",
    ];
    for stage in stages {
        let line = again
            .stderr
            .lines()
            .find(|line| line.split(' ').next() == Some(stage));
        assert!(
            line.is_some_and(|line| line.contains("reused")),
            "{stage}: {}",
            again.stderr
        );
    }

    let ended = lab.lab(&["runs", "clean", "--toy", "--yes"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!lab.path("runs/quickstart").exists());
    let left = contents(&lab.path("runs"));
    assert!(left.is_empty(), "{:?}", left.keys());
}

#[test]
fn a_folder_of_runs_must_be_one() {
    let lab = LabTest::new();
    lab.write("file", "");
    lab.complains(
        &["runs", "--runs", "file"],
        &["'file'", "expected a folder of runs"],
    );
    lab.complains(&["runs", "clean", "--runs", "file"], &["'file'"]);
}
