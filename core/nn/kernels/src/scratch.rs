//! Buffers that a thread keeps between calls.
//!
//! A buffer leaves its thread's store while it is in use, so that a task stolen in between finds another one.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

thread_local! {
    static STORE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A borrowed buffer with arbitrary contents; it returns to the store of the thread that drops it.
pub(crate) struct Scratch {
    values: Vec<f32>,
    len: usize,
}

impl Scratch {
    /// A buffer of `len` numbers: the smallest stored one that fits, or a new one in place of the largest.
    pub(crate) fn take(len: usize) -> Self {
        let stored = STORE.with_borrow_mut(|store| {
            let fits = (0..store.len())
                .filter(|&i| store[i].len() >= len)
                .min_by_key(|&i| store[i].len());
            let choice = fits.or_else(|| (0..store.len()).max_by_key(|&i| store[i].len()));
            choice.map(|i| store.swap_remove(i))
        });
        let values = stored
            .filter(|values| values.len() >= len)
            .unwrap_or_else(|| vec![0.0; len]);
        Self { values, len }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.values);
        // While a thread ends its store may be gone already; then the buffer is simply freed.
        let _ = STORE.try_with(|store| store.borrow_mut().push(values));
    }
}

impl Deref for Scratch {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.len]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.len]
    }
}
