//! What the decisions of a study do not allow to be said.

use super::decisions::Decision;
use super::rows::{ClusterRow, SetRow, StudyScores};

/// Images or people below which the test over both is careful: significant at .05 in 1.8 to 4.5 % of simulated studies without
/// effect (`power::sizes`: five designs with 3 to 9 of either, 2000 studies each, Monte-Carlo error .5 %).
const FEW: usize = 10;
/// Images below which clusters of images alone are few.
const FEW_ALONE: usize = 20;
/// Decisions an image below which no single image can be a discovery on its own at .05: ½⁵ = .031.
const FEW_DECISIONS: u64 = 5;

pub(super) fn warnings(scores: &StudyScores, decisions: &[Decision]) -> Vec<String> {
    let mut said = Vec::new();
    if decisions.iter().any(|decision| decision.rater.is_empty()) {
        said.push(
            "It is not known who decided: the intervals allow for decisions that share an image, not for decisions that share \
             a person."
                .to_owned(),
        );
    }
    said.extend(scores.sets.iter().flat_map(of_set));
    if scores.subjects.is_empty() {
        said.push(
            "All reconstructions are of one brain or of the mean of several: an aligned mean is one pseudo-subject, and the \
             decisions say nothing of how many people would show the effect."
                .to_owned(),
        );
    }
    let fewest = scores.images.iter().map(|row| row.n).min().unwrap_or(0);
    if fewest < FEW_DECISIONS {
        said.push(format!(
            "Some images have {fewest} decisions only: with fewer than {FEW_DECISIONS} no image of two alternatives can be \
             significant by itself."
        ));
    }
    said
}

fn of_set(row: &SetRow) -> Vec<String> {
    let name = name(row);
    let mut said = Vec::new();
    match row.clusters {
        None => said.push(format!(
            "{name}: there are fewer than two images, or all decisions are alike, so that no dependence can be told."
        )),
        Some(of) => {
            said.extend(few(&name, of));
        }
    }
    let mixed = row.mixed.iter().flat_map(|of| &of.said);
    said.extend(mixed.map(|sentence| {
        format!(
            "{name}, mixed model: {sentence}.",
            sentence = sentence.trim_end_matches('.')
        )
    }));
    if row.by_image.share < row.overall.share && row.overall.share > row.overall.chance {
        said.push(format!(
            "{name}: fewer images than decisions are right ({:.1} % against {:.1} %), which images that differ strongly \
             would do, and chance may.",
            100.0 * row.by_image.share,
            100.0 * row.overall.share
        ));
    }
    said
}

/// What few images or people do to the test over them.
fn few(name: &str, of: ClusterRow) -> Option<String> {
    match of.n_raters {
        Some(n_raters) if of.n_images.min(n_raters) < FEW => Some(format!(
            "{name}: {} images and {n_raters} people are few; in simulated studies without effect of fewer than {FEW} of either \
             the test over both was significant at .05 in 2 to 5 % only, so that it may miss an effect.",
            of.n_images
        )),
        None if of.n_images < FEW_ALONE => Some(format!(
            "{name}: {} clusters are few; with fewer than {FEW_ALONE} the interval over images alone tends to be too narrow.",
            of.n_images
        )),
        _ => None,
    }
}

/// A set's name with its condition, for sentences.
fn name(row: &SetRow) -> String {
    if row.condition.is_empty() {
        row.set.clone()
    } else {
        format!("{} ({})", row.set, row.condition)
    }
}
