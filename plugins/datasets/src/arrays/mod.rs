//! The user's own data: one matrix of responses a subject, images, and a table of trials.
//!
//! | file | form |
//! |---|---|
//! | responses | `.npy` or `.csv` without a header, `[n_trials, n_voxels]`, one a subject |
//! | images | a folder of pictures, in the order of their paths, or `.npy` `[n_images, height, width]` |
//! | trials | `.csv` with the columns `subject, run, image, repeat, split` and, if classes are known, `class` |
//! | rois | `.csv` with the columns `subject, voxel, roi` and, if known, `x, y, z` in millimetres |
//!
//! Lines of the trial table stand in the order of the rows, subject by subject; `image` is an index from 0 or the name of
//! a picture; `split` is `train` or `test`, the same for all trials of an image.
//! Voxels count from 0.

mod images;
mod rois;
mod trials;

use std::path::{Path, PathBuf};

use candle_core::Tensor;
use lab_core::prelude::*;
use lab_core::recording::{Subject, Voxels};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::missing::{self, NanRule, drop_missing};
use images::Images;
use lab_formats::{file_error, npy, table};
use rois::Rois;
use trials::TrialTable;

/// What the numbers of an image array mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PixelRange {
    /// 0 to 255 if any value is above 1, 0 to 1 if none is below 0, else −1 to 1.
    #[default]
    Guess,
    /// 0 to 255.
    Byte,
    /// 0 to 1.
    Unit,
    /// −1 to 1.
    Signed,
}

/// Parameters of `arrays`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArraysParams {
    /// Name for headings; the folder of the first file if empty.
    pub name: String,
    /// One file a subject, in the order in which the trial table first names them.
    pub responses: Vec<String>,
    /// A folder of pictures, or a `.npy` file.
    pub images: String,
    /// The trial table.
    pub trials: String,
    /// The table of regions, if there is one.
    pub rois: Option<String>,
    /// Height and width that images get; as they are if not given (pictures of a folder need it).
    pub size: Option<usize>,
    /// What the numbers of an image array mean.
    pub range: PixelRange,
    /// What becomes of missing responses.
    pub nan: NanRule,
    /// Width of the images in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
}

impl PluginParams for ArraysParams {}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Arrays {
    params: ArraysParams,
}

impl Arrays {
    /// Checks that the files are named.
    ///
    /// # Errors
    /// [`Error::Data`] if one is missing.
    pub fn build(params: ArraysParams, _ctx: &Context) -> Result<Self> {
        let missing = [
            ("responses", params.responses.is_empty()),
            ("images", params.images.is_empty()),
            ("trials", params.trials.is_empty()),
        ];
        if let Some((what, _)) = missing.iter().find(|(_, missing)| *missing) {
            return Err(Error::Data {
                what: format!("arrays, {what}"),
                expected: "the name of a file".into(),
                got: "nothing".into(),
                remedy: "lab plugins explain arrays shows the form of each file".into(),
            });
        }
        Ok(Self { params })
    }

