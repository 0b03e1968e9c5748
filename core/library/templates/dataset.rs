//! `my_plugin`: drawn gratings, and subjects whose voxels sum over patches of them.
//!
//! ```text
//! image(x, y) = cos(2π·f·(x·cos θ + y·sin θ) + φ)      response = image·weights + sd·noise
//! ```
//! To make it your own, read your files in [`MyPlugin::load`] and name them in [`MyPlugin::files`]; `lab data inspect`
//! shows what is in a file.

use std::f64::consts::PI;
use std::path::PathBuf;

use candle_core::{Device, Tensor};
use lab_core::config::{Declared, Range};
use lab_core::prelude::*;
use lab_core::recording::{Labels, Split, Subject, Trial, Voxels};
use lab_core::rng;
use lab_core::traits::Dataset;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// Classes of images.
const CLASSES: [&str; 2] = ["flat", "steep"];
/// Presentations of each image.
const N_REPEATS: usize = 2;

/// Parameters of [`MyPlugin`]; each can be set in an experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MyPluginParams {
    /// Training images.
    pub n_train: usize,
    /// Test images.
    pub n_test: usize,
    /// Side of an image, in pixels.
    pub size: usize,
    /// Voxels of each subject.
    pub voxels: Vec<usize>,
    /// Standard deviation of a response's noise; without noise it is about 1.
    pub noise: f64,
}

impl Default for MyPluginParams {
    fn default() -> Self {
        Self {
            n_train: 240,
            n_test: 60,
            size: 32,
            voxels: vec![400, 300],
            noise: 0.5,
        }
    }
}

impl PluginParams for MyPluginParams {
    /// The range of every number, and where comments say what parameters mean: for checks and `lab plugins explain`.
    const DECLARED: Declared = Declared::new(
        &[include_str!("dataset.rs")],
        &[
            ("n_train", Range::ONE_OR_MORE),
            ("n_test", Range::COUNT),
            ("size", Range::SIDE),
            ("voxels", Range::ONE_OR_MORE),
            ("noise", Range::ZERO_OR_ABOVE),
        ],
    );

    /// What `--smoke` makes of them: everything that costs time is shrunk.
    fn smoke(&mut self) {
        self.n_train = self.n_train.min(24);
        self.n_test = self.n_test.min(12);
        self.voxels.iter_mut().for_each(|n| *n = (*n).min(40));
    }
}

/// The dataset.
///
/// # Determinism
/// Images come from the stream `images`, voxels and noise of a subject from one of its name.
#[derive(Debug)]
pub struct MyPlugin {
    params: MyPluginParams,
}

impl MyPlugin {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no training images, pixels or voxels.
    pub fn build(params: MyPluginParams, _ctx: &Context) -> Result<Self> {
        if params.n_train > 0 && params.size > 0 && !params.voxels.contains(&0) {
            return Ok(Self { params });
        }
        Err(Error::Data {
            what: "parameters of my_plugin".into(),
            expected: "n_train, size and every number of voxels above 0".into(),
            got: format!("{params:?}"),
            remedy: "change them in the experiment".into(),
        })
    }

    /// Gratings of random direction, frequency and phase.
    fn stimuli(&self, ctx: &Context) -> Result<Stimuli> {
        let MyPluginParams {
            n_train,
            n_test,
            size,
            ..
        } = self.params;
        let mut rng = ctx.rng("images");
        let (mut pixels, mut classes) = (Vec::new(), Vec::new());
        for _ in 0..n_train + n_test {
            let angle: f64 = rng.random_range(0.0..PI);
            let cycles: f64 = rng.random_range(1.0..4.0);
            let phase: f64 = rng.random_range(0.0..2.0 * PI);
            let is_steep = (angle - PI / 2.0).abs() < PI / 4.0;
            classes.push(u32::from(is_steep));
            for pixel in 0..size * size {
                let (y, x) = ((pixel / size) as f64, (pixel % size) as f64);
                let along = (x * angle.cos() + y * angle.sin()) / size as f64;
                pixels.push((2.0 * PI * cycles * along + phase).cos() as f32);
            }
        }
        let mut stimuli = Stimuli::from_pixels(ImageShape::grey(size), pixels)?;
        stimuli.split[n_train..].fill(Split::Test);
        stimuli.labels = Some(Labels {
            names: CLASSES.map(str::to_owned).to_vec(),
            of: classes,
        });
        Ok(stimuli)
    }

    /// A subject of random linear voxels.
    fn subject(&self, ctx: &Context, idx: usize, images: &Tensor) -> Result<Subject> {
        let id = format!("S{}", idx + 1);
        let ctx = ctx.child(&id);
        let n_voxels = self.params.voxels[idx];
        let (n_images, n_pixels) = images.dims2()?;
        // The square of a grating is 1/2 on average.
        let sd = (2.0 / n_pixels as f64).sqrt();
        let weights = rng::normal(
            &mut ctx.rng("weights"),
            sd,
            &[n_pixels, n_voxels],
            &Device::Cpu,
        )?;
        let clean = images.matmul(&weights)?;
        let all = Tensor::cat(&[&clean; N_REPEATS], 0)?;
        let noise = rng::normal(
            &mut ctx.rng("noise"),
            self.params.noise,
            all.dims(),
            &Device::Cpu,
        )?;
        let trial = |idx: usize| Trial {
            image_idx: idx % n_images,
            run: (idx / n_images) as u32,
            repeat: (idx / n_images) as u32,
        };
        Ok(Subject {
            id,
            responses: (all + noise)?,
            trials: (0..N_REPEATS * n_images).map(trial).collect(),
            voxels: Voxels {
                roi_names: vec!["all".into()],
                roi: vec![vec![0]; n_voxels],
                ..Voxels::default()
            },
        })
    }
}

impl Dataset for MyPlugin {
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let stimuli = self.stimuli(ctx)?;
        let all: Vec<usize> = (0..stimuli.n_images()).collect();
        let images = stimuli.tensor(&all, &Device::Cpu)?.flatten_from(1)?;
        let subjects = (0..self.params.voxels.len())
            .map(|idx| self.subject(ctx, idx, &images))
            .collect::<Result<_>>()?;
        Ok(Recording {
            name: "my_plugin".into(),
            stimuli,
            subjects,
            simulated: Some("voxels are random linear sums of pixels".into()),
            notes: vec!["Images are gratings.".into()],
        })
    }
}

lab_core::register! {
    Dataset "my_plugin" => MyPlugin, MyPluginParams;
    summary: "Drawn gratings, and subjects whose voxels are random linear sums of pixels",
    equation: "image = cos(2π·f·(x·cos θ + y·sin θ) + φ);   response = image·weights + sd·noise",
    source: "your paper, with its DOI",
    parity: "",
}

#[cfg(test)]
mod tests {
    use lab_core::testing::check_dataset;

    use super::*;

    #[test]
    fn keeps_the_promises_of_a_dataset() -> Result<()> {
        let ctx = Context::new(1);
        let params = MyPluginParams {
            n_train: 12,
            n_test: 6,
            size: 8,
            voxels: vec![5, 4],
            ..MyPluginParams::default()
        };
        let recording = check_dataset(&ctx, &MyPlugin::build(params, &ctx)?)?;
        let recording = recording.expect("it reads no files");
        assert_eq!(recording.subjects[1].responses.dims(), [36, 4]);
        assert_eq!(recording.stimuli.indices(Split::Test).len(), 6);
        Ok(())
    }
}
