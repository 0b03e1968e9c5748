//! The responses of vim-1.

use std::path::Path;

use candle_core::Tensor;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::{Split, Subject, Trial, Voxels};

use super::files::{self, SubjectFiles};
use super::rows::Rows;
use super::{Layout, Vim1Params, course, stored};
use crate::missing::{self, drop_missing};
use lab_formats::array::{Array, Fastest};
use lab_formats::container::Container;
use lab_formats::file_error;

/// Regions by their code.
const REGIONS: [&str; 8] = ["other", "V1", "V2", "V3", "V3A", "V3B", "V4", "LatOcc"];

/// One subject, and a note on voxels that were left out.
///
/// # Errors
/// Fails if a file is damaged or does not fit the images.
pub(super) fn read(
    files: &SubjectFiles,
    n_train: usize,
    n_validation: usize,
    split: &[Option<Split>],
    params: &Vim1Params,
    ctx: &Context,
) -> Result<(Subject, Option<String>)> {
    let id = &files.id;
    let single = if files.layout == Layout::SingleTrial {
        "Single"
    } else {
        ""
    };
    let names = if files.layout == Layout::Course {
        ["responses".into(), "responses_test".into()]
    } else {
        ["Trn", "Val"].map(|set| format!("data{set}{single}{id}"))
    };
    let [train, validation] = names;
    let sets = [
        (&files.train, train, n_train),
        (&files.validation, validation, n_validation),
    ];
    if files.layout == Layout::Estimated {
        refuse_absent_subject(&files.train, id)?;
    }
    let n_numbers = sets
        .iter()
        .map(|(path, variable, _)| n_numbers(path, variable))
        .sum::<Result<usize>>()?;
    // One allocation for both sets: they are kept together.
    let mut values = Vec::with_capacity(n_numbers);
    let mut trials = Vec::new();
    let (mut n_voxels, mut first_image, mut run) = (None, 0, 0);
    for (path, variable, n_images) in sets {
        let rows = if files.layout == Layout::Course {
            course::append(path, &variable, n_images, &mut values)?
        } else {
            append(path, &variable, n_images, &mut values)?
        };
        if n_voxels.is_some_and(|n_voxels| n_voxels != rows.n_voxels) {
            let expected = format!("{} voxels, as for training", n_voxels.unwrap_or(0));
            let got = format!("{} voxels", rows.n_voxels);
            let remedy = "take both files from one release";
            return Err(file_error(path, &variable, expected, got, remedy));
        }
        n_voxels = Some(rows.n_voxels);
        trials.extend(rows.order.iter().map(|&(image, repeat)| Trial {
            image_idx: first_image + image,
            run,
            repeat,
        }));
        first_image += n_images;
        run += 1;
    }
    let n_stored = n_voxels.unwrap_or(0);
    let (roi, roi_names) = if files.layout == Layout::Course {
        course::regions(&files.regions, n_stored)?
    } else {
        let roi = regions(&files.regions, id, n_stored)?;
        (roi, REGIONS.map(str::to_owned).to_vec())
    };
    let keep = drop_missing(&mut values, n_stored, params.nan, &files.train, id)?;
    drop_rows(&mut values, &mut trials, keep.len(), split);
    let subject = Subject {
        id: id.clone(),
        responses: Tensor::from_vec(values, (trials.len(), keep.len()), ctx.device())?,
        trials,
        voxels: Voxels {
            roi_names,
            roi: keep.iter().map(|&voxel| vec![roi[voxel]]).collect(),
            xyz: None,
            noise_ceiling: None,
            noiseless: None,
        },
    };
    Ok((subject, missing::note(id, n_stored, keep.len())))
}

/// A release may hold one subject alone: the error says how to ask for that one.
fn refuse_absent_subject(path: &Path, id: &str) -> Result<()> {
    let file = Container::open(path)?;
    let variable = format!("dataTrn{id}");
    if file.has(&variable) {
        return Ok(());
    }
    let is_there = |id: &&str| file.has(&format!("dataTrn{id}"));
    let there: Vec<String> = files::KNOWN
        .iter()
        .filter(|id| is_there(id))
        .map(|id| format!("\"{id}\""))
        .collect();
    let remedy = if there.is_empty() {
        "take EstimatedResponses.mat of the release".to_owned()
    } else {
        format!("say subjects: Only([{}])", there.join(", "))
    };
    let got = format!("responses of {}", there.join(" and "));
    let got = if there.is_empty() { "none".into() } else { got };
    let expected = format!("the responses of subject {id}");
    Err(file_error(path, &variable, expected, got, remedy))
}

