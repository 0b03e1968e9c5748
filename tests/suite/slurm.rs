//! A sweep through a real Slurm of one machine: jobs that are cancelled, put back and pushed aside, and the bytes of the
//! local sweep.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lab_core::testing::skip;
use serde_json::Value;

use crate::lab_test::{LabTest, contents, experiment, root};
use crate::sweep::arguments;

/// The programs that a cluster on one machine needs.
const PROGRAMS: [&str; 5] = ["sbatch", "slurmctld", "slurmd", "munged", "scontrol"];
/// Longest time that anything is waited for.
const PATIENCE: Duration = Duration::from_mins(7);
/// Exit code of a run that was asked to stop.
const STOPPED: i64 = 130;

/// A cluster on this machine that the test starts, and that ends with the test.
struct Cluster {
    folder: PathBuf,
}

impl Cluster {
    /// `None`, with a printed reason, where Slurm is not installed or this is not root.
    fn start(folder: PathBuf) -> Option<Self> {
        let missing = PROGRAMS.iter().find(|program| {
            !["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]
                .iter()
                .any(|folder| Path::new(folder).join(program).exists())
        });
        if let Some(program) = missing {
            skip(&format!(
                "a sweep through Slurm: there is no {program}; apt-get install slurm-wlm munge"
            ));
            return None;
        }
        let user = Command::new("id").arg("-u").output().unwrap();
        if user.stdout != b"0\n" {
            skip("a sweep through Slurm: only root can start a cluster");
            return None;
        }
        let cluster = Self { folder };
        let output = cluster.machine("start");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Some(cluster)
    }

    fn machine(&self, action: &str) -> std::process::Output {
        Command::new(root().join("tests/suite/slurm/machine.sh"))
            .arg(action)
            .arg(&self.folder)
            .output()
            .unwrap()
    }

    fn variable(&self) -> (&'static str, String) {
        (
            "SLURM_CONF",
            self.folder
                .join("slurm.conf")
                .to_string_lossy()
                .into_owned(),
        )
    }

    /// Runs a command of Slurm in this cluster and gives back what it prints.
    fn ask(&self, program: &str, arguments: &[&str]) -> String {
        let (name, value) = self.variable();
        let output = Command::new(program)
            .args(arguments)
            .env(name, value)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Whether no job of a higher priority wants the machine.
    fn is_free(&self) -> bool {
        self.ask("squeue", &["--noheader", "--partition=urgent"])
            .is_empty()
    }

    /// Starts a job of a higher priority that wants the whole machine, so that whatever is at work there must go.
    fn take(&self) {
        let urgent = [
            "--partition=urgent",
            "--exclusive",
            "--output=/dev/null",
            "--wrap=exit 0",
        ];
        self.ask("sbatch", &urgent);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.machine("stop");
    }
}

fn wait_until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(since.elapsed() < PATIENCE, "{what} did not happen");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The whole runs that have begun: their numbers at the cluster, by their names.
fn begun(jobs: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(jobs).into_iter().flatten() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let Some((job, "json")) = name.split_once(".start-1.") else {
            continue;
        };
        if !job.contains('-') {
            let Ok(start) = serde_json::from_slice::<Value>(&fs::read(jobs.join(&name)).unwrap())
            else {
                continue;
            };
            found.insert(job.to_owned(), start["id"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// Those of them that have not ended.
fn at_work(jobs: &Path) -> BTreeMap<String, String> {
    let mut begun = begun(jobs);
    begun.retain(|job, _| !jobs.join(format!("{job}.end-1.json")).exists());
    begun
}

fn started(cluster: &Cluster, lab: &LabTest, arguments: &[&str]) -> Child {
    let (name, value) = cluster.variable();
    Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(arguments)
        .current_dir(lab.path("slurm"))
        .env(name, value)
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs of the sweep.
const N_RUNS: usize = 12;

/// What is swept: twelve runs that share their networks.
const SWEPT: [&str; 6] = [
    "--set",
    "decoder.l2=0.001,0.01,0.1,1,10,100",
    "--set",
    "decoder.learning_rate=0.003,0.004",
    // No identity depends on what is asked of the cluster.
    "--set",
    "resources.hours=3",
];

impl Cluster {
    /// The states that `lab status` shows, by the names of tasks.
    fn states(&self, lab: &LabTest) -> BTreeMap<String, String> {
        let output = started(self, lab, &["status", "--format", "json"])
            .wait_with_output()
            .unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        let lines = status["jobs"].as_array().unwrap().iter();
        lines
            .map(|line| (text(line, "job"), text(line, "state")))
            .collect()
    }
}

/// What happened to runs, by their names.
struct Disturbed {
    cancelled: String,
    requeued: String,
    /// None where every run ended before an urgent job was there, as on a fast machine.
    pushed_aside: Option<String>,
}

/// Ends one run by `scancel`, puts another one back into the queue and lets an urgent job push a third one aside, each just
/// after it has begun.
fn disturb(cluster: &Cluster, jobs: &Path) -> Disturbed {
    let mut seen = BTreeMap::new();
    let mut fresh = || {
        let now = at_work(jobs);
        let mut new = now.clone().into_iter();
        let found = new.find(|(job, _)| !seen.contains_key(job));
        seen.extend(now);
        found
    };
    let (cancelled, id) = wait_until("a first run", &mut fresh);
    let said = cluster.ask("scontrol", &["-o", "show", "job", &id]);
    assert!(said.contains("TimeLimit=03:00:00"), "{said}");
    cluster.ask("scancel", &[&id]);
    let (requeued, id) = wait_until("another run", &mut fresh);
    cluster.ask("scontrol", &["requeue", &id]);
    let known = [cancelled.clone(), requeued.clone()];
    let is_pushed_aside = |run: &String, id: &String| {
        let has_stopped = first_code(jobs, run) == Some(STOPPED);
        let said = || cluster.ask("scontrol", &["-o", "show", "job", id]);
        !known.contains(run) && has_stopped && said().contains("Restarts=1")
    };
    let pushed_aside = wait_until("a run that is pushed aside, or the end of all", || {
        // A run that is nearly done ends all the same; then the next one is tried.
        if cluster.is_free() && fresh().is_some() {
            cluster.take();
        }
        let mut begun = begun(jobs).into_iter();
        let found = begun.find_map(|(run, id)| is_pushed_aside(&run, &id).then_some(run));
        let have_all_ended = self::begun(jobs).len() == N_RUNS && at_work(jobs).is_empty();
        (found.is_some() || have_all_ended).then_some(found)
    });
    if pushed_aside.is_none() {
        skip("every run ended before an urgent job could push it aside: the rest is tested");
    }
    Disturbed {
        cancelled,
        requeued,
        pushed_aside,
    }
}

/// The exit code of a task's first attempt, if it wrote one down.
fn first_code(jobs: &Path, task: &str) -> Option<i64> {
    let end = fs::read(jobs.join(format!("{task}.end-1.json"))).ok()?;
    let end: Value = serde_json::from_slice(&end).unwrap();
    end["code"].as_i64()
}

/// How often each task began, by the task's name.
fn n_begun(jobs: &Path) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(jobs).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if let Some((task, _)) = name.split_once(".start-") {
            *all.entry(task.to_owned()).or_default() += 1;
        }
    }
    all
}

/// The files of all runs and of the summary in this folder, without what was measured.
fn files(folder: &Path, summary: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = contents(&folder.join("runs/quickstart"));
    for (name, bytes) in &mut all {
        if name.ends_with("manifest.json") {
            let mut manifest: Value = serde_json::from_slice(bytes).unwrap();
            // What was measured, and the hash over all of the manifest.
            manifest["measured"] = Value::Null;
            manifest["manifest_hash"] = Value::Null;
            *bytes = manifest.to_string().into_bytes();
        }
    }
    all.extend(contents(&folder.join(summary)));
    // Which run was the last one depends on the order in which they end.
    all.retain(|name, _| !name.starts_with("latest") && !name.starts_with("slurm/"));
    all
}

#[test]
fn a_sweep_through_slurm_gives_the_bytes_of_the_local_one() {
    let lab = LabTest::new();
    let Some(cluster) = Cluster::start(lab.path("cluster")) else {
        return;
    };
    for folder in ["slurm", "local"] {
        fs::create_dir(lab.path(folder)).unwrap();
    }
    let quickstart = experiment("quickstart");
    let on_slurm = [&SWEPT[..], &["--on", "slurm"]].concat();
    let first = started(&cluster, &lab, &arguments(&quickstart, &on_slurm));
    let jobs = lab.path("slurm/runs/.sweeps/jobs");
    let Disturbed {
        cancelled,
        requeued,
        pushed_aside,
    } = disturb(&cluster, &jobs);
    let states = cluster.states(&lab);
    assert_eq!(
        states.keys().filter(|task| !task.contains('-')).count(),
        N_RUNS
    );

    let first = first.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&first.stderr);
    assert_eq!(first.status.code(), Some(2), "one was cancelled: {stderr}");
    assert!(stderr.contains("somebody cancelled it"), "{stderr}");
    assert!(stderr.contains("1 of 12 runs could not run"), "{stderr}");
    let states = cluster.states(&lab);
    assert_eq!(
        (&*states[&cancelled], &*states[&requeued]),
        ("failed", "done")
    );

    let retry = [&on_slurm[..], &["--retry-failed"]].concat();
    let again = started(&cluster, &lab, &arguments(&quickstart, &retry));
    let again = again.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&again.stderr);
    assert_eq!(again.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("11 finished before, 1 to run"), "{stderr}");

    // Nothing that was finished began again. Both networks were trained once, as jobs of their own, for all runs.
    let n_begun = n_begun(&jobs);
    for (task, n_begun) in &n_begun {
        let is_disturbed = [&cancelled, &requeued].contains(&task);
        if is_disturbed || pushed_aside.as_ref() == Some(task) {
            assert!(*n_begun > 1, "{task} began once");
        }
        if *n_begun > 1 {
            let code = first_code(&jobs, task);
            assert!(!matches!(code, Some(0 | 1)), "{task}: {code:?}");
        }
    }
    let n_stages = n_begun.keys().filter(|task| task.contains('-')).count();
    assert_eq!((n_begun.len(), n_stages), (14, 2), "{n_begun:?}");

    let local = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(arguments(&quickstart, &SWEPT))
        .current_dir(lab.path("local"))
        .output()
        .unwrap();
    assert!(
        local.status.success(),
        "{}",
        String::from_utf8_lossy(&local.stderr)
    );
    assert!(local.stdout == again.stdout, "both print the same");
    let printed = String::from_utf8_lossy(&local.stdout).into_owned();
    let summary = Path::new(printed.lines().last().unwrap()).parent().unwrap();
    let [slurm, local] = ["slurm", "local"].map(|folder| files(&lab.path(folder), summary));
    assert!(slurm.len() > 12 * 5, "{:?}", slurm.keys());
    assert_eq!(
        slurm.keys().collect::<Vec<_>>(),
        local.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &slurm {
        assert!(bytes == &local[name], "{name} differs");
    }
}
