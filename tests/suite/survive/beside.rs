//! A run that makes everything, two stages at a time, and is killed among them, ends with the bytes of one thread.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{differing, finished, lab, litter, say};
use crate::lab_test::LabTest;

const SEED: u64 = 20_172;
/// Kills of each run.
const N_KILLS: usize = 4;

/// The toy run with all that a report may hold, and a checkpoint after every step.
fn everything(lab: &LabTest, threads: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command
        .args(["run", "toy.ron", "--runs", "runs", "--threads", threads])
        .current_dir(lab.path(""))
        .env("NO_COLOR", "1")
        .env("LAB_CHECKPOINT_SECONDS", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn two_stages_at_a_time_have_the_bytes_of_one_after_the_other() {
    let alone = lab();
    let began = Instant::now();
    assert!(everything(&alone, "1").status().unwrap().success());
    let whole = began.elapsed();
    let expected = finished(&alone.path("runs"));
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut n_killed = 0;
    for threads in ["2", "8"] {
        let lab = lab();
        for _ in 0..N_KILLS {
            let mut child = everything(&lab, threads).spawn().unwrap();
            thread::sleep(whole.mul_f64(rng.random_range(0.1..0.6)));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                n_killed += 1;
            }
            child.wait().unwrap();
        }
        assert!(everything(&lab, threads).status().unwrap().success());
        let runs = lab.path("runs");
        let names = differing(&expected, &finished(&runs));
        assert!(names.is_empty(), "{threads} threads: {names:?}");
        assert_eq!(litter(&runs), [""; 0], "{threads} threads");
    }
    say(&format!(
        "{n_killed} kills of runs that make two stages at a time, seed {SEED}"
    ));
    assert!(n_killed >= 2, "{n_killed} kills");
}
