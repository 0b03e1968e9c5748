//! How the jobs of a sweep stand, by what lies in its folder.

use std::path::Path;

use super::{Judge, State};
use crate::engine::{InQueue, Queue};
use crate::sweep::folder::{End, JobFile, Sent, Start, SweepsFolder};
use crate::sweep::stored;
use crate::sweep::{Finder, Guard, Task};

fn start(id: Option<&str>) -> Start {
    Start {
        host: "here".into(),
        process: 1,
        id: id.map(str::to_owned),
        at: 5,
    }
}

fn end(code: Option<i32>, cancelled: bool) -> End {
    End {
        code,
        why: "error: x".into(),
        cancelled,
        program: "this".into(),
        guards: Vec::new(),
        seconds: 1.0,
    }
}

fn state(folder: &SweepsFolder, queue: Option<Queue>, program: &str) -> State {
    let finder = Finder::default();
    let mut judge = Judge {
        folder,
        finder,
        queue,
        program: Some(program.into()),
    };
    judge.state_of("job", Path::new("/no/run"))
}

#[test]
fn a_state_is_what_was_written_down_and_what_the_cluster_has() {
    let runs = tempfile::tempdir().unwrap();
    let folder = SweepsFolder::of(runs.path());
    folder.create().unwrap();
    let now = |queue: Option<Queue>| state(&folder, queue, "this");
    let has = |entry: InQueue| Some(Queue::from([("7_1".to_owned(), entry)]));
    let waiting = || {
        has(InQueue::Waiting {
            reason: "Priority".into(),
        })
    };
    assert_eq!(now(None), State::Missing);
    let sent = Sent {
        id: "7_1".into(),
        after: vec!["job-generator".into()],
    };
    stored::write(&folder.file("job", "sent.json"), &sent).unwrap();
    assert_eq!(now(Some(Queue::new())), State::Missing);
    assert_eq!(
        now(waiting()),
        State::Waiting {
            reason: "Priority".into(),
            n_begun: 0
        }
    );

    // A stage before it fails, and the cluster throws it away.
    folder
        .write_start("job-generator", 1, &start(None))
        .unwrap();
    folder
        .write_end("job-generator", 1, &end(Some(2), false))
        .unwrap();
    let State::Failed { why, .. } = now(Some(Queue::new())) else {
        panic!()
    };
    assert!(
        why.contains("stage generator failed before: error: x"),
        "{why}"
    );
    let judge = Judge {
        folder: &folder,
        finder: Finder::default(),
        queue: None,
        program: Some("this".into()),
    };
    assert!(!judge.was_made(&Task::read("job-generator").unwrap()));
    folder
        .write_end("job-generator", 1, &end(Some(0), false))
        .unwrap();
    assert!(judge.was_made(&Task::read("job-generator").unwrap()));

    folder.write_start("job", 1, &start(Some("7_1"))).unwrap();
    assert!(matches!(
        now(has(InQueue::Running)),
        State::Running {
            since: Some(5),
            attempt: 1,
            queued: true,
            ..
        }
    ));
    assert_eq!(
        now(waiting()),
        State::Waiting {
            reason: "Priority".into(),
            n_begun: 1
        }
    );
    assert_eq!(
        now(Some(Queue::new())),
        State::Interrupted,
        "killed without a word"
    );
    folder.write_end("job", 1, &end(Some(130), false)).unwrap();
    assert_eq!(now(None), State::Interrupted);
    folder.write_end("job", 1, &end(Some(130), true)).unwrap();
    assert!(matches!(now(None), State::Failed { why, .. } if why.contains("cancelled")));
    folder.write_end("job", 1, &end(None, false)).unwrap();
    assert!(matches!(now(None), State::Failed { code: None, .. }));
    assert_eq!(
        state(&folder, None, "another"),
        State::Missing,
        "another program may not fail"
    );
    folder.write_end("job", 1, &end(Some(0), false)).unwrap();
    assert_eq!(now(None), State::Missing, "its run was freed");
}

#[test]
fn a_failure_because_data_changed_is_told_and_does_not_last() {
    let runs = tempfile::tempdir().unwrap();
    let folder = SweepsFolder::of(runs.path());
    folder.create().unwrap();
    let guards = vec![Guard {
        path: runs.path().join("data"),
        was: "other bytes".into(),
    }];
    let kept = JobFile {
        arguments: Vec::new(),
        run: "/no/run".into(),
        guards: guards.clone(),
    };
    let failed = End {
        guards,
        ..end(Some(2), false)
    };
    let told = || {
        let mut judge = Judge {
            folder: &folder,
            finder: Finder::default(),
            queue: None,
            program: Some("this".into()),
        };
        let told = judge.state("job").unwrap();
        let State::Failed { why, .. } = told else {
            panic!("{told:?}");
        };
        // Whoever runs the sweep again looks at the data anew.
        assert_eq!(state(&folder, None, "this"), State::Missing);
        why
    };
    stored::write(&folder.file("job", "json"), &kept).unwrap();
    let sent = Sent {
        id: "7_1".into(),
        after: vec!["job-generator".into()],
    };
    stored::write(&folder.file("job", "sent.json"), &sent).unwrap();
    folder
        .write_start("job-generator", 1, &start(None))
        .unwrap();
    folder.write_end("job-generator", 1, &failed).unwrap();
    assert!(told().contains("stage generator failed before: error: x"));
    folder.write_start("job", 1, &start(None)).unwrap();
    folder.write_end("job", 1, &failed).unwrap();
    assert_eq!(told(), "error: x");
    // Kept anew, it was not tried since.
    stored::write(
        &folder.file("job", "json"),
        &JobFile {
            guards: Vec::new(),
            ..kept
        },
    )
    .unwrap();
    let mut judge = Judge {
        folder: &folder,
        finder: Finder::default(),
        queue: None,
        program: Some("this".into()),
    };
    assert_eq!(judge.state("job").unwrap(), State::Missing);
}
