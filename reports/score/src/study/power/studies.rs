//! Studies drawn from a known truth.

use lab_core::rng::Stream;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

use super::design::Design;

/// The truth that studies are drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    /// Mean log-odds of a right decision.
    pub(super) logit: f64,
    /// Standard deviations of image, distractor and rater in log-odds.
    pub(super) deviations: [f64; 3],
}

/// Decisions of one study, `[n_decisions]` each.
#[derive(Debug, Clone, Default)]
pub(super) struct Study {
    pub(super) image: Vec<u32>,
    pub(super) distractor: Vec<u32>,
    pub(super) rater: Vec<u32>,
    pub(super) correct: Vec<bool>,
}

impl Study {
    /// Draws a study.
    ///
    /// All images are passed through again and again, in a new order each time and with the next of their foils; raters
    /// decide about consecutive ones. So each image is target and, within one decision a foil, distractor equally often.
    /// Foils lie at fixed distances around the circle of images, so that each image is foil as often as target.
    pub(super) fn draw(design: &Design, truth: &Truth, rng: &mut Stream) -> Self {
        let n_images = design.n_images;
        let [images, distractors, raters] =
            [n_images, n_images, design.n_raters].map(|n| normal(n, rng));
        let mut order: Vec<usize> = (0..n_images).collect();
        let mut study = Self::default();
        for decision in 0..design.n_decisions {
            if decision % n_images == 0 {
                order.shuffle(rng);
            }
            let image = order[decision % n_images];
            let foil = decision / n_images % design.n_foils;
            let distractor = (image + 1 + foil * (n_images - 1) / design.n_foils) % n_images;
            let rater = decision * design.n_raters / design.n_decisions;
            let logit = truth.logit
                + truth.deviations[0] * images[image]
                + truth.deviations[1] * distractors[distractor]
                + truth.deviations[2] * raters[rater];
            study.image.push(image as u32);
            study.distractor.push(distractor as u32);
            study.rater.push(rater as u32);
            let is_right = rng.random::<f64>() < 1.0 / (1.0 + (-logit).exp());
            study.correct.push(is_right);
        }
        study
    }
}

fn normal(n: usize, rng: &mut Stream) -> Vec<f64> {
    (0..n).map(|_| StandardNormal.sample(rng)).collect()
}
