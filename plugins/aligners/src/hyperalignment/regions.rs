//! Which columns are aligned together.

use faer::Mat;
use lab_core::recording::{SubjectResponses, in_region, overlap, used_regions};

use crate::error::AlignerError;

/// Columns of every subject that are aligned together.
pub(crate) struct Region {
    /// `None` for all columns at once.
    pub(crate) name: Option<String>,
    /// For each subject, its columns; `None` for all of them.
    pub(crate) columns: Option<Vec<Vec<usize>>>,
}

impl Region {
    /// These columns of each subject. All columns are moved out rather than copied.
    pub(crate) fn select(&self, voxels: &mut Vec<Mat<f64>>) -> Vec<Mat<f64>> {
        match &self.columns {
            None => std::mem::take(voxels),
            Some(columns) => columns
                .iter()
                .zip(voxels.iter())
                .map(|(columns, voxels)| pick(voxels, columns))
                .collect(),
        }
    }
}

/// Some columns of a matrix.
pub(crate) fn pick(a: &Mat<f64>, columns: &[usize]) -> Mat<f64> {
    Mat::from_fn(a.nrows(), columns.len(), |row, column| {
        a[(row, columns[column])]
    })
}

/// One region of everything, or one per name of region, in the order of the subjects' tables of names.
///
/// Regions that share voxels are refused: a voxel would be aligned twice, each time to other neighbours.
pub(crate) fn regions(
    train: &[SubjectResponses],
    by_roi: bool,
) -> Result<Vec<Region>, AlignerError> {
    if !by_roi {
        return Ok(vec![Region {
            name: None,
            columns: None,
        }]);
    }
    let mut names: Vec<&String> = Vec::new();
    for subject in train {
        check(subject)?;
        for name in used_regions(&subject.roi)
            .into_iter()
            .map(|idx| &subject.roi_names[usize::from(idx)])
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.into_iter().map(|name| region(train, name)).collect()
}

fn region(train: &[SubjectResponses], name: &str) -> Result<Region, AlignerError> {
    let of_subject = |subject: &SubjectResponses| {
        let known = subject.roi_names.iter().position(|known| known == name);
        let columns = known.map_or(Vec::new(), |idx| in_region(&subject.roi, idx as u16));
        if columns.is_empty() {
            return Err(AlignerError::EmptyRegion {
                region: name.to_owned(),
                subject: subject.id.clone(),
            });
        }
        Ok(columns)
    };
    let columns = train.iter().map(of_subject).collect::<Result<_, _>>()?;
    Ok(Region {
        name: Some(name.to_owned()),
        columns: Some(columns),
    })
}

fn check(subject: &SubjectResponses) -> Result<(), AlignerError> {
    let n_columns = subject.values.dims().last().copied().unwrap_or(0);
    let named = subject.roi.iter().all(|of| {
        !of.is_empty()
            && of
                .iter()
                .all(|&idx| usize::from(idx) < subject.roi_names.len())
    });
    if subject.roi.len() != n_columns || !named {
        return Err(AlignerError::NoRegions {
            subject: subject.id.clone(),
            got: n_columns,
        });
    }
    if let Some((one, two, n_shared)) = overlap(&subject.roi) {
        let name = |region: u16| subject.roi_names[usize::from(region)].clone();
        return Err(AlignerError::SharedVoxels {
            first: name(one),
            second: name(two),
            subject: subject.id.clone(),
            n_shared,
        });
    }
    Ok(())
}
