//! A buffer that several threads fill at places that do not overlap.
#![expect(
    unsafe_code,
    reason = "rayon's safe splits cannot express columns, planes and tiles of one buffer"
)]

use std::marker::PhantomData;

/// A writable buffer without the promise that one thread alone writes it.
///
/// Offsets are checked against the buffer's end; that writers do not overlap is the caller's promise.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    start: *mut f32,
    len: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: `slice` and `at` are unsafe and demand that places handed out do not overlap; floats may cross threads.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    /// Shares `buffer`.
    pub(crate) fn new(buffer: &'a mut [f32]) -> Self {
        Self {
            start: buffer.as_mut_ptr(),
            len: buffer.len(),
            buffer: PhantomData,
        }
    }

    /// The address of number `offset`, with at least `len` numbers behind it.
    pub(crate) fn at(&self, offset: usize, len: usize) -> *mut f32 {
        assert!(
            offset <= self.len && len <= self.len - offset,
            "a kernel left its buffer"
        );
        // SAFETY: `offset <= len`, hence within the allocation or one past it.
        unsafe { self.start.add(offset) }
    }

    /// `len` numbers from `offset` on.
    ///
    /// # Safety
    /// No other slice or read of these places may be alive.
    pub(crate) unsafe fn slice(&self, offset: usize, len: usize) -> &'a mut [f32] {
        // SAFETY: `at` checks the bounds; the caller keeps the places apart.
        unsafe { std::slice::from_raw_parts_mut(self.at(offset, len), len) }
    }
}

/// A vector of `n` numbers written by `fill`, without a first pass of zeros over fresh pages.
///
/// # Safety
/// `fill` must write every number before it reads any.
pub(crate) unsafe fn filled(n: usize, fill: impl FnOnce(Shared<'_>)) -> Vec<f32> {
    let mut values: Vec<f32> = Vec::with_capacity(n);
    fill(Shared {
        start: values.as_mut_ptr(),
        len: n,
        buffer: PhantomData,
    });
    // SAFETY: the capacity is at least `n` and the caller promises that all are written.
    unsafe { values.set_len(n) };
    values
}
