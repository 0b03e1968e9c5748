//! What would fool a reader: what was found, and what each guard rests on.

use super::numbers::upper;
use super::scores::Table;
use lab_score::guards::{GuardRow, Verdict};
use lab_score::record::{CorpusRow, Record, WholesRow};

/// A sentence for each defect that was found.
pub(super) fn found(record: &Record) -> Vec<String> {
    let found = |row: &&GuardRow| row.verdict == Verdict::Found;
    let sentence = |row: &GuardRow| format!("{}: {}.", upper(row.defect.label()), row.evidence);
    let of_pictures = record.guards.iter().filter(found).map(sentence);
    let corpora = record.corpora.iter().map(in_corpus);
    let corpora = corpora.filter(|[_, verdict, _]| verdict == Verdict::Found.name());
    of_pictures
        .chain(corpora.map(|[what, _, evidence]| format!("{}: {evidence}.", upper(&what))))
        .collect()
}

/// Whether test images were found in what one network learned from: the defect, the verdict, and what it rests on.
fn in_corpus(row: &CorpusRow) -> [String; 3] {
    let defect = format!("test images in {}", row.what);
    let cells = |verdict: Verdict, evidence: String| [defect, verdict.name().to_owned(), evidence];
    let (Some(n_images), Some(pair)) = (row.n_images, &row.nearest) else {
        let why = match row.n_images {
            None => "the network came with its weights: what it learned from is not known",
            Some(_) => "its images have another shape than the test images and cannot be compared",
        };
        return cells(Verdict::NotJudged, why.to_owned());
    };
    let named = if pair.corpus_name.is_empty() {
        pair.corpus_image.to_string()
    } else {
        format!("{} ('{}')", pair.corpus_image, pair.corpus_name)
    };
    let nearest = format!(
        "of {n_images} images, image {named} is nearest to a test image, number {}: correlation {:.4} at up to 32 × 32 pixels; found \
         from {:.3} on; equal pixels are refused before a run",
        pair.test_image, pair.correlation, row.threshold
    );
    let wholes = row.wholes.as_ref();
    let evidence = match wholes {
        None => nearest,
        Some(wholes) => format!("{nearest}; {}", of_wholes(wholes)),
    };
    // A picture that is found both ways is one test image.
    match row.n_alike.max(wholes.map_or(0, |wholes| wholes.n_alike)) {
        0 => cells(Verdict::NotFound, evidence),
        n => {
            let evidence =
                format!("{n} test images have a picture in it that looks the same; {evidence}");
            cells(Verdict::Found, evidence)
        }
    }
}

/// What the whole pictures of a corpus rest on.
fn of_wholes(row: &WholesRow) -> String {
    format!(
        "of {} whole pictures that they were cut from, '{}' is nearest, to number {}: correlation {:.3} in the best of eight ways to turn \
         and mirror it; found from {:.2} on, and a picture that was cut by more than a percent or two at each side is not recognised",
        row.n_pictures, row.picture, row.test_image, row.likeness, row.threshold
    )
}

/// What was found of test images in the corpora, in a sentence; none where no network learned anything.
fn corpora(record: &Record) -> Option<String> {
    let rows: Vec<[String; 3]> = record.corpora.iter().map(in_corpus).collect();
    let of = |verdict: Verdict| -> Vec<String> {
        let own = rows.iter().zip(&record.corpora);
        let own = own.filter(|([_, own, _], _)| own == verdict.name());
        own.map(|(_, row)| row.what.clone()).collect()
    };
    let (found, clean) = (of(Verdict::Found), of(Verdict::NotFound));
    let unknown = of(Verdict::NotJudged);
    let mut parts = Vec::new();
    if !found.is_empty() {
        parts.push(format!("found in {}", found.join(", ")));
    }
    if !clean.is_empty() {
        parts.push(format!("not found in {}", clean.join(", ")));
    }
    if !unknown.is_empty() {
        parts.push(format!("not judged in {}", unknown.join(", ")));
    }
    (!parts.is_empty()).then(|| {
        format!(
            "Pictures like test images in what networks learned from: {}.",
            parts.join("; ")
        )
    })
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
        rows: record
            .guards
            .iter()
            .map(row)
            .chain(record.corpora.iter().map(|row| in_corpus(row).to_vec()))
            .collect(),
    }
}

/// What the guards found, among the findings: that nothing was found is one too.
pub(super) fn findings(record: &Record) -> Vec<String> {
    let mut all = of_pictures(record);
    all.extend(corpora(record));
    all
}

fn of_pictures(record: &Record) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::{findings, found, statistics, table};
    use crate::example::example;
    use lab_score::guards::{Defect, GuardRow, Verdict};
    use lab_score::record::{CorpusPair, CorpusRow, Record, WholesRow};

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
    fn corpora_are_judged_or_said_not_to_be() {
        let mut all = record(&[(Defect::Collapsed, Verdict::NotFound)]);
        let row = |what: &str, n_alike, correlation: Option<f64>, n_images| CorpusRow {
            what: what.into(),
            n_images,
            n_alike,
            threshold: 0.998,
            nearest: correlation.map(|correlation| CorpusPair {
                test_image: 3,
                corpus_image: 71,
                corpus_name: "a.png".into(),
                correlation,
            }),
            wholes: None,
        };
        all.corpora = vec![
            row("the generator's corpus", 0, Some(0.91), Some(9000)),
            row("the corpus of alexnet", 0, None, None),
            row("the corpus of small", 0, None, Some(5)),
        ];
        let cells = table(&all).rows;
        assert_eq!(cells.len(), 4);
        assert_eq!(
            cells[1][..2],
            ["test images in the generator's corpus", "not found"]
        );
        assert!(cells[1][2].starts_with(
            "of 9000 images, image 71 ('a.png') is nearest to a test image, number 3: correlation 0.9100"
        ));
        assert!(cells[2][1] == "not judged" && cells[2][2].contains("came with its weights"));
        assert!(cells[3][1] == "not judged" && cells[3][2].contains("another shape"));
        assert_eq!(
            findings(&all)[1],
            "Pictures like test images in what networks learned from: not found in the generator's corpus; not judged in the corpus \
             of alexnet, the corpus of small."
        );
        assert!(found(&all).is_empty());
        all.corpora = vec![row("the generator's corpus", 2, Some(0.9991), Some(9000))];
        assert!(
            found(&all)[0].starts_with("Test images in the generator's corpus: 2 test images have")
        );
        assert!(findings(&all)[1].ends_with("found in the generator's corpus."));
        // Crops of another file of a test picture: none of them looks like it, and the whole does.
        let mut of_crops = row("the generator's corpus", 0, Some(0.9312), Some(9000));
        of_crops.wholes = Some(WholesRow {
            n_pictures: 50,
            n_alike: 10,
            threshold: 0.95,
            test_image: 4,
            picture: "p1.jpg".into(),
            likeness: 0.9991,
        });
        all.corpora = vec![of_crops.clone()];
        assert!(
            found(&all)[0]
                .starts_with("Test images in the generator's corpus: 10 test images have")
        );
        let evidence = &table(&all).rows[1][2];
        let words = "of 50 whole pictures that they were cut from, 'p1.jpg' is nearest, to number 4: correlation 0.999";
        assert!(evidence.contains(words), "{evidence}");
        of_crops.wholes.as_mut().unwrap().n_alike = 0;
        all.corpora = vec![of_crops];
        assert!(found(&all).is_empty());
        assert_eq!(table(&all).rows[1][1], "not found");
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
