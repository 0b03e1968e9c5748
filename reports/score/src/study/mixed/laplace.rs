//! The deviance of the model by Laplace's approximation, and its slope.
//!
//! ```text
//! η = Xβ + Σ_k θ_k·u_k[level],    u ~ N(0, I),    P(right) = 1/(1 + e^−η)
//! d(β, θ) = min_u {−2·log P(answers | u) + uᵀu} + log det H,    H = I + AᵀWA
//! ```
//! `A`: one row a decision, with `θ_k` at the place of its level of term `k`; `W`: diagonal, P(1 − P).
//! `d` is even in each `θ_k`, so that it is searched without bounds, and is flat in `θ_k` at 0.
//!
//! # Source
//! Bates, Mächler, Bolker & Walker (2015), doi:10.18637/jss.v067.i01; `glmer` of lme4 with `nAGQ = 1`.

use super::design::Design;
use super::factor::{Factor, dot};

/// Steps towards the most probable effects before giving up.
const MAX_STEPS: usize = 60;
/// Effects that move by less than this have arrived; steps shrink quadratically, so the next would be of 1e-18.
const ARRIVED: f64 = 1e-9;
/// Times that a step is halved.
const MAX_HALVINGS: usize = 30;

/// The deviance as a function of the parameters; keeps the last effects as the next start.
pub(super) struct Laplace<'a> {
    design: &'a Design,
    effects: Vec<f64>,
}

/// The most probable effects for given parameters, and what follows from them.
struct Modes {
    effects: Vec<f64>,
    /// Probability of a right decision, `[n_rows]`.
    right: Vec<f64>,
    factor: Factor,
    /// `−2·log P + uᵀu` there.
    penalised: f64,
}

impl<'a> Laplace<'a> {
    pub(super) fn new(design: &'a Design) -> Self {
        Self {
            design,
            effects: vec![0.0; design.n_effects],
        }
    }

    /// The deviance and its slope at `(β, θ)`; `None` where it has no finite value.
    pub(super) fn evaluate(&mut self, parameters: &[f64]) -> Option<(f64, Vec<f64>)> {
        let (fixed, deviations) = parameters.split_at(self.design.columns.len());
        let offset = self.offset(fixed);
        let modes = self.modes(&offset, deviations)?;
        let deviance = modes.penalised + modes.factor.log_determinant();
        let gradient = self.gradient(&modes, deviations);
        self.effects.clone_from(&modes.effects);
        (deviance.is_finite() && gradient.iter().all(|slope| slope.is_finite()))
            .then_some((deviance, gradient))
    }

    /// `Xβ`.
    fn offset(&self, fixed: &[f64]) -> Vec<f64> {
        let mut offset = vec![0.0; self.design.n_rows()];
        for (coefficient, column) in fixed.iter().zip(&self.design.columns) {
            for (sum, value) in offset.iter_mut().zip(column) {
                *sum += coefficient * value;
            }
        }
        offset
    }

    /// Newton's steps with halving, from the last effects and, should that fail, from none.
    fn modes(&self, offset: &[f64], deviations: &[f64]) -> Option<Modes> {
        self.modes_from(self.effects.clone(), offset, deviations)
            .or_else(|| self.modes_from(vec![0.0; self.effects.len()], offset, deviations))
    }

    fn modes_from(&self, start: Vec<f64>, offset: &[f64], deviations: &[f64]) -> Option<Modes> {
        let mut effects = start;
        let (mut right, mut penalised) = self.penalised(&effects, offset, deviations);
        for _ in 0..MAX_STEPS {
            let factor = self.curvature(&right, deviations)?;
            let residuals = self.residuals(&right);
            let mut step = self.gather(deviations, |row| residuals[row]);
            for (slope, effect) in step.iter_mut().zip(&effects) {
                *slope -= effect;
            }
            factor.solve(&mut step);
            let largest = step.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
            if largest < ARRIVED {
                return Some(Modes {
                    effects,
                    right,
                    factor,
                    penalised,
                });
            }
            let mut scale = 1.0;
            let mut n_halvings = 0;
            loop {
                let moved: Vec<f64> = (effects.iter().zip(&step))
                    .map(|(effect, part)| effect + scale * part)
                    .collect();
                let (moved_right, moved_penalised) = self.penalised(&moved, offset, deviations);
                if moved_penalised <= penalised + 1e-10 * penalised.abs() {
                    (effects, right, penalised) = (moved, moved_right, moved_penalised);
                    break;
                }
                n_halvings += 1;
                if n_halvings > MAX_HALVINGS {
                    return None;
                }
                scale *= 0.5;
            }
        }
        None
    }

    /// The probabilities of right decisions, and `−2·log P + uᵀu`.
    fn penalised(&self, effects: &[f64], offset: &[f64], deviations: &[f64]) -> (Vec<f64>, f64) {
        let mut sum = dot(effects, effects);
        let right = (0..self.design.n_rows())
            .map(|row| {
                let logit = offset[row] + self.spread(effects, deviations, row);
                let towards = if self.design.answers[row] > 0.5 {
                    logit
                } else {
                    -logit
                };
                // log(1 + e^−x) without overflow.
                sum += 2.0 * ((-towards.abs()).exp().ln_1p() + (-towards).max(0.0));
                1.0 / (1.0 + (-logit).exp())
            })
            .collect();
        (right, sum)
    }

