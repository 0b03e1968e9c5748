//! The table of regions of interest. A voxel may stand on several lines, each with another region.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lab_core::Result;
use lab_core::recording::Voxels;

use crate::missing_class;
use lab_formats::file_error;
use lab_formats::table::Table;

/// What a voxel lies in that the table does not name.
const OTHER: &str = "other";

/// The table, read.
#[derive(Debug)]
pub(super) struct Rois {
    path: PathBuf,
    subject: Vec<String>,
    voxel: Vec<usize>,
    roi: Vec<String>,
    xyz: Option<Vec<[f32; 3]>>,
    line: Vec<usize>,
}

impl Rois {
    /// Reads the table.
    ///
    /// # Errors
    /// Fails if a column is missing, a cell is none of what it should be, or a voxel stands twice in one region.
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
            let axes = x.into_iter().zip(y).zip(z);
            Some(axes.map(|((x, y), z)| [x, y, z]).collect())
        } else {
            None
        };
        let rois = Self {
            path: path.to_owned(),
            subject: column("subject")?,
            voxel: table.whole("voxel")?,
            roi: column("roi")?,
            xyz,
            line: (0..table.n_rows()).map(|row| table.line(row)).collect(),
        };
        rois.refuse_lines_of_one_key()?;
        Ok(rois)
    }

    fn refuse_lines_of_one_key(&self) -> Result<()> {
        let mut seen = BTreeMap::new();
        for (row, &line) in self.line.iter().enumerate() {
            let key = (&self.subject[row], self.voxel[row], &self.roi[row]);
            if let Some(before) = seen.insert(key, line) {
                let expected = "each voxel of a subject once in each region";
                let (subject, voxel, roi) = key;
                let got =
                    format!("lines {before} and {line}: voxel {voxel} of {subject} in '{roi}'");
                return Err(file_error(
                    &self.path,
                    "",
                    expected,
                    got,
                    "remove one of the lines",
                ));
            }
        }
        Ok(())
    }

    /// Regions of every voxel of a subject; a voxel that the table does not name belongs to "other".
    ///
    /// # Errors
    /// Fails if the table does not name the subject, or names a voxel that there is not, or one with two places.
    pub(super) fn voxels_of(&self, subject: &str, n_voxels: usize) -> Result<Voxels> {
        let names = self.names();
        let rows: Vec<usize> = (0..self.subject.len())
            .filter(|&row| self.subject[row] == subject)
            .collect();
        if rows.is_empty() {
            return Err(file_error(
                &self.path,
                "subject",
                format!("voxels of subject '{subject}', whom the trial table names"),
                distinct(&self.subject),
                "spell subjects alike in both tables",
            ));
        }
        self.refuse_counted_from_one(subject, &rows, n_voxels)?;
        let mut roi: Vec<Vec<u16>> = vec![Vec::new(); n_voxels];
        let mut xyz = self.xyz.as_ref().map(|_| vec![[f32::NAN; 3]; n_voxels]);
        for row in rows {
            let voxel = self.voxel[row];
            if voxel >= n_voxels {
                let expected = format!("an index below {n_voxels}");
                let remedy = "count the voxels of each subject from 0";
                return Err(self.refused("voxel", row, expected, voxel.to_string(), remedy));
            }
            let name = names.iter().position(|name| *name == self.region(row));
            roi[voxel].push(name.unwrap_or(0) as u16);
            if let (Some(of_voxel), Some(of_row)) = (&mut xyz, &self.xyz) {
                let (before, here) = (of_voxel[voxel], of_row[row]);
                if before[0].is_finite() && before.map(f32::to_bits) != here.map(f32::to_bits) {
                    let expected = format!("{before:?}, as on an earlier line of voxel {voxel}");
                    let remedy = "give each voxel one place";
                    return Err(self.refused(
                        "x, y, z",
                        row,
                        expected,
                        format!("{here:?}"),
                        remedy,
                    ));
                }
                of_voxel[voxel] = here;
            }
        }
        let other = names.len() - 1;
        for of in &mut roi {
            of.sort_unstable();
            if of.is_empty() {
                of.push(other as u16);
            }
        }
        Ok(Voxels {
            roi_names: names,
            roi,
            xyz,
            noise_ceiling: None,
            noiseless: None,
        })
    }

    /// A table that counts from 1 and leaves out the last voxel would shift every voxel by one.
    fn refuse_counted_from_one(
        &self,
        subject: &str,
        rows: &[usize],
        n_voxels: usize,
    ) -> Result<()> {
        let mut named: Vec<usize> = rows.iter().map(|&row| self.voxel[row]).collect();
        named.sort_unstable();
        named.dedup();
        // Every voxel but the first, or but the first and some at the end.
        let counts = named.iter().enumerate().all(|(at, &voxel)| voxel == at + 1);
        if counts && n_voxels > 2 && named.len() + 2 >= n_voxels && named.last() < Some(&n_voxels) {
            let got = format!("voxels 1 to {} of {subject}, and no voxel 0", named.len());
            let expected = "voxels that count from 0";
            let remedy = "count from 0, or give voxel 0 a line without a region";
            return Err(file_error(&self.path, "voxel", expected, got, remedy));
        }
        Ok(())
    }

    /// Subjects of the table whom the trial table does not name.
    pub(super) fn unknown(&self, subjects: &[String]) -> Vec<String> {
        let mut unknown: Vec<String> = self.subject.clone();
        unknown.retain(|subject| !subjects.contains(subject));
        unknown.sort();
        unknown.dedup();
        unknown
    }

    /// The regions of all subjects in the order of their letters, "other" last.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = (0..self.roi.len())
            .map(|row| self.region(row).to_owned())
            .collect();
        names.sort();
        names.dedup();
        names.retain(|name| name != OTHER);
        names.push(OTHER.into());
        names
    }

    /// The region of a row; a voxel on a line without one lies in none that is named.
    fn region(&self, row: usize) -> &str {
        match self.roi[row].as_str() {
            name if missing_class::is_missing(name) => OTHER,
            name => name,
        }
    }

    fn refused(
        &self,
        column: &str,
        row: usize,
        expected: String,
        got: String,
        remedy: &str,
    ) -> lab_core::Error {
        let variable = format!("{column}, line {}", self.line[row]);
        file_error(&self.path, &variable, expected, got, remedy)
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
