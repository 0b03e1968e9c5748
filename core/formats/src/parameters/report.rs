//! What is missing and what is left over, told with shapes.

use std::fmt::Write as _;
use std::path::Path;

use lab_core::Result;

use super::groups::{Group, Role};
use super::{Bias, Kind, Wanted};
use crate::file_error;

/// Lines of each list that are shown.
const MOST_LINES: usize = 16;

/// The difference between what layers need and what a file has.
#[derive(Default)]
pub(super) struct Report {
    missing: Vec<String>,
    left_over: Vec<String>,
}

impl Report {
    /// Notes what a layer lacks of its group, and what the group has beyond the layer.
    pub(super) fn compare(&mut self, layer: &Wanted, group: Option<&Group<'_>>) {
        let bias = vec![vec![layer.n_out]];
        // Scale and shift have the shape of the mean.
        let mean = group.and_then(|group| group.shape(Role::Mean));
        let mean = mean.filter(|mean| layer.shapes.iter().any(|shape| shape == mean));
        let of_norm = mean.map_or_else(|| layer.shapes.clone(), |mean| vec![mean.to_vec()]);
        let parts = match layer.kind {
            Kind::Weighted => [
                (Role::Weight, "weight", &layer.shapes, Bias::Required),
                (Role::Bias, "bias", &bias, layer.bias),
            ]
            .to_vec(),
            Kind::Norm => [
                (Role::Scale, "scale", &of_norm, layer.bias),
                (Role::Shift, "shift", &of_norm, layer.bias),
                (Role::Mean, "mean", &of_norm, Bias::Required),
                (Role::Variance, "variance", &of_norm, Bias::Required),
            ]
            .to_vec(),
        };
        for (role, name, shapes, need) in &parts {
            let found = group.and_then(|group| group.shape(*role));
            let fits = found.is_some_and(|found| shapes.iter().any(|shape| shape == found));
            let lacks = found.is_none() && *need == Bias::Required;
            if need != &Bias::Absent && (lacks || (found.is_some() && !fits)) {
                let shapes: Vec<String> = shapes.iter().map(|s| format!("{s:?}")).collect();
                let line = format!("{}.{name} {}", layer.layer, shapes.join(" or "));
                self.missing.push(line);
            }
        }
        let Some(group) = group else { return };
        for (role, entry) in group.members() {
            let known = parts.iter().any(|(wanted, _, shapes, need)| {
                let fits = shapes.contains(&entry.shape);
                wanted == role && fits && *need != Bias::Absent
            });
            if !known && !matches!(role, Role::Counter | Role::Eps) {
                self.left_over
                    .push(format!("{} {:?}", entry.name, entry.shape));
            }
        }
    }

    /// Notes a group that no layer took.
    pub(super) fn left_over(&mut self, group: &Group<'_>) {
        let members = group.members().iter();
        let lines = members
            .filter(|(role, _)| *role != Role::Counter)
            .map(|(_, entry)| format!("{} {:?}", entry.name, entry.shape));
        self.left_over.extend(lines);
    }

    /// The error, if anything is missing or left over.
    pub(super) fn finish(self, path: &Path) -> Result<()> {
        if self.missing.is_empty() && self.left_over.is_empty() {
            return Ok(());
        }
        let got = format!(
            "{} missing and {} left over",
            self.missing.len(),
            self.left_over.len()
        );
        let mut remedy = String::from(
            "change the layers, or name what belongs together and what to leave aside: \
             keys: [(\"features.{n}.weight\", \"conv{n}.weight\"), (\"classifier.{*}\", \"\")]",
        );
        for (title, lines) in [
            ("missing in the file", &self.missing),
            ("left over in the file", &self.left_over),
        ] {
            if lines.is_empty() {
                continue;
            }
            // Writing into a text cannot fail.
            let _ = write!(remedy, "\n  {title}:");
            for line in lines.iter().take(MOST_LINES) {
                let _ = write!(remedy, "\n    {line}");
            }
            if lines.len() > MOST_LINES {
                let _ = write!(remedy, "\n    and {} more", lines.len() - MOST_LINES);
            }
        }
        let expected = "one tensor for each parameter of the layers, and none beside";
        Err(file_error(path, "", expected, got, remedy))
    }
}
