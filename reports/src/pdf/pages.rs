//! The report in words and formatted numbers, as the template takes them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::captions::Captions;
use super::ceilings;
use super::differences;
use super::distances;
use super::ensemble::ensemble;
use super::findings::findings;
use super::guards;
use super::intervals;
use super::methods::{self, Method};
use super::numbers::{four, percent, three};
use super::regions;
use super::scores::{self, Table};
use super::study::StudyPages;
use super::tuned;
use super::views;
use crate::charts::Figure;
use lab_score::listed;
use lab_score::record::{AlignmentRow, Condition, Record};

/// Regions that a table names before it counts the rest; `subjects` of the tables holds all.
const MAX_REGIONS: usize = 12;

/// Widest a figure may be for its height, so that none fills more than its page.
const TALLEST: f64 = 1.30;

/// Everything that `report.typ` reads.
#[derive(Serialize)]
pub(super) struct ReportPages {
    title: String,
    description: String,
    toy: Option<String>,
    simulated: Option<String>,
    facts: Vec<[String; 2]>,
    findings: Vec<String>,
    criteria: Vec<[String; 3]>,
    figures: BTreeMap<String, Picture>,
    headline: Table,
    differences: Table,
    headline_tests: Table,
    guards: Table,
    views: Vec<String>,
    ranks: Table,
    patterns: Table,
    patterns_caption: String,
    regions: Table,
    regions_caption: String,
    prevalence: Option<String>,
    distances: Vec<String>,
    distance_trends: Table,
    found: Vec<String>,
    subjects: Table,
    subject_facts: Table,
    ceilings: Table,
    noise_ceilings: Table,
    captions: Captions,
    alignment_held_out: Table,
    alignment_fit: Table,
    terms: Table,
    shares: Table,
    members: Table,
    warnings: Vec<[String; 2]>,
    unproven: Vec<String>,
    notes: Vec<String>,
    methods_data: String,
    methods_ensemble: String,
    tuned: Table,
    methods: Vec<Method>,
    methods_statistics: Vec<String>,
    scores: Vec<(String, Table)>,
    seed: String,
    run_hash: String,
    version: String,
    command: String,
    versions: Vec<[String; 2]>,
    hashes: Vec<[String; 2]>,
    resolved: String,
    study: Option<StudyPages>,
}

/// A figure on the page.
#[derive(Serialize)]
struct Picture {
    file: String,
    title: String,
    caption: String,
    /// Width as a percentage of the text's.
    width: f64,
}

impl ReportPages {
    pub(super) fn of(record: &Record, figures: &[Figure], study: Option<StudyPages>) -> Self {
        let provenance = &record.provenance;
        let pairs = |pairs: &[(String, String)]| {
            pairs
                .iter()
                .map(|(one, two)| [one.clone(), two.clone()])
                .collect()
        };
        let criterion = |row: &lab_score::record::CriterionRow| {
            [
                row.criterion.clone(),
                four(row.value),
                if row.holds { "holds" } else { "does not hold" }.into(),
            ]
        };
        let (held_out, fit): (Vec<&AlignmentRow>, Vec<&AlignmentRow>) =
            record.alignment.iter().partition(|row| row.held_out);
        let headline = scores::headline(record);
        Self {
            study,
            title: record.name.clone(),
            description: record.description.clone(),
            toy: record.toy.clone(),
            simulated: record.data.simulated.clone(),
            facts: facts(record),
            findings: findings(record),
            criteria: record.criteria.iter().map(criterion).collect(),
            figures: figures
                .iter()
                .map(|figure| (figure.name.clone(), picture(figure)))
                .collect(),
            captions: Captions::of(record, &headline),
            headline,
            differences: differences::table(record),
            headline_tests: differences::family(record),
            guards: guards::table(record),
            views: views::sentences(record),
            ranks: views::ranks(record),
            patterns: views::patterns(record),
            patterns_caption: views::patterns_caption(record),
            regions: regions::table(record),
            regions_caption: regions::caption(record),
            prevalence: views::prevalence(record),
            distances: distances::sentences(record),
            distance_trends: distances::table(record),
            found: guards::found(record),
            subjects: scores::subjects(record),
            subject_facts: subject_facts(record),
            ceilings: ceilings::scores(record),
            noise_ceilings: ceilings::noise(record),
            alignment_held_out: alignment(&held_out),
            alignment_fit: alignment(&fit),
            terms: terms(record),
            shares: shares(record),
            members: members(record),
            warnings: warnings(record),
            unproven: record.unproven.clone(),
            notes: record.data.notes.clone(),
            methods_data: methods::data(record),
            methods_ensemble: ensemble(&provenance.resolved),
            tuned: tuned::table(record),
            methods: methods::parts(record),
            methods_statistics: [
                methods::statistics(record),
                intervals::statistics(record),
                differences::statistics(record),
                guards::statistics(record),
                views::statistics(record),
                distances::statistics(record),
            ]
            .concat(),
            scores: [record.result(), Condition::Ceiling]
                .map(|condition| (record.label(&condition), scores::all(record, &condition)))
                .into(),
            seed: provenance.seed.to_string(),
            run_hash: provenance.run_hash.clone(),
            version: provenance
                .versions
                .first()
                .map_or(String::new(), |(name, version)| format!("{name} {version}")),
            command: provenance.command.clone(),
            versions: pairs(&provenance.versions),
            hashes: pairs(&provenance.hashes),
            resolved: provenance.resolved.clone(),
        }
    }
}

