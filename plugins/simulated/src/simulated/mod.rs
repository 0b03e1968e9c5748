//! Simulated subjects who look at the images of any other dataset.
//!
//! ```text
//! C = ln(1 + e/ē)                            e: energies of a Gabor pyramid, ē their means over training images
//! s_v = √(1 − λ)·(Σ_c W_cv·C_c) + √λ·l_v     the sum, and each of both before, standardised over training images
//! y_v = s_v + SNR_v^−½·(√(1 − a − b)·white + √a·drift + √b·local)
//! ```
//! Weights `W`: [`voxel`]; light `l`: [`luminance`]; noise: [`noise`]; order of trials: [`order`].
//! Energies do not tell light from dark: with `λ = 0` pixels can be decoded only as far as images share their polarity,
//! as letters do and scenes do not.
//! Every voxel is standardised by its training trials at the end, as are real data before they are handed over.
//!
//! # Source
//! Receptive fields after Kay et al. (2008), doi:10.1038/nature06713; regions, signal-to-noise ratios and drift set by
//! hand to what the responses of that study look like. Only V1's ratio is anchored to data; the others are guesses.
//!
//! # Shapes
//! Responses `[n_trials, n_voxels]`: all training trials, then all test trials, each in order of presentation.
//!
//! # Determinism
//! Each voxel, trial and order has a random stream of its own, so that another subject or voxel moves no other number.

mod ceiling;
mod luminance;
mod noise;
mod order;
mod params;
mod scale;
mod signal;
#[cfg(test)]
mod tests;
mod voxel;

use std::path::PathBuf;

use candle_core::Tensor;
use lab_core::demand::{Demand, FLOAT};
use lab_core::prelude::*;
use lab_core::recording::{Split, Subject, Trial, Voxels};
use lab_core::traits::Dataset;
use rayon::prelude::*;

pub use noise::NoiseParams;
pub use params::SimulatedParams;
pub use voxel::SimulatedVoxel;

use order::Presentation;
use scale::Moments;

/// The dataset, with its parameters checked.
pub struct Simulated {
    params: SimulatedParams,
    stimuli: Box<dyn Dataset>,
    /// Presentations of each test image, the first ones, that noise ceilings are of.
    averaged: usize,
}

/// What is behind the responses of one simulated subject.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Each voxel's receptive field, tuning and signal-to-noise ratio: `[n_voxels]`.
    pub voxels: Vec<SimulatedVoxel>,
    /// Responses without noise, in units of their standard deviation over training images: `[n_images, n_voxels]`, f32;
    /// zero where the multiplier is 0.
    pub signal: Tensor,
}

impl Simulated {
    /// Checks the design and builds the dataset that is looked at.
    ///
    /// # Errors
    /// [`Error::Data`] for a number outside its range, or as the stimuli's own `build`.
    pub fn build(params: SimulatedParams, ctx: &Context) -> Result<Self> {
        params.check().map_err(|outside| {
            outside.with_remedy("lab plugins explain simulated lists all parameters")
        })?;
        let stimuli = params.stimuli.build(ctx)?;
        Ok(Self {
            averaged: params.test_repeats,
            params,
            stimuli,
        })
    }

    /// The same subjects, whose noise ceilings are of the average over the first presentations of each test image alone:
    /// further ones are kept for something else.
    #[must_use]
    pub fn averaging(mut self, n_presentations: usize) -> Self {
        self.averaged = n_presentations;
        self
    }

