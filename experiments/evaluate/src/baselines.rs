//! What one gets from the training images alone.

use std::collections::BTreeMap;

use lab_core::rng::stream;
use lab_score::Rows;
use lab_score::correlation::correlations;
use lab_score::record::Condition;
use rand::Rng;

/// The mean training image, the training image that each reconstruction is most like, and one at random, for each test image.
///
/// Likeness is the correlation of pixels; the first of equals is taken. The nearest training image shows what is left of
/// reconstructions that were looked up in the training set; the random one is a prior that knows nothing of the brain.
///
/// # Shapes
/// `reconstructions: [n_images, n_pixels]`, `train: [n_train, n_pixels]`, pixels in `[−1, 1]`; each result as `reconstructions`.
///
/// # Determinism
/// The random images come from the stream "evaluate/random_training" of `seed`.
pub fn baselines(reconstructions: &Rows, train: &Rows, seed: u64) -> BTreeMap<Condition, Rows> {
    let n_images = reconstructions.n_rows();
    let n_train = train.n_rows();
    let row = |at: usize| &train.values[at * train.n_columns..(at + 1) * train.n_columns];
    let rows = |values: Vec<f32>| Rows {
        n_columns: train.n_columns,
        values,
    };
    let similar = correlations(reconstructions, train);
    let nearest = (0..n_images).flat_map(|image| {
        let best = (0..n_train).reduce(|best, at| {
            if similar.at(image, at) > similar.at(image, best) {
                at
            } else {
                best
            }
        });
        row(best.unwrap_or(0)).to_vec()
    });
    let nearest = rows(nearest.collect());
    let mut rng = stream(seed, "evaluate/random_training");
    let random = (0..n_images).flat_map(|_| row(rng.random_range(0..n_train)).to_vec());
    let random = rows(random.collect());
    let mut mean = vec![0.0_f64; train.n_columns];
    for at in 0..n_train {
        for (sum, &pixel) in mean.iter_mut().zip(row(at)) {
            *sum += f64::from(pixel) / n_train as f64;
        }
    }
    let mean: Vec<f32> = mean.into_iter().map(|pixel| pixel as f32).collect();
    BTreeMap::from([
        (Condition::NearestTraining, nearest),
        (Condition::RandomTraining, random),
        (Condition::MeanImage, rows(mean.repeat(n_images))),
    ])
}

#[cfg(test)]
mod tests {
    use lab_score::Rows;
    use lab_score::record::Condition;

    use super::baselines;

    fn rows(values: &[f32]) -> Rows {
        Rows {
            n_columns: 3,
            values: values.to_vec(),
        }
    }

    #[test]
    fn each_baseline_is_made_of_training_images() {
        #[rustfmt::skip]
        let train = rows(&[
            -1.0, 0.0, 1.0,
            1.0, 0.0, -1.0,
            0.0, 1.0, 0.0,
        ]);
        // The first is darker than the second training image and of the same form.
        let made = baselines(&rows(&[0.2, -0.1, -0.4, -0.5, 0.4, -0.4]), &train, 7);
        assert_eq!(
            made[&Condition::NearestTraining].values,
            [1.0, 0.0, -1.0, 0.0, 1.0, 0.0]
        );
        let third = 1.0 / 3.0;
        for (pixel, mean) in made[&Condition::MeanImage]
            .values
            .iter()
            .zip([0.0, third, 0.0].repeat(2))
        {
            assert!((pixel - mean).abs() < 1e-6);
        }
        let drawn = &made[&Condition::RandomTraining].values;
        for image in drawn.chunks(3) {
            assert!(train.values.chunks(3).any(|of_train| of_train == image));
        }
        let again = baselines(&rows(&[0.0; 6]), &train, 7);
        assert_eq!(&again[&Condition::RandomTraining].values, drawn);
    }
}
