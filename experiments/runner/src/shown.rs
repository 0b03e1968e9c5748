//! Which of many images are shown.

use lab_core::context::Context;
use rand::seq::index::sample;

/// Some of `n` indices, ascending: a random choice, as even steps may fall on one class only.
pub(crate) fn some(n: usize, n_shown: usize, ctx: &Context) -> Vec<u32> {
    let mut chosen = sample(&mut ctx.rng("shown"), n, n_shown.min(n)).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|idx| idx as u32).collect()
}
