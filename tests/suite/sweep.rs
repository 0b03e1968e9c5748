//! Sweeps on this machine: what is run, what is not, and what is said of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::lab_test::{Ended, LabTest, contents, experiment};

/// What makes a run at toy size as short as it can be.
pub(crate) const TINY: [&str; 5] = [
    "evaluate=[Identification]",
    "observers=[gabor()]",
    "overfit=None",
    "generator.train.updates=20",
    "export=[]",
];

/// `lab sweep` of the quickstart at toy size.
pub(crate) fn arguments<'a>(file: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["sweep", file, "--smoke"];
    for set in TINY {
        all.extend(["--set", set]);
    }
    all.extend_from_slice(more);
    all
}

fn sweep(lab: &LabTest, more: &[&str]) -> Ended {
    lab.lab(&arguments(&experiment("quickstart"), more))
}

fn json(lab: &LabTest, more: &[&str]) -> Value {
    let ended = sweep(lab, &[more, &["--format", "json"]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// How often any task has begun.
pub(crate) fn n_started(folder: &Path) -> usize {
    let jobs = fs::read_dir(folder.join("runs/.sweeps/jobs")).unwrap();
    let names = jobs.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(".start-")).count()
}

fn states(sweep: &Value) -> Vec<String> {
    let runs = sweep["runs"].as_array().unwrap();
    runs.iter()
        .map(|run| run["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_repeated_sweep_runs_nothing_and_a_wider_one_what_is_missing() {
    let lab = LabTest::new();
    let here = lab.path("");
    let first = sweep(&lab, &["--set", "decoder.l2=0.001,0.01"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first.stderr.contains("runs: 0 finished before, 2 to run"),
        "{}",
        first.stderr
    );
    assert!(
        first
            .stderr
            .contains("done: decoder.l2=0.001: observer.pixel.overall 0."),
        "{}",
        first.stderr
    );
    assert_eq!(n_started(&here), 2);
    let page = first.stdout.lines().last().unwrap().to_owned();
    assert!(fs::read(lab.path(&page)).unwrap().starts_with(b"%PDF"));
    let summary = lab.path(&page).parent().unwrap().to_owned();
    let before = contents(&summary);
    for file in [
        "sweep.csv",
        "sweep.parquet",
        "sweep.svg",
        "sweep.png",
        "sweep.json",
    ] {
        assert!(before.contains_key(file), "{file}");
    }
    // The generator was trained once for both.
    let n_generators = || {
        fs::read_dir(lab.path("runs/.stages/generator"))
            .unwrap()
            .count()
    };
    assert_eq!(n_generators(), 1);

    let again = sweep(&lab, &["--set", "decoder.l2=0.001,0.01"]);
    assert!(
        again.stderr.contains("runs: 2 finished before, 0 to run")
            && !again.stderr.contains("done:"),
        "{}",
        again.stderr
    );
    assert_eq!((again.code, &again.stdout), (0, &first.stdout));
    assert_eq!(n_started(&here), 2, "a finished run is not run again");
    assert!(
        before == contents(&summary),
        "the same sweep gives the same summary"
    );

    // Another sweep that shares two of its three jobs.
    let wider = json(&lab, &["--set", "decoder.l2=0.01,0.1,0.001"]);
    assert_eq!(n_started(&here), 3);
    assert_eq!(states(&wider), ["done"; 3]);
    assert_ne!(
        wider["id"].as_str().unwrap(),
        summary.file_name().unwrap().to_string_lossy()
    );
    assert!(wider["toy"].as_str().unwrap().contains("toy size"));
    assert!(wider["simulated"].is_string());
    let values: Vec<&str> = wider["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["values"]["decoder.l2"].as_str().unwrap())
        .collect();
    assert_eq!(values, ["0.01", "0.1", "0.001"]);

    // A run that `lab run` made is no other than that of a sweep.
    let quickstart = experiment("quickstart");
    let mut alone = vec!["run", &quickstart, "--smoke", "--set", "decoder.l2=0.5"];
    TINY.iter().for_each(|set| alone.extend(["--set", set]));
    assert_eq!(lab.lab(&alone).code, 0);
    assert_eq!(states(&json(&lab, &["--set", "decoder.l2=0.5"])), ["done"]);
    assert_eq!(n_started(&here), 3);

    let status = lab.lab(&["status"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(
        status.stdout.contains("1 jobs: 1 done"),
        "{}",
        status.stdout
    );
    let id = wider["id"].as_str().unwrap();
    let status = lab.json(&["status", &id[..6], "--format", "json"]);
    assert_eq!(status["jobs"].as_array().unwrap().len(), 3);
    // The newest sweep is the one that was asked for last, although nothing of it changed.
    assert_eq!(sweep(&lab, &["--set", "decoder.l2=0.001,0.01"]).code, 0);
    let status = lab.json(&["status", "--format", "json"]);
    assert_eq!(
        status["id"].as_str().unwrap(),
        summary.file_name().unwrap().to_string_lossy()
    );
    lab.complains(&["status", "nothing"], &["there is no sweep 'nothing'", id]);
}

#[test]
fn a_bad_combination_is_named_before_anything_runs() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let complains =
        |more: &[&str], words: &[&str]| lab.complains(&arguments(&quickstart, more), words);
    complains(
        &["--set", "seed=1,2", "--set", "decoder.epochs=3,none"],
        &["decoder.epochs=none", "seed=1"],
    );
    complains(
        &["--set", "seed=1..3", "--set", "decoder.l2=1,2", "--zip"],
        &["expected 3 values", "got 2"],
    );
    complains(&["--set", "seed=3..1"], &["1..3"]);
    complains(
        &["--set", "decoder.l2=1,,2"],
        &["a value beside each comma"],
    );
    complains(&["--set", "decoder.l3=1,2"], &["decoder.l3=1", "l2"]);
    assert!(!lab.path("runs").exists());
}

#[test]
fn what_fails_is_told_and_not_tried_again_until_asked_for() {
    let lab = LabTest::new();
    let here = lab.path("");
    // Its decoder diverges; the other one does not.
    let sets = ["--set", "decoder.learning_rate=0.003,1e30"];
    let first = sweep(&lab, &sets);
    assert_eq!(first.code, 2, "{}", first.stderr);
    let failed = |ended: &Ended| {
        let line = ended
            .stderr
            .lines()
            .find(|line| line.starts_with("failed: "))
            .map(str::to_owned);
        line.unwrap_or_else(|| panic!("{}", ended.stderr))
    };
    let line = failed(&first);
    assert!(
        line.contains("decoder.learning_rate=1e30: exit code 2: error: "),
        "{line}"
    );
    let log = line
        .split(['(', ')'])
        .find(|word| word.contains(".log"))
        .unwrap();
    assert!(
        fs::read_to_string(lab.path(log))
            .unwrap()
            .contains("error: ")
    );
    assert!(
        first.stderr.contains("done: decoder.learning_rate=0.003"),
        "{}",
        first.stderr
    );
    assert!(
        first.stderr.contains("1 of 2 runs could not run"),
        "{}",
        first.stderr
    );
    assert!(
        first.stdout.contains("failed: exit code 2"),
        "{}",
        first.stdout
    );
    assert_eq!(n_started(&here), 2);

    let again = sweep(&lab, &sets);
    assert_eq!(
        (again.code, failed(&again).split(';').next()),
        (2, line.split(';').next())
    );
    assert!(
        again.stderr.contains("1 failed before and are left alone"),
        "{}",
        again.stderr
    );
    assert_eq!(n_started(&here), 2);
    let retried = sweep(&lab, &[&sets[..], &["--retry-failed"]].concat());
    assert_eq!(
        (retried.code, n_started(&here)),
        (2, 3),
        "{}",
        retried.stderr
    );

    // A criterion that fails is a result.
    let criterion = [
        "--set",
        "criteria=[at_least(\"observer.pixel.overall\", 1.1)]",
    ];
    let ended = sweep(&lab, &criterion);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .contains("failed: at_least(\"observer.pixel.overall\", 1.1)"),
        "{}",
        ended.stdout
    );
    assert_eq!(sweep(&lab, &criterion).code, 1, "and stays one");
    assert_eq!(n_started(&here), 4);
}

#[test]
fn a_sweep_that_is_asked_to_stop_stops_its_runs_and_goes_on() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let more = ["--set", "decoder.l2=0.001,0.01", "--jobs", "1"];
    let mut sweep = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(arguments(&quickstart, &more))
        .current_dir(lab.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let since = Instant::now();
    while !lab.path("runs/.stages/generator").exists() {
        assert!(since.elapsed() < Duration::from_mins(2) && sweep.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(20));
    }
    assert!(
        Command::new("kill")
            .arg(sweep.id().to_string())
            .status()
            .unwrap()
            .success()
    );
    let output = sweep.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("stopped: decoder.l2=0.001: goes on from its newest checkpoint"),
        "{stderr}"
    );
    assert!(stderr.contains("run the same command again"), "{stderr}");
    assert_eq!(n_started(&lab.path("")), 1, "the second run never began");
    let whole = lab.lab(&arguments(&quickstart, &more));
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    assert_eq!(n_started(&lab.path("")), 3);
}

/// A cluster that takes every job, does none and forgets them.
fn forgetful_cluster(lab: &LabTest) -> String {
    fs::create_dir(lab.path("bin")).unwrap();
    let arguments_of = lab.path("sbatch.txt");
    let programs = [
        ("squeue", "exit 0".to_owned()),
        ("scontrol", "echo 'MaxArraySize = 30'".to_owned()),
        (
            "sbatch",
            format!(
                "echo \"$@\" >> '{0}'; wc -l < '{0}'",
                arguments_of.display()
            ),
        ),
    ];
    for (name, text) in programs {
        let path = lab.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", lab.path("bin").display())
}

#[test]
fn a_hundred_finished_jobs_start_no_process_and_arrays_are_cut() {
    let lab = LabTest::new();
    let path = forgetful_cluster(&lab);
    let quickstart = experiment("quickstart");
    let more = ["--set", "decoder.l2=1..100"];
    let cluster = ["--on", "slurm", "--detach", "--slurm-arg=--mem=1G"];
    let handed_over = lab.lab_with(
        &arguments(&quickstart, &[&more[..], &cluster].concat()),
        &[("PATH", &path)],
    );
    assert!(
        handed_over.stderr.contains("100 to run"),
        "{}",
        handed_over.stderr
    );
    let sbatch = fs::read_to_string(lab.path("sbatch.txt")).unwrap();
    let arrays: Vec<&str> = sbatch
        .lines()
        .map(|line| {
            line.split("--array=")
                .nth(1)
                .unwrap()
                .split(' ')
                .next()
                .unwrap()
        })
        .collect();
    // Both networks, shared by all; then a hundred runs, which wait for them, in arrays of thirty.
    assert_eq!(arrays, ["0-1", "0-29", "0-29", "0-29", "0-9"], "{sbatch}");
    for (line, words) in sbatch.lines().enumerate() {
        assert!(
            words.contains("--requeue --signal=B:TERM@120") && words.contains("--mem=1G"),
            "{words}"
        );
        assert_eq!(
            words.contains("--dependency=afterok:1_0:1_1"),
            line > 0,
            "{words}"
        );
    }

    // One run is made; the others get its files.
    let one = json(&lab, &["--set", "decoder.l2=1"]);
    let made = lab.path(one["runs"][0]["run"].as_str().unwrap());
    let n_before = n_started(&lab.path(""));
    for entry in fs::read_dir(lab.path("runs/.sweeps/jobs")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "ron") {
            let run = made.with_file_name(file.file_stem().unwrap());
            copy(&made, &run);
        }
    }
    let since = Instant::now();
    let all = json(&lab, &more);
    eprintln!(
        "a hundred finished jobs: {:.1} s",
        since.elapsed().as_secs_f64()
    );
    assert_eq!(states(&all), ["done"; 100]);
    assert_eq!(n_started(&lab.path("")), n_before, "no process was started");
    // A run whose folder lost a file is not finished.
    let job = all["runs"][41]["run"].as_str().unwrap();
    fs::remove_file(lab.path(job).join("run.ron")).unwrap();
    assert_eq!(states(&json(&lab, &more)), ["done"; 100]);
    assert_eq!(n_started(&lab.path("")), n_before + 1);
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in contents(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_run_of_a_sweep_says_what_stood_in_for_missing_data() {
    let lab = LabTest::new();
    let corpus = [
        "--set",
        "features.train.corpus=characters(path: \"none.mat\")",
    ];
    let swept = json(&lab, &corpus);
    let run = lab.path(swept["runs"][0]["run"].as_str().unwrap());
    let record = fs::read(run.join("record.json")).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    let toy = record["toy"].as_str().unwrap();
    let said =
        "corpus of features: there is no file 'none.mat'; this smoke run uses letters in its place";
    assert!(toy.contains(said), "{toy}");
    let warnings = record["warnings"].to_string();
    assert!(warnings.contains(said), "{warnings}");
    assert_eq!(swept["toy"].as_str(), Some(toy));
}
