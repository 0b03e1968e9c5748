//! `ImageNet64`: the million small images that generators and feature networks are trained on.
//!
//! Files hold one image a row: all red pixels, then all green ones, then all blue ones. They are pickles or npz archives,
//! told apart by their content, and stay on disk: an image is read when it is asked for.
//! Labels count from 1 in the order of the makers' `map_clsloc.txt`; here they count from 0, and class 0 is called
//! "class 1". The files' `mean` is not subtracted.

mod batch;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::config::{Declared, Range};
use lab_core::listed;
use lab_core::prelude::*;
use lab_core::recording::{ImageSource, Labels};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::contrast::Contrast;
use crate::corpus::{natural, read_each, spread_test};
use batch::{Batch, is_batch};
use lab_formats::file_error;

/// Classes of the whole set.
const N_CLASSES: usize = 1000;

/// Files that a warning names before it counts the rest.
const MAX_NAMED: usize = 5;

/// Parameters of `imagenet64`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageNet64Params {
    /// The folder of the files, or one file.
    pub path: String,
    /// Names of files in `path`, such as "`train_data_batch_1`"; empty for all, in the order in which people count.
    pub files: Vec<String>,
    /// What becomes of the contrast of each image.
    pub contrast: Contrast,
    /// How many images are taken from the beginning; `None` for all.
    pub limit: Option<usize>,
    /// How many of these are for testing, spread evenly.
    pub n_test: usize,
    /// Width of the images in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
}

impl Default for ImageNet64Params {
    /// All images for training, each stretched to full contrast as in Seeliger et al. (2018).
    fn default() -> Self {
        Self {
            path: String::new(),
            files: Vec::new(),
            contrast: Contrast::Stretch,
            limit: None,
            n_test: 0,
            field_of_view_deg: None,
        }
    }
}

impl PluginParams for ImageNet64Params {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs"), include_str!("../contrast.rs")],
        &[
            ("limit", Range::ONE_OR_MORE),
            ("n_test", Range::COUNT),
            ("field_of_view_deg", Range::DEGREES),
        ],
    );

    fn smoke(&mut self) {
        self.limit = Some(self.limit.unwrap_or(64).min(64));
        self.n_test = self.n_test.min(8);
    }
}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct ImageNet64 {
    params: ImageNet64Params,
}

impl ImageNet64 {
    /// Checks that files are named.
    ///
    /// # Errors
    /// [`Error::Data`] if none are, or no image shall be taken.
    pub fn build(params: ImageNet64Params, _ctx: &Context) -> Result<Self> {
        let named = !params.path.is_empty() || !params.files.is_empty();
        if !named || params.limit == Some(0) {
            return Err(Error::Data {
                what: "imagenet64".into(),
                expected: "path: \"…\" and a limit of at least 1, if any".into(),
                got: format!("path: {:?}, limit: {:?}", params.path, params.limit),
                remedy: "say where the files are, and how many images to take".into(),
            });
        }
        Ok(Self { params })
    }

    fn paths(&self, ctx: &Context) -> Result<Vec<PathBuf>> {
        let folder = Path::new(&self.params.path);
        if !self.params.files.is_empty() || !folder.is_dir() {
            let files = self.files();
            let twice = (1..files.len()).find(|&at| files[..at].contains(&files[at]));
            if let Some(at) = twice {
                let (expected, got) = ("each file once", "this one twice");
                return Err(file_error(&files[at], "", expected, got, "name it once"));
            }
            return Ok(files);
        }
        let (mut names, mut skipped) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(folder).map_err(Error::io("reading", folder))? {
            let path = entry.map_err(Error::io("reading", folder))?.path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            if !name.starts_with('.') && path.is_file() && begins_like_a_batch(&path)? {
                names.push((name, path));
            } else {
                skipped.push(name);
            }
        }
        skipped.sort();
        if !skipped.is_empty() {
            let (folder, skipped) = (folder.display(), listed(&skipped, MAX_NAMED));
            ctx.warn(&format!(
                "'{folder}': skipped, as they are no files of ImageNet64: {skipped}"
            ));
        }
        if names.is_empty() {
            let (expected, remedy) = ("pickles or npz archives", "name the folder that holds them");
            return Err(file_error(folder, "", expected, "none", remedy));
        }
        names.sort();
        let by_letters = names.clone();
        names.sort_by(|(a, _), (b, _)| natural(a, b));
        if let Some(((first, _), (second, _))) = names.iter().zip(&by_letters).find(|(a, b)| a != b)
        {
            ctx.warn(&format!(
                "files of '{}' are in the order in which people count: '{first}' stands before '{second}'",
                folder.display()
            ));
        }
        Ok(names.into_iter().map(|(_, path)| path).collect())
    }

