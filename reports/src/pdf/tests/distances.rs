//! LPIPS wherever it is shown: lower is better.

use lab_score::record::{Condition, DifferenceRow, Direction, IntervalMethod, Record, Statistic};

use crate::example::example;
use crate::pdf::captions::headline;
use crate::pdf::methods::distances;
use crate::pdf::{differences, scores};
use crate::tables::names;

/// The example, with every SSIM taken for a distance, whose intervals were made so.
fn record(method: Option<IntervalMethod>) -> Record {
    let (mut record, _) = example();
    for row in record
        .scores
        .iter_mut()
        .filter(|row| row.observer == "ssim")
    {
        if row.statistic == Statistic::Similarity {
            row.statistic = Statistic::Distance;
            row.observer = "lpips.alex".into();
            row.pool = "each image with its own reconstruction; lower is better".into();
            row.image_interval = method.map(|_| (0.25, 0.5));
            row.image_interval_method = method;
        }
    }
    let similar =
        |row: &&mut DifferenceRow| row.statistic == Statistic::Similarity && row.observer == "ssim";
    for row in record.differences.iter_mut().filter(similar) {
        row.statistic = Statistic::Distance;
        row.observer = "lpips.alex".into();
        row.value = -0.125;
    }
    record
}

#[test]
fn every_table_says_that_lower_is_better() {
    let record = record(Some(IntervalMethod::ImageBootstrap));
    let table = scores::headline(&record);
    assert_eq!(table.columns.last().unwrap(), "LPIPS (lower is better)");
    let of = record.score(
        &Condition::Decoder,
        Statistic::Distance,
        "lpips.alex",
        Direction::None,
    );
    let shown = format!("{:.3}", of.unwrap().value);
    assert_eq!(*table.rows[0].last().unwrap(), shown);
    assert!(headline(&record, &table).contains("0 for equal images, lower is better"));
    let all = scores::all(&record, &Condition::Decoder);
    let mut rows = all.rows.iter();
    let row = rows.find(|row| row[0] == "distance (lower is better)");
    let row = row.unwrap();
    assert_eq!(
        (row[6].as_str(), row[7].as_str()),
        (shown.as_str(), "0.250–0.500")
    );
    let table = differences::table(&record);
    let mut rows = table.rows.iter();
    let row = rows.find(|row| row[1] == "distance (lower is better)");
    assert_eq!(row.unwrap()[5], "−0.125");
    assert_eq!(names::statistic(Statistic::Distance), "distance");
}

#[test]
fn nothing_is_said_of_a_distance_that_is_not_there() {
    let (record, _) = example();
    let table = scores::headline(&record);
    assert!(table.columns.iter().all(|column| !column.contains("LPIPS")));
    assert!(!headline(&record, &table).contains("LPIPS"));
    assert_eq!(distances(&record), None);
}

#[test]
fn the_method_says_how_the_interval_was_made() {
    let words = |method| distances(&record(method)).unwrap();
    let drawn = words(Some(IntervalMethod::ImageBootstrap));
    for part in [
        "Zhang et al. 2018",
        "lower is better",
        "Pool: each image",
        "No p by permutation",
    ] {
        assert!(drawn.contains(part), "{part} is missing in {drawn}");
    }
    let (few, equal) = ("its interval is Student's", "has no interval");
    assert!(!drawn.contains(few) && !drawn.contains(equal));
    let student = words(Some(IntervalMethod::Student));
    assert!(student.contains(few) && !student.contains(equal));
    let none = words(None);
    assert!(none.contains(equal) && !none.contains(few));
}
