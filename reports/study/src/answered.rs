//! The answers to a study as decisions, joined with its key: what an export holds, without the way over files.

use std::sync::Arc;

use lab_score::study::{self as score, Decision};

use crate::Result;
use crate::design::Side;
use crate::exclusion::standings;
use crate::export::{Decided, decided, decisions};
use crate::folder::{Kind, Study};
use crate::store::Store;

/// Answers to a study.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The decisions, by person and trial, under the made-up names of exports; whoever withdrew is left out.
    pub decisions: Vec<Decision>,
    /// BLAKE3 of the `decisions.csv` that an export would hold.
    pub hash: String,
    /// What a reader must know of them, in sentences.
    pub notes: Vec<String>,
}

/// Reads the answers to a study.
///
/// # Errors
/// As [`Store::open_to_read`].
pub fn answered(study: &Arc<Study>) -> Result<Answered> {
    let store = Store::open_to_read(Arc::clone(study))?;
    let all = store.everything()?;
    let decided = decided(study, &all);
    let standings = standings(study, &all);
    let n_marked = standings.iter().filter(|of| !of.reasons.is_empty()).count();
    let marked = if n_marked > 0 {
        format!(
            "{n_marked} of {} people are marked by the study's rule of exclusion; their decisions are counted, as nobody is left out \
             automatically: `lab study export` names them in participants.csv",
            standings.len()
        )
    } else {
        format!(
            "nobody of {} people is marked by the study's rule of exclusion",
            standings.len()
        )
    };
    Ok(Answered {
        hash: blake3::hash(decisions(&decided).text().as_bytes())
            .to_hex()
            .to_string(),
        decisions: decided.iter().map(decision).collect(),
        notes: vec![
            format!("answers to study {}, read from its folder", study.id),
            marked,
        ],
    })
}

fn decision(one: &Decided) -> Decision {
    let side = |side: Side| match side {
        Side::Left => score::Side::Left,
        Side::Right => score::Side::Right,
    };
    let key = &one.key;
    Decision {
        set: key.set.clone(),
        condition: key.condition.clone(),
        subject: key.subject.clone(),
        image: key.image.clone(),
        distractors: vec![key.distractor.clone()],
        rater: one.rater.clone(),
        n_alternatives: 2,
        is_correct: one.is_correct(),
        side: Some(side(key.side)),
        answer: Some(side(one.answer)),
        rt_ms: Some(one.rt_ms),
        trial: Some(key.trial),
        kind: match key.kind {
            Kind::Trial => score::Kind::Trial,
            Kind::Catch => score::Kind::Catch,
            Kind::Practice => score::Kind::Practice,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::answered;
    use crate::settings::{Settings, Size};
    use crate::store::{Arrival, Store};
    use crate::tables::{self, Mapping};
    use crate::testing::study;

    #[test]
    fn the_folder_tells_what_its_export_tells() {
        let settings = Settings {
            size: Size::Participants(3),
            ..Settings::default()
        };
        let (temp, study) = study(10, &settings);
        let study = Arc::new(study);
        let mut store = Store::open(Arc::clone(&study), crate::clock::machine).unwrap();
        for token in ["one", "two"] {
            let person = store
                .arrive(&Arrival::default(), token, token)
                .unwrap()
                .unwrap();
            store.instructed(&person, true, true).unwrap();
            let key: Vec<_> = study
                .key
                .iter()
                .filter(|row| row.list == person.list)
                .collect();
            for row in key {
                let person = store.person(token).unwrap().unwrap();
                let answer = store.answer(&person, row.trial, crate::design::Side::Left, 700.0);
                answer.unwrap().unwrap();
            }
        }
        let leaves = store.person("two").unwrap().unwrap();
        store.withdraw(&leaves).unwrap();
        drop(store);
        let found = answered(&study).unwrap();
        crate::export::export(&study.folder, &temp.path().join("out"), None).unwrap();
        let path = temp.path().join("out/decisions.csv");
        let table = tables::read(&path, None, &Mapping::default()).unwrap();
        assert_eq!(found.decisions, table.decisions);
        assert_eq!(found.decisions.len(), 9);
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(found.hash, blake3::hash(&bytes).to_hex().as_str());
        assert!(found.notes[1].contains("1 people"), "{}", found.notes[1]);
    }
}
