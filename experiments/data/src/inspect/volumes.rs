//! Volumes: `NIfTI` and `FreeSurfer`'s, plain or packed by gzip.

use std::path::Path;

use lab_core::Result;

use super::{Inspection, VariableFacts};
use lab_formats::container::Kind;
use lab_formats::file_error;
use lab_formats::mgh::Mgh;
use lab_formats::nifti::Nifti;

/// Says what the volumes are.
pub(super) fn describe(path: &Path, kind: Kind, found: &mut Inspection) -> Result<()> {
    if kind == Kind::Mgh {
        return freesurfer(&Mgh::open(path)?, found);
    }
    match (Nifti::open(path), Mgh::open(path)) {
        (Ok(file), _) => nifti(&file, found),
        (Err(_), Ok(file)) => freesurfer(&file, found),
        (Err(error), Err(_)) if kind == Kind::Nifti => Err(error),
        (Err(error), Err(_)) => {
            let expected = "a volume (NIfTI or MGH) within gzip";
            let remedy = "if it is something else, unpack it with gunzip";
            Err(file_error(path, "", expected, reason(&error), remedy))
        }
    }
}

/// The part of an error that says what was found.
fn reason(error: &lab_core::Error) -> String {
    match error {
        lab_core::Error::File { got, .. } => got.clone(),
        other => other.to_string(),
    }
}

fn nifti(file: &Nifti, found: &mut Inspection) -> Result<()> {
    let first = file.volumes(0..1.min(file.n_volumes()))?;
    found.container = "NIfTI".into();
    let kind = file.dtype.to_string();
    tell(&kind, &file.shape, &first, found);
    found.facts.push(format!(
        "{} volumes of {:?}; missing numbers and range are those of the first",
        file.n_volumes(),
        file.volume_shape()
    ));
    let (slope, intercept) = file.scaling;
    if (slope - 1.0).abs() > f64::EPSILON || intercept.abs() > f64::EPSILON {
        found.facts.push(format!(
            "stored numbers are multiplied by {slope}, plus {intercept}"
        ));
    }
    Ok(())
}

fn freesurfer(file: &Mgh, found: &mut Inspection) -> Result<()> {
    let first = file.first_frame()?;
    found.container = Kind::Mgh.name().into();
    tell(&file.dtype.to_string(), &file.shape, &first, found);
    found.facts.push(format!(
        "{} frames of {:?}; missing numbers and range are those of the first",
        file.shape.get(3).copied().unwrap_or(1),
        &file.shape[..3.min(file.shape.len())]
    ));
    Ok(())
}

fn tell(kind: &str, shape: &[usize], first: &[f32], found: &mut Inspection) {
    let values: Vec<f64> = first.iter().map(|&value| f64::from(value)).collect();
    found.variables.push(VariableFacts {
        codes: Vec::new(),
        ..VariableFacts::of("", kind, shape, &values)
    });
    found.facts.push(
        "No loader reads volumes: save what lies in a mask as an array of [trials, voxels].".into(),
    );
}
