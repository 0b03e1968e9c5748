//! `lab data split SOURCE --how HOW --n-test N --out FILE`.

use std::io::Write;

use anyhow::Result;
use lab_data::split::{Asked, Images, make, there_already, write};
use lab_datasets::{PictureSet, PixelRange};
use lab_runner::{Written, recording_of};

use super::context;
use crate::cli::SplitArgs;
use crate::out::stdout;

/// Height and width to which pictures of a folder are brought: twice those in which they are compared.
const SIZE: usize = 64;

pub(super) fn split(args: &SplitArgs) -> Result<()> {
    if args.out.exists() {
        return Err(there_already(&args.out).into());
    }
    let images = images(args)?;
    let asked = Asked {
        how: args.how.into(),
        n_test: args.n_test as usize,
        n_clusters: args.clusters as usize,
        threshold: args.threshold,
        seed: args.seed,
    };
    let made = make(&images, &asked)?;
    write(&images, &made, &args.out)?;
    let mut out = stdout();
    for sentence in &made.said {
        writeln!(out, "{sentence}")?;
    }
    writeln!(out, "{}", args.out.display())?;
    Ok(())
}

/// The images of an experiment's dataset, of a folder or of an array.
fn images(args: &SplitArgs) -> Result<Images> {
    if args
        .source
        .extension()
        .is_some_and(|ending| ending == "ron")
    {
        let written = Written {
            file: args.source.clone(),
            sets: args.sets.clone(),
            plugins: args.plugins.clone(),
            ..Written::default()
        };
        return Ok(Images::of(&recording_of(&written, &context(args.seed))?)?);
    }
    let size = args.source.is_dir().then_some(SIZE);
    let ctx = context(args.seed);
    let set = PictureSet::read(&args.source, size, PixelRange::Guess, &ctx)?;
    Ok(Images::of_pictures(&set))
}
