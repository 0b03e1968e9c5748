//! Drawn scenes that share some statistics of natural images: dead leaves with 1/f texture.
//!
//! | class | how leaves lie | texture |
//! |---|---|---|
//! | `open smooth`, `open rough` | a ground below a horizon, few leaves | 1/f^1.5, 1/f^0.8 |
//! | `centred smooth`, `centred rough` | one large leaf in the middle | |
//! | `cluttered smooth`, `cluttered rough` | six leaves on average, anywhere | |
//!
//! ```text
//! image = tanh(g·(leaves − mean)/sd),   ln g normal around −0.7
//! ```
//!
//! # Source
//! Lee, Mumford and Huang (2001), doi:10.1023/A:1011109015675 (dead leaves); Field (1987),
//! doi:10.1364/JOSAA.4.002379 (1/f).

mod leaf;
#[cfg(test)]
mod tests;
mod texture;

use lab_core::config::{Declared, Range};
use lab_core::demand::Demand;
use lab_core::prelude::*;
use lab_core::rng::Stream;
use lab_core::traits::Dataset;
use rand_distr::{Distribution, Normal, Poisson};
use serde::{Deserialize, Serialize};

use crate::drawn::Drawn;
use leaf::Leaf;
use texture::Textures;

const CLASSES: [&str; 6] = [
    "open smooth",
    "open rough",
    "centred smooth",
    "centred rough",
    "cluttered smooth",
    "cluttered rough",
];
const SMOOTH: f64 = 1.5;
const ROUGH: f64 = 0.8;
/// Leaves of a cluttered and of an open scene, on average.
const N_CLUTTER: f64 = 6.0;
const N_OPEN: f64 = 1.5;

/// Parameters of `scenes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScenesParams {
    /// Scenes for training; classes take turns.
    pub n_train: usize,
    /// Scenes for testing; classes take turns.
    pub n_test: usize,
    /// Height and width in pixels, at least 16.
    pub size: usize,
    /// Scenes of different series are different scenes: a corpus must not be drawn from the series of the stimuli.
    pub series: String,
}

impl Default for ScenesParams {
    /// As many as vim-1 has, at the 64 pixels that the paper reconstructs.
    fn default() -> Self {
        Self {
            n_train: 1750,
            n_test: 120,
            size: 64,
            series: "stimuli".into(),
        }
    }
}

impl PluginParams for ScenesParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("mod.rs")],
        &[
            ("n_train", Range::COUNT),
            ("n_test", Range::COUNT),
            ("size", Range::SIDE.from(16.0, "at least 16 pixels")),
        ],
    );

    fn smoke(&mut self) {
        self.n_train = self.n_train.min(48);
        self.n_test = self.n_test.min(12);
    }
}

impl ScenesParams {
    fn drawn(&self) -> Drawn<'_> {
        Drawn {
            plugin: "scenes",
            one: "scene",
            n_train: self.n_train,
            n_test: self.n_test,
            size: self.size,
            series: &self.series,
        }
    }
}

/// The dataset, with its parameters checked.
#[derive(Debug)]
pub struct Scenes {
    params: ScenesParams,
}

impl Scenes {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Data`] for a size below 16 or no scenes at all.
    pub fn build(params: ScenesParams, _ctx: &Context) -> Result<Self> {
        params.drawn().check(16)?;
        Ok(Self { params })
    }
}

impl Dataset for Scenes {
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
        let textures = Textures::new(size);
        self.params
            .drawn()
            .recording(ctx, &CLASSES.map(String::from), |class, rng| {
                scene(class, size, &textures, rng)
            })
    }
}

/// One scene of a class.
fn scene(class: usize, size: usize, textures: &Textures, rng: &mut Stream) -> Vec<f32> {
    let exponent = if class.is_multiple_of(2) {
        SMOOTH
    } else {
        ROUGH
    };
    let mut field = textures.draw(exponent, rng);
    let leaves = match class / 2 {
        0 => [vec![Leaf::ground(rng)], anywhere(N_OPEN, rng)].concat(),
        1 => vec![Leaf::centred(rng)],
        _ => anywhere(N_CLUTTER, rng),
    };
    for leaf in leaves {
        let texture = textures.draw(exponent, rng);
        for (idx, pixel) in field.iter_mut().enumerate() {
            let centre = |index: usize| (index as f64 + 0.5) / size as f64;
            if leaf.covers(centre(idx % size), centre(idx / size)) {
                *pixel = leaf.level + 0.5 * texture[idx];
            }
        }
    }
    let n = field.len() as f64;
    let mean = field.iter().sum::<f64>() / n;
    let sd = (field
        .iter()
        .map(|pixel| (pixel - mean).powi(2))
        .sum::<f64>()
        / n)
        .sqrt()
        .max(f64::MIN_POSITIVE);
    let gain = Normal::new(-0.7f64, 0.15).map_or(0.5, |law| law.sample(rng).exp());
    field
        .iter()
        .map(|pixel| (gain * (pixel - mean) / sd).tanh() as f32)
        .collect()
}

fn anywhere(mean: f64, rng: &mut Stream) -> Vec<Leaf> {
    let n = Poisson::new(mean).map_or(0.0, |law| law.sample(rng)) as usize;
    (0..n).map(|_| Leaf::anywhere(rng)).collect()
}

lab_core::register! {
    Dataset "scenes" => Scenes, ScenesParams;
    summary: "Drawn scenes with the statistics of natural images: leaves that cover each other, with 1/f texture; six classes",
    equation: "image = tanh(g·standardised(leaves)),   texture amplitude 1/f^α, α = 1.5 (smooth) or 0.8 (rough)",
    source: "Lee, Mumford & Huang (2001), doi:10.1023/A:1011109015675; Field (1987), doi:10.1364/JOSAA.4.002379",
    parity: "properties",
}
