//! Training through the host's functions gives what training in place gives, bit by bit.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use candle_core::{Tensor, Var};

use super::{bits, build, toys};
use lab_core::config::NoParams;
use lab_core::context::{Checkpoints, Context};
use lab_core::events::{Event, EventSink};
use lab_core::objective::{Objective, WeightedTerm};
use lab_core::recording::Stimuli;
use lab_core::testing::{toy_features, toy_objective};
use lab_core::traits::{Decoder, FeatureNet, FittedGenerator, Generator, LossTerm, TrainingSet};
use lab_core::{Error, Result};

/// Keeps checkpoints in memory, and asks to stop after some progress.
#[derive(Default)]
struct Watch {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    n_progress: AtomicUsize,
    notes: Mutex<Vec<String>>,
    stop: Arc<AtomicBool>,
}

impl Checkpoints for Watch {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }

    fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.kept.lock().unwrap().insert(name.into(), bytes.into());
        Ok(())
    }
}

impl EventSink for Watch {
    fn event(&self, path: &str, event: &Event<'_>) {
        assert_eq!(path, "generator");
        match event {
            Event::Progress { done, total, .. } => {
                assert!(done <= total);
                if self.n_progress.fetch_add(1, Ordering::Relaxed) == 4 {
                    self.stop.store(true, Ordering::Relaxed);
                }
            }
            Event::Note(text) => self.notes.lock().unwrap().push((*text).to_owned()),
            _ => {}
        }
    }
}

fn watched() -> (Context, Arc<Watch>) {
    let watch = Arc::new(Watch::default());
    let ctx = Context::new(5)
        .child("generator")
        .with_events(watch.clone())
        .with_checkpoints(watch.clone())
        .with_cancellation(watch.stop.clone());
    (ctx, watch)
}

fn corpus() -> Stimuli {
    let dots = build::<dyn lab_core::traits::Dataset>("dots()");
    dots.load(&Context::new(2)).unwrap().stimuli
}

fn waves() -> toys::Waves {
    toys::Waves::build(toys::WavesParams::default(), &Context::new(5)).unwrap()
}

#[test]
fn a_generator_is_stopped_goes_on_and_ends_as_if_built_in() -> Result<()> {
    let (corpus, ctx) = (corpus(), Context::new(5).child("generator"));
    let built_in = waves().prepare(&ctx, Some(&corpus))?;
    let generator = build::<dyn Generator>("waves()");
    let (watching, watch) = watched();
    let stopped = generator.prepare(&watching, Some(&corpus));
    assert!(matches!(stopped.err(), Some(Error::Cancelled)));
    assert_eq!(watch.n_progress.load(Ordering::Relaxed), 5);
    assert_eq!(watch.kept.lock().unwrap().len(), 1);
    watch.stop.store(false, Ordering::Relaxed);
    let resumed = generator.prepare(&watching, Some(&corpus))?;
    assert_eq!(watch.n_progress.load(Ordering::Relaxed), 12);
    assert_eq!(watch.notes.lock().unwrap()[..], ["the mean was learned"]);
    let (ours, theirs) = (resumed.weights(), built_in.weights());
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>()
    );
    for (name, tensor) in &theirs {
        assert_eq!(bits(&ours[name]), bits(tensor), "{name}");
    }
    let whole = generator.prepare(&ctx, Some(&corpus))?;
    assert_eq!(whole.curves(), built_in.curves());
    let wrong = Stimuli::from_pixels(lab_core::dims::ImageShape::grey(3), vec![0.0; 18])?;
    let refused = generator.prepare(&ctx, Some(&wrong)).err();
    assert_eq!(
        refused.map(|error| error.to_string()).as_deref(),
        Some(
            "corpus of waves: expected ImageShape { channels: 1, height: 8, width: 8 }, got \"1×3×3\""
        )
    );
    Ok(())
}

