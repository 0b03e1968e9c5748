//! Runs a loop with the widest vector instructions of the machine.
//!
//! A [`Body`] is compiled three times, for AVX-512, AVX2 and the baseline; its arithmetic is the same in each (no
//! contraction to fused operations), so that the numbers are too.
#![expect(
    unsafe_code,
    reason = "functions with target features are called after the features were detected"
)]

#[cfg(target_arch = "x86_64")]
use crate::cpu::{Level, level};

/// A loop worth vectorising; mark `run` and what it calls `#[inline(always)]`.
pub(crate) trait Body {
    /// What the loop computes, beside what it writes.
    type Output;

    /// Runs the loop; it is compiled once for each set of vector instructions.
    fn run(self) -> Self::Output;
}

/// Runs `body` with what the machine has, or with less where [`crate::cpu`] was asked for less.
pub(crate) fn vectorised<B: Body>(body: B) -> B::Output {
    #[cfg(target_arch = "x86_64")]
    {
        match level() {
            // SAFETY: the level is never above what was detected.
            Level::Avx512 => return unsafe { with_avx512(body) },
            // SAFETY: as above.
            Level::Avx2 => return unsafe { with_avx2(body) },
            Level::Baseline => {}
        }
    }
    body.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn with_avx512<B: Body>(body: B) -> B::Output {
    body.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<B: Body>(body: B) -> B::Output {
    body.run()
}
