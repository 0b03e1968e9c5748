//! `path=@FILE`: the value that stands under the same path in another experiment file; `path=@FILE#OTHER`: under another path.

use super::place::{self, Problem};
use super::scan;

/// What stands under `path` in the experiment file that `named` begins with, as it is written there.
pub(super) fn taken(path: &[&str], named: &str) -> Result<String, Problem> {
    let (file, path) = match named.split_once('#') {
        None => (named, path.to_vec()),
        Some((file, path)) => (file.trim(), path.split('.').map(str::trim).collect()),
    };
    let hint = "write @ and the path of an experiment file that has a value under the same path, or @FILE#path.to.key";
    let wrong = |what: String| Problem::new(format!("@{file}: {what}"), hint);
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let document = scan::document(&text).map_err(|broken| {
        wrong(format!(
            "expected {}, as in any experiment",
            broken.expected
        ))
    })?;
    let value = place::find(&text, &document, &path)?;
    let value = value.ok_or_else(|| wrong(format!("'{}' is not written there", path.join("."))))?;
    Ok(value.to_owned())
}
