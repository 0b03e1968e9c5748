//! How a study is scored.

/// How a study is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Draws of the bootstrap, each way.
    pub n_draws: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            n_draws: 2000,
            seed: 1,
        }
    }
}
