//! The chapter of a sweep of variants: `effects.csv`, `effects.parquet`, a chart a score, and `effects.pdf`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use lab_core::Error;
use lab_core::config::{Experiment, Source};
use lab_reports::pdf::{EffectsChapter, EffectsQuestion, Table, findings_of_effects};
use lab_reports::{charts, pdf, tables};
use lab_runner::proof::check_before_reading;
use lab_runner::sweep::{Cell, Job, Question, State, Sweep};
use lab_runner::{NamedSetting, differing_settings, named_settings, write_together};
use lab_score::effects::{Arm, Effects, Pair, effects};
use lab_score::record::Record;
use lab_score::runs::{settings_of_scores, why_not_paired};

use super::super::status::described;
use super::pages;
use super::table::Gathered;
use super::unfinished::unfinished;

/// Name of the chapter.
const PAGE: &str = "effects.pdf";

/// What is read of a finished run.
struct Read {
    record: Record,
    /// Hash of the pixels of its test images.
    pixels: Option<String>,
}

/// The effects of a sweep, and the runs that they come from.
pub(super) struct Chapter {
    effects: Effects,
    words: EffectsChapter,
}

impl Chapter {
    /// Reads what is finished of a sweep of variants, and holds every variant against its base.
    ///
    /// # Errors
    /// Fails if a finished run is not what was written.
    pub(super) fn of(sweep: &Sweep, states: &[State], gathered: &Gathered) -> Result<Self> {
        let read: Vec<Option<Read>> = sweep
            .jobs
            .iter()
            .zip(states)
            .map(|(job, state)| read(job, state))
            .collect::<Result<_>>()?;
        let arms = arms(sweep, &read, states);
        let first = read.iter().flatten().next();
        let scores = first.and_then(|first| settings_of_scores(&first.record));
        let confidence = scores.map_or(0.95, |scores| scores.confidence);
        // One stream for all, whichever runs are there.
        let effects = effects(&arms, confidence, 0);
        let words = words(sweep, gathered, &read)?;
        Ok(Self { effects, words })
    }

    /// Writes the table of runs and the chapter, and gives back the path of the PDF. The files of an earlier one stand until
    /// all are written.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub(super) fn write(&self, gathered: &Gathered, out: &Path) -> Result<PathBuf> {
        write_together(out, |new| -> Result<()> {
            pages::write_table(gathered, new)?;
            tables::write_effects(&self.effects, new)?;
            let figures = charts::write_effects(&self.effects, new)?;
            let json = serde_json::to_string_pretty(&self.effects)?;
            let path = new.join("effects.json");
            fs::write(&path, json + "\n").map_err(Error::io("writing", path))?;
            pdf::write_effects(&self.words, &self.effects, &figures, &new.join(PAGE))
                .context("setting the chapter of the sweep")
        })?;
        Ok(out.join(PAGE))
    }

    /// A sentence for each variant.
    pub(super) fn findings(&self) -> Vec<String> {
        findings_of_effects(&self.words, &self.effects)
    }
}

fn read(job: &Job, state: &State) -> Result<Option<Read>> {
    if !matches!(state, State::Done(_)) {
        return Ok(None);
    }
    let run = &job.file.run;
    let manifest = check_before_reading(run, &["record.json", "pictures.safetensors"])?;
    let (record, _) = lab_reports::read(run)?;
    let pixels = manifest.files.get("reconstructions/originals.npy").cloned();
    Ok(Some(Read { record, pixels }))
}

/// Every variant at every condition, in the order of the questions.
fn arms<'a>(sweep: &Sweep, read: &'a [Option<Read>], states: &[State]) -> Vec<Arm<'a>> {
    let mut arms: Vec<Arm<'a>> = Vec::new();
    let run_of = |cell: &Cell| {
        let place = sweep.jobs.iter().position(|job| job.hash == cell.job)?;
        Some((read[place].as_ref(), &states[place]))
    };
    for (place, question) in sweep.questions.iter().enumerate() {
        let own = || sweep.cells.iter().filter(|cell| cell.question == place);
        for (idx, (variant, _)) in question.variants.iter().enumerate() {
            for cell in own().filter(|cell| cell.variant == Some(idx)) {
                let base = own().find(|of| {
                    of.variant.is_none() && (of.seed, &of.condition) == (cell.seed, &cell.condition)
                });
                let is_it = |arm: &Arm<'_>| {
                    (&arm.question, &arm.variant, &arm.condition)
                        == (&question.name, variant, &cell.condition)
                };
                let known = arms.iter().position(is_it).unwrap_or_else(|| {
                    arms.push(Arm {
                        question: question.name.clone(),
                        variant: variant.clone(),
                        condition: cell.condition.clone(),
                        same_images: true,
                        ..Arm::default()
                    });
                    arms.len() - 1
                });
                add(
                    &mut arms[known],
                    cell.seed,
                    base.and_then(run_of),
                    run_of(cell),
                );
            }
        }
    }
    arms.iter_mut().for_each(|arm| {
        arm.same_images = same_images(arm, read);
    });
    arms
}

