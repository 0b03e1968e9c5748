//! Drawn letters B, R, A, I, N, S: many thousands of distinct ones, for simulations and corpora.
//!
//! A letter is two or three strokes of [`skeleton`] control points, moved by a [`hand`], and drawn with a [`pen`].
//! No two letters share a random stream, so that the hundredth is the same however many are drawn.

mod hand;
mod pen;
mod skeleton;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use lab_core::prelude::*;
use lab_core::recording::{Labels, MemoryImages, Split};
use lab_core::rng::stream;
use lab_core::traits::Dataset;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

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
    fn smoke(&mut self) {
        self.n_train = self.n_train.min(48);
        self.n_test = self.n_test.min(12);
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
        if params.size < 8 || params.n_train + params.n_test == 0 {
            return Err(Error::Data {
                what: "letters".into(),
                expected: "a size of at least 8 pixels and at least one letter".into(),
                got: format!(
                    "size: {}, n_train: {}, n_test: {}",
                    params.size, params.n_train, params.n_test
                ),
                remedy: "ask for more".into(),
            });
        }
        Ok(Self { params })
    }
}

impl Dataset for Letters {
    fn files(&self) -> Vec<std::path::PathBuf> {
        Vec::new()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let LettersParams {
            n_train,
            n_test,
            size,
            ref series,
        } = self.params;
        let sets = [("train", n_train), ("test", n_test)];
        let wanted: Vec<(&str, usize)> = sets
            .iter()
            .flat_map(|&(set, n)| (0..n).map(move |idx| (set, idx)))
            .collect();
        let draw = |&(set, idx): &(&str, usize)| {
            let mut rng = stream(ctx.seed(), &format!("letters/{series}/{set}/{idx}"));
            hand::write(LETTERS[idx % LETTERS.len()], &mut rng).render(size)
        };
        let images: Vec<Vec<f32>> = wanted.par_iter().map(draw).collect();
        let stimuli = Stimuli {
            images: Arc::new(MemoryImages::new(ImageShape::grey(size), images.concat())?),
            split: wanted
                .iter()
                .map(|&(set, _)| {
                    if set == "train" {
                        Split::Train
                    } else {
                        Split::Test
                    }
                })
                .collect(),
            labels: Some(Labels {
                names: LETTERS.map(String::from).to_vec(),
                of: wanted
                    .iter()
                    .map(|&(_, idx)| (idx % LETTERS.len()) as u32)
                    .collect(),
            }),
            field_of_view_deg: None,
        };
        Ok(Recording::corpus("drawn letters", stimuli))
    }
}

lab_core::register! {
    Dataset "letters" => Letters, LettersParams;
    summary: "Drawn letters B, R, A, I, N, S that look written by hand; every one is different",
    equation: "strokes: Catmull–Rom splines through jittered points; ink = smoothstep(clip((w − d)·size/2 + ½, 0, 1)), d the distance to the stroke, w its half width",
    source: "drawn for this project in the manner of Schoenmakers et al. (2013), doi:10.1016/j.neuroimage.2013.07.043",
    parity: "numpy for the rendering",
}
