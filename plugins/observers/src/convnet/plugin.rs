//! `convnet` as a plugin: the traits `FeatureNet` and `FittedFeatureNet`.

use candle_core::Tensor;
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
use lab_core::weights;

use super::network::{self, NAMES};
use super::params::ConvNetParams;
use super::training;
use crate::error::ObserverError;

/// Under this name the weights hold the names of the classes.
const CLASSES: &str = "classes";
/// Smaller images leave nothing after three pools.
const SMALLEST: usize = 8;

/// A convnet before it has learned.
///
/// # Shapes
/// Images `[batch, 1, height, width]` in `[−1, 1]`, of any size from 8 pixels, to activations `[batch, channels, h, w]`
/// behind the batch norm and before the ReLU.
///
/// # Determinism
/// First weights come from the stream `initial`, batch and augmentation of update k from `update-{k}`.
pub struct ConvNet {
    params: ConvNetParams,
}

impl ConvNet {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`ObserverError::Parameter`] for parameters that cannot train.
    pub fn build(params: ConvNetParams, _ctx: &Context) -> Result<Self> {
        params.check()?;
        Ok(Self { params })
    }
}

impl FeatureNet for ConvNet {
    fn demand(&self, image: ImageShape) -> Demand {
        let train = &self.params.train;
        let [first, second, third] = self.params.channels.map(|channels| channels as f64);
        let n_weights = 9.0 * (first + first * second + second * third);
        let n_maps = first * image.n_pixels() as f64;
        Demand {
            bytes: bytes_of(n_weights, train.batch as f64 * n_maps),
            steps: train.updates as f64,
            lower: "channels, train.batch or train.updates",
        }
    }

    fn layers(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn image_shape(&self) -> Option<ImageShape> {
        None
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        Some(&self.params.train.corpus)
    }

    fn prepare(
        &self,
        ctx: &Context,
        corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedFeatureNet>> {
        let found = corpus.map_or("none".into(), |corpus| corpus.shape().to_string());
        let fits =
            |shape: ImageShape| shape.channels == 1 && shape.height.min(shape.width) >= SMALLEST;
        let Some(corpus) = corpus.filter(|corpus| fits(corpus.shape())) else {
            let expected = format!("grey images of at least {SMALLEST}×{SMALLEST}");
            return Err(ObserverError::Corpus {
                observer: "convnet",
                expected,
                got: found,
            }
            .into());
        };
        let (mut weights, curves) = training::train(ctx, &self.params, corpus)?;
        let classes = corpus
            .labels
            .as_ref()
            .map(|labels| labels.names.clone())
            .unwrap_or_default();
        weights.insert(CLASSES.into(), weights::from_names(&classes, ctx.device())?);
        Ok(Box::new(FittedConvNet {
            weights,
            classes,
            curves,
        }))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        let classes = weights::to_names(weights, CLASSES)?;
        network::initial(
            self.params.channels,
            classes.len(),
            &mut ctx.rng("shapes"),
            ctx.device(),
        )?
        .set(weights)?;
        Ok(Box::new(FittedConvNet {
            weights: weights.clone(),
            classes,
            curves: Vec::new(),
        }))
    }
}

/// A convnet, frozen.
pub struct FittedConvNet {
    weights: Weights,
    classes: Vec<String>,
    curves: Vec<Curve>,
}

impl FittedFeatureNet for FittedConvNet {
    fn layers(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn value_range(&self) -> ValueRange {
        ValueRange::SIGNED
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        if let Some(unknown) = layers.iter().find(|layer| !NAMES.contains(&layer.as_str())) {
            return Err(ObserverError::Layer {
                observer: "convnet",
                name: unknown.clone(),
                known: NAMES.join(", "),
            }
            .into());
        }
        network::activations(&self.weights, images, layers)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn classify(&self, images: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(network::scores(&self.weights, images)?))
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

lab_core::register! {
    FeatureNet "convnet" => ConvNet, ConvNetParams;
    summary: "A small classifier with batch norm, trained under blur, noise and shifts; an observer and a judge of classes",
    equation: "3 × (conv 3×3, batch norm, ReLU, max-pool 2), mean over a 3×3 grid, linear;   loss = mean −log softmax(scores)_label",
    source: "Ioffe & Szegedy (2015), arXiv:1502.03167; Kingma & Ba (2015), arXiv:1412.6980",
    parity: "PyTorch (activations)",
}
