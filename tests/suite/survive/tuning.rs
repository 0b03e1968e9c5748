//! A run that chooses its settings, killed among the fits that choose, and on other numbers of threads.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{differing, litter, of_folder};
use crate::lab_test::LabTest;
use crate::tune::world;

/// Longest that a run may take to make its next fit.
const PATIENCE: Duration = Duration::from_mins(2);

/// The run of the small linear world, with fits that are long enough to be interrupted.
fn command(lab: &LabTest) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command
        .args(["run", "tuned.ron", "--set", "decoder.epochs=60"])
        .current_dir(lab.path(""))
        .env("NO_COLOR", "1")
        .env("LAB_CHECKPOINT_SECONDS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn ended(command: &mut Command, lab: &LabTest) -> std::collections::BTreeMap<String, Vec<u8>> {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    of_folder(&lab.path("runs/tuned/latest").canonicalize().unwrap())
}

/// Fits that are finished, and whether one is at work.
fn fits(stages: &Path) -> (usize, bool) {
    let entries = fs::read_dir(stages.join("tune"))
        .into_iter()
        .flatten()
        .flatten();
    let names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let n_partial = names
        .iter()
        .filter(|name| name.ends_with(".partial"))
        .count();
    (names.len() - n_partial, n_partial > 0)
}

#[test]
fn a_choice_that_is_killed_ends_with_the_same_bytes() {
    let left_alone = world();
    let expected = ended(&mut command(&left_alone), &left_alone);
    let lab = world();
    let stages = lab.path("runs/.stages");
    let mut n_kills = 0;
    for n_finished in [0, 2, 5, 7] {
        let mut child = command(&lab).spawn().unwrap();
        let started = Instant::now();
        // At work on the next fit, some checkpoints after its beginning.
        while child.try_wait().unwrap().is_none() && fits(&stages) < (n_finished, true) {
            assert!(started.elapsed() < PATIENCE, "{:?}", fits(&stages));
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(15));
        let was_at_work = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        n_kills += usize::from(was_at_work && fits(&stages).0 < 8);
    }
    assert!(n_kills >= 2, "{n_kills} kills met a fit");
    let found = ended(&mut command(&lab), &lab);
    assert_eq!(differing(&expected, &found), Vec::<String>::new());
    assert!(litter(&lab.path("runs")).is_empty());
}

#[test]
fn a_choice_is_the_same_from_any_number_of_threads() {
    let all = ["1", "2", "8"].map(|threads| {
        let lab = world();
        ended(command(&lab).args(["--threads", threads]), &lab)
    });
    for other in &all[1..] {
        assert_eq!(differing(&all[0], other), Vec::<String>::new());
    }
}
