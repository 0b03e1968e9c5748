//! The generator card: what generators are worth, measured alike.
//!
//! - `reference`: the first experiment's images, on which all are measured, and what else differs between experiments.
//! - `judge`: the network that looks at images; no loss has used it, and it is the same for all.
//! - `quality`: samples beside real images.
//! - `latents`: what an error in z costs.
//! - `limits`: the best that searches find for the test images, and what the decoder of a finished run does.
//! - `measures`, `table`: the card as a table; `seeds`: the same over repetitions with other seeds.
//! - `words`: its sentences, a rule each.
//! - `output`: what it leaves in its folder, and what it prints; its chart and its PDF are made of the [`Card`] by others.
//!
//! Generators are trained, or found by their keys, as a run of their experiments would; so are the judge, the ceilings
//! and the decoders of finished runs.

mod judge;
mod latents;
mod limits;
mod measures;
mod output;
mod quality;
mod reference;
mod seeds;
mod table;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use lab_core::config::{PluginRef, Scores};
use lab_score::quality::Jackknife;
use serde::Serialize;

pub use judge::JudgeFacts;
pub use latents::{Mean, SensitivityFacts};
pub use limits::{Ceiling, Decoding, LatentError, Score};
pub use quality::{CopyingFacts, KidLess, Nearer, Quality};
pub use seeds::SeedFigure;
pub use table::{Cell, Row, Section, Table};

use super::session::Session;
use super::shown::some;
use super::{Plan, objective};
use crate::journal::Watcher;
use crate::stages::basis::Basis;
use crate::stages::networks;
use crate::stages::{decode, load};
use crate::store::sheet;
use crate::{Error, Result};
use judge::Judge;
use quality::{CorpusImages, Images, Yardstick};

/// Samples on a sheet.
const N_SHEET: usize = 72;

/// A generator to be judged: an experiment, and where its stages and its run are kept.
pub struct Contestant {
    /// The path, as typed.
    pub file: PathBuf,
    /// The experiment, ready to run.
    pub plan: Plan,
    /// The folder that holds all runs.
    pub runs: PathBuf,
    /// Folder of its run, finished or not.
    pub run: PathBuf,
    /// Why nothing of it is a result, if it was made at toy size.
    pub toy: Option<String>,
}

/// How much is measured.
pub struct Settings {
    /// Samples of each generator.
    pub n_samples: usize,
    n_bootstrap: usize,
    confidence: f64,
}

impl Settings {
    /// The first experiment's bootstrap and confidence hold for all.
    pub fn new(n_samples: usize, scores: &Scores) -> Self {
        Self {
            n_samples,
            n_bootstrap: scores.n_bootstrap,
            confidence: scores.confidence,
        }
    }
}

/// The generator card: what the comparison found.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The network that judges the images.
    pub judge: JudgeFacts,
    /// Samples of each generator.
    pub n_samples: usize,
    /// Real images that no corpus holds.
    pub n_real: usize,
    /// Pictures that they were cut from, if they were.
    pub n_real_pictures: Option<usize>,
    /// The dataset that they are of.
    pub dataset: String,
    /// Why no figure means anything, if something was made at toy size.
    pub toy: Option<String>,
    /// How its responses were simulated; `None` if they were measured.
    pub simulated: Option<String>,
    /// Test images, which ceilings are of.
    pub n_test: usize,
    /// Confidence of every interval, as a share.
    pub confidence: f64,
    /// What differs between the experiments beside the generator.
    pub differences: Vec<String>,
    /// The generators, in the order of the files.
    pub generators: Vec<GeneratorCard>,
    /// Means over seeds, where experiments differ in their seeds alone.
    pub over_seeds: Vec<SeedFigure>,
    /// Their training images, as a yardstick: what the same number of real images would score.
    pub training_images: Vec<(String, Quality)>,
}

/// What was found of one generator.
#[derive(Debug, Clone, Serialize)]
pub struct GeneratorCard {
    /// Name of its experiment, with more where that names several.
    pub label: String,
    /// Name of its experiment.
    pub experiment: String,
    /// Its file, as typed.
    pub file: PathBuf,
    /// Hash of its resolved experiment.
    pub run_hash: String,
    /// Seed of the experiment.
    pub seed: u64,
    /// The plugin and its parameters.
    pub generator: String,
    /// Numbers in a latent.
    pub n_latents: usize,
    /// How good its samples are.
    pub quality: Quality,
    /// Its KID less that of the first generator of the same seed; none for that one.
    pub kid_less: Option<KidLess>,
    /// What an error in z costs.
    pub sensitivity: SensitivityFacts,
    /// The best that a search found for the test images.
    pub ceiling: Ceiling,
    /// What its decoder does.
    pub decoding: Decoding,
}

