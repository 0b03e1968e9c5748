//! Stimuli: images, how they are split, and their labels.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::images::SomeImages;
use super::{ImageSource, MemoryImages, check_image_idx};
use crate::dims::ImageShape;
use crate::{Error, Result};

/// Images read at a time while hashing or scanning.
const CHUNK: usize = 256;

/// Which set an image belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// Plugins may be fitted on it.
    Train,
    /// It is used for scores alone.
    Test,
}

/// Classes of images.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Labels {
    /// Names of the classes.
    pub names: Vec<String>,
    /// For each image, an index into `names`, or [`Labels::NONE`]: `[n_images]`.
    pub of: Vec<u32>,
}

impl Labels {
    /// Stands for the class of an image of which no class is known. It is no class: nothing is trained on it or scored
    /// by it.
    pub const NONE: u32 = u32::MAX;

    /// How many of the images have no class.
    pub fn n_unlabelled(&self) -> usize {
        self.of.iter().filter(|&&class| class == Self::NONE).count()
    }
}

/// The images of a dataset and what is known about them.
#[derive(Clone)]
pub struct Stimuli {
    /// The source of the pixels.
    pub images: Arc<dyn ImageSource>,
    /// The set of each image: `[n_images]`.
    pub split: Vec<Split>,
    /// The name of each image, such as that of its file, if images have names: `[n_images]`.
    pub names: Option<Vec<String>>,
    /// The class of each image, if known.
    pub labels: Option<Labels>,
    /// Width of the image in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
    /// The picture that each image was cut from, if images were cut from pictures: `[n_images]`. Images of one picture depend
    /// on each other. A picture has the same number in every dataset, so that it follows from what the picture holds;
    /// [`Stimuli::NO_PICTURE`] stands for an image that shares its picture with no other. A dataset of a shared library cannot give
    /// it; decoders of libraries are told.
    pub picture_of: Option<Vec<u32>>,
}

impl Stimuli {
    /// In [`Stimuli::picture_of`], an image that is a picture of its own.
    pub const NO_PICTURE: u32 = u32::MAX;

    /// Images in memory, all for training, without labels.
    ///
    /// # Errors
    /// [`Error::Shape`] if the pixels are not a whole number of images.
    pub fn from_pixels(shape: ImageShape, pixels: Vec<f32>) -> Result<Self> {
        let images = MemoryImages::new(shape, pixels)?;
        let split = vec![Split::Train; images.n_images()];
        Ok(Self {
            images: Arc::new(images),
            split,
            names: None,
            labels: None,
            field_of_view_deg: None,
            picture_of: None,
        })
    }

    /// Number of images.
    pub fn n_images(&self) -> usize {
        self.images.n_images()
    }

    /// Shape of each image.
    pub fn shape(&self) -> ImageShape {
        self.images.shape()
    }

    /// Indices of the images of one set, ascending.
    pub fn indices(&self, split: Split) -> Vec<usize> {
        (0..self.n_images())
            .filter(|&idx| self.split[idx] == split)
            .collect()
    }

    /// Some images as a tensor `[n, channels, height, width]` in `[−1, 1]`.
    ///
    /// # Errors
    /// Fails if the images cannot be read.
    pub fn tensor(&self, image_idx: &[usize], device: &Device) -> Result<Tensor> {
        let shape = self.shape().batch(image_idx.len());
        Ok(Tensor::from_vec(
            self.images.read(image_idx)?,
            &shape,
            device,
        )?)
    }

    /// Class indices of some images, if labels are known; [`Labels::NONE`] for an image without a class.
    pub fn classes(&self, image_idx: &[usize]) -> Option<Vec<u32>> {
        self.labels
            .as_ref()
            .map(|labels| image_idx.iter().map(|&idx| labels.of[idx]).collect())
    }

    /// The same images under names of their own.
    #[must_use]
    pub fn named(mut self, names: Vec<String>) -> Self {
        self.names = Some(names);
        self
    }