    /// The recording, and for each subject what is behind it.
    ///
    /// # Errors
    /// As the stimuli's own `load`, or if there are no training images.
    pub fn simulate(&self, ctx: &Context) -> Result<(Recording, Vec<Truth>)> {
        let mut recording = self.stimuli.load(&ctx.child("stimuli"))?;
        let train = recording.stimuli.indices(Split::Train);
        let test = recording.stimuli.indices(Split::Test);
        if train.is_empty() {
            return Err(Error::Data {
                what: format!("stimuli of the simulation, '{}'", recording.name),
                expected: "at least one training image".into(),
                got: format!("{} test images", test.len()),
                remedy: "give the stimuli training images".into(),
            });
        }
        let frequencies = &self.params.frequencies;
        let contrast = (!ctx.headers_only())
            .then(|| signal::contrast(&recording.stimuli, &train, frequencies, ctx.device()))
            .transpose()?;
        let SimulatedParams {
            train_repeats,
            test_repeats,
            train_block,
            test_block,
            ..
        } = self.params;
        let order = order::present(
            &train,
            train_repeats,
            train_block,
            0,
            &mut ctx.rng("order of training trials"),
        );
        let n_runs = order.last().map_or(0, |trial| trial.run + 1);
        let test_order = order::present(
            &test,
            test_repeats,
            test_block,
            n_runs,
            &mut ctx.rng("order of test trials"),
        );
        recording.subjects.clear();
        let mut truths = Vec::new();
        for (idx, &n_voxels) in self.params.voxels.iter().enumerate() {
            ctx.check_cancelled()?;
            let ctx = ctx.child(&format!("S{}", idx + 1));
            let voxels = voxel::draw(n_voxels, self.params.snr, &ctx);
            let signal = match &contrast {
                Some(contrast) => {
                    self.signal(contrast, &recording.stimuli, &voxels, &train, &ctx)?
                }
                None => Vec::new(),
            };
            let subject = self.subject(
                &format!("S{}", idx + 1),
                [&order, &test_order],
                &voxels,
                &signal,
                &ctx,
            )?;
            let n_images = signal.len() / n_voxels;
            truths.push(Truth {
                voxels,
                signal: Tensor::from_vec(signal, (n_images, n_voxels), ctx.device())?,
            });
            recording.subjects.push(subject);
        }
        self.describe(&mut recording);
        Ok((recording, truths))
    }

    /// Responses without noise: `[n_images, n_voxels]`; zero where there is no signal.
    fn signal(
        &self,
        contrast: &signal::Contrast,
        stimuli: &Stimuli,
        voxels: &[SimulatedVoxel],
        train: &[usize],
        ctx: &Context,
    ) -> Result<Vec<f32>> {
        let n_voxels = voxels.len();
        let SimulatedParams { snr, luminance, .. } = self.params;
        if snr == 0.0 {
            return Ok(vec![0.0; stimuli.n_images() * n_voxels]);
        }
        let mut signal = signal::pooled(contrast, voxels, train, ctx)?;
        if luminance > 0.0 {
            let light = luminance::luminance(stimuli, voxels, ctx)?;
            signal = signal::mixed(signal, light, luminance, n_voxels, train);
        }
        Ok(signal.into_iter().map(|value| value as f32).collect())
    }

    /// Responses are 0 where there is no signal to look at, because headers alone are asked for.
    fn subject(
        &self,
        id: &str,
        orders: [&[Presentation]; 2],
        voxels: &[SimulatedVoxel],
        signal: &[f32],
        ctx: &Context,
    ) -> Result<Subject> {
        let [train, test] = orders;
        let n_voxels = voxels.len();
        let both: Vec<&Presentation> = train.iter().chain(test).collect();
        let (responses, noiseless) = if ctx.headers_only() {
            (vec![0.0; both.len() * n_voxels], None)
        } else {
            let (responses, moments) = self.responses(orders, voxels, signal, ctx);
            (responses, self.noiseless(signal, &moments, ctx)?)
        };
        let trial = |trial: &&Presentation| Trial {
            image_idx: trial.image_idx,
            run: trial.run,
            repeat: trial.repeat,
        };
        Ok(Subject {
            id: id.to_owned(),
            responses: Tensor::from_vec(responses, (both.len(), n_voxels), ctx.device())?,
            trials: both.iter().map(trial).collect(),
            voxels: Voxels {
                roi_names: voxel::REGIONS.map(|region| region.name.to_owned()).to_vec(),
                roi: voxels
                    .iter()
                    .map(|voxel| vec![voxel.region as u16])
                    .collect(),
                xyz: None,
                noise_ceiling: (!ctx.headers_only()).then(|| {
                    ceiling::noise_ceilings(
                        (test, self.averaged),
                        voxels,
                        signal,
                        &self.params.noise,
                    )
                }),
                noiseless,
            },
        })
    }

    /// The signal on the scale of the responses: `[n_images, n_voxels]`; `None` where there is no signal.
    fn noiseless(
        &self,
        signal: &[f32],
        moments: &Moments,
        ctx: &Context,
    ) -> Result<Option<Tensor>> {
        if self.params.snr == 0.0 {
            return Ok(None);
        }
        let mut values = signal.to_vec();
        scale::standardise(&mut values, moments);
        let n_images = values.len() / moments.len();
        let shape = (n_images, moments.len());
        Ok(Some(Tensor::from_vec(values, shape, ctx.device())?))
    }

