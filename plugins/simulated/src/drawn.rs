//! A dataset of drawn pictures: what letters and scenes share.
//!
//! Classes take turns, in the training set and in the test set. No two pictures share a random stream, so that the
//! hundredth is the same however many are drawn.

use std::sync::Arc;

use lab_core::demand::{Demand, FLOAT};
use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages, Split};
use lab_core::rng::{Stream, stream};
use rayon::prelude::*;

/// How many pictures of which classes and size are drawn, and from which streams.
#[derive(Debug)]
pub(crate) struct Drawn<'a> {
    /// The plugin, as named in experiments; the first part of every stream's name.
    pub(crate) plugin: &'static str,
    /// One of its pictures, in words.
    pub(crate) one: &'static str,
    /// Pictures for training.
    pub(crate) n_train: usize,
    /// Pictures for testing.
    pub(crate) n_test: usize,
    /// Height and width in pixels.
    pub(crate) size: usize,
    /// The second part of every stream's name.
    pub(crate) series: &'a str,
}

impl Drawn<'_> {
    /// Refuses a size below `smallest` pixels, and no pictures at all.
    ///
    /// # Errors
    /// [`Error::Data`]
    pub(crate) fn check(&self, smallest: usize) -> Result<()> {
        let (n_train, n_test, size) = (self.n_train, self.n_test, self.size);
        if size >= smallest && n_train + n_test > 0 {
            return Ok(());
        }
        Err(Error::Data {
            what: self.plugin.into(),
            expected: format!(
                "a size of at least {smallest} pixels and at least one {}",
                self.one
            ),
            got: format!("size: {size}, n_train: {n_train}, n_test: {n_test}"),
            remedy: "ask for more".into(),
        })
    }

    /// How many pictures are drawn.
    pub(crate) fn n_images(&self) -> f64 {
        self.n_train as f64 + self.n_test as f64
    }

    /// The memory of their pixels.
    pub(crate) fn demand(&self) -> Demand {
        Demand {
            bytes: FLOAT * self.n_images() * (self.size as f64).powi(2),
            steps: 0.0,
            lower: "n_train, n_test or size",
        }
    }

    /// All pictures with their labels: those of the training set, then those of the test set. `draw` makes the pixels of
    /// a picture of one class, `[size·size]` in `[−1, 1]`.
    ///
    /// # Errors
    /// Fails if `draw` makes another number of pixels.
    pub(crate) fn recording(
        &self,
        ctx: &Context,
        classes: &[String],
        draw: impl Fn(usize, &mut Stream) -> Vec<f32> + Sync,
    ) -> Result<Recording> {
        let sets = [
            ("train", Split::Train, self.n_train),
            ("test", Split::Test, self.n_test),
        ];
        let wanted: Vec<(&str, Split, usize)> = sets
            .iter()
            .flat_map(|&(set, split, n)| (0..n).map(move |idx| (set, split, idx)))
            .collect();
        let picture = |&(set, _, idx): &(&str, Split, usize)| {
            let path = format!("{}/{}/{set}/{idx}", self.plugin, self.series);
            draw(idx % classes.len(), &mut stream(ctx.seed(), &path))
        };
        let shape = ImageShape::grey(self.size);
        let images: Arc<dyn ImageSource> = if ctx.headers_only() {
            let n_images = wanted.len();
            Arc::new(BlankImages { n_images, shape })
        } else {
            let drawn: Vec<Vec<f32>> = wanted.par_iter().map(picture).collect();
            Arc::new(MemoryImages::new(shape, drawn.concat())?)
        };
        let class_of = |&(_, _, idx): &(&str, Split, usize)| (idx % classes.len()) as u32;
        let stimuli = Stimuli {
            images,
            split: wanted.iter().map(|&(_, split, _)| split).collect(),
            names: None,
            labels: Some(Labels {
                names: classes.to_vec(),
                of: wanted.iter().map(class_of).collect(),
            }),
            field_of_view_deg: None,
            picture_of: None,
        };
        Ok(Recording::corpus(format!("drawn {}", self.plugin), stimuli))
    }
}
