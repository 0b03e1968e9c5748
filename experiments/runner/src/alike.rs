//! Pictures that look the same although their pixels differ: stored again as JPEG, at another size, or touched up.
//!
//! Crops of a picture hardly ever look like the whole: of a corpus of crops, the pictures that they were cut from are compared,
//! as [`lab_core::recording::Thumbnail`] has it.
//!
//! Equal pixels in the training and the test set are refused by the recording's own check. What only looks the same may be
//! meant, so that it is a warning. Likeness is correlation in [`lab_score::image_space`].

use std::collections::BTreeMap;

use lab_core::recording::{SAME_PICTURE, Stimuli, THUMBNAIL_SIDE, Thumbnail, Whole};
use lab_core::{Result, listed};
use lab_score::image_space::{ImageSpace, Nearest};
use lab_score::record::{CorpusPair, CorpusRow, WholesRow};
use rayon::prelude::*;

/// Correlation from which on two pictures are one for a reader.
const ALIKE: f64 = 0.998;
/// The same of two test images, which only matter where nothing can tell them apart.
const EQUAL: f64 = 0.9999;
/// Pairs that are named before the others are only counted.
const N_NAMED: usize = 3;

/// Test images beside training images.
pub(crate) struct Looked {
    /// What is to be said of test images that look like training images, or like each other.
    pub(crate) warnings: Vec<String>,
    /// For each test image, the nearest of the training images, by its place among them.
    pub(crate) nearest: Vec<Option<Nearest>>,
    /// The test images in the space of distances.
    pub(crate) test: ImageSpace,
}

/// Holds the test images of an experiment against its training images and against each other.
pub(crate) fn look(stimuli: &Stimuli, train: &[usize], test: &[usize]) -> Result<Looked> {
    let space = ImageSpace::of(stimuli, test)?;
    let nearest = space.nearest(&ImageSpace::of(stimuli, train)?);
    let leaks: Vec<String> = alike(&nearest, ALIKE)
        .map(|(row, found)| {
            let (own, other) = (name(stimuli, test[row]), name(stimuli, train[found.place]));
            format!("{own} like {other} (correlation {:.4})", found.correlation)
        })
        .collect();
    let before = space.nearest_before();
    let twins: Vec<String> = alike(&before, EQUAL)
        .map(|(row, found)| {
            let (first, second) = (name(stimuli, test[found.place]), name(stimuli, test[row]));
            format!("{first} and {second}")
        })
        .collect();
    let mut warnings = Vec::new();
    if !leaks.is_empty() {
        warnings.push(format!(
            "test images that look like training images, {} of {}: {}; if they show the same picture, leave one of the two \
             out, as what a decoder remembers would count as decoded",
            leaks.len(),
            test.len(),
            listed(&leaks, N_NAMED)
        ));
    }
    if !twins.is_empty() {
        warnings.push(format!(
            "test images look the same: {}; identification cannot tell them apart, so keep one of each",
            listed(&twins, N_NAMED)
        ));
    }
    Ok(Looked {
        warnings,
        nearest,
        test: space,
    })
}

/// How near a network's corpus comes to the test images, and what is to be said where it holds pictures like them.
///
/// The whole corpus is read once more, 256 images at a time.
pub(crate) fn in_corpus(
    (stimuli, test_idx, test): (&Stimuli, &[usize], &ImageSpace),
    what: &str,
    corpus: &Stimuli,
) -> Result<(CorpusRow, Option<String>)> {
    let nearest = test.nearest_in(corpus)?;
    let found = alike(&nearest, ALIKE).map(|(row, found)| {
        let (own, other) = (name(stimuli, test_idx[row]), name(corpus, found.place));
        let text = format!(
            "{own} like image {other} of it (correlation {:.4})",
            found.correlation
        );
        (row, text)
    });
    let mut found: BTreeMap<usize, String> = found.collect();
    let mut row = CorpusRow {
        what: what.to_owned(),
        n_images: Some(corpus.n_images()),
        n_alike: found.len(),
        threshold: ALIKE,
        nearest: nearest_pair(&nearest, corpus),
        wholes: None,
    };
    let wholes = corpus.images.wholes();
    let likest = likest(test, &wholes);
    for near in likest.iter().filter(|near| near.shows_same()) {
        let text = format!(
            "{} like picture '{}' of it (correlation {:.4})",
            name(stimuli, test_idx[near.row]),
            wholes[near.picture].name,
            near.likeness
        );
        found.entry(near.row).or_insert(text);
    }
    row.wholes = wholes_row(&likest, &wholes);
    let found: Vec<String> = found.into_values().collect();
    let warning = (!found.is_empty()).then(|| {
        format!(
            "{what} holds pictures that look like test images, {} of {} test images: {}; if they show the same picture, take it out \
             of the corpus, as the network knows what is to be reconstructed",
            found.len(),
            test_idx.len(),
            listed(&found, N_NAMED)
        )
    });
    Ok((row, warning))
}

