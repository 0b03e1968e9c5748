//! The user's own data: one matrix of responses a subject, images, and a table of trials.
//!
//! | file | form |
//! |---|---|
//! | responses | `.npy`, or `.csv` or `.tsv` without a header, `[n_trials, n_voxels]`, one a subject |
//! | images | a folder of pictures, `2.png` before `10.png`, or `.npy` `[n_images, height, width]`, with a 3 beside them for colours |
//! | trials | a table with the columns `subject, run, image, repeat, split` and, if known, `class` and `session` |
//! | rois | a table with the columns `subject, voxel, roi` and, if known, `x, y, z` in millimetres |
//!
//! Lines of the trial table stand in the order of the rows, subject by subject; `image` is an index from 0 or the name of
//! a picture; `split` is `train` or `test`, the same for all trials of an image. An empty class, or `n/a`, is none.
//! Where there is a column `session`, a run is a session and a run.
//! Voxels count from 0. A voxel on several lines of `rois` lies in each of their regions.
//! Files of responses whose names bear those of the subjects belong to them; others stand in the order of the subjects.
//! Cells of tables are separated by commas, semicolons or tabs.

mod classes;
mod find;
mod images;
mod rois;
#[cfg(test)]
mod tests;
mod trials;

use std::path::{Path, PathBuf};

use candle_core::Tensor;
use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::{Subject, Voxels};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::bearers;
use crate::corpus::natural;
use crate::missing::{self, NanRule, drop_missing};
use crate::picture_set::PixelRange;
use images::Images;
use lab_formats::container::{self, Kind};
use lab_formats::{file_error, npy, table};
use rois::Rois;
use trials::TrialTable;

/// Parameters of `arrays`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArraysParams {
    /// Name for headings; the folder of the first file if empty.
    pub name: String,
    /// One file a subject: the one whose name bears the subject's, or, if names bear none, in the order in which the trial
    /// table first names them.
    pub responses: Vec<String>,
    /// A folder of pictures, which are turned as their EXIF data say, or a `.npy` file.
    pub images: String,
    /// The trial table.
    pub trials: String,
    /// The table of regions, if there is one.
    pub rois: Option<String>,
    /// Height and width that images get, of which the centre square is taken; as they are if not given (pictures of a
    /// folder need it).
    pub size: Option<usize>,
    /// What the numbers of an image array mean.
    pub range: PixelRange,
    /// What becomes of missing responses.
    pub nan: NanRule,
    /// Width of the images in degrees of visual angle, if known.
    pub field_of_view_deg: Option<f64>,
}

