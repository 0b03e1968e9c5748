//! Numbers that will be read soon.
#![expect(
    unsafe_code,
    reason = "the processor is told by an instruction of its own"
)]
#![expect(
    clippy::inline_always,
    reason = "it must be compiled inside the loop that calls it"
)]

/// Numbers of a cache line.
const LINE: usize = 16;

/// Asks for numbers from memory ahead of their use; changes nothing but the time.
#[inline(always)]
pub(crate) fn prefetch(values: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    for line in values.chunks(LINE) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing that the program sees, and every x86-64 has it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, LINE);
}
