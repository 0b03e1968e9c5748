//! What the processor can do, and how much of it the kernels use.
//!
//! `LAB_CPU=avx2` or `LAB_CPU=baseline` makes the kernels of this crate use less than there is. The crate `gemm`, which
//! multiplies matrices, chooses for itself and does not look at the variable.

use std::sync::OnceLock;

/// Sets of vector instructions, from the widest to the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whatever every processor of this architecture has.
    Baseline,
    /// AVX2.
    Avx2,
    /// AVX-512 with its parts F, BW, DQ and VL.
    Avx512,
}

/// The variable that lowers the level.
pub const VARIABLE: &str = "LAB_CPU";

/// The level that [`VARIABLE`] asks for; `None` if it is not set.
///
/// # Errors
/// Answers with the value if it is none of `avx2` and `baseline`.
pub fn asked() -> Result<Option<Level>, String> {
    match std::env::var(VARIABLE) {
        Err(_) => Ok(None),
        Ok(value) => match value.as_str() {
            "avx2" => Ok(Some(Level::Avx2)),
            "baseline" => Ok(Some(Level::Baseline)),
            _ => Err(value),
        },
    }
}

/// The level that the kernels use: what the processor has, or less if the variable asks for less.
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let asked = asked().ok().flatten().unwrap_or(Level::Avx512);
        asked.min(available())
    })
}

#[cfg(target_arch = "x86_64")]
fn available() -> Level {
    if is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
    {
        Level::Avx512
    } else if is_x86_feature_detected!("avx2") {
        Level::Avx2
    } else {
        Level::Baseline
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn available() -> Level {
    Level::Baseline
}

/// Everything about the processor that decides the last digits of a result, as text: the level of our own kernels, and
/// the features that `gemm`, `faer` and `rustfft` choose their loops by.
pub fn features() -> String {
    let found: Vec<&str> = detected()
        .into_iter()
        .filter(|(_, there)| *there)
        .map(|(name, _)| name)
        .collect();
    format!(
        "{} {:?} {}",
        std::env::consts::ARCH,
        level(),
        found.join(" ")
    )
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Vec<(&'static str, bool)> {
    macro_rules! features {
        ($($name:tt),*) => { vec![$(($name, is_x86_feature_detected!($name))),*] };
    }
    features![
        "sse3",
        "ssse3",
        "sse4.1",
        "sse4.2",
        "avx",
        "avx2",
        "fma",
        "f16c",
        "avx512f",
        "avx512bw",
        "avx512cd",
        "avx512dq",
        "avx512vl",
        "avx512fp16"
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Vec<(&'static str, bool)> {
    Vec::new()
}
