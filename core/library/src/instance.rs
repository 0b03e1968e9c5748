//! One instance of a plugin: every call into a library goes through here.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use super::abi::{self, Str, WANT_GRAD, caps, status};
use super::arrays::{Array, Element};
use super::facts;
use super::host::HostState;
use super::manifest::Entry;
use super::outcome::{broken, config_error, outcome};
use super::sink::{Message, Outputs, exactly, fits};
use lab_core::Result;
use lab_core::config::{Parameter, from_ron};

/// Names of methods in messages.
const METHODS: [&str; 10] = [
    "FORWARD",
    "TRAIN",
    "SAVE",
    "LOAD",
    "LIST",
    "QUALITY",
    "SHARE",
    "CLASSIFY",
    "ENCODE",
    "MAP_DRAWS",
];

/// An instance. Destroyed exactly once, after its tapes; what the host lent to it lives longer.
pub(super) struct Instance {
    pub(super) entry: &'static Entry,
    this: *mut c_void,
    calls: Mutex<()>,
    host: Option<Box<HostState>>,
}

// SAFETY: the interface allows calls from several threads, which `guard` serialises where the plugin asks for it.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.entry.table.destroy {
            // SAFETY: `this` came from create, is destroyed once, and no tape of it is left: tapes hold the instance.
            unsafe { destroy(self.this) }
        }
    }
}

/// What a forward call left for its gradient.
pub(super) struct Tape {
    instance: Arc<Instance>,
    this: *mut c_void,
}

// SAFETY: the interface allows a tape to be used and dropped on any thread.
unsafe impl Send for Tape {}
// SAFETY: as above; it is only read.
unsafe impl Sync for Tape {}

impl Drop for Tape {
    fn drop(&mut self) {
        if let Some(drop_tape) = self.instance.entry.table.drop_tape {
            let _guard = self.instance.guard();
            // SAFETY: the tape came from this instance and is dropped once.
            unsafe { drop_tape(self.instance.this, self.this) }
        }
    }
}

impl Instance {
    /// Makes an instance from the text of its parameters; complaints about them name their byte in `written`.
    pub(super) fn create(
        entry: &'static Entry,
        config: &str,
        seed: u64,
        written: &str,
    ) -> Result<Self> {
        let Some(create) = entry.table.create else {
            return Err(broken(entry, "create", "the function", "NULL"));
        };
        let (mut this, mut message) = (std::ptr::null_mut(), Message::new());
        // SAFETY: text, place and buffer are valid for the call.
        let code = unsafe { create(Str::new(config), seed, &raw mut this, message.buffer()) };
        if code == status::ERR_CONFIG {
            return Err(config_error(&message, config, written));
        }
        outcome(entry, "create", code, &message)?;
        if this.is_null() {
            return Err(broken(entry, "create", "an instance", "NULL"));
        }
        Ok(Self {
            entry,
            this,
            calls: Mutex::new(()),
            host: None,
        })
    }

    /// What the plugin says of itself.
    pub(super) fn describe<F: DeserializeOwned>(&self) -> Result<F> {
        let (outputs, mut message) = (Outputs::text(), Message::new());
        let Some(describe) = self.entry.table.describe else {
            return Err(broken(self.entry, "describe", "the function", "NULL"));
        };
        let code = {
            let _guard = self.guard();
            // SAFETY: the instance is alive, sink and buffer are valid for the call.
            unsafe { describe(self.this, &outputs.sink(), message.buffer()) }
        };
        outcome(self.entry, "describe", code, &message)?;
        let text = outputs
            .take_text()
            .ok_or_else(|| broken(self.entry, "describe", "text 0", "none"))?;
        facts::read(&text).map_err(|got| broken(self.entry, "describe", "facts of its kind", got))
    }

    /// Calls a method that changes nothing; `wanted` are the inputs that a gradient will be asked for.
    pub(super) fn forward(
        self: &Arc<Self>,
        method: u32,
        inputs: &[Array],
        wanted: &[usize],
        outputs: &Outputs<'_>,
    ) -> Result<Option<Tape>> {
        let Some(forward) = self.entry.table.forward else {
            return Err(broken(self.entry, name(method), "the function", "NULL"));
        };
        let views = views(inputs, wanted);
        let keeps = !wanted.is_empty() && self.entry.can(caps::TAPE);
        let (mut tape, mut message) = (std::ptr::null_mut(), Message::new());
        let place = if keeps {
            &raw mut tape
        } else {
            std::ptr::null_mut()
        };
        let code = {
            let _guard = self.guard();
            // SAFETY: the instance is alive; inputs, sink, place and buffer are valid for the call.
            unsafe {
                forward(
                    self.this,
                    method,
                    views.as_ptr(),
                    views.len() as u32,
                    &outputs.sink(),
                    place,
                    message.buffer(),
                )
            }
        };
        // Owned at once, so that it is dropped whatever comes.
        let tape = (!tape.is_null()).then(|| Tape {
            instance: self.clone(),
            this: tape,
        });
        self.finished(name(method), code, &message, outputs)?;
        Ok(tape)
    }

