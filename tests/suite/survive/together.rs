//! Many processes that start in one folder of runs at once.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use lab_core::testing::skip;

use super::{command, differing, finished, lab, litter, of_folder};
use crate::lab_test::LabTest;

const N_PROCESSES: usize = 16;

#[test]
fn sixteen_runs_at_once_all_end_and_make_nothing_twice() {
    let left_alone = lab();
    assert!(
        command(&left_alone, "toy.ron")
            .output()
            .unwrap()
            .status
            .success()
    );
    let expected = finished(&left_alone.path("runs"));
    let lab = lab();
    // Of these, half are the same run and half share all but their decoders; then all once more, with every stage made.
    // The second half of each has a namespace of its own.
    let is_apart = has_namespaces();
    let first = at_once(&lab, is_apart);
    let again = at_once(&lab, is_apart);
    for output in first.iter().chain(&again) {
        assert!(output.status.success(), "{output:?}");
    }
    let made = made(&first);
    let twice: Vec<_> = made.iter().filter(|(_, n)| **n > 1).collect();
    // Decoders of the other half are other stages of the same name: two passes of each.
    let as_often = |(stage, n): &(&String, &usize)| *stage == "decode" && **n == 4;
    assert!(twice.len() == 1 && twice.iter().all(as_often), "{made:?}");
    assert_eq!(made["generator"], 1);
    assert!(self::made(&again).is_empty(), "{again:?}");
    let runs = lab.path("runs");
    let one = first[0].stdout.clone();
    let folder = lab.path(String::from_utf8(one).unwrap().trim());
    let names = differing(&expected, &of_folder(folder.parent().unwrap()));
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(litter(&runs), [""; 0]);
}

/// Whether a process can have a namespace of process numbers of its own here.
fn has_namespaces() -> bool {
    let alone = Command::new("unshare")
        .args(["--pid", "--fork", "true"])
        .output();
    let has = alone.is_ok_and(|output| output.status.success());
    if !has {
        skip("processes cannot have a namespace of their own here: all share one");
    }
    has
}

/// The same command in a namespace of its own, where the numbers of other processes mean nothing.
fn apart(command: &Command) -> Command {
    let mut apart = Command::new("unshare");
    apart.args(["--pid", "--fork"]).arg(command.get_program());
    apart.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        apart.current_dir(folder);
    }
    apart.env("NO_COLOR", "1");
    apart
}

fn at_once(lab: &LabTest, is_apart: bool) -> Vec<Output> {
    let start = |idx: usize| {
        let mut command = command(lab, "toy.ron");
        if idx % 2 == 1 {
            command.args(["--set", "decoder.l2=0.02"]);
        }
        if is_apart && idx >= N_PROCESSES / 2 {
            command = apart(&command);
        }
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..N_PROCESSES).map(start).collect();
    children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect()
}

/// How often each stage of the store was made, by its name, over all processes.
fn made(outputs: &[Output]) -> BTreeMap<String, usize> {
    const NOT_STORED: [&str; 3] = ["load", "score", "report"];
    let mut all = BTreeMap::new();
    for output in outputs {
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let was_made = matches!(words[..], [_, _, "to", _, "UTC,", _, "s"]);
            if was_made && !NOT_STORED.contains(&words[0]) {
                *all.entry(words[0].to_owned()).or_default() += 1;
            }
        }
    }
    all
}
