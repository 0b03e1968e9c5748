//! A combination of observers that is fitted on other images only.

use std::collections::{BTreeMap, BTreeSet};

/// Weight of the squared weights against the log-likelihood.
pub const RIDGE: f64 = 1.0;
/// Most groups of images that are left out in turn.
pub const MOST_GROUPS: usize = 40;
/// Steps of Newton's method; a handful do.
const MOST_STEPS: usize = 100;
/// Halvings of a step before it is given up.
const MOST_HALVINGS: i32 = 30;
/// Largest change of a weight that ends the fit.
const TOLERANCE: f64 = 1e-10;

/// A trial with the margins of all observers and people's choices.
#[derive(Debug, Clone, PartialEq)]
pub struct Example<'a> {
    /// Name of the original.
    pub image: &'a str,
    /// Name of the image that the foil belongs to.
    pub distractor: &'a str,
    /// Margins, one an observer.
    pub margins: Vec<f64>,
    /// People who chose the right one.
    pub n_right: u64,
    /// All who decided.
    pub n: u64,
}

/// Margins of the combination, and what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined {
    /// Log-odds that a person chooses right, one for each example, by a fit that saw neither of its two images.
    pub margins: Vec<f64>,
    /// Weight of each observer for one standard deviation of its margin: mean over the fits.
    pub weights: Vec<f64>,
    /// Groups of images that were left out in turn; as many as images if there are no more than [`MOST_GROUPS`].
    pub n_groups: usize,
}

/// Combines observers so that their weighted margins tell which reconstruction people choose; every trial is judged by a fit
/// that saw neither of its two images, in no role.
///
/// ```text
/// P(right) = σ(Σ_k w_k m_k/s_k),     w = argmax Σ log P(choice) − λ/2 Σ w_k²,     λ = 1
/// ```
/// `s_k` is the root mean square of observer k's margins over the decisions of the fit: their standard deviation if each trial
/// is also taken with right and foil exchanged, which leaves no room for an intercept. An image belongs to the group of its place
/// among the sorted names modulo the number of groups; for a trial all trials with an image of one of its two groups are left out.
///
/// `None` if a trial has no other trial to be fitted on.
///
/// # Source
/// Logistic regression with a ridge: le Cessie & van Houwelingen (1992), doi:10.2307/2347628.
///
/// # Determinism
/// Nothing is drawn.
pub fn cross_fitted(examples: &[Example<'_>]) -> Option<Combined> {
    let names: BTreeSet<&str> = examples
        .iter()
        .flat_map(|of| [of.image, of.distractor])
        .collect();
    let n_groups = names.len().min(MOST_GROUPS);
    let group: BTreeMap<&str, usize> = names
        .into_iter()
        .enumerate()
        .map(|(place, name)| (name, place % n_groups.max(1)))
        .collect();
    let groups_of = |of: &Example<'_>| {
        let (one, two) = (group[of.image], group[of.distractor]);
        (one.min(two), one.max(two))
    };
    let mut fits: BTreeMap<(usize, usize), Fit> = BTreeMap::new();
    let mut margins = Vec::with_capacity(examples.len());
    for example in examples {
        let left_out = groups_of(example);
        if let std::collections::btree_map::Entry::Vacant(place) = fits.entry(left_out) {
            let is_other = |of: &&Example<'_>| {
                let (one, two) = groups_of(of);
                ![one, two]
                    .iter()
                    .any(|of| *of == left_out.0 || *of == left_out.1)
            };
            place.insert(fit(&examples.iter().filter(is_other).collect::<Vec<_>>())?);
        }
        margins.push(fits[&left_out].log_odds(&example.margins));
    }
    let n_observers = examples.first()?.margins.len();
    let mean = |k: usize| fits.values().map(|fit| fit.weights[k]).sum::<f64>() / fits.len() as f64;
    Some(Combined {
        margins,
        weights: (0..n_observers).map(mean).collect(),
        n_groups,
    })
}

/// Weights that were fitted to the trials of other images.
struct Fit {
    /// Root mean squares of the margins; zero for an observer that never has one.
    scales: Vec<f64>,
    weights: Vec<f64>,
}

impl Fit {
    fn log_odds(&self, margins: &[f64]) -> f64 {
        let scaled = scaled(margins, &self.scales);
        scaled.iter().zip(&self.weights).map(|(z, w)| z * w).sum()
    }
}

