//! Taken: some rows or columns of what was measured.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::recording::SubjectResponses;

/// Some rows (axis 0) or columns (axis 1), in the order asked for.
pub(super) fn taken(values: &Tensor, idx: &[usize], axis: usize) -> Result<Tensor> {
    let idx: Vec<u32> = idx.iter().map(|&idx| idx as u32).collect();
    let idx = Tensor::new(idx, values.device())?;
    Ok(values.index_select(&idx, axis)?)
}

/// Some voxels of a subject, with their regions.
pub(super) fn voxels_taken(
    subject: &SubjectResponses,
    voxels: &[usize],
) -> Result<SubjectResponses> {
    let regions = |&voxel: &usize| subject.roi.get(voxel).cloned();
    let roi: Option<Vec<Vec<u16>>> = voxels.iter().map(regions).collect();
    Ok(SubjectResponses {
        id: subject.id.clone(),
        values: taken(&subject.values, voxels, 1)?,
        // Columns that are no voxels have no regions.
        roi: roi.unwrap_or_default().into(),
        roi_names: subject.roi_names.clone(),
    })
}