/// A run, if it is finished, and how it stands.
type Stands<'a, 'b> = Option<(Option<&'a Read>, &'b State)>;

/// Takes a pair of runs into an arm, or why there is none.
fn add<'a>(arm: &mut Arm<'a>, seed: u64, base: Stands<'a, '_>, own: Stands<'a, '_>) {
    let why = |what: &str, state: Option<&State>| {
        let word = state.map_or("missing", |state| described(state).0);
        format!("{what} is {word}")
    };
    let state = |of: Stands<'a, '_>| of.map(|(_, state)| state.clone());
    let found = |of: Stands<'a, '_>| of.and_then(|(read, _)| read);
    let (Some(first), Some(second)) = (found(base), found(own)) else {
        let said = if found(base).is_none() {
            why("its base", state(base).as_ref())
        } else {
            why("it", state(own).as_ref())
        };
        arm.missing.push((seed, said));
        return;
    };
    let pixels = [first.pixels.as_deref(), second.pixels.as_deref()];
    let differ = why_not_paired(&first.record, &second.record, pixels);
    if differ.is_empty() {
        arm.pairs.push(Pair {
            seed,
            base: &first.record,
            own: &second.record,
        });
    } else {
        let said = format!("it is not compared image by image: {}", differ.join("; "));
        arm.missing.push((seed, said));
    }
}

/// Whether all seeds of an arm have the same test images.
fn same_images(arm: &Arm<'_>, read: &[Option<Read>]) -> bool {
    let pixels = |record: &Record| {
        let mut all = read.iter().flatten();
        all.find(|of| std::ptr::eq(&raw const of.record, record))
            .and_then(|of| of.pixels.as_deref())
    };
    arm.pairs.windows(2).all(|of| {
        of[0].base.data.test_images == of[1].base.data.test_images
            && pixels(of[0].base) == pixels(of[1].base)
    })
}

/// How responses were simulated in the first run, and what the runs cross.
fn simulated(sweep: &Sweep, gathered: &Gathered) -> Option<String> {
    let first = gathered.simulated.as_ref()?;
    let mut conditions: Vec<&str> = Vec::new();
    for cell in &sweep.cells {
        if !cell.condition.is_empty() && !conditions.contains(&&*cell.condition) {
            conditions.push(&cell.condition);
        }
    }
    Some(if conditions.len() > 1 {
        format!(
            "{first} So it is in the first run; the runs are at {}.",
            conditions.join(", at ")
        )
    } else {
        first.clone()
    })
}

/// What the paper, the base and each variant of a question have, a row a setting that a variant changes; without rows where no
/// pair of runs is finished.
fn changes(sweep: &Sweep, place: usize, read: &[Option<Read>]) -> Result<Table> {
    let question = &sweep.questions[place];
    let paper = paper(question)?;
    let text_of = |variant: Option<usize>, like: Option<&Cell>| {
        let cells = sweep.cells.iter().filter(|cell| {
            let same = |of: &Cell| (of.seed, &of.condition) == (cell.seed, &cell.condition);
            cell.question == place && cell.variant == variant && like.is_none_or(same)
        });
        let found = cells.filter_map(|cell| {
            let job = sweep.jobs.iter().position(|job| job.hash == cell.job)?;
            let record = &read[job].as_ref()?.record;
            Some((cell, record.provenance.resolved.as_str()))
        });
        found.into_iter().next()
    };
    let mut columns = vec!["variant", "setting"];
    columns.extend(paper.as_ref().map(|_| "paper"));
    columns.extend(["base", "variant's"]);
    let mut rows = Vec::new();
    for (idx, (variant, _)) in question.variants.iter().enumerate() {
        let Some((cell, own)) = text_of(Some(idx), None) else {
            continue;
        };
        let Some((_, base)) = text_of(None, Some(cell)) else {
            continue;
        };
        rows.extend(of_variant(variant, base, own, paper.as_deref()));
    }
    Ok(Table {
        columns: columns.into_iter().map(str::to_owned).collect(),
        rows,
    })
}

