//! The decoder against each baseline in one sentence: what either is better in, and what does not tell them apart.

use super::differences::{ALPHA, label, points, signed, test_of};
use super::numbers::{p_value, percent};
use lab_score::family::independent_observers;
use lab_score::record::{Condition, DifferenceRow, Record, ScoreRow, Statistic};

/// A sentence for each baseline that was compared, and how they are to be read.
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
    let sentences = baselines
        .iter()
        .map(|baseline| sentence(record, &of(baseline)));
    let mut all: Vec<String> = sentences.collect();
    all.extend(how_to_read(record, &rows));
    all
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

/// What a difference lets one say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    BaselineBetter,
    ResultBetter,
    NotToldApart,
    Uncorrected,
    Untested,
}

impl Verdict {
    /// What a baseline is better in is said first.
    const ALL: [Self; 5] = [
        Self::BaselineBetter,
        Self::ResultBetter,
        Self::NotToldApart,
        Self::Uncorrected,
        Self::Untested,
    ];

    fn of(record: &Record, row: &DifferenceRow) -> Self {
        match test_of(record, row) {
            None if row.p_sign_flip.is_some() => Self::Uncorrected,
            None => Self::Untested,
            Some(test) if test.p_holm >= ALPHA => Self::NotToldApart,
            Some(_) if row.value <= 0.0 => Self::BaselineBetter,
            Some(_) => Self::ResultBetter,
        }
    }

    fn words(self, record: &Record) -> &'static str {
        match self {
            Self::BaselineBetter => "the baseline is better in",
            Self::ResultBetter if record.result() == Condition::Given => {
                "the reconstructions are better in"
            }
            Self::ResultBetter => "the decoder is better in",
            Self::NotToldApart => "not told apart in",
            Self::Uncorrected => "outside the corrected tests in",
            Self::Untested => "not tested in",
        }
    }
}

fn sentence(record: &Record, rows: &[&DifferenceRow]) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let said = Verdict::ALL.into_iter().filter_map(|verdict| {
        let of = rows
            .iter()
            .filter(|row| Verdict::of(record, row) == verdict);
        let mut before = None;
        let part = |row: &&DifferenceRow| {
            let named = before.replace(row.statistic) != Some(row.statistic);
            part(record, row, verdict, named)
        };
        let parts: Vec<String> = of.map(part).collect();
        (!parts.is_empty()).then(|| format!("{} {}", verdict.words(record), parts.join(", ")))
    });
    let said: Vec<String> = said.collect();
    format!(
        "Against {}, image by image, in percentage points: {}.{}",
        label(record, first),
        said.join("; "),
        beside_subject(record, first)
    )
}

/// One difference, with the figures that its verdict rests on; what is compared is `named` where it changes.
fn part(record: &Record, row: &DifferenceRow, verdict: Verdict, named: bool) -> String {
    let observer = match row.observer.as_str() {
        "pixel" => "pixels",
        other => other,
    };
    let what = match row.statistic {
        _ if !named => "",
        Statistic::PairwiseIdentification => "pairs, all foils, ",
        Statistic::SameClassIdentification => "pairs of one class ",
        Statistic::ClassAccuracy => "classes named ",
        _ => "right decisions ",
    };
    let mut figures = vec![signed(100.0 * row.value)];
    let p = match verdict {
        Verdict::BaselineBetter | Verdict::ResultBetter => {
            test_of(record, row).map(|test| test.p_holm)
        }
        Verdict::Uncorrected => row.p_sign_flip,
        Verdict::NotToldApart | Verdict::Untested => None,
    };
    figures.extend(p.map(p_value));
    if verdict == Verdict::NotToldApart && leaves_out_zero(row) {
        let bounds = row.interval.unwrap_or_default();
        figures.push(format!("interval {}", points(bounds)));
        if is_coarse(row) {
            figures.extend(row.n_differing.map(|n| format!("{n} images differ")));
        }
    }
    format!("{what}by {observer} ({})", figures.join(", "))
}

fn leaves_out_zero(row: &DifferenceRow) -> bool {
    row.interval
        .is_some_and(|(low, high)| low > 0.0 || high < 0.0)
}

/// Whether even the p of this difference alone is not small, although its interval leaves out 0.
fn is_coarse(row: &DifferenceRow) -> bool {
    leaves_out_zero(row) && row.p_sign_flip.is_some_and(|p| p >= ALPHA)
}