fn scaled(margins: &[f64], scales: &[f64]) -> Vec<f64> {
    let one = |(margin, scale): (&f64, &f64)| if *scale > 0.0 { margin / scale } else { 0.0 };
    margins.iter().zip(scales).map(one).collect()
}

/// `None` without a decision.
fn fit(examples: &[&Example<'_>]) -> Option<Fit> {
    let n_observers = examples.first()?.margins.len();
    let n: u64 = examples.iter().map(|of| of.n).sum();
    if n == 0 {
        return None;
    }
    let scale = |k: usize| {
        let squares = examples
            .iter()
            .map(|of| of.n as f64 * of.margins[k].powi(2));
        (squares.sum::<f64>() / n as f64).sqrt()
    };
    let scales: Vec<f64> = (0..n_observers).map(scale).collect();
    let rows: Vec<(Vec<f64>, f64, f64)> = examples
        .iter()
        .map(|of| (scaled(&of.margins, &scales), of.n_right as f64, of.n as f64))
        .collect();
    Some(Fit {
        weights: maximum(&rows, n_observers)?,
        scales,
    })
}

/// The weights of the largest penalised likelihood, by Newton's method from zero.
fn maximum(rows: &[(Vec<f64>, f64, f64)], n_observers: usize) -> Option<Vec<f64>> {
    let mut weights = vec![0.0; n_observers];
    for _ in 0..MOST_STEPS {
        let step = newton(rows, &weights)?;
        // A long step may overshoot; the penalised likelihood has one maximum, which shorter ones reach.
        let before = likelihood(rows, &weights);
        let moved = |length: f64| -> Vec<f64> {
            let moved = weights.iter().zip(&step);
            moved.map(|(w, s)| w + length * s).collect()
        };
        let mut shorter = (0..MOST_HALVINGS).map(|halvings| moved(0.5_f64.powi(halvings)));
        let Some(next) = shorter.find(|next| likelihood(rows, next) >= before) else {
            break;
        };
        let change = next.iter().zip(&weights).map(|(a, b)| (a - b).abs());
        let change = change.fold(0.0, f64::max);
        weights = next;
        if change < TOLERANCE {
            break;
        }
    }
    Some(weights)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// log σ(x), without overflow.
fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

fn likelihood(rows: &[(Vec<f64>, f64, f64)], weights: &[f64]) -> f64 {
    let one = |(z, right, n): &(Vec<f64>, f64, f64)| {
        let x = dot(z, weights);
        right * log_sigmoid(x) + (n - right) * log_sigmoid(-x)
    };
    rows.iter().map(one).sum::<f64>() - RIDGE / 2.0 * dot(weights, weights)
}

/// Newton's step: the negative Hessian's inverse times the gradient, both with the ridge.
fn newton(rows: &[(Vec<f64>, f64, f64)], weights: &[f64]) -> Option<Vec<f64>> {
    let p = weights.len();
    let mut gradient: Vec<f64> = weights.iter().map(|w| -RIDGE * w).collect();
    let mut curvature = vec![vec![0.0; p]; p];
    (0..p).for_each(|k| curvature[k][k] = RIDGE);
    for (z, right, n) in rows {
        let share = log_sigmoid(dot(z, weights)).exp();
        for k in 0..p {
            gradient[k] += (right - n * share) * z[k];
            for j in 0..=k {
                curvature[k][j] += n * share * (1.0 - share) * z[k] * z[j];
            }
        }
    }
    solve(curvature, gradient)
}

/// Solves A x = b by Cholesky's method, of A's lower half; `None` if A is not positive definite.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let p = b.len();
    for k in 0..p {
        for j in 0..=k {
            let sum: f64 = (0..j).map(|i| a[k][i] * a[j][i]).sum();
            let rest = a[k][j] - sum;
            a[k][j] = if j < k { rest / a[j][j] } else { rest.sqrt() };
        }
        if a[k][k].is_nan() || a[k][k] <= 0.0 {
            return None;
        }
        b[k] = (b[k] - (0..k).map(|i| a[k][i] * b[i]).sum::<f64>()) / a[k][k];
    }
    for k in (0..p).rev() {
        b[k] = (b[k] - (k + 1..p).map(|i| a[i][k] * b[i]).sum::<f64>()) / a[k][k];
    }
    Some(b)
}
