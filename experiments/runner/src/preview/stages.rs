//! The stages of a run with their keys, in the order in which they are made.

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::traits::{Decoder, Output};
use lab_core::{Result, config::Evaluation};
use lab_score::record::Condition;

use super::seen::{Networks, Seen};
use crate::plan::Plan;
use crate::stages::fold::{folds, without};
use crate::stages::keys::{
    DECODE, FEATURES, Fitted, GENERATOR, Keys, NetworkKeys, PassRows, observer,
};
use crate::stages::load::Data;
use crate::stages::{baselines, networks, regions, tune};
use crate::store::Key;
use crate::store::shelf::Shelf;
use crate::tuning::{Combination, combinations};

/// Where a run would happen: the streams of its numbers, the name of its device, and the stages that are there.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) ctx: &'a Context,
    pub(super) device: &'a str,
    pub(super) shelf: &'a Shelf,
}

/// The keys of every stage, in the order in which a run makes them, and what is to be said of a choice of settings; loads the data
/// and the corpora of networks that were not seen before.
///
/// # Errors
/// As a run, where its data cannot be used.
pub(super) fn planned(
    plan: &Plan,
    around: Around<'_>,
    seen: &mut Seen,
) -> crate::Result<(Vec<Key>, Option<String>)> {
    let data = seen.data(around.ctx, plan)?;
    let networks = seen.networks(plan, || Planned::new(plan, around, &data).networks())?;
    let Some(tuning) = Tuning::of(plan, around, &data, &networks)? else {
        let behind = behind(plan, around, &data, (&networks.keys, &networks.stages))?;
        return Ok((behind, None));
    };
    let chosen = tuning.chosen.as_ref().unwrap_or(plan);
    let behind = behind(chosen, around, &data, (&networks.keys, &[]))?;
    Ok((
        [networks.stages, tuning.stages, behind].concat(),
        Some(tuning.said),
    ))
}

/// The keys of the stages behind a choice of settings; those of networks, unless the choice needed them, behind the alignment.
fn behind(
    plan: &Plan,
    around: Around<'_>,
    data: &Data,
    (networks, of_networks): (&NetworkKeys, &[Key]),
) -> Result<Vec<Key>> {
    let mut planned = Planned::new(plan, around, data);
    let aligned = planned.keys.align(&data.key)?;
    let aligned = planned.add(aligned);
    planned.stages.extend_from_slice(of_networks);
    let passes = planned.passes(&aligned, networks)?;
    let asked = |part: Evaluation| plan.experiment.evaluate.contains(&part);
    if asked(Evaluation::Ceilings) {
        planned.ceilings(networks, &passes)?;
        planned.decoder_ceiling(networks)?;
    }
    if asked(Evaluation::Baselines) {
        planned.baselines(&aligned, networks)?;
    }
    if asked(Evaluation::Subjects) {
        for subject in &data.train.subjects {
            let role = format!("subject_{}", subject.id);
            let alone = Condition::Subject(subject.id.clone());
            let rows = planned.unaligned(&role, &alone, networks)?;
            planned.subject_decoder(&subject.id, &rows, networks)?;
        }
    }
    if asked(Evaluation::Regions) {
        for region in regions::regions(data) {
            let role = regions::role(&region);
            planned.unaligned(&role, &Condition::Region(region), networks)?;
        }
    }
    if asked(Evaluation::Overfit) {
        planned.overfit(&aligned, networks)?;
    }
    Ok(planned.stages)
}

/// The fits that choose settings.
struct Tuning {
    /// Each fit with its alignment.
    stages: Vec<Key>,
    /// The plan with the settings that were chosen, if every fit is there.
    chosen: Option<Plan>,
    said: String,
}

