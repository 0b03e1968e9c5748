//! What the classes of a folder's pictures are.

use std::path::{Path, PathBuf};

use lab_core::recording::Labels;
use serde::{Deserialize, Serialize};

use crate::corpus::natural;
use lab_formats::pictures;

/// What the classes of the pictures are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Classes {
    /// The subfolders, where every picture lies in one.
    #[default]
    Subfolders,
    /// Every picture is a class of its own: a network learns to tell whose crop it sees.
    Pictures,
    /// There are none.
    Unlabelled,
}

impl Classes {
    /// The class of each picture of a folder, if there are classes.
    pub(super) fn of(self, folder: &Path, files: &[PathBuf]) -> Option<Labels> {
        match self {
            Self::Subfolders => subfolders(folder, files),
            Self::Pictures => Some(Labels {
                names: files
                    .iter()
                    .map(|file| pictures::name_in(folder, file))
                    .collect(),
                of: (0..files.len() as u32).collect(),
            }),
            Self::Unlabelled => None,
        }
    }
}

/// Names of the subfolders, if every picture lies in one.
fn subfolders(folder: &Path, files: &[PathBuf]) -> Option<Labels> {
    let class = |file: &PathBuf| {
        let inside = file
            .strip_prefix(folder)
            .ok()?
            .parent()?
            .to_string_lossy()
            .into_owned();
        (!inside.is_empty()).then_some(inside)
    };
    let classes: Vec<String> = files.iter().map(class).collect::<Option<_>>()?;
    let mut names = classes.clone();
    names.sort_by(|a, b| natural(a, b));
    names.dedup();
    let place = |class: &String| names.binary_search_by(|name| natural(name, class));
    let of = classes.iter().map(|class| place(class).unwrap_or(0) as u32);
    let of = of.collect();
    Some(Labels { names, of })
}
