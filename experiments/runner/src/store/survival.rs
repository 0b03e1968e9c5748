//! The store under damage and company; under failing disks in `faults`.

mod faults;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use candle_core::{Device, Tensor};
use lab_core::context::{Checkpoints as _, Context};
use lab_core::events::{Event, EventSink};
use lab_core::testing::skip;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;

use super::held::{Tried, hold_beside, try_hold};
use super::recorded::MEASURED;
use super::{Key, NewFolder, Stage, Store, remove_litter, whole};
use crate::journal::{Journal, Watcher};

/// Keeps the warnings that are told, so that a test can read them.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl EventSink for Told {
    fn event(&self, _path: &str, event: &Event<'_>) {
        if let Event::Warning(text) = event {
            self.0.lock().unwrap().push((*text).to_owned());
        }
    }
}

impl Watcher for Told {
    fn finished(&self, _stage: &str, _how: &str) {}
}

/// A store, and the warnings that it tells.
fn store(runs: &Path) -> (Store, Arc<Told>) {
    let told = Arc::new(Told::default());
    let events = Arc::new(Journal::new(told.clone()));
    (Store::open(runs, "cpu", events).unwrap(), told)
}

fn key() -> Key {
    Key::new("work", 1).unwrap()
}

/// A stage with two files, which keeps a checkpoint on its way and goes on from one that is there.
fn work(store: &Store, n_made: &Mutex<Vec<String>>) -> lab_core::Result<Stage> {
    let ctx = Context::new(1).child("work");
    store.stage(&ctx, "work", &key(), |ctx, folder| {
        let begun = ctx.checkpoints().load("half")?;
        let from = begun.map_or("nothing".into(), |bytes| {
            String::from_utf8_lossy(&bytes).into_owned()
        });
        n_made.lock().unwrap().push(from);
        for half in ["first half", "second half"] {
            ctx.checkpoints().save("half", half.as_bytes())?;
        }
        let values = Tensor::arange(0f32, 100f32, &Device::Cpu)?;
        let tensors = [("values".to_owned(), values)].into();
        folder.write_weights("values.safetensors", &tensors)?;
        folder.write_json("facts.json", &["one", "two"])
    })
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn every_flipped_bit_of_a_stage_is_found_and_the_stage_is_made_again() {
    const N_FLIPS: usize = 600;
    let runs = TempDir::new().unwrap();
    let n_made = Mutex::default();
    let folder = work(&store(runs.path()).0, &n_made).unwrap().folder;
    let good = files(&folder);
    let listed = |path: &Path| path.file_name().is_some_and(|name| name != MEASURED);
    let mut rng = StdRng::seed_from_u64(3);
    for flip in 0..N_FLIPS {
        let (path, bytes) = loop {
            let (path, bytes) = &good[rng.random_range(0..good.len())];
            if listed(path) {
                break (path, bytes);
            }
        };
        let mut bad = bytes.clone();
        let at = rng.random_range(0..bad.len());
        bad[at] ^= 1 << rng.random_range(0..8);
        fs::write(path, &bad).unwrap();
        assert!(
            whole::check(&folder).unwrap().is_some(),
            "bit of byte {at} of {}",
            path.display()
        );
        // Some of them the whole way, which takes a write of every file.
        if flip % 20 == 0 {
            let (store, told) = store(runs.path());
            work(&store, &n_made).unwrap();
            let told = told.0.lock().unwrap().join("\n");
            assert!(told.contains("the stage is made again"), "{told}");
            let again: Vec<_> = files(&folder)
                .into_iter()
                .filter(|(path, _)| listed(path))
                .collect();
            let good: Vec<_> = good
                .iter()
                .filter(|(path, _)| listed(path))
                .cloned()
                .collect();
            assert_eq!(again, good);
        } else {
            fs::write(path, bytes).unwrap();
        }
    }
    assert_eq!(n_made.lock().unwrap().len(), 1 + N_FLIPS / 20);
    assert!(whole::check(&folder).unwrap().is_none());
}

#[test]
fn what_is_no_stage_is_not_used() {
    let runs = TempDir::new().unwrap();
    let n_made = Mutex::default();
    let folder = work(&store(runs.path()).0, &n_made).unwrap().folder;
    let spoil: [fn(&Path); 4] = [
        // An empty folder, a foreign one, a file, and one that lacks a file.
        |folder| {
            fs::remove_dir_all(folder).unwrap();
            fs::create_dir(folder).unwrap();
        },
        |folder| {
            fs::remove_dir_all(folder).unwrap();
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("holiday.jpg"), "sun").unwrap();
        },
        |folder| {
            fs::remove_dir_all(folder).unwrap();
            fs::write(folder, "a file").unwrap();
        },
        |folder| fs::remove_file(folder.join("facts.json")).unwrap(),
    ];
    for spoil in spoil {
        spoil(&folder);
        let (store, told) = store(runs.path());
        let stage = work(&store, &n_made).unwrap();
        let facts: Vec<String> = stage.folder().read_json("facts.json").unwrap();
        assert_eq!(facts, ["one", "two"]);
        assert_eq!(told.0.lock().unwrap().len(), 1);
    }
    assert_eq!(n_made.lock().unwrap().len(), 5);
}

