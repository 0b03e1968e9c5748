//! How long an experiment would take here: what its trainings took before, or a few updates of each, timed, on images that
//! stand in for the data.
//!
//! Whatever plugin an experiment names is timed through the contract alone.

use std::sync::Arc;

use candle_core::Device;
use lab_core::config::{Experiment, Source, overrides};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::objective::Objective;
use lab_core::recording::{Labels, Stimuli};
use lab_core::rng;
use lab_core::traits::{FittedFeatureNet, FittedGenerator, Generator, TrainingSet};
use serde::Serialize;

use super::stopwatch::timed;
use super::stored::{Cost, Source as StoredSource};
use super::trials::{Timed, Trials};
use crate::stages::keys::{DECODE, FEATURES, GENERATOR, observer};
use crate::stages::tune::TUNE;
use crate::{Plan, Result, StagePreview, decides};

/// Images, and training rows, that stand in for the data.
const N_IMAGES: usize = 256;
/// Images for which the time of getting them ready is given: how many a corpus has is known once it is loaded.
const IMAGES: u64 = 1000;
/// What shortens the training of a generator's prior to nothing.
const OF_PRIOR: &str = "generator.prior.train.updates=1";
/// Features of a row: as many as principal components of a few hundred images.
const N_FEATURES: usize = 300;
/// What the stage of the decoders is called.
const DECODERS: &str = "decoders";
/// Rows of decoder training that the estimate is given for, where the data does not say how many there are.
const ROWS: usize = 1000;

/// The time that one stage would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageEstimate {
    /// Name of the stage, as it is shown to people.
    pub stage: String,
    /// Name of the stage, as its results are kept by.
    #[serde(skip)]
    pub(crate) kept_as: String,
    /// Updates of the whole training, where they were timed.
    pub n_updates: Option<u64>,
    /// Images that a training gets ready before its first update, where the seconds are those of this.
    pub n_images: Option<u64>,
    /// Seconds that the whole training takes, or what is done before it.
    pub seconds: f64,
    /// Where the seconds come from, unless a few updates were timed.
    pub source: Option<StoredSource>,
}

impl StageEstimate {
    fn of(stage: &str, kept_as: &str, seconds: f64) -> Self {
        Self {
            stage: stage.into(),
            kept_as: kept_as.into(),
            n_updates: None,
            n_images: None,
            seconds,
            source: None,
        }
    }
}

impl Timed {
    /// The training as a stage, behind what is done before its first update, if there is anything.
    fn stages(self, stage: &str, kept_as: &str) -> impl Iterator<Item = StageEstimate> {
        let before = StageEstimate {
            n_images: Some(IMAGES),
            ..StageEstimate::of(
                &format!("{stage}, before its first update"),
                kept_as,
                self.per_image * IMAGES as f64,
            )
        };
        let training = StageEstimate {
            n_updates: Some(self.n_updates),
            ..StageEstimate::of(stage, kept_as, self.seconds)
        };
        let before = (self.per_image > 0.0).then_some(before);
        before.into_iter().chain([training])
    }
}

/// How long the trainings of an experiment take whose decoders have `n_rows` rows: what finished stages took, where `known`
/// has it, and otherwise what a few updates take, unless `trials` know it already. A stage whose plugin does not train, or
/// cannot on stand-ins, is left out.
///
/// # Errors
/// Fails if a plugin cannot be built or refuses its stand-ins.
pub fn estimate(
    plan: &Plan,
    n_rows: Option<usize>,
    known: &[StagePreview],
    trials: &mut Trials,
) -> Result<Vec<StageEstimate>> {
    let experiment = &plan.experiment;
    let shape = plan.parts.generator.plugin.image_shape();
    let images = stand_in(shape, stand_ins_for(plan))?;
    let on = |kind: &str, part: &str| format!("{kind} {} of {shape} {part}", images.n_images());
    let mut stages = Vec::new();
    let mut add =
        |stage: &str, key: &str, trial: &mut dyn FnMut() -> Result<Option<Timed>>| -> Result<()> {
            match stored(key, known) {
                Some((seconds, source)) => stages.push(StageEstimate {
                    source: Some(source),
                    ..StageEstimate::of(stage, key, seconds)
                }),
                None => stages.extend(trial()?.into_iter().flat_map(|of| of.stages(stage, key))),
            }
            Ok(())
        };
    let generator = &plan.parts.generator;
    if generator.corpus.is_some() {
        let name = on(GENERATOR, &experiment.generator.one_line());
        add("generator", GENERATOR, &mut || {
            trials.found(&name, || time_generator(plan, &images))
        })?;
    }
    let features = plan.parts.features.iter().zip(&experiment.features);
    let features = features.map(|of| ("features".to_owned(), FEATURES.to_owned(), of));
    let observers = plan.parts.observers.iter().zip(&experiment.observers);
    let observers = observers.map(|(net, part)| {
        let stage = format!("observer {}", part.name());
        (stage, observer(part), (net, part))
    });
    let nets = features.chain(observers);
    for (stage, key, (net, part)) in nets.filter(|(_, _, (net, _))| net.corpus.is_some()) {
        let name = on(FEATURES, &part.one_line());
        add(&stage, &key, &mut || {
            let train = |ctx: &Context| net.plugin.prepare(ctx, Some(&images)).is_ok();
            trials.found(&name, || Ok(timed(train)))
        })?;
    }
    let stage = match n_rows {
        Some(n_rows) => format!("{DECODERS}, {n_rows} training rows"),
        None => format!("{DECODERS}, for each {ROWS} training rows"),
    };
    let name = on(DECODE, &decides::pass(experiment));
    add(&stage, DECODE, &mut || {
        let of_a_pass = trials.found(&name, || time_a_pass(plan, &images))?;
        Ok(of_a_pass.map(|of_a_pass| of_all_passes(of_a_pass, plan, n_rows)))
    })?;
    stages.extend(tuning(plan, known, &stages));
    Ok(stages)
}

