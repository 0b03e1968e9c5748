//! A sweep through a real Slurm of one machine: jobs that are cancelled and put back, and the bytes of the local sweep.

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

/// What the cluster needs.
const PROGRAMS: [&str; 5] = ["sbatch", "slurmctld", "slurmd", "munged", "scontrol"];
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(400);

/// A cluster of its own, which ends with the test.
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

    /// Runs a command of Slurm.
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

/// The jobs of whole runs that have begun and not ended: their numbers at the cluster, by their names.
fn at_work(jobs: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(jobs).into_iter().flatten() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let Some((job, "json")) = name.split_once(".start-1.") else {
            continue;
        };
        if !job.contains('-') && !jobs.join(format!("{job}.end-1.json")).exists() {
            let Ok(start) = serde_json::from_slice::<Value>(&fs::read(jobs.join(&name)).unwrap())
            else {
                continue;
            };
            found.insert(job.to_owned(), start["id"].as_str().unwrap().to_owned());
        }
    }
    found
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
    let sets = [
        "--set",
        "decoder.l2=0.001,0.01,0.1,1,10,100",
        "--set",
        "decoder.epochs=3,4",
    ];
    let on_slurm = [&sets[..], &["--on", "slurm"]].concat();
    let first = started(&cluster, &lab, &arguments(&quickstart, &on_slurm));

    // One is cancelled at work and one is put back, whichever come first.
    let jobs = lab.path("slurm/runs/.sweeps/jobs");
    let (cancelled, id) = wait_until("a first run", || at_work(&jobs).into_iter().next());
    cluster.ask("scancel", &[&id]);
    let (requeued, id) = wait_until("another run", || {
        at_work(&jobs)
            .into_iter()
            .find(|(job, _)| *job != cancelled)
    });
    cluster.ask("scontrol", &["requeue", &id]);
    // While jobs are at work, each is shown.
    let (name, value) = cluster.variable();
    let slurm_conf = [(name, value.as_str())];
    let status = || {
        let ended = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["status", "--format", "json"])
            .current_dir(lab.path("slurm"))
            .envs(slurm_conf)
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&ended.stdout).unwrap()
    };
    let state = |status: &Value, job: &str| -> String {
        let of_job = status["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["job"] == job);
        of_job.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        status()["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| !line["job"].as_str().unwrap().contains('-'))
            .count(),
        12
    );

    let first = first.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&first.stderr);
    assert_eq!(first.status.code(), Some(2), "one was cancelled: {stderr}");
    assert!(stderr.contains("somebody cancelled it"), "{stderr}");
    assert!(stderr.contains("1 of 12 runs could not run"), "{stderr}");
    let ended = status();
    assert_eq!(
        (state(&ended, &cancelled), state(&ended, &requeued)),
        ("failed".into(), "done".into())
    );

    let again = started(
        &cluster,
        &lab,
        &arguments(&quickstart, &[&on_slurm[..], &["--retry-failed"]].concat()),
    );
    let again = again.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&again.stderr);
    assert_eq!(again.status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("11 finished before, 1 to run"), "{stderr}");

    // Nothing that was finished began again.
    let mut n_begun: BTreeMap<String, usize> = BTreeMap::new();
    for entry in fs::read_dir(&jobs).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if let Some((task, _)) = name.split_once(".start-") {
            *n_begun.entry(task.to_owned()).or_default() += 1;
        }
    }
    for (task, n_begun) in &n_begun {
        let expected = if *task == cancelled || *task == requeued {
            2
        } else {
            1
        };
        assert_eq!(*n_begun, expected, "{task}");
    }
    // Both networks were trained once, as jobs of their own, before all that needs them.
    assert_eq!(
        n_begun.keys().filter(|task| task.contains('-')).count(),
        2,
        "{n_begun:?}"
    );
    assert_eq!(n_begun.len(), 14);

    let local = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(arguments(
            &quickstart,
            &[&sets[..], &["--jobs", "2"]].concat(),
        ))
        .current_dir(lab.path("local"))
        .output()
        .unwrap();
    assert!(
        local.status.success(),
        "{}",
        String::from_utf8_lossy(&local.stderr)
    );
    assert!(local.stdout == again.stdout, "both print the same");
    let files = |folder: &str| -> BTreeMap<String, Vec<u8>> {
        let mut all = contents(&lab.path(folder).join("runs/quickstart"));
        for (name, bytes) in &mut all {
            if name.ends_with("manifest.json") {
                let mut manifest: Value = serde_json::from_slice(bytes).unwrap();
                manifest["measured"] = Value::Null;
                *bytes = manifest.to_string().into_bytes();
            }
        }
        let summary = PathBuf::from(
            String::from_utf8_lossy(&local.stdout)
                .lines()
                .last()
                .unwrap(),
        );
        all.extend(contents(&lab.path(folder).join(summary.parent().unwrap())));
        all.retain(|name, _| !name.starts_with("latest") && !name.starts_with("slurm/"));
        all
    };
    let (slurm, local) = (files("slurm"), files("local"));
    assert!(slurm.len() > 12 * 5, "{:?}", slurm.keys());
    assert_eq!(
        slurm.keys().collect::<Vec<_>>(),
        local.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &slurm {
        assert!(bytes == &local[name], "{name} differs");
    }
}
