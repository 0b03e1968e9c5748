//! Drawn letters B, R, A, I, N, S: many thousands of distinct ones, for simulations and corpora.
//!
//! A letter is two or three strokes of [`skeleton`] control points, moved by a [`hand`], and drawn with a [`pen`].

mod hand;
mod pen;
mod skeleton;
#[cfg(test)]
mod tests;

use lab_core::config::{Declared, Range};
use lab_core::demand::Demand;
use lab_core::prelude::*;
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use crate::drawn::Drawn;
use skeleton::LETTERS;

/// Parameters of `letters`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LettersParams {
    /// Letters for training; classes take turns.
    pub n_train: usize,
    /// Letters for testing; classes take turns.
    pub n_test: usize,
    /// Height and width in pixels, at least 8.
    pub size: usize,
    /// Letters of different series are different letters: a corpus must not be drawn from the series of the stimuli.
    pub series: String,
}

impl Default for LettersParams {
    /// As many as BRAINS has, at 32 pixels.
    fn default() -> Self {
        Self {
            n_train: 288,
            n_test: 72,
            size: 32,
            series: "stimuli".into(),
        }
    }
}

impl PluginParams for LettersParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs")],
        &[
            ("n_train", Range::COUNT),
            ("n_test", Range::COUNT),
            ("size", Range::SIDE.from(8.0, "at least 8 pixels")),
        ],
    );

    fn smoke(&mut self) {
        self.n_train = self.n_train.min(48);
        self.n_test = self.n_test.min(12);
    }
}

impl LettersParams {
    fn drawn(&self) -> Drawn<'_> {
        Drawn {
            plugin: "letters",
            one: "letter",
            n_train: self.n_train,
            n_test: self.n_test,
            size: self.size,
            series: &self.series,
        }
    }
}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Letters {
    params: LettersParams,
}

impl Letters {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Data`] for a size below 8 or no letters at all.
    pub fn build(params: LettersParams, _ctx: &Context) -> Result<Self> {
        params.drawn().check(8)?;
        Ok(Self { params })
    }
}

impl Dataset for Letters {
    fn demand(&self) -> Demand {
        self.params.drawn().demand()
    }

    fn n_images(&self) -> Option<f64> {
        Some(self.params.drawn().n_images())
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }

    fn reads_headers(&self) -> bool {
        true
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let size = self.params.size;
        self.params
            .drawn()
            .recording(ctx, &LETTERS.map(String::from), |class, rng| {
                hand::write(LETTERS[class], rng).render(size)
            })
    }
}

lab_core::register! {
    Dataset "letters" => Letters, LettersParams;
    summary: "Drawn letters B, R, A, I, N, S that look written by hand; every one is different",
    equation: "strokes: Catmull–Rom splines through jittered points; ink = smoothstep(clip((w − d)·size/2 + ½, 0, 1)), d the distance to the stroke, w its half width",
    source: "drawn for this project in the manner of Schoenmakers et al. (2013), doi:10.1016/j.neuroimage.2013.07.043",
    parity: "numpy for the rendering",
}
