//! A fitted hyperalignment.

use faer::Mat;
use lab_core::Result;
use lab_core::context::Context;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{FittedAligner, Quality};

use super::prepare::VoxelsToCommon;
use super::regions::pick;
use crate::input::{self, Space};
use crate::quality::{identification, inter_subject_correlation};

/// The maps of one region, one per subject.
#[derive(Debug)]
pub(crate) struct RegionMaps {
    /// Columns of each subject; `None` for all.
    pub(crate) columns: Option<Vec<Vec<usize>>>,
    /// `[n_subjects]`.
    pub(crate) maps: Vec<VoxelsToCommon>,
}

/// Carries the voxels of each subject into the common space.
#[derive(Debug)]
pub struct FittedHyperalignment {
    spaces: Vec<Space>,
    regions: Vec<RegionMaps>,
    facts: Vec<Quality>,
}

impl FittedHyperalignment {
    pub(super) fn new(spaces: Vec<Space>, regions: Vec<RegionMaps>, facts: Vec<Quality>) -> Self {
        Self {
            spaces,
            regions,
            facts,
        }
    }

    /// Number of dimensions of the common space, over all regions.
    pub fn rank(&self) -> usize {
        self.regions
            .iter()
            .map(|region| region.maps[0].rank())
            .sum()
    }

    fn coordinates(&self, responses: &[SubjectResponses]) -> Result<Vec<Mat<f64>>> {
        let voxels = input::fitted(&self.spaces, responses)?;
        let all = voxels
            .into_iter()
            .enumerate()
            .map(|(subject_idx, voxels)| self.coordinates_of(subject_idx, voxels));
        Ok(all.collect())
    }

    fn coordinates_of(&self, subject_idx: usize, voxels: Mat<f64>) -> Mat<f64> {
        if let [
            RegionMaps {
                columns: None,
                maps,
            },
        ] = self.regions.as_slice()
        {
            return maps[subject_idx].apply(voxels);
        }
        let mut out = Mat::zeros(voxels.nrows(), self.rank());
        let mut start = 0;
        for region in &self.regions {
            let part = region.columns.as_ref().map_or_else(
                || voxels.clone(),
                |columns| pick(&voxels, &columns[subject_idx]),
            );
            let part = region.maps[subject_idx].apply(part);
            out.as_mut()
                .subcols_mut(start, part.ncols())
                .copy_from(&part);
            start += part.ncols();
        }
        out
    }
}

impl FittedAligner for FittedHyperalignment {
    fn transform(
        &self,
        _ctx: &Context,
        responses: &[SubjectResponses],
    ) -> Result<Vec<SubjectResponses>> {
        let coordinates = self.coordinates(responses)?;
        let shared = |(subject, z): (&SubjectResponses, Mat<f64>)| {
            Ok(SubjectResponses::shared(
                &subject.id,
                input::tensor(z.as_ref(), subject.values.device())?,
            ))
        };
        responses.iter().zip(coordinates).map(shared).collect()
    }

    fn held_out(&self, _ctx: &Context, test: &[SubjectResponses]) -> Result<Vec<Quality>> {
        let coordinates = self.coordinates(test)?;
        let correlation = inter_subject_correlation(&coordinates);
        let identified = identification(&coordinates);
        let mut found = Vec::new();
        for (idx, subject) in test.iter().enumerate() {
            found.push(Quality {
                name: "correlation with the mean of the other subjects, mean over common dimensions (chance 0)".into(),
                of: subject.id.clone(),
                value: correlation[idx],
                unit: "correlation".into(),
            });
            found.push(Quality {
                name: "identification of a row among pairs, by the mean of the other subjects (chance 0.5)".into(),
                of: subject.id.clone(),
                value: identified[idx],
                unit: "fraction of pairs".into(),
            });
        }
        Ok(found)
    }

    fn facts(&self) -> Vec<Quality> {
        self.facts.clone()
    }
}
