//! Noise ceilings against numpy and scipy (`tests/reference/noise_ceiling/make.py`), and the law that runs must not break.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Responses, Shown, noise_ceilings, quantiles};
use crate::record::{CeilingSource, NoiseCeilingRow};

#[derive(Deserialize)]
struct Case {
    responses: Vec<Vec<f32>>,
    train: Trials,
    test: Trials,
    known: Option<Vec<f64>>,
    expected: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Trials {
    row: Vec<usize>,
    image: Vec<usize>,
    run: Vec<u32>,
}

#[derive(Deserialize)]
struct Expected {
    quantiles: Vec<f64>,
    interval: Option<(f64, f64)>,
    by: Option<String>,
    n_responsive: Option<f64>,
    responsive: Option<f64>,
    responsive_interval: Option<(f64, f64)>,
}

impl Trials {
    fn shown(&self) -> Vec<Shown> {
        let of = |idx: usize| Shown {
            row: self.row[idx],
            image: self.image[idx],
            run: self.run[idx],
        };
        (0..self.row.len()).map(of).collect()
    }
}

fn close(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() < 1e-9, "{ours} and {theirs}");
}

/// Ends by an interpolated table and eight points of the runs' chance, against scipy's root and 400 of them.
fn same_interval(what: &str, ours: Option<(f64, f64)>, theirs: Option<(f64, f64)>) {
    assert_eq!(ours.is_some(), theirs.is_some(), "{what}");
    if let Some((ours, theirs)) = ours.zip(theirs) {
        let distance = (ours.0 - theirs.0).abs().max((ours.1 - theirs.1).abs());
        assert!(distance < 1e-3, "{what}: {ours:?} {theirs:?}");
    }
}

#[test]
fn ceilings_are_those_of_numpy_in_every_design() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/reference/noise_ceiling/noise_ceiling.json"
    );
    let cases: BTreeMap<String, Case> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(cases.len(), 3);
    for (name, case) in cases {
        let values = case.responses.concat();
        let responses = Responses {
            values: &values,
            n_voxels: case.responses[0].len(),
        };
        let [train, test] = [&case.train, &case.test].map(Trials::shown);
        let rows = noise_ceilings("S1", responses, [&train, &test], case.known.as_deref());
        assert_eq!(rows.len(), case.expected.len(), "{name}");
        for row in rows {
            let expected = &case.expected[&format!("{:?}", row.source)];
            for (ours, theirs) in row.quantiles.iter().zip(&expected.quantiles) {
                close(*ours, *theirs);
            }
            assert_eq!(row.quantiles.len(), NoiseCeilingRow::LEVELS.len());
            same_interval(&name, row.interval, expected.interval);
            assert_eq!(row.responsive.is_some(), expected.by.is_some(), "{name}");
            if let Some(responsive) = row.responsive {
                let by = expected.by.as_deref().unwrap();
                assert_eq!(format!("{:?}", responsive.by), by, "{name}");
                close(responsive.n_voxels, expected.n_responsive.unwrap());
                close(responsive.median, expected.responsive.unwrap());
                same_interval(&name, responsive.interval, expected.responsive_interval);
            }
        }
    }
}

/// Images nested in runs that drift, without any signal: nothing may look like one.
#[test]
fn the_drift_of_runs_is_no_signal() {
    let (n_images, m, n_voxels) = (24, 6, 400);
    let mut state = 1u64;
    let mut noise = || {
        // A sum of uniform numbers from a linear congruence is noise enough.
        let mut sum = 0.0;
        for _ in 0..12 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            sum += (state >> 33) as f64 / f64::from(1u32 << 31);
        }
        sum - 6.0
    };
    let shown: Vec<Shown> = (0..n_images * m)
        .map(|row| Shown {
            row,
            image: row / m,
            run: (row / m / 8) as u32,
        })
        .collect();
    let drift: Vec<f64> = (0..3 * n_voxels).map(|_| noise()).collect();
    let mut values = vec![0f32; shown.len() * n_voxels];
    for (idx, value) in values.iter_mut().enumerate() {
        let (trial, voxel) = (idx / n_voxels, idx % n_voxels);
        *value = (noise() + drift[shown[trial].run as usize * n_voxels + voxel]) as f32;
    }
    let responses = Responses {
        values: &values,
        n_voxels,
    };
    let rows = noise_ceilings("S1", responses, [&[], &shown], None);
    let row = &rows[0];
    assert_eq!(row.source, CeilingSource::Repeats);
    // Half of the estimates lie below 0; were runs not taken out, the median would be near 0.9.
    assert!(row.quantiles[2] < 0.25, "{row:?}");
    let responsive = row.responsive.as_ref().unwrap();
    assert!(responsive.n_voxels < 12.0, "{responsive:?}");
}

#[test]
fn what_is_not_repeated_tells_nothing() {
    let shown: Vec<Shown> = (0..6)
        .map(|row| Shown {
            row,
            image: row,
            run: 0,
        })
        .collect();
    let responses = Responses {
        values: &[0.5; 12],
        n_voxels: 2,
    };
    assert!(noise_ceilings("S1", responses, [&shown, &shown], None).is_empty());
    let known = noise_ceilings("S1", responses, [&shown, &shown], Some(&[0.2, 0.4]));
    assert_eq!(known.len(), 1);
    assert!(known[0].responsive.is_none());
    close(known[0].quantiles[2], 0.3);
    // One image a run: its repeats say nothing about other images once the run is taken out.
    let alone: Vec<Shown> = (0..6)
        .map(|row| Shown {
            row,
            image: row / 2,
            run: (row / 2) as u32,
        })
        .collect();
    assert!(noise_ceilings("S1", responses, [&[], &alone], None).is_empty());
}

#[test]
fn quantiles_are_interpolated_as_numpy_does() {
    let found = quantiles(&[3.0, 1.0, 2.0, 10.0], &[0.0, 0.5, 0.9, 1.0]);
    for (ours, theirs) in found.iter().zip([1.0, 2.5, 7.9, 10.0]) {
        close(*ours, theirs);
    }
    assert!(quantiles(&[], &[0.5]).is_empty());
}
