//! Every arm of the sentences on how little of a decoder does what the whole does.

use super::views::set;
use crate::example::example;
use crate::pdf::parts;
use lab_score::record::{
    Against, Condition, Direction, IntervalMethod, PartDifferenceRow, Record, Statistic,
};

/// The example without what its own parts say.
fn record() -> Record {
    let mut record = example().0;
    record.part_differences.clear();
    set(&mut record, &Condition::Decoder, 0.9, Some((0.85, 0.95)));
    record
}

/// Gives a part a share of pairs, and the interval of what the whole has more.
fn part(record: &mut Record, part: Condition, share: f64, interval: Option<(f64, f64)>) {
    set(record, &part, share, None);
    record.part_differences.retain(|row| row.part != part);
    record.part_differences.push(PartDifferenceRow {
        part,
        against: Against {
            value: 0.9 - share,
            n_images: 36,
            interval,
            interval_method: None,
            p_sign_flip: None,
            p_sign_flip_ties_whole: None,
            p_holm: None,
        },
        n_sign_flips: 0,
    });
}

#[test]
fn the_narrowest_bottleneck_beside_which_the_whole_is_not_better() {
    let mut record = record();
    for (width, share, low) in [
        (1, 0.6, 0.2),
        (2, 0.88, -0.01),
        (5, 0.87, 0.01),
        (10, 0.89, -0.02),
    ] {
        let interval = Some((low, 0.3));
        part(&mut record, Condition::Bottleneck(width), share, interval);
    }
    set(&mut record, &Condition::RandomBottleneck(10), 0.62, None);
    // Two dimensions were enough if five were not less: only from ten on is nothing lost.
    assert_eq!(
        parts::bottleneck(&record).unwrap(),
        "With 10 of 16 dimensions between responses and latents, 89.0 % of pairs are told apart by pixels, with all of them \
         90.0 % (85.0–95.0 %): image by image the whole decoder is not shown to do better (+1.0 points, interval over images −2.0 to \
         +30.0). As many random directions reach 62.0 %."
    );
    part(
        &mut record,
        Condition::Bottleneck(5),
        0.87,
        Some((0.0, 0.1)),
    );
    record.part_differences.iter_mut().for_each(|row| {
        row.against.interval_method = Some(IntervalMethod::Wilson);
    });
    let said = parts::bottleneck(&record).unwrap();
    assert!(said.starts_with("With 2 of 16 dimensions"), "{said}");
    assert!(
        said.contains("points, interval over images by Wilson's formula −1.0 to +30.0)"),
        "{said}"
    );
}

#[test]
fn the_whole_is_better_than_every_bottleneck_or_was_not_compared() {
    let mut record = record();
    for width in [1, 2, 5, 10] {
        let interval = Some((0.05, 0.15));
        part(&mut record, Condition::Bottleneck(width), 0.8, interval);
    }
    let said = parts::bottleneck(&record).unwrap();
    assert!(said.starts_with("With 10 of 16 dimensions"), "{said}");
    assert!(
        said.contains(
            "the whole decoder does better (+10.0 points, interval over images +5.0 to +15.0)."
        ),
        "{said}"
    );
    part(&mut record, Condition::Bottleneck(10), 0.8, None);
    let without_interval = parts::bottleneck(&record).unwrap();
    record.part_differences.clear();
    let without_rows = parts::bottleneck(&record).unwrap();
    assert_eq!(without_interval, without_rows);
    assert!(
        without_rows.contains("With 10 of 16 dimensions")
            && without_rows.contains(": the two were not compared image by image."),
        "{without_rows}"
    );
    record.information = None;
    assert_eq!(parts::bottleneck(&record), None);
}

#[test]
fn few_members_are_enough_or_all_are_needed() {
    let mut record = record();
    part(&mut record, Condition::Member(0), 0.8, Some((0.05, 0.15)));
    for n in 2..5 {
        let interval = Some((0.04, 0.14));
        part(&mut record, Condition::FirstMembers(n), 0.81, interval);
    }
    assert_eq!(
        parts::members(&record).unwrap(),
        "4 members combined tell 81.0 % of pairs apart by pixels, all 5 combined 90.0 % (85.0–95.0 %): image by image the whole \
         decoder does better (+9.0 points, interval over images +4.0 to +14.0)."
    );
    for n in 2..5 {
        let interval = Some((-0.01, 0.05));
        part(&mut record, Condition::FirstMembers(n), 0.88, interval);
    }
    let said = parts::members(&record).unwrap();
    assert!(
        said.starts_with("2 members combined tell 88.0 % of pairs apart"),
        "{said}"
    );
    part(&mut record, Condition::Member(0), 0.89, Some((-0.01, 0.03)));
    let said = parts::members(&record).unwrap();
    assert!(
        said.starts_with("One member tells 89.0 %") && said.contains("is not shown to do better"),
        "{said}"
    );
    let of_first = |condition: &Condition| matches!(condition, Condition::FirstMembers(_));
    record.scores.retain(|row| !of_first(&row.condition));
    assert_eq!(parts::members(&record), None);
}

#[test]
fn every_part_of_a_scored_record_is_held_against_the_whole() {
    let (record, _) = example();
    let share = |condition: &Condition| record.pairs(condition, "pixel").unwrap().value;
    let whole = share(&Condition::Decoder);
    let by_pairs = record.scores.iter().filter(|row| {
        row.condition.is_part()
            && row.observer == "pixel"
            && row.statistic == Statistic::PairwiseIdentification
            && row.direction == Direction::OriginalToReconstructions
    });
    let parts: Vec<&Condition> = by_pairs.map(|row| &row.condition).collect();
    assert!(parts.contains(&&Condition::Member(0)) && parts.contains(&&Condition::Bottleneck(5)));
    let rows = &record.part_differences;
    assert_eq!(rows.iter().map(|row| &row.part).collect::<Vec<_>>(), parts);
    for row in rows {
        let expected = whole - share(&row.part);
        assert!((row.against.value - expected).abs() < 1e-12, "{row:?}");
    }
}
