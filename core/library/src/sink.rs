//! What receives the results of a call, and what receives its message.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use super::abi::{self, status};
use super::arrays::{Array, Element, slice};

/// What an output may be: says what was expected if this index, type and shape may not.
pub(super) type Rule<'a> = Box<dyn Fn(u32, Element, &[u64]) -> Result<(), String> + 'a>;

/// Outputs of one call, filled by the other side.
pub(super) struct Outputs<'a> {
    rule: Rule<'a>,
    n_texts: u32,
    got: Mutex<Got>,
}

#[derive(Default)]
struct Got {
    arrays: BTreeMap<u32, Array>,
    texts: BTreeMap<u32, String>,
    /// The first output that was refused: (expected, got).
    refused: Option<(String, String)>,
}

impl<'a> Outputs<'a> {
    /// Takes arrays that the rule allows.
    pub(super) fn arrays(rule: impl Fn(u32, Element, &[u64]) -> Result<(), String> + 'a) -> Self {
        Self::of(Box::new(rule), 0)
    }

    /// Takes arrays of fixed shapes: output `i` is the `i`th.
    pub(super) fn fixed(expected: Vec<(Element, Vec<Option<usize>>)>) -> Self {
        Self::arrays(
            move |index, element, shape| match expected.get(index as usize) {
                None => Err(format!("outputs below {}", expected.len())),
                Some((wanted, pattern)) => fits(*wanted, pattern, element, shape),
            },
        )
    }

    /// Takes one array of bytes.
    pub(super) fn bytes() -> Self {
        Self::fixed(vec![(Element::U8, vec![None])])
    }

    /// A sink for calls that give nothing back.
    pub(super) fn nothing() -> Self {
        Self::fixed(Vec::new())
    }

    /// A sink for one text.
    pub(super) fn text() -> Self {
        Self::nothing().and_text()
    }

    /// Takes a text, too.
    pub(super) fn and_text(mut self) -> Self {
        self.n_texts = 1;
        self
    }

    fn of(rule: Rule<'a>, n_texts: u32) -> Self {
        Self {
            rule,
            n_texts,
            got: Mutex::default(),
        }
    }

    /// The sink to hand over; it lives no longer than `self`, which must not move.
    pub(super) fn sink(&self) -> abi::Sink {
        abi::Sink {
            ctx: std::ptr::from_ref(self).cast_mut().cast(),
            alloc: Some(alloc),
            text: Some(text),
        }
    }

    /// What was refused, as (expected, got).
    pub(super) fn refused(&self) -> Option<(String, String)> {
        self.lock().refused.clone()
    }

    /// Takes an output out.
    pub(super) fn take(&self, index: u32) -> Option<Array> {
        self.lock().arrays.remove(&index)
    }

    /// Number of arrays in the sink.
    pub(super) fn len(&self) -> usize {
        self.lock().arrays.len()
    }

