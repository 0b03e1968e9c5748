//! Responses of subjects as arrays and back: three for each subject or space.
//!
//! Values f64 `[n_samples, n_voxels]`, the region of each column i64 `[n_voxels]` or `[0]`, and text as u8: the name of the
//! subject, then those of the regions, a line each.

use candle_core::Device;

use super::arrays::{Array, Element};
use super::regions;
use super::sink::{Outputs, fits};
use lab_core::Result;
use lab_core::recording::SubjectResponses;

/// Arrays of each space.
const PER_SPACE: u32 = 3;

/// The arrays of some spaces.
pub(super) fn to_arrays(spaces: &[SubjectResponses]) -> Result<Vec<Array>> {
    let mut arrays = Vec::new();
    for space in spaces {
        let (regions, names) = regions::to_numbers(&space.roi, &space.roi_names);
        let mut lines = vec![space.id.clone()];
        lines.extend(names);
        arrays.extend([
            Array::of_tensor_f64(&space.values)?,
            Array::integers(&[space.roi.len()], regions),
            Array::bytes(lines.join("\n").as_bytes()),
        ]);
    }
    Ok(arrays)
}

/// What an output that is part of a space may be.
pub(super) fn rule(
    n_samples: usize,
    index: u32,
    element: Element,
    shape: &[u64],
) -> Result<(), String> {
    match index % PER_SPACE {
        0 => fits(Element::F64, &[Some(n_samples), None], element, shape),
        1 => fits(Element::I64, &[None], element, shape),
        _ => fits(Element::U8, &[None], element, shape),
    }
}

/// The spaces that a call gave; what is wrong in words if they are none.
pub(super) fn from_outputs(
    outputs: &Outputs<'_>,
    device: &Device,
) -> Result<Vec<SubjectResponses>, String> {
    let n = outputs.len() as u32;
    if n == 0 || !n.is_multiple_of(PER_SPACE) {
        return Err(format!("{n} outputs"));
    }
    (0..n / PER_SPACE)
        .map(|space| {
            let take = |part: u32| {
                let index = space * PER_SPACE + part;
                outputs.take(index).ok_or(format!("no output {index}"))
            };
            from_arrays([take(0)?, take(1)?, take(2)?], device)
        })
        .collect()
}

/// One space from its three arrays.
pub(super) fn from_arrays(
    [values, regions, lines]: [Array; 3],
    device: &Device,
) -> Result<SubjectResponses, String> {
    let text = String::from_utf8(lines.into_bytes()).map_err(|error| error.to_string())?;
    let mut lines = text.lines().map(str::to_owned);
    let id = lines.next().unwrap_or_default();
    let names: Vec<String> = lines.collect();
    let regions: Vec<i64> = regions.into_i64();
    let n_columns = values.shape.get(1).copied().unwrap_or(0) as usize;
    let known = |&region: &i64| usize::try_from(region).is_ok_and(|region| region < names.len());
    if !regions.is_empty() && (regions.len() != n_columns || !regions.iter().all(known)) {
        return Err(format!(
            "{} regions of {} names for {n_columns} columns of '{id}'",
            regions.len(),
            names.len()
        ));
    }
    let numbers: Vec<usize> = regions.iter().map(|&region| region as usize).collect();
    let (roi, roi_names) = regions::from_numbers(&numbers, &names);
    let values = values.tensor(device).map_err(|error| error.to_string())?;
    Ok(SubjectResponses {
        id,
        values,
        roi: roi.into(),
        roi_names: roi_names.into(),
    })
}
