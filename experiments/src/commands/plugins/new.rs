//! `lab plugins new`.

use std::path::PathBuf;

use anyhow::Result;
use lab_library::project::{self, Project};

use crate::cli::{Kind, NewArgs};

/// The experiment that the new plugin is put into.
const EXPERIMENT: &str = include_str!("../../../quickstart.ron");

/// Writes the project and says what to do with it.
pub(super) fn new(args: &NewArgs) -> Result<String> {
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    let kind = kind(args.kind);
    project::write(&Project {
        name: &args.name,
        kind,
        core: &args.core,
        out: &out,
        experiment: EXPERIMENT,
    })?;
    Ok(format!(
        "{} holds {} for lab; README.md there says more\n  cd {0}\n  cargo test --release\n  cargo build --release\n  lab run experiment.ron\n",
        out.display(),
        kind.one(),
    ))
}

fn kind(typed: Kind) -> project::Kind {
    match typed {
        Kind::Generator => project::Kind::Generator,
        Kind::FeatureNet => project::Kind::FeatureNet,
        Kind::Loss => project::Kind::Loss,
        Kind::Decoder => project::Kind::Decoder,
        Kind::Dataset => project::Kind::Dataset,
        Kind::Aligner => project::Kind::Aligner,
    }
}
