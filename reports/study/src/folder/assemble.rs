//! From sources and settings to the folder of a study.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::config::{layout, to_ron};
use lab_core::rng::{Stream, stream};
use rand::Rng;
use rand::seq::SliceRandom;

use super::album::Album;
use super::files::NewFolder;
use super::key::{self, KeyRow, Kind};
use super::{About, FORMAT, List, Origin, Shown};
use crate::checks::{Check, Named, blurred, checks, spares};
use crate::design::{Planned, Side, plan};
use crate::lint::lint;
use crate::settings::Settings;
use crate::source::Source;
use crate::{Error, Result};

/// What was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// Lists, one for each participant.
    pub n_lists: usize,
    /// Trials of a participant, checks and practice apart.
    pub n_trials: usize,
    /// Files under `images/`.
    pub n_images: usize,
    /// Bytes of each of them.
    pub image_bytes: usize,
    /// What the author should know or change, in sentences.
    pub warnings: Vec<String>,
}

/// Builds the folder `out` from sources and settings.
///
/// # Errors
/// - [`Error::TooManyTrials`], [`Error::Source`] and [`Error::Setting`] as [`plan`], and as [`Settings::check`].
/// - [`Error::Exists`] if `out` exists, and [`Error::Io`] if it cannot be written.
///
/// # Determinism
/// Streams of `seed` under "study/…"; the same sources, settings and seed give the same bytes.
pub fn build(sources: &[Source], settings: &Settings, seed: u64, out: &Path) -> Result<Built> {
    let mut assembled = assemble(sources, settings, seed)?;
    let (n_images, image_bytes) = write(out, &mut assembled)?;
    let is_trial = |row: &&KeyRow| row.list == 1 && row.kind == Kind::Trial;
    Ok(Built {
        n_lists: assembled.lists.len(),
        n_trials: assembled.key.iter().filter(is_trial).count(),
        n_images,
        image_bytes,
        warnings: assembled.warnings,
    })
}

/// A study before it is written.
pub(super) struct Assembled {
    about: About,
    pub(super) lists: Vec<List>,
    pub(super) key: Vec<KeyRow>,
    pub(super) album: Album,
    warnings: Vec<String>,
}

pub(super) fn assemble(sources: &[Source], settings: &Settings, seed: u64) -> Result<Assembled> {
    settings.check()?;
    let plan = plan(sources, settings, seed)?;
    let (spares, are_drawn) = spares(sources, settings);
    let mut album = Album::new(seed);
    let mut lists = Vec::new();
    let mut key = Vec::new();
    for (list_idx, planned) in plan.lists.iter().enumerate() {
        let spares = (spares.as_slice(), are_drawn);
        let checks = checks(list_idx, planned, sources, spares, settings, seed);
        let mut writer = ListWriter::new(list_idx, sources, &mut album, seed);
        writer.write(planned, &checks)?;
        lists.push(writer.shown);
        key.extend(writer.key);
    }
    let about = About {
        format: FORMAT,
        seed,
        settings: settings.clone(),
        sources: sources.iter().map(origin).collect(),
    };
    let warnings = warnings(settings, are_drawn, plan.fewest_foils);
    Ok(Assembled {
        about,
        lists,
        key,
        album,
        warnings,
    })
}

fn warnings(
    settings: &Settings,
    are_drawn: bool,
    (n_foils, n_times): (usize, usize),
) -> Vec<String> {
    let mut warnings = lint(settings);
    if are_drawn && settings.catch_trials + settings.practice_trials > 0 {
        warnings.push("The sources hold too few originals outside of their trials: practice shows drawn patterns, and so do attention checks of lists that use all images.".into());
    }
    if n_foils < n_times {
        warnings.push(format!("Some image is a target {n_times} times and meets {n_foils} different foils: fewer decisions an image, or more images, would let all foils differ."));
    }
    warnings
}

fn origin(source: &Source) -> Origin {
    Origin {
        label: source.label.clone(),
        set: source.set.clone(),
        subject: source.subject.clone(),
        run: source.run.clone(),
        hash: source.hash.clone(),
        toy: source.toy.clone(),
        simulated: source.simulated.clone(),
        n_images: source.images.len(),
    }
}

/// Writes the trials of one list, for participants and for the key.
struct ListWriter<'a> {
    list: u32,
    sources: &'a [Source],
    album: &'a mut Album,
    rng: Stream,
    shown: List,
    key: Vec<KeyRow>,
}

impl<'a> ListWriter<'a> {
    fn new(list_idx: usize, sources: &'a [Source], album: &'a mut Album, seed: u64) -> Self {
        Self {
            list: list_idx as u32 + 1,
            sources,
            album,
            rng: stream(seed, &format!("study/list-{list_idx}")),
            shown: List {
                practice: Vec::new(),
                trials: Vec::new(),
            },
            key: Vec::new(),
        }
    }

    fn write(
        &mut self,
        planned: &[Planned],
        (practice, catches): &(Vec<Check>, Vec<Check>),
    ) -> Result<()> {
        for check in practice {
            self.practice(check)?;
        }
        let places = self.places(planned.len(), catches.len());
        let mut catch_sides = self.sides(catches.len());
        let mut catches = catches.iter();
        for (at, trial) in planned.iter().enumerate() {
            for _ in places.iter().filter(|place| **place == at) {
                if let (Some(check), Some(side)) = (catches.next(), catch_sides.pop()) {
                    self.catch(check, side)?;
                }
            }
            self.trial(trial)?;
        }
        Ok(())
    }

