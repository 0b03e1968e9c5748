//! `alexnet` as a plugin: the traits `FeatureNet` and `FittedFeatureNet`.

use std::path::{Path, PathBuf};

use candle_core::Tensor;
use lab_core::demand::{Demand, training as bytes_of};
use lab_core::dims::ValueRange;
use lab_core::events::Curve;
use lab_core::prelude::*;
use lab_core::traits::{Dataset, FeatureNet, Features, FittedFeatureNet};
use lab_core::weights;

use crate::error::AlexNetError;
use crate::layout::{CLASSES, Convolution, Layout, NAMES};
use crate::params::{AlexNetParams, InputRange};
use crate::{given, network, training};

/// An AlexNet before it has learned.
///
/// # Shapes
/// Images `[batch, 1, size, size]` to activations before the non-linearity: `[batch, channels, height, width]` of
/// `conv1` … `conv5`, `[batch, hidden]` of `fc6` and `fc7`.
///
/// # Determinism
/// First weights come from the stream `initial`, batch, noise and dropout of update k from `update-{k}`.
pub struct AlexNet {
    params: AlexNetParams,
    layout: Layout,
}

impl AlexNet {
    /// Checks the parameters.
    ///
    /// # Errors
    /// [`AlexNetError::Parameter`] or [`AlexNetError::Size`] for parameters that cannot train.
    pub fn build(params: AlexNetParams, _ctx: &Context) -> Result<Self> {
        params.check()?;
        let layout = Layout::new(&params)?;
        Ok(Self { params, layout })
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.params.size)
    }

    fn range(&self) -> ValueRange {
        match self.params.range {
            InputRange::Signed => ValueRange::SIGNED,
            InputRange::Half => ValueRange {
                low: -0.5,
                high: 0.5,
            },
        }
    }

    fn fitted(&self, weights: Weights, curves: Vec<Curve>) -> Result<FittedAlexNet> {
        let classes = weights::to_names(&weights, CLASSES)?;
        Ok(FittedAlexNet {
            layout: self.layout.clone(),
            shape: self.shape(),
            range: self.range(),
            weights,
            classes,
            curves,
        })
    }
}

impl FeatureNet for AlexNet {
    fn demand(&self, _image: ImageShape) -> Demand {
        let train = &self.params.train;
        let kernel =
            |conv: &Convolution| (conv.c_in * conv.kernel * conv.kernel) as f64 * conv.c_out as f64;
        let hidden = self.layout.hidden as f64;
        let n_flat = self.layout.n_flat as f64;
        let kernels: f64 = self.layout.convolutions.iter().map(kernel).sum();
        let widest = self
            .layout
            .convolutions
            .first()
            .map_or(0, |conv| conv.c_out);
        let maps = widest as f64 * (self.params.size as f64 - 4.0).powi(2);
        let steps = train.updates as f64;
        Demand {
            bytes: bytes_of(
                kernels + hidden * (n_flat + hidden),
                train.batch as f64 * (maps + n_flat + 2.0 * hidden),
            ),
            steps: if self.params.weights.is_none() {
                steps
            } else {
                0.0
            },
            lower: "width, hidden, size, train.batch or train.updates",
        }
    }

    fn layers(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn image_shape(&self) -> Option<ImageShape> {
        Some(self.shape())
    }

    fn corpus(&self) -> Option<&PluginRef<dyn Dataset>> {
        match self.params.weights {
            Some(_) => None,
            None => Some(&self.params.train.corpus),
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        self.params.weights.iter().map(PathBuf::from).collect()
    }

    fn prepare(
        &self,
        ctx: &Context,
        corpus: Option<&Stimuli>,
    ) -> Result<Box<dyn FittedFeatureNet>> {
        if let Some(file) = &self.params.weights {
            let classes = &self.params.classes;
            let weights = given::load(Path::new(file), &self.layout, classes, ctx.device())?;
            return self.restore(ctx, &weights);
        }
        let found = corpus.map_or("none".into(), |corpus| corpus.shape().to_string());
        let Some(corpus) = corpus.filter(|corpus| corpus.shape() == self.shape()) else {
            return Err(AlexNetError::Corpus {
                expected: format!("images of {}", self.shape()),
                got: found,
            }
            .into());
        };
        let (vars, curves) =
            training::train(ctx, &self.params, &self.layout, self.range(), corpus)?;
        let mut weights = vars.copied()?;
        let classes = corpus
            .labels
            .as_ref()
            .map(|labels| labels.names.clone())
            .unwrap_or_default();
        weights.insert(CLASSES.into(), weights::from_names(&classes, ctx.device())?);
        Ok(Box::new(self.fitted(weights, curves)?))
    }

    fn restore(&self, ctx: &Context, weights: &Weights) -> Result<Box<dyn FittedFeatureNet>> {
        let n_classes = weights::to_names(weights, CLASSES)?.len();
        let initial = self.params.train.initial;
        network::initial(
            &self.layout,
            n_classes,
            &mut ctx.rng("shapes"),
            initial,
            ctx.device(),
        )?
        .set(weights)?;
        Ok(Box::new(self.fitted(weights.clone(), Vec::new())?))
    }
}

/// An AlexNet, frozen.
pub struct FittedAlexNet {
    layout: Layout,
    shape: ImageShape,
    range: ValueRange,
    weights: Weights,
    classes: Vec<String>,
    curves: Vec<Curve>,
}

impl FittedAlexNet {
    fn check(&self, images: &Tensor) -> Result<()> {
        let expected = self
            .shape
            .batch(images.dims().first().copied().unwrap_or(1));
        if images.dims() == expected {
            Ok(())
        } else {
            Err(Error::shape("images of alexnet", expected, images.dims()))
        }
    }
}

impl FittedFeatureNet for FittedAlexNet {
    fn layers(&self) -> Vec<String> {
        NAMES.map(str::to_owned).to_vec()
    }

    fn value_range(&self) -> ValueRange {
        self.range
    }

    fn activations(&self, images: &Tensor, layers: &[String]) -> Result<Features> {
        self.check(images)?;
        if let Some(unknown) = layers.iter().find(|layer| !NAMES.contains(&layer.as_str())) {
            return Err(AlexNetError::Layer {
                name: unknown.clone(),
                known: NAMES.join(", "),
            }
            .into());
        }
        network::activations(&self.layout, &self.weights, images, layers)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn classify(&self, images: &Tensor) -> Result<Option<Tensor>> {
        self.check(images)?;
        Ok(Some(network::scores(&self.layout, &self.weights, images)?))
    }

    fn weights(&self) -> Weights {
        self.weights.clone()
    }

    fn curves(&self) -> Vec<Curve> {
        self.curves.clone()
    }
}

lab_core::register! {
    FeatureNet "alexnet" => AlexNet, AlexNetParams;
    summary: "The paper's AlexNet variant, trained on labelled images; activations before the non-linearity",
    equation: "conv1 … conv5 with ReLU, response normalisation and max-pools, fc6, fc7, class scores;   loss = mean −log softmax(scores)_label",
    source: "Seeliger et al. (2018), section 2.4, doi:10.1016/j.neuroimage.2018.07.043; Krizhevsky et al. (2012)",
    parity: "PyTorch (activations and gradients)",
}
