//! How exactly an NVIDIA card multiplies.
//!
//! Products of float32 numbers may be rounded to TensorFloat-32 first: 10 bits of mantissa in place of 23, several times as
//! quick on cards of 2020 and later. Sums stay float32. The processor always multiplies float32 numbers whole.

use std::sync::atomic::{AtomicBool, Ordering};

static REDUCED: AtomicBool = AtomicBool::new(false);

/// Rounds factors of matrix products and convolutions on cards to TensorFloat-32 from now on, or no longer.
pub fn reduce(reduced: bool) {
    REDUCED.store(reduced, Ordering::Relaxed);
    #[cfg(feature = "cuda")]
    candle_core::cuda_backend::set_gemm_reduced_precision_f32(reduced);
}

/// Whether factors are rounded.
pub fn is_reduced() -> bool {
    REDUCED.load(Ordering::Relaxed)
}
