//! A folder of pictures: stimuli for a simulation, or a corpus.
//!
//! Pictures are taken in the order in which people count, `2.png` before `10.png`; where they lie in subfolders, the
//! subfolders are their classes. What is no picture is named in a warning.
//! Test pictures are spread evenly over that order, so that classes keep their shares.
//! How a picture becomes grey and square stands in [`lab_formats::pictures`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages};
use lab_core::traits::Dataset;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::contrast::Contrast;
use crate::corpus::{natural, read_each, spread_test};
use crate::listing::Listing;
use crate::transparent;
use lab_formats::pictures;

/// Pixels that a folder keeps in memory, 256 MiB of them: 16 384 pictures of 64×64.
const MAX_KEPT: usize = 1 << 26;

/// Which pictures are taken, and which part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Fit {
    /// The centre square of every picture; smaller ones are enlarged.
    #[default]
    CentreSquare,
    /// The rule for COCO in Seeliger et al. (2018): a picture is shrunk until its shorter side fits and its centre is cut
    /// out; pictures that are smaller, or cannot be read, are left out and counted.
    Coco,
}

/// Parameters of `folder`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FolderParams {
    /// The folder.
    pub path: String,
    /// Height and width that pictures get, in pixels.
    pub size: usize,
    /// Which pictures are taken, and which part of them.
    pub fit: Fit,
    /// What becomes of the contrast of each picture.
    pub contrast: Contrast,
    /// How many pictures are for testing.
    pub n_test: usize,
    /// Width of the pictures in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
}

impl Default for FolderParams {
    /// 64 pixels, as in Seeliger et al. (2018); everything for training.
    fn default() -> Self {
        Self {
            path: String::new(),
            size: 64,
            fit: Fit::CentreSquare,
            contrast: Contrast::AsStored,
            n_test: 0,
            field_of_view_deg: None,
        }
    }
}

impl PluginParams for FolderParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("folder.rs"), include_str!("contrast.rs")],
        &[
            ("size", Range::SIDE),
            ("n_test", Range::COUNT),
            ("field_of_view_deg", Range::DEGREES),
        ],
    );
}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Folder {
    params: FolderParams,
}

impl Folder {
    /// Checks that a folder and a size are given.
    ///
    /// # Errors
    /// [`Error::Data`] if one is missing.
    pub fn build(params: FolderParams, _ctx: &Context) -> Result<Self> {
        if params.path.is_empty() || params.size == 0 {
            return Err(Error::Data {
                what: "folder".into(),
                expected: "path: \"…\" and a size of at least 1".into(),
                got: format!("path: {:?}, size: {}", params.path, params.size),
                remedy: "say where the pictures are and how large they shall be".into(),
            });
        }
        Ok(Self { params })
    }
}

