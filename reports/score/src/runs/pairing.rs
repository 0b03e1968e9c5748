//! Whether two runs can be compared image by image, and if not, what differs.

use lab_core::config::{Scores, from_ron};

use crate::record::{ImageFacts, Record};

/// Why a run cannot be compared with the first one image by image; nothing if it can.
///
/// Images are the same if they have the same names, classes and indices in the same dataset; where the hashes of the pixels
/// of both are given, these must be the same too. Foils and draws must be asked for alike: other seeds draw other foils, which
/// is part of what a run's score varies by.
pub fn why_not_paired(first: &Record, own: &Record, pixels: [Option<&str>; 2]) -> Vec<String> {
    let mut why = images(first, own);
    if let [Some(first), Some(own)] = pixels
        && why.is_empty()
        && first != own
    {
        why.push("the pixels of the test images differ".into());
    }
    match (settings_of_scores(first), settings_of_scores(own)) {
        (Some(first), Some(own)) => why.extend(settings(&first, &own)),
        _ => why.push("the settings of the scores cannot be read".into()),
    }
    why
}

fn images(first: &Record, own: &Record) -> Vec<String> {
    let (theirs, ours) = (&first.data, &own.data);
    let differs = |what: &str, first: &dyn std::fmt::Display, own: &dyn std::fmt::Display| {
        vec![format!(
            "{what}: {first} in the first run, {own} in this one"
        )]
    };
    if theirs.dataset != ours.dataset {
        return differs("the dataset", &theirs.dataset, &ours.dataset);
    }
    if theirs.n_test != ours.n_test {
        return differs("the number of test images", &theirs.n_test, &ours.n_test);
    }
    if (theirs.height, theirs.width) != (ours.height, ours.width) {
        let size = |height: usize, width: usize| format!("{height} × {width}");
        return differs(
            "the pixels of an image",
            &size(theirs.height, theirs.width),
            &size(ours.height, ours.width),
        );
    }
    let pairs = theirs.test_images.iter().zip(&ours.test_images);
    let other = pairs.enumerate().find(|(_, (first, own))| first != own);
    other.map_or_else(Vec::new, |(idx, (first, own))| {
        differs(&format!("test image {idx}"), &said(first), &said(own))
    })
}

fn said(image: &ImageFacts) -> String {
    let ImageFacts { name, class, id } = image;
    let name = if name.is_empty() { "(no name)" } else { name };
    let class = if class.is_empty() { "none" } else { class };
    format!("{name}, index {id}, class {class}")
}

fn settings(first: &Scores, own: &Scores) -> Vec<String> {
    let pairs = [
        ("n_foils", first.n_foils as f64, own.n_foils as f64),
        (
            "n_permutations",
            first.n_permutations as f64,
            own.n_permutations as f64,
        ),
        (
            "n_bootstrap",
            first.n_bootstrap as f64,
            own.n_bootstrap as f64,
        ),
        ("confidence", first.confidence, own.confidence),
    ];
    pairs
        .into_iter()
        .filter(|(_, first, own)| first.total_cmp(own).is_ne())
        .map(|(name, first, own)| {
            format!("scores.{name}: {first} in the first run, {own} in this one")
        })
        .collect()
}

/// The settings of the scores in the resolved experiment of a record; `None` if they do not stand there.
pub fn settings_of_scores(record: &Record) -> Option<Scores> {
    let text = &record.provenance.resolved;
    let (_, rest) = text.split_once("\n    scores: ")?;
    let mut depth = 0_usize;
    for (at, letter) in rest.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return from_ron(&rest[..=at]).ok();
        }
    }
    None
}
