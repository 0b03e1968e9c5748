//! The limit: a large product of matrices on all threads.

use std::sync::Arc;

use lab_core::Result;
use lab_core::rng;

use super::pace::Pace;
use super::work::Work;

pub(super) const NAME: &str = "gemm";
const SIDE: usize = 2048;

pub(super) fn work() -> Work {
    let flop = 2.0 * (SIDE as f64).powi(3);
    Work::new(NAME, format!("{SIDE} × {SIDE} × {SIDE}, float32")).with_flop(flop)
}

pub(super) fn run(pace: &Arc<Pace>) -> Result<()> {
    let mut stream = rng::stream(1, "bench/gemm");
    let a = rng::normal(&mut stream, 1.0, &[SIDE, SIDE], pace.device())?;
    let b = rng::normal(&mut stream, 1.0, &[SIDE, SIDE], pace.device())?;
    while pace.lap() {
        a.matmul(&b)?;
    }
    Ok(())
}
