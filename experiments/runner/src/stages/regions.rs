//! Regions: what each of them alone can tell, and which voxels a reconstruction comes from.

use candle_core::{DType, Tensor};
use lab_core::Result;
use lab_core::recording::{SubjectResponses, in_region, used_regions};
use lab_score::Rows;
use lab_score::information::{Carried, carried};
use lab_score::noise::quantiles;
use lab_score::record::{Condition, PatternRow};

use super::align::averaged;
use super::baselines::{ridge, unaligned};
use super::basis::Basis;
use super::images::Images;
use super::load::Data;
use super::taken::voxels_taken;
use crate::scoring::rows;

/// The name of every region in which each subject has a voxel, in the order of the first subject; none if there is only one.
pub(crate) fn regions(data: &Data) -> Vec<String> {
    let has = |subject: &SubjectResponses, name: &String| voxels_of(subject, name).is_some();
    let Some(first) = data.train.subjects.first() else {
        return Vec::new();
    };
    let used = used_regions(&first.roi).into_iter();
    let names = used.filter_map(|region| first.roi_names.get(usize::from(region)));
    let all: Vec<String> = names
        .filter(|name| data.train.subjects.iter().all(|subject| has(subject, name)))
        .cloned()
        .collect();
    if all.len() > 1 { all } else { Vec::new() }
}

/// The stage of the alignment of a region.
pub(crate) fn role(region: &str) -> String {
    Condition::Region(region.to_owned()).name()
}

/// Rows of both sets, with the voxels of one region alone.
pub(crate) fn of_region(
    data: &Data,
    region: &str,
) -> Result<(Vec<SubjectResponses>, Vec<SubjectResponses>)> {
    let cut = |subjects: &[SubjectResponses]| -> Result<Vec<SubjectResponses>> {
        subjects
            .iter()
            .map(|subject| {
                let voxels = voxels_of(subject, region).unwrap_or_default();
                voxels_taken(subject, &voxels)
            })
            .collect()
    };
    Ok((cut(&data.train.subjects)?, cut(&data.test.subjects)?))
}

/// Ridge regression to pixels from each region of all subjects.
pub(super) fn alone(basis: Basis<'_>) -> Result<Vec<Images>> {
    let decode = |region: String| {
        let (train, test) = of_region(basis.data, &region)?;
        let aligned = unaligned(basis, &role(&region), (&train, &test))?;
        let images = ridge(basis, &aligned, Condition::Region(region))?;
        Ok(Images {
            thorough: false,
            alignment: Some(aligned.stage),
            ..images
        })
    };
    regions(basis.data).into_iter().map(decode).collect()
}

/// What the voxels of one subject have to do with the predictions on the training rows.
pub(crate) struct SubjectPatterns {
    /// The subject's name.
    pub(crate) id: String,
    /// Patterns and shares of its voxels.
    pub(crate) carried: Carried,
    /// The same by region.
    pub(crate) rows: Vec<PatternRow>,
}

/// The patterns of every subject, by what the decoder predicts for the training rows.
pub(crate) fn patterns(data: &Data, predictions: &Tensor) -> crate::Result<Vec<SubjectPatterns>> {
    let predictions = rows(&predictions.to_dtype(DType::F32)?)?;
    let subjects = data.train.subjects.iter();
    subjects
        .map(|subject| {
            let responses = match data.averaged_after() {
                Some(image_idx) => averaged(&subject.values, image_idx)?,
                None => subject.values.clone(),
            };
            let responses = rows(&responses.to_dtype(DType::F32)?)?;
            of_subject(subject, &responses, &predictions)
        })
        .collect()
}

fn of_subject(
    subject: &SubjectResponses,
    responses: &Rows,
    predictions: &Rows,
) -> crate::Result<SubjectPatterns> {
    let carried = carried(responses, predictions)?;
    let all: f64 = carried.shares.iter().sum();
    let row = |region: String, voxels: &[usize]| {
        let shares: Vec<f64> = voxels.iter().map(|&voxel| carried.shares[voxel]).collect();
        let levels = quantiles(&shares, &[0.5, 0.9]);
        let [median, ninth_decile] = levels[..] else {
            return None;
        };
        Some(PatternRow {
            subject: subject.id.clone(),
            region,
            n_voxels: voxels.len(),
            median,
            ninth_decile,
            part: if all > 0.0 {
                shares.iter().sum::<f64>() / all
            } else {
                0.0
            },
        })
    };
    let mut by_region = Vec::new();
    for region in used_regions(&subject.roi) {
        let name = subject.roi_names.get(usize::from(region));
        let voxels = in_region(&subject.roi, region);
        by_region.extend(row(name.cloned().unwrap_or_default(), &voxels));
    }
    let of_none: Vec<usize> = (0..subject.roi.len())
        .filter(|&voxel| subject.roi[voxel].is_empty())
        .collect();
    by_region.extend(row(String::new(), &of_none));
    Ok(SubjectPatterns {
        id: subject.id.clone(),
        rows: by_region,
        carried,
    })
}

fn voxels_of(subject: &SubjectResponses, region: &str) -> Option<Vec<usize>> {
    let at = subject.roi_names.iter().position(|name| name == region)?;
    let voxels = in_region(&subject.roi, u16::try_from(at).ok()?);
    (!voxels.is_empty()).then_some(voxels)
}