/// The time of the fits that choose settings: what they took, or in proportion to the decoders: each has some of the members, and
/// all but a part of the rows.
fn tuning(plan: &Plan, known: &[StagePreview], stages: &[StageEstimate]) -> Option<StageEstimate> {
    let tune = plan.experiment.tune.as_ref()?;
    let n_fits = plan.n_tuning_fits();
    let in_proportion = || {
        let decoders = stages.iter().find(|of| of.kept_as == DECODE)?;
        let members = tune.members as f64 / plan.experiment.ensemble.members as f64;
        let rows = 1.0 - (tune.folds as f64).recip();
        let source = decoders.source.map(|_| StoredSource::InProportion);
        Some((decoders.seconds * n_fits as f64 * members * rows, source))
    };
    let found = stored(TUNE, known).map(|(seconds, source)| (seconds, Some(source)));
    let (seconds, source) = found.or_else(in_proportion)?;
    Some(StageEstimate {
        source,
        ..StageEstimate::of(&format!("{TUNE}, {n_fits} fits"), TUNE, seconds)
    })
}

/// Seconds of the stages of this name, if all of them are known, and where the least certain of these figures comes from.
fn stored(stage: &str, known: &[StagePreview]) -> Option<(f64, StoredSource)> {
    let stages: Vec<&StagePreview> = known.iter().filter(|one| one.stage == stage).collect();
    let costs: Option<Vec<Cost>> = stages.iter().map(|one| one.cost).collect();
    let costs = costs.filter(|costs| !costs.is_empty())?;
    let in_proportion = costs
        .iter()
        .find(|cost| cost.source == StoredSource::InProportion);
    let source = in_proportion.or(costs.last())?.source;
    Some((costs.iter().map(|cost| cost.seconds).sum(), source))
}

/// All decode passes on all rows, from one of them on the rows that stand in.
fn of_all_passes(of_a_pass: Timed, plan: &Plan, n_rows: Option<usize>) -> Timed {
    let ensemble = &plan.experiment.ensemble;
    let n_passes = ensemble.members.div_ceil(ensemble.per_pass);
    let scale = n_rows.unwrap_or(ROWS) as f64 / N_IMAGES as f64 * n_passes as f64;
    Timed {
        n_updates: (of_a_pass.n_updates as f64 * scale) as u64,
        seconds: of_a_pass.seconds * scale,
        ..of_a_pass
    }
}

/// One decode pass on rows that stand in, from a few updates.
fn time_a_pass(plan: &Plan, images: &Stimuli) -> Result<Option<Timed>> {
    let experiment = &plan.experiment;
    let Some((generator, features)) = networks(plan, images)? else {
        return Ok(None);
    };
    let ctx = Context::new(experiment.seed);
    let terms = plan.parts.terms.clone();
    let all: Vec<usize> = (0..N_IMAGES).collect();
    let targets = images.tensor(&all, ctx.device())?;
    let objective = Objective::new(generator, features, terms, targets.clone())?;
    let mut draws = ctx.rng("features");
    let rows = rng::normal(&mut draws, 1.0, &[N_IMAGES, N_FEATURES], ctx.device())?;
    let train = TrainingSet {
        features: &rows,
        target_idx: &all,
        targets: &targets,
        picture_of: None,
        objective: &objective,
    };
    let ensemble = &experiment.ensemble;
    let members: Vec<usize> = (0..ensemble.per_pass.min(ensemble.members)).collect();
    let decoder = &plan.parts.decoder;
    Ok(timed(|ctx| decoder.fit(ctx, &train, &members).is_ok()))
}

