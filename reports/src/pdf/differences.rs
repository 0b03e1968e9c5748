//! The decoder against each baseline, image by image, in findings, tables and methods.

use super::intervals::made_by;
use super::numbers::{DASH, p_figure, p_value};
use super::scores::{Table, permuted};
use lab_score::family::independent_observers;
use lab_score::record::{Alternative, Condition, DifferenceRow, Record, Statistic, TestRow};

/// Below this p, corrected for the number of tests, the report speaks of a difference.
pub(super) const ALPHA: f64 = 0.05;

/// A sentence for each baseline that was compared: does the decoder do better, worse, or can nobody tell?
pub(super) fn findings(record: &Record) -> Vec<String> {
    let mut baselines: Vec<&Condition> = Vec::new();
    let rows = headline_rows(record);
    for row in &rows {
        if !baselines.contains(&&row.baseline) {
            baselines.push(&row.baseline);
        }
    }
    let of = |baseline: &Condition| -> Vec<&DifferenceRow> {
        let of_baseline = rows.iter().filter(|row| row.baseline == *baseline);
        of_baseline.copied().collect()
    };
    baselines
        .into_iter()
        .map(|baseline| sentence(record, &of(baseline)))
        .collect()
}

/// The differences that findings speak of: right decisions by pixels and by independent observers.
fn headline_rows(record: &Record) -> Vec<&DifferenceRow> {
    let independent = independent_observers(&record.scores);
    let shown = |row: &&DifferenceRow| {
        row.is_headline() && (row.observer == "pixel" || independent.contains(&row.observer))
    };
    record.differences.iter().filter(shown).collect()
}

fn sentence(record: &Record, rows: &[&DifferenceRow]) -> String {
    let parts: Vec<String> = rows.iter().map(|row| part(record, row)).collect();
    let baseline = rows.first().map_or(String::new(), |row| label(row));
    let more = rows
        .first()
        .map_or(String::new(), |row| harder(record, row));
    format!(
        "Against {baseline}, image by image, in right decisions: {}.{more}",
        parts.join("; ")
    )
}

/// What the same comparison says where the task is harder than one of two and tells more: among all images, and in classes.
fn harder(record: &Record, headline: &DifferenceRow) -> String {
    let asked = [
        (
            Statistic::PairwiseIdentification,
            "pixel",
            "among all other images by pixels",
        ),
        (
            Statistic::SameClassIdentification,
            "pixel",
            "among images of the same class by pixels",
        ),
        (Statistic::ClassAccuracy, "", "classes named rightly"),
    ];
    let of = |(statistic, observer, what): (Statistic, &str, &str)| {
        let row = record.differences.iter().find(|row| {
            row.baseline == headline.baseline
                && row.statistic == statistic
                && (observer.is_empty() || row.observer == observer)
        })?;
        let bounds = row.interval.map(points);
        let bounds = bounds.map_or(String::new(), |bounds| format!(" (interval {bounds})"));
        Some(format!("{what} {}{bounds}", signed(100.0 * row.value)))
    };
    let parts: Vec<String> = asked.into_iter().filter_map(of).collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(
        " In harder tasks, without correction: {}.",
        parts.join("; ")
    )
}

fn part(record: &Record, row: &DifferenceRow) -> String {
    let observer = match row.observer.as_str() {
        "pixel" => "pixels",
        other => other,
    };
    let mut certainty = Vec::new();
    if let Some(bounds) = row.interval {
        let method = made_by(row.interval_method).map_or(String::new(), |by| format!(" by {by}"));
        certainty.push(format!("interval{method} {}", points(bounds)));
    }
    let test = test_of(record, row);
    let corrected = test.map_or(String::new(), |test| {
        format!(", {} by Holm's correction", p_figure(test.p_holm))
    });
    certainty.extend(
        row.p_sign_flip
            .map(|p| format!("{}{corrected}", p_value(p))),
    );
    let certainty = if certainty.is_empty() {
        String::new()
    } else {
        format!(" ({})", certainty.join("; "))
    };
    format!(
        "by {observer} {} percentage points{certainty}, {}",
        signed(100.0 * row.value),
        verdict(record, row, test)
    )
}

