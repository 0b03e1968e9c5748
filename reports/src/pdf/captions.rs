//! Captions of the report's tables: each is a rule from the record.

use serde::Serialize;

use super::ceilings;
use super::methods::{is_what_simulates, responses_are_untouched};
use super::numbers::{three, upper};
use super::scores::{Table, independent_observers};
use super::tuned;
use lab_score::record::{
    AlignmentRow, CeilingSource, Condition, NoiseCeilingRow, Record, ResponsiveBy, Statistic,
};

/// The captions, each behind the bold words that the template gives its table.
#[derive(Serialize)]
pub(super) struct Captions {
    headline: String,
    subjects: String,
    noise_ceilings: String,
    ceilings: String,
    tuned: String,
    held_out: String,
    every_score: String,
}

impl Captions {
    pub(super) fn of(record: &Record, headline_table: &Table) -> Self {
        Self {
            headline: headline(record, headline_table),
            subjects: subjects(record),
            noise_ceilings: noise_ceilings(&record.noise_ceilings)
                + &ceilings::noise_compared(&record.noise_ceilings),
            ceilings: ceilings::caption(record),
            tuned: tuned::caption(record),
            held_out: format!("{}{}", held_out(record), told_apart(record)),
            every_score: every_score(record),
        }
    }
}

/// What the columns are, and whose images the rows are of.
pub(super) fn headline(record: &Record, table: &Table) -> String {
    let has_column = |start: &str| table.columns.iter().any(|name| name.starts_with(start));
    let has_row = |label: &str| {
        let mut rows = table.rows.iter();
        rows.any(|row| row.first().is_some_and(|first| first == label))
    };
    let columns = [
        ("2AFC", "2AFC: share of right two-alternative decisions"),
        (
            "pairs of one class",
            "pairs of one class: share of pairs told apart among images of one class",
        ),
        (
            "class,",
            "class: share of images whose class the classifier names",
        ),
        ("SSIM", "SSIM: structural similarity"),
        (
            "LPIPS",
            "LPIPS: learned perceptual distance, 0 for equal images, lower is better",
        ),
    ];
    let columns: Vec<&str> = columns
        .iter()
        .filter(|(start, _)| has_column(start))
        .map(|(_, words)| *words)
        .collect();
    let baselines = [
        Condition::RidgeToPixels,
        Condition::NoAlignment,
        Condition::Shuffled,
        Condition::Prior,
        Condition::NearestTraining,
        Condition::RandomTraining,
        Condition::MeanImage,
    ];
    let mut rows = vec![match record.result() {
        Condition::Given => "the reconstructions are what is judged",
        _ => "the decoder is the experiment's result",
    }];
    let ceiling = record.label(&Condition::Ceiling);
    let shows = format!("the {ceiling} shows the best images that a search found in the generator");
    if has_row(&ceiling) {
        rows.push(&shows);
    }
    if has_row(&Condition::DecoderCeiling.label()) {
        rows.push(
            "the decoder's ceiling is one member, fitted and asked on responses without noise",
        );
    }
    if has_row(&Condition::Originals.label()) {
        rows.push("the originals show how far the classifier can be trusted");
    }
    if baselines
        .iter()
        .any(|condition| has_row(&condition.label()))
    {
        rows.push("all others are baselines");
    }
    let nearest = if has_row(&Condition::NearestTraining.label()) {
        " The training image nearest to the result is the one that each reconstruction is most like, and so rests on the decoder: it asks whether choosing a training image would \
         have done as well."
    } else {
        ""
    };
    let observers = independent_observers(record);
    let mut simulating = observers
        .iter()
        .filter(|observer| is_what_simulates(record, observer));
    let simulating = simulating.next().map_or(String::new(), |observer| {
        format!(" The simulated voxels are made of the features of {observer}, which may favour the simulation.")
    });
    let n = record.data.n_test;
    format!(
        "on the same {n} test images. {}. Of the rows, {}.{nearest}{simulating} Direction, pool, tie rule and N stand in the last section.",
        upper(&columns.join("; ")),
        rows.join(", ")
    )
}

