//! The networks of a finished run as observers of a study's trials: those that its own scores were judged by.
//!
//! Weights are read from the run's folder, so that neither its data nor its stages are needed, and nothing is trained.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use candle_core::Tensor;
use lab_core::Error as CoreError;
use lab_core::config::{Experiment, PluginRef, Source};
use lab_core::context::Context;
use lab_core::objective::cached_activations;
use lab_core::traits::{FeatureNet, FittedFeatureNet};
use lab_core::weights;
use lab_score::Rows;
use lab_score::correlation::correlations;
use lab_score::record::{RECORD_FILE, Record};
use lab_score::study::Observed;
use lab_score::study::observers::Stimuli;

use crate::parts::Network;
use crate::proof::check_before_reading;
use crate::scoring::rows;
use crate::{Error, Result, libraries};

/// The resolved experiment in a run's folder.
const EXPERIMENT: &str = "run.ron";

/// The networks of a finished run.
pub struct Observers {
    /// The folder of the run, as it was named.
    run: PathBuf,
    /// First twelve hexadecimal digits of the hash of the resolved experiment.
    pub run_hash: String,
    /// Why no number of the run means anything, if it is of toy size.
    pub toy: Option<String>,
    nets: Vec<Net>,
    ctx: Context,
}

/// A network that looks at pictures.
struct Net {
    name: String,
    net: Box<dyn FittedFeatureNet>,
    /// Names of the layers by which it compares pictures.
    layers: Vec<String>,
    /// Whether a loss term of the run looked through these layers.
    in_loss: bool,
}

/// Reads the networks of a finished run: its observers with all layers, and the feature network with those that its losses used.
///
/// # Errors
/// - As [`check_before_reading`], for every file that is read.
/// - The plugins' own errors, if a network cannot be built from its parameters and weights.
pub fn observers_of(run: &Path) -> Result<Observers> {
    check_before_reading(run, &[EXPERIMENT, RECORD_FILE])?;
    let path = run.join(RECORD_FILE);
    let record = Record::from_json(&read(&path)?)?;
    let source = Source::read(&run.join(EXPERIMENT))?;
    let mut experiment = Experiment::parse(&source)?;
    libraries::load(&mut experiment, &source, &[])?;
    let ctx = Context::new(experiment.seed).with_smoke(record.toy.is_some());
    let mut nets = Vec::new();
    for part in &experiment.observers {
        let (_, net) = restored(run, "observer", part, &ctx)?;
        nets.push(Net {
            name: part.name().to_owned(),
            layers: net.layers(),
            net,
            in_loss: false,
        });
    }
    nets.extend(feature_net(run, &experiment, &ctx)?);
    Ok(Observers {
        run: run.to_owned(),
        run_hash: record.provenance.run_hash,
        toy: record.toy,
        nets,
        ctx,
    })
}

/// The network behind the feature losses, with the layers that they use.
fn feature_net(run: &Path, experiment: &Experiment, ctx: &Context) -> Result<Option<Net>> {
    let Some(part) = &experiment.features else {
        return Ok(None);
    };
    let mut used = BTreeSet::new();
    for (_, term) in &experiment.losses {
        used.extend(term.build(ctx)?.layers());
    }
    let (all, net) = restored(run, "features", part, ctx)?;
    let layers = all.into_iter().filter(|layer| used.contains(layer));
    Ok(Some(Net {
        name: part.name().to_owned(),
        layers: layers.collect(),
        net,
        in_loss: true,
    }))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    Ok(std::fs::read(path).map_err(CoreError::io("reading", path))?)
}

/// The layers of a network, and the network with the weights that the run stored.
fn restored(
    run: &Path,
    role: &str,
    part: &PluginRef<dyn FeatureNet>,
    ctx: &Context,
) -> Result<(Vec<String>, Box<dyn FittedFeatureNet>)> {
    let file = format!("weights/{role}-{}.safetensors", part.name());
    check_before_reading(run, &[&file])?;
    let weights = weights::from_bytes(&read(&run.join(&file))?, ctx.device()).map_err(
        Error::during(format!("reading '{}'", run.join(&file).display())),
    )?;
    let plugin = Network::<dyn FeatureNet>::build(part, ctx)?.plugin;
    let net = plugin.restore(ctx, &weights)?;
    Ok((plugin.layers(), net))
}

impl Observers {
    /// Names of the layers, "network.layer", and whether the run's losses used them.
    pub fn layers(&self) -> Vec<(String, bool)> {
        let of_net = |net: &Net| {
            let name = net.name.clone();
            let in_loss = net.in_loss;
            let layers = net.layers.clone().into_iter();
            layers.map(move |layer| (format!("{name}.{layer}"), in_loss))
        };
        self.nets.iter().flat_map(of_net).collect()
    }

    /// What each layer makes of the pictures: the correlation of its activations.
    ///
    /// # Errors
    /// Fails if a network takes pictures of another size, or as [`Stimuli::observed`].
    ///
    /// # Determinism
    /// Nothing is drawn; rows stand by layer, original and foil.
    pub fn look(&self, stimuli: &Stimuli) -> Result<Vec<Observed>> {
        let originals = self.pictures(&stimuli.of_originals, stimuli)?;
        let reconstructions = self.pictures(&stimuli.of_reconstructions, stimuli)?;
        let mut all = Vec::new();
        for net in &self.nets {
            let look =
                |pictures: &Tensor| cached_activations(net.net.as_ref(), pictures, &net.layers);
            let doing = || {
                format!(
                    "{} of '{}' looking at pictures of {} × {} pixels",
                    net.name,
                    self.run.display(),
                    stimuli.height,
                    stimuli.width
                )
            };
            let of_originals = look(&originals).map_err(Error::during(doing()))?;
            let of_others = look(&reconstructions).map_err(Error::during(doing()))?;
            for layer in &net.layers {
                let (Some(one), Some(two)) = (of_originals.get(layer), of_others.get(layer)) else {
                    continue;
                };
                let name = format!("{}.{layer}", net.name);
                let (one, two) = (rows(one)?, rows(two)?);
                all.extend(stimuli.observed(&name, (&one, &two), correlations)?);
            }
        }
        Ok(all)
    }

    fn pictures(&self, rows: &Rows, stimuli: &Stimuli) -> Result<Tensor> {
        let n = rows.values.len() / rows.n_columns.max(1);
        let shape = (n, 1, stimuli.height, stimuli.width);
        Ok(Tensor::from_slice(&rows.values, shape, self.ctx.device())?)
    }
}