#[cfg(unix)]
#[test]
fn a_stage_that_cannot_be_looked_at_now_is_nobodys_to_remove() {
    let runs = TempDir::new().unwrap();
    let n_made = Mutex::default();
    let folder = work(&store(runs.path()).0, &n_made).unwrap().folder;
    let good = files(&folder);
    for name in ["facts.json", whole::LIST] {
        // A link to itself is a file that nobody can open, whoever asks: its content may be as good as ever.
        let (path, kept) = (folder.join(name), folder.join("kept"));
        fs::rename(&path, &kept).unwrap();
        std::os::unix::fs::symlink(name, &path).unwrap();
        let error = work(&store(runs.path()).0, &n_made).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        fs::rename(&kept, &path).unwrap();
        work(&store(runs.path()).0, &n_made).unwrap();
    }
    assert_eq!(files(&folder), good);
    assert_eq!(n_made.lock().unwrap().len(), 1);
}

#[test]
fn a_damaged_checkpoint_is_not_gone_on_from() {
    let runs = TempDir::new().unwrap();
    let partial = |store: &Store| store.folder_of("work", &key().on("cpu"));
    let (first, _) = store(runs.path());
    let partial = partial(&first).with_extension("partial");
    let interrupted = |from: &Mutex<Vec<String>>| {
        let (store, told) = store(runs.path());
        let ctx = Context::new(1).child("work");
        let ended = store.stage(&ctx, "work", &key(), |ctx, _folder| {
            let begun = ctx.checkpoints().load("half")?;
            let begun = begun.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            from.lock().unwrap().push(begun.unwrap_or("nothing".into()));
            for half in ["first half", "second half"] {
                ctx.checkpoints().save("half", half.as_bytes())?;
            }
            Err(lab_core::Error::Cancelled)
        });
        assert!(ended.is_err());
        Arc::try_unwrap(told).map_or(Vec::new(), |told| told.0.into_inner().unwrap())
    };
    let from = Mutex::default();
    interrupted(&from);
    let [newest, before] =
        ["checkpoint", "checkpoint-before"].map(|ending| partial.join(format!("half.{ending}")));
    let flip = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        let mut rng = StdRng::seed_from_u64(4);
        for _ in 0..100 {
            let mut bad = bytes.clone();
            let at = rng.random_range(0..bad.len());
            bad[at] ^= 1 << rng.random_range(0..8);
            fs::write(path, &bad).unwrap();
            let loaded = super::checkpoints::FileCheckpoints {
                stage: "work".into(),
                folder: partial.clone(),
                events: Arc::new(Journal::new(Arc::new(Told::default()))),
            };
            let found = loaded.load("half").unwrap();
            assert_ne!(found.as_deref(), Some(b"second half".as_slice()));
        }
    };
    flip(&newest);
    interrupted(&from);
    flip(&newest);
    flip(&before);
    interrupted(&from);
    assert_eq!(*from.lock().unwrap(), ["nothing", "first half", "nothing"]);
}

