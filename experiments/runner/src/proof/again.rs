//! Two runs of one experiment held against each other: the finished one, and the same made again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab_core::Error as CoreError;
use serde::Serialize;
use serde_json::Value;

use super::manifest::Manifest;
use super::reading::check_before_reading;
use crate::{Error, Result};

/// Name of the file that holds the headline scores.
const SUMMARY: &str = "summary.json";

/// How two runs can be held against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The bytes of every file: the processor's features are the same.
    Bytes,
    /// Headline scores, each of which may differ by the tolerance.
    Scores {
        /// The largest difference of a score that still counts as equal; scores lie in [0, 1] or are correlations.
        tolerance: f64,
        /// Why bytes cannot be compared, as the end of a sentence.
        why: String,
    },
}

/// A file or a score that came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Path of the file in the run's folder, or name of the score.
    pub what: String,
    /// The hash or the value in the finished run.
    pub expected: String,
    /// The hash or the value that came out this time.
    pub found: String,
}

/// What the comparison of a run with its repetition found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Again {
    /// What was compared: bytes, or scores.
    pub how: How,
    /// Number of files or scores that were compared.
    pub n_compared: usize,
    /// The largest difference between scores, if scores were compared.
    pub largest: Option<f64>,
    /// The files or scores that differ, each with both values.
    pub differences: Vec<Difference>,
    /// What else a reader must know, in sentences.
    pub notes: Vec<String>,
}

/// Holds a run that was made again against the finished one.
///
/// # Errors
/// As [`check_before_reading`], for either.
pub fn compare(finished: &Path, again: &Path, tolerance: f64) -> Result<Again> {
    let before = check_before_reading(finished, &[SUMMARY])?;
    let after = check_before_reading(again, &[SUMMARY])?;
    let notes = notes(&before, &after);
    let why = why_not_bytes(&before, &after);
    let Some(why) = why else {
        let differences = differences(&before.files, &after.files);
        return Ok(Again {
            how: How::Bytes,
            n_compared: before.files.len(),
            largest: None,
            differences,
            notes,
        });
    };
    let (scores, found) = (scores(finished)?, scores(again)?);
    let mut largest = 0.0_f64;
    let mut differences = Vec::new();
    for (name, expected) in &scores {
        let found = found.get(name).copied().flatten();
        let apart = expected.zip(found).map(|(a, b)| (a - b).abs());
        largest = largest.max(apart.unwrap_or_default());
        let is_same = expected.is_none() && found.is_none();
        if !is_same && apart.is_none_or(|apart| apart > tolerance) {
            let told = |value: Option<f64>| value.map_or("none".into(), |value| value.to_string());
            differences.push(Difference {
                what: name.clone(),
                expected: told(*expected),
                found: told(found),
            });
        }
    }
    Ok(Again {
        how: How::Scores { tolerance, why },
        n_compared: scores.len(),
        largest: Some(largest),
        differences,
        notes,
    })
}

fn why_not_bytes(before: &Manifest, after: &Manifest) -> Option<String> {
    let (then, now) = (&before.measured, &after.measured);
    if then.cpu_features != now.cpu_features {
        return Some(format!(
            "the run was made with the processor's features {}, and again with {}",
            said(&then.cpu_features),
            said(&now.cpu_features)
        ));
    }
    (then.device != "cpu").then(|| {
        format!(
            "tensors lived on {}, which adds up in an order of its own",
            then.device
        )
    })
}

fn said(features: &str) -> String {
    let words: Vec<&str> = features.split_whitespace().collect();
    if words.is_empty() {
        "of its kind alone".into()
    } else {
        format!("'{}'", words.join(" "))
    }
}

fn notes(before: &Manifest, after: &Manifest) -> Vec<String> {
    let mut notes = Vec::new();
    if before.program.sources != after.program.sources {
        notes.push(format!(
            "this program is not the one that made the run: its sources have BLAKE3 {}, and those of the run's program {}",
            &after.program.sources, &before.program.sources
        ));
    } else if before.program.compiler != after.program.compiler {
        notes
            .push("this program is of the same sources, and of another compiler or profile".into());
    } else if before.program.binary != after.program.binary {
        notes
            .push("this program is another file, of the same sources and the same compiler".into());
    }
    let changed = after.inputs.all().filter(|now| {
        let then = before.inputs.all().find(|then| then.path == now.path);
        then.is_some_and(|then| then.blake3 != now.blake3)
    });
    notes.extend(changed.map(|input| {
        format!(
            "'{}' holds something else than when the run was made",
            input.path
        )
    }));
    notes
}

fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let hash = |files: &BTreeMap<String, String>, name: &str| {
        let hash = files.get(name);
        hash.map_or("no file".to_owned(), |hash| format!("BLAKE3 {hash}"))
    };
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Difference {
            what: name.clone(),
            expected: hash(before, name),
            found: hash(after, name),
        })
        .collect()
}

/// The headline scores of a run, without their p: those jump where a score moves by a hair.
fn scores(folder: &Path) -> Result<BTreeMap<String, Option<f64>>> {
    let path = folder.join(SUMMARY);
    let text = fs::read(&path).map_err(CoreError::io("reading", &path))?;
    let headline = serde_json::from_slice::<Value>(&text)
        .and_then(|mut summary| serde_json::from_value(summary["headline"].take()));
    let headline: BTreeMap<String, Option<f64>> = headline.map_err(|source| Error::Foreign {
        path,
        expected: "headline figures",
        got: source.to_string(),
    })?;
    let scores = headline.into_iter();
    Ok(scores.filter(|(name, _)| !name.starts_with("p.")).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{How, compare};
    use crate::hashes::hashes;
    use crate::proof::manifest::tests::manifest;

    /// A run of these headline figures.
    fn run(folder: &Path, headline: &str, change: impl FnOnce(&mut super::Manifest)) {
        fs::create_dir_all(folder).unwrap();
        let text = format!("{{\"headline\": {headline}}}");
        fs::write(folder.join("summary.json"), text).unwrap();
        let mut manifest = manifest(hashes(folder).unwrap());
        manifest.measured.device = "cpu".into();
        manifest.measured.cpu_features = "avx2".into();
        change(&mut manifest);
        manifest.save(folder).unwrap();
    }

    #[test]
    fn bytes_are_compared_where_they_can_be_and_scores_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        let figures = r#"{"observer.pixel.overall": 0.75, "p.permutation.pixel": 0.2, "x": null}"#;
        let moved = r#"{"observer.pixel.overall": 0.79, "p.permutation.pixel": 0.9, "x": null}"#;
        run(&one, figures, |_| {});
        run(&two, figures, |_| {});
        let same = compare(&one, &two, 0.05).unwrap();
        assert_eq!((&same.how, same.n_compared), (&How::Bytes, 1));
        assert!(same.differences.is_empty() && same.notes.is_empty());
        run(&two, moved, |_| {});
        let other = compare(&one, &two, 0.05).unwrap();
        assert_eq!(other.differences[0].what, "summary.json");
        // On another processor, or on a card, the scores alone count, and no p.
        for (features, device, word) in [
            ("avx512", "cpu", "features 'avx2'"),
            ("avx2", "cuda", "cuda"),
        ] {
            let elsewhere = |manifest: &mut super::Manifest| {
                manifest.measured.cpu_features = features.into();
                manifest.measured.device = device.into();
            };
            run(&one, figures, |manifest| {
                manifest.measured.device = device.into();
            });
            run(&two, moved, elsewhere);
            let other = compare(&one, &two, 0.05).unwrap();
            let How::Scores { why, tolerance } = &other.how else {
                panic!("{other:?}");
            };
            assert!(why.contains(word), "{why}");
            assert!((tolerance - 0.05).abs() < 1e-12 && other.differences.is_empty());
            assert!((other.largest.unwrap() - 0.04).abs() < 1e-12);
            let strict = compare(&one, &two, 0.03).unwrap();
            assert_eq!(strict.differences[0].what, "observer.pixel.overall");
            assert_eq!(strict.n_compared, 2);
        }
    }

    #[test]
    fn another_program_and_other_inputs_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        run(&one, "{}", |_| {});
        run(&two, "{}", |manifest| {
            manifest.program.sources = "other".into();
        });
        let found = compare(&one, &two, 0.05).unwrap();
        assert!(found.notes[0].contains("not the one that made the run"));
        let input = |blake3: &str| crate::proof::InputFile {
            path: "data.h5".into(),
            bytes: 1,
            blake3: Some(blake3.into()),
        };
        run(&one, "{}", |manifest| manifest.inputs.data.push(input("a")));
        run(&two, "{}", |manifest| manifest.inputs.data.push(input("b")));
        let found = compare(&one, &two, 0.05).unwrap();
        assert!(found.notes[0].starts_with("'data.h5' holds something else"));
    }
}
