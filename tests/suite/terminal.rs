//! What is told on stderr without a terminal, and what happens when a run is asked to stop.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::lab_test::{LabTest, contents, experiment};

/// Whether a line is `STAGE  HH:MM:SS to HH:MM:SS UTC, N s`.
fn is_stage(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_clock = |word: &str| word.len() == 8 && word.split(':').count() == 3;
    matches!(words[..], [_, begun, "to", ended, "UTC,", _, "s"] if is_clock(begun) && is_clock(ended))
}

#[test]
fn every_stage_has_one_line() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let first = lab.lab(&["run", &quickstart, "--smoke"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    for stage in [
        "load",
        "align",
        "generator",
        "features",
        "decode",
        "ceiling",
        "score",
        "report",
    ] {
        let of_stage =
            |line: &&str| line.split_whitespace().next() == Some(stage) && !line.ends_with(" to …");
        let lines: Vec<&str> = first.stderr.lines().filter(of_stage).collect();
        assert!(
            lines.len() == 1 && is_stage(lines[0]),
            "{stage}: {}",
            first.stderr
        );
    }
    let is_known = |line: &str| {
        is_stage(line)
            || line.starts_with("TOY: ")
            || line.starts_with("warning: ")
            || line.ends_with(" to …")
    };
    assert!(first.stderr.lines().all(is_known), "{}", first.stderr);
    // Stages that are there say so, and warn again.
    let again = lab.lab(&["run", &quickstart, "--smoke"]);
    assert!(
        again.stderr.contains("generator                reused\n"),
        "{}",
        again.stderr
    );
    let warnings = |text: &str| -> Vec<String> {
        let mut all: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("warning: "))
            .map(str::to_owned)
            .collect();
        all.sort();
        all
    };
    assert_eq!(warnings(&first.stderr), warnings(&again.stderr));
    // What goes to stdout is the report's path alone.
    assert_eq!(first.stdout.lines().count(), 1);
}

/// A run that is asked to stop says how it goes on, goes on, and ends with the bytes of one that was left alone.
#[cfg(unix)]
#[test]
fn a_run_that_is_asked_to_stop_goes_on_from_there() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let arguments = [
        "run",
        &quickstart,
        "--smoke",
        "--set",
        "generator.train.updates=40",
        "--set",
        "evaluate=[Identification]",
    ];
    for runs in ["whole", "stopped"] {
        fs::create_dir(lab.path(runs)).unwrap();
    }
    let started = |folder: &str| {
        Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(arguments)
            .current_dir(lab.path(folder))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let whole = started("whole").wait_with_output().unwrap();
    assert!(whole.status.success());
    let mut n_stopped = 0;
    for (attempt, signal) in ["INT", "TERM", "INT", "TERM"].into_iter().enumerate() {
        let run = started("stopped");
        thread::sleep(Duration::from_millis(200 + 300 * attempt as u64));
        let pid = run.id().to_string();
        let asked = Instant::now();
        let sent = Command::new("kill")
            .args(["-s", signal, &pid])
            .status()
            .unwrap();
        let output = run.wait_with_output().unwrap();
        if output.status.success() {
            break;
        }
        assert!(sent.success());
        let stderr = String::from_utf8_lossy(&output.stderr);
        // A request before lab listens to it ends the program as any other.
        if output.status.code().is_none() {
            continue;
        }
        n_stopped += 1;
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(asked.elapsed() < Duration::from_secs(20));
        let last = stderr.lines().last().unwrap();
        assert!(
            last.starts_with("stopped: ") && last.contains("goes on from there"),
            "{stderr}"
        );
        assert!(!stderr.contains("error"), "{stderr}");
        assert!(!lab.path("stopped/runs/quickstart/latest-toy").exists());
    }
    assert!(n_stopped > 0, "the run was faster than every request");
    let resumed = started("stopped").wait_with_output().unwrap();
    assert!(resumed.status.success());
    assert_eq!(whole.stdout, resumed.stdout);
    let report = String::from_utf8_lossy(&whole.stdout).trim_end().to_owned();
    let [whole, resumed] = ["whole", "stopped"].map(|folder| {
        let mut files = contents(lab.path(folder).join(&report).parent().unwrap());
        files.remove("manifest.json");
        files
    });
    assert_eq!(
        whole.keys().collect::<Vec<_>>(),
        resumed.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &whole {
        assert!(bytes == &resumed[name], "{name} differs");
    }
}