fn verdict(record: &Record, row: &DifferenceRow, test: Option<&TestRow>) -> &'static str {
    match test {
        None => "which was not tested",
        Some(test) if test.p_holm >= ALPHA && leaves_out_zero(row) => {
            "which may be chance: the test decides, for which few images differ or many tests are made, although the interval leaves \
             0 out"
        }
        Some(test) if test.p_holm >= ALPHA => "which may be chance",
        Some(_) if row.value <= 0.0 => "the baseline is better",
        Some(_) if record.result() == Condition::Given => "the reconstructions are better",
        Some(_) => "the decoder is better",
    }
}

/// Whether the interval over images lies on one side of 0.
fn leaves_out_zero(row: &DifferenceRow) -> bool {
    row.interval
        .is_some_and(|(low, high)| low > 0.0 || high < 0.0)
}

/// The test of a difference in the headline family.
fn test_of<'a>(record: &'a Record, row: &DifferenceRow) -> Option<&'a TestRow> {
    let figure = lab_score::headline::difference_name(row);
    let mut tests = record.headline_tests.iter();
    tests.find(|test| test.figure == figure)
}

fn label(row: &DifferenceRow) -> String {
    match (&row.baseline, row.best_of) {
        (Condition::Subject(id), Some(n)) if n > 1 => {
            format!("ridge to pixels from {id} alone, the best of {n} such regressions")
        }
        (Condition::Cue(_), Some(n)) if n > 1 => {
            format!("{}, the best of {n} trivial cues", row.baseline.label())
        }
        (other, _) => other.label(),
    }
}

/// Differences in right decisions, classes and similarities, with their tests: by pixels and by independent observers.
pub(super) fn table(record: &Record) -> Table {
    let independent = independent_observers(&record.scores);
    let shown = |row: &&DifferenceRow| match row.statistic {
        Statistic::ObserverOverall | Statistic::PairwiseIdentification => {
            row.observer == "pixel" || independent.contains(&row.observer)
        }
        _ => true,
    };
    let whose = match record.result() {
        Condition::Given => "reconstructions",
        _ => "decoder",
    };
    let columns = [
        "baseline",
        "score",
        "compared by",
        "images",
        whose,
        "difference",
        "interval over images",
        "p, random signs",
        "p, Holm",
    ];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: record
            .differences
            .iter()
            .filter(shown)
            .map(|row| table_row(record, row))
            .collect(),
    }
}

fn table_row(record: &Record, row: &DifferenceRow) -> Vec<String> {
    let statistic = statistic_name(row.statistic);
    let is_share = row.statistic.is_share();
    let figure = |value: f64| {
        if is_share {
            format!("{:.1} %", 100.0 * value)
        } else {
            format!("{value:.3}").replace('-', "−")
        }
    };
    let difference = if is_share {
        signed(100.0 * row.value)
    } else {
        signed_three(row.value)
    };
    let interval = row.interval.map(|(low, high)| {
        if is_share {
            points((low, high))
        } else {
            format!("{} to {}", signed_three(low), signed_three(high))
        }
    });
    vec![
        label(row),
        statistic.into(),
        row.observer.clone(),
        row.n_images.to_string(),
        figure(row.decoder),
        difference,
        interval.unwrap_or(DASH.into()),
        permuted(row.p_sign_flip, row.p_sign_flip_ties_whole),
        test_of(record, row).map_or(DASH.into(), |test| p_figure(test.p_holm)),
    ]
}

/// A score in a word or two.
pub(super) fn statistic_name(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::ObserverOverall => "2AFC",
        Statistic::ObserverMajority => "2AFC, majority",
        Statistic::PairwiseIdentification => "pairs",
        Statistic::SameClassIdentification => "pairs of a class",
        Statistic::FiveWay => "first of 5",
        Statistic::TenWay => "first of 10",
        Statistic::TopOne => "first of all",
        Statistic::ClassAccuracy => "class named",
        Statistic::Similarity => "similarity",
        Statistic::Distance => "distance (lower is better)",
    }
}