    /// Sides of checks: as often left as right, ±1.
    fn sides(&mut self, n: usize) -> Vec<Side> {
        let first: bool = self.rng.random();
        let mut sides: Vec<Side> = (0..n)
            .map(|at| {
                if (at % 2 == 0) == first {
                    Side::Left
                } else {
                    Side::Right
                }
            })
            .collect();
        sides.shuffle(&mut self.rng);
        sides
    }

    /// Trials before which attention checks stand: one in each of equal parts, and not the first trial.
    fn places(&mut self, n_trials: usize, n_checks: usize) -> Vec<usize> {
        let part = |at: usize| at * n_trials / n_checks.max(1);
        (0..n_checks)
            .map(|at| {
                let (first, end) = (part(at).max(usize::from(n_trials > 1)), part(at + 1));
                self.rng
                    .random_range(first..end.max(first + 1))
                    .min(n_trials.saturating_sub(1))
            })
            .collect()
    }

    fn trial(&mut self, trial: &Planned) -> Result<()> {
        let source = &self.sources[trial.source_idx];
        let original = self.album.add(&source.originals, trial.target)?;
        let right = self.album.add(&source.reconstructions, trial.target)?;
        let foil = self.album.add(&source.reconstructions, trial.foil)?;
        let row = KeyRow {
            list: self.list,
            trial: 0,
            side: trial.side,
            set: source.set.clone(),
            condition: source.label.clone(),
            subject: source.subject.clone(),
            image: source.images[trial.target].clone(),
            distractor: source.images[trial.foil].clone(),
            kind: Kind::Trial,
        };
        self.add(row, original, right, foil);
        Ok(())
    }

    /// The original against itself and a clearly different one.
    fn catch(&mut self, check: &Check, side: Side) -> Result<()> {
        let original = self.album.add(&check.original.picture, 0)?;
        let right = self.album.add(&check.original.picture, 0)?;
        let foil = self.album.add(&check.different.picture, 0)?;
        let row = self.check_row(check, side, Kind::Catch);
        self.add(row, original, right, foil);
        Ok(())
    }

    /// Two blurred pictures, as reconstructions are.
    fn practice(&mut self, check: &Check) -> Result<()> {
        let blur = |named: &Named, rng: &mut Stream| blurred(&named.picture, rng);
        let (right, foil) = (
            blur(&check.original, &mut self.rng),
            blur(&check.different, &mut self.rng),
        );
        let original = self.album.add(&check.original.picture, 0)?;
        let (right, foil) = (self.album.add(&right, 0)?, self.album.add(&foil, 0)?);
        let side = if self.rng.random() {
            Side::Left
        } else {
            Side::Right
        };
        let row = self.check_row(check, side, Kind::Practice);
        self.add(row, original, right, foil);
        Ok(())
    }

    fn check_row(&self, check: &Check, side: Side, kind: Kind) -> KeyRow {
        KeyRow {
            list: self.list,
            trial: 0,
            side,
            set: check.original.set.clone(),
            condition: String::new(),
            subject: String::new(),
            image: check.original.name.clone(),
            distractor: check.different.name.clone(),
            kind,
        }
    }

    fn add(&mut self, row: KeyRow, original: String, right: String, foil: String) {
        let (left, right) = match row.side {
            Side::Left => (right, foil),
            Side::Right => (foil, right),
        };
        let shown = Shown {
            original,
            left,
            right,
        };
        match row.kind {
            Kind::Practice => self.shown.practice.push(shown),
            Kind::Trial | Kind::Catch => self.shown.trials.push(shown),
        }
        self.key.push(KeyRow {
            trial: self.key.len() as u32 + 1,
            ..row
        });
    }
}

/// Writes all files; returns how many pictures there are, and how many bytes each has.
fn write(out: &Path, assembled: &mut Assembled) -> Result<(usize, usize)> {
    let Assembled {
        about,
        lists,
        key,
        album,
        ..
    } = assembled;
    let folder = NewFolder::beside(out)?;
    let mut hashes: BTreeMap<String, String> = BTreeMap::new();
    let mut file = |name: String, bytes: &[u8]| -> Result<()> {
        folder.file(&name, bytes)?;
        hashes.insert(name, blake3::hash(bytes).to_hex().to_string());
        Ok(())
    };
    folder.folder("images")?;
    let n_bytes = album.n_bytes();
    let names = album.names();
    for name in &names {
        file(format!("images/{name}.png"), &album.file(name, n_bytes))?;
    }
    let unwritable = |what| {
        move |got: String| Error::Setting {
            what,
            expected: "values that can be written".into(),
            got,
            remedy: "change the value",
        }
    };
    let text = to_ron(about).map_err(|error| unwritable("study.ron")(error.to_string()))?;
    file("study.ron".into(), layout(&text).as_bytes())?;
    let text =
        serde_json::to_vec(lists).map_err(|error| unwritable("lists.json")(error.to_string()))?;
    file("lists.json".into(), &text)?;
    file("key.csv".into(), key::write(key).as_bytes())?;
    let manifest = serde_json::json!({ "format": FORMAT, "version": env!("CARGO_PKG_VERSION"), "seed": about.seed, "blake3": hashes });
    folder.file("manifest.json", format!("{manifest:#}\n").as_bytes())?;
    folder.place()?;
    Ok((names.len(), n_bytes))
}