/// Single subjects beside all of them.
pub(super) fn subjects(record: &Record) -> String {
    let has = |name: &str| {
        let mut plugins = record.provenance.plugins.iter();
        plugins.any(|plugin| plugin.role == "aligner" && plugin.name == name)
    };
    let all = if record.data.subjects.len() < 2 {
        "beside the same behind the experiment's alignment."
    } else if has("mean_subjects") {
        "beside the same on the mean of all subjects behind the experiment's alignment. That mean is one pseudo-subject: \
         intervals are over images, not over people, and say nothing about another person."
    } else if has("concatenate") {
        "beside the same on all subjects side by side, behind the experiment's alignment. Intervals are over images, not over \
         people, and say nothing about another person."
    } else {
        "beside the same on what the experiment's alignment makes of all of them."
    };
    let mut scores = record.scores.iter();
    let through = if scores.any(|row| matches!(row.condition, Condition::SubjectDecoder(_))) {
        " Below, each by one member of the experiment's decoder through the generator, beside all members on all subjects."
    } else {
        ""
    };
    format!(
        "by ridge regression to pixels, {all}{through} Pairs: an original against all other reconstructions."
    )
}

/// What noise ceilings are and where they come from.
pub(super) fn noise_ceilings(rows: &[NoiseCeilingRow]) -> String {
    let of = |source: CeilingSource| rows.iter().any(|row| row.source == source);
    let by = |by: ResponsiveBy| {
        let mut responsive = rows.iter().filter_map(|row| row.responsive.as_ref());
        responsive.any(|found| found.by == by)
    };
    let mut text = "by voxel: the correlation that a perfect model would reach with the averages over the repeats of the test images."
        .to_owned();
    if of(CeilingSource::Known) {
        text += " Known: from the simulation, with all noise that averages hold.";
    }
    if of(CeilingSource::Repeats) {
        text += " From repeats: variances between and within images once the mean of each run is taken out, so that a run's drift is no \
                 signal; a negative variance counts as 0.";
    }
    if rows.iter().any(|row| row.interval.is_some()) {
        text += " In brackets the middle voxel's interval of 95 %, medians over voxels of lower and of upper limits: it says how well \
                 one voxel's ceiling is known, for these test images, and not how well the median is.";
    }
    if of(CeilingSource::SplitHalf) {
        text += " Split half: correlation of the averages over every second repeat, without the means of runs, corrected to all repeats \
                 after Spearman and Brown; a negative one counts as 0.";
    }
    if by(ResponsiveBy::TrainingRows) {
        text += " Responsive are voxels whose repeats of training images agree (F test, p < 0.01).";
    }
    if by(ResponsiveBy::OtherHalf) {
        text += " Responsive are voxels whose other half of the test repeats agrees (F test, p < 0.01); each half chooses for the other.";
    }
    if rows.iter().any(|row| row.responsive.is_none()) {
        text +=
            " A dash stands where no other rows can tell which voxels are responsive, or none is.";
    }
    text
}

/// What the rows of the alignment's quality have been through.
pub(super) fn held_out(record: &Record) -> &'static str {
    if responses_are_untouched(record) {
        "on test rows, which no fit of the alignment has seen."
    } else {
        "on test rows; what they went through before is said under Method."
    }
}

/// How often rows that no fit has seen are told apart by what subjects share; empty where no aligner measured it.
pub(super) fn told_apart(record: &Record) -> String {
    let of_pairs = |row: &&AlignmentRow| row.held_out && row.unit == "fraction of pairs";
    let values: Vec<f64> = record
        .alignment
        .iter()
        .filter(of_pairs)
        .map(|row| row.value)
        .collect();
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    if values.is_empty() {
        return String::new();
    }
    format!(
        " Among pairs, {} to {} of rows are identified by the other subjects (chance 0.5); no interval was drawn, so that this shows how \
         much subjects share and decides nothing. Correlations are means over all dimensions, of which most hold noise, and are \
         small for that.",
        three(low),
        three(high)
    )
}

/// Whose scores are listed.
pub(super) fn every_score(record: &Record) -> String {
    let has = |condition: &Condition| record.scores.iter().any(|row| row.condition == *condition);
    let whose = match record.result() {
        Condition::Given => "Of the reconstructions",
        _ if has(&Condition::Ceiling) => &format!(
            "Of the decoder and of the {}",
            record.label(&Condition::Ceiling)
        ),
        _ => "Of the decoder",
    };
    let listed = |condition: &Condition| condition.is_result() || *condition == Condition::Ceiling;
    let others = if record.scores.iter().all(|row| listed(&row.condition)) {
        ""
    } else {
        "; those of all other conditions are in tables/scores.csv and tables/scores.parquet of the run folder"
    };
    let in_loss = if record.scores.iter().any(|row| row.in_loss) {
        " “In the loss” marks observers whose network the loss used: they may favour the decoder."
    } else {
        ""
    };
    let majority = if record
        .scores
        .iter()
        .any(|row| row.statistic == Statistic::ObserverMajority)
    {
        " A majority counts each image once."
    } else {
        ""
    };
    format!("{whose}{others}.{in_loss}{majority}")
}
