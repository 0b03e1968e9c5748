//! What observers make doubtful about people's choices.

use super::rows::{CONTRAST, LUMINANCE, ORIENTATION, ObserverKind, ObserverRow};
use super::sets::Set;
use crate::study::Observed;

/// Sentences about margins that fit no trial.
pub(super) fn of_table(sets: &[Set<'_>], observed: &[Observed]) -> Vec<String> {
    let mut said = Vec::new();
    if sets.iter().all(|set| set.lookers.is_empty()) {
        let example = observed.first().map_or(String::new(), |of| {
            format!(
                " (such as set '{}', condition '{}', image '{}', distractor '{}')",
                of.set, of.condition, of.image, of.distractor
            )
        });
        said.push(format!(
            "No trial of the model observers{example} is among the decisions: their names of sets, conditions, brains and images \
             must be those of the decisions."
        ));
    }
    said
}

/// Sentences about one set.
pub(super) fn of_set(set: &Set<'_>, rows: &[ObserverRow], alpha: f64) -> Vec<String> {
    let name = set.name();
    let mut said = Vec::new();
    let of_set = |row: &&ObserverRow| row.set == set.set && row.condition == set.condition;
    let of_set: Vec<&ObserverRow> = rows.iter().filter(of_set).collect();
    if of_set.is_empty() {
        return said;
    }
    if set.n_without_foil > 0 {
        said.push(format!(
            "{name}: {} decisions name no foil, or several; model observers answer choices between two only.",
            set.n_without_foil
        ));
    }
    let fewest = of_set.iter().map(|row| row.accuracy.n).min().unwrap_or(0);
    if fewest < set.trials.len() {
        said.push(format!(
            "{name}: some observer saw {fewest} of {} trials only.",
            set.trials.len()
        ));
    }
    said.extend(of_set.iter().filter_map(|row| cue(&name, row, alpha)));
    said
}

/// A trivial cue that does as well as people, or better than guessing.
fn cue(name: &str, row: &ObserverRow, alpha: f64) -> Option<String> {
    if row.kind != ObserverKind::Cue {
        return None;
    }
    let cue = match row.observer.as_str() {
        LUMINANCE => "mean luminance",
        CONTRAST => "contrast",
        ORIENTATION => "the energy of orientations",
        _ => return None,
    };
    let shares = format!(
        "{name}: {cue} alone is right for {:.1} % of the trials, people for {:.1} % of their decisions about them",
        100.0 * row.accuracy.share,
        100.0 * row.people
    );
    let p = match (row.permutation, row.clusters) {
        (Some(of), _) => of.p_holm,
        (None, Some(of)) => of.p_holm,
        (None, None) => row.accuracy.p_holm,
    };
    if row.accuracy.share >= row.people && row.people > row.accuracy.chance {
        Some(format!(
            "{shares}: at these shares people may have used nothing but this cue."
        ))
    } else if p <= alpha {
        Some(format!(
            "{shares}: this cue tells the right reconstruction more often than guessing does, so that people may have used it."
        ))
    } else {
        None
    }
}