/// The headline family: every figure with a p that the findings state.
pub(super) fn family(record: &Record) -> Table {
    let row = |test: &TestRow| {
        let asked = match test.alternative {
            Alternative::Greater => "larger than chance (one-sided)",
            Alternative::TwoSided => "other than zero (two-sided)",
        };
        vec![
            test.figure.clone(),
            asked.into(),
            p_figure(test.p),
            p_figure(test.p_holm),
        ]
    };
    let columns = ["figure", "is it …", "p", "p, Holm"];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: record.headline_tests.iter().map(row).collect(),
    }
}

/// What the methods must say of differences and of the family.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(row) = record
        .differences
        .iter()
        .find(|row| row.p_sign_flip.is_some())
    {
        let chosen = record
            .differences
            .iter()
            .any(|row| row.best_of.is_some_and(|n| n > 1));
        let chosen = if chosen {
            " The regression from the best single subject and the best trivial cue are chosen by the same score on the same images, which favours them."
        } else {
            ""
        };
        let whose = match record.result() {
            Condition::Given => "the reconstruction's",
            _ => "the decoder's",
        };
        all.push(format!(
            "Differences: the mean over images of {whose} score minus the baseline's for the same image, with a percentile \
             bootstrap over images. Their p is two-sided and gives each image's difference a random sign, {} times; ties are placed \
             by lot, as under permutation.{chosen}",
            row.n_sign_flips
        ));
    }
    if !record.headline_tests.is_empty() {
        all.push(format!(
            "Many tests: the findings state {} p-values. Holm's correction over these keeps the probability of one false claim or \
             more below the level at which the corrected p is read; all other p-values of this report are not corrected.",
            record.headline_tests.len()
        ));
    }
    all
}

/// `+3.1`, `−0.4`, `0.0`.
pub(super) fn signed(value: f64) -> String {
    with_sign(format!("{value:.1}"))
}

fn signed_three(value: f64) -> String {
    with_sign(format!("{value:.3}"))
}

fn with_sign(figure: String) -> String {
    if figure
        .trim_start_matches('-')
        .chars()
        .all(|digit| "0.".contains(digit))
    {
        figure.trim_start_matches('-').into()
    } else if figure.starts_with('-') {
        figure.replace('-', "−")
    } else {
        format!("+{figure}")
    }
}

/// Bounds in percentage points: `−1.2 to +3.4`.
pub(super) fn points((low, high): (f64, f64)) -> String {
    format!("{} to {}", signed(100.0 * low), signed(100.0 * high))
}

#[cfg(test)]
mod tests {
    use super::{family, findings, signed, statistics, table};
    use crate::example::example;
    use lab_score::headline::difference_name;
    use lab_score::record::{Condition, DifferenceRow, Record, Statistic};

    /// The example with one difference alone, of this value and corrected p.
    fn record(value: f64, p_holm: Option<f64>) -> Record {
        let (mut record, _) = example();
        let of_ridge = |row: &DifferenceRow| {
            row.baseline == Condition::RidgeToPixels && row.observer == "pixel" && row.is_headline()
        };
        record.differences.retain(of_ridge);
        record.differences[0].value = value;
        let figure = difference_name(&record.differences[0]);
        record.headline_tests.retain(|test| test.figure == figure);
        match p_holm {
            Some(p_holm) => record.headline_tests[0].p_holm = p_holm,
            None => record.headline_tests.clear(),
        }
        record
    }

    #[test]
    fn each_verdict_has_its_figures() {
        for (value, p_holm, verdict) in [
            (0.1, Some(0.049), "the decoder is better"),
            (-0.1, Some(0.049), "the baseline is better"),
            (0.1, Some(0.05), "which may be chance"),
            (-0.1, Some(0.9), "which may be chance"),
            (0.1, None, "which was not tested"),
        ] {
            let mut record = record(value, p_holm);
            record.differences[0].interval = Some((-0.3, 0.3));
            let found = findings(&record);
            assert_eq!(found.len(), 1);
            assert!(found[0].starts_with("Against ridge to pixels, image by image"));
            assert!(found[0].ends_with(&format!("{verdict}.")), "{}", found[0]);
            let sign = if value > 0.0 {
                "pixels +10.0"
            } else {
                "pixels −10.0"
            };
            assert!(found[0].contains(sign), "{}", found[0]);
        }
    }

