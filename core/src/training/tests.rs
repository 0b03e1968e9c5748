//! The loop: it goes on from anywhere, stops when asked, tells and shows as often as said, and refuses what is no number.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use candle_core::{Device, Tensor};
use rand::Rng;

use super::{Course, History, Keep, Training, train};
use crate::context::{Checkpoints, Context};
use crate::events::{Event, EventSink};
use crate::weights::{self, Weights};
use crate::{Error, Result};

/// A walk: each step adds a random number.
struct Walk {
    ctx: Context,
    at: f64,
    shown: Mutex<Vec<usize>>,
    /// The step whose loss is no number.
    breaks_at: Option<usize>,
    /// The step that spoils the weights, which the losses do not show.
    spoils_at: Option<usize>,
}

impl Walk {
    fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            at: 0.0,
            shown: Mutex::default(),
            breaks_at: None,
            spoils_at: None,
        }
    }
}

impl Training for Walk {
    fn step(&mut self, done: &History) -> Result<Vec<f64>> {
        let mut rng = self.ctx.rng(&format!("step-{}", done.len()));
        self.at += rng.random::<f64>();
        if self.breaks_at == Some(done.len()) {
            self.at = f64::NAN;
        }
        if self.spoils_at == Some(done.len()) {
            self.at = f64::INFINITY;
        }
        let hidden = self.spoils_at.is_some();
        Ok(vec![if hidden { 0.0 } else { self.at }, done.len() as f64])
    }

    fn state(&self) -> Result<Weights> {
        Ok([("at".to_owned(), Tensor::new(self.at, &Device::Cpu)?)].into())
    }

    fn restore(&mut self, state: &Weights) -> Result<()> {
        self.at = weights::get(state, "at")?.to_scalar()?;
        Ok(())
    }

    fn show(&self, n_done: usize) -> Result<()> {
        self.shown.lock().unwrap().push(n_done);
        Ok(())
    }
}

/// Keeps the newest checkpoint, and counts them.
#[derive(Default)]
struct Memory(Mutex<Option<Vec<u8>>>, AtomicUsize);