/// What is said of contestants at toy size: the sentence of each, once.
fn toy(contestants: &[Contestant]) -> Option<String> {
    let mut said: Vec<&str> = Vec::new();
    for sentence in contestants.iter().filter_map(|of| of.toy.as_deref()) {
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// Measures all generators; sheets of images are written into `out`.
///
/// # Errors
/// Fails if there is nothing to compare or to judge by, if experiments do not fit each other, or if a stage fails.
pub fn card(
    contestants: &[Contestant],
    settings: &Settings,
    device: &Device,
    watcher: &Arc<dyn Watcher>,
    out: &Path,
) -> Result<Card> {
    let sessions: Vec<Session<'_>> = contestants
        .iter()
        .map(|contestant| {
            Session::open(&contestant.plan, &contestant.runs, device, watcher.clone())
        })
        .collect::<Result<_>>()?;
    let first = sessions.first().ok_or(Error::Missing {
        what: "experiment to compare",
    })?;
    let found = reference::find(&sessions, contestants)?;
    let judge = Judge::among(networks::observers(first, &found.data)?)?;
    let real = (found.real.clone(), found.pictures.clone());
    let yardstick = Yardstick::new(judge, real, settings.confidence)?;
    let labels = labels(contestants);
    let (mut generators, mut training_images) = (Vec::new(), Vec::new());
    let mut kids: Vec<Jackknife> = Vec::new();
    for (idx, session) in sessions.iter().enumerate() {
        let label = &labels[idx];
        let work = Work {
            session,
            yardstick: &yardstick,
            first: &found.data,
            settings,
            out,
            label,
        };
        let (mut card, of_training, kid) = work
            .measure(&contestants[idx], found.new_corpora.contains(&idx))
            .map_err(Error::during(format!(
                "the generator of '{}'",
                contestants[idx].file.display()
            )))?;
        card.kid_less = kid_less(&generators, &kids, (&card, &kid), settings.confidence)?;
        generators.push(card);
        kids.push(kid);
        training_images.extend(of_training.map(|quality| (label.clone(), quality)));
    }
    let n_real = yardstick.real.dim(0)?;
    let mut card = Card {
        judge: judge_facts(first, &yardstick)?,
        n_samples: settings.n_samples,
        n_real,
        n_real_pictures: n_pictures(yardstick.pictures.as_deref()),
        dataset: found.data.recording.name.clone(),
        toy: toy(contestants),
        simulated: found.data.recording.simulated.clone(),
        n_test: found.data.test_idx.len(),
        confidence: settings.confidence,
        differences: reference::differences(contestants, &labels),
        generators,
        over_seeds: Vec::new(),
        training_images,
    };
    if let Some(table) = card.table_over_seeds(&card.table()) {
        card.over_seeds = seeds::figures(&table);
    }
    Ok(card)
}

/// KID less that of the first generator of the same seed, on the same real images.
fn kid_less(
    before: &[GeneratorCard],
    kids: &[Jackknife],
    (card, kid): (&GeneratorCard, &Jackknife),
    confidence: f64,
) -> Result<Option<KidLess>> {
    let Some(first) = before.iter().position(|other| other.seed == card.seed) else {
        return Ok(None);
    };
    Ok(Some(KidLess {
        than: before[first].label.clone(),
        difference: kid.less(&kids[first], confidence)?,
    }))
}

fn n_pictures(pictures: Option<&[usize]>) -> Option<usize> {
    let different = |pictures: &[usize]| pictures.iter().collect::<BTreeSet<_>>().len();
    pictures.map(different)
}

fn judge_facts(first: &Session<'_>, yardstick: &Yardstick) -> Result<JudgeFacts> {
    let judge = &yardstick.judge;
    let part = first
        .plan
        .experiment
        .observers
        .iter()
        .find(|part| part.name() == judge.ready.name);
    let one = yardstick.real.narrow(0, 0, 1)?;
    Ok(JudgeFacts {
        features: judge.name(),
        n_features: judge.features(&one)?.n_columns,
        network: part.map(PluginRef::one_line).unwrap_or_default(),
        seed: first.plan.experiment.seed,
        classes: judge.ready.net.classes().to_vec(),
    })
}

/// The experiments' names; those that share one get their seeds, or the beginning of their hashes if seeds repeat.
fn labels(contestants: &[Contestant]) -> Vec<String> {
    let name = |contestant: &Contestant| contestant.plan.experiment.name.clone();
    let seed = |contestant: &Contestant| contestant.plan.experiment.seed;
    let label = |contestant: &Contestant| {
        let own = name(contestant);
        let namesakes = || contestants.iter().filter(|other| name(other) == own);
        let same_seed = namesakes().filter(|other| seed(other) == seed(contestant));
        if namesakes().count() == 1 {
            own
        } else if same_seed.count() == 1 {
            format!("{own}-seed{}", seed(contestant))
        } else {
            format!("{own}-{}", &contestant.plan.run_hash[..6])
        }
    };
    contestants.iter().map(label).collect()
}

/// One generator at work.
struct Work<'a> {
    session: &'a Session<'a>,
    yardstick: &'a Yardstick,
    /// The first experiment's data, on which all are measured.
    first: &'a load::Data,
    settings: &'a Settings,
    out: &'a Path,
    label: &'a str,
}

impl Work<'_> {
    /// The card, and the quality of the training images if nobody has measured them.
    fn measure(
        &self,
        contestant: &Contestant,
        with_training: bool,
    ) -> Result<(GeneratorCard, Option<Quality>, Jackknife)> {
        let (session, judge) = (self.session, &self.yardstick.judge);
        let data = load::load(session)?;
        let networks = networks::prepare_with(session, &data, vec![judge.ready.clone()])?;
        let objective = objective(&networks, &data)?;
        let ctx = session.ctx.child("card");
        let generator = networks.generator.net.as_ref();
        let n = self.settings.n_samples;
        let z = generator.sample(&mut ctx.rng("latents"), n, ctx.device())?;
        let samples = decode::generate(generator, &z)?;
        let (quality, of_training, kid) = self.quality(&data, &samples, with_training)?;
        let sensitivity = latents::sensitivity(&ctx, judge, generator, &z, self.settings)?;
        let own = Basis {
            session,
            data: &data,
            networks: &networks,
            objective: &objective,
        };
        let on_first = Basis {
            data: self.first,
            ..own
        };
        let ceiling = limits::ceiling(on_first, self.settings)?;
        let decoding = limits::decoding(own, &contestant.run, judge, &sensitivity, self.settings)?;
        let experiment = &session.plan.experiment;
        let card = GeneratorCard {
            label: self.label.to_owned(),
            experiment: experiment.name.clone(),
            file: contestant.file.clone(),
            run_hash: session.plan.run_hash.clone(),
            seed: experiment.seed,
            generator: experiment.generator.one_line(),
            n_latents: generator.latent_space().n_latents,
            quality,
            kid_less: None,
            sensitivity,
            ceiling,
            decoding,
        };
        Ok((card, of_training, kid))
    }

    fn quality(
        &self,
        data: &load::Data,
        samples: &Tensor,
        with_training: bool,
    ) -> Result<(Quality, Option<Quality>, Jackknife)> {
        let ctx = self.session.ctx.child("card");
        let corpus = networks::generator_corpus(self.session, data)?;
        let training = corpus
            .as_ref()
            .map(|corpus| CorpusImages::of(&ctx, corpus))
            .transpose()?;
        let drawn = Images {
            pixels: samples,
            pictures: None,
        };
        let (quality, nearest, kid) = self.yardstick.quality(drawn, training.as_ref())?;
        self.sheet(
            "samples",
            &samples.narrow(0, 0, N_SHEET.min(samples.dim(0)?))?,
        )?;
        if let Some(nearest) = nearest {
            self.sheet("nearest", &nearest.0)?;
        }
        let of_training = match corpus.filter(|_| with_training) {
            Some(corpus) => {
                let chosen: Vec<usize> =
                    some(corpus.n_images(), samples.dim(0)?, &ctx.child("training"))
                        .into_iter()
                        .map(|idx| idx as usize)
                        .collect();
                let pictures = corpus.pictures_among(&chosen);
                let images = Images {
                    pixels: &corpus.tensor(&chosen, ctx.device())?,
                    pictures: pictures.as_deref(),
                };
                Some(self.yardstick.quality(images, None)?.0)
            }
            None => None,
        };
        Ok((quality, of_training, kid))
    }

    fn sheet(&self, what: &str, images: &Tensor) -> Result<()> {
        let path = self.out.join(format!("{what}-{}.png", self.label));
        Ok(sheet::write(&path, images)?)
    }
}
