//! A full disk behind standard output: every verb says so, and ends with 2.

use std::fs::OpenOptions;
use std::process::Command;

use crate::lab_test::{Ended, LabTest, experiment, root};

#[cfg(target_os = "linux")]
#[test]
fn every_verb_says_that_stdout_is_full() {
    let lab = LabTest::new();
    let quickstart = experiment("quickstart");
    let header = format!(
        "{:<117}\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
    );
    lab.write(
        "x.npy",
        [b"\x93NUMPY\x01\0v\0", header.as_bytes(), &[0; 4]].concat(),
    );
    let full = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(arguments)
            .current_dir(lab.path("."))
            .stdout(OpenOptions::new().write(true).open("/dev/full").unwrap())
            .output();
        let ended = Ended::from(output.unwrap());
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        let words = "error: writing to stdout: No space left on device";
        assert!(
            ended.stderr.contains(words),
            "{arguments:?}: {}",
            ended.stderr
        );
    };
    full(&["--help"]);
    full(&["--version"]);
    full(&["run", "--help"]);
    full(&["check", &quickstart, "--smoke"]);
    full(&["check", &quickstart, "--smoke", "--format", "json"]);
    full(&["plugins", "list"]);
    full(&["plugins", "explain", "dcgan"]);
    full(&[
        "plugins",
        "new",
        "my_loss",
        "--kind",
        "loss",
        "--core",
        &root().join("core").to_string_lossy(),
    ]);
    full(&["completions", "bash"]);
    full(&["data", "inspect", "x.npy"]);
    full(&["data", "inspect", "x.npy", "--format", "json"]);
    full(&[
        "data", "simulate", "vim1", "sim", "--train", "8", "--test", "4", "--corpus", "4",
        "--voxels", "40,30",
    ]);
    full(&["run", &quickstart, "--smoke"]);
    full(&["report", "runs/quickstart/latest-toy"]);
    full(&["verify", "runs/quickstart/latest-toy"]);
}
