//! What stands above a decoder: how well searches fit the test images, and how well a perfect model could predict voxels.

use serde::{Deserialize, Serialize};

use super::{Condition, exact};

/// A search for the latents of the test images, and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRow {
    /// The images that it found.
    pub condition: Condition,
    /// Images that were searched for.
    pub n_images: usize,
    /// Starting points of each image.
    pub n_starts: usize,
    /// Latents that were offered for each image, of which the best `n_starts` were taken; 0 if starts were drawn at random.
    pub n_offered: usize,
    /// Whether it began at the latents that the generator's encoder gives.
    #[serde(default)]
    pub by_encoder: bool,
    /// Steps of the images that took most.
    pub n_steps: usize,
    /// Steps that were allowed.
    pub maximum: usize,
    /// A fall of the loss by less than this share ended the search.
    #[serde(with = "exact")]
    pub tolerance: f64,
    /// Steps over which that fall was measured.
    pub window: usize,
    /// Images whose search ended because the loss fell by too little; the others used up the steps.
    pub n_stalled: usize,
    /// Share by which the loss still fell over the last window; `None` if there were fewer steps than that.
    #[serde(with = "exact")]
    pub fall: Option<f64>,
    /// Mean over images of the least loss that was found, in the unit of the experiment's loss.
    #[serde(with = "exact")]
    pub loss: f64,
}

impl SearchRow {
    /// What it began at, in one word.
    pub fn starts(&self) -> &'static str {
        match (self.by_encoder, self.n_offered) {
            (true, _) => "encoder",
            (false, 0) => "random",
            (false, _) => "offered",
        }
    }

    /// Whether the loss was still falling where some search ended: what was found may be behind what could be.
    pub fn is_still_falling(&self) -> bool {
        self.n_stalled < self.n_images && self.fall.is_none_or(|fall| fall > self.tolerance)
    }

    /// What was found, in words: "the best that was found, by 240 steps from 4 random starts".
    pub fn found(&self) -> String {
        let Self {
            n_steps,
            n_starts,
            n_offered,
            ..
        } = self;
        if self.by_encoder {
            return match n_steps {
                0 => "what its encoder gives, without a search that might better it".to_owned(),
                n => format!("the best that was found, by {n} steps from what its encoder gives"),
            };
        }
        let starts = match (n_offered, n_starts) {
            (0, 1) => "one random start".to_owned(),
            (0, n) => format!("{n} random starts"),
            (offered, n) => format!("the best {n} of {offered} latents"),
        };
        format!("the best that was found, by {n_steps} steps from {starts} an image")
    }

    /// Which of both ended the search, in words.
    pub fn ended(&self) -> String {
        let Self {
            n_images,
            n_stalled,
            maximum,
            window,
            ..
        } = self;
        let stalled = format!(
            "the loss fell by less than {} % in {window} steps",
            shortest(100.0 * self.tolerance)
        );
        if *maximum == 0 {
            return "no step was allowed".to_owned();
        }
        let used_up = match self.fall {
            Some(fall) => format!(
                "the stated maximum of {maximum} steps was reached, while the loss still fell by {} % in {window} steps",
                shortest(100.0 * fall)
            ),
            None => format!("the stated maximum of {maximum} steps was reached"),
        };
        match *n_stalled {
            0 => format!("the search ended because {used_up}"),
            n if n == *n_images => format!("the search ended because {stalled}"),
            n => format!(
                "the search ended for {n} of {n_images} images because {stalled}, for the others because {used_up}"
            ),
        }
    }
}

/// A number with two significant digits, without zeros at its end.
fn shortest(value: f64) -> String {
    let digits = (1.0 - value.abs().log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Where a noise ceiling comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CeilingSource {
    /// Known, because the responses were made up.
    Known,
    /// Estimated from the repeats of the test images.
    Repeats,
    /// Correlation of the averages over both halves of the repeats, corrected to the length of both.
    SplitHalf,
}

/// The rows that say which voxels are responsive: others than those that a ceiling is estimated from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResponsiveBy {
    /// Repeats of the training images.
    TrainingRows,
    /// One half of the repeats of the test images, for what the other half estimates.
    OtherHalf,
}

/// The noise ceilings of one subject's voxels: correlations that a perfect model would reach with the averages over the
/// repeats of the test images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseCeilingRow {
    /// Name of the subject.
    pub subject: String,
    /// Where the ceilings come from.
    pub source: CeilingSource,
    /// Voxels behind the quantiles.
    pub n_voxels: usize,
    /// Quantiles over all voxels, at [`NoiseCeilingRow::LEVELS`].
    #[serde(with = "exact")]
    pub quantiles: Vec<f64>,
    /// The middle voxel's interval of 95 %: medians over all voxels of their lower and of their upper limits; `None` for
    /// ceilings that are not estimated from repeats, and in a record of before it was computed.
    #[serde(default, with = "exact")]
    pub interval: Option<(f64, f64)>,
    /// The median over the responsive voxels; `None` if no rows can tell them, or none is.
    pub responsive: Option<ResponsiveCeiling>,
}

