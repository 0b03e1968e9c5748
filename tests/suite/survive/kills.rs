//! A run that is killed anywhere, again and again, ends with the bytes of one that was left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{command, differing, finished, lab, litter, say};
use crate::lab_test::LabTest;
use crate::library::library;

const SEED: u64 = 20_171;
/// Trainings that are killed while they are at work, in the order of a run.
const TRAININGS: [&str; 3] = ["generator", "features", "decode"];

/// Kills behind a verdict.
const LEAST_KILLS: usize = 100;

/// How many kills there were, and what they interrupted.
#[derive(Debug, Default)]
struct Met {
    n_kills: usize,
    n_finished: usize,
    /// For each training, the starts that said that they go on from a checkpoint of it.
    resumed: [usize; 3],
    /// Kills after which a half-written checkpoint was found.
    in_a_write: usize,
}

/// The moment at which a run is killed.
#[derive(Debug, Clone, Copy)]
enum When {
    /// This long after the run's start.
    After(Duration),
    /// This long after the training of this place in the list has kept a new checkpoint.
    In(usize, Duration),
}

#[test]
fn a_run_that_is_killed_anywhere_ends_with_the_same_bytes() {
    let n_chains = if std::env::var_os("LAB_SLOW").is_some() {
        100
    } else {
        10
    };
    let lab = || {
        let lab = lab();
        lab.write("toys.so", fs::read(library()).unwrap());
        lab
    };
    let left_alone = lab();
    let ended = at_work(&left_alone).output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    let expected = finished(&left_alone.path("runs"));
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut met = Met::default();
    // On a fast machine some runs end before they are killed.
    for chain in 0..2 * n_chains {
        if chain >= n_chains && met.n_kills >= LEAST_KILLS {
            break;
        }
        let lab = lab();
        // Every other chain has its files changed while the run is at work.
        let changes = (chain % 2 == 1).then(|| Changes::of(&lab));
        for when in plan(&mut rng) {
            killed(&lab, when, changes.as_ref(), &mut met);
            changes.iter().for_each(Changes::undo);
        }
        let ended = at_work(&lab).output().unwrap();
        assert!(ended.status.success(), "chain {chain}: {ended:?}");
        met.read(&String::from_utf8_lossy(&ended.stderr));
        met.n_finished += 1;
        let runs = lab.path("runs");
        let names = differing(&expected, &finished(&runs));
        assert!(names.is_empty(), "chain {chain} (seed {SEED}): {names:?}");
        assert_eq!(litter(&runs), [""; 0], "chain {chain}");
    }
    say(&format!(
        "{} kills over {} finished runs, seed {SEED}: resumed in the middle of {TRAININGS:?} {:?} times; {} kills inside a \
         checkpoint's write",
        met.n_kills, met.n_finished, met.resumed, met.in_a_write
    ));
    assert!(met.n_kills >= LEAST_KILLS, "{met:?}");
    assert!(met.resumed.iter().all(|&n| n >= 10), "{met:?}");
    assert!(met.in_a_write >= 10, "{met:?}");
}

/// The kills of a chain: at the start, in each training, and anywhere.
fn plan(rng: &mut StdRng) -> Vec<When> {
    let mut instants = |most: u64| Duration::from_millis(rng.random_range(0..most));
    let mut kills = vec![When::After(instants(400))];
    for training in 0..TRAININGS.len() {
        for _ in 0..3 {
            kills.push(When::In(training, instants(40)));
        }
    }
    for _ in 0..2 {
        kills.push(When::After(instants(3000)));
    }
    kills
}

/// A run with a checkpoint after every step.
fn at_work(lab: &LabTest) -> Command {
    let mut command = command(lab, "toy.ron");
    command.env("LAB_CHECKPOINT_SECONDS", "0");
    // A library that is asked at every step of the decoders.
    let loss = r#"losses.0=(10.0, apart(layers: ["conv1"]))"#;
    command.args(["--plugin", "toys.so", "--set", loss]);
    command
}

