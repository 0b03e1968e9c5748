//! What every dataset promises.

use super::{broken, expect_close, expect_error};
use crate::Result;
use crate::context::Context;
use crate::recording::Recording;
use crate::traits::Dataset;

/// Checks a dataset: if a file that it reads is missing it fails to load; otherwise the recording passes
/// [`Recording::check`], and loading it twice gives the same stimuli and responses.
///
/// Returns the recording for further checks; `None` if files are missing.
///
/// # Errors
/// [`crate::Error::Data`] that names the broken promise.
pub fn check_dataset(ctx: &Context, dataset: &dyn Dataset) -> Result<Option<Recording>> {
    if dataset.files().iter().any(|file| !file.exists()) {
        expect_error("loading a dataset with a missing file", dataset.load(ctx))?;
        return Ok(None);
    }
    let first = dataset.load(ctx)?;
    first.check()?;
    let second = dataset.load(ctx)?;
    let (one, two) = (
        first.stimuli.content_hash()?,
        second.stimuli.content_hash()?,
    );
    if one != two || first.name != second.name || first.subjects.len() != second.subjects.len() {
        return Err(broken("stimuli loaded twice", one, two));
    }
    for (one, two) in first.subjects.iter().zip(&second.subjects) {
        if one.id != two.id || one.trials != two.trials || one.voxels.roi != two.voxels.roi {
            return Err(broken(
                "subject loaded twice",
                format!("the same as {}", one.id),
                two.id.as_str(),
            ));
        }
        expect_close(
            &format!("responses of {} loaded twice", one.id),
            &two.responses,
            &one.responses,
            0.0,
        )?;
    }
    Ok(Some(first))
}
