//! The table of regions of interest.

use std::path::{Path, PathBuf};

use lab_core::Result;
use lab_core::recording::Voxels;

use lab_formats::file_error;
use lab_formats::table::Table;

/// The table, read.
#[derive(Debug)]
pub(super) struct Rois {
    path: PathBuf,
    subject: Vec<String>,
    voxel: Vec<usize>,
    roi: Vec<String>,
    xyz: Option<Vec<[f32; 3]>>,
}

impl Rois {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let table = Table::read(path)?;
        let column = |name: &str| {
            table
                .column(name)
                .map(|cells| cells.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let xyz = if ["x", "y", "z"].iter().all(|axis| table.has(axis)) {
            let (x, y, z) = (
                table.numbers("x")?,
                table.numbers("y")?,
                table.numbers("z")?,
            );
            Some(
                x.into_iter()
                    .zip(y)
                    .zip(z)
                    .map(|((x, y), z)| [x, y, z])
                    .collect(),
            )
        } else {
            None
        };
        let (subject, voxel, roi) = (column("subject")?, table.numbers("voxel")?, column("roi")?);
        Ok(Self {
            path: path.to_owned(),
            subject,
            voxel,
            roi,
            xyz,
        })
    }

    /// Regions of every voxel of a subject; a voxel that the table does not name belongs to "other".
    pub(super) fn voxels_of(&self, subject: &str, n_voxels: usize) -> Result<Voxels> {
        let mut names: Vec<String> = self.roi.clone();
        names.sort();
        names.dedup();
        names.retain(|name| name != "other");
        names.push("other".into());
        if !self.subject.iter().any(|named| named == subject) {
            return Err(file_error(
                &self.path,
                "subject",
                format!("voxels of subject '{subject}', whom the trial table names"),
                distinct(&self.subject),
                "spell subjects alike in both tables",
            ));
        }
        let mut roi = vec![(names.len() - 1) as u16; n_voxels];
        let mut xyz = self.xyz.as_ref().map(|_| vec![[f32::NAN; 3]; n_voxels]);
        for row in (0..self.subject.len()).filter(|&row| self.subject[row] == subject) {
            let voxel = self.voxel[row];
            if voxel >= n_voxels {
                let (variable, expected) = (
                    format!("voxel, line {}", row + 2),
                    format!("an index below {n_voxels}"),
                );
                return Err(file_error(
                    &self.path,
                    &variable,
                    expected,
                    voxel.to_string(),
                    "count the voxels of each subject from 0",
                ));
            }
            roi[voxel] = names
                .iter()
                .position(|name| *name == self.roi[row])
                .unwrap_or(names.len() - 1) as u16;
            if let (Some(of_voxel), Some(of_row)) = (&mut xyz, &self.xyz) {
                of_voxel[voxel] = of_row[row];
            }
        }
        Ok(Voxels {
            roi_names: names,
            roi,
            xyz,
            noise_ceiling: None,
        })
    }
}

/// The names of a column, each once, in their order.
fn distinct(cells: &[String]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for cell in cells {
        if !names.contains(&cell.as_str()) {
            names.push(cell);
        }
    }
    names.join(", ")
}