fn picture(figure: &Figure) -> Picture {
    let aspect = f64::from(figure.size.1) / f64::from(figure.size.0.max(1));
    Picture {
        file: format!("{}.svg", figure.name),
        title: figure.title.clone(),
        caption: figure.caption.clone(),
        width: (100.0 * TALLEST / aspect.max(TALLEST)).round(),
    }
}

/// Every warning, and where to look if something is missing for a proof.
fn warnings(record: &Record) -> Vec<[String; 2]> {
    let mut all: Vec<[String; 2]> = record
        .warnings
        .iter()
        .map(|(stage, text)| [stage.clone(), text.clone()])
        .collect();
    if !record.unproven.is_empty() {
        let text = "something is missing for a proof of this run: see Provenance";
        all.push(["proof".into(), text.into()]);
    }
    all
}

/// The line of facts under the title.
fn facts(record: &Record) -> Vec<[String; 2]> {
    let data = &record.data;
    let fact = |name: &str, value: String| [name.to_owned(), value];
    let (whose, n_train) = match record.result() {
        Condition::Given if data.n_train == 0 => (None, "not given".to_owned()),
        Condition::Given => (None, data.n_train.to_string()),
        _ => (
            Some(data.subjects.len().to_string()),
            data.n_train.to_string(),
        ),
    };
    let mut facts = vec![fact("dataset", data.dataset.clone())];
    facts.extend(whose.map(|n_subjects| fact("subjects", n_subjects)));
    facts.extend([
        fact(
            "training images",
            n_train + &of_pictures(data.n_train_pictures),
        ),
        fact(
            "test images",
            data.n_test.to_string() + &of_pictures(data.n_train_pictures.map(|_| data.n_test)),
        ),
        fact("pixels", format!("{} × {}", data.height, data.width)),
    ]);
    if !data.classes.is_empty() {
        facts.push(fact("classes", data.classes.len().to_string()));
    }
    facts.extend(
        data.n_latents
            .map(|n| fact("training images ÷ latent numbers", ratio(data.n_train, n))),
    );
    facts.push(fact("seed", record.provenance.seed.to_string()));
    facts
}

/// How many pictures images were cut from, if they were.
fn of_pictures(n_pictures: Option<usize>) -> String {
    n_pictures.map_or(String::new(), |n| {
        format!(" of {n} picture{}", if n == 1 { "" } else { "s" })
    })
}

/// Training images for each number of a latent, on which it depends whether a linear decoder's outputs collapse toward their mean.
fn ratio(n_train: usize, n_latents: usize) -> String {
    let ratio = n_train as f64 / n_latents.max(1) as f64;
    format!("{n_train} ÷ {n_latents} = {ratio:.1}")
}

fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table {
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows,
    }
}

fn subject_facts(record: &Record) -> Table {
    let row = |subject: &lab_score::record::SubjectFacts| {
        let rois: Vec<String> = subject
            .rois
            .iter()
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        vec![
            subject.id.clone(),
            subject.n_voxels.to_string(),
            subject.n_trials.to_string(),
            listed(&rois, MAX_REGIONS),
        ]
    };
    let columns = ["subject", "voxels", "trials", "voxels by region"];
    table(&columns, record.data.subjects.iter().map(row).collect())
}

fn alignment(rows: &[&AlignmentRow]) -> Table {
    let row = |row: &&AlignmentRow| {
        vec![
            row.aligner.clone(),
            row.quality.clone(),
            row.of.clone(),
            four(row.value),
            row.unit.clone(),
        ]
    };
    table(
        &["aligner", "quality", "of", "value", "unit"],
        rows.iter().map(row).collect(),
    )
}

/// A line a condition and set, a column a term.
fn terms(record: &Record) -> Table {
    let mut names: Vec<(&str, f64)> = Vec::new();
    let mut lines: Vec<(&Condition, &str)> = Vec::new();
    for row in &record.terms {
        if !names.iter().any(|(name, _)| *name == row.term) {
            names.push((&row.term, row.weight));
        }
        if !lines.contains(&(&row.condition, &row.set)) {
            lines.push((&row.condition, &row.set));
        }
    }
    let mut columns = vec!["whose images".to_owned(), "set".to_owned()];
    columns.extend(
        names
            .iter()
            .map(|(name, weight)| format!("{} (λ = {})", name.replace('_', " "), four(*weight))),
    );
    let cell = |condition: &Condition, set: &str, term: &str| {
        let found = record
            .terms
            .iter()
            .find(|row| row.condition == *condition && row.set == set && row.term == term);
        found.map_or(String::new(), |row| four(row.value))
    };
    let row = |(condition, set): (&Condition, &str)| {
        let mut cells = vec![record.label(condition), set.to_owned()];
        cells.extend(names.iter().map(|(name, _)| cell(condition, set, name)));
        cells
    };
    Table {
        columns,
        rows: lines.into_iter().map(row).collect(),
    }
}

fn shares(record: &Record) -> Table {
    let row = |row: &lab_score::record::ShareRow| {
        vec![
            row.term.replace('_', " "),
            row.layer.clone(),
            percent(row.share),
        ]
    };
    table(
        &["term", "layer and sign", "share of elements selected"],
        record.shares.iter().map(row).collect(),
    )
}

fn members(record: &Record) -> Table {
    let row = |row: &lab_score::record::MemberRow| {
        vec![
            row.member.to_string(),
            three(row.cosine_to_combined),
            three(row.pixel_correlation),
            percent(row.pixel_identification),
        ]
    };
    let columns = [
        "member",
        "cosine to the combined latents",
        "correlation of pixels",
        "pairs, pixels, original to reconstructions",
    ];
    table(&columns, record.members.iter().map(row).collect())
}