impl Tuning {
    fn of(
        plan: &Plan,
        around: Around<'_>,
        data: &Data,
        networks: &Networks,
    ) -> crate::Result<Option<Self>> {
        let Some(tune) = &plan.experiment.tune else {
            return Ok(None);
        };
        plan.check_folds(&data.recording.stimuli, &data.train_idx)?;
        let mut stages = Vec::new();
        let mut combinations = combinations(plan)?;
        let mut scores = vec![Vec::new(); combinations.len()];
        for part in folds(around.ctx, data, tune.folds) {
            let fold = without(plan, around.ctx, data, &part)?;
            for (of, scores) in combinations.iter().zip(&mut scores) {
                let aligned = Keys::of(&of.plan).align(&fold.key)?.on(around.device);
                let key =
                    tune::key(&of.plan, tune, (&fold, &aligned), &networks.keys)?.on(around.device);
                scores.extend(around.shelf.read::<f64>(&key, tune::SCORE_FILE));
                for key in [aligned, key] {
                    if !stages.contains(&key) {
                        stages.push(key);
                    }
                }
            }
        }
        let is_known = scores
            .iter()
            .all(|scores: &Vec<f64>| scores.len() == tune.folds);
        let n = combinations.len();
        let chosen = is_known.then(|| combinations.swap_remove(tune::best(&scores)));
        let said = said(n, tune.folds, chosen.as_ref());
        Ok(Some(Self {
            stages,
            chosen: chosen.map(|chosen| chosen.plan),
            said,
        }))
    }
}

/// What a reader of the plan should know of the stages behind a choice among some combinations.
fn said(n: usize, n_folds: usize, chosen: Option<&Combination>) -> String {
    match chosen {
        Some(chosen) => format!(
            "The {} fits of tune are there, and chose {}: the stages behind them are listed with it.",
            n * n_folds,
            chosen.words()
        ),
        None => format!(
            "The fits of tune choose among {n} combinations of settings: the stages behind them are listed with the settings as \
             written, and those of another choice may be made."
        ),
    }
}

struct Planned<'a> {
    plan: &'a Plan,
    ctx: &'a Context,
    device: &'a str,
    data: &'a Data,
    keys: Keys<'a>,
    stages: Vec<Key>,
}

impl<'a> Planned<'a> {
    fn new(plan: &'a Plan, around: Around<'a>, data: &'a Data) -> Self {
        Self {
            plan,
            ctx: around.ctx,
            device: around.device,
            data,
            keys: Keys::of(plan),
            stages: Vec::new(),
        }
    }
}

