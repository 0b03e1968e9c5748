//! A call into a library as one operation of the host's graph.
//!
//! Inputs that carry gradients are flattened and joined into one vector, as candle's operations of one argument go; the
//! outputs come back joined and are cut apart. The backward pass calls the library's `vjp`, with the tape of the call.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, DType, Device, Layout, Shape, Tensor};

use super::abi::caps;
use super::arrays::{Array, on_cpu};
use super::instance::{Instance, Tape, name};
use super::outcome::broken;
use super::sink::Outputs;
use lab_core::{Error, Result};

/// An input of a call.
pub(super) enum Input<'a> {
    /// A tensor that a gradient may be asked for.
    Tensor(&'a Tensor),
    /// A tensor that is only read.
    Constant(&'a Tensor),
    /// Numbers of other types.
    Array(Array),
}

/// Calls a method and gives its `n_outputs` outputs as tensors on `device`, in the graph if an input is.
pub(super) fn call(
    instance: &Arc<Instance>,
    method: u32,
    inputs: Vec<Input<'_>>,
    outputs: &Outputs<'_>,
    n_outputs: usize,
    device: &Device,
) -> Result<Vec<Tensor>> {
    let tracked: Vec<(usize, &Tensor)> = inputs
        .iter()
        .enumerate()
        .filter_map(|(idx, input)| match input {
            Input::Tensor(tensor) if tensor.track_op() => Some((idx, *tensor)),
            _ => None,
        })
        .collect();
    let wanted: Vec<usize> = tracked.iter().map(|(idx, _)| *idx).collect();
    if !wanted.is_empty() && !instance.entry.can(caps::VJP) {
        return Err(broken(
            instance.entry,
            name(method),
            "LAB_HAS_VJP, as a gradient through it is needed here",
            "a plugin without vjp",
        ));
    }
    let flat = tracked
        .iter()
        .map(|(_, tensor)| flat(tensor))
        .collect::<Result<Vec<Tensor>>>()?;
    let arrays = inputs
        .into_iter()
        .map(|input| match input {
            Input::Tensor(tensor) | Input::Constant(tensor) => Array::of_tensor(tensor),
            Input::Array(array) => Ok(array),
        })
        .collect::<Result<Vec<Array>>>()?;
    let tape = instance.forward(method, &arrays, &wanted, outputs)?;
    let results = (0..n_outputs)
        .map(|index| instance.output(outputs, name(method), index as u32))
        .collect::<Result<Vec<Array>>>()?;
    if wanted.is_empty() {
        return results
            .into_iter()
            .map(|array| array.tensor(device))
            .collect();
    }
    let dims: Vec<Vec<usize>> = results.iter().map(Array::dims).collect();
    let op = LibraryOp {
        instance: instance.clone(),
        method,
        arrays,
        wanted,
        dims: dims.clone(),
        joined: Mutex::new(results.into_iter().flat_map(Array::into_f32).collect()),
        tape,
    };
    let joined = match flat.as_slice() {
        [only] => only.clone(),
        several => Tensor::cat(several, 0)?,
    };
    cut(&joined.apply_op1(op)?, &dims, device)
}

/// A tensor's numbers as one vector on the CPU, still in the graph.
fn flat(tensor: &Tensor) -> Result<Tensor> {
    let host = tensor.to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
    Ok(host.flatten_all()?.contiguous()?)
}

/// Cuts joined outputs apart.
fn cut(joined: &Tensor, dims: &[Vec<usize>], device: &Device) -> Result<Vec<Tensor>> {
    let mut start = 0;
    dims.iter()
        .map(|dims| {
            let n = dims.iter().product();
            let part = joined.narrow(0, start, n)?.reshape(dims.as_slice())?;
            start += n;
            Ok(part.to_device(device)?)
        })
        .collect()
}

/// A call that was made, waiting for its gradient.
struct LibraryOp {
    instance: Arc<Instance>,
    method: u32,
    /// All inputs, which `vjp` sees again.
    arrays: Vec<Array>,
    /// The inputs that the graph's argument holds, joined.
    wanted: Vec<usize>,
    /// Shapes of the outputs.
    dims: Vec<Vec<usize>>,
    /// The outputs, joined, until the graph takes them.
    joined: Mutex<Vec<f32>>,
    tape: Option<Tape>,
}

impl LibraryOp {
    fn gradient(&self, argument: &Tensor, given: &Tensor) -> Result<Tensor> {
        let given: Vec<f32> = on_cpu(given)?.to_vec1()?;
        let mut start = 0;
        let gradients: Vec<Option<Array>> = self
            .dims
            .iter()
            .map(|dims| {
                let n: usize = dims.iter().product();
                let values = given[start..start + n].to_vec();
                start += n;
                // An output that nothing depends on is told apart, so that the library may skip it.
                let unused = self.dims.len() > 1 && values.iter().all(|&value| value == 0.0);
                (!unused).then(|| Array::f32(dims, values))
            })
            .collect();
        let found = self.instance.vjp(
            self.method,
            &self.arrays,
            &self.wanted,
            self.tape.as_ref(),
            &gradients,
        )?;
        let values: Vec<f32> = found.into_iter().flat_map(Array::into_f32).collect();
        Ok(Tensor::from_vec(
            values,
            argument.dims(),
            argument.device(),
        )?)
    }
}

impl CustomOp1 for LibraryOp {
    fn name(&self) -> &'static str {
        "library"
    }

    fn cpu_fwd(
        &self,
        _argument: &CpuStorage,
        _layout: &Layout,
    ) -> candle_core::Result<(CpuStorage, Shape)> {
        let mut joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        let values = std::mem::take(&mut *joined);
        let n = values.len();
        Ok((CpuStorage::F32(values), Shape::from(n)))
    }

    fn bwd(
        &self,
        argument: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> candle_core::Result<Option<Tensor>> {
        match self.gradient(argument, gradient) {
            Ok(gradient) => Ok(Some(gradient)),
            Err(Error::Tensor(error)) => Err(error),
            Err(error) => Err(candle_core::Error::wrap(error)),
        }
    }
}