/// The row of a network whose corpus is not known, as it came with its weights.
pub(crate) fn unknown_corpus(what: &str) -> CorpusRow {
    CorpusRow {
        what: what.to_owned(),
        n_images: None,
        n_alike: 0,
        threshold: ALIKE,
        nearest: None,
        wholes: None,
    }
}

/// A test image, and the picture of a corpus that is most like it.
#[derive(Clone, Copy)]
struct Likest {
    /// Place of the test image.
    row: usize,
    /// Place of the picture.
    picture: usize,
    likeness: f64,
}

impl Likest {
    fn shows_same(&self) -> bool {
        self.likeness >= SAME_PICTURE
    }

    /// The likest of two; the first, if both are as like.
    fn better(self, other: Self) -> Self {
        if other.likeness > self.likeness {
            other
        } else {
            self
        }
    }
}

/// For each test image the picture that is most like it. Empty where a corpus was cut from no pictures, or test images are smaller
/// than a thumbnail.
fn likest(test: &ImageSpace, wholes: &[&Whole]) -> Vec<Likest> {
    if test.n_columns() != THUMBNAIL_SIDE * THUMBNAIL_SIDE {
        return Vec::new();
    }
    let best = |row: usize| {
        let own = Thumbnail::new(test.row(row).to_vec());
        let near = wholes.iter().enumerate().map(|(picture, whole)| Likest {
            row,
            picture,
            likeness: own.likeness(&whole.thumbnail),
        });
        near.reduce(Likest::better)
    };
    let all: Vec<Option<Likest>> = (0..test.n_images()).into_par_iter().map(best).collect();
    all.into_iter().flatten().collect()
}

fn wholes_row(likest: &[Likest], wholes: &[&Whole]) -> Option<WholesRow> {
    let best = likest.iter().copied().reduce(Likest::better)?;
    Some(WholesRow {
        n_pictures: wholes.len(),
        n_alike: likest.iter().filter(|near| near.shows_same()).count(),
        threshold: SAME_PICTURE,
        test_image: best.row,
        picture: wholes[best.picture].name.clone(),
        likeness: best.likeness,
    })
}

/// The test image and the image of a corpus that are most alike; the first, if several are.
fn nearest_pair(nearest: &[Option<Nearest>], corpus: &Stimuli) -> Option<CorpusPair> {
    let found = nearest.iter().enumerate();
    let found = found.filter_map(|(row, found)| Some((row, (*found)?)));
    let (test_image, found) = found.reduce(|best, other| {
        if other.1.correlation > best.1.correlation {
            other
        } else {
            best
        }
    })?;
    let names = corpus.names.as_ref();
    Some(CorpusPair {
        test_image,
        corpus_image: found.place,
        corpus_name: names
            .and_then(|names| names.get(found.place).cloned())
            .unwrap_or_default(),
        correlation: f64::from(found.correlation),
    })
}

/// An image in a sentence: its name if it has one, else its index.
fn name(stimuli: &Stimuli, idx: usize) -> String {
    let names = stimuli.names.as_ref().and_then(|names| names.get(idx));
    names.map_or_else(|| idx.to_string(), |name| format!("'{name}'"))
}

