//! A folder of pictures: stimuli for a simulation, or a corpus.
//!
//! Pictures are taken in the order of their paths; where they lie in subfolders, the subfolders are their classes.
//! Test pictures are spread evenly over that order, so that classes keep their shares.
//! How a picture becomes grey and square stands in [`crate::readers::pictures`].

use std::path::{Path, PathBuf};

use lab_core::prelude::*;
use lab_core::recording::{Labels, Split};
use lab_core::traits::Dataset;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::readers::pictures;

/// Parameters of `folder`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FolderParams {
    /// The folder.
    pub path: String,
    /// Height and width that pictures get, in pixels.
    pub size: usize,
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
            n_test: 0,
            field_of_view_deg: None,
        }
    }
}

impl PluginParams for FolderParams {}

/// The dataset.
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

    fn load(&self, _ctx: &Context) -> Result<Recording> {
        let folder = Path::new(&self.params.path);
        let files = pictures::list(folder)?;
        let pixels: Vec<Vec<f32>> = files
            .par_iter()
            .map(|file| pictures::read(file, self.params.size))
            .collect::<Result<_>>()?;
        let mut stimuli =
            Stimuli::from_pixels(ImageShape::grey(self.params.size), pixels.concat())?;
        if self.params.n_test >= files.len() {
            return Err(Error::Data {
                what: format!("folder '{}'", self.params.path),
                expected: format!("more than n_test = {} pictures", self.params.n_test),
                got: files.len().to_string(),
                remedy: "test fewer pictures".into(),
            });
        }
        for test in 0..self.params.n_test {
            stimuli.split[(2 * test + 1) * files.len() / (2 * self.params.n_test)] = Split::Test;
        }
        stimuli.labels = labels(folder, &files);
        stimuli.field_of_view_deg = self.params.field_of_view_deg;
        let name = folder.file_name().map_or(self.params.path.clone(), |name| {
            name.to_string_lossy().into_owned()
        });
        Ok(Recording::corpus(name, stimuli))
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
    names.sort();
    names.dedup();
    let of = classes
        .iter()
        .map(|class| names.binary_search(class).unwrap_or(0) as u32)
        .collect();
    Some(Labels { names, of })
}

lab_core::register! {
    Dataset "folder" => Folder, FolderParams;
    summary: "Pictures of a folder, as stimuli of a simulation or as a corpus",
    equation: "grey = 0.299 R + 0.587 G + 0.114 B, centre square, area average to size × size, scaled to [−1, 1]",
    source: "ITU-R BT.601; grey weights as in Seeliger et al. (2018)",
    parity: "Pillow",
}