impl Dataset for Folder {
    fn files(&self) -> Vec<PathBuf> {
        vec![PathBuf::from(&self.params.path)]
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let folder = Path::new(&self.params.path);
        let listing = Listing::of(folder)?;
        let order = listing.tell(ctx);
        let (files, mut notes) = self.kept(listing.files)?;
        notes.extend(order);
        let n = files.len();
        let what = format!("folder '{}'", self.params.path);
        let split = spread_test(n, self.params.n_test, &what)?;
        let labels = labels(folder, &files);
        let size = self.params.size;
        let shape = ImageShape::grey(size);
        let name = |file: &PathBuf| pictures::name_in(folder, file);
        let names: Vec<String> = files.iter().map(name).collect();
        let on_disk = Pictures {
            files,
            size,
            contrast: self.params.contrast,
        };
        let fits = n.saturating_mul(shape.n_pixels()) <= MAX_KEPT;
        let images: Arc<dyn ImageSource> = if ctx.headers_only() {
            Arc::new(BlankImages { n_images: n, shape })
        } else if fits {
            let (pixels, n_transparent) = on_disk.all()?;
            notes.extend(transparent::note(n_transparent, n));
            Arc::new(MemoryImages::new(shape, pixels)?)
        } else {
            ctx.note(&format!(
                "{what}: {n} pictures are too many to keep; each is decoded whenever it is used, which `lab data pack` spares"
            ));
            Arc::new(on_disk)
        };
        let stimuli = Stimuli {
            names: Some(names),
            images,
            split,
            labels,
            field_of_view_deg: self.params.field_of_view_deg,
        };
        let name = folder.file_name().map_or(self.params.path.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
        let mut recording = Recording::corpus(name, stimuli);
        recording.notes = notes;
        Ok(recording)
    }
}

impl Folder {
    /// The pictures that the rule takes, and a sentence about the others.
    fn kept(&self, files: Vec<PathBuf>) -> Result<(Vec<PathBuf>, Vec<String>)> {
        if self.params.fit == Fit::CentreSquare {
            return Ok((files, Vec::new()));
        }
        let n = files.len();
        let size = self.params.size;
        // Only headers are read here.
        let shapes: Vec<Option<usize>> = files
            .par_iter()
            .map(|file| {
                pictures::shape(file)
                    .ok()
                    .map(|(height, width)| height.min(width))
            })
            .collect();
        let n_unread = shapes.iter().filter(|side| side.is_none()).count();
        let large = |side: &Option<usize>| side.is_some_and(|side| side >= size);
        let kept = files
            .into_iter()
            .zip(&shapes)
            .filter(|(_, side)| large(side));
        let kept: Vec<PathBuf> = kept.map(|(file, _)| file).collect();
        let n_small = n - n_unread - kept.len();
        if kept.is_empty() {
            return Err(Error::Data {
                what: format!("folder '{}'", self.params.path),
                expected: format!("pictures of at least {size}×{size} pixels"),
                got: format!("{n_small} smaller ones, and {n_unread} that cannot be read"),
                remedy: "ask for a smaller size".into(),
            });
        }
        let note = format!(
            "{} of {n} pictures were left out: {n_small} have a side below {size} pixels, {n_unread} cannot be read.",
            n - kept.len()
        );
        let left_out = kept.len() < n;
        Ok((kept, left_out.then_some(note).into_iter().collect()))
    }
}

/// Pictures that are decoded when asked for.
struct Pictures {
    files: Vec<PathBuf>,
    size: usize,
    contrast: Contrast,
}

impl Pictures {
    /// All pixels, and how many pictures are transparent in places.
    fn all(&self) -> Result<(Vec<f32>, usize)> {
        let n_pixels = self.shape().n_pixels();
        let mut pixels = vec![0.0; self.files.len() * n_pixels];
        let transparent: Vec<bool> = pixels
            .par_chunks_mut(n_pixels)
            .zip(&self.files)
            .map(|(image, file)| {
                let (read, transparent) = pictures::read_over_white(file, self.size)?;
                image.copy_from_slice(&read);
                self.contrast.apply(image);
                Ok(transparent)
            })
            .collect::<Result<_>>()?;
        let n_transparent = transparent.iter().filter(|one| **one).count();
        Ok((pixels, n_transparent))
    }
}

impl ImageSource for Pictures {
    fn n_images(&self) -> usize {
        self.files.len()
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.size)
    }

    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        read_each(image_idx, self.files.len(), self.shape(), |idx, image| {
            image.copy_from_slice(&pictures::read(&self.files[idx], self.size)?);
            self.contrast.apply(image);
            Ok(())
        })
    }
}

/// Names of the subfolders, if every picture lies in one.
fn labels(folder: &Path, files: &[PathBuf]) -> Option<Labels> {
    let class = |file: &PathBuf| {
        let inside = file
            .strip_prefix(folder)
            .ok()?
            .parent()?
            .to_string_lossy()
            .into_owned();
        (!inside.is_empty()).then_some(inside)
    };
    let classes: Vec<String> = files.iter().map(class).collect::<Option<_>>()?;
    let mut names = classes.clone();
    names.sort_by(|a, b| natural(a, b));
    names.dedup();
    let place = |class: &String| names.binary_search_by(|name| natural(name, class));
    let of = classes.iter().map(|class| place(class).unwrap_or(0) as u32);
    let of = of.collect();
    Some(Labels { names, of })
}

lab_core::register! {
    Dataset "folder" => Folder, FolderParams;
    summary: "Pictures of a folder, as stimuli of a simulation or as a corpus",
    equation: "grey = 0.299 R + 0.587 G + 0.114 B, centre square, area average to size × size, scaled to [−1, 1]",
    source: "ITU-R BT.601; grey weights as in Seeliger et al. (2018)",
    parity: "Pillow",
}
