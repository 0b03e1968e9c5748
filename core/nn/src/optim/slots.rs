//! Parameters with an optimiser's running quantities beside them.

use std::cell::RefCell;

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Tensor, bail};

use super::Parameter;
use crate::host;
use crate::weights::{self, Weights};
use crate::{Error, Result};
use lab_kernels::update::sum_of_squares;

/// A running quantity of a parameter's shape.
#[derive(Clone, Debug)]
pub(super) enum Moment {
    /// On the host, updated in place.
    Host(Vec<f32>),
    /// On another device, replaced by a new tensor at each step.
    Device(Tensor),
}

/// A parameter and its running quantities.
#[derive(Clone, Debug)]
pub(super) struct Slot<const N: usize> {
    pub(super) parameter: Parameter,
    pub(super) moments: [Moment; N],
}

/// Slots in the order of their names, moments zero.
pub(super) fn slots<const N: usize>(mut parameters: Vec<Parameter>) -> Result<Vec<Slot<N>>> {
    parameters.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = parameters
        .windows(2)
        .find(|pair| pair[0].name == pair[1].name)
    {
        return Err(Error::Data {
            what: "parameters of an optimiser".into(),
            expected: "unique names".into(),
            got: format!("'{}' twice", pair[0].name),
            remedy: "prefix each network's parameters with its name".into(),
        });
    }
    let slot = |parameter: Parameter| {
        let zeros = || {
            if host::is_ours([parameter.var.as_tensor()]) {
                Ok(Moment::Host(vec![0.0; parameter.var.elem_count()]))
            } else {
                parameter.var.zeros_like().map(Moment::Device)
            }
        };
        let moments: Vec<Moment> = (0..N)
            .map(|_| zeros())
            .collect::<candle_core::Result<_>>()?;
        let moments = moments
            .try_into()
            .unwrap_or_else(|_| unreachable!("N moments were made"));
        Ok(Slot { parameter, moments })
    };
    parameters.into_iter().map(slot).collect()
}

/// The Euclidean norm of all gradients together.
pub(super) fn gradient_norm<const N: usize>(slots: &[Slot<N>], grads: &GradStore) -> Result<f64> {
    let mut total = 0.0;
    for gradient in slots
        .iter()
        .filter_map(|slot| grads.get(&slot.parameter.var))
    {
        total += if host::is_ours([gradient]) {
            host::with_floats([gradient], |[gradient]| sum_of_squares(gradient))?
        } else {
            f64::from(
                gradient
                    .sqr()?
                    .sum_all()?
                    .to_dtype(DType::F32)?
                    .to_scalar::<f32>()?,
            )
        };
    }
    Ok(total.sqrt())
}

/// Refuses gradients whose norm is NaN or infinite: a step along them would spoil every weight.
pub(super) fn check_gradients(norm: f64) -> Result<()> {
    if norm.is_finite() {
        return Ok(());
    }
    Err(not_finite("gradients".into()))
}

/// Refuses weights that a step made NaN or infinite.
///
/// Layers can hide them: a ReLU turns NaN into 0, so that losses stay finite.
pub(super) fn check_weights<const N: usize>(slots: &[Slot<N>]) -> Result<()> {
    for Slot { parameter, .. } in slots {
        let values = parameter.var.as_tensor();
        let squares = if host::is_ours([values]) {
            host::with_floats([values], |[values]| sum_of_squares(values))?
        } else {
            f64::from(values.sum_all()?.to_dtype(DType::F32)?.to_scalar::<f32>()?)
        };
        if !squares.is_finite() {
            return Err(not_finite(format!("weights '{}'", parameter.name)));
        }
    }
    Ok(())
}

fn not_finite(what: String) -> Error {
    Error::Data {
        what,
        expected: weights::FINITE.into(),
        got: "NaN or infinity".into(),
        remedy: "lower the learning rate".into(),
    }
}

/// What to multiply gradients of norm `norm` with.
pub(super) fn clip_factor(norm: f64, clip_norm: Option<f64>) -> f64 {
    clip_norm
        .filter(|&limit| norm > limit)
        .map_or(1.0, |limit| limit / norm)
}

/// The gradient as the rule sees it, by candle's own operations.
pub(super) fn composed_gradient(
    parameter: &Parameter,
    gradient: &Tensor,
    factor: f64,
) -> candle_core::Result<Tensor> {
    (gradient * factor)? + (parameter.var.detach() * parameter.weight_decay)?
}

/// Calls `work` with the numbers of a parameter on the host.
pub(super) fn in_place(
    parameter: &Parameter,
    work: impl FnMut(&mut [f32]),
) -> candle_core::Result<()> {
    parameter.var.inplace_op1(&InPlace(RefCell::new(work)))
}

struct InPlace<F>(RefCell<F>);

impl<F: FnMut(&mut [f32])> InplaceOp1 for InPlace<F> {
    fn name(&self) -> &'static str {
        "optimiser step"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> candle_core::Result<()> {
        let (Some((start, end)), CpuStorage::F32(values)) = (layout.contiguous_offsets(), storage)
        else {
            bail!("optimiser: expected a contiguous float32 parameter, got {layout:?}")
        };
        (self.0.borrow_mut())(&mut values[start..end]);
        Ok(())
    }
}

/// Moments as named tensors `<prefix>.<name of the parameter>`.
pub(super) fn state<const N: usize>(slots: &[Slot<N>], prefixes: [&str; N]) -> Weights {
    let mut state = Weights::new();
    for slot in slots {
        for (prefix, moment) in prefixes.iter().zip(&slot.moments) {
            let tensor = match moment {
                Moment::Device(tensor) => tensor.clone(),
                Moment::Host(values) => {
                    let tensor =
                        Tensor::from_slice(values, slot.parameter.var.shape(), &Device::Cpu);
                    tensor.expect("a moment has its parameter's shape")
                }
            };
            state.insert(format!("{prefix}.{}", slot.parameter.name), tensor);
        }
    }
    state
}

/// Reads what [`state`] wrote; nothing is changed if a tensor is missing or of another shape.
pub(super) fn restore<const N: usize>(
    slots: &mut [Slot<N>],
    prefixes: [&str; N],
    state: &Weights,
) -> Result<()> {
    let mut restored = slots.to_vec();
    for slot in &mut restored {
        for (prefix, moment) in prefixes.iter().zip(&mut slot.moments) {
            let name = format!("{prefix}.{}", slot.parameter.name);
            let tensor = weights::get(state, &name)?;
            if tensor.dims() != slot.parameter.var.dims() {
                return Err(Error::shape(name, slot.parameter.var.dims(), tensor.dims()));
            }
            match moment {
                Moment::Host(values) => {
                    *values = tensor.to_device(&Device::Cpu)?.flatten_all()?.to_vec1()?;
                }
                Moment::Device(moment) => {
                    *moment = tensor.to_device(slot.parameter.var.device())?;
                }
            }
        }
    }
    slots.clone_from_slice(&restored);
    Ok(())
}
