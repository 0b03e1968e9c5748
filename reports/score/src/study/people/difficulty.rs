//! How hard a trial is, as told by other people.

use super::trials::{Person, Trials};

/// Decisions of people in general that a pair's own are mixed with: few decisions tell little of a pair.
const N_PRIOR: f64 = 4.0;
/// Log-odds are taken of shares inside this range.
const LEAST: f64 = 0.02;

/// Right decisions of those who count as people, by pair, by image and over all.
#[derive(Debug, Clone)]
pub(super) struct Difficulty {
    pairs: Vec<[f64; 2]>,
    images: Vec<[f64; 2]>,
    all: [f64; 2],
}

impl Difficulty {
    /// Counts the decisions of those who count as people.
    pub(super) fn of(trials: &Trials, counts: &[bool]) -> Self {
        let mut found = Self {
            pairs: vec![[0.0; 2]; trials.n_pairs],
            images: vec![[0.0; 2]; trials.n_images],
            all: [0.0; 2],
        };
        for (person, _) in trials
            .people
            .iter()
            .zip(counts)
            .filter(|(_, counts)| **counts)
        {
            found.add(person, 1.0);
        }
        found
    }

    fn add(&mut self, person: &Person, sign: f64) {
        for trial in &person.trials {
            let right = sign * f64::from(u8::from(trial.is_correct));
            for cell in [
                &mut self.pairs[trial.pair],
                &mut self.images[trial.image],
                &mut self.all,
            ] {
                cell[0] += right;
                cell[1] += sign;
            }
        }
    }

    /// Share of other people who are right about each of the person's trials.
    ///
    /// ```text
    /// q_all = (R + 1)/(N + 2),   q_image = (r_image + 4 q_all)/(n_image + 4),   q = (r_pair + 4 q_image)/(n_pair + 4)
    /// ```
    /// with the person's own decisions left out of all counts.
    pub(super) fn shares(&mut self, person: &Person, counts: bool) -> Vec<f64> {
        if counts {
            self.add(person, -1.0);
        }
        let mixed = |[right, n]: [f64; 2], prior: f64| (right + N_PRIOR * prior) / (n + N_PRIOR);
        let all = (self.all[0] + 1.0) / (self.all[1] + 2.0);
        let shares = person
            .trials
            .iter()
            .map(|trial| {
                let image = mixed(self.images[trial.image], all);
                mixed(self.pairs[trial.pair], image).clamp(LEAST, 1.0 - LEAST)
            })
            .collect();
        if counts {
            self.add(person, 1.0);
        }
        shares
    }
}
