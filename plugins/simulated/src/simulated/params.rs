//! Parameters of `simulated`.

use lab_core::config::{Declared, Outside, Range, check_params, check_ranges};
use lab_core::prelude::*;
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

use super::noise::NoiseParams;

/// Subjects of a simulation: each takes time even where nothing but headers is asked for.
const MOST_SUBJECTS: usize = 10_000;

/// Parameters of `simulated`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatedParams {
    /// What the subjects look at.
    pub stimuli: PluginRef<dyn Dataset>,
    /// Voxels of each subject.
    pub voxels: Vec<usize>,
    /// Multiplier of every voxel's signal-to-noise ratio: 1 for short events (vim-1), 2 for BRAINS, 3 for GOD; at 0 the
    /// responses hold no signal at all.
    pub snr: f64,
    /// Share of the signal's variance that follows light and dark, λ, from 0 to below 1; the rest pools energies.
    pub luminance: f64,
    /// Presentations of each training image.
    pub train_repeats: usize,
    /// Presentations of each test image.
    pub test_repeats: usize,
    /// Training images a scanner run.
    pub train_block: usize,
    /// Test images a scanner run.
    pub test_block: usize,
    /// Frequencies of the pyramid, in cycles an image.
    pub frequencies: Vec<f64>,
    /// Parameters of the noise.
    pub noise: NoiseParams,
}

impl Default for SimulatedParams {
    /// Three subjects of unequal size with BRAINS' design and multiplier.
    fn default() -> Self {
        Self {
            stimuli: PluginRef::of("letters()"),
            voxels: vec![800, 700, 600],
            snr: 2.0,
            luminance: 0.0,
            train_repeats: 2,
            test_repeats: 2,
            train_block: 70,
            test_block: 12,
            frequencies: vec![1.0, 2.0, 4.0, 8.0],
            noise: NoiseParams::default(),
        }
    }
}

impl PluginParams for SimulatedParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("params.rs"), include_str!("noise.rs")],
        &[
            ("voxels", Range::ONE_OR_MORE.named("at least one subject, each with at least one voxel")),
            ("snr", Range::ZERO_OR_ABOVE.named("a number of at least 0")),
            ("luminance", Range::BELOW_ONE.named("a number from 0 to below 1")),
            ("train_repeats", Range::ONE_OR_MORE),
            ("test_repeats", Range::ONE_OR_MORE),
            ("train_block", Range::ONE_OR_MORE),
            ("test_block", Range::ONE_OR_MORE),
            ("frequencies", Range::from_to(0.5, 64.0, "numbers from 0.5 to 64")),
            ("noise.drift", Range::from_to(0.0, 1.0, "a share from 0 to 1")),
            ("noise.autocorrelation", Range::BELOW_ONE.named("a number from 0 to below 1")),
            ("noise.n_drifts", Range::ONE_OR_MORE),
            ("noise.local", Range::from_to(0.0, 1.0, "a share from 0 to 1")),
        ],
    );

    fn smoke(&mut self) {
        for n_voxels in &mut self.voxels {
            *n_voxels = (*n_voxels).min(120);
        }
    }
}

impl SimulatedParams {
    /// Refuses numbers that no subject can be made of.
    pub(super) fn check(&self) -> Result<(), Outside> {
        check_params("simulated", self)?;
        let outside = |name, expected| {
            Err(Outside {
                plugin: "simulated",
                name,
                expected,
                got: "none".into(),
            })
        };
        if self.voxels.is_empty() {
            return outside(
                "voxels",
                "at least one subject, each with at least one voxel",
            );
        }
        if self.voxels.len() > MOST_SUBJECTS {
            return Err(Outside {
                plugin: "simulated",
                name: "voxels",
                expected: "at most 10000 subjects",
                got: self.voxels.len().to_string(),
            });
        }
        if self.frequencies.is_empty() {
            return outside("frequencies", "numbers from 0.5 to 64");
        }
        let NoiseParams { drift, local, .. } = self.noise;
        let both = Range::from_to(0.0, 1.0, "shares with a sum of at most 1");
        check_ranges(
            "simulated",
            &[("noise, drift and local", drift + local, both)],
        )
    }
}
