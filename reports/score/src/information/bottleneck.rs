//! A decoder whose predictions may differ in a few directions only.

use lab_core::rng::stream;
use rand_distr::{Distribution, StandardNormal};

use crate::matrices::{centre_rows, columns, gram, symmetric};
use crate::{Error, Result, Rows};

/// Widths at which a bottleneck is looked at, as far as a decoder has more dimensions than that.
pub const WIDTHS: [usize; 7] = [1, 2, 5, 10, 20, 50, 100];
/// Directions with less than this share of the largest variance carry nothing but rounding.
const NOTHING: f64 = 1e-12;

/// The directions in which a decoder's predictions differ, as the training rows tell them.
///
/// ```text
/// ẑ_k = μ + (ẑ − μ)·V_k·V_kᵀ
/// ```
/// `μ` is the mean and `V_k` the first k eigenvectors of the covariance of the predictions on the training rows: of all maps of
/// rank k behind the decoder, this one stays closest to its predictions there. For a linear decoder it is the reduced-rank
/// regression on them. Nothing is learned anew, so that k dimensions that were trained for themselves may do better.
///
/// # Source
/// The question: Mayo, Wang, Harrington et al. (2024), `BrainBits`, arXiv:2411.02783; the map: Izenman (1975),
/// doi:10.1016/0047-259X(75)90042-1.
#[derive(Debug, Clone, PartialEq)]
pub struct Bottleneck {
    mean: Vec<f64>,
    /// Directions of length 1 by falling variance: `[n_latents, n_latents]`, one after the other.
    directions: Vec<Vec<f64>>,
    rank: usize,
}

impl Bottleneck {
    /// Finds the directions of the predictions on the training rows: `[n_rows, n_latents]`.
    ///
    /// # Errors
    /// [`Error::TooFew`] below two rows, [`Error::Shape`] if a prediction is not finite.
    pub fn fit(train: &Rows) -> Result<Self> {
        let n_rows = train.n_rows();
        if n_rows < 2 {
            return Err(Error::TooFew {
                what: "training rows of a bottleneck".into(),
                needed: 2,
                got: n_rows,
            });
        }
        if train.values.iter().any(|value| !value.is_finite()) {
            return Err(Error::Shape {
                what: "predictions on the training rows".into(),
                expected: "finite numbers".into(),
                got: "one that is not".into(),
            });
        }
        let mut centred = columns(train);
        let n_latents = centred.nrows();
        let mean = centre_rows(&mut centred);
        let (values, vectors) = symmetric("covariance of predictions", &gram(centred.as_ref()))?;
        let largest = values.last().copied().unwrap_or(0.0);
        let carries = |value: &&f64| **value > NOTHING * largest;
        Ok(Self {
            mean,
            // The last eigenvalue is the largest, so that its direction comes first.
            directions: (0..n_latents)
                .rev()
                .map(|column| vectors.col(column).iter().copied().collect())
                .collect(),
            rank: values.iter().filter(carries).count(),
        })
    }

    /// Directions in which predictions differ at all.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// The widths that are narrower than the decoder.
    pub fn widths(&self) -> Vec<usize> {
        let narrower = WIDTHS.into_iter().filter(|&width| width < self.rank);
        narrower.collect()
    }

    /// Predictions as far as the first `width` directions tell them; as `predictions`.
    #[must_use]
    pub fn leading(&self, predictions: &Rows, width: usize) -> Rows {
        let first = &self.directions[..width.min(self.directions.len())];
        self.through(predictions, first)
    }

    /// The same through as many random directions, which know nothing of the training rows.
    ///
    /// # Determinism
    /// Directions come from the stream "`evaluate/random_bottleneck`" of `seed`; those of a width are the first of a larger
    /// one.
    #[must_use]
    pub fn random(&self, predictions: &Rows, width: usize, seed: u64) -> Rows {
        let mut rng = stream(seed, "evaluate/random_bottleneck");
        let n_latents = self.mean.len();
        let mut chosen: Vec<Vec<f64>> = Vec::new();
        while chosen.len() < width.min(n_latents) {
            let drawn = (0..n_latents).map(|_| StandardNormal.sample(&mut rng));
            chosen.extend(apart(drawn.collect(), &chosen));
        }
        self.through(predictions, &chosen)
    }