    /// The files, opened as far as the limit asks for.
    fn open(&self, ctx: &Context) -> Result<Images> {
        let limit = self.params.limit.unwrap_or(usize::MAX);
        let mut images = Images {
            batches: Vec::new(),
            n_images: 0,
            side: 0,
            contrast: self.params.contrast,
        };
        for path in self.paths(ctx)? {
            if images.n_images >= limit {
                break;
            }
            let batch = Batch::open(&path)?;
            if !images.batches.is_empty() && batch.side != images.side {
                let expected = format!("images of {0}×{0}, as before", images.side);
                let got = format!("{0}×{0}", batch.side);
                let remedy = "take all files from one release";
                return Err(file_error(&path, "data", expected, got, remedy));
            }
            images.side = batch.side;
            let start = images.n_images;
            images.n_images = limit.min(start + batch.n_images);
            images.batches.push((start, batch));
        }
        Ok(images)
    }
}

fn begins_like_a_batch(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(Error::io("reading", path))?;
    let read = file.take(4).read_to_end(&mut start);
    read.map_err(Error::io("reading", path))?;
    Ok(is_batch(&start))
}

/// Images that stay in their files.
struct Images {
    /// Each with the index of its first image.
    batches: Vec<(usize, Batch)>,
    n_images: usize,
    side: usize,
    contrast: Contrast,
}

impl ImageSource for Images {
    fn n_images(&self) -> usize {
        self.n_images
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.side)
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        read_each(image_idx, self.n_images, self.shape(), |idx, image| {
            let place = self.batches.partition_point(|(start, _)| *start <= idx) - 1;
            let (start, batch) = &self.batches[place];
            for (pixel, colours) in image.iter_mut().zip(batch.pixels(idx - start)) {
                let [red, green, blue] = colours.map(f32::from);
                *pixel = (0.299 * red + 0.587 * green + 0.114 * blue) / 127.5 - 1.0;
            }
            self.contrast.apply(image);
            Ok(())
        })
    }
}

impl Images {
    fn labels(&self) -> Option<Labels> {
        let mut of = Vec::with_capacity(self.n_images);
        for (_, batch) in &self.batches {
            of.extend_from_slice(batch.labels.as_deref()?);
        }
        of.truncate(self.n_images);
        let highest = of.iter().max().map_or(0, |&class| class as usize + 1);
        let names = (1..=highest.max(N_CLASSES)).map(|class| format!("class {class}"));
        Some(Labels {
            names: names.collect(),
            of,
        })
    }
}

impl Dataset for ImageNet64 {
    fn files(&self) -> Vec<PathBuf> {
        let folder = Path::new(&self.params.path);
        if self.params.files.is_empty() {
            return vec![folder.to_owned()];
        }
        self.params
            .files
            .iter()
            .map(|name| folder.join(name))
            .collect()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let images = self.open(ctx)?;
        let stimuli = Stimuli {
            split: spread_test(images.n_images, self.params.n_test, "imagenet64")?,
            names: None,
            labels: images.labels(),
            field_of_view_deg: self.params.field_of_view_deg,
            images: Arc::new(images),
            picture_of: None,
        };
        Ok(Recording::corpus("ImageNet64", stimuli))
    }
}

lab_core::register! {
    Dataset "imagenet64" => ImageNet64, ImageNet64Params;
    summary: "Downsampled ImageNet as a grey corpus, from its pickles or npz archives, read image by image",
    equation: "grey = 0.299 R + 0.587 G + 0.114 B, scaled to [−1, 1]; stretched: 2 (p − min p) / (max p − min p) − 1",
    source: "Chrabaszcz, Loshchilov & Hutter (2017), arXiv:1707.08819; grey and contrast as in Seeliger et al. (2018)",
    parity: "numpy",
}
