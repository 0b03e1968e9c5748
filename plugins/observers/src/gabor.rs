//! `gabor`: a fixed bank of quadrature pairs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use candle_core::{DType, Device, Tensor};
use lab_core::config::{Declared, Outside, Range, check_params};
use lab_core::demand::{Demand, FLOAT};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::pyramid::Pyramid;
use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
use serde::{Deserialize, Serialize};

use crate::error::ObserverError;

/// Name of the only layer.
const LAYER: &str = "energy";
/// Keeps the root's slope finite at 0, in squared units of a response.
const FLOOR: f64 = 1e-6;

/// Parameters of [`Gabor`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GaborParams {
    /// Frequencies, in cycles an image; each has as many places along a side.
    pub frequencies: Vec<f64>,
    /// Orientations at each place.
    pub n_orientations: usize,
    /// Standard deviation of the envelope, in periods.
    pub envelope: f64,
}

impl Default for GaborParams {
    /// The pyramid of Kay et al. (2008) without its finest level, which small images cannot show.
    fn default() -> Self {
        Self {
            frequencies: vec![1.0, 2.0, 4.0, 8.0],
            n_orientations: 8,
            envelope: 0.4,
        }
    }
}

impl PluginParams for GaborParams {
    #[rustfmt::skip]
    const DECLARED: Declared = Declared::new(
        &[include_str!("gabor.rs")],
        &[
            ("frequencies", Range::ABOVE_ZERO.named("numbers above 0").up_to(1024.0, "at most 1024")),
            ("n_orientations", Range::ONE_OR_MORE.up_to(1024.0, "at most 1024")),
            ("envelope", Range::ABOVE_ZERO),
        ],
    );
}

/// Energies of quadrature pairs: what complex cells of V1 would say of an image.
///
/// # Shapes
/// Images `[batch, channels, height, width]` in `[−1, 1]`, of which the first channel counts, to `[batch, n_places ·
/// n_orientations]`.
#[derive(Debug)]
pub struct Gabor {
    params: GaborParams,
}

impl Gabor {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ObserverError::Parameter`] for one outside its range.
    pub fn build(params: GaborParams, _ctx: &Context) -> Result<Self, ObserverError> {
        check_params("gabor", &params)?;
        if params.frequencies.is_empty() {
            return Err(ObserverError::Parameter(Outside {
                plugin: "gabor",
                name: "frequencies",
                expected: "numbers above 0",
                got: "none".into(),
            }));
        }
        Ok(Self { params })
    }
}

impl FeatureNet for Gabor {
    fn demand(&self, image: ImageShape) -> Demand {
        let places: f64 = self.params.frequencies.iter().map(|f| f.powi(2)).sum();
        let filters = 2.0 * places * self.params.n_orientations as f64;
        Demand {
            bytes: FLOAT * filters * image.n_pixels() as f64,
            steps: 0.0,
            lower: "frequencies or n_orientations",
        }
    }

    fn layers(&self) -> Vec<String> {
        vec![LAYER.into()]
    }

    fn image_shape(&self) -> Option<ImageShape> {
        None
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        None
    }

    fn prepare(
        &self,
        _ctx: &Context,
        _corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedFeatureNet>> {
        let GaborParams {
            frequencies,
            n_orientations,
            envelope,
        } = self.params.clone();
        Ok(Box::new(FittedGabor {
            pyramid: Pyramid {
                frequencies,
                n_orientations,
                envelope,
            },
            banks: Mutex::default(),
        }))
    }

    fn restore(&self, ctx: &Context, _weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        self.prepare(ctx, None)
    }
}

/// The bank, made for each size of image when it is first seen.
#[derive(Debug)]
pub struct FittedGabor {
    pyramid: Pyramid,
    banks: Mutex<BTreeMap<(usize, usize), [Tensor; 2]>>,
}

impl FittedGabor {
    /// Even and odd filters, `[height·width, n_channels]` each.
    fn bank(&self, height: usize, width: usize, device: &Device) -> Result<[Tensor; 2]> {
        let mut banks = self.banks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bank) = banks.get(&(height, width)) {
            return Ok(bank.clone());
        }
        let [even, odd] = self.pyramid.filters(height, width, device)?;
        let bank = [even.to_dtype(DType::F32)?, odd.to_dtype(DType::F32)?];
        banks.insert((height, width), bank.clone());
        Ok(bank)
    }
}

impl FittedFeatureNet for FittedGabor {
    fn layers(&self) -> Vec<String> {
        vec![LAYER.into()]
    }

    fn value_range(&self) -> ValueRange {
        ValueRange::SIGNED
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        if let Some(unknown) = layers.iter().find(|layer| *layer != LAYER) {
            return Err(ObserverError::Layer {
                observer: "gabor",
                name: unknown.clone(),
                known: LAYER.into(),
            }
            .into());
        }
        if layers.is_empty() {
            return Ok(Features::new());
        }
        let (_, _, height, width) = images.dims4()?;
        let [even, odd] = self.bank(height, width, images.device())?;
        let flat = images.narrow(1, 0, 1)?.contiguous()?.flatten_from(1)?;
        let energy = (flat.matmul(&even)?.sqr()? + flat.matmul(&odd)?.sqr()?)?;
        Ok(Features::from([(
            LAYER.to_owned(),
            energy.affine(1.0, FLOOR)?.sqrt()?,
        )]))
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn classify(&self, _images: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    fn weights(&self) -> Weights {
        Weights::new()
    }

    fn curves(&self) -> Vec<Curve> {
        Vec::new()
    }
}

lab_core::register! {
    FeatureNet "gabor" => Gabor, GaborParams;
    summary: "A fixed bank of Gabor quadrature pairs; learns nothing, and so is independent of every loss",
    equation: "energy = √(⟨g₀, x⟩² + ⟨g₉₀, x⟩²),   g zero-mean and unit-norm, envelope sd = envelope/f",
    source: "Kay et al. (2008), doi:10.1038/nature06713; Adelson & Bergen (1985)",
    parity: "numpy",
}