/// Starts a run and kills it; a run that is faster is left to end.
fn killed(lab: &LabTest, when: When, changes: Option<&Changes>, met: &mut Met) {
    let stages = lab.path("runs/.stages");
    let started = Instant::now();
    let newest_of_all = || TRAININGS.map(|training| newest(&stages, training));
    let before = newest_of_all();
    let mut child = at_work(lab).spawn().unwrap();
    let mut changes = changes;
    loop {
        let now = newest_of_all();
        // What a run needs is read before a training of it goes on.
        if now != before
            && let Some(changes) = changes.take()
        {
            changes.make();
        }
        let is_due = match when {
            When::After(time) => started.elapsed() >= time,
            When::In(training, _) => now[training].is_some() && now[training] != before[training],
        };
        if is_due || child.try_wait().unwrap().is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    if let When::In(_, time) = when {
        thread::sleep(time);
    }
    end(&mut child, met);
    met.in_a_write += usize::from(has_half_a_checkpoint(&stages));
}

fn end(child: &mut Child, met: &mut Met) {
    let ended = child.try_wait().unwrap();
    if ended.is_none() {
        // On this system it is SIGKILL, which no program can answer.
        child.kill().unwrap();
        child.wait().unwrap();
        met.n_kills += 1;
    }
    let mut said = String::new();
    let stderr = child.stderr.as_mut().unwrap();
    std::io::Read::read_to_string(stderr, &mut said).unwrap();
    if let Some(status) = ended {
        assert!(status.success(), "{status}: {said}");
    }
    met.read(&said);
}

impl Met {
    /// Counts what a start said that it goes on from.
    fn read(&mut self, said: &str) {
        for (training, n) in TRAININGS.iter().zip(&mut self.resumed) {
            let is_this = |line: &str| line.starts_with(training) && line.contains("goes on from");
            *n += usize::from(said.lines().any(is_this));
        }
    }
}

/// Checkpoints of the unfinished folders of a stage.
fn checkpoints(stages: &Path, stage: &str) -> Vec<PathBuf> {
    unfinished(&stages.join(stage))
        .into_iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "checkpoint")
        })
        .collect()
}

fn unfinished(stage: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let folders = entries(stage).into_iter();
    folders
        .filter(|folder| folder.extension().is_some_and(|ending| ending == "partial"))
        .flat_map(|folder| entries(&folder))
        .collect()
}

/// When the newest checkpoint of a stage was written.
fn newest(stages: &Path, stage: &str) -> Option<std::time::SystemTime> {
    let times = checkpoints(stages, stage).into_iter();
    times
        .filter_map(|path| fs::metadata(path).ok()?.modified().ok())
        .max()
}

fn has_half_a_checkpoint(stages: &Path) -> bool {
    TRAININGS.iter().any(|stage| {
        unfinished(&stages.join(stage)).iter().any(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(".new-") && name.ends_with(".checkpoint")
        })
    })
}

/// Files of a run that somebody changes while it is at work, and changes back.
struct Changes {
    experiment: (PathBuf, Vec<u8>),
    library: (PathBuf, Vec<u8>),
}

impl Changes {
    fn of(lab: &LabTest) -> Self {
        let whole = |name: &str| (lab.path(name), fs::read(lab.path(name)).unwrap());
        Self {
            experiment: whole("toy.ron"),
            library: whole("toys.so"),
        }
    }

    fn make(&self) {
        let text = String::from_utf8(self.experiment.1.clone()).unwrap();
        fs::write(&self.experiment.0, text.replace("seed: 2018", "seed: 2")).unwrap();
        // In its place, so that a program that has mapped the file would run what is written now.
        fs::write(&self.library.0, vec![0; self.library.1.len()]).unwrap();
    }

    fn undo(&self) {
        for (path, bytes) in [&self.experiment, &self.library] {
            fs::write(path, bytes).unwrap();
        }
    }
}
