//! What would fool a reader: what was found, and what each guard rests on.

use super::scores::Table;
use lab_score::guards::{GuardRow, Verdict};
use lab_score::record::Record;

/// A sentence for each defect that was found.
pub(super) fn found(record: &Record) -> Vec<String> {
    let found = |row: &&GuardRow| row.verdict == Verdict::Found;
    let sentence = |row: &GuardRow| format!("{}: {}.", upper(row.defect.label()), row.evidence);
    record.guards.iter().filter(found).map(sentence).collect()
}

/// Every guard with its verdict.
pub(super) fn table(record: &Record) -> Table {
    let row = |row: &GuardRow| {
        vec![
            row.defect.label().to_owned(),
            row.verdict.name().to_owned(),
            row.evidence.clone(),
        ]
    };
    Table {
        columns: ["defect", "verdict", "what it rests on"]
            .map(String::from)
            .to_vec(),
        rows: record.guards.iter().map(row).collect(),
    }
}

/// What the guards found, among the findings: that nothing was found is one too.
pub(super) fn findings(record: &Record) -> Vec<String> {
    let labels = |is_asked: &dyn Fn(Verdict) -> bool| -> Vec<&str> {
        let rows = record.guards.iter().filter(|row| is_asked(row.verdict));
        rows.map(|row| row.defect.label()).collect()
    };
    let judged = labels(&|verdict| verdict != Verdict::NotJudged);
    let not_judged = labels(&|verdict| verdict == Verdict::NotJudged);
    let found = labels(&|verdict| verdict == Verdict::Found);
    let defects = match judged.len() {
        0 if record.guards.is_empty() => return Vec::new(),
        0 => {
            return vec![
                "Nothing could be judged of what would fool a reader: see the table of guards."
                    .into(),
            ];
        }
        1 => "one defect".to_owned(),
        n => format!("{n} defects"),
    };
    let what = match found.len() {
        0 => "none was found, which does not mean that there is none".to_owned(),
        1 => format!("one was found: {}", found[0]),
        n => format!("{n} were found: {}", found.join(", ")),
    };
    let rest = if not_judged.is_empty() {
        String::new()
    } else {
        format!(" Not judged: {}.", not_judged.join(", "))
    };
    vec![format!(
        "Of {defects} that would fool a reader, {what}.{rest}"
    )]
}

/// How the guards judge.
pub(super) fn statistics(record: &Record) -> Vec<String> {
    if record.guards.is_empty() {
        return Vec::new();
    }
    vec![
        "Guards: each is a rule over correlations of pixels and of the observers' features, with p below 0.005 for what rests on a test. \
         Reconstructions are held against originals under the given pairing, under common mistakes of pairing, within images of one \
         luminance and of one class, against each other and against training images. A rule that is kept is no proof."
            .into(),
    ]
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{findings, found, statistics, table};
    use crate::example::example;
    use lab_score::guards::{Defect, GuardRow, Verdict};
    use lab_score::record::Record;

    fn record(verdicts: &[(Defect, Verdict)]) -> Record {
        let (mut record, _) = example();
        let row = |&(defect, verdict): &(Defect, Verdict)| GuardRow {
            defect,
            verdict,
            evidence: "so it is".into(),
        };
        record.guards = verdicts.iter().map(row).collect();
        record
    }

    #[test]
    fn what_was_found_is_said_first_and_what_was_not_judged_is_named() {
        let all = record(&[
            (Defect::WrongPairing, Verdict::Found),
            (Defect::Collapsed, Verdict::NotFound),
            (Defect::Leaked, Verdict::NotJudged),
        ]);
        assert_eq!(found(&all), ["Wrong pairing: so it is."]);
        assert_eq!(
            findings(&all),
            [
                "Of 2 defects that would fool a reader, one was found: wrong pairing. Not judged: test images in training."
            ]
        );
        assert_eq!(table(&all).rows.len(), 3);
        assert_eq!(statistics(&all).len(), 1);
    }

    #[test]
    fn nothing_found_is_no_proof() {
        let none = record(&[(Defect::Collapsed, Verdict::NotFound)]);
        assert!(found(&none).is_empty());
        assert_eq!(
            findings(&none),
            [
                "Of one defect that would fool a reader, none was found, which does not mean that there is none."
            ]
        );
        let few = record(&[(Defect::Collapsed, Verdict::NotJudged)]);
        assert!(findings(&few)[0].starts_with("Nothing could be judged"));
        let two = record(&[
            (Defect::Collapsed, Verdict::Found),
            (Defect::Memorised, Verdict::Found),
        ]);
        assert!(findings(&two)[0].contains("2 were found: few different outputs, copies of"));
        let nobody = record(&[]);
        assert!(findings(&nobody).is_empty() && statistics(&nobody).is_empty());
    }
}
