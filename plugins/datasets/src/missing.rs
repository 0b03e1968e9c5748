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
    /// A voxel without any response is left out, and every other missing response is 0: the authors' code of 2017.
    Zero,
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
        let mut of_voxel = values.iter().skip(*voxel).step_by(n_voxels);
        if rule == NanRule::Zero {
            of_voxel.any(|value| value.is_finite())
        } else {
            of_voxel.all(|value| value.is_finite())
        }
    };
    let keep: Vec<usize> = (0..n_voxels).into_par_iter().filter(is_whole).collect();
    if rule == NanRule::Error || keep.is_empty() {
        let got = format!(
            "{} at trial {}, voxel {} (subject {subject})",
            values[first],
            first / n_voxels,
            first % n_voxels
        );
        let trial = values
            .chunks(n_voxels)
            .position(|trial| trial.iter().all(|value| !value.is_finite()));
        if let Some(trial) = trial {
            let got = format!("none at trial {trial}, counted from 0 (subject {subject})");
            let remedy = "leave that trial out, here and in the table of trials";
            return Err(file_error(
                path,
                "",
                "finite numbers in every trial",
                got,
                remedy,
            ));
        }
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
            let value = values[trial * n_voxels + voxel];
            values[trial * keep.len() + place] = if value.is_finite() { value } else { 0.0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Three trials of three voxels: whole, missing once, missing throughout.
    #[test]
    fn missing_responses_are_left_out_or_zero() {
        let nan = f32::NAN;
        let stored = [1.0, 2.0, nan, 3.0, nan, nan, 5.0, 6.0, nan];
        let dropped = |rule| {
            let mut values = stored.to_vec();
            let kept = drop_missing(&mut values, 3, rule, Path::new("x"), "S1");
            kept.map(|kept| (kept, values))
        };
        let (kept, values) = dropped(NanRule::DropVoxels).unwrap();
        assert_eq!((kept, values), (vec![0], vec![1.0, 3.0, 5.0]));
        let (kept, values) = dropped(NanRule::Zero).unwrap();
        assert_eq!(kept, [0, 1]);
        assert_eq!(values, [1.0, 2.0, 3.0, 0.0, 5.0, 6.0]);
        assert!(dropped(NanRule::Error).is_err());
        let mut values = vec![1.0, 2.0, nan, nan, 3.0, 4.0];
        let error = drop_missing(&mut values, 2, NanRule::DropVoxels, Path::new("x"), "S1");
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("trial 1") && error.contains("leave that trial out"),
            "{error}"
        );
    }
}