impl PluginParams for ArraysParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[
            include_str!("mod.rs"),
            include_str!("../missing.rs"),
            include_str!("../picture_set.rs"),
        ],
        &[
            ("size", Range::SIDE),
            ("field_of_view_deg", Range::DEGREES),
        ],
    );
}

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

    /// What is to be said where only the order ties files to subjects; a warning if that order is not the usual one.
    fn tied_by_order(&self, subjects: &[String], ctx: &Context) -> Option<String> {
        let files = &self.params.responses;
        if subjects.len() < 2 || !bearers::bear_none(files, subjects) {
            return None;
        }
        let pairs = files.iter().zip(subjects);
        let pairs: Vec<String> = pairs
            .map(|(file, id)| format!("'{file}' is {id}"))
            .collect();
        let text = format!(
            "Files of responses bear no names of subjects and were taken in the order in which the trial table first names \
             these: {}.",
            pairs.join(", ")
        );
        if !subjects.is_sorted_by(|a, b| natural(a, b).is_le()) {
            ctx.warn(&text);
        }
        Some(text)
    }

    fn subject(
        &self,
        table: &TrialTable,
        (idx, file): (usize, &str),
        rois: Option<&Rois>,
        ctx: &Context,
    ) -> Result<(Subject, Option<String>)> {
        let path = Path::new(file);
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
            let turned = if trials.len() + 1 == n_trials && numbers_columns(&values, n_voxels) {
                "leave out the first line, which numbers the columns, and the column that numbers the rows, if there is one"
            } else if trials.len() == n_voxels {
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
        refuse_row_numbers(path, &values, n_voxels)?;
        let voxels = match rois {
            Some(rois) => rois.voxels_of(id, n_voxels)?,
            None => Voxels {
                roi_names: vec!["all".into()],
                roi: vec![vec![0]; n_voxels],
                xyz: None,
                noise_ceiling: None,
                noiseless: None,
            },
        };
        let keep = drop_missing(&mut values, n_voxels, self.params.nan, path, id)?;
        let note = missing::note(id, n_voxels, keep.len());
        let subject = Subject {
            id: id.clone(),
            responses: Tensor::from_vec(values, (n_trials, keep.len()), ctx.device())?,
            trials,
            voxels: Voxels {
                roi: keep
                    .iter()
                    .map(|&voxel| voxels.roi[voxel].clone())
                    .collect(),
                xyz: voxels
                    .xyz
                    .map(|xyz| keep.iter().map(|&voxel| xyz[voxel]).collect()),
                ..voxels
            },
        };
        Ok((subject, note))
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
            ctx,
        )?;
        let files = &self.params.responses;
        let trials = Path::new(&self.params.trials);
        let table = TrialTable::read(trials, &images.names, files.len())?;
        let rois = self
            .params
            .rois
            .as_ref()
            .map(|path| Rois::read(Path::new(path)))
            .transpose()?;
        let mut notes = images.notes();
        notes.extend(table.notes.iter().cloned());
        let places = bearers::tied(files, &table.subjects)?;
        notes.extend(self.tied_by_order(&table.subjects, ctx));
        let mut subjects = Vec::with_capacity(files.len());
        for (idx, &place) in places.iter().enumerate() {
            let named = (idx, files[place].as_str());
            let (subject, note) = self.subject(&table, named, rois.as_ref(), ctx)?;
            subjects.push(subject);
            notes.extend(note);
            if place != idx {
                notes.push(format!(
                    "'{}' holds subject {}, by its name.",
                    named.1, table.subjects[idx]
                ));
            }
        }
        let unknown = rois.map_or(Vec::new(), |rois| rois.unknown(&table.subjects));
        if !unknown.is_empty() {
            notes.push(format!(
                "The table of regions names {}, of whom there are no trials.",
                unknown.join(", ")
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
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_lowercase).as_deref() {
        Some("npy") if headers => {
            let shape = npy::open(path)?.shape;
            let n_values = shape.iter().product();
            Ok((shape, vec![0.0; n_values]))
        }
        Some("npy") => npy::read(path),
        Some("csv" | "tsv") => table::matrix(path),
        _ => {
            let got = content(container::sniff(path)?);
            let expected = "a file that ends in .npy, .csv or .tsv";
            let remedy = "save one matrix, in Python with numpy.save(\"S1.npy\", responses)";
            Err(file_error(path, "", expected, got, remedy))
        }
    }
}

/// Whether a number is this whole one, to the bit.
fn is(value: f32, whole: usize) -> bool {
    value.to_bits() == (whole as f32).to_bits()
}

/// Whether the first row numbers the columns from 0, with or without a cell for the rows' own numbers before them.
fn numbers_columns(values: &[f32], n_voxels: usize) -> bool {
    let counts = |row: &[f32]| row.iter().enumerate().all(|(at, &value)| is(value, at));
    let first = values.get(..n_voxels);
    first.is_some_and(|row| n_voxels > 1 && (counts(row) || counts(&row[1..])))
}

/// Programs write the numbers of the rows before the rows of a table; as a voxel they would follow the trials.
fn refuse_row_numbers(path: &Path, values: &[f32], n_voxels: usize) -> Result<()> {
    // So many that no measurement looks so.
    const ROWS: usize = 10;
    let is_text = path
        .extension()
        .is_some_and(|ending| !ending.eq_ignore_ascii_case("npy"));
    let first = values.iter().step_by(n_voxels.max(1)).enumerate();
    let counts = |from: usize| first.clone().all(|(row, &value)| is(value, row + from));
    if is_text && first.len() >= ROWS && (counts(0) || counts(1)) {
        let got = "the numbers of the rows in the first column";
        let remedy = "leave that column out, in Python with to_csv(…, index=False, header=False)";
        return Err(file_error(path, "", "a voxel in each column", got, remedy));
    }
    Ok(())
}

/// What a file is by its first bytes.
fn content(kind: Kind) -> &'static str {
    match kind {
        Kind::Npy => "an array of NumPy's under another ending",
        Kind::Zip => "an archive, such as numpy.savez and spreadsheets write",
        Kind::Hdf5 => "an HDF5 or MATLAB file",
        Kind::Pickle => "a pickle",
        Kind::Nifti => "a NIfTI volume",
        _ => "another file",
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
