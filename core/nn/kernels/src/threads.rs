//! Who works side by side: one pool of threads for everything.

use std::env;

/// What candle reads before its first large sum of tensors.
const CANDLE: &str = "CANDLE_NUM_THREADS";

/// Keeps candle from starting threads of its own for elementwise operations; a value that somebody has given stays.
///
/// Its threads spin while they wait, and whoever calls them spins until they have answered. Beside the pool that these kernels
/// share there is no core for them: on two cores, steps on small batches spent a third of the processor on waiting. Without
/// them an operation runs on the thread that asked for it.
///
/// To be called first in `main`.
pub fn share_one_pool() {
    if env::var_os(CANDLE).is_some() {
        return;
    }
    #[expect(
        unsafe_code,
        reason = "the environment is set while there is one thread"
    )]
    // SAFETY: no other thread reads the environment: a program calls this first in `main`, before it starts any.
    unsafe {
        env::set_var(CANDLE, "1");
    }
}

/// Does `work` on a thread of the pool, and waits for it.
///
/// A thread outside of the pool hands every operation over and sleeps until it is done, which costs two changes of the thread: in
/// steps on small batches a quarter of the time.
pub fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::scope(|_| work())
}

#[cfg(test)]
mod tests {
    use super::in_pool;

    #[test]
    fn work_is_done_by_the_pool() {
        assert_eq!(rayon::current_thread_index(), None);
        assert!(in_pool(|| rayon::current_thread_index().is_some()));
        assert_eq!(in_pool(|| in_pool(|| 3)), 3);
    }
}