/// The settings that differ between base and variant, with what the paper has under the same name.
fn of_variant(
    variant: &str,
    base: &str,
    own: &str,
    paper: Option<&[NamedSetting]>,
) -> Vec<Vec<String>> {
    const NONE: &str = "–";
    let (of_base, of_own) = (named_settings(base), named_settings(own));
    let at = |all: &[NamedSetting], path: &str| {
        let found = all.iter().find(|of| of.path == path);
        found.map(|of| (of.words.clone(), of.value.clone()))
    };
    let row = |path: &str| {
        let (before, after) = (at(&of_base, path), at(&of_own, path));
        let words = before.as_ref().or(after.as_ref()).map(|(words, _)| words);
        let words = words.cloned().unwrap_or_else(|| path.to_owned());
        let mut cells = vec![variant.to_owned(), words.clone()];
        if let Some(paper) = paper {
            let found = paper.iter().find(|of| of.words == words);
            cells.push(found.map_or(NONE.to_owned(), |of| of.value.clone()));
        }
        let value = |of: Option<(String, String)>| of.map_or(NONE.to_owned(), |(_, value)| value);
        cells.extend([value(before), value(after)]);
        cells
    };
    let differing = differing_settings(&[base, own]);
    differing.iter().map(|of| row(&of.setting)).collect()
}

/// The settings of the experiment with the paper's values, which is read and never run.
fn paper(question: &Question) -> Result<Option<Vec<NamedSetting>>> {
    let Some(path) = &question.paper else {
        return Ok(None);
    };
    let text = Experiment::parse(&Source::read(path)?)?
        .resolve(false)
        .with_context(|| format!("reading the paper's values in {}", path.display()))?;
    Ok(Some(named_settings(&text)))
}

/// What the base is made of, as far as a reader must know it to judge what is changed.
fn base(sweep: &Sweep, read: &[Option<Read>]) -> Option<String> {
    let cell = sweep.cells.iter().find_map(|cell| {
        let job = sweep.jobs.iter().position(|job| job.hash == cell.job)?;
        cell.variant
            .is_none()
            .then_some(read[job].as_ref())
            .flatten()
    })?;
    let settings = named_settings(&cell.record.provenance.resolved);
    let of = |words: &str| settings.iter().find(|of| of.words == words);
    let weights: Vec<String> = settings
        .iter()
        .filter(|of| of.path.starts_with("losses."))
        .filter_map(|of| {
            Some(format!(
                "{} {}",
                of.value,
                of.words.strip_prefix("weight of ")?
            ))
        })
        .collect();
    let mut parts = Vec::new();
    if !weights.is_empty() {
        parts.push(format!("weights of the loss terms {}", weights.join(", ")));
    }
    let role = |role: &str| {
        let mut plugins = cell.record.provenance.plugins.iter();
        plugins
            .find(|of| of.role == role)
            .map(|of| of.name.replace('_', " "))
    };
    if let Some(decoder) = role("decoder") {
        let epochs = of(&format!("epochs of {decoder}"));
        let epochs = epochs.map_or(String::new(), |of| format!(", {} epochs", of.value));
        parts.push(format!("decoder {decoder}{epochs}"));
    }
    if let Some(members) = of("members of ensemble") {
        let combine = of("combine of ensemble").map_or("mean".into(), |of| of.value.to_lowercase());
        parts.push(format!(
            "{} members, combined by the {combine}",
            members.value
        ));
    }
    if let Some(generator) = role("generator") {
        let updates = of(&format!("updates of train of {generator}"));
        let updates = updates.map_or(String::new(), |of| format!(", {} updates", of.value));
        parts.push(format!("generator {generator}{updates}"));
    }
    (!parts.is_empty()).then(|| format!("The base: {}.", parts.join("; ")))
}

fn words(sweep: &Sweep, gathered: &Gathered, read: &[Option<Read>]) -> Result<EffectsChapter> {
    let first = read.iter().flatten().next().map(|of| &of.record);
    let stimuli = first.map_or(String::new(), |record| {
        let data = &record.data;
        let whose = if data.dataset == "BRAINS" {
            "the authors' own handwritten letters"
        } else {
            "as the experiment names them"
        };
        let responses = if data.simulated.is_some() {
            "; the responses to them are simulated, no person saw them"
        } else {
            ""
        };
        format!(
            "Stimuli: {} ({whose}), {} training and {} test images{responses}.",
            data.dataset, data.n_train, data.n_test
        )
    });
    let mut facts: Vec<String> = base(sweep, read).into_iter().collect();
    facts.extend(pages::facts(gathered, sweep));
    let mut questions = Vec::new();
    for (place, question) in sweep.questions.iter().enumerate() {
        questions.push(EffectsQuestion {
            name: question.name.clone(),
            about: question.about.clone(),
            base: question.base.to_string_lossy().into_owned(),
            variants: question
                .variants
                .iter()
                .map(|(name, set)| (name.clone(), set.join("; ")))
                .collect(),
            changes: changes(sweep, place, read)?,
        });
    }
    Ok(EffectsChapter {
        title: "What each choice is worth".into(),
        description: first.map_or(String::new(), |record| record.description.clone()),
        toy: gathered.toy.clone(),
        simulated: simulated(sweep, gathered),
        stimuli,
        facts,
        questions,
        failed: unfinished(gathered),
        runs: pages::runs_of_all(gathered),
        version: format!("lab {}", env!("CARGO_PKG_VERSION")),
        id: sweep.id.clone(),
    })
}
