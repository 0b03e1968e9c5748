//! Experiments without an end, or of a length that nobody writes: refused or read, but in time, in a sentence.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::lab_test::{LabTest, experiment};

/// Longest time that a refusal takes on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(5);

fn quickstart() -> String {
    fs::read_to_string(experiment("quickstart")).unwrap()
}

/// Runs `lab`, which must be unable to, soon and in few words.
fn refused(lab: &LabTest, arguments: &[&str], words: &[&str]) -> String {
    let started = Instant::now();
    let said = lab.complains(arguments, words);
    assert!(
        started.elapsed() < AT_ONCE,
        "{arguments:?} took {:?}",
        started.elapsed()
    );
    assert!(said.len() < 1200, "{arguments:?}: {} bytes", said.len());
    said
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_no_experiments_and_no_libraries() {
    let lab = LabTest::new();
    let made = Command::new("mkfifo").arg(lab.path("pipe.ron")).status();
    assert!(made.unwrap().success());
    let words = ["expected a regular file, got a pipe or a device"];
    for verb in ["check", "run"] {
        for file in ["pipe.ron", "/dev/zero"] {
            refused(&lab, &[verb, file], &words);
        }
        refused(
            &lab,
            &[verb, "."],
            &["expected a regular file, got a folder"],
        );
    }
    for library in ["pipe.ron", "/dev/zero"] {
        refused(
            &lab,
            &["plugins", "list", "--plugin", library],
            &["got a folder or a device"],
        );
    }
    // The record of a run, put in its place.
    fs::create_dir(lab.path("run")).unwrap();
    fs::rename(lab.path("pipe.ron"), lab.path("run/record.json")).unwrap();
    refused(
        &lab,
        &["report", "run"],
        &["record.json", "a folder, a pipe or a device"],
    );
}

#[test]
fn long_experiments_take_time_by_their_length() {
    let text = quickstart();
    let (start, end) = (
        text.find("losses: [").unwrap(),
        text.find("],\n    decoder").unwrap(),
    );
    let losses = |n: usize| {
        let term = "        (10.0, pixel(shrink: 0.9)),\n".repeat(n);
        format!("{}losses: [\n{term}    {}", &text[..start], &text[end..])
    };
    let lab = LabTest::new();
    let seconds = |n: usize| {
        lab.write("long.ron", losses(n));
        let started = Instant::now();
        let ended = lab.lab(&["check", "long.ron", "--smoke"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        started.elapsed().as_secs_f64()
    };
    let (short, long) = (seconds(4000), seconds(16_000));
    eprintln!("4000 losses: {short:.2} s, 16 000: {long:.2} s");
    // Four times the length; sixteen times the time where each place is counted from the beginning.
    assert!(long < 8.0 * short.max(0.3), "{short:.2} s and {long:.2} s");
    lab.write("long.ron", losses(40_000));
    let limit = "expected at most 1048576 bytes";
    refused(&lab, &["check", "long.ron"], &["'long.ron'", limit]);
    let voxels = format!("voxels: [{}]", "1, ".repeat(1_000_000));
    lab.write(
        "long.ron",
        text.replacen("voxels: [800, 700, 600]", &voxels, 1),
    );
    refused(&lab, &["check", "long.ron"], &["'long.ron'", limit]);
}

#[test]
fn texts_that_are_none_are_refused_in_a_sentence() {
    let lab = LabTest::new();
    let text = quickstart();
    lab.write("bad.ron", format!("\u{feff}{text}"));
    refused(
        &lab,
        &["check", "bad.ron"],
        &[
            "bad.ron:1:1: the text begins with a byte order mark",
            "UTF-8",
        ],
    );
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    lab.write("bad.ron", [&[0xff, 0xfe], &wide[..]].concat());
    refused(
        &lab,
        &["check", "bad.ron"],
        &["bad.ron:1:1: the text is in UTF-16"],
    );
    lab.write("bad.ron", b"(\n  name: \"\xe9t\xe9\",\n)");
    refused(
        &lab,
        &["check", "bad.ron"],
        &["bad.ron:2:1: this line is not in UTF-8"],
    );
    lab.write("bad.ron", format!("{text}/* {}", "no end ".repeat(100_000)));
    refused(&lab, &["check", "bad.ron"], &["bad.ron:"]);
    lab.write("bad.ron", format!("{text}/* {}", "x".repeat(900_000)));
    refused(&lab, &["check", "bad.ron"], &["bad.ron:"]);
}

#[test]
fn names_that_are_no_folders_are_refused_where_they_stand() {
    let lab = LabTest::new();
    let file = experiment("quickstart");
    let long = "x".repeat(256);
    for name in [" ", "a ", "-rf", "latest", "CON", "a/b", "..", &long] {
        // Quotes keep the spaces.
        let set = format!("name={name:?}");
        for verb in ["check", "run"] {
            refused(
                &lab,
                &[verb, &file, "--set", &set],
                &["--set name=", "cannot be a folder's name"],
            );
        }
    }
    let set = ["check", &file, "--smoke", "--set", "name=a/b"];
    refused(
        &lab,
        &set,
        &["error: --set name=a/b: the name 'a/b'", "it holds '/'"],
    );
    let text = quickstart().replacen("name: \"quickstart\"", "name: \"-rf\"", 1);
    lab.write("bad.ron", &text);
    let line = text
        .lines()
        .position(|line| line.contains("\"-rf\""))
        .unwrap()
        + 1;
    refused(
        &lab,
        &["check", "bad.ron"],
        &[&format!("bad.ron:{line}:11: the name '-rf'")],
    );
}

#[test]
fn what_stands_in_the_way_of_a_run_is_said_before_its_work() {
    let file = experiment("quickstart");
    let run = |lab: &LabTest, words: &[&str]| refused(lab, &["run", &file, "--smoke"], words);
    let lab = LabTest::new();
    fs::create_dir_all(lab.path("runs/quickstart/latest")).unwrap();
    run(
        &lab,
        &["'runs/quickstart/latest'", "got a folder", "move it away"],
    );
    let lab = LabTest::new();
    fs::create_dir_all(lab.path("runs/quickstart")).unwrap();
    lab.write("runs/quickstart/latest", "mine");
    run(&lab, &["'runs/quickstart/latest'", "move it away"]);
    let lab = LabTest::new();
    fs::create_dir_all(lab.path("runs")).unwrap();
    lab.write("runs/quickstart", "mine");
    run(&lab, &["runs/quickstart"]);
}