/// The pictures that have one so much like them.
fn alike(nearest: &[Option<Nearest>], least: f64) -> impl Iterator<Item = (usize, Nearest)> {
    let found = nearest.iter().enumerate();
    found.filter_map(move |(row, found)| {
        Some((
            row,
            (*found).filter(|of| f64::from(of.correlation) >= least)?,
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lab_core::dims::ImageShape;
    use lab_core::recording::CutImages;

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

    fn stimuli(images: &[Vec<f32>]) -> Stimuli {
        let names = (0..images.len()).map(|idx| format!("{idx}.png")).collect();
        let side = images[0].len().isqrt();
        let stimuli = Stimuli::from_pixels(ImageShape::grey(side), images.concat());
        stimuli.unwrap().named(names)
    }

    fn said(images: &[Vec<f32>]) -> Vec<String> {
        let stimuli = stimuli(images);
        look(&stimuli, &[0, 1, 2], &[3, 4]).unwrap().warnings
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

    #[test]
    fn a_corpus_that_was_cut_from_another_file_of_a_test_picture_is_named() {
        let images: Vec<Vec<f32>> = pictures().iter().map(|of| of[..1024].to_vec()).collect();
        let experiment = stimuli(&images);
        let space = ImageSpace::of(&experiment, &[3, 4]).unwrap();
        let seen = (&experiment, &[3_usize, 4][..], &space);
        let mirrored = |image: &[f32]| -> Vec<f32> {
            let rows = image.chunks(32);
            rows.flat_map(|row| row.iter().rev().copied()).collect()
        };
        let judged = |whole: &[f32]| {
            let thumbnail = Thumbnail::new(whole.to_vec());
            let mut corpus = stimuli(&images[..3]);
            corpus.images = Arc::new(CutImages {
                images: corpus.images,
                wholes: vec![Whole {
                    number: 1,
                    name: "again.jpg".into(),
                    thumbnail,
                }],
            });
            in_corpus(seen, "the corpus of x", &corpus).unwrap()
        };
        let (row, warning) = judged(&images[0]);
        assert_eq!(warning, None);
        let wholes = row.wholes.unwrap();
        assert!(wholes.n_alike == 0 && wholes.likeness < 0.5, "{wholes:?}");
        let (row, warning) = judged(&mirrored(&images[4]));
        let said = warning.unwrap();
        assert!(
            said.contains("1 of 2 test images")
                && said.contains("'4.png' like picture 'again.jpg' of it"),
            "{said}"
        );
        let wholes = row.wholes.unwrap();
        assert_eq!((row.n_alike, wholes.n_alike, wholes.test_image), (0, 1, 1));
        assert!(wholes.likeness > 0.999, "{wholes:?}");
    }

    #[test]
    fn a_corpus_with_a_picture_like_a_test_image_is_named() {
        let images = pictures();
        let experiment = stimuli(&images);
        let space = ImageSpace::of(&experiment, &[3, 4]).unwrap();
        let seen = (&experiment, &[3_usize, 4][..], &space);
        let none = stimuli(&images[..3]);
        let (row, warning) = in_corpus(seen, "the corpus of x", &none).unwrap();
        assert_eq!((row.n_images, row.n_alike, warning), (Some(3), 0, None));
        assert!(row.nearest.unwrap().correlation < row.threshold);
        let mut corpus = images[..3].to_vec();
        corpus.push(images[4].iter().map(|p| 0.7 * p + 0.1).collect());
        let (row, said) = in_corpus(seen, "the corpus of x", &stimuli(&corpus)).unwrap();
        let said = said.unwrap();
        let pair = row.nearest.unwrap();
        assert_eq!(
            (row.n_alike, pair.test_image, pair.corpus_image),
            (1, 1, 3),
            "the pair is named"
        );
        assert!(pair.corpus_name == "3.png" && pair.correlation > 0.9999);
        assert!(row.wholes.is_none(), "no pictures that they were cut from");
        assert_eq!(unknown_corpus("the corpus of x").n_images, None);
        for words in [
            "the corpus of x holds",
            "1 of 2 test images",
            "'4.png' like image '3.png'",
            "1.0000",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
}
