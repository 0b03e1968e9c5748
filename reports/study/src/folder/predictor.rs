//! Whether anything but the pictures themselves tells the side: a predictor that learns from other studies is at chance.

use std::collections::BTreeMap;

use super::assemble::{Assembled, assemble};
use super::{Kind, Shown};
use crate::design::Side;
use crate::settings::{Settings, Size};
use crate::testing::source;

const FEATURES: usize = 14;

/// What a program may look at without seeing: names, sizes, order, and what comes together or again.
fn features(studied: &mut Assembled) -> Vec<([f64; FEATURES], f64)> {
    let n_bytes = studied.album.n_bytes();
    let number = |name: &str| u64::from_str_radix(name, 16).unwrap();
    let unit = |name: &str| number(name) as f64 / u64::MAX as f64;
    let mut rows = Vec::new();
    for (list, numbered) in studied.lists.iter().zip(1_u32..) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut ranked: Vec<&str> = list.images().collect();
        ranked.sort_unstable();
        let rank =
            |name: &str| ranked.partition_point(|known| *known < name) as f64 / ranked.len() as f64;
        let mut before = (0.0, 0.0);
        let all: Vec<&Shown> = list.practice.iter().chain(&list.trials).collect();
        for (at, shown) in all.iter().enumerate() {
            let names = [&shown.original, &shown.left, &shown.right];
            let [original, left, right] = names.map(|name| unit(name));
            let sizes = [&shown.left, &shown.right]
                .map(|name| studied.album.file(name, n_bytes).len() as f64);
            let again = names.map(|name| *seen.get(name).unwrap_or(&0) as f64);
            names
                .iter()
                .for_each(|name| *seen.entry((*name).clone()).or_default() += 1);
            let ones =
                |name: &str| f64::from((number(name) ^ number(&shown.original)).count_ones());
            let row = [
                left - right,
                (left - original).abs() - (right - original).abs(),
                sizes[0] - sizes[1],
                again[1] - again[2],
                rank(&shown.left) - rank(&shown.right),
                ones(&shown.left) - ones(&shown.right),
                at as f64 / all.len() as f64,
                f64::from(at % 2 == 0),
                (number(&shown.left) % 16) as f64 - (number(&shown.right) % 16) as f64,
                before.0,
                before.1 * (left - right),
                f64::from(numbered % 2 == 0),
                f64::from(shown.left < shown.right) * f64::from(original < 0.5),
                1.0,
            ];
            before = (left - right, original);
            let key = studied
                .key
                .iter()
                .find(|row| row.list == numbered && row.trial == at as u32 + 1);
            if let Some(key) = key.filter(|row| row.kind != Kind::Practice) {
                rows.push((row, f64::from(key.side == Side::Right)));
            }
        }
    }
    rows
}

fn studies(seeds: std::ops::Range<u64>) -> Vec<([f64; FEATURES], f64)> {
    let settings = Settings {
        size: Size::Participants(20),
        ..Settings::default()
    };
    let of_seed =
        |seed| features(&mut assemble(&[source("a", "set", 80)], &settings, seed).unwrap());
    seeds.flat_map(of_seed).collect()
}

fn guess(weights: &[f64; FEATURES], row: &[f64; FEATURES]) -> f64 {
    let sum: f64 = weights
        .iter()
        .zip(row)
        .map(|(weight, value)| weight * value)
        .sum();
    1.0 / (1.0 + (-sum).exp())
}

/// Logistic regression by gradient descent, on features scaled to a mean square of 1.
fn fit(rows: &[([f64; FEATURES], f64)]) -> [f64; FEATURES] {
    let mut squares = [0.0; FEATURES];
    for (row, _) in rows {
        row.iter()
            .zip(&mut squares)
            .for_each(|(value, square)| *square += value * value / rows.len() as f64);
    }
    let mut weights = [0.0; FEATURES];
    for _ in 0..150 {
        let mut slopes = [0.0; FEATURES];
        for (row, is_right) in rows {
            let miss = is_right - guess(&weights, row);
            row.iter()
                .zip(&mut slopes)
                .for_each(|(value, slope)| *slope += miss * value / rows.len() as f64);
        }
        for ((weight, slope), square) in weights.iter_mut().zip(slopes).zip(squares) {
            *weight += slope / square.max(1e-9);
        }
    }
    weights
}

#[test]
fn no_side_can_be_told_from_names_sizes_order_or_what_comes_together() {
    let weights = fit(&studies(1000..1010));
    let rows = studies(0..48);
    assert!(rows.len() >= 40_000, "{} trials", rows.len());
    let hits = rows
        .iter()
        .filter(|(row, is_right)| (guess(&weights, row) > 0.5) == (*is_right > 0.5))
        .count();
    // The binomial with p = 1/2, by its normal form: |z| < 3.29 is p > .001.
    let z = (hits as f64 - rows.len() as f64 / 2.0) / (rows.len() as f64 / 4.0).sqrt();
    assert!(z.abs() < 3.29, "{hits} of {} sides, z = {z:.2}", rows.len());
}

/// The same predictor finds a leak where there is one.
#[test]
fn a_leak_would_be_found() {
    let leak = |rows: Vec<([f64; FEATURES], f64)>| -> Vec<([f64; FEATURES], f64)> {
        let with = |(mut row, is_right): ([f64; FEATURES], f64)| {
            row[2] = 0.1 * is_right;
            (row, is_right)
        };
        rows.into_iter().map(with).collect()
    };
    let weights = fit(&leak(studies(1000..1002)));
    let rows = leak(studies(0..2));
    let hits = rows
        .iter()
        .filter(|(row, is_right)| (guess(&weights, row) > 0.5) == (*is_right > 0.5))
        .count();
    assert!(
        hits as f64 > 0.95 * rows.len() as f64,
        "{hits} of {}",
        rows.len()
    );
}
