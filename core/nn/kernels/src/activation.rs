//! The activation that follows an affine map.

/// The activation that follows an affine map, computed in the same pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// None.
    Identity,
    /// max(z, 0); the slope at 0 is 0.
    Relu,
    /// z above 0, eᶻ − 1 below (α = 1).
    Elu,
}
