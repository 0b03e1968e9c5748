//! Clusters of points by k-means.

use lab_core::rng::stream;
use rand::Rng;
use rayon::prelude::*;

/// Starts of which the best is kept.
const N_STARTS: usize = 4;
/// Rounds after which a start ends although points still move.
const MOST_ROUNDS: usize = 300;
/// Partial sums of one distance.
const LANES: usize = 16;

/// Points in clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The cluster of each point.
    pub of: Vec<usize>,
    /// The mean of each cluster: `[n_clusters, n_columns]`.
    pub centres: Vec<Vec<f32>>,
    /// Sum of squared distances of the points from their means.
    pub inertia: f64,
}

/// Puts points into clusters.
///
/// ```text
/// minimise Σᵢ ‖xᵢ − c(i)‖²:   every point to its nearest mean, every mean to that of its points, until no point moves
/// ```
/// Starts are k-means++: the next mean is a point drawn with a probability in proportion to its squared distance from the nearest mean
/// there is. Of four starts the one with the least sum is kept. A mean that has lost its points takes the point that is farthest from
/// its own.
///
/// # Source
/// Lloyd (1982), doi:10.1109/TIT.1982.1056489; Arthur & Vassilvitskii (2007), k-means++: the advantages of careful seeding.
///
/// # Shapes
/// `points: [n_points, n_columns]`, `1 ≤ n_clusters ≤ n_points`.
///
/// # Determinism
/// Stream "split/kmeans/START" of the seed; sums are taken in the order of the points, whatever the number of threads.
pub fn kmeans(points: &[&[f32]], n_clusters: usize, seed: u64) -> Clusters {
    let starts = (0..N_STARTS).map(|start| {
        let mut rng = stream(seed, &format!("split/kmeans/{start}"));
        lloyd(points, plus_plus(points, n_clusters, &mut rng))
    });
    let best = starts.reduce(|best, other| {
        if other.inertia < best.inertia {
            other
        } else {
            best
        }
    });
    best.unwrap_or(Clusters {
        of: Vec::new(),
        centres: Vec::new(),
        inertia: 0.0,
    })
}

impl Clusters {
    /// The clusters, those first whose means are farthest from the means of the others: by the mean Euclidean distance.
    pub fn farthest_first(&self) -> Vec<usize> {
        let n = self.centres.len();
        let mean = |own: usize| -> f64 {
            let all = self.centres.iter();
            let sum: f64 = all
                .map(|other| squared(&self.centres[own], other).sqrt())
                .sum();
            sum / (n.max(2) - 1) as f64
        };
        let means: Vec<f64> = (0..n).map(mean).collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| means[b].total_cmp(&means[a]));
        order
    }
}

/// Points that lie apart, to begin with.
fn plus_plus(points: &[&[f32]], n_clusters: usize, rng: &mut impl Rng) -> Vec<Vec<f32>> {
    let Some(last) = points.len().checked_sub(1) else {
        return Vec::new();
    };
    let first = rng.random_range(0..=last as u64) as usize;
    let mut centres = vec![points[first].to_vec()];
    let mut nearest = vec![f64::INFINITY; points.len()];
    while centres.len() < n_clusters {
        let newest = &centres[centres.len() - 1];
        nearest
            .par_iter_mut()
            .zip(points)
            .for_each(|(nearest, point)| *nearest = nearest.min(squared(point, newest)));
        let total: f64 = nearest.iter().sum();
        let mut left = rng.random::<f64>() * total;
        let drawn = nearest.iter().position(|&distance| {
            left -= distance;
            left < 0.0
        });
        centres.push(points[drawn.unwrap_or(last)].to_vec());
    }
    centres
}

/// Moves means and points until nothing moves.
pub(super) fn lloyd(points: &[&[f32]], mut centres: Vec<Vec<f32>>) -> Clusters {
    let mut of = vec![usize::MAX; points.len()];
    let mut distances = vec![0.0; points.len()];
    for _ in 0..MOST_ROUNDS {
        let found: Vec<(usize, f64)> = points
            .par_iter()
            .map(|point| nearest(point, &centres))
            .collect();
        let moved = found.iter().zip(&of).any(|((new, _), old)| new != old);
        (of, distances) = found.into_iter().unzip();
        if !moved {
            break;
        }
        fill_empty(&mut of, &mut distances, centres.len());
        centres = means(points, &of, centres.len());
    }
    Clusters {
        inertia: distances.iter().sum(),
        of,
        centres,
    }
}

/// The nearest mean, and the squared distance from it; the first if several are as near.
fn nearest(point: &[f32], centres: &[Vec<f32>]) -> (usize, f64) {
    let all = centres.iter().enumerate();
    all.fold((0, f64::INFINITY), |best, (cluster, centre)| {
        let distance = squared(point, centre);
        if distance < best.1 {
            (cluster, distance)
        } else {
            best
        }
    })
}

/// A cluster without points takes the point that is farthest from the mean of its own.
fn fill_empty(of: &mut [usize], distances: &mut [f64], n_clusters: usize) {
    for cluster in 0..n_clusters {
        if of.contains(&cluster) {
            continue;
        }
        let farthest = (0..of.len()).max_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        if let Some(point) = farthest {
            (of[point], distances[point]) = (cluster, 0.0);
        }
    }
}

fn means(points: &[&[f32]], of: &[usize], n_clusters: usize) -> Vec<Vec<f32>> {
    let n_columns = points.first().map_or(0, |point| point.len());
    let mean = |cluster: usize| -> Vec<f32> {
        let mut sum = vec![0.0_f64; n_columns];
        let mut n = 0.0_f64;
        for (point, _) in points.iter().zip(of).filter(|(_, own)| **own == cluster) {
            n += 1.0;
            sum.iter_mut()
                .zip(*point)
                .for_each(|(sum, &x)| *sum += f64::from(x));
        }
        sum.into_iter()
            .map(|sum| (sum / n.max(1.0)) as f32)
            .collect()
    };
    (0..n_clusters).into_par_iter().map(mean).collect()
}

fn squared(a: &[f32], b: &[f32]) -> f64 {
    let ((a_lanes, a_rest), (b_lanes, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b));
    sums.iter().copied().chain(rest).map(f64::from).sum()
}
