//! The trials of one subject.

use std::collections::BTreeMap;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::{Split, Subject, Trial, Voxels};

use super::ids::StimulusId;
use super::{GodParams, GodTest, Scaling};
use crate::missing::{self, drop_missing};
use lab_formats::bdata::BData;
use lab_formats::file_error;

/// Regions of the release; some share voxels. What lies in none of them is called other.
const REGIONS: [&str; 9] = ["V1", "V2", "V3", "V4", "LOC", "FFA", "PPA", "LVC", "HVC"];

/// What `DataType` says.
const TRAINING: i64 = 1;
const SEEN: i64 = 2;
const IMAGERY: i64 = 3;
/// A whole number of a file is one to within this.
const WHOLE: f64 = 1e-6;

/// What was shown on each trial that takes part.
pub(super) struct Presented {
    /// Row of the table.
    rows: Vec<usize>,
    ids: Vec<StimulusId>,
    splits: Vec<Split>,
    runs: Vec<u32>,
}

impl Presented {
    /// Every image with its set.
    pub(super) fn images(&self) -> impl Iterator<Item = (StimulusId, Split)> {
        self.ids.iter().copied().zip(self.splits.iter().copied())
    }
}

/// Reads the label columns of a table.
///
/// # Errors
/// Fails if a column is missing or its numbers are none of what they should be.
pub(super) fn presented(file: &BData, test: GodTest) -> Result<Presented> {
    let kinds = label(file, "DataType")?;
    let ids = id_column(file, &kinds)?;
    let runs = runs(file, &kinds)?;
    let mut found = Presented {
        rows: Vec::new(),
        ids: Vec::new(),
        splits: Vec::new(),
        runs: Vec::new(),
    };
    let of_category = categories(file, &kinds, &ids, test)?;
    for row in 0..file.n_samples {
        // A number between two kinds is none: it would be rounded to one of them in silence.
        let kind = if (kinds[row] - kinds[row].round()).abs() < WHOLE {
            kinds[row].round() as i64
        } else {
            0
        };
        let split = match (kind, test) {
            (TRAINING, _) => Split::Train,
            (SEEN, GodTest::Seen) | (IMAGERY, GodTest::Imagery) => Split::Test,
            (SEEN | IMAGERY, _) => continue,
            _ => {
                let expected = "1 (training), 2 (test) or 3 (imagery)";
                let got = format!("{} in row {row}", kinds[row]);
                let remedy = "take the file of the release";
                return Err(file_error(file.path(), "DataType", expected, got, remedy));
            }
        };
        let wrong = |expected: &str| {
            let got = format!("{} in row {row}", ids[row]);
            let remedy = "take the file of the release";
            file_error(file.path(), "stimulus_id", expected, got, remedy)
        };
        let id = StimulusId::of(ids[row]).ok_or_else(|| wrong("an id such as 1518878.005958"))?;
        if kind != IMAGERY && id.image == 0 {
            return Err(imagined(file, kinds[row], ids[row], row));
        }
        let id = if kind == IMAGERY {
            *of_category
                .get(&id.synset)
                .ok_or_else(|| wrong("a category that a test image has"))?
        } else {
            id
        };
        found.rows.push(row);
        found.ids.push(id);
        found.splits.push(split);
        found.runs.push(runs[row]);
    }
    Ok(found)
}

/// The id of a category without a picture in a row of pictures: nothing may be fitted on what was imagined, or tested as seen.
fn imagined(file: &BData, kind: f64, id: f64, row: usize) -> lab_core::Error {
    file_error(
        file.path(),
        "stimulus_id",
        "the id of a picture, such as 1518878.005958, in rows of DataType 1 (training) and 2 (test)",
        format!(
            "{id} in row {row} of DataType {kind}, which names no picture, as rows of imagery do"
        ),
        "mark rows of imagery by DataType 3, or take the file of the release",
    )
}

