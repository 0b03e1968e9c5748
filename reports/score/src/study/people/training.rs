//! Weights of the rule, computed again from the training seeds.

use super::evaluate::judged;
use super::rows::{PersonRow, Signal};
use super::rule::{APART, TRAINING_SEEDS, surprise, weight};
use super::simulate::{Crowd, kind_of};

const N_STEPS: usize = 4000;

/// Logistic regression by projected gradient ascent on standardised surprises, with a penalty of one thousandth.
fn weights(rows: &[PersonRow]) -> Vec<f64> {
    let n = rows.len() as f64;
    let columns: Vec<Vec<f64>> = Signal::ALL
        .iter()
        .map(|&signal| {
            rows.iter()
                .map(|row| surprise(row.signal(signal)))
                .collect()
        })
        .collect();
    let is_agent: Vec<f64> = rows
        .iter()
        .map(|row| f64::from(u8::from(kind_of(&row.rater).is_some())))
        .collect();
    let moments: Vec<(f64, f64)> = columns
        .iter()
        .map(|column| {
            let mean = column.iter().sum::<f64>() / n;
            let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            (mean, sd.max(1e-9))
        })
        .collect();
    let x =
        |column: usize, row: usize| (columns[column][row] - moments[column].0) / moments[column].1;
    let standard: Vec<Vec<f64>> = (0..rows.len())
        .map(|row| (0..columns.len()).map(|column| x(column, row)).collect())
        .collect();
    let (mut at, mut intercept) = (vec![0.0; columns.len()], 0.0);
    for _ in 0..N_STEPS {
        let (mut slope, mut level) = (vec![0.0; at.len()], 0.0);
        for (row, is_agent) in standard.iter().zip(&is_agent) {
            let sum: f64 = intercept + row.iter().zip(&at).map(|(x, w)| x * w).sum::<f64>();
            let rest = is_agent - 1.0 / (1.0 + (-sum).exp());
            level += rest / n;
            slope
                .iter_mut()
                .zip(row)
                .for_each(|(slope, x)| *slope += rest * x / n);
        }
        intercept += level;
        for (w, slope) in at.iter_mut().zip(slope) {
            *w = (*w + slope - 1e-3 * *w).max(0.0);
        }
    }
    at.iter().zip(moments).map(|(w, (_, sd))| w / sd).collect()
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the weights are what the test is run for"
)]
fn weights_are_those_of_the_training_seeds() {
    if std::env::var_os("LAB_SLOW").is_none() {
        return lab_core::testing::skip("LAB_SLOW is not set");
    }
    // 500 people and 50 agents of each kind in each.
    let rows = judged(&Crowd::default(), &TRAINING_SEEDS, APART);
    let found = weights(&rows);
    for (signal, found) in Signal::ALL.into_iter().zip(&found) {
        println!("{signal:?}: {found:.3} (set {})", weight(signal));
    }
    for (signal, found) in Signal::ALL.into_iter().zip(found) {
        assert!((found - weight(signal)).abs() < 0.1, "{signal:?}");
    }
}
