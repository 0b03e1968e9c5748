//! `lab data pack SOURCE OUT`.

use std::io::Write;

use anyhow::Result;
use lab_core::config::PluginRef;
use lab_core::traits::Dataset;
use lab_datasets::{PackOptions, pack as write};

use super::context;
use crate::cli::PackArgs;
use crate::out::stdout;

pub(super) fn pack(args: &PackArgs) -> Result<()> {
    let ctx = context(args.seed);
    let source = if args.source.contains('(') {
        args.source.clone()
    } else {
        // A bare path is a folder of pictures.
        format!("folder(path: {:?}, fit: Coco)", args.source)
    };
    let dataset = PluginRef::<dyn Dataset>::of(&source).build(&ctx)?;
    let options = PackOptions {
        source,
        ..PackOptions::default()
    };
    write(&ctx, dataset.as_ref(), &args.out, &options)?;
    writeln!(stdout(), "{}", args.out.display())?;
    Ok(())
}