    /// Indices of the images of one set whose class is known, ascending; none without labels.
    pub fn labelled(&self, split: Split) -> Vec<usize> {
        let Some(labels) = &self.labels else {
            return Vec::new();
        };
        let mut idx = self.indices(split);
        idx.retain(|&idx| labels.of[idx] != Labels::NONE);
        idx
    }

    /// A copy in memory of some of the images, with their labels and sets.
    ///
    /// # Errors
    /// Fails if the images cannot be read.
    pub fn select(&self, image_idx: &[usize]) -> Result<Self> {
        let images = MemoryImages::new(self.shape(), self.images.read(image_idx)?)?;
        Ok(self.with_images_of(image_idx, Arc::new(images)))
    }

    /// Some of the images, with their labels and sets; pixels stay where they are until they are asked for.
    ///
    /// # Errors
    /// [`Error::Shape`] if an index is out of range.
    pub fn only(&self, image_idx: &[usize]) -> Result<Self> {
        check_image_idx(image_idx, self.n_images())?;
        let images = SomeImages {
            of: self.images.clone(),
            image_idx: image_idx.to_vec(),
        };
        Ok(self.with_images_of(image_idx, Arc::new(images)))
    }

    /// What is known about some of the images, whose pixels are these.
    fn with_images_of(&self, image_idx: &[usize], images: Arc<dyn ImageSource>) -> Self {
        Self {
            images,
            split: image_idx.iter().map(|&idx| self.split[idx]).collect(),
            names: self.names.as_ref().map(|names| {
                let chosen = image_idx.iter();
                chosen.map(|&idx| names[idx].clone()).collect()
            }),
            labels: self.labels.as_ref().map(|labels| Labels {
                names: labels.names.clone(),
                of: image_idx.iter().map(|&idx| labels.of[idx]).collect(),
            }),
            field_of_view_deg: self.field_of_view_deg,
            picture_of: self.picture_of.as_ref().map(|pictures| {
                let chosen = image_idx.iter();
                chosen.map(|&idx| pictures[idx]).collect()
            }),
        }
    }

