//! Folders of runs as runs leave them, and in disorder.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use super::{What, clean, list, spare};
use crate::proof::seal::seal;

const KEYS: [&str; 4] = [
    "000000000000000000000000",
    "111111111111111111111111",
    "222222222222222222222222",
    "333333333333333333333333",
];

/// A folder of runs that a test fills.
struct Runs(TempDir);

impl Runs {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn stage(&self, name: &str) {
        self.write(&format!(".stages/{name}/warnings.json"), "[]");
        self.write(&format!(".stages/{name}/weights"), "1234567890");
    }

    /// A run of this name and hash that names one stage.
    fn run(&self, name: &str, settings: &str, key: &str, toy: Option<&str>) {
        self.write(&format!("{name}/run.ron"), settings);
        let stages = json!({ "stages": { "align": format!("{key}{key}") } });
        self.write(&format!("{name}/manifest.json"), &stages.to_string());
        let headline = json!({ "observer.pixel.overall": 0.75 });
        let summary = json!({ "toy": toy, "simulated": null, "headline": headline });
        self.write(&format!("{name}/summary.json"), &summary.to_string());
    }

    fn found(&self, toys: bool) -> Vec<(What, String)> {
        let plan = spare(self.0.path(), toys).unwrap();
        let inside = |path: &Path| {
            let path = path.strip_prefix(self.0.path()).unwrap();
            path.display().to_string()
        };
        let spare = plan.spare.iter();
        spare
            .map(|spare| (spare.what, inside(&spare.path)))
            .collect()
    }
}

