//! Decisions: answers joined with the key.

use std::collections::BTreeMap;

use crate::csv::{Table, harmless};
use crate::design::Side;
use crate::folder::{KeyRow, Study};
use crate::store::Everything;

/// An answer with what the trial showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The made-up name of the person.
    pub rater: String,
    /// What the trial showed, and which side was right.
    pub key: KeyRow,
    /// What was chosen.
    pub answer: Side,
    /// Reaction time since the trial was shown, milliseconds.
    pub rt_ms: f64,
    /// When the answer came, milliseconds since 1970; `None` from a page without a server.
    pub received: Option<i64>,
}

impl Decided {
    /// Whether the right picture was chosen.
    pub fn is_correct(&self) -> bool {
        self.answer == self.key.side
    }
}

/// All answers with their trials, by person and trial.
pub fn decided(study: &Study, all: &Everything) -> Vec<Decided> {
    let people: BTreeMap<i64, (&str, u32)> = all
        .people
        .iter()
        .map(|person| (person.id, (person.pseudonym.as_str(), person.list)))
        .collect();
    let mut decided = Vec::new();
    for answer in &all.answers {
        let person = people.get(&answer.person);
        let key = person.and_then(|(_, list)| study.key_of(*list, answer.trial));
        if let (Some((rater, _)), Some(key), Some(side)) = (person, key, Side::of(&answer.answer)) {
            decided.push(Decided {
                rater: (*rater).into(),
                key: key.clone(),
                answer: side,
                rt_ms: answer.rt_ms,
                received: Some(answer.received),
            });
        }
    }
    decided
}

/// Columns of `decisions.csv`.
pub(super) const COLUMNS: [&str; 13] = [
    "set",
    "condition",
    "subject",
    "image",
    "distractor",
    "rater",
    "n_alternatives",
    "correct",
    "side",
    "answer",
    "rt_ms",
    "trial",
    "kind",
];

/// The table of decisions that `lab study score` reads.
pub fn decisions(decided: &[Decided]) -> Table {
    let mut table = Table::new(&COLUMNS);
    for one in decided {
        let key = &one.key;
        table.rows.push(vec![
            harmless(&key.set),
            harmless(&key.condition),
            harmless(&key.subject),
            harmless(&key.image),
            harmless(&key.distractor),
            harmless(&one.rater),
            "2".into(),
            u8::from(one.is_correct()).to_string(),
            key.side.name().into(),
            one.answer.name().into(),
            format!("{:.1}", one.rt_ms),
            key.trial.to_string(),
            key.kind.name().into(),
        ]);
    }
    table
}
