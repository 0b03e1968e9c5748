//! The power of one design over several true shares.

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::formula::{power_against_chance, smallest_share};
use super::simulate::{PowerRow, Simulation, simulate};
use crate::Result;

/// A true share, and what each test makes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The true share of right decisions.
    pub share: f64,
    /// How many times larger the variance of the mean is than that of independent decisions.
    pub design_effect: f64,
    /// Power by the normal formula with that design effect.
    pub by_formula: Option<f64>,
    /// Power by simulation, a row a test.
    pub rows: Vec<PowerRow>,
}

/// What a design can tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The design, its dependence, level and seed; its share is that of the first point.
    pub asked: Simulation,
    /// The true shares, the one that was asked for first.
    pub points: Vec<CurvePoint>,
    /// The smallest share that is found with power .8, by the formula.
    pub smallest_share: Option<f64>,
}

/// Power that the smallest share is found with.
pub const POWER: f64 = 0.8;

/// Simulates the share that was asked for with all studies, and each of `shares` with `n_studies`.
///
/// # Errors
/// As [`simulate`].
///
/// # Determinism
/// Each share draws from streams of its own; the number of threads plays no part.
pub fn curve(
    asked: &Simulation,
    shares: &[f64],
    n_studies: usize,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Curve> {
    let mut points = vec![point(asked, progress)?];
    for &share in shares {
        let of = Simulation {
            share,
            n_studies,
            n_mixed: 0,
            ..*asked
        };
        let before = asked.n_studies + (points.len() - 1) * n_studies;
        points.push(point(&of, &|done| progress(before + done))?);
    }
    let effect = asked.dependence.design_effect(asked.share, &asked.design)?;
    Ok(Curve {
        asked: *asked,
        points,
        smallest_share: smallest_share(n_of(&asked.design), asked.level, POWER, effect),
    })
}

fn point(of: &Simulation, progress: &(dyn Fn(usize) + Sync)) -> Result<CurvePoint> {
    let design_effect = of.dependence.design_effect(of.share, &of.design)?;
    Ok(CurvePoint {
        share: of.share,
        design_effect,
        by_formula: power_against_chance(of.share, n_of(&of.design), of.level, design_effect),
        rows: simulate(of, progress)?,
    })
}

fn n_of(design: &Design) -> f64 {
    design.n_decisions as f64
}