    fn subject(
        &self,
        table: &TrialTable,
        idx: usize,
        rois: Option<&Rois>,
        ctx: &Context,
    ) -> Result<Subject> {
        let path = Path::new(&self.params.responses[idx]);
        let id = &table.subjects[idx];
        let (shape, mut values) = responses(path, ctx.headers_only())?;
        let [n_trials, n_voxels] = shape[..] else {
            return Err(file_error(
                path,
                "",
                "[n_trials, n_voxels]",
                format!("{shape:?}"),
                "save a matrix, trials as rows",
            ));
        };
        let trials = table.trials_of(id);
        if trials.len() != n_trials {
            let turned = if trials.len() == n_voxels {
                "transpose it: trials are rows"
            } else {
                "list every row in the trial table"
            };
            let expected = format!(
                "{} rows, as the trial table has for subject {id}",
                trials.len()
            );
            return Err(file_error(
                path,
                "",
                expected,
                format!("{n_trials} rows of {n_voxels} voxels"),
                turned,
            ));
        }
        let voxels = match rois {
            Some(rois) => rois.voxels_of(id, n_voxels)?,
            None => Voxels {
                roi_names: vec!["all".into()],
                roi: vec![0; n_voxels],
                xyz: None,
                noise_ceiling: None,
            },
        };
        let keep = drop_missing(&mut values, n_voxels, self.params.nan, path, id)?;
        Ok(Subject {
            id: id.clone(),
            responses: Tensor::from_vec(values, (n_trials, keep.len()), ctx.device())?,
            trials,
            voxels: Voxels {
                roi: keep.iter().map(|&voxel| voxels.roi[voxel]).collect(),
                xyz: voxels
                    .xyz
                    .map(|xyz| keep.iter().map(|&voxel| xyz[voxel]).collect()),
                ..voxels
            },
        })
    }
}

impl Dataset for Arrays {
    fn files(&self) -> Vec<PathBuf> {
        let params = &self.params;
        let named = params
            .responses
            .iter()
            .chain([&params.images, &params.trials])
            .chain(&params.rois);
        named.map(PathBuf::from).collect()
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let images = Images::read(
            Path::new(&self.params.images),
            self.params.size,
            self.params.range,
            ctx.headers_only(),
        )?;
        let table = TrialTable::read(
            Path::new(&self.params.trials),
            &images,
            self.params.responses.len(),
        )?;
        let rois = self
            .params
            .rois
            .as_ref()
            .map(|path| Rois::read(Path::new(path)))
            .transpose()?;
        let subjects =
            (0..table.subjects.len()).map(|idx| self.subject(&table, idx, rois.as_ref(), ctx));
        let subjects: Vec<Subject> = subjects.collect::<Result<_>>()?;
        let mut notes = Vec::new();
        for (subject, file) in subjects.iter().zip(&self.params.responses) {
            let n_stored = responses(Path::new(file), true)?.0[1];
            notes.extend(missing::note(&subject.id, n_stored, subject.n_voxels()));
        }
        if table.n_unlabelled > 0 {
            notes.push(format!(
                "The trial table gives no class to {} of {} images, which nobody saw; classes are left out.",
                table.n_unlabelled,
                images.n_images()
            ));
        }
        let mut stimuli = images.stimuli(table.split.clone(), table.labels.clone())?;
        stimuli.field_of_view_deg = self.params.field_of_view_deg;
        let name = if self.params.name.is_empty() {
            folder_name(&self.params.trials)
        } else {
            self.params.name.clone()
        };
        Ok(Recording {
            name,
            stimuli,
            subjects,
            simulated: None,
            notes,
        })
    }
}

/// Shape and values; with `headers` the values of a `.npy` file are zeros that nobody has read.
fn responses(path: &Path, headers: bool) -> Result<(Vec<usize>, Vec<f32>)> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("npy") if headers => {
            let shape = npy::open(path)?.shape;
            let n_values = shape.iter().product();
            Ok((shape, vec![0.0; n_values]))
        }
        Some("npy") => npy::read(path),
        Some("csv") => table::matrix(path),
        _ => Err(file_error(
            path,
            "",
            "a file that ends in .npy or .csv",
            "another ending",
            "save it as one of these",
        )),
    }
}

fn folder_name(path: &str) -> String {
    let folder = Path::new(path).parent().and_then(Path::file_name);
    folder.map_or_else(
        || "arrays".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

lab_core::register! {
    Dataset "arrays" => Arrays, ArraysParams;
    summary: "Your own data: responses as .npy or .csv, images as a folder or .npy, and a table of trials",
    equation: "trials: subject, run, image, repeat, split (train | test), optionally class; rois: subject, voxel, roi, optionally x, y, z",
    source: "one line of the trial table a row of responses, subject by subject; images and voxels count from 0",
    parity: "numpy",
}
