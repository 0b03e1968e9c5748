//! Makes splits: which images of a dataset are trained on, which are tested, and which take no part.
//!
//! | maker | test images | what it promises |
//! |---|---|---|
//! | [`How::Random`] | drawn at random | nothing: images of one kind are on both sides |
//! | [`How::Cluster`] | whole clusters, drawn at random | no cluster is on both sides |
//! | [`How::LeakControlled`] | drawn at random | no training image is nearer than a threshold to a test image |
//! | [`How::OutOfDistribution`] | whole classes, drawn at random; without classes the clusters that are farthest from the others | no class, or no cluster, is on both sides |
//!
//! Near and far are those of [`lab_score::image_space`]: 1 − correlation of pictures averaged to 32 × 32 pixels. Clusters are those of
//! [`kmeans`] in that space.

pub mod kmeans;
mod makers;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use lab_core::recording::{Labels, Recording};
use lab_core::{Error, Result};
use lab_datasets::PictureSet;
use lab_score::Rows;
use lab_score::image_space::ImageSpace;

pub use write::{there_already, write};

/// How test images are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Single images, drawn at random.
    Random,
    /// All images of some clusters, which are drawn at random.
    Cluster,
    /// Single images, drawn at random, without training images that are near to them.
    LeakControlled,
    /// All images of some classes, which are drawn at random, or where there are none, the clusters farthest from the others.
    OutOfDistribution,
}

/// What is asked of a split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// How test images are chosen.
    pub how: How,
    /// Number of test images; at least so many where clusters or classes are held out whole.
    pub n_test: usize,
    /// Number of clusters, where some are made.
    pub n_clusters: usize,
    /// Distance below which a training image is too near to a test image, from 0 to 2.
    pub threshold: f64,
    /// Seed of every random draw; the same seed gives the same bytes.
    pub seed: u64,
}

/// The set of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Plugins may be fitted on it.
    Train,
    /// It is used for scores alone.
    Test,
    /// It takes no part.
    Neither,
}

/// A split, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The set of each image.
    pub sets: Vec<Set>,
    /// How it was made and what came of it, in sentences.
    pub said: Vec<String>,
}

/// The images that are split.
#[derive(Debug, Clone)]
pub struct Images {
    /// What each is called in the table: its name where every image has one of its own, else its index.
    pub names: Vec<String>,
    /// Whether each takes part at all.
    takes_part: Vec<bool>,
    /// The class of each, or [`Labels::NONE`], if classes are known.
    classes: Option<Vec<u32>>,
    class_names: Vec<String>,
    space: ImageSpace,
    /// For each image, the first that was cut from the same picture, if they were cut from pictures.
    pictures: Option<Vec<usize>>,
}

impl Images {
    /// The images of a dataset. Those that some subject did not see take no part: they have no row in every subject.
    ///
    /// # Errors
    /// Fails if tables of the recording disagree, or its images cannot be read.
    pub fn of(recording: &Recording) -> Result<Self> {
        recording.check_tables()?;
        let stimuli = &recording.stimuli;
        let all: Vec<usize> = (0..stimuli.n_images()).collect();
        let seen: Vec<BTreeSet<usize>> = recording
            .subjects
            .iter()
            .map(|subject| subject.trials.iter().map(|trial| trial.image_idx).collect())
            .collect();
        let labels = stimuli.labels.as_ref();
        Ok(Self {
            names: names_of(stimuli.names.as_ref(), stimuli.n_images()),
            takes_part: all
                .iter()
                .map(|idx| seen.iter().all(|of| of.contains(idx)))
                .collect(),
            classes: labels.map(|labels| labels.of.clone()),
            class_names: labels.map_or(Vec::new(), |labels| labels.names.clone()),
            space: ImageSpace::of(stimuli, &all)?,
            pictures: stimuli.pictures_among(&all),
        })
    }

    /// Pictures that belong to no dataset.
    pub fn of_pictures(set: &PictureSet) -> Self {
        let rows = Rows {
            n_columns: set.shape.n_pixels(),
            values: set.pixels.clone(),
        };
        Self {
            names: names_of(Some(&set.names), set.n_images),
            takes_part: vec![true; set.n_images],
            classes: None,
            class_names: Vec::new(),
            space: ImageSpace::of_rows(&rows, set.shape.height, set.shape.width),
            pictures: None,
        }
    }

    /// Indices of the images that take part.
    fn pool(&self) -> Vec<usize> {
        let all = 0..self.names.len();
        all.filter(|&idx| self.takes_part[idx]).collect()
    }

