//! Simulated trials: how hard they are for people, and what observers make of them.

use std::collections::BTreeSet;

use lab_core::rng::Stream;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

use super::crowd::{Crowd, OBSERVERS};
use crate::study::decisions::{Decision, Kind};
use crate::study::observed::Observed;

/// Middle of an observer's margins in their own standard deviations: it is right about two thirds of the trials.
const MIDDLE: f64 = 0.45;

/// Trials of a simulated study.
pub(super) struct Stimuli {
    n_images: usize,
    /// `[n_images·n_images]`, original by foil.
    ease: Vec<f64>,
    margins: Vec<[f64; 3]>,
}

impl Stimuli {
    pub(super) fn draw(crowd: &Crowd, rng: &mut Stream) -> Self {
        let n = crowd.n_images;
        let normal = |rng: &mut Stream| -> f64 { StandardNormal.sample(rng) };
        let originals: Vec<f64> = (0..n).map(|_| normal(rng)).collect();
        let foils: Vec<f64> = (0..n).map(|_| normal(rng)).collect();
        let rho = crowd.correlation;
        let rest = (1.0 - rho * rho).sqrt();
        let (mut ease, mut margins) = (Vec::new(), Vec::new());
        for original in &originals {
            for foil in &foils {
                let h = 0.8 * original + 0.4 * foil + 0.45 * normal(rng);
                let shared = normal(rng);
                ease.push(h);
                margins.push([0; 3].map(|_| {
                    MIDDLE + rho * h + rest * (0.7 * shared + 0.51_f64.sqrt() * normal(rng))
                }));
            }
        }
        Self {
            n_images: n,
            ease,
            margins,
        }
    }

    pub(super) fn ease(&self, image: usize, foil: usize) -> f64 {
        self.ease[image * self.n_images + foil]
    }

    pub(super) fn margins(&self, image: usize, foil: usize) -> [f64; 3] {
        self.margins[image * self.n_images + foil]
    }

    /// A participant's trials: no image is seen twice; a foil is one of the image's own where one is left.
    pub(super) fn pairs(&self, crowd: &Crowd, rng: &mut Stream) -> Vec<(usize, usize)> {
        let n = self.n_images;
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(rng);
        let mut is_free = vec![true; n];
        let mut pairs = Vec::new();
        for &image in &order {
            if pairs.len() == crowd.n_trials {
                break;
            }
            if !std::mem::replace(&mut is_free[image], false) {
                continue;
            }
            let mut own: Vec<usize> = (0..crowd.n_foils)
                .map(|foil| (image + 1 + foil * (n - 1) / crowd.n_foils) % n)
                .collect();
            own.shuffle(rng);
            let left = own
                .into_iter()
                .chain(order.iter().copied())
                .find(|&foil| is_free[foil]);
            if let Some(foil) = left {
                is_free[foil] = false;
                pairs.push((image, foil));
            }
        }
        pairs
    }

    /// Margins of the pairs that were shown.
    pub(super) fn observed(&self, decisions: &[Decision]) -> Vec<Observed> {
        let shown: BTreeSet<(&str, &str)> = decisions
            .iter()
            .filter(|decision| decision.kind == Kind::Trial)
            .map(|decision| (decision.image.as_str(), decision.distractors[0].as_str()))
            .collect();
        let mut rows = Vec::new();
        for (image, distractor) in shown {
            let margins = number(image)
                .zip(number(distractor))
                .map(|(a, b)| self.margins(a, b));
            let margins = margins.into_iter().flatten();
            rows.extend(
                OBSERVERS
                    .iter()
                    .zip(margins)
                    .map(|(observer, margin)| Observed {
                        observer: (*observer).into(),
                        set: "simulated".into(),
                        condition: String::new(),
                        subject: String::new(),
                        image: image.into(),
                        distractor: distractor.into(),
                        margin,
                    }),
            );
        }
        rows
    }
}

/// Name of an image.
pub(super) fn name(image: usize) -> String {
    format!("image {image}")
}

fn number(name: &str) -> Option<usize> {
    name.strip_prefix("image ")?.parse().ok()
}
