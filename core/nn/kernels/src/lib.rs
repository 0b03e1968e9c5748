//! `lab-kernels`: the loops behind the layers of `lab-nn`, on float32 slices of the host.
//!
//! The `unsafe` code of the networks is in this folder alone: the call of `gemm`, the choice of vector instructions, and
//! buffers that several threads fill at places that do not overlap.
//! Work is cut by the shapes alone, never by the number of threads, and every sum has one order: the same input gives the
//! same bytes from any pool of threads.

pub mod activation;
pub mod algorithm;
pub mod channels;
pub mod compare;
pub mod convolution;
pub mod cpu;
#[cfg(feature = "cudnn")]
pub mod cuda;
mod dense;
pub mod elementwise;
mod frame;
pub mod gemm;
pub mod geometry;
mod im2col;
mod kept;
mod math;
mod pointwise;
pub mod pool;
mod prefetch;
pub mod repeat;
pub mod resample;
pub mod response;
mod rows;
mod scratch;
mod shared;
pub mod threads;
mod transpose;
pub mod update;
mod vectorised;
mod winograd;

/// Numbers an elementwise task should hold, so that waking a second thread pays.
pub(crate) const GRAIN: usize = 1 << 14;

/// Calls `task` with 0, 1, … `n_tasks − 1`, from the pool if there are several.
pub(crate) fn for_each(n_tasks: usize, task: impl Fn(usize) + Sync + Send) {
    use rayon::prelude::*;
    match n_tasks {
        0 => (),
        1 => task(0),
        _ => (0..n_tasks).into_par_iter().with_max_len(1).for_each(task),
    }
}

/// `item(0)`, `item(1)`, … `item(n − 1)`; items of about `size` numbers are handed to the pool in batches worth it.
pub(crate) fn collect<T: Send>(
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
