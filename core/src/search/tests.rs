//! What a search promises: how it ends, that it is never worse than what it was offered, and that it can be taken up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::{SearchParams, search, search_from};
use crate::context::{Checkpoints, Context};
use crate::invert::{InversionParams, invert};
use crate::testing::toy_objective;
use crate::{Error, Result};

fn params() -> SearchParams {
    SearchParams {
        n_starts: 2,
        ..SearchParams::default()
    }
}

#[test]
fn a_search_says_which_of_both_ended_it() -> Result<()> {
    let ctx = Context::new(1);
    let objective = toy_objective(&ctx, 100)?;
    let long = SearchParams {
        n_steps: 4000,
        ..params()
    };
    let stalled = search(&ctx, &objective, &long)?.facts;
    assert_eq!(stalled.n_stalled, stalled.n_images);
    assert!((50..4000).contains(&stalled.n_steps), "{stalled:?}");
    assert!(stalled.fall.is_some_and(|fall| fall < 0.001), "{stalled:?}");
    let short = SearchParams {
        n_steps: 3,
        ..params()
    };
    let cut = search(&ctx, &objective, &short)?.facts;
    assert_eq!(
        (cut.n_stalled, cut.n_steps, cut.maximum, cut.fall),
        (0, 3, 3, None)
    );
    assert!(stalled.loss < cut.loss);
    Ok(())
}

/// The same starts, followed for as many steps: what is kept is at least as good as what is reached at the end.
#[test]
fn a_search_keeps_the_best_of_all_its_steps() -> Result<()> {
    let ctx = Context::new(3);
    let objective = toy_objective(&ctx, 100)?;
    // So long a step ends anywhere.
    let (n_starts, n_steps, learning_rate) = (2, 1, 30.0);
    let searched = SearchParams {
        n_starts,
        n_steps,
        learning_rate,
        ..params()
    };
    let inverted = InversionParams {
        n_starts,
        n_steps,
        learning_rate,
    };
    let (best, last) = (
        search(&ctx, &objective, &searched)?,
        invert(&ctx, &objective, &inverted)?,
    );
    for (best, last) in best.losses.iter().zip(&last.losses) {
        assert!(*best <= last * (1.0 + 1e-5), "{best} and {last}");
    }
    let sum = |losses: &[f32]| losses.iter().sum::<f32>();
    assert!(sum(&best.losses) < sum(&last.losses));
    let all: Vec<usize> = (0..objective.n_targets()).collect();
    let again = objective
        .loss(&ctx, &best.latents, &all)?
        .to_vec1::<f32>()?;
    for (again, stated) in again.iter().zip(&best.losses) {
        assert!((again - stated).abs() < 1e-5 * stated.abs().max(1.0));
    }
    Ok(())
}

#[test]
fn what_is_offered_is_never_beaten_by_nothing() -> Result<()> {
    let ctx = Context::new(2);
    let objective = toy_objective(&ctx, 100)?;
    // Cut off while its losses are far above the rounding of f32, which depends on the machine and on the batch.
    let cut = SearchParams {
        n_steps: 40,
        ..params()
    };
    let good = search(&ctx, &objective, &cut)?;
    let space = objective.latent_space();
    let bad = space.sample(&mut ctx.rng("bad"), objective.n_targets(), ctx.device())?;
    let short = SearchParams {
        n_starts: 1,
        n_steps: 2,
        learning_rate: 5.0,
        ..params()
    };
    let found = search_from(
        &ctx,
        &objective,
        &short,
        &[bad.clone(), good.latents.clone()],
    )?;
    for (found, offered) in found.losses.iter().zip(&good.losses) {
        assert!(*found <= offered * (1.0 + 1e-5), "{found} and {offered}");
    }
    assert_eq!((found.facts.n_offered, found.facts.n_starts), (2, 1));
    let from_bad = search_from(&ctx, &objective, &short, &[bad])?;
    assert!(from_bad.facts.loss > found.facts.loss);
    assert!(search_from(&ctx, &objective, &short, &[]).is_err());
    Ok(())
}

/// Keeps checkpoints, and asks to stop behind the first.
#[derive(Default)]
struct Interrupting {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    loads: AtomicUsize,
    stop: Arc<AtomicBool>,
}

impl Checkpoints for Interrupting {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let found = self.kept.lock().unwrap().get(name).cloned();
        self.loads
            .fetch_add(usize::from(found.is_some()), Ordering::Relaxed);
        Ok(found)
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let first = self
            .kept
            .lock()
            .unwrap()
            .insert(name.into(), bytes.to_vec())
            .is_none();
        self.stop.store(first, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn a_search_that_was_stopped_ends_with_the_same_bytes() -> Result<()> {
    let objective = toy_objective(&Context::new(1), 5)?;
    let params = SearchParams {
        n_steps: 120,
        tolerance: 0.0,
        ..params()
    };
    let whole = search(&Context::new(1), &objective, &params)?;
    let checkpoints = Arc::new(Interrupting::default());
    let ctx = Context::new(1)
        .with_cancellation(checkpoints.stop.clone())
        .with_checkpoints(checkpoints.clone());
    let stopped = search(&ctx, &objective, &params);
    assert!(matches!(stopped, Err(Error::Cancelled)));
    checkpoints.stop.store(false, Ordering::Relaxed);
    let resumed = search(&ctx, &objective, &params)?;
    assert_eq!(checkpoints.loads.load(Ordering::Relaxed), 1);
    assert_eq!(resumed.facts, whole.facts);
    assert_eq!(
        resumed.latents.to_vec2::<f32>()?,
        whole.latents.to_vec2::<f32>()?
    );
    Ok(())
}

#[test]
fn numbers_that_cannot_search_are_refused_by_name() -> Result<()> {
    let ctx = Context::new(1);
    let objective = toy_objective(&ctx, 100)?;
    for (params, name) in [
        (
            SearchParams {
                n_starts: 0,
                ..params()
            },
            "n_starts",
        ),
        (
            SearchParams {
                window: 0,
                ..params()
            },
            "window",
        ),
        (
            SearchParams {
                learning_rate: f64::NAN,
                ..params()
            },
            "learning_rate",
        ),
        (
            SearchParams {
                tolerance: -0.1,
                ..params()
            },
            "tolerance",
        ),
    ] {
        let complaint = search(&ctx, &objective, &params).unwrap_err().to_string();
        assert!(complaint.contains(name), "{complaint}");
    }
    Ok(())
}
