//! `lab study observe STUDY --out FILE`: what model observers make of a study's trials.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use lab_runner::{Observers, observers_of};
use lab_score::study::Observed;
use lab_score::study::observers::{Stimuli, look};
use lab_study::Study;
use lab_study::stimuli::stimuli;
use lab_study::tables::write_observed;

use crate::cli::StudyObserveArgs;
use crate::events;
use crate::out::stdout;

/// What observers make of a study's pictures.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) observed: Vec<Observed>,
    /// Which networks looked and which could not, in sentences.
    pub(super) notes: Vec<String>,
    /// Why the pictures are no result, if a run that they come from is of toy size.
    pub(super) toy: Option<String>,
}

pub(super) fn observe(args: &StudyObserveArgs) -> Result<()> {
    if args.out.exists() {
        bail!(
            "'{}' exists already\n  hint: --out names a new file; nothing is overwritten",
            args.out.display()
        );
    }
    let study = Study::open(&args.study)?;
    let seen = look_at(&study, &args.runs, None)?;
    events::say_toy(seen.toy.as_deref());
    write_observed(&seen.observed, &args.out)?;
    writeln!(stdout(), "{}", args.out.display())?;
    Ok(())
}

/// Every observer that is at hand looks at the study's pictures: with `runs`, all networks of these at all pictures; else those of
/// the runs that the study was built from, each at its own reconstructions. `near` names a run that may be one of them.
pub(super) fn look_at(study: &Study, runs: &[PathBuf], near: Option<&Path>) -> Result<Seen> {
    let stimuli = stimuli(study)?;
    let mut seen = Seen::default();
    for one in &stimuli {
        seen.observed.extend(look(one)?);
    }
    if runs.is_empty() {
        of_sources(study, &stimuli, near, &mut seen)?;
    }
    for run in runs {
        let networks = observers_of(run)?;
        add(
            &networks,
            &run.display().to_string(),
            stimuli.iter(),
            &mut seen,
        )?;
    }
    Ok(seen)
}

fn of_sources(
    study: &Study,
    stimuli: &[Stimuli],
    near: Option<&Path>,
    seen: &mut Seen,
) -> Result<()> {
    for source in &study.about.sources {
        let places = [Some(Path::new(&source.run)), near];
        let found = places.into_iter().flatten().find_map(|place| {
            let networks = observers_of(place).ok()?;
            (networks.run_hash == source.hash).then_some(networks)
        });
        let Some(networks) = found else {
            let note = format!(
                "networks of the run '{}' ({}) did not look: it is not at '{}' as it was when the study was built; --run RUN names \
                 where it is",
                source.label, source.hash, source.run
            );
            events::warn(&note);
            seen.notes.push(note);
            continue;
        };
        let is_of_source = |one: &&Stimuli| {
            (&one.set, &one.condition, &one.subject)
                == (&source.set, &source.label, &source.subject)
        };
        let of_source = stimuli.iter().filter(is_of_source);
        add(&networks, &source.label, of_source, seen)?;
    }
    Ok(())
}

fn add<'a>(
    networks: &Observers,
    label: &str,
    stimuli: impl Iterator<Item = &'a Stimuli>,
    seen: &mut Seen,
) -> Result<()> {
    for one in stimuli {
        let rows = networks.look(one)?;
        // Two runs may have networks of one name: the first one named is asked.
        let is_of = |known: &Observed| {
            (&known.set, &known.condition, &known.subject)
                == (&one.set, &one.condition, &one.subject)
        };
        let known = seen.observed.iter().filter(|known| is_of(known));
        let known: BTreeSet<String> = known.map(|known| known.observer.clone()).collect();
        let new = rows
            .into_iter()
            .filter(|row| !known.contains(&row.observer));
        seen.observed.extend(new);
    }
    let layers = networks.layers().into_iter();
    let used: Vec<String> = layers
        .filter_map(|(name, in_loss)| in_loss.then_some(name))
        .collect();
    if !used.is_empty() {
        seen.notes.push(format!(
            "the losses of the run '{label}' looked through {}: these observers are no independent ones",
            used.join(", ")
        ));
    }
    if seen.toy.is_none() {
        seen.toy.clone_from(&networks.toy);
    }
    Ok(())
}