/// Makes what stands in a folder as old as said, in seconds since 1970.
fn age(path: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[test]
fn runs_are_listed_with_what_differs() {
    let runs = Runs::new();
    runs.run(
        "a/bbbbbbbbbbbb",
        "(seed: 1, decoder: linear(l2: 0.1))",
        KEYS[0],
        None,
    );
    runs.run(
        "a/aaaaaaaaaaaa",
        "(seed: 2, decoder: linear(l2: 0.1))",
        KEYS[1],
        None,
    );
    runs.run("b/cccccccccccc", "(seed: 9)", KEYS[1], Some("tiny"));
    runs.write("b/dddddddddddd/run.ron", "(seed: 10)");
    runs.write("b/notes/mine.txt", "not a run");
    age(&runs.path("a/bbbbbbbbbbbb/manifest.json"), 1_795_824_000);
    age(&runs.path("a/aaaaaaaaaaaa/manifest.json"), 1_795_824_060);
    #[cfg(unix)]
    std::os::unix::fs::symlink("aaaaaaaaaaaa", runs.path("a/latest")).unwrap();
    #[cfg(not(unix))]
    runs.write("a/latest", "aaaaaaaaaaaa\n");
    for key in [KEYS[0], KEYS[2]] {
        runs.stage(&format!("align/{key}"));
    }
    runs.write(&format!(".stages/align/{}.partial/x", KEYS[3]), "123");
    let found = list(runs.0.path()).unwrap();
    let facts: Vec<_> = found
        .runs
        .iter()
        .map(|run| {
            (
                run.hash.as_str(),
                run.latest,
                run.complete,
                run.toy.is_some(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            ("bbbbbbbbbbbb", false, true, false),
            ("aaaaaaaaaaaa", true, true, false),
            ("cccccccccccc", false, true, true),
            ("dddddddddddd", false, false, false),
        ]
    );
    assert_eq!(found.runs[1].differs, ["seed=2"]);
    assert_eq!(found.runs[1].date, "2026-11-28 00:01");
    let figure = found.runs[0].headline["observer.pixel.overall"];
    assert!((figure - 0.75).abs() < 1e-12, "{figure}");
    assert_eq!((found.stages.n, found.stages.bytes), (2, 24));
    assert_eq!((found.unneeded.n, found.unneeded.bytes), (1, 12));
    assert_eq!((found.unfinished.n, found.unfinished.bytes), (1, 3));
}

#[test]
fn figures_of_observers_that_no_loss_has_used_come_first() {
    let figures = [
        "observer.alexnet.conv1.overall",
        "observer.gabor.energy.overall",
        "observer.pixel.overall",
        "p.x",
    ];
    let headline = figures
        .iter()
        .map(|name| ((*name).to_owned(), 0.5))
        .collect();
    let shown = super::folder::shown(&headline, "(observers: [gabor(size: 3)])");
    assert_eq!(
        shown,
        ["observer.gabor.energy.overall", "observer.pixel.overall"]
    );
}

#[test]
fn what_is_spare_is_freed_and_nothing_else() {
    let runs = Runs::new();
    runs.run("a/aaaaaaaaaaaa", "(seed: 1)", KEYS[0], None);
    runs.run("t/bbbbbbbbbbbb", "(seed: 1)", KEYS[1], Some("tiny"));
    #[cfg(unix)]
    std::os::unix::fs::symlink("bbbbbbbbbbbb", runs.path("t/latest-toy")).unwrap();
    for key in &KEYS[..3] {
        runs.stage(&format!("align/{key}"));
    }
    runs.write(&format!(".stages/align/{}.partial/x", KEYS[3]), "123");
    runs.write("a/.new-cccccccccccc-0/run.ron", "()");
    // None of these is ours to free.
    runs.write(&format!(".stages/align/{}/mine.txt", KEYS[3]), "no stage");
    runs.write(".stages/align/mine/warnings.json", "[]");
    runs.write("a/.old-dddddddddddd-0/run.ron", "the only one");
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("warnings.json"), "[]").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        outside.path(),
        runs.path(".stages/align/444444444444444444444444"),
    )
    .unwrap();
    let partial = format!(".stages/align/{}.partial", KEYS[3]);
    let (unneeded, of_toy) = (
        format!(".stages/align/{}", KEYS[2]),
        format!(".stages/align/{}", KEYS[1]),
    );
    let leftovers = [
        (What::Leftover, partial),
        (What::Leftover, "a/.new-cccccccccccc-0".to_owned()),
    ];
    let mut expected = vec![(What::Stage, unneeded.clone())];
    expected.extend(leftovers.clone());
    assert_eq!(runs.found(false), expected);
    let mut expected = vec![(What::Stage, of_toy), (What::Stage, unneeded)];
    expected.extend(leftovers);
    expected.push((What::Toy, "t/bbbbbbbbbbbb".to_owned()));
    assert_eq!(runs.found(true), expected);

    let plan = spare(runs.0.path(), true).unwrap();
    assert!(runs.path("t/bbbbbbbbbbbb").exists(), "nothing is touched");
    let cleaned = clean(&plan).unwrap();
    assert_eq!(cleaned.freed.n, 5);
    assert!(runs.found(true).is_empty());
    assert!(!runs.path("t").exists());
    for stays in [
        format!(".stages/align/{}/weights", KEYS[0]),
        format!(".stages/align/{}/mine.txt", KEYS[3]),
        ".stages/align/mine/warnings.json".into(),
        "a/aaaaaaaaaaaa/manifest.json".into(),
        "a/.old-dddddddddddd-0/run.ron".into(),
    ] {
        assert!(runs.path(&stays).exists(), "{stays}");
    }
    assert!(outside.path().join("warnings.json").exists());
}

#[test]
fn nothing_is_freed_under_a_living_process() {
    let runs = Runs::new();
    runs.stage(&format!("align/{}", KEYS[0]));
    let partial = format!(".stages/align/{}.partial", KEYS[1]);
    runs.write(&format!("{partial}/x"), "123");
    let before = spare(runs.0.path(), false).unwrap();
    assert_eq!(before.spare.len(), 2);
    let holder = fs::File::open(runs.path(&partial)).unwrap();
    holder.lock().unwrap();
    let plan = spare(runs.0.path(), false).unwrap();
    assert!(plan.spare.is_empty(), "{plan:?}");
    assert!(plan.left[0].contains("somebody is at work"), "{plan:?}");
    // It was free when it was found, and is held by now.
    let cleaned = clean(&before).unwrap();
    assert!(cleaned.left[0].contains(&partial), "{cleaned:?}");
    assert!(runs.path(&partial).exists());
    drop(holder);
    assert_eq!(runs.found(false).len(), 1);
}

#[test]
fn a_run_that_cannot_be_read_keeps_every_stage() {
    let runs = Runs::new();
    runs.run("a/aaaaaaaaaaaa", "(seed: 1)", KEYS[0], None);
    runs.stage(&format!("align/{}", KEYS[0]));
    runs.write("a/aaaaaaaaaaaa/manifest.json", "{\"stages\": {");
    let plan = spare(runs.0.path(), false).unwrap();
    assert!(plan.spare.is_empty());
    assert!(plan.left[0].contains("manifest.json"), "{plan:?}");
    let found = list(runs.0.path()).unwrap();
    assert!(!found.runs[0].complete && found.runs[0].trouble.is_some());
}

#[test]
fn stages_stay_while_a_cluster_has_jobs() {
    let runs = Runs::new();
    runs.stage(&format!("generator/{}", KEYS[0]));
    runs.write(".sweeps/feed/sweep.json", "{}");
    let task = |file: &str, text: &str| {
        runs.write(&format!(".sweeps/jobs/abc-generator.{file}.json"), text);
    };
    let is_kept = || {
        let plan = spare(runs.0.path(), false).unwrap();
        let left = plan.left.iter();
        let is_named = left
            .filter(|text| text.contains("abc-generator.sent.json"))
            .count()
            == 1;
        assert_eq!(plan.spare.is_empty(), is_named, "{plan:?}");
        is_named
    };
    let end = |code: &str| {
        format!(
            r#"{{"code": {code}, "why": "", "cancelled": false, "program": "", "guards": [], "seconds": 1}}"#
        )
    };
    let start = |id: &str| format!(r#"{{"host": "h", "process": 1, "id": "{id}", "at": 1}}"#);
    task("sent", "{");
    assert!(is_kept(), "what cannot be read may be at work");
    task("sent", r#"{"id": "5_0", "after": []}"#);
    // Where a cluster answers that it has no such job, nothing is at work; here none may be there to be asked.
    let has_no_cluster = crate::engine::Slurm::ask_queue().is_err();
    assert_eq!(is_kept(), has_no_cluster);
    task("start-1", &start("4_0"));
    task("end-1", &end("0"));
    assert_eq!(is_kept(), has_no_cluster, "it was handed over again since");
    task("start-1", &start("5_0"));
    assert!(!is_kept());
    task("end-1", &end("130"));
    assert_eq!(is_kept(), has_no_cluster, "it goes back into the queue");
    assert_eq!(list(runs.0.path()).unwrap().sweeps.n, 1);
}

#[test]
fn thousands_of_stages_are_listed() {
    let runs = Runs::new();
    for count in 0..2000 {
        runs.write(&format!(".stages/align/{count:024}/warnings.json"), "[]");
    }
    let found = list(runs.0.path()).unwrap();
    assert_eq!(found.unneeded.n, 2000);
}

#[test]
fn a_folder_that_is_not_there_holds_nothing() {
    let found = list(Path::new("/nowhere/at/all")).unwrap();
    assert!(found.runs.is_empty());
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(list(file.path()).is_err());
}

#[test]
fn what_was_changed_after_its_run_is_not_believed() {
    let runs = Runs::new();
    runs.run("a/aaaaaaaaaaaa", "(seed: 1)", KEYS[0], None);
    runs.stage(&format!("align/{}", KEYS[0]));
    let [manifest, summary] =
        ["manifest.json", "summary.json"].map(|name| runs.path("a/aaaaaaaaaaaa").join(name));
    let was = fs::read(&summary).unwrap();
    let key = format!("{0}{0}", KEYS[0]);
    let sealed = seal(&json!({
        "format": 2,
        "files": { "summary.json": blake3::hash(&was).to_hex().to_string() },
        "stages": { "align": key },
    }));
    let sealed = sealed.unwrap();
    let trouble = || {
        let run = list(runs.0.path()).unwrap().runs.remove(0);
        assert_eq!(run.complete, run.trouble.is_none());
        run.trouble
    };
    fs::write(&manifest, &sealed).unwrap();
    assert_eq!((trouble(), runs.found(false)), (None, vec![]));
    // One digit of the key of a stage: another stage would be needed, and this one by nobody.
    fs::write(&manifest, sealed.replace(&key, &key.replacen('0', "1", 1))).unwrap();
    assert!(trouble().unwrap().contains("'manifest.json': it is not"));
    let plan = spare(runs.0.path(), false).unwrap();
    assert!(plan.spare.is_empty() && plan.left[0].contains("finished stages are left"));
    fs::write(&manifest, &sealed).unwrap();
    let better = String::from_utf8(was).unwrap().replace("0.75", "0.95");
    fs::write(&summary, better).unwrap();
    assert!(trouble().unwrap().contains("'summary.json': it is not"));
    assert!(list(runs.0.path()).unwrap().runs[0].headline.is_empty());
}

#[test]
fn what_a_killed_clean_left_is_in_no_ones_way() {
    let runs = Runs::new();
    let stage = format!("align/{}", KEYS[0]);
    runs.stage(&stage);
    let left = format!(".stages/align/.new-{}-spare/weights", KEYS[0]);
    runs.write(&left, "123");
    // A clean that found the stage before the other one was killed, and does not know of what it left.
    let mut plan = spare(runs.0.path(), false).unwrap();
    plan.spare.retain(|spare| spare.what == What::Stage);
    assert_eq!(plan.spare.len(), 1);
    assert_eq!(clean(&plan).unwrap().freed.n, 1);
    assert!(!runs.path(&format!(".stages/{stage}")).exists());
    assert!(!runs.path(&left).exists());
}
