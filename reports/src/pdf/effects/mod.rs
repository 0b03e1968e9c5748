//! The chapter on what each choice of an experiment is worth: a page of findings, a chart a score, a section a question.

mod sentences;
#[cfg(test)]
mod tests;

use std::path::Path;

use serde::Serialize;

use super::differences::{points, signed};
use super::numbers::{DASH, p_figure, percent, three};
use super::scores::Table;
use super::world::{Template, World};
use super::{read, save, set};
use crate::Result;
use crate::charts::Figure as Drawn;
use lab_score::effects::{EffectRow, Effects, Figure, SpreadOver};
use sentences::{details, finding};

/// A sweep of questions, as its chapter tells it.
#[derive(Debug, Default)]
pub struct EffectsChapter {
    /// Title of the chapter.
    pub title: String,
    /// What the experiment is about: the words of its author.
    pub description: String,
    /// Why no figure means anything, if it was made at toy size.
    pub toy: Option<String>,
    /// How the responses were simulated; `None` if they were measured.
    pub simulated: Option<String>,
    /// What the stimuli are, in a sentence.
    pub stimuli: String,
    /// How many runs there are, and how many are not finished.
    pub facts: Vec<String>,
    /// The questions, in their order.
    pub questions: Vec<EffectsQuestion>,
    /// Runs without figures, each with its values and what it said.
    pub failed: Vec<(String, String)>,
    /// Every run with its values and scores, and the number of columns of values.
    pub runs: (Table, usize),
    /// Name and version of the program.
    pub version: String,
    /// Identity of the sweep.
    pub id: String,
}

/// A question, as it was asked.
#[derive(Debug, Clone, Default)]
pub struct EffectsQuestion {
    /// Name of the question, which is that of its file.
    pub name: String,
    /// The question itself, in a sentence.
    pub about: String,
    /// Path of the experiment that variants are held against.
    pub base: String,
    /// The variants, each with what it changes as the file has it.
    pub variants: Vec<(String, String)>,
    /// What the paper, the base and each variant have, setting by setting; without rows, what the file says is told.
    pub changes: Table,
}

/// Every word and number that `effects.typ` sets.
#[derive(Serialize)]
struct Pages<'a> {
    title: &'a str,
    description: &'a str,
    toy: Option<&'a str>,
    simulated: Option<&'a str>,
    facts: Vec<String>,
    findings: Vec<String>,
    failed: &'a [(String, String)],
    figures: Vec<[String; 3]>,
    questions: Vec<Section>,
    statistics: Vec<String>,
    runs: &'a Table,
    n_values: usize,
    version: &'a str,
    id: &'a str,
}

/// A question's section.
#[derive(Serialize)]
struct Section {
    name: String,
    about: String,
    base: String,
    changes: Table,
    effects: Table,
    meaning: Vec<String>,
}

/// Sets the chapter of a sweep of questions into a PDF.
///
/// # Errors
/// - [`crate::Error::Io`] if a figure cannot be read or the PDF cannot be written.
/// - [`crate::Error::Pdf`] if typst complains.
///
/// # Determinism
/// The same words and figures give the same bytes; no date is written.
pub fn write_effects(
    chapter: &EffectsChapter,
    effects: &Effects,
    figures: &[Drawn],
    path: &Path,
) -> Result<()> {
    let file = |figure: &Drawn| format!("{}.svg", figure.name);
    let pictures = figures
        .iter()
        .map(|figure| Ok((file(figure), read(&figure.svg)?)))
        .collect::<Result<_>>()?;
    // Nothing is known of the stimuli before a run is finished.
    let stimuli = Some(&chapter.stimuli).filter(|text| !text.is_empty());
    let facts = stimuli.into_iter().chain(&chapter.facts).cloned().collect();
    let pages = Pages {
        title: &chapter.title,
        description: &chapter.description,
        toy: chapter.toy.as_deref(),
        simulated: chapter.simulated.as_deref(),
        facts,
        findings: findings(chapter, effects),
        failed: &chapter.failed,
        figures: figures
            .iter()
            .map(|figure| [file(figure), figure.title.clone(), figure.caption.clone()])
            .collect(),
        questions: chapter
            .questions
            .iter()
            .map(|question| section(question, effects))
            .collect(),
        statistics: statistics(effects),
        runs: &chapter.runs.0,
        n_values: chapter.runs.1,
        version: &chapter.version,
        id: &chapter.id,
    };
    save(
        path,
        &set(
            &World::new(Template::Effects, &pages, pictures)?,
            &chapter.id,
        )?,
    )
}

