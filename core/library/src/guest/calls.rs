//! The functions of `lab_plugin`.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::{Tensor, Var};

use super::Exported;
use super::emit::{Emit, Inputs};
use super::part::{Guest, in_config};
use super::report::answer;
use super::{methods, refused, train};
use crate::abi::{ErrBuf, Host, In, Sink, Str};
use crate::arrays::{Array, slice};
use lab_core::config::{one_line, to_ron};
use lab_core::registry::{self, Capability};
use lab_core::{Error, Result};

/// What a forward call keeps for its gradient.
struct Tape {
    vars: Vec<Option<Var>>,
    outputs: Vec<Tensor>,
}

pub(super) unsafe extern "C" fn create<E: Exported>(
    config: Str,
    seed: u64,
    this: *mut *mut c_void,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: the host keeps to the interface, here and in all functions below: its pointers are valid for the call.
    unsafe {
        answer(err, || {
            let config = text(config)?;
            let guest = Guest::build(E::plugin(), config, seed).map_err(in_config(config))?;
            match this.as_mut() {
                Some(this) => *this = Box::into_raw(Box::new(guest)).cast(),
                None => return Err(null("this")),
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn resolve<E: Exported>(
    config: Str,
    smoke: u32,
    sink: *const Sink,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: see `create`.
    unsafe {
        answer(err, || {
            let (config, smoke) = (text(config)?, smoke != 0);
            let own = (E::plugin().resolve)(config, smoke).map_err(in_config(config))?;
            // Datasets are the host's: it fills in their defaults itself.
            let resolved = own.filled(|capability, text| match capability {
                Capability::Dataset => Ok(one_line(text)),
                _ => registry::resolve(capability, text, smoke),
            });
            Emit::new(sink).text(0, &resolved?)
        })
    }
}

pub(super) unsafe extern "C" fn explain<E: Exported>(sink: *const Sink, err: *mut ErrBuf) -> i32 {
    // SAFETY: see `create`.
    unsafe {
        answer(err, || {
            let parameters = (E::plugin().parameters)()?.unwrap_or_default();
            Emit::new(sink).text(0, &to_ron(&parameters)?)
        })
    }
}

pub(super) unsafe extern "C" fn destroy(this: *mut c_void) {
    forget_panic(|| {
        if !this.is_null() {
            // SAFETY: `this` came from `create`, and the host destroys it once.
            drop(unsafe { Box::from_raw(this.cast::<Guest>()) });
        }
    });
}

pub(super) unsafe extern "C" fn describe(
    this: *mut c_void,
    sink: *const Sink,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: see `create`.
    unsafe { answer(err, || Emit::new(sink).text(0, &guest(this)?.facts()?)) }
}

pub(super) unsafe extern "C" fn forward(
    this: *mut c_void,
    method: u32,
    inputs: *const In,
    n_in: u32,
    sink: *const Sink,
    tape: *mut *mut c_void,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: see `create`.
    unsafe {
        answer(err, || {
            let (guest, emit) = (guest(this)?, Emit::new(sink));
            let inputs = Inputs::read(inputs, n_in, !tape.is_null())?;
            let Some(outputs) = methods::tensors(guest, method, &inputs)? else {
                return methods::plain(guest, method, &inputs, emit);
            };
            for (index, output) in outputs.iter().enumerate() {
                emit.tensor(index as u32, output)?;
            }
            if let Some(tape) = tape.as_mut() {
                let kept = Tape {
                    vars: inputs.into_vars(),
                    outputs,
                };
                *tape = Box::into_raw(Box::new(kept)).cast();
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn vjp(
    this: *mut c_void,
    method: u32,
    inputs: *const In,
    n_in: u32,
    tape: *mut c_void,
    gradients: *const In,
    n_out: u32,
    sink: *const Sink,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: see `create`.
    unsafe {
        answer(err, || {
            let emit = Emit::new(sink);
            let given = slice(gradients, n_out as usize);
            if let Some(tape) = tape.cast::<Tape>().as_ref() {
                return back(&tape.vars, &tape.outputs, given, emit);
            }
            let inputs = Inputs::read(inputs, n_in, true)?;
            let outputs = methods::tensors(guest(this)?, method, &inputs)?
                .ok_or_else(|| refused::unknown(method))?;
            back(&inputs.into_vars(), &outputs, given, emit)
        })
    }
}

pub(super) unsafe extern "C" fn drop_tape(_this: *mut c_void, tape: *mut c_void) {
    forget_panic(|| {
        if !tape.is_null() {
            // SAFETY: the tape came from `forward`, and the host drops it once.
            drop(unsafe { Box::from_raw(tape.cast::<Tape>()) });
        }
    });
}

pub(super) unsafe extern "C" fn run(
    this: *mut c_void,
    method: u32,
    inputs: *const In,
    n_in: u32,
    host: *const Host,
    sink: *const Sink,
    err: *mut ErrBuf,
) -> i32 {
    // SAFETY: see `create`; during `run` nobody else holds the instance.
    unsafe {
        answer(err, || {
            let guest = this.cast::<Guest>().as_mut().ok_or_else(|| null("self"))?;
            let inputs = Inputs::read(inputs, n_in, false)?;
            train::run(guest, method, &inputs, host, Emit::new(sink))
        })
    }
}

/// Gradients of the variables: those of `sum of outputs · given`; zeros where nothing depends on them.
unsafe fn back(vars: &[Option<Var>], outputs: &[Tensor], given: &[In], emit: Emit) -> Result<()> {
    let mut total: Option<Tensor> = None;
    for (output, given) in outputs.iter().zip(given) {
        if given.data.is_null() {
            continue;
        }
        // SAFETY: the host gives gradients as the interface demands.
        let given = unsafe { Array::copied(given) }?.tensor(output.device())?;
        if given.dims() != output.dims() {
            return Err(Error::shape(
                "gradient of an output",
                output.dims(),
                given.dims(),
            ));
        }
        let weighed = (output * given.to_dtype(output.dtype())?)?.sum_all()?;
        total = Some(match total {
            None => weighed,
            Some(sum) => (sum + weighed)?,
        });
    }
    let mut found = total.map(|total| total.backward()).transpose()?;
    for (index, var) in vars.iter().enumerate() {
        let Some(var) = var else {
            continue;
        };
        let gradient = found
            .as_mut()
            .and_then(|found| found.remove(var.as_tensor()));
        let gradient = match gradient {
            Some(gradient) => gradient,
            None => var.as_tensor().zeros_like()?,
        };
        emit.tensor(index as u32, &gradient)?;
    }
    Ok(())
}

unsafe fn guest<'a>(this: *mut c_void) -> Result<&'a Guest> {
    // SAFETY: null or an instance of `create` that is alive, as the host keeps to the interface.
    unsafe { this.cast::<Guest>().as_ref() }.ok_or_else(|| null("self"))
}

unsafe fn text<'a>(value: Str) -> Result<&'a str> {
    // SAFETY: readable for the call, as the host keeps to the interface.
    unsafe { value.read() }.ok_or_else(|| null("config"))
}

fn null(what: &str) -> Error {
    Error::Data {
        what: format!("'{what}' of a call into a library"),
        expected: "what lab_plugin.h says".into(),
        got: "NULL or no text".into(),
        remedy: "this is a mistake of the host".into(),
    }
}

/// Ends something of the plugin's; a panic on the way cannot be reported to the host.
fn forget_panic(work: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
        // Dropping the payload may itself panic.
        std::mem::forget(payload);
    }
}
