//! What a run stores and a report shows: plain rows with units, and the pictures of the figures.

mod corpora;
mod differences;
mod distances;
mod exact;
mod facts;
mod limits;
mod pictures;
mod rows;
mod stored;
mod summary;
#[cfg(test)]
mod tests;
mod tuned;
mod views;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::guards::GuardRow;

/// A learning curve, as stages report it.
pub use lab_core::events::Curve;

pub use corpora::{CorpusPair, CorpusRow, WholesRow};
pub use differences::{
    Against, Alternative, DifferenceRow, PartDifferenceRow, RegionDifferenceRow, TestRow,
};
pub use distances::{DistanceRow, DistanceTrend, DistantScore};
pub use facts::{
    AlignmentRow, CriterionRow, DataFacts, ImageFacts, PluginUse, Provenance, SubjectFacts,
};
pub use limits::{
    CeilingSource, NoiseCeilingRow, NoiselessFacts, NoiselessRow, NoiselessSource, ResponsiveBy,
    ResponsiveCeiling, SearchRow,
};
pub use pictures::{Gallery, Pictures};
pub use rows::{
    Condition, ConfusionTable, Cue, DecisionRow, Direction, ImageScoresRow, IntervalMethod,
    MemberRow, ScoreRow, ShareRow, Statistic, TermRow,
};
pub use stored::{PICTURES_FILE, RECORD_FILE};
pub use summary::summary_json;
pub use tuned::{TunedFacts, TunedRow, as_set};
pub use views::{
    CentreLessEdge, InformationFacts, PatternRow, PrevalenceRow, RankRow, RingRow, SpreadRow,
};

/// Everything a report is made of, apart from its pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The experiment's name.
    pub name: String,
    /// The author's sentence about it; may be empty.
    pub description: String,
    /// Why no number of it means anything, if it was made at toy size: a sentence that every page repeats.
    #[serde(default)]
    pub toy: Option<String>,
    /// Seed, versions, hashes, command.
    pub provenance: Provenance,
    /// What is known about the stimuli and the subjects.
    pub data: DataFacts,
    /// Quality of the alignment on held-out rows, and facts about the fit.
    pub alignment: Vec<AlignmentRow>,
    /// Every score, one row each.
    pub scores: Vec<ScoreRow>,
    /// Every decision of the model observers, one row an image, observer and condition.
    pub decisions: Vec<DecisionRow>,
    /// Scores of the result for each test image; empty in a record of before they were stored.
    #[serde(default)]
    pub image_scores: Vec<ImageScoresRow>,
    /// Classes of originals and reconstructions by the independent classifier.
    pub confusions: Vec<ConfusionTable>,
    /// The decoder against each baseline, image by image; empty in a record of before it was computed.
    #[serde(default)]
    pub differences: Vec<DifferenceRow>,
    /// The tests that findings speak of, corrected for their number; empty in a record of before it was computed.
    #[serde(default)]
    pub headline_tests: Vec<TestRow>,
    /// What would fool a reader, and whether it was found.
    #[serde(default)]
    pub guards: Vec<GuardRow>,
    /// How near the images that networks learned from come to the test images; empty in a record of before it was kept.
    #[serde(default)]
    pub corpora: Vec<CorpusRow>,
    /// How far each test image is from the training images, and how well it was reconstructed.
    #[serde(default)]
    pub distances: Vec<DistanceRow>,
    /// How scores go with these distances.
    #[serde(default)]
    pub distance_trends: Vec<DistanceTrend>,
    /// Share of elements that each feature term selects, by layer.
    pub shares: Vec<ShareRow>,
    /// Value of each loss term on the training and the test set, by condition.
    pub terms: Vec<TermRow>,
    /// Searches for the test images in the generator, and how they ended.
    #[serde(default)]
    pub searches: Vec<SearchRow>,
    /// Noise ceilings of each subject.
    #[serde(default)]
    pub noise_ceilings: Vec<NoiseCeilingRow>,
    /// How settings were chosen on the training images; `None` where all were given.
    #[serde(default)]
    pub tuned: Option<TunedFacts>,
    /// What the decoder's ceiling stands on; `None` where there is none.
    #[serde(default)]
    pub decoder_ceiling: Option<NoiselessFacts>,
    /// Agreement among the members of the ensemble.
    pub members: Vec<MemberRow>,
    /// How much the members differ about each test image.
    #[serde(default)]
    pub spread: Vec<SpreadRow>,
    /// The decoder's dimensions, if it predicts latents and they were looked at.
    #[serde(default)]
    pub information: Option<InformationFacts>,
    /// How many directions the images of each condition fill.
    #[serde(default)]
    pub ranks: Vec<RankRow>,
    /// What the voxels of each region have to do with the predictions.
    #[serde(default)]
    pub patterns: Vec<PatternRow>,
    /// Regions against each other, image by image; empty in a record of before it was computed.
    #[serde(default)]
    pub region_differences: Vec<RegionDifferenceRow>,
    /// The result against parts of its decoder, image by image; empty in a record of before it was computed.
    #[serde(default)]
    pub part_differences: Vec<PartDifferenceRow>,
    /// How well pixels are reconstructed at each distance from the centre.
    #[serde(default)]
    pub rings: Vec<RingRow>,
    /// The innermost ring less the outermost; `None` without rings, and in a record of before it was computed.
    #[serde(default)]
    pub centre_less_edge: Option<CentreLessEdge>,
    /// What share of people would show what single subjects do.
    #[serde(default)]
    pub prevalence: Option<PrevalenceRow>,
    /// Learning curves, by stage: "generator", "features", "observer convnet", "decoder member 0", "overfit".
    #[serde(with = "exact")]
    pub curves: Vec<(String, Curve)>,
    /// Warnings of any stage, as (stage, sentence).
    pub warnings: Vec<(String, String)>,
    /// What is missing for a proof of the run, in sentences.
    #[serde(default)]
    pub unproven: Vec<String>,
    /// The conditions of the experiment, and whether they hold.
    pub criteria: Vec<CriterionRow>,
    /// Headline figures under stable names: what `summary.json` holds.
    #[serde(with = "exact")]
    pub headline: BTreeMap<String, f64>,
}

