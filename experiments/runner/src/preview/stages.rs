//! The stages of a run with their keys, in the order in which they are made.

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::traits::{Decoder, Output};
use lab_core::{Result, config::Evaluation};
use lab_score::record::Condition;

use crate::plan::Plan;
use crate::stages::fold::{folds, without};
use crate::stages::keys::{
    DECODE, FEATURES, Fitted, GENERATOR, Keys, NetworkKeys, PassRows, observer,
};
use crate::stages::load::{self, Data};
use crate::stages::tune::TUNE;
use crate::stages::{baselines, networks, regions};
use crate::store::Key;
use crate::tuning::combinations;

/// The keys of every stage, in the order in which a run makes them; loads the data and the corpora of networks.
///
/// # Errors
/// As a run, where its data cannot be used.
pub(crate) fn planned(plan: &Plan, ctx: &Context, device: &str) -> crate::Result<Vec<Key>> {
    let data = load::load_only(ctx, plan)?;
    let mut planned = Planned {
        plan,
        ctx,
        device,
        data: &data,
        keys: Keys::of(plan),
        stages: Vec::new(),
    };
    let aligned = planned.keys.align(&data.key)?;
    let aligned = planned.add(aligned);
    let networks = planned.networks()?;
    planned.tuning(&networks)?;
    let passes = planned.passes(&aligned, &networks)?;
    let asked = |part: Evaluation| plan.experiment.evaluate.contains(&part);
    if asked(Evaluation::Ceilings) {
        planned.ceilings(&networks, &passes)?;
        planned.decoder_ceiling(&networks)?;
    }
    if asked(Evaluation::Baselines) {
        planned.baselines(&aligned, &networks)?;
    }
    if asked(Evaluation::Subjects) {
        for subject in &data.train.subjects {
            let role = format!("subject_{}", subject.id);
            let alone = Condition::Subject(subject.id.clone());
            let rows = planned.unaligned(&role, &alone, &networks)?;
            planned.subject_decoder(&subject.id, &rows, &networks)?;
        }
    }
    if asked(Evaluation::Regions) {
        for region in regions::regions(&data) {
            let role = regions::role(&region);
            planned.unaligned(&role, &Condition::Region(region), &networks)?;
        }
    }
    if asked(Evaluation::Overfit) {
        planned.overfit(&aligned, &networks)?;
    }
    Ok(planned.stages)
}

struct Planned<'a> {
    plan: &'a Plan,
    ctx: &'a Context,
    device: &'a str,
    data: &'a Data,
    keys: Keys<'a>,
    stages: Vec<Key>,
}

impl Planned<'_> {
    fn add(&mut self, key: Key) -> Key {
        let key = key.on(self.device);
        self.stages.push(key.clone());
        key
    }

    fn networks(&mut self) -> Result<NetworkKeys> {
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
        Ok(NetworkKeys {
            generator,
            features,
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

    /// The fits that choose settings, and their alignments. Whatever follows is planned with the settings as written: what will
    /// be chosen is not known yet.
    fn tuning(&mut self, networks: &NetworkKeys) -> crate::Result<()> {
        let Some(tune) = &self.plan.experiment.tune else {
            return Ok(());
        };
        self.plan.check_folds(self.data.train_idx.len())?;
        let members: Vec<usize> = (0..tune.members).collect();
        let mut parts = Vec::new();
        for part in folds(self.ctx, self.data.train_idx.len(), tune.folds) {
            parts.push(without(self.plan, self.ctx, self.data, &part)?);
        }
        for combination in combinations(self.plan)? {
            let keys = Keys::of(&combination.plan);
            for data in &parts {
                let aligned = keys.align(&data.key)?.on(self.device);
                // Combinations that align alike share their alignment.
                let has = |known: &Key| known.to_string() == aligned.to_string();
                if !self.stages.iter().any(has) {
                    self.stages.push(aligned.clone());
                }
                let rows = PassRows {
                    aligned: &aligned,
                    train_idx: &data.train_rows(),
                    members: &members,
                };
                let key = keys.pass(TUNE, keys.decoder(), rows, (&data.key, networks))?;
                self.add(key);
            }
        }
        Ok(())
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