/// The test image of each category, which stands for it where it is imagined: imagery has the number of a category.
fn categories(
    file: &BData,
    kinds: &[f64],
    ids: &[f64],
    test: GodTest,
) -> Result<BTreeMap<u32, StimulusId>> {
    let mut of_category: BTreeMap<u32, StimulusId> = BTreeMap::new();
    for (kind, &id) in kinds.iter().zip(ids) {
        if *kind as i64 != SEEN {
            continue;
        }
        let Some(id) = StimulusId::of(id) else {
            continue;
        };
        let before = of_category.insert(id.synset, id);
        if let Some(before) = before.filter(|&before| before != id && test == GodTest::Imagery) {
            let expected = "one test image of each imagined category";
            let got = format!("{} and {}", before.name(), id.name());
            let remedy = "say test: Seen";
            return Err(file_error(
                file.path(),
                "stimulus_id",
                expected,
                got,
                remedy,
            ));
        }
    }
    Ok(of_category)
}

/// The run of each row. Runs are counted anew in each session, and in training, test and imagery: a run is all three.
fn runs(file: &BData, kinds: &[f64]) -> Result<Vec<u32>> {
    let optional = |key: &str| {
        let some = !file.columns(key).is_empty();
        some.then(|| label(file, key)).transpose()
    };
    let (session, run) = (optional("Session")?, optional("Run")?);
    if session.is_none() && run.is_none() {
        // Neither is there: the error names the keys that are.
        label(file, "Run")?;
    }
    let number = |column: &Option<Vec<f64>>, row: usize| {
        let value = column.as_ref().map_or(0.0, |column| column[row]);
        (value.is_finite()).then_some(value.round() as i64)
    };
    let mut keys = Vec::with_capacity(kinds.len());
    for (row, kind) in kinds.iter().enumerate() {
        let (Some(session), Some(run)) = (number(&session, row), number(&run, row)) else {
            let expected = "a session and a run for each row";
            let got = format!("no number in row {row}");
            let remedy = "take the file of the release";
            return Err(file_error(file.path(), "Run", expected, got, remedy));
        };
        keys.push((*kind as i64, session, run));
    }
    let mut known = keys.clone();
    known.sort_unstable();
    known.dedup();
    let place = |key| known.binary_search(key).unwrap_or(0) as u32;
    Ok(keys.iter().map(place).collect())
}

/// The numbers of one label column.
fn label(file: &BData, key: &str) -> Result<Vec<f64>> {
    match file.columns(key).as_slice() {
        [column] => Ok(file.read_columns(&[*column])?.remove(0)),
        columns => {
            let expected = format!("one column marked by the key {key}");
            let got = format!(
                "{} columns; keys: {}",
                columns.len(),
                file.keys().join(", ")
            );
            let remedy = "take the file of the release";
            Err(file_error(file.path(), key, expected, got, remedy))
        }
    }
}

/// The column of ids: `stimulus_id` in files since 2019, else the one `Label` column, or the one of several that holds
/// ids; positions differ between releases.
fn id_column(file: &BData, kinds: &[f64]) -> Result<Vec<f64>> {
    if !file.columns("stimulus_id").is_empty() {
        return label(file, "stimulus_id");
    }
    let holds_ids = |column: &Vec<f64>| {
        let training = column
            .iter()
            .zip(kinds)
            .filter(|(_, kind)| **kind as i64 == TRAINING);
        let mut ids = training.map(|(&id, _)| StimulusId::of(id)).peekable();
        ids.peek().is_some() && ids.all(|id| id.is_some_and(|id| id.image > 0))
    };
    let mut columns = file.read_columns(&file.columns("Label"))?;
    columns.retain(holds_ids);
    match columns.len() {
        1 => Ok(columns.remove(0)),
        n => {
            let expected = "one column stimulus_id or Label that holds ids such as 1518878.005958";
            let got = format!("{n} of them; keys: {}", file.keys().join(", "));
            let remedy = "take the file of the release";
            Err(file_error(
                file.path(),
                "stimulus_id",
                expected,
                got,
                remedy,
            ))
        }
    }
}