/// A sentence for each variant.
pub fn findings(chapter: &EffectsChapter, effects: &Effects) -> Vec<String> {
    let variants = chapter.questions.iter().flat_map(|question| {
        let named = question.variants.iter();
        named.map(|(variant, _)| (&*question.name, &**variant))
    });
    variants
        .map(|(question, variant)| {
            finding(
                variant,
                &of(effects, question, variant),
                chapter.toy.is_some(),
                effects.confidence,
            )
        })
        .collect()
}

fn of<'a>(effects: &'a Effects, question: &str, variant: &str) -> Vec<&'a EffectRow> {
    let rows = effects.rows.iter();
    rows.filter(|row| (&*row.question, &*row.variant) == (question, variant))
        .collect()
}

fn section(question: &EffectsQuestion, effects: &Effects) -> Section {
    let names = question.variants.iter().map(|(name, _)| name.as_str());
    let rows: Vec<(&str, Vec<&EffectRow>)> = names
        .map(|name| (name, of(effects, &question.name, name)))
        .collect();
    Section {
        name: question.name.clone(),
        about: question.about.clone(),
        base: question.base.clone(),
        changes: changes(question),
        effects: table(rows.iter().flat_map(|(_, rows)| rows.iter().copied())),
        meaning: rows
            .iter()
            .flat_map(|(name, rows)| details(name, rows, effects.confidence))
            .collect(),
    }
}

/// What variants change; a name that several rows have stands in the first.
fn changes(question: &EffectsQuestion) -> Table {
    let mut table = question.changes.clone();
    if table.rows.is_empty() {
        let written = question.variants.iter();
        table = Table {
            columns: vec!["variant".into(), "what it changes of the base".into()],
            rows: written
                .map(|(name, changes)| vec![name.clone(), changes.clone()])
                .collect(),
        };
    }
    for place in (1..table.rows.len()).rev() {
        let (before, rest) = table.rows.split_at_mut(place);
        if let (Some(before), Some(own)) = (before.last(), rest.first_mut())
            && before.first() == own.first()
            && let Some(name) = own.first_mut()
        {
            name.clear();
        }
    }
    table
}

fn table<'a>(rows: impl Iterator<Item = &'a EffectRow>) -> Table {
    let columns = [
        "variant",
        "at",
        "score",
        "base",
        "variant's",
        "difference",
        "interval",
        "p",
        "p, Holm",
        "seeds",
        "verdict",
    ];
    let row = |row: &EffectRow| {
        vec![
            row.variant.clone(),
            row.condition.clone(),
            row.figure.label().to_owned(),
            row.base.map_or(DASH.into(), |of| score(row.figure, of)),
            row.own.map_or(DASH.into(), |of| score(row.figure, of)),
            row.value
                .map_or(DASH.into(), |of| difference(row.figure, of)),
            row.spread
                .map_or(DASH.into(), |of| range(row.figure, of.interval)),
            row.p_sign_flip.map_or(DASH.into(), p_figure),
            row.p_holm.map_or(DASH.into(), p_figure),
            format!(
                "{} of {}",
                row.by_seed.len(),
                row.by_seed.len() + row.missing.len()
            ),
            row.verdict.label().to_owned(),
        ]
    };
    Table {
        columns: columns.map(str::to_owned).into(),
        rows: rows.map(row).collect(),
    }
}

fn score(figure: Figure, value: f64) -> String {
    if figure.is_share() {
        percent(value)
    } else {
        three(value)
    }
}

/// A difference in percentage points, or of correlations.
fn difference(figure: Figure, value: f64) -> String {
    if figure.is_share() {
        signed(100.0 * value)
    } else {
        let sign = if value > 0.0 { "+" } else { "" };
        format!("{sign}{}", three(value))
    }
}

