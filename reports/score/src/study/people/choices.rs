//! Signals of sides, of right decisions and of attention checks.

use super::trials::Person;
use crate::study::decisions::Side;

/// Answers below which nothing is said of sides.
const MIN_ANSWERS: usize = 12;

/// Signals of a person's choices, each as z.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Choices {
    pub(super) side: Option<f64>,
    pub(super) switching: Option<f64>,
    pub(super) accuracy: f64,
}

/// Signals of choices.
///
/// ```text
/// side       (L − a·S_L − (1 − a)(n − S_L))/√(n a(1 − a))
/// switching  (R − μ)/σ,   μ = 1 + 2 n₁n₂/n,   σ² = 2 n₁n₂ (2 n₁n₂ − n)/(n²(n − 1))
/// accuracy   (right − Σ chance)/√(Σ chance(1 − chance))
/// ```
/// with `L` answers on the left of `n`, `S_L` trials with the right one on the left, `a` the person's own share right (one
/// right and one wrong added), and `R` runs of one side, `n₁` and `n₂` the answers on each.
///
/// # Source
/// Wald & Wolfowitz (1940), doi:10.1214/aoms/1177731909, for runs.
pub(super) fn choices(person: &Person) -> Choices {
    let trials = &person.trials;
    let right = trials.iter().filter(|trial| trial.is_correct).count() as f64;
    let chance: f64 = trials.iter().map(|trial| trial.chance).sum();
    let spread: f64 = trials
        .iter()
        .map(|trial| trial.chance * (1.0 - trial.chance))
        .sum();
    let share = (right + 1.0) / (trials.len() as f64 + 2.0);
    let answers: Vec<(Option<Side>, Side)> = trials
        .iter()
        .filter_map(|trial| Some((trial.side, trial.answer?)))
        .collect();
    let (side, switching) = if answers.len() < MIN_ANSWERS {
        (None, None)
    } else {
        (side(&answers, share), switching(&answers))
    };
    Choices {
        side,
        switching,
        accuracy: (right - chance) / spread.max(f64::MIN_POSITIVE).sqrt(),
    }
}

fn side(answers: &[(Option<Side>, Side)], share: f64) -> Option<f64> {
    let placed: Vec<(Side, Side)> = answers
        .iter()
        .filter_map(|(side, answer)| Some(((*side)?, *answer)))
        .collect();
    let n = placed.len() as f64;
    let is_left = |side: Side| f64::from(u8::from(side == Side::Left));
    let answered: f64 = placed.iter().map(|(_, answer)| is_left(*answer)).sum();
    let stood: f64 = placed.iter().map(|(side, _)| is_left(*side)).sum();
    let expected = share * stood + (1.0 - share) * (n - stood);
    (n > 0.0).then(|| (answered - expected) / (n * share * (1.0 - share)).sqrt())
}

fn switching(answers: &[(Option<Side>, Side)]) -> Option<f64> {
    let n = answers.len() as f64;
    let left = answers
        .iter()
        .filter(|(_, answer)| *answer == Side::Left)
        .count() as f64;
    let runs = 1 + answers
        .windows(2)
        .filter(|two| two[0].1 != two[1].1)
        .count();
    let product = 2.0 * left * (n - left);
    let variance = product * (product - n) / (n * n * (n - 1.0));
    (variance > 0.0).then(|| (runs as f64 - 1.0 - product / n) / variance.sqrt())
}
