//! Every arm of what is said of regions.

use super::views::set;
use crate::example::example;
use crate::pdf::regions;
use lab_score::record::{
    Against, Condition, Direction, Record, RegionDifferenceRow, ScoreRow, Statistic,
};

fn region(name: &str) -> Condition {
    Condition::Region(name.into())
}

/// The example's two regions, with shares that differ.
fn record() -> Record {
    let mut record = example().0;
    set(&mut record, &region("V1"), 0.7, Some((0.6, 0.8)));
    set(&mut record, &region("V2"), 0.9, Some((0.85, 0.95)));
    record
}

fn pair(region: &str, other: &str, p_holm: Option<f64>) -> RegionDifferenceRow {
    RegionDifferenceRow {
        region: region.into(),
        other: other.into(),
        against: Against {
            value: 0.12,
            n_images: 36,
            interval: Some((0.05, 0.2)),
            interval_method: None,
            p_sign_flip: p_holm,
            p_sign_flip_ties_whole: p_holm,
            p_holm,
        },
        n_sign_flips: 200,
    }
}

fn said(record: &mut Record, pairs: Vec<RegionDifferenceRow>) -> String {
    record.region_differences = pairs;
    regions::sentence(record).unwrap()
}

#[test]
fn regions_are_listed_with_their_intervals() {
    let mut record = record();
    let said = regions::sentence(&record).unwrap();
    assert!(said.contains("V1 70.0 % (60.0–80.0 %)"), "{said}");
    assert!(said.contains("V2 90.0 % (85.0–95.0 %)"), "{said}");
    assert!(!said.contains("more stand in the figure"), "{said}");
    let mut many = record.clone();
    let row = many
        .scores
        .iter()
        .find(|row| row.condition == region("V1") && row.observer == "pixel")
        .unwrap()
        .clone();
    for of in &mut many.scores {
        if of.condition == region("V2") {
            of.condition = region("V0");
        }
    }
    let row = |idx: usize| ScoreRow {
        condition: region(&format!("R{idx}")),
        statistic: Statistic::PairwiseIdentification,
        direction: Direction::OriginalToReconstructions,
        ..row.clone()
    };
    many.scores.extend((0..7).map(row));
    let said = regions::sentence(&many).unwrap();
    assert!(said.contains("; 3 more stand in the figure."), "{said}");
    record.scores.retain(|row| row.condition != region("V1"));
    assert_eq!(regions::sentence(&record), None);
}

#[test]
fn an_order_is_stated_only_as_far_as_pairs_are_told_apart() {
    let mut record = record();
    let none = said(&mut record, Vec::new());
    assert!(none.ends_with("Which of them tells more was not tested."));
    let untested = said(&mut record, vec![pair("V2", "V1", None)]);
    assert!(untested.ends_with("was not tested."), "{untested}");
    let alike = said(&mut record, vec![pair("V2", "V1", Some(0.2))]);
    assert!(
        alike.ends_with(
            "Image by image, the two are not told apart (p = 0.200, by random signs of the differences)."
        ),
        "{alike}"
    );
    let apart = said(&mut record, vec![pair("V2", "V1", Some(0.01))]);
    assert!(
        apart.ends_with(
            "Image by image, V2 tells more than V1 (p below 0.05, by random signs of the differences)."
        ),
        "{apart}"
    );
    let p = |value| Some(value);
    let several = |first, second, third| {
        vec![
            pair("V2", "V1", first),
            pair("V2", "V4", second),
            pair("V1", "V4", third),
        ]
    };
    let alike = said(&mut record, several(p(0.3), p(0.2), p(0.9)));
    assert!(
        alike.contains("no region is shown to tell more than another (p = 0.200,"),
        "{alike}"
    );
    let one = said(&mut record, several(p(0.03), p(0.049), p(0.9)));
    assert!(
        one.contains("V2 tells more than V1 and V4 (p below 0.05,")
            && one.contains("Holm's correction for 3 pairs of regions")
            && one.ends_with("One other pair is not told apart."),
        "{one}"
    );
    let some = said(&mut record, several(p(0.05), p(0.01), p(0.9)));
    assert!(some.contains("V2 tells more than V4 ("), "{some}");
    assert!(
        some.ends_with("The other 2 pairs are not told apart."),
        "{some}"
    );
    let all = said(&mut record, several(p(0.01), p(0.01), p(0.01)));
    assert!(
        all.contains("V2 tells more than V1 and V4; V1 tells more than V4 ("),
        "{all}"
    );
    assert!(!all.contains("not told apart"), "{all}");
}

#[test]
fn the_table_begins_with_pairs_that_are_told_apart() {
    let mut record = record();
    let mut second = pair("V2", "V4", Some(0.012));
    second.against.value = 0.08;
    record.region_differences = vec![pair("V2", "V1", Some(0.3)), second];
    let rows = regions::table(&record).rows;
    let first = ["V2", "V4", "36", "+8.0", "+5.0 to +20.0", "0.012", "0.012"];
    assert_eq!(rows[0], first);
    assert!(!regions::caption(&record).contains("tables/"));
    record.region_differences = vec![pair("V2", "V1", None); 21];
    assert_eq!(regions::table(&record).rows.len(), 15);
    assert!(regions::caption(&record).contains("15 of 21 pairs"));
    let row = &regions::table(&record).rows[0];
    assert_eq!((row[5].as_str(), row[6].as_str()), ("–", "–"));
}
