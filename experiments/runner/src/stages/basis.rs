//! What every stage behind the networks builds on.

use lab_core::config::Evaluation;
use lab_core::objective::Objective;

use crate::session::Session;
use crate::stages::load::Data;
use crate::stages::networks::Networks;

/// The run at work, its data, its networks, and the objective that they give.
///
/// The rows that decoders are fitted on are no part of it: baselines take others than the experiment's, and searches for
/// the generator's best images take none.
#[derive(Clone, Copy)]
pub(crate) struct Basis<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) data: &'a Data,
    pub(crate) networks: &'a Networks,
    pub(crate) objective: &'a Objective,
}

impl Basis<'_> {
    /// Whether the experiment asks for a part of the evaluation.
    pub(crate) fn asks_for(&self, part: Evaluation) -> bool {
        self.session.plan.experiment.evaluate.contains(&part)
    }
}