impl Record {
    /// The row of a score, if it was computed.
    pub fn score(
        &self,
        condition: &Condition,
        statistic: Statistic,
        observer: &str,
        direction: Direction,
    ) -> Option<&ScoreRow> {
        self.scores.iter().find(|row| {
            row.condition == *condition
                && row.statistic == statistic
                && row.observer == observer
                && row.direction == direction
        })
    }

    /// Name of a condition for a reader of this record: where the search for the generator's ceiling was cut short, what it
    /// found is the best found, and no ceiling.
    pub fn label(&self, condition: &Condition) -> String {
        let mut searches = self.searches.iter();
        let is_cut = |row: &SearchRow| row.condition == *condition && row.is_still_falling();
        if *condition == Condition::Ceiling && searches.any(is_cut) {
            return "best found in the generator".into();
        }
        condition.label()
    }

    /// Share of pairs that are told apart: an original against all other reconstructions.
    pub fn pairs(&self, condition: &Condition, observer: &str) -> Option<&ScoreRow> {
        self.score(
            condition,
            Statistic::PairwiseIdentification,
            observer,
            Direction::OriginalToReconstructions,
        )
    }

    /// The condition that the report is about: the decoder of a run, or reconstructions that were made elsewhere.
    pub fn result(&self) -> Condition {
        let mut conditions = self.scores.iter().map(|row| &row.condition);
        let given = conditions.any(|condition| *condition == Condition::Given);
        if given {
            Condition::Given
        } else {
            Condition::Decoder
        }
    }
}

/// A record for tests of what reads one.
#[cfg(test)]
pub(crate) fn example() -> Record {
    tests::record(0.5)
}