/// A loss of several branches: a prior and two other terms beside the generator's.
fn branched(generator: &dyn FittedGenerator, z: &Var) -> Result<(Tensor, Tensor)> {
    let s = (z.as_tensor() * 1.5)?;
    let image = generator.generate(&s)?;
    let again = generator.generate(z.as_tensor())?;
    let data = ((&image - 0.25)?.sqr()?.mean_all()? + (image * again)?.mean_all()?)?;
    let prior = (s.sqr()?.sum_all()? * 0.1)?;
    let wide = (s.exp()?.sum_all()? * 0.05)?;
    let loss = ((data + prior)? + wide)?;
    let gradient = loss.backward()?.remove(z.as_tensor());
    Ok((loss, gradient.unwrap()))
}

#[test]
fn gradients_of_a_branched_loss_are_the_same_bits() -> Result<()> {
    let (corpus, ctx) = (corpus(), Context::new(5).child("generator"));
    let built_in = waves().prepare(&ctx, Some(&corpus))?;
    let loaded = build::<dyn Generator>("waves()").prepare(&ctx, Some(&corpus))?;
    for batch in [1, 3, 64] {
        let z = built_in
            .latent_space()
            .sample(&mut ctx.rng("z"), batch, ctx.device())?;
        let z = Var::from_tensor(&z)?;
        let (one, two) = (
            branched(built_in.as_ref(), &z)?,
            branched(loaded.as_ref(), &z)?,
        );
        assert_eq!(bits(&one.0), bits(&two.0), "loss of {batch}");
        assert_eq!(bits(&one.1), bits(&two.1), "gradient of {batch}");
    }
    Ok(())
}

/// The same objective, of plugins in the library or built in.
fn objective(loaded: bool, targets: Tensor) -> Result<Objective> {
    let (corpus, ctx) = (corpus(), Context::new(5).child("generator"));
    let params = toys::SumsParams::default();
    let apart = toys::ApartParams::default();
    let (generator, net, term): (Box<dyn Generator>, Box<dyn FeatureNet>, Box<dyn LossTerm>) =
        if loaded {
            (build("waves()"), build("sums()"), build("apart()"))
        } else {
            (
                Box::new(waves()),
                Box::new(toys::Sums::build(params, &ctx)?),
                Box::new(toys::Apart::build(apart, &ctx)?),
            )
        };
    let term = WeightedTerm {
        name: "apart".into(),
        weight: 3.0,
        term,
    };
    Objective::new(
        generator.prepare(&ctx, Some(&corpus))?.into(),
        Some(net.prepare(&ctx, None)?.into()),
        Arc::new(vec![term]),
        targets,
    )
}

#[test]
fn a_decoder_trains_through_the_hosts_objective_as_if_built_in() -> Result<()> {
    let ctx = Context::new(5).child("decode");
    let (features, n) = (toy_features(&ctx, 10, 4)?, 10);
    let targets = toy_objective(&ctx, n)?.targets().clone();
    let idx: Vec<usize> = (0..n).rev().collect();
    let mut all = Vec::new();
    // The decoder and everything below it in the library, the decoder alone, or nothing.
    for (decoder_loaded, rest_loaded) in [(false, false), (true, false), (true, true)] {
        let objective = objective(rest_loaded, targets.clone())?;
        let decoder: Box<dyn Decoder> = if decoder_loaded {
            build("lines()")
        } else {
            Box::new(toys::Lines::build(NoParams {}, &ctx)?)
        };
        let train = TrainingSet {
            features: &features,
            target_idx: &idx,
            targets: &targets,
            picture_of: None,
            objective: &objective,
        };
        let fitted = decoder.fit(&ctx, &train, &[0, 2])?;
        let curves = fitted[1].curves();
        let losses: Vec<f64> = curves[0].points.iter().map(|point| point.1).collect();
        assert!(losses.last() < losses.first(), "{losses:?}");
        let weights = fitted[1].weights();
        let restored = decoder.restore(&ctx, &objective, &weights)?;
        all.push((
            bits(&weights["weight"]),
            curves,
            bits(&fitted[1].decode(&features)?),
            bits(&restored.decode(&features)?),
        ));
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    Ok(())
}
