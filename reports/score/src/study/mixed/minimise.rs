//! The lowest point of a smooth function of a few parameters, from its value and slope: the same on every machine.

use super::factor::dot;

/// Steps before giving up.
const MAX_STEPS: usize = 300;
/// Trials of a step's length.
const MAX_TRIALS: usize = 50;
/// The slope at which the search is done.
const DONE: f64 = 1e-7;
/// The slope at which a search that can go no lower still counts as done.
const GOOD_ENOUGH: f64 = 1e-4;
/// Share of the promised decrease that a step must reach, and of the slope that it may leave.
const DECREASE: f64 = 1e-4;
const SLOPE_LEFT: f64 = 0.9;
/// Values closer than this, relatively, are told apart by their slopes.
const EQUAL: f64 = 1e-12;

/// Where a search ended.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
    /// The largest slope there.
    pub(super) slope: f64,
    pub(super) converged: bool,
    pub(super) n_steps: usize,
}

/// Searches downhill from `start`; `None` if the function has no value there.
///
/// ```text
/// x ← x − a·B·g,    B ← (I − ρsyᵀ)B(I − ρysᵀ) + ρssᵀ,    ρ = 1/yᵀs,  s, y: changes of x and of the slope g
/// ```
/// The length `a` is found by halving and doubling until the value falls and the slope flattens.
///
/// # Source
/// Nocedal & Wright (2006), Numerical Optimization, section 6.1; lengths as in Lewis & Overton (2013),
/// doi:10.1007/s10107-012-0514-2, algorithm 2.6.
pub(super) fn minimise(
    start: &[f64],
    function: &mut impl FnMut(&[f64]) -> Option<(f64, Vec<f64>)>,
) -> Option<Found> {
    let n = start.len();
    let mut at = start.to_vec();
    let (mut value, mut slopes) = function(&at)?;
    let mut inverse = scaled_identity(n, 1.0 / largest(&slopes).max(1.0));
    let mut n_steps = 0;
    while largest(&slopes) > DONE && n_steps < MAX_STEPS {
        let mut direction = downhill(&inverse, &slopes);
        if dot(&direction, &slopes) >= 0.0 {
            inverse = scaled_identity(n, 1.0 / largest(&slopes).max(1.0));
            direction = slopes.iter().map(|slope| -slope * inverse[0]).collect();
        }
        let Some((next, next_value, next_slopes)) = step(&at, value, &slopes, &direction, function)
        else {
            break;
        };
        let moved = differences(&next, &at);
        let bent = differences(&next_slopes, &slopes);
        let curvature = dot(&moved, &bent);
        if curvature > 0.0 {
            if n_steps == 0 {
                inverse = scaled_identity(n, curvature / dot(&bent, &bent));
            }
            update(&mut inverse, &moved, &bent, curvature);
        }
        (at, value, slopes) = (next, next_value, next_slopes);
        n_steps += 1;
    }
    let slope = largest(&slopes);
    Some(Found {
        at,
        value,
        slope,
        converged: slope < GOOD_ENOUGH && n_steps < MAX_STEPS,
        n_steps,
    })
}

fn downhill(inverse: &[f64], slopes: &[f64]) -> Vec<f64> {
    let rows = inverse.chunks_exact(slopes.len());
    rows.map(|row| -dot(row, slopes)).collect()
}

type Point = (Vec<f64>, f64, Vec<f64>);

fn step(
    at: &[f64],
    value: f64,
    slopes: &[f64],
    direction: &[f64],
    function: &mut impl FnMut(&[f64]) -> Option<(f64, Vec<f64>)>,
) -> Option<Point> {
    let downhill = dot(direction, slopes);
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..MAX_TRIALS {
        let next: Vec<f64> = (at.iter().zip(direction))
            .map(|(own, part)| own + length * part)
            .collect();
        let found = function(&next);
        let is_lower = found.as_ref().is_some_and(|(next_value, _)| {
            *next_value <= value + DECREASE * length * downhill + EQUAL * value.abs()
        });
        match found {
            Some((next_value, next_slopes)) if is_lower => {
                if dot(direction, &next_slopes) >= SLOPE_LEFT * downhill {
                    return Some((next, next_value, next_slopes));
                }
                low = length;
            }
            _ => high = length,
        }
        length = if high.is_finite() {
            f64::midpoint(low, high)
        } else {
            2.0 * low
        };
    }
    None
}

fn update(inverse: &mut [f64], moved: &[f64], bent: &[f64], curvature: f64) {
    let n = moved.len();
    let turned: Vec<f64> = (0..n)
        .map(|i| dot(&inverse[i * n..(i + 1) * n], bent))
        .collect();
    let scale = (1.0 + dot(bent, &turned) / curvature) / curvature;
    for i in 0..n {
        for j in 0..n {
            inverse[i * n + j] += scale * moved[i] * moved[j]
                - (turned[i] * moved[j] + moved[i] * turned[j]) / curvature;
        }
    }
}

fn scaled_identity(n: usize, scale: f64) -> Vec<f64> {
    let mut identity = vec![0.0; n * n];
    for i in 0..n {
        identity[i * n + i] = scale;
    }
    identity
}

fn differences(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(a, b)| a - b).collect()
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn a_bent_valley_is_followed_to_its_end() {
        // Rosenbrock's function: its lowest point is (1, 1).
        let mut valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            let slopes = vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b];
            Some((a * a + 100.0 * b * b, slopes))
        };
        let found = minimise(&[-1.2, 1.0], &mut valley).unwrap();
        assert!(found.converged && found.n_steps < 60, "{found:?}");
        assert!(found.at.iter().all(|x| (x - 1.0).abs() < 1e-6), "{found:?}");
        assert!(minimise(&[1.0], &mut |_: &[f64]| None).is_none());
    }
}
