//! `lab data inspect` of pictures: height, width in pixels, and how their pixels are stored.

use std::path::Path;

use lab_core::Result;

use super::{Inspection, VariableFacts};
use lab_formats::pictures;

/// Side to which a picture is brought to see that it is whole.
const SIDE: usize = 8;

/// Says how large a picture is, and whether it is whole.
pub(super) fn describe(path: &Path, found: &mut Inspection) -> Result<()> {
    let (height, width) = pictures::shape(path)?;
    found.variables.push(VariableFacts {
        shape: vec![height, width],
        ..VariableFacts::unread("", "picture")
    });
    if let Err(error) = pictures::read(path, SIDE) {
        found.fail(&error);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    found.usage = Some(format!("folder(path: \"{}\")", folder.display()));
    Ok(())
}