    /// Takes text 0 out.
    pub(super) fn take_text(&self) -> Option<String> {
        self.lock().texts.remove(&0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Got> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn allocate(&self, index: u32, dtype: u16, shape: &[u64]) -> *mut c_void {
        let mut got = self.lock();
        let allowed = match Element::from_number(dtype) {
            None => Err((
                "a known type".to_owned(),
                format!("output {index} of type {dtype}"),
            )),
            Some(element) if got.arrays.contains_key(&index) => Err((
                "each output once".to_owned(),
                format!("output {index} ({}) again", element.name()),
            )),
            Some(element) => (self.rule)(index, element, shape)
                .map(|()| element)
                .map_err(|expected| {
                    let name = element.name();
                    (expected, format!("output {index} as {name} {shape:?}"))
                }),
        };
        let array = allowed.and_then(|element| {
            Array::zeros(element, shape).ok_or_else(|| {
                (
                    "a shape that fits into memory".to_owned(),
                    format!("{shape:?}"),
                )
            })
        });
        match array {
            Ok(array) => got.arrays.entry(index).or_insert(array).as_mut_ptr(),
            Err(refused) => {
                got.refused.get_or_insert(refused);
                std::ptr::null_mut()
            }
        }
    }

    fn keep_text(&self, index: u32, text: Option<&str>) -> i32 {
        let mut got = self.lock();
        let Some(text) = text.filter(|_| index < self.n_texts) else {
            let expected = format!("{} texts in UTF-8", self.n_texts);
            got.refused
                .get_or_insert((expected, format!("text {index}")));
            return status::ERR;
        };
        got.texts.insert(index, text.to_owned());
        status::OK
    }
}

/// Whether type and shape fit; `None` stands for any size.
pub(super) fn fits(
    wanted: Element,
    pattern: &[Option<usize>],
    element: Element,
    shape: &[u64],
) -> Result<(), String> {
    let same =
        |(size, wanted): (&u64, &Option<usize>)| wanted.is_none_or(|wanted| wanted as u64 == *size);
    if wanted == element && shape.len() == pattern.len() && shape.iter().zip(pattern).all(same) {
        return Ok(());
    }
    let sizes: Vec<String> = pattern
        .iter()
        .map(|size| size.map_or("any".into(), |size| size.to_string()))
        .collect();
    Err(format!("{} [{}]", wanted.name(), sizes.join(", ")))
}

/// A fixed shape as a pattern.
pub(super) fn exactly(dims: &[usize]) -> Vec<Option<usize>> {
    dims.iter().copied().map(Some).collect()
}

unsafe extern "C" fn alloc(
    ctx: *mut c_void,
    index: u32,
    dtype: u16,
    shape: *const u64,
    ndim: u32,
) -> *mut c_void {
    /// More axes than any array here has.
    const MAX_NDIM: u32 = 16;
    let answer = catch_unwind(AssertUnwindSafe(|| {
        if ctx.is_null() || ndim > MAX_NDIM {
            return std::ptr::null_mut();
        }
        // SAFETY: `ctx` is the `Outputs` that made the sink, alive for the call; `shape` holds `ndim` sizes.
        let (outputs, shape) =
            unsafe { (&*ctx.cast::<Outputs<'_>>(), slice(shape, ndim as usize)) };
        outputs.allocate(index, dtype, shape)
    }));
    answer.unwrap_or(std::ptr::null_mut())
}

unsafe extern "C" fn text(ctx: *mut c_void, index: u32, text: abi::Str) -> i32 {
    let answer = catch_unwind(AssertUnwindSafe(|| {
        if ctx.is_null() {
            return status::ERR;
        }
        // SAFETY: `ctx` is the `Outputs` that made the sink; the text is readable for the call.
        let (outputs, text) = unsafe { (&*ctx.cast::<Outputs<'_>>(), text.read()) };
        outputs.keep_text(index, text)
    }));
    answer.unwrap_or(status::PANIC)
}

/// Room for the message of one call.
pub(super) struct Message {
    // Boxed, so that the buffer stays where it is.
    bytes: Box<[u8; Self::CAPACITY]>,
    raw: abi::ErrBuf,
}

impl Message {
    const CAPACITY: usize = 4096;

    pub(super) fn new() -> Self {
        Self {
            bytes: Box::new([0; Self::CAPACITY]),
            raw: abi::ErrBuf {
                buf: std::ptr::null_mut(),
                cap: Self::CAPACITY as u32,
                len: 0,
                line: 0,
                col: 0,
            },
        }
    }

    /// The buffer to hand over; it lives no longer than `self`.
    pub(super) fn buffer(&mut self) -> *mut abi::ErrBuf {
        self.raw.buf = self.bytes.as_mut_ptr();
        &raw mut self.raw
    }

    /// The text that the library wrote.
    pub(super) fn text(&self) -> String {
        let len = (self.raw.len as usize).min(Self::CAPACITY);
        let text = String::from_utf8_lossy(&self.bytes[..len])
            .trim()
            .to_owned();
        if text.is_empty() {
            "it gave no message".into()
        } else {
            text
        }
    }

    /// Line and column, if they were given.
    pub(super) fn place(&self) -> Option<(usize, usize)> {
        let (line, col) = (self.raw.line as usize, self.raw.col as usize);
        (line > 0).then_some((line, col.max(1)))
    }
}

/// Writes a message into the other side's buffer, cut at a character if it is too long.
///
/// # Safety
/// `err` must be null or a buffer as the interface demands.
pub(super) unsafe fn write_message(err: *mut abi::ErrBuf, text: &str, place: (u32, u32)) {
    // SAFETY: null or a valid, exclusive buffer, as the caller promises.
    let Some(err) = (unsafe { err.as_mut() }) else {
        return;
    };
    let mut len = text.len().min(err.cap as usize);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    if err.buf.is_null() {
        len = 0;
    } else {
        // SAFETY: the buffer has room for `cap` bytes, of which `len` is no more.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), err.buf, len) };
    }
    err.len = len as u32;
    (err.line, err.col) = place;
}
