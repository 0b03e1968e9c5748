//! Two stages of one store that are made at the same time.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Tensor};
use lab_core::context::Context;
use lab_core::events::Silent;
use tempfile::TempDir;

use super::{Key, MEASURED, Measured, Stage, Store};
use crate::journal::Journal;

/// Makes a stage while another is at work: it warns, shows a sheet of images and waits for the other to have done so too.
fn make(store: &Store, name: &str, together: &Barrier) -> lab_core::Result<Stage> {
    let ctx = Context::new(1).child(name);
    store.stage(&ctx, name, &Key::new(name, 1)?, |ctx, folder| {
        together.wait();
        ctx.warn(&format!("said by {name}"));
        let images = Tensor::zeros((1, 1, 4, 4), DType::F32, &Device::Cpu)?;
        ctx.images(&format!("sheet-{name}"), &images);
        together.wait();
        thread::sleep(Duration::from_millis(100));
        folder.write_json("facts.json", &name)
    })
}

#[test]
fn each_keeps_its_own_warnings_and_sheets_and_its_share_of_the_time() {
    let runs = TempDir::new().unwrap();
    let events = Arc::new(Journal::new(Arc::new(Silent)));
    let store = Store::open(runs.path(), "cpu", events).unwrap();
    let together = Barrier::new(2);
    let began = Instant::now();
    let made: Vec<Stage> = thread::scope(|scope| {
        let work = |name| {
            let (store, together) = (&store, &together);
            scope.spawn(move || make(store, name, together).unwrap())
        };
        let both = ["one", "other"].map(work);
        both.map(|thread| thread.join().unwrap()).into()
    });
    let elapsed = began.elapsed().as_secs_f64();
    let mut shares = 0.0;
    for (stage, name) in made.iter().zip(["one", "other"]) {
        let warned = (name.to_owned(), format!("said by {name}"));
        assert_eq!(stage.warnings, [warned]);
        for other in ["one", "other"] {
            let sheet = stage.folder().path(&format!("sheet-{other}.png"));
            assert_eq!(sheet.exists(), other == name, "{}", sheet.display());
        }
        let measured: Measured = stage.folder().read_json(MEASURED).unwrap();
        let clock = measured.clock_seconds.unwrap();
        assert!(
            clock >= 0.1 && measured.seconds < 0.9 * clock,
            "{measured:?}"
        );
        shares += measured.seconds;
    }
    assert!(shares <= elapsed, "{shares} of {elapsed}");
}

/// What fails has no share in what its neighbour spends from then on.
#[test]
fn a_stage_that_fails_leaves_the_time_to_the_other() {
    let runs = TempDir::new().unwrap();
    let events = Arc::new(Journal::new(Arc::new(Silent)));
    let store = Store::open(runs.path(), "cpu", events).unwrap();
    let together = Barrier::new(2);
    let stage = thread::scope(|scope| {
        let fails = scope.spawn(|| {
            let ctx = Context::new(1).child("fails");
            store.stage(&ctx, "fails", &Key::new("fails", 1)?, |_, _| {
                together.wait();
                Err(lab_core::Error::Cancelled)
            })
        });
        let ctx = Context::new(1).child("works");
        let key = Key::new("works", 1).unwrap();
        let stage = store.stage(&ctx, "works", &key, |_, folder| {
            together.wait();
            assert!(fails.join().unwrap().is_err());
            thread::sleep(Duration::from_millis(200));
            folder.write_json("facts.json", &0)
        });
        stage.unwrap()
    });
    let measured: Measured = stage.folder().read_json(MEASURED).unwrap();
    assert!(measured.seconds >= 0.2, "{measured:?}");
}