/// The noise ceiling of voxels that are responsive on other rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResponsiveCeiling {
    /// The rows that chose the voxels.
    pub by: ResponsiveBy,
    /// Voxels that were chosen; of halves, the mean of both.
    #[serde(with = "exact")]
    pub n_voxels: f64,
    /// Median of their ceilings.
    #[serde(with = "exact")]
    pub median: f64,
    /// The middle one's interval of 95 %, as over all voxels.
    #[serde(default, with = "exact")]
    pub interval: Option<(f64, f64)>,
}

impl NoiseCeilingRow {
    /// The levels of the quantiles.
    pub const LEVELS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
}

/// Where responses without noise come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoiselessSource {
    /// They are known, because the responses were made up.
    Known,
    /// An encoding model of the training rows predicts them.
    EncodingModel,
}

/// What the decoder's ceiling stands on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiselessFacts {
    /// Where the responses without noise come from.
    pub source: NoiselessSource,
    /// One row a subject.
    pub subjects: Vec<NoiselessRow>,
}

/// The responses of one subject without noise, beside those that were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiselessRow {
    /// Name of the subject.
    pub subject: String,
    /// Voxels that take part: of an encoding model, those that it predicts.
    pub n_voxels: usize,
    /// Voxels of the experiment.
    pub of_voxels: usize,
    /// Median over these of the correlation with the training responses of images that the model's fit left out; `None` for
    /// known responses.
    #[serde(with = "exact")]
    pub left_out: Option<f64>,
    /// Median over these of the correlation with the averages over the repeats of the test images.
    #[serde(with = "exact")]
    pub test: f64,
}

#[cfg(test)]
mod tests {
    use super::{Condition, SearchRow, shortest};

    fn row(n_stalled: usize, fall: Option<f64>) -> SearchRow {
        SearchRow {
            condition: Condition::Ceiling,
            n_images: 10,
            n_starts: 4,
            n_offered: 0,
            by_encoder: false,
            n_steps: 180,
            maximum: 240,
            tolerance: 0.001,
            window: 50,
            n_stalled,
            fall,
            loss: 1.0,
        }
    }

    #[test]
    fn each_end_of_a_search_has_its_words() {
        assert_eq!(
            row(10, Some(0.0005)).ended(),
            "the search ended because the loss fell by less than 0.1 % in 50 steps"
        );
        assert_eq!(
            row(0, Some(0.0123)).ended(),
            "the search ended because the stated maximum of 240 steps was reached, while the loss still fell by 1.2 % in 50 steps"
        );
        assert_eq!(
            row(0, None).ended(),
            "the search ended because the stated maximum of 240 steps was reached"
        );
        assert_eq!(
            row(4, Some(0.02)).ended(),
            "the search ended for 4 of 10 images because the loss fell by less than 0.1 % in 50 steps, for the others because the \
             stated maximum of 240 steps was reached, while the loss still fell by 2 % in 50 steps"
        );
    }

    #[test]
    fn an_encoder_is_named_with_and_without_a_search() {
        let mut row = row(0, None);
        assert_eq!(row.starts(), "random");
        row.by_encoder = true;
        let expected = "the best that was found, by 180 steps from what its encoder gives";
        assert_eq!((row.starts(), row.found().as_str()), ("encoder", expected));
        (row.n_steps, row.maximum) = (0, 0);
        let expected = "what its encoder gives, without a search that might better it";
        assert_eq!(row.found(), expected);
        assert_eq!(row.ended(), "no step was allowed");
    }

    #[test]
    fn a_search_that_was_cut_short_is_told_from_one_that_came_to_rest() {
        assert!(!row(10, Some(0.0005)).is_still_falling());
        assert!(!row(4, Some(0.0005)).is_still_falling());
        assert!(row(4, Some(0.02)).is_still_falling());
        assert!(row(0, None).is_still_falling());
    }

    #[test]
    fn what_was_found_names_steps_and_starts() {
        let mut found = row(10, None);
        assert_eq!(
            found.found(),
            "the best that was found, by 180 steps from 4 random starts an image"
        );
        found.n_starts = 1;
        assert!(found.found().contains("from one random start an image"));
        (found.n_starts, found.n_offered) = (4, 7);
        assert!(
            found
                .found()
                .contains("from the best 4 of 7 latents an image")
        );
    }

    #[test]
    fn shares_are_short() {
        assert_eq!(
            [0.1, 1.234, 12.34, 0.0].map(shortest),
            ["0.1", "1.2", "12", "0"]
        );
    }
}
