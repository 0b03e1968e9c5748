//! The files that an experiment reads, whether they are there or not.

use std::path::PathBuf;

use lab_core::config::{Experiment, Source, overrides};
use lab_core::context::Context;
use lab_core::traits::{Dataset, FeatureNet};

use crate::parts::{Network, Parts};
use crate::plan::Written;
use crate::{Result, libraries, name};

/// What one part of an experiment reads.
#[derive(Debug)]
pub struct Wanted {
    /// The part of the experiment, such as `dataset`.
    pub part: &'static str,
    /// Its files, as the experiment writes them.
    pub files: Vec<PathBuf>,
    /// Where they come from, if the part knows.
    pub obtain: Option<String>,
}

/// The files of every part that reads some; nothing is opened but the experiment and its libraries.
///
/// # Errors
/// As the reading of a plan, files apart.
pub fn wanted(args: &Written) -> Result<Vec<Wanted>> {
    let written = overrides::apply(&Source::read(&args.file)?, &args.sets)?;
    let mut experiment = Experiment::parse(&written)?;
    name::check(&experiment, &written)?;
    libraries::load(&mut experiment, &written, &args.plugins)?;
    let ctx = Context::new(experiment.seed).with_smoke(args.smoke);
    let parts = Parts::build(&experiment, &ctx)?;
    let mut all = vec![of_dataset("dataset", parts.dataset.as_ref())];
    all.extend(
        parts
            .align
            .iter()
            .map(|aligner| plain("align", aligner.files())),
    );
    let generator = &parts.generator;
    all.extend(
        generator
            .corpus
            .as_deref()
            .map(|of| of_dataset("corpus of the generator", of)),
    );
    all.push(plain("weights of the generator", generator.plugin.files()));
    if let Some(net) = &parts.features {
        all.extend(of_net(["corpus of features", "weights of features"], net));
    }
    for net in &parts.observers {
        all.extend(of_net(
            ["corpus of an observer", "weights of an observer"],
            net,
        ));
    }
    all.extend(
        parts
            .terms
            .iter()
            .map(|term| plain("losses", term.term.files())),
    );
    all.push(plain("decoder", parts.decoder.files()));
    all.extend(
        parts
            .overfit
            .iter()
            .map(|decoder| plain("overfit", decoder.files())),
    );
    all.retain(|wanted| !wanted.files.is_empty());
    Ok(all)
}

fn plain(part: &'static str, files: Vec<PathBuf>) -> Wanted {
    Wanted {
        part,
        files,
        obtain: None,
    }
}

fn of_dataset(part: &'static str, dataset: &dyn Dataset) -> Wanted {
    Wanted {
        obtain: dataset.obtain(),
        ..plain(part, dataset.files())
    }
}

fn of_net([corpus, weights]: [&'static str; 2], net: &Network<dyn FeatureNet>) -> Vec<Wanted> {
    let corpus = net.corpus.as_deref().map(|of| of_dataset(corpus, of));
    corpus
        .into_iter()
        .chain([plain(weights, net.plugin.files())])
        .collect()
}