/// The training of the generator, and that of the generator which it draws from before, if it has such a prior.
fn time_generator(plan: &Plan, images: &Stimuli) -> Result<Option<Timed>> {
    let of = |generator: &dyn Generator| timed(|ctx| generator.prepare(ctx, Some(images)).is_ok());
    let first = of(plan.parts.generator.plugin.as_ref());
    Ok(match with_short_prior(plan)? {
        None => first,
        Some(own) => first.zip(of(own.as_ref())).map(|(first, own)| Timed {
            n_updates: first.n_updates + own.n_updates,
            seconds: first.seconds + own.seconds,
            per_image: first.per_image + own.per_image,
        }),
    })
}

/// The generator, whose prior learns for one update; none if it has no prior that learns.
fn with_short_prior(plan: &Plan) -> Result<Option<Box<dyn Generator>>> {
    let Some(short) = with_sets(plan, &[OF_PRIOR.into()])? else {
        return Ok(None);
    };
    let ctx = Context::new(plan.experiment.seed);
    // Parameters are looked at when a plugin is built, and the whole generator could be: what fails has no such parameter.
    Ok(short.generator.build(&ctx).ok())
}

/// The experiment with other parameters; none if there can be no such ones.
fn with_sets(plan: &Plan, sets: &[String]) -> Result<Option<Experiment>> {
    let Ok(short) = overrides::apply(&Source::new("run.ron", &plan.resolved), sets) else {
        return Ok(None);
    };
    Ok(Some(Experiment::parse(&short)?))
}

/// How many images stand in: more than a latent has numbers where a generator learns, as some learn codes of images.
fn stand_ins_for(plan: &Plan) -> usize {
    let generator = &plan.parts.generator;
    let n_latents = generator.plugin.latent_space().n_latents;
    let least = generator.corpus.is_some().then_some(n_latents + 1);
    N_IMAGES.max(least.unwrap_or_default())
}

/// Images of noise in two classes, which stand in for the data.
fn stand_in(shape: ImageShape, n_images: usize) -> Result<Stimuli> {
    let mut draws = rng::stream(1, "estimate");
    let size = [n_images, shape.n_pixels()];
    let pixels = rng::uniform(&mut draws, -1.0, 1.0, &size, &Device::Cpu)?;
    let mut stimuli = Stimuli::from_pixels(shape, pixels.flatten_all()?.to_vec1()?)?;
    stimuli.labels = Some(Labels {
        names: vec!["one".into(), "two".into()],
        of: (0..n_images).map(|idx| (idx % 2) as u32).collect(),
    });
    Ok(stimuli)
}

type Networks = (Arc<dyn FittedGenerator>, Option<Arc<dyn FittedFeatureNet>>);

/// Both networks after one update, for which their plugins are built with other parameters than the plan's; none if the
/// plugins have no such parameter.
fn networks(plan: &Plan, images: &Stimuli) -> Result<Option<Networks>> {
    let ctx = Context::new(plan.experiment.seed);
    // What has no corpus does not train: its weights are given.
    let features = plan.parts.features.as_ref();
    let trains = [
        ("generator", plan.parts.generator.corpus.is_some()),
        ("features", features.is_some_and(|net| net.corpus.is_some())),
    ];
    let trains = trains.into_iter().filter(|(_, trains)| *trains);
    let mut sets: Vec<String> = trains
        .map(|(part, _)| format!("{part}.train.updates=1"))
        .collect();
    if with_short_prior(plan)?.is_some() {
        sets.push(OF_PRIOR.into());
    }
    let Some(experiment) = with_sets(plan, &sets)? else {
        return Ok(None);
    };
    let generator = experiment.generator.build(&ctx)?;
    let generator = generator.prepare(&ctx, Some(images))?;
    let features = match &experiment.features {
        Some(part) => Some(part.build(&ctx)?.prepare(&ctx, Some(images))?.into()),
        None => None,
    };
    Ok(Some((generator.into(), features)))
}

#[cfg(test)]
mod tests {
    use super::{GENERATOR, Timed};

    #[test]
    fn what_a_training_gets_ready_is_a_stage_before_it() {
        let stages = |per_image: f64| {
            let timed = Timed {
                n_updates: 900,
                seconds: 90.0,
                per_image,
            };
            let stages = timed.stages("generator", GENERATOR);
            let facts = stages.map(|of| (of.stage, of.n_updates, of.n_images, of.seconds));
            facts.collect::<Vec<_>>()
        };
        let training = || ("generator".to_owned(), Some(900), None, 90.0);
        assert_eq!(stages(0.0), [training()]);
        let before = "generator, before its first update".to_owned();
        assert_eq!(
            stages(0.25),
            [(before, None, Some(1000), 250.0), training()]
        );
    }
}