impl Planned<'_> {
    fn add(&mut self, key: Key) -> Key {
        let key = key.on(self.device);
        self.stages.push(key.clone());
        key
    }

    fn networks(mut self) -> Result<Networks> {
        let (parts, experiment) = (&self.plan.parts, &self.plan.experiment);
        let observers = parts.observers.iter().zip(&experiment.observers);
        for (idx, (net, part)) in observers.enumerate() {
            self.net((&observer(part), &format!("observers.{idx}")), part, net)?;
        }
        let (recording, generator) = (&self.data.recording, &parts.generator);
        let corpus = networks::corpus_of_generator(self.ctx, self.plan, recording)?;
        let generator = self.keys.network(
            (GENERATOR, GENERATOR),
            &experiment.generator,
            &generator.plugin.files(),
            (&self.data.key, corpus.as_ref()),
        )?;
        let generator = self.add(generator);
        let features = match (&parts.features, &experiment.features) {
            (Some(net), Some(part)) => Some(self.net((FEATURES, FEATURES), part, net)?),
            _ => None,
        };
        Ok(Networks {
            stages: self.stages,
            keys: NetworkKeys {
                generator,
                features,
            },
        })
    }

    fn net(
        &mut self,
        (role, at): (&str, &str),
        part: &PluginRef<dyn lab_core::traits::FeatureNet>,
        net: &crate::parts::Network<dyn lab_core::traits::FeatureNet>,
    ) -> Result<Key> {
        let recording = &self.data.recording;
        let corpus = networks::corpus_of_net(self.ctx, (role, part), net, recording)?;
        let files = net.plugin.files();
        let corpus = (&self.data.key, corpus.as_ref());
        let key = self.keys.network((role, at), part, &files, corpus)?;
        Ok(self.add(key))
    }

    fn passes(&mut self, aligned: &Key, networks: &NetworkKeys) -> Result<Vec<Key>> {
        let ensemble = &self.plan.experiment.ensemble;
        let members: Vec<usize> = (0..ensemble.members).collect();
        let rows = self.data.train_rows();
        let passes = members.chunks(ensemble.per_pass);
        passes
            .map(|members| {
                let fitted = self.keys.decoder();
                self.pass(DECODE, fitted, (aligned, &rows, members), networks)
            })
            .collect()
    }

    fn pass(
        &mut self,
        stage: &str,
        fitted: Fitted<'_>,
        (aligned, train_idx, members): (&Key, &[usize], &[usize]),
        networks: &NetworkKeys,
    ) -> Result<Key> {
        let rows = PassRows {
            aligned,
            train_idx,
            members,
        };
        let key = self
            .keys
            .pass(stage, fitted, rows, (&self.data.key, networks))?;
        Ok(self.add(key))
    }

    fn ceilings(&mut self, networks: &NetworkKeys, passes: &[Key]) -> Result<()> {
        let data = &self.data.key;
        let ceiling = self
            .keys
            .search(&Condition::Ceiling.name(), data, networks)?;
        let ceiling = self.add(ceiling);
        // Decoders of images have no latents to begin a search from.
        if self.plan.parts.decoder.output() == Output::Latents {
            let found = std::iter::once(&ceiling).chain(passes);
            let stage = Condition::CeilingFromDecoders.name();
            let key = self.keys.search_from(&stage, (data, networks), found)?;
            self.add(key);
        }
        Ok(())
    }

    /// The experiment's alignment and one member of its decoder, on responses without noise.
    fn decoder_ceiling(&mut self, networks: &NetworkKeys) -> Result<()> {
        let data = self.data;
        let rows = self.keys.noiseless(&data.key, &data.recording)?;
        let rows = self.add(rows);
        let train_idx = self.data.train_rows();
        let fitted = self.keys.decoder();
        let stage = Condition::DecoderCeiling.name();
        self.pass(&stage, fitted, (&rows, &train_idx, &[0]), networks)
            .map(drop)
    }

    fn baselines(&mut self, aligned: &Key, networks: &NetworkKeys) -> Result<()> {
        let rows = baselines::shuffled_rows(self.ctx, self.data);
        let decoder = self.keys.decoder();
        self.pass(
            baselines::SHUFFLED,
            decoder,
            (aligned, &rows, &[0]),
            networks,
        )?;
        self.ridge(&Condition::RidgeToPixels, aligned, networks)?;
        let condition = Condition::NoAlignment;
        self.unaligned(&condition.name(), &condition, networks)
            .map(drop)
    }

    /// One member of the experiment's decoder on the rows of a subject.
    fn subject_decoder(&mut self, id: &str, rows: &Key, networks: &NetworkKeys) -> Result<()> {
        let stage = Condition::SubjectDecoder(id.to_owned()).name();
        let train_idx = self.data.train_rows();
        let decoder = self.keys.decoder();
        self.pass(&stage, decoder, (rows, &train_idx, &[0]), networks)
            .map(drop)
    }

    fn unaligned(&mut self, role: &str, of: &Condition, networks: &NetworkKeys) -> Result<Key> {
        let chain = baselines::unaligned_chain(self.ctx)?;
        let key = baselines::unaligned_key(self.keys, role, &self.data.key, &chain)?;
        let key = self.add(key);
        self.ridge(of, &key, networks)?;
        Ok(key)
    }

    fn ridge(&mut self, of: &Condition, rows: &Key, networks: &NetworkKeys) -> Result<()> {
        let part = PluginRef::<dyn Decoder>::of(baselines::RIDGE);
        let plugin = part.build(self.ctx)?;
        let fitted = Fitted {
            at: baselines::BASELINE,
            part: &part,
            plugin: plugin.as_ref(),
        };
        let train_idx = self.data.train_rows();
        let stage = baselines::ridge_stage(of);
        self.pass(&stage, fitted, (rows, &train_idx, &[0]), networks)?;
        Ok(())
    }

    fn overfit(&mut self, aligned: &Key, networks: &NetworkKeys) -> Result<()> {
        let (experiment, parts) = (&self.plan.experiment, &self.plan.parts);
        let (Some(part), Some(plugin)) = (&experiment.overfit, &parts.overfit) else {
            return Ok(());
        };
        let fitted = Fitted {
            at: "overfit",
            part,
            plugin: plugin.as_ref(),
        };
        let rows = self.data.train_rows();
        self.pass("overfit", fitted, (aligned, &rows, &[0]), networks)?;
        Ok(())
    }
}
