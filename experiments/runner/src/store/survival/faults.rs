//! The store on failing disks, and beside what another user left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use lab_core::testing::skip;
use tempfile::TempDir;

use super::super::{NewFolder, Store, remove_litter, write_atomically};
use super::{Told, key, store, work};
use crate::journal::Journal;

/// The test that does the work of a process that is started here.
const STARTED: &str = "store::survival::faults::a_stage_and_a_run_in_a_folder_that_is_given";
/// The folder of a process that is started with failing operations.
const IN_FOLDER: &str = "LAB_TEST_STORE";

/// Not a test by itself: what [`every_operation_that_fails_is_told_and_costs_nothing`] starts.
#[test]
fn a_stage_and_a_run_in_a_folder_that_is_given() {
    let Some(folder) = std::env::var_os(IN_FOLDER) else {
        return;
    };
    let runs = PathBuf::from(folder).join("runs");
    let ended = one_run(&runs);
    if let Err(error) = ended {
        let said = error.to_string();
        assert!(said.contains("runs"), "{said}");
        panic!("ended with a path: {said}");
    }
}

fn one_run(runs: &Path) -> lab_core::Result<()> {
    let told = Arc::new(Told::default());
    let store = Store::open(runs, "cpu", Arc::new(Journal::new(told)))?;
    let stage = work(&store, &Mutex::default())?;
    remove_litter(&runs.join("name"))?;
    let new = NewFolder::beside(&runs.join("name/run"))?;
    let values = fs::read(stage.folder.join("values.safetensors"))
        .map_err(lab_core::Error::io("reading", &stage.folder))?;
    write_atomically(&new.path().join("values"), &values)?;
    new.place()
}

/// What another user left behind, or what nobody may look into any more, stands in no one's way.
#[cfg(unix)]
#[test]
fn litter_that_cannot_be_removed_stops_no_run() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    /// A user without rights of its own, as root may do anything in any folder.
    const NOBODY: u32 = 65_534;
    for mode in [0o000, 0o555] {
        let folder = TempDir::new().unwrap();
        let runs = folder.path().join("runs");
        let (store, _) = store(&runs);
        let partial = store
            .folder_of("work", &key().on("cpu"))
            .with_extension("partial");
        let litter = runs.join("name/.new-run-0");
        let blocked = [&partial, &litter];
        for path in blocked {
            fs::create_dir_all(path).unwrap();
            fs::write(path.join("file"), "").unwrap();
        }
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", STARTED]);
        child.env(IN_FOLDER, folder.path());
        if fs::metadata(folder.path()).unwrap().uid() == 0 {
            let mut all = vec![folder.path()];
            let name = runs.join("name");
            all.extend([&*runs, partial.parent().unwrap(), &name, &partial, &litter]);
            let stages = runs.join(".stages");
            all.push(&stages);
            if all
                .iter()
                .any(|path| chown(path, Some(NOBODY), Some(NOBODY)).is_err())
            {
                skip("root may not give folders away here");
                return;
            }
            child.uid(NOBODY).gid(NOBODY);
        }
        let allow = |mode: u32| {
            for path in blocked {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            }
        };
        allow(mode);
        let ended = child.output().unwrap();
        allow(0o755);
        assert!(ended.status.success(), "{mode:o}: {ended:?}");
        assert!(runs.join("name/run/values").exists());
        assert!(partial.join("file").exists() && litter.join("file").exists());
    }
}

#[test]
fn every_operation_that_fails_is_told_and_costs_nothing() {
    let folder = TempDir::new().unwrap();
    let shim = folder.path().join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/suite/survive/shim.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-o"]);
    compiler.arg(&shim).arg(source).arg("-ldl");
    if !compiler.output().is_ok_and(|made| made.status.success()) {
        skip("no C compiler that makes a library which the system loads first");
        return;
    }
    let start = |at: usize, operation: &str, number: i32, stays: bool, runs: &Path| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", STARTED]);
        child
            .env(IN_FOLDER, runs)
            .env("LD_PRELOAD", &shim)
            .env("FAULT_BELOW", runs)
            .env("FAULT_OPERATION", operation)
            .env("FAULT_AT", at.to_string())
            .env("FAULT_ERRNO", number.to_string())
            .env("FAULT_STAYS", if stays { "1" } else { "0" })
            .env("FAULT_COUNT", runs.join("count"));
        child.output().unwrap()
    };
    let expected = {
        let runs = TempDir::new().unwrap();
        assert!(start(0, "write", 0, false, runs.path()).status.success());
        fs::read(runs.path().join("runs/name/run/values")).unwrap()
    };
    let mut n_faults = 0;
    for operation in ["write", "sync", "rename", "open"] {
        let counting = TempDir::new().unwrap();
        assert!(
            start(0, operation, 0, false, counting.path())
                .status
                .success()
        );
        let n_operations = fs::metadata(counting.path().join("count")).unwrap().len() as usize;
        for at in 1..=n_operations {
            for (number, stays) in [(28, false), (28, true), (5, false), (5, true)] {
                n_faults += 1;
                let runs = TempDir::new().unwrap();
                let ended = start(at, operation, number, stays, runs.path());
                let said = String::from_utf8_lossy(&ended.stdout).into_owned();
                let what = format!("{operation} {at}, {number}, {stays}: {said}");
                // Openings may be tried again; what was not written, not synced or not moved is never taken for done.
                let may_succeed = operation == "open" && ended.status.success();
                assert!(may_succeed || said.contains("ended with a path"), "{what}");
                let values = runs.path().join("runs/name/run/values");
                if let Ok(there) = fs::read(&values) {
                    assert_eq!(there, expected, "{what}");
                }
                one_run(&runs.path().join("runs")).unwrap();
                assert_eq!(fs::read(&values).unwrap(), expected, "{what}");
                let names = fs::read_dir(runs.path().join("runs/name")).unwrap();
                assert_eq!(names.count(), 1, "{what}");
            }
        }
    }
    assert!(n_faults > 100, "{n_faults}");
}
