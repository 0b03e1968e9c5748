//! Folders that `lab data simulate` wrote say so, and keep saying it through every loader.

use std::fs;
use std::path::Path;

use lab_core::recording::Recording;
use lab_core::{Error, Result};

/// The file that marks a folder of simulated data; its text is the sentence for the report.
pub const MARK: &str = "SIMULATED.txt";

/// Marks a recording as simulated if its folder says so.
///
/// # Errors
/// Fails if the mark cannot be read.
pub(crate) fn mark(recording: &mut Recording, folder: &Path) -> Result<()> {
    let path = folder.join(MARK);
    if path.exists() {
        let text = fs::read_to_string(&path).map_err(Error::io("reading", &path))?;
        recording.simulated = Some(text.trim().to_owned());
    }
    Ok(())
}
