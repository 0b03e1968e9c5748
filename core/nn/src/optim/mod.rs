//! Optimisers: rules that change weights along their gradients.
//!
//! ```text
//! g ← ∂loss/∂w                                 all parameters together
//! g ← g·min(1, clip_norm/‖g‖)                  ‖·‖ over all parameters; then
//! g ← g + weight_decay·w                       each parameter's own; then the optimiser's rule
//! ```
//! Weight decay is coupled: it enters the gradient and so the moments, as Chainer's `WeightDecay` hook does it (this is
//! not `AdamW`). It is added after clipping: Chainer runs hooks in the order they were added, and clipping first keeps
//! the bound on the loss's own gradient.
//! A parameter without a gradient in a step stays as it is, decay included.
//!
//! # Determinism
//! Parameters are kept in the order of their names, and sums over them have that order.

mod adam;
mod decay;
mod sgd;
mod slots;

use candle_core::Var;

pub use adam::{Adam, AdamParams};
pub use decay::Decay;
pub use sgd::{Sgd, SgdParams};

/// A weight to train.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, unique among the parameters of an optimiser; the optimiser's state is stored under it.
    pub name: String,
    /// The weight, which steps change in place.
    pub var: Var,
    /// What times the weight is added to its gradient; 0 for none.
    pub weight_decay: f64,
}
