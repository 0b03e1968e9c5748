//! The loops behind the operations of [`crate::nn`], on float32 slices of the host.
//!
//! The `unsafe` code of the networks is in this folder alone: the call of `gemm`, the choice of vector instructions, and
//! buffers that several threads fill at places that do not overlap.
//! Work is cut by the shapes alone, never by the number of threads, and every sum has one order: the same input gives the
//! same bytes from any pool.

pub(super) mod algorithm;
pub(super) mod channels;
pub(super) mod compare;
pub(super) mod convolution;
pub(super) mod elementwise;
pub(super) mod gemm;
pub(super) mod geometry;
pub(super) mod im2col;
pub(super) mod math;
pub(super) mod pool;
pub(super) mod resample;
pub(super) mod response;
pub(super) mod scratch;
pub(super) mod shared;
pub(super) mod update;
pub(super) mod vectorised;
pub(super) mod winograd;

/// Numbers an elementwise task should hold, so that waking a second thread pays.
pub(super) const GRAIN: usize = 1 << 14;

/// Calls `task` with 0, 1, … `n_tasks − 1`, from the pool if there are several.
pub(super) fn for_each(n_tasks: usize, task: impl Fn(usize) + Sync + Send) {
    use rayon::prelude::*;
    match n_tasks {
        0 => (),
        1 => task(0),
        _ => (0..n_tasks).into_par_iter().with_max_len(1).for_each(task),
    }
}

/// `item(0)`, `item(1)`, … `item(n − 1)`; items of about `size` numbers are handed to the pool in batches worth it.
pub(super) fn collect<T: Send>(
    n: usize,
    size: usize,
    item: impl Fn(usize) -> T + Sync + Send,
) -> Vec<T> {
    use rayon::prelude::*;
    let batch = GRAIN.div_ceil(size.max(1));
    if n <= batch {
        (0..n).map(item).collect()
    } else {
        (0..n)
            .into_par_iter()
            .with_min_len(batch)
            .map(item)
            .collect()
    }
}