    /// The first image of each picture that takes part: where there are no pictures, all images that do.
    fn shown(&self, pool: &[usize]) -> Vec<usize> {
        let Some(pictures) = &self.pictures else {
            return pool.to_vec();
        };
        let mut seen = BTreeSet::new();
        let mut shown = pool.to_vec();
        shown.retain(|&idx| seen.insert(pictures[idx]));
        shown
    }

    /// Other images of the pool that were cut from the same pictures as these.
    fn of_same_pictures(&self, pool: &[usize], these: &[usize]) -> BTreeSet<usize> {
        let Some(pictures) = &self.pictures else {
            return BTreeSet::new();
        };
        let own: BTreeSet<usize> = these.iter().map(|&idx| pictures[idx]).collect();
        let others = pool.iter().copied();
        others
            .filter(|idx| own.contains(&pictures[*idx]) && !these.contains(idx))
            .collect()
    }

    /// Other images of the pool go where the first of their picture went, but into neither set where it is a test image.
    fn follow(&self, pool: &[usize], sets: &mut [Set]) {
        let Some(pictures) = &self.pictures else {
            return;
        };
        let shown = self.shown(pool).into_iter();
        let of: BTreeMap<usize, (usize, Set)> =
            shown.map(|idx| (pictures[idx], (idx, sets[idx]))).collect();
        for &idx in pool {
            let Some(&(first, set)) = of.get(&pictures[idx]) else {
                continue;
            };
            if idx != first {
                sets[idx] = if set == Set::Test { Set::Neither } else { set };
            }
        }
    }

    fn class(&self, idx: usize) -> Option<u32> {
        let class = *self.classes.as_ref()?.get(idx)?;
        (class != Labels::NONE).then_some(class)
    }
}

/// Puts every image into the training set, the test set or neither, as it is asked.
///
/// Where images were cut from pictures, pictures are split: the first image of each stands for it, is tested where it is a test
/// picture, and the other images of this picture take no part. Images of a training picture are all trained on.
///
/// # Errors
/// [`Error::Data`] if there are too few images, clusters or classes for what is asked.
///
/// # Determinism
/// Draws come from streams "split/…" of the seed; the same images and the same question give the same split from any number of
/// threads.
pub fn make(images: &Images, asked: &Asked) -> Result<Made> {
    let everyone = images.pool();
    let pool = images.shown(&everyone);
    if !(0.0..=2.0).contains(&asked.threshold) {
        return Err(Error::Data {
            what: "the split, threshold".into(),
            expected: "a distance from 0 to 2".into(),
            got: asked.threshold.to_string(),
            remedy: "change --threshold".into(),
        });
    }
    if pool.len() < 2 {
        return Err(Error::Data {
            what: "the split, images that take part".into(),
            expected: "at least 2, one for each set".into(),
            got: pool.len().to_string(),
            remedy: "name a dataset or a folder with more pictures".into(),
        });
    }
    if asked.n_test == 0 || asked.n_test >= pool.len() {
        return Err(Error::Data {
            what: "the split, test images".into(),
            expected: format!(
                "from 1 to {}, so that both sets hold some",
                pool.len().saturating_sub(1)
            ),
            got: asked.n_test.to_string(),
            remedy: "change --n-test".into(),
        });
    }
    let mut made = match asked.how {
        How::Random => makers::random(images, &pool, asked),
        How::Cluster => makers::by_cluster(images, &pool, asked)?,
        How::LeakControlled => makers::leak_controlled(images, (&pool, &everyone), asked)?,
        How::OutOfDistribution => makers::out_of_distribution(images, &pool, asked)?,
    };
    if asked.how != How::LeakControlled {
        images.follow(&everyone, &mut made.sets);
    }
    if images.pictures.is_some() {
        made.said.push(format!(
            "Images were cut from {} pictures, which are split: of each test picture the first image is tested and the others take \
             no part.",
            pool.len()
        ));
    }
    let n_unseen = images.names.len() - everyone.len();
    if n_unseen > 0 {
        made.said.push(format!(
            "{n_unseen} images were not seen by every subject and take no part."
        ));
    }
    let count = |set: Set| made.sets.iter().filter(|&&of| of == set).count();
    made.said.push(format!(
        "{} training images, {} test images, {} in neither set.",
        count(Set::Train),
        count(Set::Test),
        count(Set::Neither)
    ));
    Ok(made)
}

/// Names where every image has one of its own, else indices: the rule by which splits are read.
fn names_of(names: Option<&Vec<String>>, n_images: usize) -> Vec<String> {
    let own = names.filter(|names| {
        let different: BTreeSet<&str> = names.iter().map(|name| name.trim()).collect();
        different.len() == n_images
    });
    own.cloned()
        .unwrap_or_else(|| (0..n_images).map(|idx| idx.to_string()).collect())
}