    fn through(&self, predictions: &Rows, directions: &[Vec<f64>]) -> Rows {
        let passed = |row: &[f32]| -> Vec<f32> {
            let offset: Vec<f64> = row
                .iter()
                .zip(&self.mean)
                .map(|(&value, mean)| f64::from(value) - mean)
                .collect();
            let mut kept = self.mean.clone();
            for direction in directions {
                let share = dot(&offset, direction);
                for (kept, along) in kept.iter_mut().zip(direction) {
                    *kept += share * along;
                }
            }
            kept.into_iter().map(|value| value as f32).collect()
        };
        let rows = predictions.values.chunks(predictions.n_columns.max(1));
        Rows {
            n_columns: predictions.n_columns,
            values: rows.flat_map(passed).collect(),
        }
    }
}

/// What of a vector stands at right angles to the others, at length 1; `None` if next to nothing does.
fn apart(mut drawn: Vec<f64>, others: &[Vec<f64>]) -> Option<Vec<f64>> {
    const LEAST: f64 = 1e-6;
    // Twice, as the first pass leaves rounding errors behind.
    for _ in 0..2 {
        for other in others {
            let share = dot(&drawn, other);
            for (value, along) in drawn.iter_mut().zip(other) {
                *value -= share * along;
            }
        }
    }
    let length = dot(&drawn, &drawn).sqrt();
    (length > LEAST).then(|| drawn.into_iter().map(|value| value / length).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Bottleneck;
    use crate::Rows;
    use crate::parity::{close, information, rows_of};

    fn as_f64(rows: &Rows) -> Vec<f64> {
        rows.values.iter().map(|&value| f64::from(value)).collect()
    }

    #[test]
    fn narrow_decoders_are_the_truncated_decompositions_of_numpy() {
        let reference = information();
        let (train, test) = (rows_of(&reference["train"]), rows_of(&reference["test"]));
        let bottleneck = Bottleneck::fit(&train).unwrap();
        assert_eq!(bottleneck.rank(), 12);
        assert_eq!(bottleneck.widths(), [1, 2, 5, 10]);
        for (width, expected) in reference["leading"].as_object().unwrap() {
            let found = bottleneck.leading(&test, width.parse().unwrap());
            close(width, &as_f64(&found), &as_f64(&rows_of(expected)));
        }
        let whole = bottleneck.leading(&test, 12);
        close("whole", &as_f64(&whole), &as_f64(&test));
    }

    /// As many directions as dimensions are no bottleneck, whichever they are; a narrower one has its rank.
    #[test]
    fn random_directions_are_nested_and_of_full_rank() {
        let reference: Value = information();
        let (train, test) = (rows_of(&reference["train"]), rows_of(&reference["test"]));
        let bottleneck = Bottleneck::fit(&train).unwrap();
        let whole = bottleneck.random(&test, 12, 3);
        close("whole", &as_f64(&whole), &as_f64(&test));
        let narrow = bottleneck.random(&test, 4, 3);
        assert_ne!(narrow, bottleneck.random(&test, 4, 4));
        assert_eq!(Bottleneck::fit(&narrow).unwrap().rank().min(5), 4);
        let twice = bottleneck.random(&narrow, 4, 3);
        close("twice", &as_f64(&twice), &as_f64(&narrow));
    }

    #[test]
    fn what_cannot_be_decomposed_is_refused() {
        let rows = |values: &[f32]| Rows {
            n_columns: 2,
            values: values.to_vec(),
        };
        assert!(Bottleneck::fit(&rows(&[1.0, 2.0])).is_err());
        assert!(Bottleneck::fit(&rows(&[1.0, 2.0, f32::NAN, 0.0])).is_err());
    }
}
