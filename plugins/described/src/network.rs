//! A plan with its weights.

use candle_core::Tensor;
use lab_core::nn::{self, Activation};
use lab_core::traits::Features;
use lab_core::weights::{self, Weights};
use lab_core::{Error, Result};

use crate::attention::attend;
use crate::plan::Plan;
use crate::steps::{Act, Attention, Conv, Step, activated, apply};
use crate::weights::check;

/// A network that is ready.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    plan: Plan,
    /// The weights, as they came from the file.
    given: Weights,
    /// The weights, as they are used: rows multiply on the left, statistics are folded into scale and shift.
    used: Weights,
}

/// Which activations are asked for, and which have been met.
pub(crate) struct Taps<'a> {
    wanted: &'a [String],
    found: Features,
}

impl<'a> Taps<'a> {
    pub(crate) fn new(wanted: &'a [String]) -> Self {
        let found = Features::new();
        Self { wanted, found }
    }

    /// The activations that were kept, by layer.
    pub(crate) fn into_features(self) -> Features {
        self.found
    }

    fn wants(&self, name: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted == name)
    }

    fn are_full(&self) -> bool {
        !self.wanted.is_empty() && self.found.len() == self.wanted.len()
    }
}

impl Network {
    /// Checks the weights' names and shapes, and brings them into the form that is used.
    pub(crate) fn new(plan: Plan, given: Weights) -> Result<Self> {
        check(&plan.steps, &given)?;
        let given: Weights = given
            .into_iter()
            .map(|(name, tensor)| (name, tensor.detach()))
            .collect();
        let mut used = given.clone();
        prepare(&plan.steps, &given, &mut used)?;
        Ok(Self { plan, given, used })
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The weights as they came.
    pub(crate) fn given(&self) -> &Weights {
        &self.given
    }

    /// The result of the last layer.
    pub(crate) fn output(&self, x: &Tensor) -> Result<Tensor> {
        let end = self.run(&self.plan.steps, x, &mut Taps::new(&[]))?;
        // Without wanted layers nothing stops early.
        end.ok_or_else(|| Error::shape("network", "an output", "none"))
    }

    /// Activations on the way, no further than the last of them.
    pub(crate) fn activations(&self, x: &Tensor, wanted: &[String]) -> Result<Features> {
        if wanted.is_empty() {
            return Ok(Features::new());
        }
        let mut taps = Taps::new(wanted);
        self.run(&self.plan.steps, x, &mut taps)?;
        Ok(taps.into_features())
    }

    /// Replaces the first convolution's kernel, and adds `offset [1, c, h, w]` to its result.
    pub(crate) fn replace_first(&mut self, kernel: Tensor, offset: Option<Tensor>) {
        let Some(Step::Conv(conv)) = self.plan.steps.first() else {
            return;
        };
        self.used.insert(format!("{}.weight", conv.name), kernel);
        if let Some(offset) = offset {
            self.used.insert(format!("{}.offset", conv.name), offset);
        }
    }

    /// `None` once everything that is wanted has been met.
    fn run(&self, steps: &[Step], x: &Tensor, taps: &mut Taps<'_>) -> Result<Option<Tensor>> {
        let mut x = x.clone();
        let mut rest = steps;
        while let Some((step, behind)) = rest.split_first() {
            rest = behind;
            match step {
                Step::Tap(name) => {
                    if taps.wants(name) {
                        taps.found.insert(name.clone(), x.clone());
                        if taps.are_full() {
                            return Ok(None);
                        }
                    }
                }
                Step::Norm { name, .. } => {
                    let (act, n_taken) = fused(rest, taps);
                    rest = &rest[n_taken..];
                    let scale = self.get(name, "scale")?;
                    x = nn::channel_affine_act(&x, scale, self.get(name, "shift")?, act)?;
                }
                Step::GroupNorm {
                    name, groups, eps, ..
                } => {
                    let (act, n_taken) = fused(rest, taps);
                    rest = &rest[n_taken..];
                    let (scale, shift) = (self.get(name, "weight")?, self.get(name, "bias")?);
                    x = nn::group_norm_act(&x, *groups, scale, shift, *eps, act)?;
                }
                Step::Attention(attention) => x = self.attention(attention, &x)?,
                Step::Linear { name, bias, .. } => {
                    let bias = bias.then(|| self.get(name, "bias")).transpose()?;
                    x = nn::linear(&x, self.get(name, "weight")?, bias)?;
                }
                Step::Conv(conv) => {
                    let (act, n_taken) = fused(rest, taps);
                    rest = &rest[n_taken..];
                    x = self.convolved(conv, &x, act)?;
                }
                Step::Residual(layers, shortcut) => {
                    let Some(one) = self.run(layers, &x, taps)? else {
                        return Ok(None);
                    };
                    let Some(other) = self.run(shortcut, &x, taps)? else {
                        return Ok(None);
                    };
                    let (act, n_taken) = fused(rest, taps);
                    rest = &rest[n_taken..];
                    x = match act {
                        Activation::Relu => nn::add_relu(&one, &other)?,
                        _ => (one + other)?,
                    };
                }
                step => x = apply(step, &x)?,
            }
        }
        Ok(Some(x))
    }

    fn convolved(&self, conv: &Conv, x: &Tensor, act: Activation) -> Result<Tensor> {
        let name = &conv.name;
        let bias = conv.bias.then(|| self.get(name, "bias")).transpose()?;
        let kernel = self.get(name, "weight")?;
        let Some(offset) = self.used.get(&format!("{name}.offset")) else {
            return conv.apply(x, kernel, bias, act);
        };
        let y = conv
            .apply(x, kernel, bias, Activation::Identity)?
            .broadcast_add(offset)?;
        activated(act, y)
    }

    fn attention(&self, attention: &Attention, x: &Tensor) -> Result<Tensor> {
        let part = |(name, bias): &(String, bool), x: &Tensor| -> Result<Tensor> {
            let bias = bias.then(|| self.get(name, "bias")).transpose()?;
            Ok(nn::conv2d(x, self.get(name, "weight")?, bias, 1, 0)?)
        };
        let [q, k, v, out] = &attention.parts();
        let seen = attend(attention.heads, &part(q, x)?, &part(k, x)?, &part(v, x)?)?;
        part(out, &seen)
    }

    fn get(&self, layer: &str, part: &str) -> Result<&Tensor> {
        Ok(weights::get(&self.used, &format!("{layer}.{part}"))?)
    }
}

/// The non-linearity behind a norm, a convolution or a sum, and how many steps it takes, if one pass can do both.
fn fused(rest: &[Step], taps: &Taps<'_>) -> (Activation, usize) {
    let n_taps = match rest.first() {
        Some(Step::Tap(name)) if !taps.wants(name) => 1,
        _ => 0,
    };
    match rest.get(n_taps) {
        Some(Step::Act(Act::Relu)) => (Activation::Relu, n_taps + 1),
        _ => (Activation::Identity, 0),
    }
}

fn prepare(steps: &[Step], given: &Weights, used: &mut Weights) -> Result<()> {
    for step in steps {
        match step {
            Step::Linear { name, .. } => {
                let key = format!("{name}.weight");
                let turned = weights::get(given, &key)?.t()?.contiguous()?;
                used.insert(key, turned);
            }
            Step::Norm { name, affine, .. } => {
                let (scale, shift) = folded(given, name, *affine)?;
                used.insert(format!("{name}.scale"), scale);
                used.insert(format!("{name}.shift"), shift);
            }
            Step::Residual(layers, shortcut) => {
                prepare(layers, given, used)?;
                prepare(shortcut, given, used)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// ```text
/// scale = γ/√(variance + eps)      shift = β − mean·scale
/// ```
fn folded(given: &Weights, name: &str, affine: bool) -> Result<(Tensor, Tensor)> {
    let values = |part: &str| -> Result<Vec<f64>> {
        let tensor = weights::get(given, &format!("{name}.{part}"))?;
        let values = tensor.to_vec1::<f32>()?;
        Ok(values.into_iter().map(f64::from).collect())
    };
    let (mean, variance) = (values("mean")?, values("variance")?);
    let eps = values("eps")?.first().copied().unwrap_or(1e-5);
    let (mut scale, mut shift) = (vec![1.0; mean.len()], vec![0.0; mean.len()]);
    if affine {
        (scale, shift) = (values("scale")?, values("shift")?);
    }
    for (idx, scale) in scale.iter_mut().enumerate() {
        *scale /= (variance[idx] + eps).sqrt();
        shift[idx] -= mean[idx] * *scale;
    }
    let device = weights::get(given, &format!("{name}.mean"))?
        .device()
        .clone();
    let tensor = |values: &[f64]| -> Result<Tensor> {
        let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        Ok(Tensor::new(values, &device)?)
    };
    Ok((tensor(&scale)?, tensor(&shift)?))
}
