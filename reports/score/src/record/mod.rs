//! What a run stores and a report shows: plain rows with units, and the pictures of the figures.

mod facts;
mod pictures;
mod rows;

use std::collections::BTreeMap;

use lab_core::events::Curve;
use serde::{Deserialize, Serialize};

pub use facts::{AlignmentRow, CriterionRow, DataFacts, PluginUse, Provenance, SubjectFacts};
pub use pictures::{Gallery, Pictures};
pub use rows::{
    Condition, ConfusionTable, DecisionRow, Direction, IntervalMethod, MemberRow, ScoreRow,
    ShareRow, Statistic, TermRow,
};

/// Everything a report is made of, apart from its pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The experiment's name.
    pub name: String,
    /// The author's sentence about it; may be empty.
    pub description: String,
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
    /// Classes of originals and reconstructions by the independent classifier.
    pub confusions: Vec<ConfusionTable>,
    /// Share of elements that each feature term selects, by layer.
    pub shares: Vec<ShareRow>,
    /// Value of each loss term on the training and the test set, by condition.
    pub terms: Vec<TermRow>,
    /// Agreement among the members of the ensemble.
    pub members: Vec<MemberRow>,
    /// Learning curves, by stage: "generator", "features", "observer convnet", "decoder member 0", "overfit".
    pub curves: Vec<(String, Curve)>,
    /// Warnings of any stage, as (stage, sentence).
    pub warnings: Vec<(String, String)>,
    /// The conditions of the experiment, and whether they hold.
    pub criteria: Vec<CriterionRow>,
    /// Headline figures under stable names: what `summary.json` holds.
    pub headline: BTreeMap<String, f64>,
}
