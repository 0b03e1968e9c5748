//! Responses that were not measured.

use std::path::Path;

use lab_core::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use lab_formats::file_error;

/// What becomes of missing responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NanRule {
    /// A voxel with a missing response on any trial is left out.
    #[default]
    DropVoxels,
    /// A missing response is an error.
    Error,
}

/// Leaves out voxels with a missing response on any trial of `values [n_trials, n_voxels]`, in place, so that no second
/// copy is needed; the voxels that are kept. Missing data say nothing about a stimulus: training and test trials count
/// alike.
///
/// # Errors
/// Fails if the rule is [`NanRule::Error`] and a response is missing, or if no voxel is left.
pub(crate) fn drop_missing(
    values: &mut Vec<f32>,
    n_voxels: usize,
    rule: NanRule,
    path: &Path,
    subject: &str,
) -> Result<Vec<usize>> {
    let Some(first) = values.iter().position(|value| !value.is_finite()) else {
        return Ok((0..n_voxels).collect());
    };
    let is_whole = |voxel: &usize| {
        values
            .iter()
            .skip(*voxel)
            .step_by(n_voxels)
            .all(|value| value.is_finite())
    };
    let keep: Vec<usize> = (0..n_voxels).into_par_iter().filter(is_whole).collect();
    if rule == NanRule::Error || keep.is_empty() {
        let got = format!(
            "{} at trial {}, voxel {} (subject {subject})",
            values[first],
            first / n_voxels,
            first % n_voxels
        );
        let remedy = if keep.is_empty() {
            "every voxel has a missing value: impute them"
        } else {
            "impute it, or say nan: DropVoxels"
        };
        return Err(file_error(path, "", "finite numbers", got, remedy));
    }
    let n_trials = values.len() / n_voxels;
    for trial in 0..n_trials {
        for (place, voxel) in keep.iter().enumerate() {
            values[trial * keep.len() + place] = values[trial * n_voxels + voxel];
        }
    }
    values.truncate(n_trials * keep.len());
    values.shrink_to_fit();
    Ok(keep)
}

/// A sentence on what was left out; none if nothing was.
pub(crate) fn note(subject: &str, n_stored: usize, n_kept: usize) -> Option<String> {
    (n_kept < n_stored).then(|| {
        let n = n_stored - n_kept;
        format!("{n} of {n_stored} voxels of {subject} have missing responses and were left out.")
    })
}
