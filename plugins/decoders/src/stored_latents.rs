//! Latents that were decoded elsewhere, such as the public `finalZ.mat`, decoded by this experiment's generator.
//!
//! The file holds `z [n_images, n_latents]`, one row a test image in the order of the stimuli; or, as one public copy has
//! it, the raw bytes of 32-bit numbers in a row of bytes.

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use lab_core::config::Declared;
use lab_core::events::Curve;
use lab_core::objective::Objective;
use lab_core::prelude::*;
use lab_core::traits::{Decoder, FittedDecoder, Output, TrainingSet};
use lab_core::weights::{self, FINITE, Weights};
use serde::{Deserialize, Serialize};

use lab_formats::array::Array;
use lab_formats::container::Container;
use lab_formats::file_error;
use lab_formats::latents::from_bytes;

/// Reads latents: `[n_images, n_latents]`.
///
/// # Errors
/// Fails if the file holds no variable `z` of such a shape.
fn read(path: &Path, n_latents: usize, device: &Device) -> Result<Tensor> {
    let file = Container::open(path)?;
    let is_bytes = file
        .variables()?
        .iter()
        .any(|variable| variable.name == "z" && variable.kind == "uint8");
    let array: Array<f32> = file.array("z")?;
    let stored = array.shape.clone();
    let (n_columns, values) = if is_bytes {
        (n_latents, from_bytes(&array.values))
    } else {
        let (shape, values) = array.row_major();
        (shape.get(1).copied().unwrap_or(0), values)
    };
    if n_columns != n_latents || n_latents == 0 || values.len() % n_latents != 0 {
        let expected = format!("[n_images, {n_latents}], as the generator takes");
        let remedy = "give the generator as many latents as the file has";
        return Err(file_error(
            path,
            "z",
            expected,
            format!("{stored:?}"),
            remedy,
        ));
    }
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        let got = format!("{} in row {}", values[at], at / n_latents);
        let remedy = "store latents of a decoder that has converged";
        return Err(file_error(path, "z", FINITE, got, remedy));
    }
    Ok(Tensor::from_vec(
        values.clone(),
        (values.len() / n_latents, n_latents),
        device,
    )?)
}

/// Parameters of `stored_latents`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoredLatentsParams {
    /// The `.mat` file with `z`.
    pub path: String,
}

impl PluginParams for StoredLatentsParams {
    const DECLARED: Declared = Declared::new(&[include_str!("stored_latents.rs")], &[]);
}

/// A decoder that was fitted elsewhere: it knows the latents of the test images, and nothing of their responses.
///
/// # Errors
/// Fails if the file holds no latents of the generator's size, or not one for each row that is decoded.
///
/// # Determinism
/// Draws nothing; all members are the same.
#[derive(Debug)]
pub struct StoredLatents {
    params: StoredLatentsParams,
}

impl StoredLatents {
    /// Checks that a file is named.
    ///
    /// # Errors
    /// [`Error::Data`] if none is.
    pub fn build(params: StoredLatentsParams, _ctx: &Context) -> Result<Self> {
        if params.path.is_empty() {
            return Err(Error::Data {
                what: "stored_latents".into(),
                expected: "path: \"path/to/finalZ.mat\"".into(),
                got: "no file".into(),
                remedy: "say where the latents are".into(),
            });
        }
        Ok(Self { params })
    }
}

impl Decoder for StoredLatents {
    fn files(&self) -> Vec<PathBuf> {
        vec![PathBuf::from(&self.params.path)]
    }

    fn output(&self) -> Output {
        Output::Latents
    }

    fn fit(
        &self,
        ctx: &Context,
        train: &TrainingSet<'_>,
        members: &[usize],
    ) -> Result<Vec<Box<dyn FittedDecoder>>> {
        ctx.check_cancelled()?;
        let n_latents = train.objective.latent_space().n_latents;
        let latents = read(Path::new(&self.params.path), n_latents, ctx.device())?;
        let latents = train.objective.latent_space().constrain(&latents)?;
        let one = |_: &usize| -> Box<dyn FittedDecoder> {
            Box::new(KnownLatents {
                latents: latents.clone(),
            })
        };
        Ok(members.iter().map(one).collect())
    }

    fn restore(
        &self,
        _ctx: &Context,
        _objective: &Objective,
        weights: &Weights,
    ) -> Result<Box<dyn FittedDecoder>> {
        let latents = weights::get(weights, "latents")?.clone();
        Ok(Box::new(KnownLatents { latents }))
    }
}

#[derive(Debug)]
struct KnownLatents {
    /// `[n_images, n_latents]`.
    latents: Tensor,
}

impl FittedDecoder for KnownLatents {
    fn decode(&self, features: &Tensor) -> Result<Tensor> {
        let (n_rows, n_known) = (features.dim(0)?, self.latents.dim(0)?);
        if n_rows != n_known {
            return Err(Error::Data {
                what: "stored_latents".into(),
                expected: format!("{n_known} test images, one a latent of the file"),
                got: format!("{n_rows} rows to decode"),
                remedy: "test the images that the latents were decoded for".into(),
            });
        }
        Ok(self.latents.clone())
    }

    fn weights(&self) -> Weights {
        [("latents".to_owned(), self.latents.clone())].into()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

lab_core::register! {
    Decoder "stored_latents" => StoredLatents, StoredLatentsParams;
    summary: "Latents that were decoded elsewhere, such as the public finalZ.mat, seen through this generator",
    equation: "z_i = row i of the file, brought onto the generator's constraint",
    source: "the public example of Seeliger et al. (2018), recon/finalZ.mat",
    parity: "scipy.io.loadmat",
}
