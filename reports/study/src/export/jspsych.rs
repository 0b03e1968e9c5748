//! The same decisions in the columns that jsPsych writes.

use std::collections::BTreeMap;

use super::Decided;
use crate::csv::{Table, harmless};
use crate::design::Side;
use crate::store::Everything;

/// `trial_index` counts from 0; `response` is the index of the chosen picture, as that of a button.
pub(super) fn table(all: &Everything, decided: &[Decided]) -> Table {
    let began: BTreeMap<&str, i64> = all
        .people
        .iter()
        .map(|person| (person.pseudonym.as_str(), person.began))
        .collect();
    let mut table = Table::new(&[
        "participant",
        "trial_type",
        "trial_index",
        "time_elapsed",
        "rt",
        "response",
        "stimulus",
        "distractor",
        "correct_response",
        "correct",
        "task",
        "condition",
        "subject",
        "list",
    ]);
    let button = |side: Side| u8::from(side == Side::Right).to_string();
    for one in decided {
        let since = began
            .get(one.rater.as_str())
            .zip(one.received)
            .map(|(began, received)| (received - began).to_string());
        table.rows.push(vec![
            harmless(&one.rater),
            "html-button-response".into(),
            (one.key.trial - 1).to_string(),
            since.unwrap_or_default(),
            format!("{:.1}", one.rt_ms),
            button(one.answer),
            harmless(&one.key.image),
            harmless(&one.key.distractor),
            button(one.key.side),
            one.is_correct().to_string(),
            one.key.kind.name().into(),
            harmless(&one.key.condition),
            harmless(&one.key.subject),
            one.key.list.to_string(),
        ]);
    }
    table
}