fn n_numbers(path: &Path, variable: &str) -> Result<usize> {
    Ok(stored::shape(path, variable)?.iter().product())
}

/// Appends the rows of one set, trials as rows.
fn append(path: &Path, variable: &str, n_images: usize, out: &mut Vec<f32>) -> Result<Rows> {
    let file = Container::open(path)?;
    let start = out.len();
    let (shape, fastest) = file.append(variable, out)?;
    let wrong = |remedy: &str| {
        let expected = format!("[n_voxels, {n_images}] or [n_voxels, {n_images}, n_repeats]");
        file_error(path, variable, expected, format!("{shape:?}"), remedy)
    };
    let (n_voxels, n_trials) = match shape[..] {
        [n_voxels, n_trials] => (n_voxels, n_trials),
        [n_voxels, n, n_repeats] if n == n_images => (n_voxels, n * n_repeats),
        [n, ..] if n == n_images => return Err(wrong("transpose it: voxels come first in MATLAB")),
        _ => return Err(wrong("take responses to these images")),
    };
    if n_images == 0 || n_trials == 0 || n_trials % n_images != 0 {
        let remedy = if n_voxels == n_images {
            "transpose it: voxels come first in MATLAB"
        } else {
            "take responses to these images"
        };
        return Err(wrong(remedy));
    }
    if fastest == Fastest::Last {
        let array = Array {
            shape: shape.clone(),
            fastest,
            values: out.split_off(start),
        };
        let axes: Vec<usize> = (0..shape.len()).rev().collect();
        out.extend(array.permuted(&axes).1);
    }
    let n_repeats = n_trials / n_images;
    // With a third axis repeats follow each other in blocks of all images; without one, image by image.
    let order = (0..n_trials).map(|row| {
        if shape.len() == 3 {
            (row % n_images, (row / n_images) as u32)
        } else {
            (row / n_repeats, (row % n_repeats) as u32)
        }
    });
    Ok(Rows {
        n_voxels,
        order: order.collect(),
    })
}

fn regions(path: &Path, id: &str, n_voxels: usize) -> Result<Vec<u16>> {
    let variable = format!("roi{id}");
    let file = Container::open(path)?;
    let codes: Array<f64> = file.array(&variable)?;
    let shape = codes.shape.clone();
    let codes = codes.vector().filter(|codes| codes.len() == n_voxels);
    let Some(codes) = codes else {
        let expected = format!("a region for each of {n_voxels} voxels");
        let remedy = "take responses and regions from one release";
        return Err(file_error(
            path,
            &variable,
            expected,
            format!("{shape:?}"),
            remedy,
        ));
    };
    let region = |code: f64| {
        let known = (0..REGIONS.len()).find(|&known| (known as f64 - code).abs() < 1e-6);
        known.map(|known| known as u16).ok_or_else(|| {
            let expected = format!("codes from 0 to {}", REGIONS.len() - 1);
            file_error(
                path,
                &variable,
                expected,
                code.to_string(),
                "take the release's file",
            )
        })
    };
    codes.into_iter().map(region).collect()
}

/// Leaves out trials of images that take no part, in place.
fn drop_rows(
    values: &mut Vec<f32>,
    trials: &mut Vec<Trial>,
    n_voxels: usize,
    split: &[Option<Split>],
) {
    let keeps: Vec<bool> = trials
        .iter()
        .map(|trial| split[trial.image_idx].is_some())
        .collect();
    let mut place = 0;
    for (row, _) in keeps.iter().enumerate().filter(|(_, keeps)| **keeps) {
        values.copy_within(row * n_voxels..(row + 1) * n_voxels, place * n_voxels);
        place += 1;
    }
    values.truncate(place * n_voxels);
    let mut keeps = keeps.iter();
    trials.retain(|_| keeps.next() == Some(&true));
}
