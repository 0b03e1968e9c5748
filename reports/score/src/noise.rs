//! Noise ceilings from repeats: how well a perfect model could predict the averages over the repeats of an image.
//!
//! ```text
//! y_t = s_image(t) + b_run(t) + σ·e_t,     y′ = y − mean of its run
//! B = Σ_i n_i·ȳ′_i²     W = Σ_t (y′_t − ȳ′_image(t))²
//! E[B] = b_σ·σ² + b_τ·τ²     E[W] = w_σ·σ² + w_τ·τ²     two equations for σ² and τ²
//! ceiling = √(τ²/(τ² + σ²/m))     m: harmonic mean of the repeats; a negative τ² counts as 0
//! ```
//! Images that are shown within one run each share its drift, which would count as signal: so the mean of each run is taken
//! out first, and the coefficients, traces of the projections onto images and runs, say what that costs. In balanced designs
//! this is the one-way analysis of variance within runs.
//!
//! τ² is the variance of the noiseless responses over **the test images at hand**, with one less than their number as the
//! divisor, and not that of all images that could have been shown: a score is computed on these images, and how good it could
//! have been is asked of these. Simulated responses state their known ceilings in the same sense, with one difference: their
//! averages hold the drift of runs as noise, which repeats within a run cannot tell from the run's images and which is left out
//! here.
//!
//! Each voxel's ceiling has an interval of 95 %: the ratio of the mean squares of B and W is noncentral F, and its noncentrality is
//! inverted ([`limits`]). What the runs take from the images' differences is a number where each image is shown once in
//! each run, and chance where images are nested in runs or shared by some of them; then the interval holds that chance too,
//! with images put to runs at random ([`allocation`]). Where runs share images unevenly, W holds some signal, and the interval
//! goes by the sum of squares of images behind runs instead, which leaves none in the rest ([`design`]). The interval is of the
//! ceiling: a voxel's measured correlation has an error of its own and passes the upper limit of its ceiling more often.
//!
//! Beside it stands the split half (`halves`). A voxel is responsive if the same analysis of other rows finds more variance
//! between images than within them (F test).
//!
//! What a decoder would make of responses without noise is asked with those that an encoding model predicts ([`encoding`]).

mod allocation;
mod design;
pub mod encoding;
mod halves;
mod limits;
mod noncentral;

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;

use crate::record::{CeilingSource, NoiseCeilingRow, ResponsiveBy, ResponsiveCeiling};
use design::Design;

/// A voxel is responsive below this p.
pub const RESPONSIVE_P: f64 = 0.01;
/// Voxels that are summed at a time.
const BLOCK: usize = 512;

/// The responses of one subject.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'a> {
    /// One row a trial: `[n_trials, n_voxels]`.
    pub values: &'a [f32],
    /// Columns of `values`.
    pub n_voxels: usize,
}

impl<'a> Responses<'a> {
    /// One row, of some voxels.
    fn of(&self, row: usize, voxels: &std::ops::Range<usize>) -> &'a [f32] {
        let start = row * self.n_voxels;
        &self.values[start + voxels.start..start + voxels.end]
    }

    /// All voxels, some at a time.
    fn blocks(&self) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let n_voxels = self.n_voxels;
        let firsts = (0..n_voxels).step_by(BLOCK);
        firsts.map(move |first| first..n_voxels.min(first + BLOCK))
    }
}

/// What was shown on one trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Row of the responses.
    pub row: usize,
    /// Index of the image.
    pub image: usize,
    /// Scanner run.
    pub run: u32,
}

/// Variances of the responses of each voxel.
#[derive(Debug, Clone)]
struct Variances {
    /// τ², between images; below 0 where there seems to be less than none.
    signal: Vec<f64>,
    /// σ², of a single trial.
    noise: Vec<f64>,
    /// p of the F test, one-sided.
    p: Vec<f64>,
    /// Limits of τ²/σ²; empty if they were not asked for, or the design yields none.
    limits: Vec<[f64; 2]>,
}

