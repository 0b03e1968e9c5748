//! Images that were cut from one picture depend on each other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Split, Stimuli};
use crate::{Error, Result};

impl Stimuli {
    /// The picture that an image was cut from; `None` if it shares its picture with no other, as far as is known.
    pub fn picture(&self, image_idx: usize) -> Option<u32> {
        let picture = self.picture_of.as_ref()?.get(image_idx).copied()?;
        (picture != Self::NO_PICTURE).then_some(picture)
    }

    /// For each of these images, the place among them of the first that was cut from the same picture, its own where it is the
    /// first: `[n]`. `None` where no images were cut from pictures.
    pub fn pictures_among(&self, image_idx: &[usize]) -> Option<Vec<usize>> {
        self.picture_of.as_ref()?;
        let mut first = BTreeMap::new();
        let place = |(place, &idx): (usize, &usize)| match self.picture(idx) {
            Some(picture) => *first.entry(picture).or_insert(place),
            None => place,
        };
        Some(image_idx.iter().enumerate().map(place).collect())
    }

    /// How many pictures these images were cut from; `None` where no images were cut from pictures.
    pub fn n_pictures(&self, image_idx: &[usize]) -> Option<usize> {
        let pictures: BTreeSet<usize> = self.pictures_among(image_idx)?.into_iter().collect();
        Some(pictures.len())
    }

    /// Fails if two test images were cut from one picture, or a picture is in both sets: intervals and tests take test images as
    /// independent, and what was learnt from one part of a picture tells of the others.
    ///
    /// # Errors
    /// [`Error::Data`] naming both images.
    pub fn refuse_shared_pictures(&self) -> Result<()> {
        let mut tested = BTreeMap::new();
        for idx in self.indices(Split::Test) {
            let Some(picture) = self.picture(idx) else {
                continue;
            };
            if let Some(before) = tested.insert(picture, idx) {
                return Err(Error::Data {
                    what: format!("test image {}", self.name(idx)),
                    expected: "test images that were each cut from another picture, as statistics take them as independent"
                        .into(),
                    got: format!("the same picture as test image {}", self.name(before)),
                    remedy: "keep one of the two in the test set, and put the other into neither set".into(),
                });
            }
        }
        for idx in self.indices(Split::Train) {
            let test = self.picture(idx).and_then(|of| tested.get(&of));
            if let Some(&test) = test {
                return Err(Error::Data {
                    what: format!("training image {}", self.name(idx)),
                    expected: "a picture that the test set holds no part of".into(),
                    got: format!("the same picture as test image {}", self.name(test)),
                    remedy: "put all images of a picture into one set; lab data split does".into(),
                });
            }
        }
        Ok(())
    }

    /// The part of [`Stimuli::refuse_test_images_of`] that looks at no pixel.
    ///
    /// # Errors
    /// [`Error::Data`] naming the first image that was cut from the picture of a test image.
    pub fn refuse_test_pictures_of(&self, other: &Self, what: &str) -> Result<()> {
        let test = other.indices(Split::Test).into_iter();
        let test: BTreeMap<u32, usize> = test
            .filter_map(|idx| Some((other.picture(idx)?, idx)))
            .collect();
        for idx in 0..self.n_images() {
            let shared = self.picture(idx).and_then(|of| test.get(&of));
            if let Some(&test_idx) = shared {
                return Err(Error::Data {
                    what: format!("{what}, image {}", self.name(idx)),
                    expected: "no part of a picture of the test set".into(),
                    got: format!("the same picture as test image {}", other.name(test_idx)),
                    remedy: "take other pictures for this corpus: folder(part: Every(4)) for it and folder(part: AllBut(4)) for \
                             the stimuli share none"
                        .into(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::dims::ImageShape;
    use crate::recording::{Split, Stimuli};

    /// Six images of one pixel that differ; their pictures and sets.
    fn cut(pictures: [u32; 6], test: &[usize]) -> Stimuli {
        let pixels = (0..6).map(|idx| idx as f32 / 6.0).collect();
        let mut stimuli = Stimuli::from_pixels(ImageShape::grey(1), pixels).unwrap();
        stimuli.picture_of = Some(pictures.to_vec());
        test.iter()
            .for_each(|&idx| stimuli.split[idx] = Split::Test);
        stimuli.named((0..6).map(|idx| format!("p.png#{idx}")).collect())
    }

    const ALONE: u32 = Stimuli::NO_PICTURE;

    #[test]
    fn pictures_are_counted() {
        let stimuli = cut([7, 7, 9, ALONE, ALONE, 9], &[]);
        assert_eq!(stimuli.n_pictures(&[0, 1, 2, 3, 4, 5]), Some(4));
        let among = stimuli.pictures_among(&[5, 3, 1, 2, 0]);
        assert_eq!(among, Some(vec![0, 1, 2, 0, 2]));
        let some = stimuli.only(&[5, 3]).unwrap();
        assert_eq!(some.picture_of, Some(vec![9, ALONE]));
        let plain = Stimuli::from_pixels(ImageShape::grey(1), vec![0.0]).unwrap();
        assert_eq!((plain.n_pictures(&[0]), plain.picture(0)), (None, None));
    }

    #[test]
    fn one_picture_stands_in_one_set_and_once_among_test_images() {
        cut([7, 7, 9, ALONE, ALONE, 9], &[3, 4])
            .refuse_shared_pictures()
            .unwrap();
        cut([7, 7, 9, 8, ALONE, 7], &[2, 3])
            .refuse_shared_pictures()
            .unwrap();
        let error = |test: &[usize]| {
            let refused = cut([7, 7, 9, ALONE, ALONE, 9], test).refuse_shared_pictures();
            refused.unwrap_err().to_string()
        };
        let two = error(&[0, 1]);
        assert!(
            two.contains("'p.png#0'") && two.contains("'p.png#1'"),
            "{two}"
        );
        let both = error(&[2]);
        assert!(
            both.contains("training image 'p.png#5'") && both.contains("'p.png#2'"),
            "{both}"
        );
    }

    #[test]
    fn a_corpus_holds_no_part_of_a_test_picture() {
        let stimuli = cut([1, 1, 1, 2, 3, 4], &[3, 4]);
        let corpus = cut([5, 5, 5, 1, 1, ALONE], &[]);
        corpus.refuse_test_pictures_of(&stimuli, "corpus").unwrap();
        let corpus = cut([5, 5, 3, 1, 1, ALONE], &[]);
        let error = corpus
            .refuse_test_images_of(&stimuli, "corpus")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("corpus, image 'p.png#2'") && error.contains("test image 'p.png#4'"),
            "{error}"
        );
    }

    #[test]
    fn the_hash_of_images_without_pictures_is_as_it_was() {
        let with = cut([1, 1, 1, 2, 3, 4], &[]);
        let mut without = with.clone();
        without.picture_of = None;
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{} {:?} {:?}", with.shape(), with.split, with.labels).as_bytes());
        for pixel in with.images.read(&[0, 1, 2, 3, 4, 5]).unwrap() {
            hasher.update(&pixel.to_le_bytes());
        }
        let plain = without.content_hash().unwrap();
        assert_eq!(plain, hasher.finalize().to_hex().to_string());
        assert_ne!(plain, with.content_hash().unwrap());
    }
}