impl Checkpoints for Memory {
    fn load(&self, _name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn save(&self, _name: &str, bytes: &[u8]) -> Result<()> {
        *self.0.lock().unwrap() = Some(bytes.to_vec());
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// A checkpoint after every step, or none before the training ends.
const EVERY: [Duration; 2] = [Duration::ZERO, Duration::MAX];

fn course(n_steps: usize, every: Duration) -> Course<'static> {
    Course {
        keep: Some(Keep {
            every,
            ..Keep::new("walk")
        }),
        ..Course::new("walk", n_steps)
    }
}

#[test]
fn a_training_that_is_stopped_anywhere_ends_as_if_it_had_not_been() -> Result<()> {
    let ctx = Context::new(3);
    let mut whole = Walk::new(&ctx);
    let expected = train(&ctx, &course(7, EVERY[1]), &mut whole)?;
    for (stop, every) in (0..7).flat_map(|stop| EVERY.map(|every| (stop, every))) {
        let asked = Arc::new(AtomicUsize::new(0));
        let counting = asked.clone();
        let stopping = ctx
            .clone()
            .with_checkpoints(Arc::new(Memory::default()))
            .with_cancellation_by(move || counting.fetch_add(1, Ordering::Relaxed) == stop);
        let stopped = train(&stopping, &course(7, every), &mut Walk::new(&ctx));
        assert!(matches!(stopped, Err(Error::Cancelled)), "{stop}");
        let mut resumed = Walk::new(&ctx);
        let history = train(&stopping, &course(7, every), &mut resumed)?;
        assert_eq!(history, expected, "{stop}");
        assert_eq!(resumed.at.to_bits(), whole.at.to_bits(), "{stop}");
        // The request to stop was kept: no step is done twice.
        let n_asked = asked.load(Ordering::Relaxed);
        assert_eq!(n_asked, stop + 1 + 7 - stop, "{stop}");
    }
    Ok(())
}

/// A training that is killed goes on from its newest checkpoint, whichever that is, and ends with the same bytes.
#[test]
fn a_training_that_is_killed_anywhere_ends_as_if_it_had_not_been() -> Result<()> {
    let ctx = Context::new(3);
    let mut whole = Walk::new(&ctx);
    let expected = train(&ctx, &course(7, EVERY[1]), &mut whole)?;
    for killed_at in 0..7 {
        let memory = Arc::new(Memory::default());
        let keeping = ctx.clone().with_checkpoints(memory.clone());
        // The step fails, so that nothing is kept after it: as if the program had been killed there.
        let mut dying = Walk {
            breaks_at: Some(killed_at),
            ..Walk::new(&ctx)
        };
        assert!(train(&keeping, &course(7, EVERY[0]), &mut dying).is_err());
        assert_eq!(memory.1.load(Ordering::Relaxed), killed_at);
        let mut resumed = Walk::new(&ctx);
        let history = train(&keeping, &course(7, EVERY[0]), &mut resumed)?;
        assert_eq!(history, expected, "{killed_at}");
        assert_eq!(resumed.at.to_bits(), whole.at.to_bits(), "{killed_at}");
        // Steps 1 to 6 of 7 were kept once each, by one of the two.
        assert_eq!(memory.1.load(Ordering::Relaxed), 6);
    }
    Ok(())
}

#[test]
fn checkpoints_follow_the_clock_and_not_the_steps() -> Result<()> {
    let ctx = Context::new(3);
    for (every, n_kept) in [(Duration::ZERO, 999), (Duration::from_mins(10), 0)] {
        let memory = Arc::new(Memory::default());
        let keeping = ctx.clone().with_checkpoints(memory.clone());
        train(&keeping, &course(1000, every), &mut Walk::new(&ctx))?;
        assert_eq!(memory.1.load(Ordering::Relaxed), n_kept);
    }
    assert_eq!(Keep::new("walk").every, Duration::from_secs(30));
    Ok(())
}

#[test]
fn curves_are_means_over_steps() -> Result<()> {
    let ctx = Context::new(3);
    let history = train(&ctx, &course(5, EVERY[1]), &mut Walk::new(&ctx))?;
    let curves = history.curves(&["place", "step"], "update", 2);
    assert_eq!(
        (curves[0].name.as_str(), curves[1].name.as_str()),
        ("place", "step")
    );
    assert_eq!(curves[1].points, [(2.0, 0.5), (4.0, 2.5), (5.0, 4.0)]);
    assert_eq!(curves[1].x_label, "update");
    Ok(())
}

#[test]
fn sheets_are_shown_as_often_as_said() -> Result<()> {
    let ctx = Context::new(3);
    for (n_steps, n_sheets, expected) in [
        (10, 5, vec![2, 4, 6, 8, 10]),
        (3, 5, vec![1, 2, 3]),
        (10, 0, vec![]),
    ] {
        let mut walk = Walk::new(&ctx);
        let course = Course {
            n_sheets,
            ..course(n_steps, EVERY[1])
        };
        train(&ctx, &course, &mut walk)?;
        assert_eq!(*walk.shown.lock().unwrap(), expected);
    }
    Ok(())
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_and_names_the_step() {
    let ctx = Context::new(3);
    let mut walk = Walk {
        breaks_at: Some(4),
        ..Walk::new(&ctx)
    };
    let error = train(&ctx, &course(7, EVERY[1]), &mut walk)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "losses of walk at update 4: expected finite numbers, got NaN or infinity; lower train.learning_rate"
    );
}

/// A ReLU turns NaN into 0, so that losses may look well: weights are looked at before each checkpoint, and at the end.
#[test]
fn spoilt_weights_end_the_training_and_are_never_kept() {
    let ctx = Context::new(3);
    for (spoils_at, said) in [(1, "update 2"), (6, "update 7")] {
        let kept = Arc::new(Memory::default());
        let ctx = ctx.clone().with_checkpoints(kept.clone());
        let mut walk = Walk {
            spoils_at: Some(spoils_at),
            ..Walk::new(&ctx)
        };
        let error = train(&ctx, &course(7, EVERY[0]), &mut walk).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "weights 'at' of walk at {said}: expected finite numbers, got 1 of 1 that are NaN or infinite; lower train.learning_rate"
            )
        );
        if let Some(bytes) = kept.0.lock().unwrap().as_ref() {
            let state = weights::from_bytes(bytes, &Device::Cpu).unwrap();
            assert!(weights::check_finite(&state, "").is_ok());
        }
    }
}

/// Progress as (done, total, unit, state).
#[derive(Default)]
struct Told(Mutex<Vec<(u64, u64, String, String)>>);

impl EventSink for Told {
    fn event(&self, _path: &str, event: &Event<'_>) {
        if let Event::Progress {
            done,
            total,
            unit,
            state,
        } = event
        {
            let told = (*done, *total, (*unit).to_owned(), (*state).to_owned());
            self.0.lock().unwrap().push(told);
        }
    }
}

#[test]
fn progress_is_told_after_each_step() -> Result<()> {
    let told = Arc::new(Told::default());
    let ctx = Context::new(3).with_events(told.clone());
    let course = Course {
        said: Some(|losses| format!("step {}", losses[1])),
        ..course(2, EVERY[1])
    };
    train(&ctx, &course, &mut Walk::new(&ctx))?;
    let expected = [(1, 2, "updates", "step 0"), (2, 2, "updates", "step 1")];
    let expected =
        expected.map(|(done, total, unit, state)| (done, total, unit.into(), state.into()));
    assert_eq!(*told.0.lock().unwrap(), expected);
    Ok(())
}
