//! Images that one gets without looking at a response: from the training set, or from what a generator draws.

use std::collections::BTreeMap;

use lab_core::rng::stream;
use rand::Rng;

use crate::Rows;
use crate::correlation::correlations;
use crate::record::Condition;

/// The mean training image, the training image that each reconstruction is most like, and one at random, for each test image.
///
/// # Shapes
/// `reconstructions: [n_images, n_pixels]`, `train: [n_train, n_pixels]`, pixels in `[−1, 1]`; each result as `reconstructions`.
///
/// # Determinism
/// The random images come from the stream "`evaluate/random_training`" of `seed`.
pub fn of_training(reconstructions: &Rows, train: &Rows, seed: u64) -> BTreeMap<Condition, Rows> {
    let n_images = reconstructions.n_rows();
    let mut rng = stream(seed, "evaluate/random_training");
    let random = (0..n_images).map(|_| rng.random_range(0..train.n_rows()));
    BTreeMap::from([
        (
            Condition::NearestTraining,
            most_alike(reconstructions, train),
        ),
        (Condition::RandomTraining, chosen(train, random)),
        (Condition::MeanImage, mean(train, n_images)),
    ])
}

/// For each of these images the one of `pool` that it correlates with most; the first of equals.
///
/// For reconstructions and training images it shows what is left of reconstructions that were looked up in the training set; for
/// originals and images of a generator it is an oracle, which no decoder may ask.
///
/// # Shapes
/// `images: [n_images, n_pixels]`, `pool: [n_pool, n_pixels]`; result as `images`.
pub fn most_alike(images: &Rows, pool: &Rows) -> Rows {
    let similar = correlations(images, pool);
    let best = (0..images.n_rows()).map(|image| {
        let better = |best: usize, at: usize| {
            if similar.at(image, at) > similar.at(image, best) {
                at
            } else {
                best
            }
        };
        (0..pool.n_rows()).reduce(better).unwrap_or(0)
    });
    chosen(pool, best)
}

fn chosen(pool: &Rows, images: impl Iterator<Item = usize>) -> Rows {
    let row = |at: usize| pool.values[at * pool.n_columns..(at + 1) * pool.n_columns].to_vec();
    Rows {
        n_columns: pool.n_columns,
        values: images.flat_map(row).collect(),
    }
}

fn mean(train: &Rows, n_images: usize) -> Rows {
    let mut mean = vec![0.0_f64; train.n_columns];
    for row in train.values.chunks(train.n_columns.max(1)) {
        for (sum, &pixel) in mean.iter_mut().zip(row) {
            *sum += f64::from(pixel) / train.n_rows() as f64;
        }
    }
    let mean: Vec<f32> = mean.into_iter().map(|pixel| pixel as f32).collect();
    Rows {
        n_columns: train.n_columns,
        values: mean.repeat(n_images),
    }
}

#[cfg(test)]
mod tests {
    use super::of_training;
    use crate::Rows;
    use crate::record::Condition;

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
        let made = of_training(&rows(&[0.2, -0.1, -0.4, -0.5, 0.4, -0.4]), &train, 7);
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
        let again = of_training(&rows(&[0.0; 6]), &train, 7);
        assert_eq!(&again[&Condition::RandomTraining].values, drawn);
    }
}