    /// Signal and noise of each trial, standardised by the moments given beside: `[n_trials, n_voxels]`.
    fn responses(
        &self,
        [train, test]: [&[Presentation]; 2],
        voxels: &[SimulatedVoxel],
        signal: &[f32],
        ctx: &Context,
    ) -> (Vec<f32>, Moments) {
        let noise = &self.params.noise;
        let mut responses = noise::trials(train, voxels, noise, &ctx.child("train"));
        responses.extend(noise::trials(test, voxels, noise, &ctx.child("test")));
        let n_voxels = voxels.len();
        let both: Vec<&Presentation> = train.iter().chain(test).collect();
        responses
            .par_chunks_mut(n_voxels)
            .zip(&both)
            .for_each(|(row, trial)| {
                let shown = &signal[trial.image_idx * n_voxels..][..n_voxels];
                row.iter_mut()
                    .zip(shown)
                    .for_each(|(response, signal)| *response += signal);
            });
        let moments = scale::moments(&responses, n_voxels, train.len());
        scale::standardise(&mut responses, &moments);
        (responses, moments)
    }

    fn describe(&self, recording: &mut Recording) {
        let SimulatedParams {
            snr,
            luminance,
            train_repeats,
            test_repeats,
            ..
        } = self.params;
        let light = if luminance > 0.0 {
            format!(" and over light (share of variance {luminance})")
        } else {
            String::new()
        };
        recording.simulated = Some(if snr > 0.0 {
            format!(
                "The responses are simulated: receptive fields over a Gabor pyramid{light}, with drift and noise, at {snr} times \
                 the signal-to-noise ratio of short events. No person saw these images."
            )
        } else {
            "The responses are simulated and hold no signal: every score above chance would be a mistake. No person saw these \
             images."
                .into()
        });
        recording.notes.push(format!(
            "Each training image was shown {train_repeats} and each test image {test_repeats} times, repeats within one run."
        ));
        recording.notes.push(
            "The simulated voxels pool energies of a Gabor pyramid, the features by which the observer gabor compares; scores of \
             that observer may favour the simulation."
                .into(),
        );
        if luminance == 0.0 {
            recording.notes.push(
                "Energies do not tell light from dark: pixels can be decoded only as far as the images share their polarity."
                    .into(),
            );
        }
    }
}

impl Dataset for Simulated {
    fn demand(&self) -> Demand {
        let SimulatedParams {
            voxels,
            train_repeats,
            test_repeats,
            frequencies,
            noise,
            ..
        } = &self.params;
        let n_images = self.stimuli.n_images().unwrap_or(1.0);
        // Every image is shown as often as the rarer ones, and one image as often as the others.
        let [rarer, others] = [
            train_repeats.min(test_repeats),
            train_repeats.max(test_repeats),
        ];
        let n_trials = n_images * *rarer as f64 + *others as f64;
        let n_voxels: f64 = voxels.iter().map(|&n| n as f64).sum();
        let places: f64 = frequencies.iter().map(|f| f.powi(2)).sum();
        let own = Demand {
            // Voxels, responses, the signal behind them in both units, drifts, and energies of the pyramid.
            bytes: size_of::<SimulatedVoxel>() as f64 * n_voxels
                + FLOAT * (n_trials + 2.0 * n_images) * n_voxels
                + 2.0 * FLOAT * noise.n_drifts as f64 * n_trials
                + FLOAT * places * n_images,
            steps: 0.0,
            lower: "voxels, train_repeats, test_repeats, noise.n_drifts, or the number of stimuli",
        };
        let stimuli = self.stimuli.demand();
        if stimuli.bytes > own.bytes {
            stimuli.and(own)
        } else {
            own.and(stimuli)
        }
    }

    fn n_images(&self) -> Option<f64> {
        self.stimuli.n_images()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.stimuli.files()
    }

    fn obtain(&self) -> Option<String> {
        self.stimuli.obtain()
    }

    fn reads_headers(&self) -> bool {
        self.stimuli.reads_headers()
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        Ok(self.simulate(ctx)?.0)
    }
}

lab_core::register! {
    Dataset "simulated" => Simulated, SimulatedParams;
    summary: "Simulated subjects who look at the images of any other dataset",
    equation: "y = s + SNR^−½·(√(1−a−b)·white + √a·drift + √b·local),   s = standardised √(1−λ)·Σ W·ln(1 + e/ē) + √λ·light, e energies of a Gabor pyramid",
    source: "receptive fields after Kay et al. (2008), doi:10.1038/nature06713; other settings chosen by hand",
    parity: "numpy",
}