/// The trials of one subject, and a note on voxels that were left out.
///
/// # Errors
/// Fails if the voxels' key is missing or the table is damaged.
pub(super) fn read(
    id: &str,
    file: &BData,
    presented: &Presented,
    order: &BTreeMap<StimulusId, usize>,
    params: &GodParams,
    ctx: &Context,
) -> Result<(Subject, Option<String>)> {
    let columns = file.columns(&params.voxels);
    if columns.is_empty() {
        let expected = format!("voxels marked by the key {}", params.voxels);
        let got = format!("none; keys: {}", file.keys().join(", "));
        let remedy = "say voxels: \"VoxelData\", or another key";
        return Err(file_error(
            file.path(),
            &params.voxels,
            expected,
            got,
            remedy,
        ));
    }
    let mut values = file.read_rows(&columns, &presented.rows)?;
    let keep = drop_missing(&mut values, columns.len(), params.nan, file.path(), id)?;
    if params.scaling == Scaling::Run {
        zscore_runs(&mut values, keep.len(), presented);
    }
    let kept: Vec<usize> = keep.iter().map(|&voxel| columns[voxel]).collect();
    let mut shown: BTreeMap<usize, u32> = BTreeMap::new();
    let trials: Vec<Trial> = presented
        .ids
        .iter()
        .zip(&presented.runs)
        .map(|(id, &run)| {
            let image_idx = order.get(id).copied().unwrap_or(0);
            let repeat = shown.entry(image_idx).or_insert(0);
            *repeat += 1;
            Trial {
                image_idx,
                run,
                repeat: *repeat - 1,
            }
        })
        .collect();
    let subject = Subject {
        id: id.to_owned(),
        responses: Tensor::from_vec(values, (trials.len(), kept.len()), ctx.device())?,
        trials,
        voxels: voxels(file, &kept),
    };
    Ok((subject, missing::note(id, columns.len(), keep.len())))
}

fn voxels(file: &BData, columns: &[usize]) -> Voxels {
    let mut roi: Vec<Vec<u16>> = vec![Vec::new(); columns.len()];
    for (idx, region) in REGIONS.iter().enumerate() {
        let members = file.columns(&format!("ROI_{region}"));
        for (roi, column) in roi.iter_mut().zip(columns) {
            if members.binary_search(column).is_ok() {
                roi.push(idx as u16);
            }
        }
    }
    for of in roi.iter_mut().filter(|of| of.is_empty()) {
        of.push(REGIONS.len() as u16);
    }
    let axes = ["voxel_x", "voxel_y", "voxel_z"].map(|key| file.values(key));
    let xyz = if let [Some(x), Some(y), Some(z)] = axes {
        let at = |&column: &usize| [x, y, z].map(|axis| axis[column] as f32);
        let xyz: Vec<[f32; 3]> = columns.iter().map(at).collect();
        xyz.iter()
            .flatten()
            .all(|number| number.is_finite())
            .then_some(xyz)
    } else {
        None
    };
    Voxels {
        roi_names: REGIONS
            .iter()
            .chain(&["other"])
            .map(|&name| name.to_owned())
            .collect(),
        roi,
        xyz,
        noise_ceiling: None,
        noiseless: None,
    }
}

/// Mean 0 and standard deviation 1 within each run, voxel by voxel; within a run a constant voxel is only centred.
fn zscore_runs(values: &mut [f32], n_voxels: usize, presented: &Presented) {
    let mut rows_of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, &run) in presented.runs.iter().enumerate() {
        rows_of.entry(run).or_default().push(row);
    }
    for rows in rows_of.values() {
        let n = rows.len() as f64;
        for voxel in 0..n_voxels {
            let at = |row: &usize| row * n_voxels + voxel;
            let mean = rows
                .iter()
                .map(|row| f64::from(values[at(row)]))
                .sum::<f64>()
                / n;
            let squares = rows
                .iter()
                .map(|row| (f64::from(values[at(row)]) - mean).powi(2))
                .sum::<f64>();
            let sd = (squares / n).sqrt();
            let sd = if sd > 0.0 { sd } else { 1.0 };
            for row in rows {
                let value = &mut values[row * n_voxels + voxel];
                *value = ((f64::from(*value) - mean) / sd) as f32;
            }
        }
    }
}
