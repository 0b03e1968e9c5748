//! Runs a loop with the widest vector instructions of the machine.
//!
//! A [`Body`] is compiled three times, for AVX-512, AVX2 and the baseline; its arithmetic is the same in each (no
//! contraction to fused operations), so that the numbers are too.
#![expect(
    unsafe_code,
    reason = "functions with target features are called after the features were detected"
)]

/// A loop worth vectorising; mark `run` and what it calls `#[inline(always)]`.
pub(crate) trait Body {
    /// What the loop computes, beside what it writes.
    type Output;

    /// Runs the loop; it is compiled once for each set of vector instructions.
    fn run(self) -> Self::Output;
}

/// Runs `body` with what the machine has.
pub(crate) fn vectorised<B: Body>(body: B) -> B::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            // SAFETY: the features were detected above.
            return unsafe { with_avx512(body) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected above.
            return unsafe { with_avx2(body) };
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
