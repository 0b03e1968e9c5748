//! Encoded: what an encoding model, fitted on training rows, says of images instead of a brain.

use candle_core::{DType, Tensor};
use lab_core::context::Context;
use lab_core::pyramid::Pyramid;
use lab_core::recording::{Repeats, Split, SubjectResponses, used_regions};
use lab_core::{Error, Result};
use lab_score::Rows;
use lab_score::noise::encoding::{Encoded, encode};

use super::load::Data;
use super::taken::voxels_taken;
use crate::scoring::rows;

/// The pyramid of energies, as the observer `gabor` has it: Kay et al. (2008) without the finest level.
const FREQUENCIES: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
const N_ORIENTATIONS: usize = 8;
const ENVELOPE: f64 = 0.4;
/// Places of mean light along a side: energies do not tell light from dark, and voxels may.
const N_PLACES: usize = 8;
/// Images turned into features at a time.
const CHUNK: usize = 512;

/// What the model says of one subject.
pub(super) struct OfSubject {
    /// Responses to the training images, of the voxels that take part: `[n_train, n_voxels]`.
    pub(super) train: SubjectResponses,
    /// The same to the test images.
    pub(super) test: SubjectResponses,
    /// The columns of the voxels that take part.
    pub(super) voxels: Vec<usize>,
    /// For each of these, how well images left out of the fit are predicted.
    pub(super) left_out: Vec<f64>,
}

/// What encoding models say of every subject, or the subject of whom none can say anything.
pub(super) enum Found {
    /// All subjects, in their order.
    All(Vec<OfSubject>),
    /// The name of a subject, no voxel of whom is predicted.
    NoVoxelOf(String),
}

/// Fits a model to each subject's averages over the repeats of training images.
pub(super) fn encoded(ctx: &Context, data: &Data) -> Result<Found> {
    let (train, test) = features(data)?;
    let averages = data.recording.samples(Split::Train, Repeats::Average)?;
    let pictures = data.train_pictures();
    let mut all = Vec::new();
    for subject in &averages.subjects {
        ctx.check_cancelled()?;
        let responses = rows(&subject.values.to_dtype(DType::F32)?)?;
        let model = encode(&train, &test, &responses, pictures.as_deref(), ctx.seed())
            .map_err(|error| Error::plugin("encoding model", error))?;
        let predicted = model.predicted();
        if predicted.is_empty() {
            return Ok(Found::NoVoxelOf(subject.id.clone()));
        }
        all.push(of_subject(subject, model, predicted)?);
    }
    Ok(Found::All(all))
}

fn of_subject(
    subject: &SubjectResponses,
    model: Encoded,
    predicted: Vec<usize>,
) -> Result<OfSubject> {
    let voxels = with_every_region(subject, &model, predicted);
    let left_out = voxels.iter().map(|&voxel| model.left_out[voxel]);
    let left_out = left_out.collect();
    let cut = |predictions: Rows| {
        let shape = (predictions.n_rows(), predictions.n_columns);
        let values = Tensor::from_vec(predictions.values, shape, subject.values.device())?;
        let all = SubjectResponses {
            values: values.to_dtype(DType::F64)?,
            ..subject.clone()
        };
        voxels_taken(&all, &voxels)
    };
    Ok(OfSubject {
        train: cut(model.train)?,
        test: cut(model.test)?,
        left_out,
        voxels,
    })
}

/// The predicted voxels, and the best of each region that would be left without one: alignments by region need all of them.
fn with_every_region(
    subject: &SubjectResponses,
    model: &Encoded,
    mut voxels: Vec<usize>,
) -> Vec<usize> {
    for region in used_regions(&subject.roi) {
        let is_in = |voxel: &usize| subject.roi[*voxel].contains(&region);
        if voxels.iter().any(is_in) {
            continue;
        }
        let of_region = (0..subject.roi.len()).filter(is_in);
        let best = of_region.max_by(|&a, &b| model.left_out[a].total_cmp(&model.left_out[b]));
        voxels.extend(best);
    }
    voxels.sort_unstable();
    voxels
}

/// Features of both sets: `ln(1 + e/ē)` of the pyramid's energies, `ē` their means over training images, and mean light at
/// places of a grid.
fn features(data: &Data) -> Result<(Rows, Rows)> {
    let (mut train, mut test) = (energies(&data.train_images)?, energies(&data.test_images)?);
    compress(&mut train, &mut test);
    Ok((
        beside(&train, &light(&data.train_images)?),
        beside(&test, &light(&data.test_images)?),
    ))
}

fn energies(images: &Tensor) -> Result<Rows> {
    let pyramid = Pyramid {
        frequencies: FREQUENCIES.to_vec(),
        n_orientations: N_ORIENTATIONS,
        envelope: ENVELOPE,
    };
    let n_images = images.dim(0)?;
    let mut values = Vec::new();
    for start in (0..n_images).step_by(CHUNK) {
        let chunk = images.narrow(0, start, CHUNK.min(n_images - start))?;
        let energies = pyramid.energies(&chunk.mean_keepdim(1)?)?;
        values.extend(
            energies
                .to_dtype(DType::F32)?
                .flatten_all()?
                .to_vec1::<f32>()?,
        );
    }
    Ok(Rows {
        n_columns: pyramid.channels().len(),
        values,
    })
}

fn compress(train: &mut Rows, test: &mut Rows) {
    let n_columns = train.n_columns;
    let n_train = train.n_rows().max(1) as f64;
    let mut means = vec![0.0; n_columns];
    for row in train.values.chunks(n_columns) {
        for (mean, &energy) in means.iter_mut().zip(row) {
            *mean += f64::from(energy) / n_train;
        }
    }
    for row in [train, test]
        .into_iter()
        .flat_map(|of| of.values.chunks_mut(n_columns))
    {
        for (energy, mean) in row.iter_mut().zip(&means) {
            *energy = if *mean > 0.0 {
                (f64::from(*energy) / mean).ln_1p() as f32
            } else {
                0.0
            };
        }
    }
}

/// Mean of the pixels at each place: `[n_images, N_PLACES²]`, or one column a pixel where images are smaller.
fn light(images: &Tensor) -> Result<Rows> {
    let images = images.mean_keepdim(1)?;
    let (_, _, height, width) = images.dims4()?;
    let cuts = |size: usize| -> Vec<(usize, usize)> {
        let n = N_PLACES.min(size);
        (0..n)
            .map(|place| (place * size / n, (place + 1) * size / n))
            .collect()
    };
    let mut columns = Vec::new();
    for &(top, bottom) in &cuts(height) {
        for &(left, right) in &cuts(width) {
            let part = images.narrow(2, top, bottom - top)?;
            let part = part.narrow(3, left, right - left)?;
            columns.push(part.contiguous()?.flatten_from(1)?.mean_keepdim(1)?);
        }
    }
    rows(&Tensor::cat(&columns, 1)?)
}

/// The columns of both, side by side.
fn beside(left: &Rows, right: &Rows) -> Rows {
    let pairs = left.values.chunks(left.n_columns);
    let pairs = pairs.zip(right.values.chunks(right.n_columns));
    Rows {
        n_columns: left.n_columns + right.n_columns,
        values: pairs
            .flat_map(|(left, right)| [left, right].concat())
            .collect(),
    }
}