    /// A fingerprint of each image: BLAKE3 over its pixels as 8-bit grey values, so that a re-encoded copy of a picture
    /// is recognised.
    ///
    /// # Errors
    /// Fails if the images cannot be read.
    pub fn fingerprints(&self) -> Result<Vec<[u8; 32]>> {
        let n_pixels = self.shape().n_pixels();
        let all: Vec<usize> = (0..self.n_images()).collect();
        let mut prints = Vec::with_capacity(all.len());
        for chunk in all.chunks(CHUNK) {
            for image in self.images.read(chunk)?.chunks(n_pixels) {
                let bytes: Vec<u8> = image
                    .iter()
                    .map(|&p| ((p + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8)
                    .collect();
                prints.push(*blake3::hash(&bytes).as_bytes());
            }
        }
        Ok(prints)
    }

    /// BLAKE3 over everything that a fit can see: shape, pixels, sets and labels, and the pictures that images were cut from, if
    /// they were.
    ///
    /// # Errors
    /// Fails if the images cannot be read.
    pub fn content_hash(&self) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{} {:?} {:?}", self.shape(), self.split, self.labels).as_bytes());
        if let Some(pictures) = &self.picture_of {
            hasher.update(format!("{pictures:?}").as_bytes());
        }
        let all: Vec<usize> = (0..self.n_images()).collect();
        for chunk in all.chunks(CHUNK) {
            for pixel in self.images.read(chunk)? {
                hasher.update(&pixel.to_le_bytes());
            }
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Fails if these are several images and all of them are the same, as where all ink was lost on the way.
    ///
    /// # Errors
    /// [`Error::Data`] that begins with `what`.
    pub fn refuse_equal_images(&self, what: &str) -> Result<()> {
        let n_images = self.n_images();
        if n_images < 2 {
            return Ok(());
        }
        let n_pixels = self.shape().n_pixels();
        let first = self.images.read(&[0])?;
        let all: Vec<usize> = (0..n_images).collect();
        for chunk in all.chunks(CHUNK) {
            // Most sets end here, after one chunk.
            let images = self.images.read(chunk)?;
            let differs = |image: &[f32]| {
                let mut both = image.iter().zip(&first);
                both.any(|(a, b)| a.to_bits() != b.to_bits())
            };
            if images.chunks(n_pixels).any(differs) {
                return Ok(());
            }
        }
        Err(Error::Data {
            what: format!("{what}, all {n_images} images"),
            expected: "images that differ".into(),
            got: "the same pixels in each".into(),
            remedy: "look at the files; transparent parts of pictures are shown over white".into(),
        })
    }

    /// Fails if one of these images is a test image of `other`, or cut from the same picture as one.
    ///
    /// # Errors
    /// [`Error::Data`] naming the first such image.
    pub fn refuse_test_images_of(&self, other: &Self, what: &str) -> Result<()> {
        self.refuse_test_pictures_of(other, what)?;
        if self.shape() != other.shape() {
            return Ok(());
        }
        let test: BTreeMap<[u8; 32], usize> = other
            .fingerprints()?
            .into_iter()
            .enumerate()
            .filter(|&(idx, _)| other.split[idx] == Split::Test)
            .map(|(idx, print)| (print, idx))
            .collect();
        for (idx, print) in self.fingerprints()?.iter().enumerate() {
            if let Some(test_idx) = test.get(print) {
                return Err(Error::Data {
                    what: format!("{what}, image {idx}"),
                    expected: "no image of the test set".into(),
                    got: format!("test image {test_idx}"),
                    remedy: "take the test images out of this corpus".into(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<()> {
        let n_images = self.n_images();
        if self.split.len() != n_images {
            return Err(Error::shape("split table", n_images, self.split.len()));
        }
        if let Some(names) = self.names.as_ref().filter(|names| names.len() != n_images) {
            return Err(Error::shape("names of images", n_images, names.len()));
        }
        let pictures = self.picture_of.as_ref();
        if let Some(pictures) = pictures.filter(|of| of.len() != n_images) {
            return Err(Error::shape("pictures of images", n_images, pictures.len()));
        }
        if let Some(labels) = &self.labels {
            if labels.of.len() != n_images {
                return Err(Error::shape("labels", n_images, labels.of.len()));
            }
            if let Some(class) = labels
                .of
                .iter()
                .find(|&&class| class != Labels::NONE && class as usize >= labels.names.len())
            {
                return Err(Error::shape(
                    "class index",
                    format!("below {}", labels.names.len()),
                    class,
                ));
            }
        }
        Ok(())
    }

    /// An image in a sentence: its name if it has one, else its index.
    pub(super) fn name(&self, idx: usize) -> String {
        let names = self.names.as_ref().and_then(|names| names.get(idx));
        names.map_or_else(|| idx.to_string(), |name| format!("'{name}'"))
    }

    pub(super) fn refuse_shared_images(&self) -> Result<()> {
        let mut train = BTreeMap::new();
        let prints = self.fingerprints()?;
        for (idx, print) in prints
            .iter()
            .enumerate()
            .filter(|&(idx, _)| self.split[idx] == Split::Train)
        {
            train.insert(print, idx);
        }
        for (idx, print) in prints
            .iter()
            .enumerate()
            .filter(|&(idx, _)| self.split[idx] == Split::Test)
        {
            if let Some(train_idx) = train.get(print) {
                return Err(Error::Data {
                    what: format!("test image {}", self.name(idx)),
                    expected: "a picture that the training set does not hold".into(),
                    got: format!(
                        "the same pixels as training image {}",
                        self.name(*train_idx)
                    ),
                    remedy: "remove one of the two, or put both into one set".into(),
                });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Stimuli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stimuli")
            .field("n_images", &self.n_images())
            .field("shape", &self.shape())
            .finish_non_exhaustive()
    }
}