/// Ceilings of voxels.
#[derive(Debug, Clone, Default)]
struct Ceilings {
    values: Vec<f64>,
    /// Lower and upper limit of each; empty where there are none.
    limits: Vec<[f64; 2]>,
}

impl Ceilings {
    fn without_limits(values: Vec<f64>) -> Self {
        Self {
            values,
            limits: Vec::new(),
        }
    }

    /// The middle voxel's interval: medians over voxels of the lower and of the upper limits.
    fn interval(&self) -> Option<(f64, f64)> {
        let middle = |end: usize| {
            let limits: Vec<f64> = self.limits.iter().map(|limits| limits[end]).collect();
            quantiles(&limits, &[0.5]).first().copied()
        };
        middle(0).zip(middle(1))
    }
}

/// The rows of one subject: of its known ceilings, if its responses were made up, of those that repeats tell, and of the split
/// half.
///
/// # Shapes
/// Rows of `[train, test]` are rows of `responses`; `known: [n_voxels]`, correlations in `[0, 1]`.
///
/// # Determinism
/// Nothing is random, and no sum depends on the number of threads.
pub fn noise_ceilings(
    subject: &str,
    responses: Responses<'_>,
    [train, test]: [&[Shown]; 2],
    known: Option<&[f64]>,
) -> Vec<NoiseCeilingRow> {
    let chosen = chosen(responses, train, test);
    let row = |source, ceilings: &Ceilings, responsive| NoiseCeilingRow {
        subject: subject.to_owned(),
        source,
        n_voxels: ceilings.values.len(),
        quantiles: quantiles(&ceilings.values, &NoiseCeilingRow::LEVELS),
        interval: ceilings.interval(),
        responsive,
    };
    let mut rows = Vec::new();
    if let Some(known) = known.filter(|known| !known.is_empty()) {
        let known = Ceilings::without_limits(known.to_vec());
        let responsive = chosen
            .as_ref()
            .and_then(|chosen| chosen.responsive(|_| known.clone()));
        rows.push(row(CeilingSource::Known, &known, responsive));
    }
    if let Some(found) = variances(responses, test, true) {
        let m = repeats(test);
        let all = found.ceilings(m);
        let responsive = chosen.as_ref().and_then(|chosen| {
            chosen.responsive(|half| half.map_or_else(|| all.clone(), |half| half.ceilings(m)))
        });
        rows.push(row(CeilingSource::Repeats, &all, responsive));
        if let Some(halves) = halves::ceilings(responses, test) {
            let all = Ceilings::without_limits(halves);
            // Halves that are correlated cannot choose voxels for themselves.
            let others = chosen.filter(|chosen| chosen.by == ResponsiveBy::TrainingRows);
            let responsive = others.and_then(|chosen| chosen.responsive(|_| all.clone()));
            rows.push(row(CeilingSource::SplitHalf, &all, responsive));
        }
    }
    rows
}

/// Voxels that some rows choose, for others to estimate.
struct Chosen {
    by: ResponsiveBy,
    /// For each choice: which voxels, and what the rows that did not choose say of them, if they are a half.
    choices: Vec<(Vec<bool>, Option<Variances>)>,
}

impl Chosen {
    /// The median ceiling over all choices, and the middle voxel's interval.
    fn responsive(
        &self,
        ceilings: impl Fn(Option<&Variances>) -> Ceilings,
    ) -> Option<ResponsiveCeiling> {
        fn kept<T: Copy>(values: &[T], voxels: &[bool]) -> Vec<T> {
            let pairs = values.iter().zip(voxels);
            pairs
                .filter(|(_, is)| **is)
                .map(|(value, _)| *value)
                .collect()
        }
        let mut all = Ceilings::default();
        for (voxels, others) in &self.choices {
            let found = ceilings(others.as_ref());
            all.values.extend(kept(&found.values, voxels));
            all.limits.extend(kept(&found.limits, voxels));
        }
        let n_voxels = all.values.len() as f64 / self.choices.len().max(1) as f64;
        let median = quantiles(&all.values, &[0.5]).first().copied()?;
        Some(ResponsiveCeiling {
            by: self.by,
            n_voxels,
            median,
            interval: all.interval(),
        })
    }
}

