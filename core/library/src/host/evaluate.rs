//! The objective's functions of `lab_host`: losses, terms, images, and their gradients.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{Tensor, Var};

use super::HostState;
use super::answer::{answer, write, wrong};
use crate::abi::{self, ErrBuf};
use crate::arrays::{on_cpu, slice};
use lab_core::objective::Objective;
use lab_core::{Error, Result};

/// What `evaluate` left for its gradient.
struct HostTape {
    z: Var,
    outputs: Vec<Tensor>,
}

/// Latents and targets of a call.
struct Rows<'a> {
    objective: &'a Objective,
    z: Tensor,
    target_idx: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// Reads the rows of a call.
    ///
    /// # Safety
    /// `z` must hold `n` latents; `target_idx` `n` indices, or be null where no targets are asked for.
    unsafe fn read(
        state: &'a HostState,
        z: *const f32,
        target_idx: *const u64,
        n: u64,
        with_targets: bool,
    ) -> Result<Self> {
        let Some(objective) = &state.objective else {
            let got = "none: lab_host.objective is NULL";
            return Err(wrong("z", "an objective", got));
        };
        let shape = (n as usize, objective.latent_space().n_latents);
        if z.is_null() || n == 0 {
            return Err(wrong("z", "at least one row", "none"));
        }
        // SAFETY: as the caller promises.
        let (values, indices) = unsafe {
            let n_targets = if with_targets { n as usize } else { 0 };
            (slice(z, shape.0 * shape.1), slice(target_idx, n_targets))
        };
        let target_idx: Vec<usize> = indices.iter().map(|&idx| idx as usize).collect();
        if with_targets && target_idx.len() != shape.0 {
            return Err(wrong("target_idx", "a target for each row", "NULL"));
        }
        if let Some(idx) = target_idx.iter().find(|&&idx| idx >= objective.n_targets()) {
            let expected = format!("below {}", objective.n_targets());
            return Err(Error::shape("target of a row", expected, idx));
        }
        Ok(Self {
            z: Tensor::from_slice(values, shape, state.ctx.device())?,
            objective,
            target_idx,
        })
    }
}

pub(super) unsafe extern "C" fn loss(
    ctx: *mut c_void,
    z: *const f32,
    target_idx: *const u64,
    n: u64,
    value: *mut f32,
    grad_z: *mut f32,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the interface demands valid arguments.
    unsafe {
        answer(ctx, err, |state| {
            let rows = Rows::read(state, z, target_idx, n, true)?;
            let z = Var::from_tensor(&rows.z)?;
            let tracked = if grad_z.is_null() {
                rows.z.clone()
            } else {
                z.as_tensor().clone()
            };
            let losses = rows
                .objective
                .loss(&state.ctx, &tracked, &rows.target_idx)?;
            write(&numbers(&losses)?, value, n as usize)?;
            if grad_z.is_null() {
                return Ok(());
            }
            give_gradient(&losses.sum_all()?, &z, grad_z)
        })
    }
}

pub(super) unsafe extern "C" fn evaluate(
    ctx: *mut c_void,
    what: u32,
    z: *const f32,
    target_idx: *const u64,
    n: u64,
    out: *mut f32,
    tape: *mut *mut c_void,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the interface demands valid arguments.
    unsafe {
        answer(ctx, err, |state| {
            let rows = Rows::read(state, z, target_idx, n, what == abi::TERMS)?;
            let z = Var::from_tensor(&rows.z)?;
            let tracked = if tape.is_null() {
                rows.z.clone()
            } else {
                z.as_tensor().clone()
            };
            let objective = rows.objective;
            let outputs = match what {
                abi::TERMS => objective.values(&state.ctx, &tracked, &rows.target_idx)?,
                abi::IMAGES => vec![objective.generator().generate(&tracked)?],
                other => return Err(wrong("what", "LAB_TERMS or LAB_IMAGES", &other.to_string())),
            };
            let mut values = Vec::new();
            for output in &outputs {
                values.extend(numbers(output)?);
            }
            let per_row = match what {
                abi::TERMS => objective.terms().len(),
                _ => objective.generator().image_shape().n_pixels(),
            };
            write(&values, out, per_row * n as usize)?;
            if !tape.is_null() {
                *tape = Box::into_raw(Box::new(HostTape { z, outputs })).cast();
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn evaluate_vjp(
    ctx: *mut c_void,
    tape: *mut c_void,
    grad_out: *const f32,
    grad_z: *mut f32,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the interface demands a tape of `evaluate` and buffers of its sizes.
    unsafe {
        answer(ctx, err, |_| {
            let Some(tape) = tape.cast::<HostTape>().as_ref() else {
                return Err(wrong("tape", "a tape of evaluate", "NULL"));
            };
            if grad_out.is_null() {
                return Err(wrong("grad_out", "a gradient of the outputs", "NULL"));
            }
            let sizes = tape.outputs.iter().map(Tensor::elem_count);
            let all = slice(grad_out, sizes.sum());
            let (mut start, mut total) = (0, None);
            // The sum is built like that of `Objective::loss`, so that gradients add up in the same order.
            for output in &tape.outputs {
                let n = output.elem_count();
                let given = &all[start..start + n];
                let given = Tensor::from_slice(given, output.dims(), output.device())?;
                let weighed = (output * given.to_dtype(output.dtype())?)?;
                total = Some(match total {
                    None => weighed,
                    Some(sum) => (sum + weighed)?,
                });
                start += n;
            }
            match total {
                Some(total) => give_gradient(&total.sum_all()?, &tape.z, grad_z),
                None => write(&vec![0.0; tape.z.elem_count()], grad_z, tape.z.elem_count()),
            }
        })
    }
}

pub(super) unsafe extern "C" fn drop_tape(_ctx: *mut c_void, tape: *mut c_void) {
    let dropped = catch_unwind(AssertUnwindSafe(|| {
        if !tape.is_null() {
            // SAFETY: the tape came from `evaluate` and is dropped once.
            drop(unsafe { Box::from_raw(tape.cast::<HostTape>()) });
        }
    }));
    if let Err(payload) = dropped {
        // Dropping the payload may itself panic.
        std::mem::forget(payload);
    }
}

/// Writes the gradient of a scalar by `z`; zeros if it does not depend on it.
///
/// # Safety
/// `grad_z` must have room for as many numbers as `z` has.
unsafe fn give_gradient(scalar: &Tensor, z: &Var, grad_z: *mut f32) -> Result<()> {
    let gradient = scalar.backward()?.remove(z.as_tensor());
    let values = match gradient {
        Some(gradient) => numbers(&gradient)?,
        None => vec![0.0; z.elem_count()],
    };
    // SAFETY: as the caller promises.
    unsafe { write(&values, grad_z, z.elem_count()) }
}

fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(on_cpu(tensor)?.flatten_all()?.to_vec1()?)
}
