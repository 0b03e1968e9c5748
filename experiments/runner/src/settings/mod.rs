//! The settings of an experiment, by the paths that `--set` takes.

mod differ;
mod list;
mod value;
mod words;

pub use differ::differing_settings;
pub(crate) use list::settings;
pub use words::{NamedSetting, named_settings};

/// Joins two paths of settings with a point; either may be empty.
pub(crate) fn joined(before: &str, path: &str) -> String {
    match (before, path) {
        ("", path) => path.to_owned(),
        (before, "") => before.to_owned(),
        (before, path) => format!("{before}.{path}"),
    }
}
