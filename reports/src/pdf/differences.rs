//! The decoder against each baseline, image by image, in findings, tables and methods.

use super::intervals::made_by;
use super::numbers::{DASH, p_figure, p_value, percent};
use super::scores::{Table, permuted};
use lab_score::family::independent_observers;
use lab_score::record::{
    Alternative, Condition, DifferenceRow, Record, ScoreRow, Statistic, TestRow,
};

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
        .map(|baseline| sentence(record, of(baseline)))
        .collect()
}

/// The differences that findings speak of: right decisions and pairs by pixels and by independent observers, and classes.
fn headline_rows(record: &Record) -> Vec<&DifferenceRow> {
    let independent = independent_observers(&record.scores);
    let shown = |row: &&DifferenceRow| {
        let by_classifier = row.statistic == Statistic::ClassAccuracy;
        row.is_headline()
            && (by_classifier || row.observer == "pixel" || independent.contains(&row.observer))
    };
    record.differences.iter().filter(shown).collect()
}

/// What a baseline is better in is said first.
fn sentence(record: &Record, rows: Vec<&DifferenceRow>) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let (baseline, subject) = (label(record, first), beside_subject(record, first));
    let (behind, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| is_behind(row));
    let mut said: Vec<String> = Vec::new();
    if !behind.is_empty() {
        let parts = parts(record, &behind);
        let whose = match record.result() {
            Condition::Given => "the reconstructions lie",
            _ => "the decoder lies",
        };
        said.push(format!("{whose} below it {}", parts.join("; ")));
    }
    said.extend(parts(record, &others));
    format!(
        "Against {baseline}, image by image: {}.{subject}",
        said.join("; ")
    )
}

/// Whether the interval leaves no room for a result that is as good.
fn is_behind(row: &DifferenceRow) -> bool {
    row.value < 0.0 && row.interval.is_some_and(|(_, high)| high < 0.0)
}

/// The decoder of single subjects beside their ridge regressions, which are other baselines for it.
fn beside_subject(record: &Record, row: &DifferenceRow) -> String {
    if !matches!(row.baseline, Condition::Subject(_)) {
        return String::new();
    }
    let of = |score: &&ScoreRow| {
        matches!(score.condition, Condition::SubjectDecoder(_))
            && (score.statistic, &score.observer, score.direction)
                == (row.statistic, &row.observer, row.direction)
    };
    let best = record.scores.iter().filter(of);
    let best = best.max_by(|one, two| one.value.total_cmp(&two.value));
    best.map_or(String::new(), |found| {
        let subject = match &found.condition {
            Condition::SubjectDecoder(id) => id.clone(),
            other => other.label(),
        };
        format!(
            " The decoder through the generator, with one member and on its best single subject, {subject}, reaches {} in the same \
             decisions.",
            percent(found.value)
        )
    })
}

/// Differences one after the other; what is compared is named where it changes.
fn parts(record: &Record, rows: &[&DifferenceRow]) -> Vec<String> {
    let mut before = None;
    let mut all = Vec::new();
    for row in rows {
        all.push(part(record, row, before == Some(row.statistic)));
        before = Some(row.statistic);
    }
    all
}

/// One difference with its interval, its p and what they let one say.
fn part(record: &Record, row: &DifferenceRow, same_again: bool) -> String {
    let observer = match row.observer.as_str() {
        "pixel" => "pixels",
        other => other,
    };
    let both = format!(
        "{} against {}, ",
        percent(row.decoder),
        percent(row.decoder - row.value)
    );
    let (what, both) = match row.statistic {
        Statistic::PairwiseIdentification => (format!("in pairs, all foils, by {observer}"), both),
        Statistic::SameClassIdentification => {
            (format!("in pairs of one class by {observer}"), both)
        }
        Statistic::ClassAccuracy => (format!("in classes named by {observer}"), both),
        _ if same_again => (format!("by {observer}"), String::new()),
        _ => (format!("in right decisions by {observer}"), String::new()),
    };
    format!("{what} {both}{}", certain(record, row))
}

/// A difference in percentage points, with its interval, its p and what they let one say.
pub(super) fn certain(record: &Record, row: &DifferenceRow) -> String {
    let mut certainty = Vec::new();
    if let Some(bounds) = row.interval {
        let method = made_by(row.interval_method).map_or(String::new(), |by| format!(" by {by}"));
        certainty.push(format!("interval{method} {}", points(bounds)));
    }
    let test = test_of(record, row);
    let corrected = match test {
        Some(test) => format!(", {} by Holm's correction", p_figure(test.p_holm)),
        None => ", not corrected".to_owned(),
    };
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
        "{} percentage points{certainty}, {}",
        signed(100.0 * row.value),
        verdict(record, row, test)
    )
}

fn verdict(record: &Record, row: &DifferenceRow, test: Option<&TestRow>) -> String {
    match test {
        None if row.p_sign_flip.is_some() => "which stands outside the corrected tests".into(),
        None => "which was not tested".into(),
        Some(test) if test.p_holm >= ALPHA => may_be_chance(row),
        Some(_) if row.value <= 0.0 => "the baseline is better".into(),
        Some(_) if record.result() == Condition::Given => "the reconstructions are better".into(),
        Some(_) => "the decoder is better".into(),
    }
}

/// The corrected p decides; where the interval leaves out zero all the same, the reason is said.
fn may_be_chance(row: &DifferenceRow) -> String {
    let leaves_out = |(low, high): (f64, f64)| low > 0.0 || high < 0.0;
    let Some(p) = row
        .p_sign_flip
        .filter(|_| row.interval.is_some_and(leaves_out))
    else {
        return "which may be chance".into();
    };
    let why = if p < ALPHA {
        "the interval leaves out 0, but is not corrected for the number of tests, as the p that decides is".to_owned()
    } else {
        let few = match row.n_differing {
            Some(n) => format!("only {n} of {} images differ", row.n_images),
            None => "few images differ".to_owned(),
        };
        format!("the interval leaves out 0, but the p decides, and it is coarse: {few}")
    };
    format!("which may be chance ({why})")
}

