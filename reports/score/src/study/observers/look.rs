//! The observers that need pictures and nothing else.

use super::cues::{contrast, luminance, orientation};
use super::rows::{CONTRAST, LUMINANCE, ORIENTATION, PIXEL, SSIM};
use super::stimuli::Stimuli;
use crate::Result;
use crate::correlation::correlations;
use crate::ssim::structural_similarities;
use crate::study::Observed;

/// What pixels, structural similarity and the trivial cues make of the pictures.
///
/// # Errors
/// As [`Stimuli::observed`].
///
/// # Determinism
/// Nothing is drawn; rows stand by observer, original and foil.
pub fn look(stimuli: &Stimuli) -> Result<Vec<Observed>> {
    let pictures = (&stimuli.of_originals, &stimuli.of_reconstructions);
    let (height, width) = (stimuli.height, stimuli.width);
    if height * width != pictures.0.n_columns {
        return Err(crate::Error::Shape {
            what: format!("pictures of set '{}'", stimuli.set),
            expected: format!("{height} × {width} pixels"),
            got: pictures.0.n_columns.to_string(),
        });
    }
    let mut all = stimuli.observed(PIXEL, pictures, correlations)?;
    all.extend(stimuli.observed(SSIM, pictures, |a, b| {
        structural_similarities(a, b, height, width)
    })?);
    all.extend(stimuli.observed(LUMINANCE, pictures, luminance)?);
    all.extend(stimuli.observed(CONTRAST, pictures, contrast)?);
    all.extend(stimuli.observed(ORIENTATION, pictures, |a, b| {
        orientation(a, b, height, width)
    })?);
    Ok(all)
}
