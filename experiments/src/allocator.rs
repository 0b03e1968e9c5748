//! Tells the system's allocator to keep its memory.
//!
//! A training step makes and drops the same large tensors again and again.
//! glibc takes blocks of this size from the kernel each time and gives them back, so that every step pays for every page
//! anew: a fifth of a generator's update.

/// Keeps freed memory for the next step, in one arena.
///
/// Does nothing where the system's allocator is not glibc's.
pub(crate) fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// No tensor here is larger.
        const LARGEST: libc::c_int = 1 << 30;
        #[expect(unsafe_code, reason = "the allocator is told through a C function")]
        // SAFETY: mallopt changes thresholds only; it is called before any thread starts, as its manual asks.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST);
            libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
            libc::mallopt(libc::M_ARENA_MAX, 1);
        }
    }
}
