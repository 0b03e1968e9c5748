//! The system's allocator: told to keep its memory, and watched, so that the end of memory is said as that.
//!
//! A training step makes and drops the same large tensors again and again.
//! glibc takes blocks of this size from the kernel each time and gives them back, so that every step pays for every page
//! anew: a fifth of a generator's update.

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGABRT;

/// What is said when memory has ended; the line of a stage may be open.
const FULL: &str = "\nerror: the memory is full\n  hint: finished stages and checkpoints are kept; with more memory (ulimit -v, --mem \
                    of Slurm), fewer --threads or a smaller experiment the same command goes on from there\n";

/// Whether a request for memory was refused.
static REFUSED: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// The system's allocator, whose refusals are remembered.
struct Watched;

#[expect(unsafe_code, reason = "an allocator is an unsafe trait")]
// SAFETY: every call goes to the system's allocator as it is, and its answer comes back as it is.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of this very function.
        remembered(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of this very function.
        remembered(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, n_bytes: usize) -> *mut u8 {
        // SAFETY: the caller keeps to the contract of this very function.
        remembered(unsafe { System.realloc(old, layout, n_bytes) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of this very function.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn remembered(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        REFUSED.store(true, Ordering::Relaxed);
    }
    memory
}

/// From now on an abort behind refused memory says that the memory is full, and a panic behind it is such an abort: libraries
/// that are given none panic about affairs of their own.
pub(crate) fn say_when_full() {
    let earlier = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if REFUSED.load(Ordering::Relaxed) {
            std::process::abort();
        }
        earlier(info);
    }));
    let say = || {
        if REFUSED.load(Ordering::Relaxed) {
            #[expect(
                unsafe_code,
                reason = "a handler of signals may write by the system's call alone"
            )]
            // SAFETY: the text is a constant; whom it does not reach learns of the end by the exit code.
            let _ = unsafe { libc::write(libc::STDERR_FILENO, FULL.as_ptr().cast(), FULL.len()) };
        }
    };
    #[expect(
        unsafe_code,
        reason = "a handler of signals is registered by an unsafe function"
    )]
    // SAFETY: the handler reads an atomic number and calls write, both of which handlers may do.
    let registered = unsafe { signal_hook::low_level::register(SIGABRT, say) };
    // Where this cannot be had, the end has its exit code and whatever the library said.
    drop(registered);
}

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
