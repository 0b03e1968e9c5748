//! Simulated data in the files of real datasets, so that their experiments run without licensed data.
//!
//! What is written is exactly what the loader of that dataset reads, behind a mark that says that it is simulated; beside
//! it, in `truth/`, what was put into the responses, and in `corpus.npy` labelled scenes or letters to train networks on.
//!
//! | format | subjects, voxels | training | test | signal-to-noise | follows light |
//! |---|---|---|---|---|---|
//! | `vim1` | 2 of 25 915 and 24 600 | 1750 scenes twice | 120 scenes 13 times | × 1 | 0.3 |
//! | `god` | 5 of 4 500 | 1200 scenes once | 50 scenes 35 times, imagined 10 times | × 3 | 0.3 |
//! | `brains` | 3 of 2 000 | 288 letters twice | 72 letters twice | × 2 | 0 |
//!
//! Scenes are as often light on dark as dark on light, and energies do not tell which: a share of the signal follows light,
//! or no pixel could be decoded. Letters are always light on dark.

mod brains;
mod god;
#[cfg(test)]
mod tests;
mod truth;
mod vim1;

pub(crate) use god::write_jpeg;
pub(crate) use truth::write_npy;

use std::fs;
use std::path::Path;
use std::str::FromStr;

use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::Recording;
use lab_core::traits::Dataset;
use lab_core::{Error, Result};

use lab_datasets::SIMULATED;
use lab_datasets::{PackOptions, pack};
use lab_formats::writers::write_file;
use lab_simulated::{Simulated, SimulatedParams, Truth};
use truth::Rows;

/// Share of the signal that follows light where subjects look at scenes.
const LUMINANCE: f64 = 0.3;
/// Images of a corpus at full size.
const N_CORPUS: usize = 20_000;

/// A dataset whose files can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDisk {
    /// `EstimatedResponses.mat` and `Stimuli.mat`.
    Vim1,
    /// `Subject1.h5` … and `images/`.
    God,
    /// `stim_brains.mat` and `brainsbold_S1.mat` ….
    Brains,
}

impl OnDisk {
    /// Names of the datasets, as typed.
    pub const NAMES: [&'static str; 3] = ["vim1", "god", "brains"];
}

impl FromStr for OnDisk {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "vim1" => Ok(Self::Vim1),
            "god" => Ok(Self::God),
            "brains" => Ok(Self::Brains),
            _ => Err(Error::Data {
                what: "format".into(),
                expected: Self::NAMES.join(", "),
                got: format!("'{name}'"),
                remedy: "name one of these".into(),
            }),
        }
    }
}

/// How much is written; what is not given has the size of the real dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OnDiskSize {
    /// Voxels of each subject.
    pub voxels: Option<Vec<usize>>,
    /// Training images.
    pub n_train: Option<usize>,
    /// Test images.
    pub n_test: Option<usize>,
    /// Multiplier of the signal-to-noise ratio.
    pub snr: Option<f64>,
    /// Share of the signal's variance that follows light and dark.
    pub luminance: Option<f64>,
    /// Images of the corpus; 0 for none.
    pub n_corpus: Option<usize>,
}

/// What every format needs to know.
struct Job<'a> {
    ctx: &'a Context,
    folder: &'a Path,
    size: &'a OnDiskSize,
}

/// Writes a dataset, its truth and a corpus into `folder`, which must be empty or new.
///
/// # Errors
/// Fails if the folder holds something, or a file cannot be written.
///
/// # Determinism
/// Everything is drawn from streams of the context: the same seed and size give the same numbers.
pub fn simulate_on_disk(
    ctx: &Context,
    format: OnDisk,
    folder: &Path,
    size: &OnDiskSize,
) -> Result<()> {
    let is_used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_used {
        return Err(Error::Data {
            what: format!("folder '{}'", folder.display()),
            expected: "an empty or new folder".into(),
            got: "one that holds files".into(),
            remedy: "name another: real data must not mix with simulated data".into(),
        });
    }
    fs::create_dir_all(folder).map_err(Error::io("making", folder))?;
    let job = Job { ctx, folder, size };
    // The mark comes first: whatever is in the folder when this ends early is marked.
    match format {
        OnDisk::Vim1 => vim1::write(&job),
        OnDisk::God => god::write(&job),
        OnDisk::Brains => brains::write(&job),
    }
}

impl Job<'_> {
    /// Subjects and what is behind them; `averaged` presentations of a test image are averaged when the files are read.
    fn simulate(
        &self,
        params: SimulatedParams,
        averaged: usize,
    ) -> Result<(Recording, Vec<Truth>)> {
        let simulated = Simulated::build(params, self.ctx)?.averaging(averaged);
        let (recording, truths) = simulated.simulate(self.ctx)?;
        let sentence = recording.simulated.clone().unwrap_or_default();
        write_file(
            &self.folder.join(SIMULATED),
            format!("{sentence}\n").as_bytes(),
        )?;
        Ok((recording, truths))
    }

    /// Writes what is behind the responses, row by row as the files hold the images.
    fn truth(
        &self,
        recording: &Recording,
        truths: &[Truth],
        orders: &[Vec<usize>; 2],
        name: impl Fn(usize, usize) -> String,
    ) -> Result<()> {
        truth::write(
            &self.folder.join("truth"),
            recording,
            truths,
            &Rows {
                orders,
                name: &name,
            },
        )
    }

    /// Writes labelled images for training networks, none of which is a stimulus.
    fn corpus(&self, plugin: &str, size: usize) -> Result<()> {
        let n = self.size.n_corpus.unwrap_or(N_CORPUS);
        if n == 0 {
            return Ok(());
        }
        let text = format!("{plugin}(n_train: {n}, n_test: 0, size: {size}, series: \"corpus\")");
        let dataset = PluginRef::<dyn Dataset>::of(&text).build(self.ctx)?;
        let options = PackOptions {
            source: text,
            ..PackOptions::default()
        };
        pack(
            self.ctx,
            dataset.as_ref(),
            &self.folder.join("corpus.npy"),
            &options,
        )?;
        Ok(())
    }

    fn n_train(&self, full: usize) -> usize {
        self.size.n_train.unwrap_or(full)
    }

    fn n_test(&self, full: usize) -> usize {
        self.size.n_test.unwrap_or(full)
    }

    fn voxels(&self, full: &[usize]) -> Vec<usize> {
        self.size.voxels.clone().unwrap_or_else(|| full.to_vec())
    }

    fn luminance(&self, usual: f64) -> f64 {
        self.size.luminance.unwrap_or(usual)
    }

    fn snr(&self, full: f64) -> f64 {
        self.size.snr.unwrap_or(full)
    }
}
