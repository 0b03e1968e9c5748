//! `lab study build RUN… --out STUDY`: a study from the reconstructions of finished runs.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use lab_core::Error;
use lab_core::config::from_ron;
use lab_runner::proof::check_before_reading;
use lab_score::record::{Gallery, Record};
use lab_study::settings::{Settings, Size};
use lab_study::source::{Pictures, Source};

use crate::cli::StudyBuildArgs;
use crate::events;
use crate::out::stdout;

/// What a study is built from.
const STORED: [&str; 2] = ["record.json", "pictures.safetensors"];

pub(super) fn build(args: &StudyBuildArgs) -> Result<()> {
    let settings = settings(args)?;
    let mut sources: Vec<Source> = Vec::new();
    for run in &args.runs {
        let source = source(run)?;
        if sources.iter().any(|known| known.label == source.label) {
            bail!(
                "two runs are called '{}'\n  hint: a run is named by its experiment's name and hash; name each run once",
                source.label
            );
        }
        sources.push(source);
    }
    let built = lab_study::build(&sources, &settings, args.seed, &args.out)?;
    for warning in &built.warnings {
        events::warn(warning);
    }
    let mut out = stdout();
    writeln!(
        out,
        "{} participants, {} trials each, {} pictures of {} bytes",
        built.n_lists, built.n_trials, built.n_images, built.image_bytes
    )?;
    writeln!(out, "{}", args.out.display())?;
    Ok(())
}

fn settings(args: &StudyBuildArgs) -> Result<Settings> {
    let mut settings: Settings = match &args.settings {
        None => Settings::default(),
        Some(path) => {
            let text = fs::read_to_string(path).map_err(Error::io("reading", path))?;
            from_ron(&text).map_err(|problem| anyhow!("'{}': {problem}", path.display()))?
        }
    };
    if let Some(n) = args.participants {
        settings.size = Size::Participants(n);
    }
    if let Some(n) = args.decisions {
        settings.size = Size::DecisionsPerImage(n);
    }
    settings.trials = args.trials.or(settings.trials);
    Ok(settings)
}

fn source(run: &Path) -> Result<Source> {
    if STORED.iter().all(|name| run.join(name).is_file()) {
        check_before_reading(run, &STORED)?;
    }
    let (record, pictures) = lab_reports::read(run)?;
    if let Some(why) = &record.toy {
        events::warn(&format!("'{}' is a run at toy size: {why}", run.display()));
    }
    let gallery = |name: &str| {
        pictures.galleries.get(name).with_context(|| {
            format!(
                "'{}' keeps no pictures '{name}'\n  hint: run the experiment again with this program",
                run.display()
            )
        })
    };
    Ok(Source {
        label: format!("{}-{}", record.name, shortened(&record.provenance.run_hash)),
        set: record.data.dataset.clone(),
        subject: subject(&record),
        run: run.display().to_string(),
        hash: record.provenance.run_hash.clone(),
        toy: record.toy.clone(),
        simulated: record.data.simulated.clone(),
        images: names(&record),
        originals: grey(gallery("originals")?),
        reconstructions: grey(gallery("decoder")?),
        spares: None,
    })
}

fn shortened(hash: &str) -> String {
    hash.chars().take(6).collect()
}

/// The brain, if there is but one.
fn subject(record: &Record) -> String {
    match record.data.subjects.as_slice() {
        [one] => one.id.clone(),
        _ => String::new(),
    }
}

/// Names of the test images; their index in the dataset where they have none, or share one.
fn names(record: &Record) -> Vec<String> {
    let images = &record.data.test_images;
    let different: std::collections::BTreeSet<&String> =
        images.iter().map(|image| &image.name).collect();
    let are_named =
        different.len() == images.len() && images.iter().all(|image| !image.name.is_empty());
    images
        .iter()
        .map(|image| {
            if are_named {
                image.name.clone()
            } else {
                format!("image-{}", image.id)
            }
        })
        .collect()
}

/// Grey values in [−1, 1] as bytes.
fn grey(gallery: &Gallery) -> Pictures {
    let byte = |value: &f32| (127.5 * (value.clamp(-1.0, 1.0) + 1.0)).round() as u8;
    Pictures {
        n_channels: 1,
        height: gallery.height,
        width: gallery.width,
        values: gallery.pixels.iter().map(byte).collect(),
    }
}
