//! A folder of pictures: stimuli for a simulation, or a corpus.
//!
//! An image is the centre square of a picture, or with `crops` one of many squares that are cut from it at several scales.
//! Crops of one picture depend on each other, so that pictures and not images are what is split, left out and counted: a test
//! picture gives one image, and no picture stands in both sets.
//! Pictures are taken in the order in which people count, `2.png` before `10.png`; where they lie in subfolders, the
//! subfolders are their classes, or each picture is one of its own. What is no picture is named in a warning.
//! Test pictures are spread evenly over that order, so that classes keep their shares.
//! How a picture becomes grey and square stands in [`lab_formats::pictures`].

mod classes;
mod copies;
mod crops;
mod cut;
mod except;
mod found;
mod part;
#[cfg(test)]
mod tests;
mod whole;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_core::config::{Declared, Range, check_params};
use lab_core::demand::Demand;
use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages};
use lab_core::traits::Dataset;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::contrast::Contrast;
use crate::corpus::spread_test;
use crate::listing::Listing;
use crate::transparent;
pub use classes::Classes;
use lab_formats::pictures;
pub use part::Part;
use whole::Pictures;

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
    /// How many pictures are for testing; with `crops`, the centre square of each is one test image.
    pub n_test: usize,
    /// Crops that are cut from every training picture, squares at places and of sizes drawn from the seed; `None` for the centre
    /// square alone. With crops, pictures that are smaller than `size` are left out, and of pictures that show the same, at
    /// another size, in another format, turned or mirrored, one is taken.
    pub crops: Option<usize>,
    /// Side of the smallest crop as a share of the picture's shorter side; none is smaller than `size` pixels.
    pub smallest: f64,
    /// Least standard deviation of the pixels of a crop in [−1, 1]: a crop below it is drawn again, and a picture whose centre
    /// square is below it is left out. Holds with `crops` alone; 0 takes every crop.
    pub min_contrast: f64,
    /// Pictures that are left out, by patterns of their paths in the folder: `*` stands for any characters, `/` among them, and
    /// `?` for one.
    pub except: Vec<String>,
    /// Which of the pictures that remain are taken, so that one folder serves networks and subjects without a common picture.
    pub part: Part,
    /// What the classes are.
    pub classes: Classes,
    /// Width of the pictures in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
}

impl Default for FolderParams {
    /// 64 pixels, as in Seeliger et al. (2018); everything for training. Crops, where they are asked for, are no smaller than a
    /// quarter of the shorter side, and their pixels vary by more than six of 255 grey values.
    fn default() -> Self {
        Self {
            path: String::new(),
            size: 64,
            fit: Fit::CentreSquare,
            contrast: Contrast::AsStored,
            n_test: 0,
            crops: None,
            smallest: 0.25,
            min_contrast: 0.05,
            except: Vec::new(),
            part: Part::All,
            classes: Classes::Subfolders,
            field_of_view_deg: None,
        }
    }
}

impl PluginParams for FolderParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs"), include_str!("classes.rs"), include_str!("part.rs"), include_str!("../contrast.rs")],
        &[
            ("size", Range::SIDE),
            ("n_test", Range::COUNT),
            ("crops", Range::ONE_OR_MORE),
            ("part.Every", Range::count(2.0, "at least 2")),
            ("part.AllBut", Range::count(2.0, "at least 2")),
            ("smallest", Range::from_to(0.0, 1.0, "a share from 0 to 1")),
            ("min_contrast", Range::from_to(0.0, 1.0, "a standard deviation from 0 to 1")),
            ("field_of_view_deg", Range::DEGREES),
        ],
    );

    fn smoke(&mut self) {
        self.crops = self.crops.map(|n| n.min(2));
    }
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
    /// [`Error::Data`] if one is missing, or a number lies outside its range.
    pub fn build(params: FolderParams, _ctx: &Context) -> Result<Self> {
        if params.path.is_empty() || params.size == 0 {
            return Err(Error::Data {
                what: "folder".into(),
                expected: "path: \"…\" and a size of at least 1".into(),
                got: format!("path: {:?}, size: {}", params.path, params.size),
                remedy: "say where the pictures are and how large they shall be".into(),
            });
        }
        check_params("folder", &params).map_err(|outside| {
            outside.with_remedy("lab plugins explain folder lists all parameters")
        })?;
        Ok(Self { params })
    }
}

impl Dataset for Folder {
    fn files(&self) -> Vec<PathBuf> {
        vec![PathBuf::from(&self.params.path)]
    }

    fn demand(&self) -> Demand {
        self.params.crops.map_or(Demand::NONE, cut::demand)
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let folder = Path::new(&self.params.path);
        let mut listing = Listing::of(folder)?;
        let left_out = except::leave_out(&mut listing, &self.params.except)?;
        let order = listing.tell(ctx);
        let (files, mut notes) = self.kept(std::mem::take(&mut listing.files))?;
        notes.extend(left_out);
        notes.extend(order);
        let (stimuli, more) = match self.params.crops {
            Some(n_crops) => cut::stimuli(ctx, &self.params, n_crops, &listing, files)?,
            None => self.whole(ctx, files)?,
        };
        notes.extend(more);
        let name = folder.file_name().map_or(self.params.path.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
        let mut recording = Recording::corpus(name, stimuli);
        recording.notes = notes;
        Ok(recording)
    }
}

impl Folder {
    /// The centre square of every picture.
    fn whole(&self, ctx: &Context, files: Vec<PathBuf>) -> Result<(Stimuli, Vec<String>)> {
        let folder = Path::new(&self.params.path);
        let what = format!("folder '{}'", self.params.path);
        let files = self.params.part.of(files, &what)?;
        let mut notes = Vec::new();
        let n = files.len();
        let split = spread_test(n, self.params.n_test, &what)?;
        let labels = self.params.labels(&files);
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
            picture_of: None,
        };
        Ok((stimuli, notes))
    }

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

impl FolderParams {
    /// Classes of the pictures, if they have any.
    fn labels(&self, files: &[PathBuf]) -> Option<Labels> {
        self.classes.of(Path::new(&self.path), files)
    }
}

lab_core::register! {
    Dataset "folder" => Folder, FolderParams;
    summary: "Pictures of a folder, as stimuli of a simulation or as a corpus",
    equation: "grey = 0.299 R + 0.587 G + 0.114 B, centre square or crops, area average to size × size, scaled to [−1, 1]",
    source: "ITU-R BT.601; grey weights as in Seeliger et al. (2018)",
    parity: "Pillow",
}
