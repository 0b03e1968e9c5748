//! The metrics of the field against their reference implementations: bdpy, scikit-image and torchmetrics.

use serde_json::Value;

use crate::Rows;
use crate::correlation::{correlations, profile_correlations};
use crate::identification::{Rule, identify};
use crate::matrix::Similarities;
use crate::pools::Pools;
use crate::record::Direction;
use crate::ssim::structural_similarities;

const REFERENCE: &str = include_str!("../../../tests/reference/metrics/metrics.json");
const INFORMATION: &str = include_str!("../../../tests/reference/information/information.json");
const ENCODING: &str = include_str!("../../../tests/reference/encoding/encoding.json");
const TOLERANCE: f64 = 1e-6;

fn reference() -> Value {
    serde_json::from_str(REFERENCE).unwrap()
}

/// What numpy makes of bottlenecks, ranks, patterns and rings.
pub(crate) fn information() -> Value {
    serde_json::from_str(INFORMATION).unwrap()
}

/// What numpy and scikit-learn make of an encoding model.
pub(crate) fn encoding() -> Value {
    serde_json::from_str(ENCODING).unwrap()
}

/// An array of rows.
pub(crate) fn rows_of(value: &Value) -> Rows {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Rows {
        n_columns: rows[0].len(),
        values: rows
            .concat()
            .into_iter()
            .map(|value| value as f32)
            .collect(),
    }
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|number| number.as_f64().unwrap()).collect()
}

fn rows(reference: &Value, name: &str) -> Rows {
    let values = numbers(&reference[name]);
    let n_pixels = reference["height"].as_u64().unwrap() * reference["width"].as_u64().unwrap();
    Rows {
        n_columns: n_pixels as usize,
        values: values.into_iter().map(|value| value as f32).collect(),
    }
}

fn images(reference: &Value) -> (Rows, Rows) {
    (
        rows(reference, "originals"),
        rows(reference, "reconstructions"),
    )
}

pub(crate) fn close(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= TOLERANCE,
            "{what}: {found} in place of {expected}"
        );
    }
}

#[test]
fn pairwise_identification_is_that_of_bdpy() {
    let reference = reference();
    let (originals, made) = images(&reference);
    let similar = correlations(&originals, &made);
    let pools = Pools::whole(similar.n_rows);
    let direction = Direction::ReconstructionToOriginals;
    let found = identify(&similar, direction, &pools, Rule::Pairwise).own();
    close("pairwise", &found, &numbers(&reference["pairwise"]));
}

#[test]
fn correlations_of_patterns_and_profiles_are_those_of_bdpy() {
    let reference = reference();
    let (originals, made) = images(&reference);
    let found = correlations(&originals, &made).own();
    close("pattern", &found, &numbers(&reference["pattern"]));
    let found: Option<Vec<f64>> = profile_correlations(&originals, &made)
        .into_iter()
        .collect();
    close("profile", &found.unwrap(), &numbers(&reference["profile"]));
    let flat = Rows {
        n_columns: 1,
        values: vec![0.5; 4],
    };
    assert_eq!(profile_correlations(&flat, &flat), [None]);
}

#[test]
fn structural_similarity_is_that_of_scikit_image_and_torchmetrics() {
    let reference = reference();
    let (originals, made) = images(&reference);
    let side = |name: &str| reference[name].as_u64().unwrap() as usize;
    let found = structural_similarities(&originals, &made, side("height"), side("width"));
    let expected: Vec<f64> = reference["ssim"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(numbers)
        .collect();
    close("SSIM of scikit-image", &found.values, &expected);
    close(
        "SSIM of torchmetrics",
        &found.own(),
        &numbers(&reference["ssim_torchmetrics"]),
    );
}

/// Every set of foils, one by one; with coarse similarities, that tie.
#[test]
fn n_way_identification_is_the_mean_over_every_choice_of_foils() {
    let reference = reference();
    let (originals, made) = images(&reference);
    let exact = correlations(&originals, &made);
    let rows = reference["coarse"].as_array().unwrap();
    let coarse = Similarities {
        n_rows: rows.len(),
        n_columns: rows.len(),
        values: rows.iter().flat_map(numbers).collect(),
    };
    for (name, similar) in [("n_way", exact), ("n_way_coarse", coarse)] {
        for n in [2, 3, 5] {
            let pools = Pools::whole(similar.n_rows);
            let direction = Direction::OriginalToReconstructions;
            let found = identify(&similar, direction, &pools, Rule::Way(n)).own();
            close(name, &found, &numbers(&reference[name][n.to_string()]));
        }
    }
}