    /// The factor of `H`.
    fn curvature(&self, right: &[f64], deviations: &[f64]) -> Option<Factor> {
        let n = self.design.n_effects;
        let mut rows = vec![0.0; n * n];
        for place in 0..n {
            rows[place * n + place] = 1.0;
        }
        for (row, p) in right.iter().enumerate() {
            let weight = p * (1.0 - p);
            for (k, first) in self.design.terms.iter().enumerate() {
                // Terms come in the order of their places, so that this fills the upper triangle.
                for (l, second) in self.design.terms.iter().enumerate().skip(k) {
                    rows[first.places[row] * n + second.places[row]] +=
                        weight * deviations[k] * deviations[l];
                }
            }
        }
        Factor::of(rows, n)
    }

    fn residuals(&self, right: &[f64]) -> Vec<f64> {
        let pairs = self.design.answers.iter().zip(right);
        pairs.map(|(answer, p)| answer - p).collect()
    }

    /// `A·values` at a row.
    fn spread(&self, values: &[f64], deviations: &[f64], row: usize) -> f64 {
        let terms = self.design.terms.iter().zip(deviations);
        terms
            .map(|(levels, sd)| sd * values[levels.places[row]])
            .sum()
    }

    /// `Aᵀ·values`.
    fn gather(&self, deviations: &[f64], values: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.design.n_effects];
        for (levels, sd) in self.design.terms.iter().zip(deviations) {
            for (row, &place) in levels.places.iter().enumerate() {
                sums[place] += sd * values(row);
            }
        }
        sums
    }

    /// The slope of the deviance in `(β, θ)`.
    ///
    /// ```text
    /// e = y − P,  w = P(1 − P),  h = diag(A H⁻¹ Aᵀ),  r = w(1 − 2P)h,  t = H⁻¹Aᵀr,  s = At
    /// ∂d/∂β_j = Σ x_j (−2e + r − w·s)
    /// ∂d/∂θ_k = Σ [u_k (−2e + r − w·s) + 2w·(H⁻¹Aᵀ)_k + e·t_k]
    /// ```
    /// The first part of each is the slope at fixed effects `u`, the rest follows from `log det H`, through `A` and through
    /// the move of `u` that `H·du = −AᵀW dη` and `dA` bring about; index `k`: at the row's level of term `k`.
    fn gradient(&self, modes: &Modes, deviations: &[f64]) -> Vec<f64> {
        let terms = &self.design.terms;
        let residuals = self.residuals(&modes.right);
        let weights: Vec<f64> = modes.right.iter().map(|p| p * (1.0 - p)).collect();
        let (leverages, mut of_deviations) = self.leverages(modes, deviations, &weights);
        let skewed: Vec<f64> = (0..self.design.n_rows())
            .map(|row| weights[row] * (1.0 - 2.0 * modes.right[row]) * leverages[row])
            .collect();
        let mut moved = self.gather(deviations, |row| skewed[row]);
        modes.factor.solve(&mut moved);
        let common: Vec<f64> = (0..self.design.n_rows())
            .map(|row| {
                let move_of_row = self.spread(&moved, deviations, row);
                -2.0 * residuals[row] + skewed[row] - weights[row] * move_of_row
            })
            .collect();
        for (levels, slope) in terms.iter().zip(&mut of_deviations) {
            for (row, &place) in levels.places.iter().enumerate() {
                *slope += modes.effects[place] * common[row] + residuals[row] * moved[place];
            }
        }
        let columns = self.design.columns.iter();
        let of_fixed = columns.map(|column| dot(column, &common));
        of_fixed.chain(of_deviations).collect()
    }

    /// `diag(A H⁻¹ Aᵀ)`, `[n_rows]`, and `Σ 2w·(H⁻¹Aᵀ)_k` for each term.
    ///
    /// With `R = U⁻¹` both follow from the rows of `AR`: `H⁻¹ = RRᵀ`.
    fn leverages(
        &self,
        modes: &Modes,
        deviations: &[f64],
        weights: &[f64],
    ) -> (Vec<f64>, Vec<f64>) {
        let (n, terms) = (self.design.n_effects, &self.design.terms);
        let root = modes.factor.inverse_root();
        let mut slopes = vec![0.0; terms.len()];
        let mut combined = vec![0.0; n];
        let leverages = weights.iter().enumerate().map(|(row, weight)| {
            combined.fill(0.0);
            for (levels, sd) in terms.iter().zip(deviations) {
                let place = levels.places[row];
                for (sum, value) in combined[place..].iter_mut().zip(&root[place * n + place..]) {
                    *sum += sd * value;
                }
            }
            for (levels, slope) in terms.iter().zip(&mut slopes) {
                let place = levels.places[row];
                let part = dot(
                    &root[place * n + place..(place + 1) * n],
                    &combined[place..],
                );
                *slope += 2.0 * weight * part;
            }
            dot(&combined, &combined)
        });
        (leverages.collect(), slopes)
    }
}