/// Training rows choose if their images are repeated; or else each half of the test repeats for the other.
fn chosen(responses: Responses<'_>, train: &[Shown], test: &[Shown]) -> Option<Chosen> {
    let responsive = |found: &Variances| {
        found
            .p
            .iter()
            .map(|&p| p < RESPONSIVE_P)
            .collect::<Vec<bool>>()
    };
    if let Some(found) = variances(responses, train, false) {
        return Some(Chosen {
            by: ResponsiveBy::TrainingRows,
            choices: vec![(responsive(&found), None)],
        });
    }
    let [even, odd] = halves(test);
    let (even, odd) = (
        variances(responses, &even, true)?,
        variances(responses, &odd, true)?,
    );
    Some(Chosen {
        by: ResponsiveBy::OtherHalf,
        choices: vec![
            (responsive(&even), Some(odd.clone())),
            (responsive(&odd), Some(even)),
        ],
    })
}

/// Every second presentation of each image.
fn halves(test: &[Shown]) -> [Vec<Shown>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    let mut seen = std::collections::BTreeMap::<usize, usize>::new();
    for shown in test {
        let n = seen.entry(shown.image).or_default();
        halves[*n % 2].push(*shown);
        *n += 1;
    }
    halves
}

/// Harmonic mean of the repeats of the images.
fn repeats(shown: &[Shown]) -> f64 {
    let mut n = std::collections::BTreeMap::<usize, f64>::new();
    for trial in shown {
        *n.entry(trial.image).or_default() += 1.0;
    }
    let inverse: f64 = n.values().map(|n| n.recip()).sum();
    n.len() as f64 / inverse
}

impl Variances {
    fn ceilings(&self, m: f64) -> Ceilings {
        let ceiling = |(signal, noise): (&f64, &f64)| {
            let (signal, noise) = (signal.max(0.0), noise.max(0.0));
            if signal > 0.0 {
                (signal / (signal + noise / m)).sqrt()
            } else {
                0.0
            }
        };
        let limit = |ratio: f64| {
            if ratio.is_infinite() {
                1.0
            } else {
                (ratio / (ratio + m.recip())).sqrt()
            }
        };
        Ceilings {
            values: self.signal.iter().zip(&self.noise).map(ceiling).collect(),
            limits: self.limits.iter().map(|ends| ends.map(limit)).collect(),
        }
    }
}

/// Variances between images and within them, with limits of their ratio if asked for; `None` if images are not repeated, or each
/// run shows one alone.
fn variances(responses: Responses<'_>, shown: &[Shown], with_limits: bool) -> Option<Variances> {
    let design = Design::of(shown)?;
    let spectrum = with_limits.then(|| design.spectrum()).flatten();
    let mut found = Variances {
        signal: Vec::with_capacity(responses.n_voxels),
        noise: Vec::with_capacity(responses.n_voxels),
        p: Vec::with_capacity(responses.n_voxels),
        limits: Vec::new(),
    };
    for voxels in responses.blocks() {
        for sums in design.sums(responses, shown, voxels, spectrum.as_ref()) {
            let [signal, noise] = design.solve(sums.between, sums.within);
            found.signal.push(signal);
            found.noise.push(noise);
            found.p.push(design.p(sums.between, sums.within));
            let limits = spectrum.as_ref().map(|spectrum| spectrum.limits(&sums));
            found.limits.extend(limits);
        }
    }
    Some(found)
}

/// Quantiles by linear interpolation between order statistics; empty without values.
pub fn quantiles(values: &[f64], levels: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |level: &f64| {
        let place = level * (sorted.len() as f64 - 1.0);
        let low = place.floor() as usize;
        let high = (low + 1).min(sorted.len() - 1);
        sorted[low] + (place - low as f64) * (sorted[high] - sorted[low])
    };
    if sorted.is_empty() {
        return Vec::new();
    }
    levels.iter().map(at).collect()
}
