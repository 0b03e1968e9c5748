//! Writes, syncs, renames and openings that fail: the run says which and why, and what was finished stays as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lab_core::testing::skip;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;

use super::{command, differing, lab, litter, of_folder, say};
use crate::lab_test::LabTest;

const SEED: u64 = 20_172;
const N_FAULTS: usize = 20;
const FAULTS: [(&str, i32); 2] = [("No space left on device", 28), ("Input/output error", 5)];
const OPERATIONS: [&str; 4] = ["write", "sync", "rename", "open"];
/// The library that makes operations fail.
const SHIM: &str = include_str!("shim.c");

/// A file operation that fails, and how.
struct Fault<'a> {
    shim: &'a Path,
    operation: &'a str,
    /// Which operation of its kind fails, counted from 1; 0 if none does.
    at: usize,
    number: i32,
    /// Whether all later operations of that kind fail too.
    stays: bool,
}

#[test]
fn twenty_faults_over_the_whole_command() {
    let folder = TempDir::new().unwrap();
    let Some(shim) = shim(folder.path()) else {
        skip("no C compiler that makes a library which the system loads first");
        return;
    };
    // A run that is finished, and what another of the same name comes to when it is left alone.
    let before = lab();
    let earlier = folder_of(&command(&before, "toy.ron").output().unwrap());
    let left_alone = lab();
    copy_runs(&before, &left_alone);
    let other = folder_of(&other(&left_alone, None));
    let expected = of_folder(&left_alone.path(&other));
    let finished = of_folder(&before.path(&earlier));
    let counts: BTreeMap<&str, usize> = OPERATIONS
        .map(|operation| (operation, count(&before, &shim, operation)))
        .into();
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut n_ended = 0;
    for idx in 0..N_FAULTS {
        let operation = OPERATIONS[idx % OPERATIONS.len()];
        let (reason, number) = FAULTS[idx / OPERATIONS.len() % FAULTS.len()];
        let at = rng.random_range(1..=counts[operation]);
        let stays = idx % 3 == 0;
        let lab = lab();
        copy_runs(&before, &lab);
        let fault = Fault {
            shim: &shim,
            operation,
            at,
            number,
            stays,
        };
        let ended = self::other(&lab, Some(&fault));
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let what = format!(
            "{operation} {at} of {}, {reason}, stays {stays}: {said}",
            counts[operation]
        );
        assert!(!said.contains("panicked"), "{what}");
        let failed = fs::read_to_string(lab.path("failed")).unwrap_or_default();
        if ended.status.success() {
            // Openings may be tried again. What was not written, not synced or not moved is never taken for done, apart from
            // sheets of images, which nobody reads back.
            let costs_nothing = |path: &str| {
                let is_picture = Path::new(path).extension().is_some_and(|of| of == "png");
                is_picture && path.contains("/.stages/")
            };
            assert!(
                operation == "open" || failed.lines().all(costs_nothing),
                "{what}: {failed}"
            );
        } else {
            n_ended += 1;
            assert_eq!(ended.status.code(), Some(2), "{what}");
            assert!(said.contains(reason) && said.contains("runs"), "{what}");
        }
        let names = differing(&finished, &of_folder(&lab.path(&earlier)));
        assert!(names.is_empty(), "{what}: {names:?}");
        let again = self::other(&lab, None);
        assert!(again.status.success(), "{what}: {again:?}");
        let names = differing(&expected, &of_folder(&lab.path(&other)));
        assert!(names.is_empty(), "{what}: {names:?}");
        assert_eq!(litter(&lab.path("runs")), [""; 0], "{what}");
    }
    say(&format!(
        "{N_FAULTS} faults, seed {SEED}, of {counts:?} operations: {n_ended} ended the run with exit code 2"
    ));
    assert!(n_ended >= N_FAULTS / 2, "{n_ended}");
}

/// A run with another generator and other decoders, one of whose operations below the folder of runs fails.
fn other(lab: &LabTest, fault: Option<&Fault<'_>>) -> Output {
    let mut run = command(lab, "toy.ron");
    run.args(["--set", "decoder.l2=0.02"]);
    run.args(["--set", "generator.train.updates=6"]);
    if let Some(fault) = fault {
        run.env("LD_PRELOAD", fault.shim)
            .env("FAULT_BELOW", lab.path("runs").canonicalize().unwrap())
            .env("FAULT_OPERATION", fault.operation)
            .env("FAULT_AT", fault.at.to_string())
            .env("FAULT_ERRNO", fault.number.to_string())
            .env("FAULT_STAYS", if fault.stays { "1" } else { "0" })
            .env("FAULT_FAILED", lab.path("failed"))
            .env("FAULT_COUNT", lab.path("count"));
    }
    run.output().unwrap()
}

/// How many operations of a kind such a run asks for.
fn count(before: &LabTest, shim: &Path, operation: &str) -> usize {
    let lab = lab();
    copy_runs(before, &lab);
    let none = Fault {
        shim,
        operation,
        at: 0,
        number: 0,
        stays: false,
    };
    let ended = other(&lab, Some(&none));
    assert!(ended.status.success(), "{ended:?}");
    let n = fs::metadata(lab.path("count")).map_or(0, |file| file.len());
    assert!(n > 0, "no {operation} was seen");
    n as usize
}

/// The folder of a run that ended well, by the path of its report.
fn folder_of(ended: &Output) -> String {
    assert!(ended.status.success(), "{ended:?}");
    let report = String::from_utf8(ended.stdout.clone()).unwrap();
    let folder = Path::new(report.trim()).parent().unwrap();
    folder.to_string_lossy().into_owned()
}

fn copy_runs(from: &LabTest, to: &LabTest) {
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(from.path("runs")).arg(to.path(""));
    assert!(copy.status().unwrap().success());
}

/// Compiles the library; `None` where that cannot be done.
fn shim(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    fs::write(&source, SHIM).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]);
    compiler.arg(&library).arg(&source).arg("-ldl");
    let made = compiler.output().ok()?.status.success();
    made.then_some(library)
}
