//! Checks of what is handed to scoring.

use lab_core::config::Scores;
use lab_core::recording::Labels;

use super::{Candidates, Distances, Rows, TestSet};
use crate::{Error, Result};

/// The number of test images, once everything fits.
pub(super) fn check(test: &TestSet, candidates: &[Candidates], params: &Scores) -> Result<usize> {
    if !(0.0 < params.confidence && params.confidence < 1.0) {
        return Err(shape(
            "scores.confidence",
            "a number between 0 and 1",
            params.confidence,
        ));
    }
    let n_pixels = test.height * test.width;
    let n_images = test
        .originals
        .values
        .len()
        .checked_div(n_pixels)
        .unwrap_or(0);
    if n_images < 2 {
        return Err(Error::TooFew {
            what: "test images for identification".into(),
            needed: 2,
            got: n_images,
        });
    }
    check_rows(
        "pixels of the originals",
        &test.originals,
        n_images,
        n_pixels,
    )?;
    for observer in &test.observers {
        let what = format!("originals for observer '{}'", observer.name);
        check_rows(
            &what,
            &observer.originals,
            n_images,
            observer.originals.n_columns,
        )?;
    }
    check_classes(test, n_images)?;
    for candidate in candidates {
        check_candidate(test, candidate, n_images)?;
    }
    Ok(n_images)
}

/// Refuses distances that are no distances, or not one for each image.
pub(super) fn check_distances(distances: &[Distances], n_images: usize) -> Result<()> {
    for of in distances {
        let what = format!("{} of '{}'", of.observer, of.condition.name());
        check_count(&what, of.values.len(), n_images)?;
        let is_none = |value: &&f64| !(value.is_finite() && **value >= 0.0);
        if let Some(value) = of.values.iter().find(is_none) {
            return Err(shape(&what, "distances of at least 0", value));
        }
    }
    Ok(())
}

fn check_classes(test: &TestSet, n_images: usize) -> Result<()> {
    if let Some((classes, names)) = &test.classes {
        check_count("classes of the originals", classes.len(), n_images)?;
        let is_known = |class: u32| class == Labels::NONE || (class as usize) < names.len();
        if let Some(unknown) = classes.iter().find(|&&class| !is_known(class)) {
            return Err(shape(
                "class of an original",
                &format!("an index below {}", names.len()),
                unknown,
            ));
        }
    }
    match &test.classifier {
        Some((_, named)) => check_count("classes named for the originals", named.len(), n_images),
        None => Ok(()),
    }
}

fn check_candidate(test: &TestSet, candidate: &Candidates, n_images: usize) -> Result<()> {
    let name = candidate.condition.name();
    check_rows(
        &format!("pixels of '{name}'"),
        &candidate.images,
        n_images,
        test.originals.n_columns,
    )?;
    for observer in &test.observers {
        if let Some(features) = candidate.features.get(&observer.name) {
            let what = format!("features of '{name}' for observer '{}'", observer.name);
            check_rows(&what, features, n_images, observer.originals.n_columns)?;
        }
    }
    match &candidate.named_classes {
        Some(named) => check_count(
            &format!("classes named for '{name}'"),
            named.len(),
            n_images,
        ),
        None => Ok(()),
    }
}

fn check_rows(what: &str, rows: &Rows, n_images: usize, n_columns: usize) -> Result<()> {
    if rows.n_columns != n_columns || rows.values.len() != n_images * n_columns || n_columns == 0 {
        let got = format!("{} values in rows of {}", rows.values.len(), rows.n_columns);
        return Err(shape(
            what,
            &format!("{n_images} rows of {}", n_columns.max(1)),
            got,
        ));
    }
    match rows.values.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(shape(
            what,
            "finite numbers",
            format!("{} in row {}", rows.values[place], place / n_columns),
        )),
        None => Ok(()),
    }
}

fn check_count(what: &str, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        Ok(())
    } else {
        Err(shape(what, &format!("{expected} images"), got))
    }
}

fn shape(what: &str, expected: &str, got: impl ToString) -> Error {
    Error::Shape {
        what: what.into(),
        expected: expected.into(),
        got: got.to_string(),
    }
}