#[test]
fn a_damaged_checkpoint_never_takes_the_place_of_a_good_one() {
    let folder = TempDir::new().unwrap();
    let checkpoints = super::checkpoints::FileCheckpoints {
        stage: "work".into(),
        folder: folder.path().to_owned(),
        events: Arc::new(Journal::new(Arc::new(Told::default()))),
    };
    let path = |ending: &str| folder.path().join(format!("half.{ending}"));
    for step in ["one", "two"] {
        checkpoints.save("half", step.as_bytes()).unwrap();
    }
    fs::write(path("checkpoint"), "damaged").unwrap();
    let loaded = || checkpoints.load("half").unwrap();
    assert_eq!(loaded().as_deref(), Some(b"one".as_slice()));
    // The step that is kept next is cut short by a crash, which leaves what was kept before it.
    checkpoints.save("half", b"three").unwrap();
    fs::remove_file(path("checkpoint")).unwrap();
    assert_eq!(loaded().as_deref(), Some(b"one".as_slice()));
}

#[test]
fn a_folder_is_held_by_one_at_a_time() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("held");
    assert!(matches!(try_hold(&path).unwrap(), Tried::Gone));
    fs::create_dir(&path).unwrap();
    let Tried::Held(held) = try_hold(&path).unwrap() else {
        skip("the file system of temporary folders knows no locks");
        return;
    };
    assert!(matches!(try_hold(&path).unwrap(), Tried::Busy));
    drop(held);
    assert!(matches!(try_hold(&path).unwrap(), Tried::Held(_)));
}

#[test]
fn a_folder_of_a_network_is_held_by_a_file_beside_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(".new-run-0");
    assert!(matches!(hold_beside(&path).unwrap(), Tried::Gone));
    fs::create_dir(&path).unwrap();
    let Tried::Held(held) = hold_beside(&path).unwrap() else {
        skip("the file system of temporary folders knows no locks");
        return;
    };
    assert!(matches!(hold_beside(&path).unwrap(), Tried::Busy));
    // The file of a living process is no litter, even where its folder could be locked.
    let beside = folder.path().join(".new-run-0.held");
    let kept = try_hold(&path).unwrap();
    remove_litter(folder.path()).unwrap();
    assert!(beside.exists() && path.exists());
    drop((kept, held));
    assert!(!beside.exists());
    assert!(matches!(hold_beside(&path).unwrap(), Tried::Held(_)));
    fs::remove_dir(&path).unwrap();
    fs::write(&beside, "").unwrap();
    remove_litter(folder.path()).unwrap();
    assert!(!beside.exists());
}

#[test]
fn a_new_folder_takes_its_place_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("run");
    let names = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let write = |text: &str| {
        let new = NewFolder::beside(&target).unwrap();
        fs::write(new.path().join("file"), text).unwrap();
        new
    };
    // Dropped, it leaves nothing; what a dead process left is removed, and what a living one makes is not.
    drop(write("dropped"));
    assert!(names().is_empty());
    write("first").place().unwrap();
    let living = write("second");
    let (dead, _) = write("dead").keep();
    remove_litter(folder.path()).unwrap();
    assert!(living.path().exists() && !dead.exists());
    assert_eq!(fs::read(target.join("file")).unwrap(), b"first");
    living.place().unwrap();
    assert_eq!(fs::read(target.join("file")).unwrap(), b"second");
    assert_eq!(names(), ["run"]);
    // A crash between the two steps of systems that cannot exchange folders.
    fs::rename(&target, folder.path().join(".old-run-0")).unwrap();
    remove_litter(folder.path()).unwrap();
    assert_eq!(names(), ["run"]);
    // A file may be in the way too.
    fs::remove_dir_all(&target).unwrap();
    fs::write(&target, "a file").unwrap();
    write("third").place().unwrap();
    assert_eq!(fs::read(target.join("file")).unwrap(), b"third");
}
