//! The sentences of the card, each from a rule.

use lab_score::record::{Condition, SearchRow};

use super::{Card, Decoding, GeneratorCard, JudgeFacts};
use crate::limits;

impl Card {
    /// Images, judge and generators, in sentences.
    pub fn facts(&self) -> Vec<String> {
        let first = self.generators.first().map_or("", |card| &card.label);
        let given: Vec<&str> = self
            .generators
            .iter()
            .filter(|card| card.quality.copying.is_none())
            .map(|card| card.label.as_str())
            .collect();
        let mut facts = vec![
            real_images(
                (self.n_real, self.n_real_pictures),
                &self.dataset,
                self.n_test,
                &given,
            ),
            judge(&self.judge, first),
        ];
        let generators = self.generators.iter();
        facts.extend(generators.map(|card| generator(card, self.n_samples)));
        facts
    }

    /// What a reader must know to read the figures.
    pub fn notes(&self) -> Vec<String> {
        let confidence = 100.0 * self.confidence;
        let real = match self.n_real_pictures {
            None => "real images",
            Some(_) => "whole pictures",
        };
        let mut notes = vec![
            format!(
                "[…] are {confidence} % intervals: KID by jackknife over samples and {real}, shares by Wilson, means over seeds by Student's t, the rest by bootstrap over images; – is not measured."
            ),
            "KID has no bias, but takes images as drawn independently: sets with equally many images of each class come out a little below 0."
                .to_owned(),
            "FID is biased upwards by few images: compare it at the same N only, and with the corpus beside it; of endless images, the bias of the samples is gone and that of the real images is left."
                .to_owned(),
        ];
        notes.extend(self.n_real_pictures.map(crops));
        notes.extend(self.generators.iter().map(|card| {
            let row = limits::search_row(Condition::Ceiling, &card.ceiling.search);
            search(&card.label, &row)
        }));
        if !self.generators.is_empty() {
            notes.push(
                "What a search finds bounds the least loss alone, from above: another search may find less, and no accuracy is bounded by it. Two searches from other starts end as far apart as said above; no smaller error in z can be told from none."
                    .to_owned(),
            );
        }
        notes.extend(self.generators.iter().filter_map(not_run));
        notes
    }
}

/// What it means that real images were cut from pictures.
fn crops(n_pictures: usize) -> String {
    format!(
        "Real images were cut from {n_pictures} pictures, and what is cut from one is alike: KID counts each picture once and leaves out whole \
         ones. FID, precision, recall and copying count every image, so that the intervals of recall and the p of copying are too sure."
    )
}

/// Real images, and the pictures that they were cut from; `given` are the generators whose corpus is not known.
fn real_images(
    (n_real, n_pictures): (usize, Option<usize>),
    dataset: &str,
    n_test: usize,
    given: &[&str],
) -> String {
    let cut = n_pictures.map_or(String::new(), |n| format!(", cut from {n} pictures"));
    let known = if given.is_empty() {
        "which no generator has learned from".to_owned()
    } else {
        format!(
            "which stand in no corpus of these generators; what {} learned from is not known here",
            given.join(", ")
        )
    };
    format!("real images: {n_real} of {dataset}{cut}, {known}; ceilings: its {n_test} test images")
}

fn judge(judge: &JudgeFacts, first: &str) -> String {
    format!(
        "judge: {}, an observer of {first}, seed {}, and no part of its loss; distances are between means and standard deviations of its ReLUs over positions, {} numbers, in units of their root mean square over real images",
        judge.features, judge.seed, judge.n_features
    )
}

fn generator(card: &GeneratorCard, n_samples: usize) -> String {
    let plugin = card.generator.split('(').next().unwrap_or_default();
    format!(
        "{}: {plugin} of {}, {} latents, seed {}, run {}; {n_samples} samples",
        card.label,
        card.file.display(),
        card.n_latents,
        card.seed,
        card.run_hash,
    )
}

/// How the search for a generator's ceiling ended.
fn search(label: &str, row: &SearchRow) -> String {
    format!("Ceiling of {label}: {}; {}.", row.found(), row.ended())
}

fn not_run(card: &GeneratorCard) -> Option<String> {
    match &card.decoding {
        Decoding::NotRun { reason } => Some(format!("{}: not run: {reason}.", card.label)),
        Decoding::Finished { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use lab_core::search::SearchFacts;
    use lab_score::record::Condition;

    use super::{JudgeFacts, crops, judge, real_images, search};
    use crate::limits::search_row;

    #[test]
    fn real_images_are_called_unseen_only_where_every_corpus_is_known() {
        let known = real_images((90, None), "letters", 18, &[]);
        assert!(
            known.contains("which no generator has learned from"),
            "{known}"
        );
        let given = real_images((90, Some(12)), "letters", 18, &["a", "b"]);
        assert!(!given.contains("no generator has learned"), "{given}");
        assert!(
            given.contains("90 of letters, cut from 12 pictures, which"),
            "{given}"
        );
        assert!(!known.contains("cut from") && crops(12).contains("cut from 12 pictures"));
        assert!(
            given.contains("what a, b learned from is not known here"),
            "{given}"
        );
    }

    #[test]
    fn the_judge_is_no_part_of_the_loss_of_its_own_experiment() {
        let facts = JudgeFacts {
            features: "convnet.conv3".into(),
            n_features: 64,
            network: String::new(),
            seed: 3,
            classes: Vec::new(),
        };
        let words = judge(&facts, "one");
        assert!(
            words.contains("an observer of one, seed 3, and no part of its loss"),
            "{words}"
        );
    }

    #[test]
    fn a_ceiling_is_the_best_that_was_found() {
        let facts = SearchFacts {
            n_images: 18,
            n_starts: 4,
            n_offered: 0,
            by_encoder: false,
            n_steps: 240,
            maximum: 240,
            tolerance: 0.001,
            window: 50,
            n_stalled: 0,
            fall: Some(0.02),
            loss: 1.0,
        };
        let words = search("a", &search_row(Condition::Ceiling, &facts));
        assert_eq!(
            words,
            "Ceiling of a: the best that was found, by 240 steps from 4 random starts an image; the search ended because the \
             stated maximum of 240 steps was reached, while the loss still fell by 2 % in 50 steps."
        );
    }
}