    /// Gradients of the wanted inputs, in their order.
    pub(super) fn vjp(
        self: &Arc<Self>,
        method: u32,
        inputs: &[Array],
        wanted: &[usize],
        tape: Option<&Tape>,
        gradients: &[Option<Array>],
    ) -> Result<Vec<Array>> {
        let Some(vjp) = self.entry.table.vjp else {
            return Err(broken(self.entry, "vjp", "the function", "NULL"));
        };
        let views = views(inputs, wanted);
        let none = Array::f32(&[0], Vec::new());
        let given: Vec<abi::In> = gradients
            .iter()
            .map(|gradient| match gradient {
                Some(gradient) => gradient.view(0),
                None => abi::In {
                    data: std::ptr::null(),
                    ..none.view(0)
                },
            })
            .collect();
        let outputs = Outputs::arrays(|index, element, shape| {
            let input = inputs.get(index as usize);
            match input.filter(|_| wanted.contains(&(index as usize))) {
                Some(input) => fits(Element::F32, &exactly(&input.dims()), element, shape),
                None => Err(format!("gradients of inputs {wanted:?}")),
            }
        });
        let mut message = Message::new();
        let code = {
            let _guard = self.guard();
            // SAFETY: the instance and the tape are alive; inputs, gradients, sink and buffer are valid for the call.
            unsafe {
                vjp(
                    self.this,
                    method,
                    views.as_ptr(),
                    views.len() as u32,
                    tape.map_or(std::ptr::null_mut(), |tape| tape.this),
                    given.as_ptr(),
                    given.len() as u32,
                    &outputs.sink(),
                    message.buffer(),
                )
            }
        };
        self.finished("vjp", code, &message, &outputs)?;
        wanted
            .iter()
            .map(|&index| self.output(&outputs, "vjp", index as u32))
            .collect()
    }

    /// Calls a method that changes the instance; what the host lends to it stays alive as long as the instance.
    pub(super) fn run(
        &mut self,
        method: u32,
        inputs: &[Array],
        host: Box<HostState>,
        outputs: &Outputs<'_>,
    ) -> Result<()> {
        let Some(run) = self.entry.table.run else {
            return Err(broken(self.entry, name(method), "the function", "NULL"));
        };
        let views = views(inputs, &[]);
        let host = self.host.insert(host);
        let mut message = Message::new();
        // SAFETY: nobody else calls the instance, as it is borrowed exclusively; inputs, host, sink and buffer are valid for
        // the call.
        let code = unsafe {
            run(
                self.this,
                method,
                views.as_ptr(),
                views.len() as u32,
                host.table(),
                &outputs.sink(),
                message.buffer(),
            )
        };
        self.finished(name(method), code, &message, outputs)
    }

    /// What the host lent to the last run.
    pub(super) fn host(&self) -> Option<&HostState> {
        self.host.as_deref()
    }

    /// Takes an output that the method promises.
    pub(super) fn output(
        &self,
        outputs: &Outputs<'_>,
        call: &'static str,
        index: u32,
    ) -> Result<Array> {
        outputs
            .take(index)
            .ok_or_else(|| broken(self.entry, call, format!("output {index}"), "none"))
    }

    fn finished(
        &self,
        call: &'static str,
        code: i32,
        message: &Message,
        outputs: &Outputs<'_>,
    ) -> Result<()> {
        // A refusal is the cause of whatever the plugin complained about next.
        match outputs.refused() {
            Some((expected, got)) => Err(broken(self.entry, call, expected, got)),
            None => outcome(self.entry, call, code, message),
        }
    }

    fn guard(&self) -> Option<MutexGuard<'_, ()>> {
        let serialise = self.entry.can(caps::SERIALISE);
        serialise.then(|| self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The parameters with every default filled in, by the plugin; as they are if it does not say.
pub(super) fn resolve(entry: &'static Entry, config: &str, smoke: bool) -> Result<String> {
    let Some(resolve) = entry.table.resolve else {
        return Ok(config.to_owned());
    };
    let (outputs, mut message) = (Outputs::text(), Message::new());
    // SAFETY: text, sink and buffer are valid for the call.
    let code = unsafe {
        resolve(
            Str::new(config),
            u32::from(smoke),
            &outputs.sink(),
            message.buffer(),
        )
    };
    if code == status::ERR_CONFIG {
        return Err(config_error(&message, config, config));
    }
    outcome(entry, "resolve", code, &message)?;
    outputs
        .take_text()
        .ok_or_else(|| broken(entry, "resolve", "text 0", "none"))
}

/// Every parameter with its meaning, type and range, by the plugin; `None` if it does not say.
pub(super) fn explain(entry: &'static Entry) -> Result<Option<Vec<Parameter>>> {
    let Some(explain) = entry.table.explain else {
        return Ok(None);
    };
    let (outputs, mut message) = (Outputs::text(), Message::new());
    // SAFETY: sink and buffer are valid for the call.
    let code = unsafe { explain(&outputs.sink(), message.buffer()) };
    outcome(entry, "explain", code, &message)?;
    let text = outputs
        .take_text()
        .ok_or_else(|| broken(entry, "explain", "text 0", "none"))?;
    let expected = "a list of parameters as lab_plugin.h describes it";
    let parameters = from_ron(&text).map_err(|got| broken(entry, "explain", expected, got))?;
    Ok(Some(parameters))
}

fn views(inputs: &[Array], wanted: &[usize]) -> Vec<abi::In> {
    let flags = |idx| if wanted.contains(&idx) { WANT_GRAD } else { 0 };
    inputs
        .iter()
        .enumerate()
        .map(|(idx, input)| input.view(flags(idx)))
        .collect()
}

/// The name of a method.
pub(super) fn name(method: u32) -> &'static str {
    METHODS.get(method as usize).copied().unwrap_or("a method")
}
