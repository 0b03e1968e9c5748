//! The generator as a function of its weights.
//!
//! ```text
//! h₀ = norm(relu(z·W + b)) or relu(norm(z·W + b))      hᵢ = relu(norm(convᵀ(hᵢ₋₁)))      image = m·tanh(convᵀ(h₃) + b)
//! ```
//! A bias in front of a batch norm is taken away again by it, so that there is none.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::nn::{self, Activation, BatchStatistics, Variables, init};
use lab_core::rng::Stream;
use lab_core::weights::{self, Weights};

use crate::layout::{Layout, N_LAYERS};
use crate::params::FirstLayer;

/// Kernel side and stride of a layer.
pub(crate) const KERNEL: usize = 4;
pub(crate) const STRIDE: usize = 2;
/// What is added to a variance: Chainer's value.
pub(crate) const EPS: f64 = 2e-5;

/// The generator's shape.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    pub(crate) n_latents: usize,
    pub(crate) layout: Layout,
    pub(crate) first_layer: FirstLayer,
    /// `[1, 1, size, size]`, in `[0, 1]`.
    pub(crate) mask: Option<Tensor>,
}

/// How maps are normalised: by their batch, or by fixed statistics.
pub(crate) trait Normalise {
    /// Normalises the maps after layer `layer` and applies `act`.
    fn apply(&mut self, layer: usize, x: &Tensor, act: Activation) -> Result<Tensor>;
}

impl Generator {
    /// Weights to start from.
    pub(crate) fn initial(
        &self,
        rng: &mut Stream,
        initial: init::Initial,
        device: &candle_core::Device,
    ) -> Result<Variables> {
        let channels = self.layout.generator;
        let mut variables = Variables::default();
        let n_first = channels[0] * self.layout.start * self.layout.start;
        let sd = initial.sd(self.n_latents);
        variables.insert(
            "linear.weight",
            init::normal(rng, sd, &[self.n_latents, n_first], device)?,
        );
        variables.insert("linear.bias", init::zeros(&[n_first], device)?);
        for layer in 0..N_LAYERS {
            // Each number of the result sums over all channels and a quarter of the kernel.
            let fan_in = channels[layer] * KERNEL * KERNEL / (STRIDE * STRIDE);
            let shape = [channels[layer], channels[layer + 1], KERNEL, KERNEL];
            variables.insert(
                format!("deconv-{layer}.kernel"),
                init::normal(rng, initial.sd(fan_in), &shape, device)?,
            );
            variables.insert(
                format!("norm-{layer}.scale"),
                init::ones(&[channels[layer]], device)?,
            );
            variables.insert(
                format!("norm-{layer}.shift"),
                init::zeros(&[channels[layer]], device)?,
            );
        }
        variables.insert("output.bias", init::zeros(&[channels[N_LAYERS]], device)?);
        Ok(variables)
    }

    /// Images of latents `[batch, n_latents]`.
    pub(crate) fn forward(
        &self,
        w: &Weights,
        z: &Tensor,
        norm: &mut dyn Normalise,
    ) -> Result<Tensor> {
        self.masked(&self.unmasked(w, z, norm)?)
    }

    /// The same without the mask.
    pub(crate) fn unmasked(
        &self,
        w: &Weights,
        z: &Tensor,
        norm: &mut dyn Normalise,
    ) -> Result<Tensor> {
        let Layout {
            start,
            paddings,
            generator: channels,
            ..
        } = &self.layout;
        let linear = nn::linear(
            z,
            weights::get(w, "linear.weight")?,
            Some(weights::get(w, "linear.bias")?),
        )?;
        let maps = linear.reshape((z.dim(0)?, channels[0], *start, *start))?;
        let mut h = match self.first_layer {
            FirstLayer::NormThenRelu => norm.apply(0, &maps, Activation::Relu)?,
            FirstLayer::ReluThenNorm => norm.apply(0, &maps.relu()?, Activation::Identity)?,
        };
        for (layer, &padding) in paddings.iter().enumerate() {
            let kernel = weights::get(w, &format!("deconv-{layer}.kernel"))?;
            h = if layer + 1 < N_LAYERS {
                let maps = nn::conv_transpose2d(&h, kernel, None, STRIDE, padding)?;
                norm.apply(layer + 1, &maps, Activation::Relu)?
            } else {
                nn::conv_transpose2d(
                    &h,
                    kernel,
                    Some(weights::get(w, "output.bias")?),
                    STRIDE,
                    padding,
                )?
            };
        }
        Ok(nn::tanh(&h)?)
    }

    /// Images, made or real, as far as the mask lets them be seen.
    pub(crate) fn masked(&self, images: &Tensor) -> Result<Tensor> {
        Ok(match &self.mask {
            Some(mask) => images.broadcast_mul(&mask.to_device(images.device())?)?,
            None => images.clone(),
        })
    }
}

/// Normalises by each batch's own statistics, and remembers them.
pub(crate) struct ByBatch<'a> {
    pub(crate) weights: &'a Weights,
    pub(crate) statistics: Vec<BatchStatistics>,
}

impl<'a> ByBatch<'a> {
    pub(crate) fn new(weights: &'a Weights) -> Self {
        Self {
            weights,
            statistics: Vec::new(),
        }
    }
}

impl Normalise for ByBatch<'_> {
    fn apply(&mut self, layer: usize, x: &Tensor, act: Activation) -> Result<Tensor> {
        let scale = weights::get(self.weights, &format!("norm-{layer}.scale"))?;
        let shift = weights::get(self.weights, &format!("norm-{layer}.shift"))?;
        let (y, statistics) = nn::batch_norm_act(x, scale, shift, EPS, act)?;
        self.statistics.push(statistics);
        Ok(y)
    }
}

/// Scale and shift of each layer, with fixed statistics folded in.
#[derive(Debug, Clone)]
pub(crate) struct Folded(Vec<(Tensor, Tensor)>);

impl Folded {
    /// Folds `norm-i.mean` and `norm-i.variance` of `w` into its scales and shifts.
    pub(crate) fn new(w: &Weights) -> Result<Self> {
        let of_layer = |layer: usize| -> Result<(Tensor, Tensor)> {
            let get = |name: &str| weights::get(w, &format!("norm-{layer}.{name}"));
            let scale = (get("scale")? / (get("variance")? + EPS)?.sqrt()?)?;
            let shift = (get("shift")? - (get("mean")? * &scale)?)?;
            Ok((scale.detach(), shift.detach()))
        };
        Ok(Self((0..N_LAYERS).map(of_layer).collect::<Result<_>>()?))
    }
}

impl Normalise for &Folded {
    fn apply(&mut self, layer: usize, x: &Tensor, act: Activation) -> Result<Tensor> {
        let (scale, shift) = &self.0[layer];
        if scale.elem_count() == x.dim(1)? {
            return Ok(nn::channel_affine_act(x, scale, shift, act)?);
        }
        // Statistics of each unit, as the authors' first batch norm has them.
        let row = x.flatten_from(1)?;
        Ok(nn::channel_affine_act(&row, scale, shift, act)?.reshape(x.dims())?)
    }
}
