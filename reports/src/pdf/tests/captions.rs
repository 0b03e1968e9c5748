//! Every caption of a table in each of its arms.

use lab_score::record::{CeilingSource, Condition, Record, ResponsiveBy, Statistic};

use crate::example::example;
use crate::pdf::captions::{every_score, headline, held_out, noise_ceilings, subjects, told_apart};
use crate::pdf::scores;

fn record() -> Record {
    example().0
}

fn headline_of(record: &Record) -> String {
    headline(record, &scores::headline(record))
}

#[test]
fn the_headline_explains_its_own_columns_and_rows() {
    let words = headline_of(&record());
    for part in [
        "on the same 36 test images",
        "2AFC: share",
        "pairs of one class: share",
        "class: share of images",
        "a search found in the generator",
        "the decoder's ceiling is one member",
        "the originals show how far",
        "all others are baselines",
    ] {
        assert!(words.contains(part), "{part} is missing in {words}");
    }
    let mut bare = record();
    bare.scores.retain(|row| {
        row.condition == Condition::Decoder && row.statistic == Statistic::ObserverOverall
    });
    let words = headline_of(&bare);
    for part in [
        "class: share of images",
        "ceiling",
        "originals",
        "baselines",
    ] {
        assert!(!words.contains(part), "{part} stands in {words}");
    }
}

#[test]
fn subjects_stand_beside_what_the_alignment_makes_of_them() {
    let with = |name: &str| {
        let mut record = record();
        for plugin in &mut record.provenance.plugins {
            if plugin.role == "aligner" {
                plugin.name = name.into();
            }
        }
        record
    };
    assert!(subjects(&with("mean_subjects")).contains("one pseudo-subject"));
    let words = subjects(&with("concatenate"));
    assert!(
        words.contains("side by side") && !words.contains("pseudo-subject"),
        "{words}"
    );
    let words = subjects(&with("other"));
    assert!(
        words.contains("what the experiment's alignment makes"),
        "{words}"
    );
    let mut one = with("mean_subjects");
    one.data.subjects.truncate(1);
    assert!(!subjects(&one).contains("pseudo-subject"));
}

#[test]
fn noise_ceilings_say_where_they_come_from() {
    let mut rows = record().noise_ceilings;
    let words = noise_ceilings(&rows);
    assert!(words.contains("Known: from the simulation"), "{words}");
    assert!(
        words.contains("the mean of each run is taken out"),
        "{words}"
    );
    assert!(
        words.contains("repeats of training images agree"),
        "{words}"
    );
    assert!(
        !words.contains("other half") && !words.contains("A dash"),
        "{words}"
    );
    assert!(
        words.contains("the middle voxel's interval of 95 %") && words.contains("Split half:"),
        "{words}"
    );
    rows.retain(|row| row.source == CeilingSource::Repeats);
    rows[0].responsive = None;
    rows[1].responsive.as_mut().unwrap().by = ResponsiveBy::OtherHalf;
    let words = noise_ceilings(&rows);
    assert!(!words.contains("Known"), "{words}");
    assert!(
        words.contains("other half") && words.contains("A dash"),
        "{words}"
    );
    rows.retain(|row| row.responsive.is_none());
    rows[0].source = CeilingSource::Known;
    let words = noise_ceilings(&rows);
    assert!(
        !words.contains("Responsive") && !words.contains("From repeats"),
        "{words}"
    );
}

#[test]
fn held_out_rows_are_called_unseen_only_where_they_are() {
    assert!(held_out(&record()).contains("no fit of the alignment has seen"));
    let mut scaled = record();
    let dataset = &mut scaled.provenance.plugins[0];
    (dataset.name, dataset.parameters) = ("god".into(), "(scaling: Run)".into());
    assert!(!held_out(&scaled).contains("no fit"));
}

#[test]
fn the_alignment_has_its_shares_where_pairs_were_told_apart() {
    let mut record = record();
    assert_eq!(told_apart(&record), "");
    for (row, value) in record.alignment.iter_mut().zip([0.87, 0.836, 0.877]) {
        (row.unit, row.value) = ("fraction of pairs".into(), value);
    }
    let words = told_apart(&record);
    assert!(words.contains("0.836 to 0.877 of rows") && words.contains("no interval was drawn"));
}

#[test]
fn the_last_table_says_whose_scores_it_lists() {
    let words = every_score(&record());
    for part in [
        "and of the best found in the generator",
        "tables/scores.csv",
        "In the loss",
        "majority",
    ] {
        assert!(words.contains(part), "{part} is missing in {words}");
    }
    let mut bare = record();
    bare.scores.retain(|row| {
        row.condition == Condition::Decoder
            && !row.in_loss
            && row.statistic != Statistic::ObserverMajority
    });
    assert_eq!(every_score(&bare), "Of the decoder.");
}
