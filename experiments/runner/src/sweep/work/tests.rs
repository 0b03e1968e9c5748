//! Jobs whose data or program changed, and jobs that were told to stop.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::{Request, Worked, Worker};
use crate::hashes::MANIFEST;
use crate::proof::program::built_from;
use crate::sweep::finished::tests::run;
use crate::sweep::folder::{JobFile, SweepsFolder};
use crate::sweep::stored;
use crate::sweep::{Guard, Task};

/// A worker whose program is a shell, and a job that asks it to do nothing.
fn worker(runs: &std::path::Path) -> (Worker, PathBuf) {
    let folder = SweepsFolder::of(runs);
    folder.create().unwrap();
    let job = JobFile {
        arguments: ["-c", "exit 0"].map(str::to_owned).to_vec(),
        run: runs.join("run"),
        guards: Vec::new(),
    };
    fs::create_dir(&job.run).unwrap();
    stored::write(&folder.file("job", "json"), &job).unwrap();
    let worker = Worker {
        folder,
        program: "/bin/sh".into(),
        threads: None,
        id: None,
        hash: OnceLock::new(),
    };
    (worker, job.run)
}

#[test]
fn a_job_whose_data_changed_says_so_in_its_log() {
    let runs = tempfile::tempdir().unwrap();
    let (worker, run) = worker(runs.path());
    let job = JobFile {
        arguments: Vec::new(),
        run,
        guards: vec![Guard {
            path: "/no/data".into(),
            was: "some bytes".into(),
        }],
    };
    stored::write(&worker.folder.file("job", "json"), &job).unwrap();
    let worked = worker.work(&Task::whole("job"), &|| Request::None).unwrap();
    let Worked::Now(end) = worked else {
        panic!("{worked:?}");
    };
    let log = fs::read_to_string(worker.folder.file("job", "log")).unwrap();
    assert!(end.code == Some(2) && end.why.contains("'/no/data' changed since"));
    assert!(log.contains(&end.why), "{log}");
}

#[test]
fn a_job_that_was_told_to_stop_before_it_listened_was_stopped() {
    let code = |request: Request| {
        let runs = tempfile::tempdir().unwrap();
        let (worker, run) = worker(runs.path());
        let job = JobFile {
            arguments: ["-c", "kill -s TERM $$"].map(str::to_owned).to_vec(),
            run,
            guards: Vec::new(),
        };
        stored::write(&worker.folder.file("job", "json"), &job).unwrap();
        // The request comes behind the start of the job.
        let begun = Cell::new(false);
        let asked = || {
            if begun.replace(true) {
                request
            } else {
                Request::None
            }
        };
        match worker.work(&Task::whole("job"), &asked).unwrap() {
            Worked::Now(end) => end.code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code(Request::Stop), Some(super::STOPPED));
    // Nobody of ours asked for it: it failed.
    assert_eq!(code(Request::None), None);
}

#[test]
fn a_run_of_another_program_is_run_again() {
    let runs = tempfile::tempdir().unwrap();
    let (worker, folder) = worker(runs.path());
    let mut manifest = run(&folder);
    let work = || worker.work(&Task::whole("job"), &|| Request::None).unwrap();
    fs::write(folder.join(MANIFEST), manifest.to_string()).unwrap();
    let Worked::Now(end) = work() else {
        panic!("the run of another program was taken");
    };
    assert_eq!(end.code, Some(0));
    let (sources, compiler) = built_from();
    manifest["program"] = serde_json::json!({"sources": sources, "compiler": compiler});
    fs::write(folder.join(MANIFEST), manifest.to_string()).unwrap();
    assert_eq!(work(), Worked::Before);
}
