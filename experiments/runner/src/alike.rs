//! Pictures that look the same although their pixels differ: stored again as JPEG, at another size, or touched up.
//!
//! Equal pixels in the training and the test set are refused by the recording's own check. What only looks the same may be
//! meant, so that it is a warning.

use lab_core::Result;
use lab_core::recording::Stimuli;
use rayon::prelude::*;

/// Side to which pictures are averaged down before they are compared.
const SIDE: usize = 32;
/// Correlation from which on two pictures are one for a reader.
const ALIKE: f32 = 0.998;
/// The same of two test images, which only matter where nothing can tell them apart.
const EQUAL: f32 = 0.9999;
/// Pairs that are named before the others are only counted.
const N_NAMED: usize = 3;

/// What is to be said of test images that look like training images, or like each other.
pub(crate) fn warnings(stimuli: &Stimuli, train: &[usize], test: &[usize]) -> Result<Vec<String>> {
    let (train_images, test_images) = (reduced(stimuli, train)?, reduced(stimuli, test)?);
    let name = |idx: usize| match &stimuli.names {
        Some(names) => format!("'{}'", names[idx]),
        None => idx.to_string(),
    };
    let leaks = pairs(&test_images, |_| &train_images, ALIKE);
    let leaks: Vec<String> = leaks
        .iter()
        .map(|&(row, other, alike)| {
            format!(
                "{} like {} (correlation {alike:.4})",
                name(test[row]),
                name(train[other])
            )
        })
        .collect();
    let twins = pairs(&test_images, |row| &test_images[..row], EQUAL);
    let twins: Vec<String> = twins
        .iter()
        .map(|&(row, other, _)| format!("{} and {}", name(test[other]), name(test[row])))
        .collect();
    let mut said = Vec::new();
    if !leaks.is_empty() {
        said.push(format!(
            "test images that look like training images, {} of {}: {}; if they show the same picture, leave one of the two \
             out, as what a decoder remembers would count as decoded",
            leaks.len(),
            test.len(),
            named(&leaks)
        ));
    }
    if !twins.is_empty() {
        said.push(format!(
            "test images look the same: {}; identification cannot tell them apart, so keep one of each",
            named(&twins)
        ));
    }
    Ok(said)
}

fn named(all: &[String]) -> String {
    let shown = all[..all.len().min(N_NAMED)].join(", ");
    match all.len().saturating_sub(N_NAMED) {
        0 => shown,
        n => format!("{shown} and {n} more"),
    }
}

/// For each picture the one of its candidates that is most like it, if any is so much.
fn pairs<'a>(
    images: &'a [Vec<f32>],
    candidates: impl Fn(usize) -> &'a [Vec<f32>] + Sync,
    least: f32,
) -> Vec<(usize, usize, f32)> {
    let best = |row: usize| {
        let others = candidates(row).iter().enumerate();
        let alike = others.map(|(other, image)| (other, dot(&images[row], image)));
        let best = alike.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (best.1 >= least).then_some((row, best.0, best.1))
    };
    (0..images.len()).into_par_iter().filter_map(best).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Pictures averaged down, without their mean, of length 1; of length 0 if they show nothing.
fn reduced(stimuli: &Stimuli, indices: &[usize]) -> Result<Vec<Vec<f32>>> {
    let shape = stimuli.shape();
    let mut all = Vec::with_capacity(indices.len());
    // A large set is not held as a whole.
    for chunk in indices.chunks(256) {
        let pixels = stimuli.images.read(chunk)?;
        let images = pixels.par_chunks(shape.n_pixels());
        all.par_extend(images.map(|image| unit(averaged(image, shape.height, shape.width))));
    }
    Ok(all)
}

/// Means over blocks of all channels; a picture that is small already stays.
fn averaged(image: &[f32], height: usize, width: usize) -> Vec<f32> {
    let (rows, columns) = (height.min(SIDE), width.min(SIDE));
    let mut sums = vec![(0.0_f32, 0.0_f32); rows * columns];
    for plane in image.chunks(height * width) {
        for (at, pixel) in plane.iter().enumerate() {
            let (y, x) = (at / width * rows / height, at % width * columns / width);
            let sum = &mut sums[y * columns + x];
            *sum = (sum.0 + pixel, sum.1 + 1.0);
        }
    }
    sums.into_iter().map(|(sum, n)| sum / n.max(1.0)).collect()
}

fn unit(mut image: Vec<f32>) -> Vec<f32> {
    const NOTHING: f32 = 1e-6;
    let mean = image.iter().sum::<f32>() / image.len().max(1) as f32;
    image.iter_mut().for_each(|pixel| *pixel -= mean);
    let length = dot(&image, &image).sqrt();
    let scale = if length > NOTHING {
        length.recip()
    } else {
        0.0
    };
    image.iter_mut().for_each(|pixel| *pixel *= scale);
    image
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lab_core::dims::ImageShape;
    use lab_core::recording::{MemoryImages, Split};

    use super::*;

    /// Five pictures of 40 × 40 that differ, made by a congruential generator.
    fn pictures() -> Vec<Vec<f32>> {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
        };
        (0..5)
            .map(|_| (0..1600).map(|_| next()).collect())
            .collect()
    }

    fn said(images: &[Vec<f32>]) -> Vec<String> {
        let shape = ImageShape::grey(40);
        let n = images.len();
        let stimuli = Stimuli {
            split: vec![Split::Train; n],
            names: Some((0..n).map(|idx| format!("{idx}.png")).collect()),
            labels: None,
            images: Arc::new(MemoryImages::new(shape, images.concat()).unwrap()),
            field_of_view_deg: None,
        };
        warnings(&stimuli, &[0, 1, 2], &[3, 4]).unwrap()
    }

    #[test]
    fn pictures_that_differ_are_not_alike() {
        assert!(said(&pictures()).is_empty());
        let mut black = pictures();
        black[3] = vec![-1.0; 1600];
        black[0] = vec![-1.0; 1600];
        assert!(said(&black).is_empty());
    }

    #[test]
    fn a_copy_with_other_pixels_is_named() {
        let mut images = pictures();
        // Darker, with less contrast, and rounded more coarsely.
        images[4] = images[1]
            .iter()
            .map(|p| (p * 20.0).round() / 25.0 - 0.1)
            .collect();
        let said = said(&images);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].contains("1 of 2: ") && said[0].contains("'4.png' like '1.png'"),
            "{said:?}"
        );
    }

    #[test]
    fn test_images_that_are_one_are_named() {
        let mut images = pictures();
        images[4] = images[3].clone();
        let said = said(&images);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("'3.png' and '4.png'"), "{said:?}");
    }
}
