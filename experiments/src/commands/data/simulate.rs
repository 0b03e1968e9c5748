//! `lab data simulate NAME DIR`.

use std::io::Write;

use anyhow::Result;
use lab_data::on_disk::{OnDisk, OnDiskSize, simulate_on_disk};

use super::context;
use crate::cli::SimulateArgs;
use crate::out::stdout;

pub(super) fn simulate(args: &SimulateArgs) -> Result<()> {
    let format: OnDisk = args.name.parse()?;
    let size = OnDiskSize {
        voxels: (!args.voxels.is_empty()).then(|| args.voxels.clone()),
        n_train: args.train,
        n_test: args.test,
        snr: args.snr,
        luminance: args.luminance,
        n_corpus: args.corpus,
    };
    simulate_on_disk(&context(args.seed), format, &args.folder, &size)?;
    writeln!(stdout(), "{}", args.folder.display())?;
    Ok(())
}