    #[test]
    fn an_interval_without_zero_and_a_p_that_is_not_small_are_explained() {
        let explained = "although the interval leaves 0 out";
        for (interval, p_holm, expected) in [
            ((0.003, 0.022), 0.2, true),
            ((-0.022, -0.003), 0.2, true),
            ((-0.01, 0.022), 0.2, false),
            ((0.003, 0.022), 0.01, false),
        ] {
            let mut record = record(0.011, Some(p_holm));
            record.differences[0].interval = Some(interval);
            let found = findings(&record);
            assert_eq!(found[0].contains(explained), expected, "{}", found[0]);
        }
    }

    #[test]
    fn harder_tasks_stand_beside_right_decisions() {
        let mut record = record(0.1, Some(0.01));
        assert!(!findings(&record)[0].contains("harder"));
        for (statistic, observer) in [
            (Statistic::PairwiseIdentification, "pixel"),
            (Statistic::SameClassIdentification, "pixel"),
            (Statistic::ClassAccuracy, "convnet"),
        ] {
            let row = DifferenceRow {
                statistic,
                observer: observer.into(),
                value: -0.014,
                interval: Some((-0.03, 0.002)),
                ..record.differences[0].clone()
            };
            record.differences.push(row);
        }
        let found = findings(&record);
        for part in [
            "In harder tasks, without correction: among all other images by pixels −1.4 (interval −3.0 to +0.2)",
            "among images of the same class by pixels −1.4",
            "classes named rightly −1.4",
        ] {
            assert!(found[0].contains(part), "{part} in {}", found[0]);
        }
    }

    #[test]
    fn the_example_compares_every_baseline() {
        let (record, _) = example();
        let found = findings(&record);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].contains("by gabor.energy") && !found[0].contains("alexnet"));
        assert!(found.iter().any(|finding| finding.contains("no alignment")));
        assert!(
            found[2].contains("the best of 3 such regressions"),
            "{}",
            found[2]
        );
        assert!(
            found[3].contains("alone, the best of 3 trivial cues"),
            "{}",
            found[3]
        );
        let rows = table(&record).rows;
        let n_similarities = rows.iter().filter(|row| row[1] == "similarity").count();
        assert_eq!((rows.len(), n_similarities), (35, 9), "a page holds 40");
        for baseline in [
            "shuffled responses",
            "mean training image",
            "ridge to pixels",
        ] {
            assert!(rows.iter().any(|row| row[0] == baseline), "{baseline}");
        }
        let tests = family(&record).rows;
        assert_eq!(tests.len(), record.headline_tests.len());
        let words = statistics(&record).join(" ");
        for part in [
            "a random sign, 200 times",
            "which favours them",
            "Holm's correction",
        ] {
            assert!(words.contains(part), "{words}");
        }
        assert!(words.contains(&format!("state {} p-values", tests.len())));
    }

    #[test]
    fn nothing_is_said_of_differences_that_are_not_there() {
        let (mut record, _) = example();
        record.differences.clear();
        record.headline_tests.clear();
        assert!(findings(&record).is_empty() && statistics(&record).is_empty());
        assert!(table(&record).rows.is_empty() && family(&record).rows.is_empty());
    }

    #[test]
    fn one_subject_is_not_the_best_of_one() {
        let mut record = record(0.1, Some(0.01));
        record.differences[0].baseline = Condition::Subject("S7".into());
        record.differences[0].best_of = Some(1);
        let found = findings(&record);
        assert!(
            found[0].starts_with("Against ridge to pixels, S7 alone,"),
            "{}",
            found[0]
        );
        assert!(!statistics(&record).join(" ").contains("favours"));
    }

    #[test]
    fn figures_have_their_sign() {
        let found = [3.12, -3.12, 0.0, -0.04, 0.04].map(signed);
        assert_eq!(found, ["+3.1", "−3.1", "0.0", "0.0", "0.0"]);
    }
}
