//! The result's images by one trivial cue alone.

use super::{Compared, DIRECTIONS, PIXEL, Who};
use crate::draws::Draws;
use crate::record::{Condition, Cue};
use crate::study::observers::cues::{contrast, luminance, orientation};
use crate::{Candidates, Scored, TestSet};

/// What one trivial cue tells of a candidate's images: pairs and two-alternative decisions, in place of those by pixels, with
/// which they are compared image by image.
pub(crate) fn by_cue(test: &TestSet, candidate: &Candidates, cue: Cue, draws: &Draws) -> Scored {
    let (originals, images) = (&test.originals, &candidate.images);
    let similarities = match cue {
        Cue::Luminance => luminance(originals, images),
        Cue::Contrast => contrast(originals, images),
        Cue::Orientation => orientation(originals, images, test.height, test.width),
    };
    let compared = Compared {
        who: Who {
            condition: &Condition::Cue(cue),
            observer: cue.name(),
            in_loss: false,
        },
        thorough: true,
        similarities,
        draws,
    };
    let mut scored = Scored::default();
    for direction in DIRECTIONS {
        scored.extend(compared.pairwise(direction));
    }
    for part in compared.observer() {
        scored.extend(part);
    }
    if draws.n_foils() > 0 {
        scored.decisions = compared.decisions(test);
    }
    for judged in &mut scored.judged {
        judged.observer = PIXEL.into();
    }
    scored
}