/// The test of a difference in the headline family.
fn test_of<'a>(record: &'a Record, row: &DifferenceRow) -> Option<&'a TestRow> {
    let figure = lab_score::headline::difference_name(row);
    let mut tests = record.headline_tests.iter();
    tests.find(|test| test.figure == figure)
}

fn label(record: &Record, row: &DifferenceRow) -> String {
    match (&row.baseline, row.best_of) {
        (Condition::Subject(id), Some(n)) if n > 1 => {
            format!("ridge to pixels from {id} alone, the best of {n} single subjects by ridge")
        }
        (Condition::Cue(_), Some(n)) if n > 1 => {
            format!("{}, the best of {n} trivial cues", row.baseline.label())
        }
        (Condition::NearestTraining, _) => format!("the {}", row.baseline.label()),
        (other, _) => record.label(other),
    }
}

/// Whether the table has room for a difference: by all observers against what knows responses, images or cues, and by pixels
/// and in classes against what knows nothing of the image.
fn is_shown(row: &DifferenceRow, independent: &[String]) -> bool {
    let blind = matches!(
        row.baseline,
        Condition::Shuffled | Condition::Prior | Condition::MeanImage
    );
    let by_pixels = row.observer == "pixel";
    match row.statistic {
        Statistic::ObserverOverall => by_pixels || (!blind && independent.contains(&row.observer)),
        Statistic::PairwiseIdentification | Statistic::SameClassIdentification => {
            by_pixels && !blind && !matches!(row.baseline, Condition::Cue(_))
        }
        Statistic::Similarity => by_pixels || !blind,
        _ => true,
    }
}

/// Differences in right decisions, pairs, classes and similarities, with their tests.
pub(super) fn table(record: &Record) -> Table {
    let independent = independent_observers(&record.scores);
    let shown = |row: &&DifferenceRow| is_shown(row, &independent);
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
        label(record, row),
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
        Statistic::SameClassIdentification => "pairs of one class",
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
            " The best single subject and the best trivial cue are chosen by the same score on the same images, which favours them."
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
             by lot, as under permutation.{chosen} Where interval and p disagree, the p after Holm's correction decides: intervals are not \
             corrected for their number, a bootstrap over few images that differ is too narrow, and random signs of few such images take \
             few values.",
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
            row.baseline == Condition::RidgeToPixels
                && row.observer == "pixel"
                && row.statistic == Statistic::ObserverOverall
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
            (0.1, None, "which stands outside the corrected tests"),
        ] {
            let mut record = record(value, p_holm);
            record.differences[0].interval = Some((-0.2, 0.2));
            let found = findings(&record);
            assert_eq!(found.len(), 1);
            assert!(found[0].starts_with("Against ridge to pixels, image by image: in right"));
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
    fn interval_and_p_may_disagree_and_the_reason_is_said() {
        let said = |p: f64, n_differing, interval| {
            let mut record = record(0.011, Some(1.0));
            let row = &mut record.differences[0];
            (row.p_sign_flip, row.n_differing) = (Some(p), n_differing);
            row.interval = Some(interval);
            findings(&record).remove(0)
        };
        let few = said(0.127, Some(4), (0.003, 0.022));
        assert!(few.contains("the p decides, and it is coarse: only 4 of 36 images differ"));
        assert!(said(0.127, None, (0.003, 0.022)).contains("coarse: few images differ"));
        let corrected = said(0.01, Some(30), (0.003, 0.022));
        assert!(
            corrected.contains("not corrected for the number of tests"),
            "{corrected}"
        );
        let agree = said(0.127, Some(4), (-0.003, 0.022));
        assert!(agree.ends_with("which may be chance."), "{agree}");
        let mut untested = record(0.011, None);
        untested.differences[0].p_sign_flip = None;
        assert!(findings(&untested)[0].ends_with("which was not tested."));
    }

    #[test]
    fn what_a_baseline_is_better_in_is_said_first() {
        let (mut record, _) = example();
        record
            .differences
            .retain(|row| row.baseline == Condition::RidgeToPixels);
        for row in &mut record.differences {
            let of_pairs = row.statistic == Statistic::PairwiseIdentification;
            (row.value, row.interval) = if of_pairs {
                (-0.014, Some((-0.022, -0.006)))
            } else {
                (0.1, Some((0.05, 0.15)))
            };
            row.decoder = 0.977;
        }
        let found = findings(&record);
        let start = "Against ridge to pixels, image by image: the decoder lies below it in pairs, all foils, by pixels 97.7 % against \
                     99.1 %, −1.4 percentage points (interval −2.2 to −0.6;";
        assert!(found[0].starts_with(start), "{}", found[0]);
        for words in [
            "in pairs of one class by pixels",
            "in classes named by convnet",
        ] {
            assert!(found[0].contains(words), "{}", found[0]);
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
            found[2].contains("the best of 3 single subjects by ridge"),
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
        assert_eq!((rows.len(), n_similarities), (25, 7), "a page holds 40");
        for statistic in ["pairs", "pairs of one class", "class named"] {
            let mut of_ridge = rows.iter().filter(|row| row[0] == "ridge to pixels");
            assert!(of_ridge.any(|row| row[1] == statistic), "{statistic}");
        }
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
            found[0].starts_with("Against ridge to pixels, S7 alone, image by image"),
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