fn range(figure: Figure, bounds: (f64, f64)) -> String {
    if figure.is_share() {
        points(bounds)
    } else {
        format!("{} to {}", three(bounds.0), three(bounds.1))
    }
}

/// Sentences on how the figures were made.
fn statistics(effects: &Effects) -> Vec<String> {
    let confidence = 100.0 * effects.confidence;
    let n_tests = effects
        .rows
        .iter()
        .filter(|row| row.p_holm.is_some())
        .count();
    let mut all = vec![
        "Difference: a variant's score minus its base's for the same test image and the same seed, then the mean over images and \
         seeds; in percentage points, of correlations as they are. Pairwise identification: the share of all other test \
         reconstructions that are less like the original than its own, a tie counting one half; guessing is 50 %."
            .to_owned(),
    ];
    let over = |what: SpreadOver| {
        let spreads = effects.rows.iter().filter_map(|row| row.spread);
        spreads.into_iter().any(|of| of.over == what)
    };
    if over(SpreadOver::ImagesAndSeeds) {
        all.push(format!(
            "Interval ({confidence:.0} %): images and seeds are both taken as drawn at random and crossed; the standard error adds the \
             mean squares of both, which errs to the wide side, and Student's quantile has Satterthwaite's degrees of freedom. Seeds \
             are few: how much they differ is known badly, which widens the intervals. A seed draws simulated noise, networks \
             and foils anew; the stimuli stay."
        ));
    }
    if over(SpreadOver::Seeds) {
        all.push(format!(
            "Where each seed has test images of its own, the interval ({confidence:.0} %) is Student's over the seeds."
        ));
    }
    if over(SpreadOver::Images) {
        all.push(format!(
            "Where one seed is finished, the interval ({confidence:.0} %) is over images alone and says nothing of another training."
        ));
    }
    all.push(format!(
        "p: two-sided, each image's mean difference over seeds given a random sign, {} times; it speaks of other images and of \
         these seeds. Holm's correction is over all {n_tests} tests of this chapter; intervals are not corrected for their number.",
        effects.n_sign_flips
    ));
    all.push(
        "Worse or better is said where p after Holm's correction is below 0.05 and the interval lies on one side of zero; with these \
         seeds alone where p is and the interval holds zero. Not told apart is no sameness: every difference in the interval goes along \
         with what was found."
            .to_owned(),
    );
    all.extend(floor(effects, n_tests));
    all.extend(judges(effects));
    all
}

/// The least p that so many random signs can give, and how many stand there.
fn floor(effects: &Effects, n_tests: usize) -> Option<String> {
    let least = ((effects.n_sign_flips > 0).then_some(effects.n_sign_flips)? as f64 + 1.0).recip();
    let tested = effects.rows.iter().filter_map(|row| row.p_sign_flip);
    let n_there = tested.filter(|p| *p <= 2.0 * least).count();
    let whole = (least * n_tests as f64).min(1.0);
    Some(format!(
        "The least p that {} random signs can give is {}, and {} after Holm's correction over {n_tests} tests; {n_there} stand at it or \
         within twice of it. There p says that it is no larger, and not how small it is.",
        effects.n_sign_flips,
        p_figure(least),
        p_figure(whole)
    ))
}

/// Who compares and who names classes, by their names in the experiments.
fn judges(effects: &Effects) -> Vec<String> {
    let of = |figure: Figure| {
        let mut names: Vec<&str> = Vec::new();
        for row in effects.rows.iter().filter(|row| row.figure == figure) {
            if !row.observer.is_empty() && !names.contains(&&*row.observer) {
                names.push(&row.observer);
            }
        }
        (!names.is_empty()).then(|| names.join(", "))
    };
    let network = of(Figure::Observer).map(|names| {
        format!("The independent network compares by the features {names}, which no loss of these runs used.")
    });
    let classes = of(Figure::Classes).map(|names| {
        format!("Class accuracy: the share of reconstructions of which the classifier {names} names the class of the original; it \
                 took no part in the loss.")
    });
    network.into_iter().chain(classes).collect()
}
