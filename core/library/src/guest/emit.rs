//! Inputs of a call as tensors, and outputs into the host's memory.

use std::ffi::c_void;

use candle_core::{Device, Tensor, Var};

use crate::abi::{In, Sink, Str, WANT_GRAD, status};
use crate::arrays::{Array, Values, slice};
use lab_core::{Error, Result};

/// An input of a call.
pub(super) enum Given {
    /// Numbers in f32.
    Tensor(Tensor),
    /// Numbers of other types.
    Array(Array),
}

/// Inputs of a call, and the variables among them.
pub(super) struct Inputs {
    given: Vec<Given>,
    vars: Vec<Option<Var>>,
}

impl Inputs {
    /// Copies the inputs of a call; those that want a gradient become variables if `tracked`.
    ///
    /// # Safety
    /// `views` must hold `n` inputs as the interface demands.
    pub(super) unsafe fn read(views: *const In, n: u32, tracked: bool) -> Result<Self> {
        let (mut given, mut vars) = (Vec::new(), Vec::new());
        // SAFETY: as the caller promises, here and below.
        for view in unsafe { slice(views, n as usize) } {
            // SAFETY: see above.
            let array = unsafe { Array::copied(view) }?;
            let wants = tracked && view.flags & WANT_GRAD != 0;
            let (input, var) = match array.values {
                Values::F32(_) => {
                    let tensor = array.tensor(&Device::Cpu)?;
                    let var = wants.then(|| Var::from_tensor(&tensor)).transpose()?;
                    let tensor = var.as_ref().map_or(tensor, |var| var.as_tensor().clone());
                    (Given::Tensor(tensor), var)
                }
                _ => (Given::Array(array), None),
            };
            given.push(input);
            vars.push(var);
        }
        Ok(Self { given, vars })
    }

    pub(super) fn len(&self) -> usize {
        self.given.len()
    }

    pub(super) fn tensor(&self, index: usize) -> Result<&Tensor> {
        match self.given.get(index) {
            Some(Given::Tensor(tensor)) => Ok(tensor),
            _ => Err(missing(index, "an f32 array")),
        }
    }

    pub(super) fn array(&self, index: usize) -> Result<&Array> {
        match self.given.get(index) {
            Some(Given::Array(array)) => Ok(array),
            _ => Err(missing(index, "an array of another type than f32")),
        }
    }

    /// Indices, each from 0.
    pub(super) fn indices(&self, index: usize) -> Result<Vec<usize>> {
        match &self.array(index)?.values {
            Values::I64(values) => values
                .iter()
                .map(|&value| {
                    usize::try_from(value).map_err(|_| missing(index, "no negative numbers"))
                })
                .collect(),
            _ => Err(missing(index, "an i64 array")),
        }
    }

    pub(super) fn bytes(&self, index: usize) -> Result<&[u8]> {
        match &self.array(index)?.values {
            Values::U8(bytes) => Ok(bytes),
            _ => Err(missing(index, "a u8 array")),
        }
    }

    pub(super) fn into_vars(self) -> Vec<Option<Var>> {
        self.vars
    }
}

fn missing(index: usize, expected: &str) -> Error {
    Error::Data {
        what: format!("input {index} of a call into a library"),
        expected: expected.into(),
        got: "something else".into(),
        remedy: "this is a mistake of the host; see lab_plugin.h".into(),
    }
}

/// The host's sink for one call.
#[derive(Clone, Copy)]
pub(super) struct Emit(*const Sink);

impl Emit {
    /// Writes into the host's sink.
    ///
    /// # Safety
    /// It must be valid while this value is used.
    pub(super) unsafe fn new(sink: *const Sink) -> Self {
        Self(sink)
    }

    fn sink(self) -> Result<Sink> {
        // SAFETY: valid, as the maker promised.
        let sink = unsafe { self.0.as_ref() };
        sink.copied().ok_or_else(|| refused("a sink", "NULL"))
    }

    pub(super) fn array(self, index: u32, array: &Array) -> Result<()> {
        let sink = self.sink()?;
        let alloc = sink.alloc.ok_or_else(|| refused("alloc", "NULL"))?;
        let (shape, ndim) = (array.shape.as_ptr(), array.shape.len() as u32);
        // SAFETY: the shape holds `ndim` sizes.
        let room = unsafe { alloc(sink.ctx, index, array.element().number(), shape, ndim) };
        if room.is_null() {
            let name = array.element().name();
            return Err(refused(
                &format!("output {index} as {name} {:?}", array.shape),
                "no",
            ));
        }
        // SAFETY: the host gave room for as many elements of this type as the shape says.
        unsafe { pour(array, room) };
        Ok(())
    }

    pub(super) fn tensor(self, index: u32, tensor: &Tensor) -> Result<()> {
        self.array(index, &Array::of_tensor(tensor)?)
    }

    pub(super) fn text(self, index: u32, text: &str) -> Result<()> {
        let sink = self.sink()?;
        let take = sink.text.ok_or_else(|| refused("text", "NULL"))?;
        // SAFETY: the text is readable for the call.
        let code = unsafe { take(sink.ctx, index, Str::new(text)) };
        if code == status::OK {
            Ok(())
        } else {
            Err(refused(&format!("text {index}"), "no"))
        }
    }
}

/// Copies an array into the host's memory.
///
/// # Safety
/// `room` must have room for it.
unsafe fn pour(array: &Array, room: *mut c_void) {
    let (from, n_bytes) = (array.as_ptr(), n_bytes(array));
    // SAFETY: as the caller promises; the memory of both sides does not overlap.
    unsafe { std::ptr::copy_nonoverlapping(from.cast::<u8>(), room.cast::<u8>(), n_bytes) }
}

fn n_bytes(array: &Array) -> usize {
    match &array.values {
        Values::F32(values) => size_of_val(values.as_slice()),
        Values::U8(values) => size_of_val(values.as_slice()),
        Values::I64(values) => size_of_val(values.as_slice()),
        Values::F64(values) => size_of_val(values.as_slice()),
    }
}

fn refused(asked: &str, got: &str) -> Error {
    Error::Data {
        what: "an output of a library".into(),
        expected: format!("room for {asked}"),
        got: got.into(),
        remedy: "the host takes outputs in the shapes that describe states".into(),
    }
}