/// What decides, and why an interval may say something else.
fn how_to_read(record: &Record, rows: &[&DifferenceRow]) -> Option<String> {
    let of = |verdict: Verdict| {
        let rows = rows.iter().copied();
        rows.filter(move |row| Verdict::of(record, row) == verdict)
    };
    let n_corrected = record.headline_tests.len();
    if n_corrected == 0 || rows.is_empty() {
        return None;
    }
    let mut text = format!(
        "In these comparisons p is that after Holm's correction over {n_corrected} tests, below {ALPHA} where one is called better; what is \
         not told apart may be chance."
    );
    let disagree = || of(Verdict::NotToldApart).filter(|row| leaves_out_zero(row));
    if disagree().next().is_some() {
        text += " An interval beside it leaves 0 out all the same: intervals are not corrected for the number of tests, and the p decides";
        text += if disagree().any(is_coarse) {
            ", which is coarse where few images differ."
        } else {
            "."
        };
    }
    Some(text)
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

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::example::example;
    use crate::pdf::differences::statistics;
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
            (
                0.1,
                Some(0.049),
                "the decoder is better in right decisions by pixels (+10.0, p = 0.049)",
            ),
            (
                -0.1,
                Some(0.049),
                "the baseline is better in right decisions by pixels (−10.0, p = 0.049)",
            ),
            (
                0.1,
                Some(0.05),
                "not told apart in right decisions by pixels (+10.0)",
            ),
            (
                -0.1,
                Some(0.9),
                "not told apart in right decisions by pixels (−10.0)",
            ),
            (
                0.1,
                None,
                "outside the corrected tests in right decisions by pixels (+10.0, p = 0.300)",
            ),
        ] {
            let mut record = record(value, p_holm);
            record.differences[0].interval = Some((-0.2, 0.2));
            record.differences[0].p_sign_flip = Some(0.3);
            let found = findings(&record);
            let expected = format!(
                "Against ridge to pixels, image by image, in percentage points: {verdict}."
            );
            assert!(
                found[0].starts_with(expected.trim_end_matches('.')),
                "{}",
                found[0]
            );
            assert_eq!(
                found.len(),
                if p_holm.is_some() { 2 } else { 1 },
                "{found:?}"
            );
        }
        let mut untested = record(0.011, None);
        untested.differences[0].p_sign_flip = None;
        assert!(
            findings(&untested)[0].ends_with("not tested in right decisions by pixels (+1.1).")
        );
    }

    #[test]
    fn interval_and_p_may_disagree_and_the_reason_is_said() {
        let said = |p: f64, n_differing, interval| {
            let mut record = record(0.011, Some(1.0));
            let row = &mut record.differences[0];
            (row.p_sign_flip, row.n_differing) = (Some(p), n_differing);
            row.interval = Some(interval);
            findings(&record)
        };
        let few = said(0.127, Some(4), (0.003, 0.022));
        assert!(
            few[0].ends_with("(+1.1, interval +0.3 to +2.2, 4 images differ)."),
            "{few:?}"
        );
        assert!(
            few[1].ends_with("which is coarse where few images differ."),
            "{few:?}"
        );
        let unknown = said(0.127, None, (0.003, 0.022));
        assert!(
            unknown[0].ends_with("(+1.1, interval +0.3 to +2.2)."),
            "{unknown:?}"
        );
        let corrected = said(0.01, Some(30), (0.003, 0.022));
        assert!(
            corrected[0].ends_with("(+1.1, interval +0.3 to +2.2)."),
            "{corrected:?}"
        );
        assert!(
            corrected[1].ends_with("and the p decides."),
            "{corrected:?}"
        );
        let agree = said(0.127, Some(4), (-0.003, 0.022));
        assert!(
            agree[0].ends_with("(+1.1).") && agree[1].ends_with("may be chance."),
            "{agree:?}"
        );
    }

    #[test]
    fn what_a_baseline_is_better_in_is_said_first() {
        let (mut record, _) = example();
        record
            .differences
            .retain(|row| row.baseline == Condition::RidgeToPixels);
        let of_pairs = |row: &DifferenceRow| row.statistic == Statistic::PairwiseIdentification;
        for row in &mut record.differences {
            row.value = if of_pairs(row) { -0.014 } else { 0.1 };
        }
        let mut names = record.differences.iter().filter(|row| of_pairs(row));
        let name = names.next().map(difference_name);
        for test in &mut record.headline_tests {
            test.p_holm = if name.as_ref() == Some(&test.figure) {
                0.01
            } else {
                0.5
            };
        }
        let found = &findings(&record)[0];
        let start = "Against ridge to pixels, image by image, in percentage points: the baseline is better in pairs, all foils, by \
                     pixels (−1.4, p = 0.010); not told apart in ";
        assert!(found.starts_with(start), "{found}");
        for words in [
            "pairs of one class by pixels (+10.0",
            "classes named by convnet (+10.0",
        ] {
            assert!(found.contains(words), "{found}");
        }
    }

    #[test]
    fn the_example_compares_every_baseline() {
        let (record, _) = example();
        let found = findings(&record);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[0].contains("by gabor.energy") && !found[0].contains("alexnet"));
        assert!(found.iter().any(|finding| finding.contains("no alignment")));
        let of_subject = "the best of 3 single subjects by ridge";
        assert!(found[2].contains(of_subject), "{}", found[2]);
        let of_cue = "alone, the best of 3 trivial cues";
        assert!(found[3].contains(of_cue), "{}", found[3]);
        let n = record.headline_tests.len();
        assert!(found[4].contains(&format!("Holm's correction over {n} tests")));
        let mut without = record;
        without.differences.clear();
        assert!(findings(&without).is_empty());
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
}
