//! What a piece of work asks of the computer, as far as its parameters alone say it.
//!
//! Numbers here are floating point: no parameter is so large that a product of them wraps around.

/// Memory and steps, each a lower bound.
///
/// # Example
/// ```
/// use lab_core::demand::Demand;
///
/// let training = Demand { bytes: 4e9, steps: 100.0, lower: "width" };
/// assert_eq!(training.and(Demand::NONE), training);
/// assert_eq!(training.times(3.0).bytes, 12e9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// Bytes that are needed at the same time.
    pub bytes: f64,
    /// Steps that must follow each other.
    pub steps: f64,
    /// The parameters to lower.
    pub lower: &'static str,
}

impl Demand {
    /// Nothing that can be said in advance.
    pub const NONE: Self = Self {
        bytes: 0.0,
        steps: 0.0,
        lower: "",
    };

    /// Both, one after the other, what the first made being kept.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            steps: self.steps + other.steps,
            lower: if self.lower.is_empty() {
                other.lower
            } else {
                self.lower
            },
        }
    }

    /// The same, several times at once.
    #[must_use]
    pub fn times(self, n: f64) -> Self {
        Self {
            bytes: self.bytes * n,
            ..self
        }
    }
}

/// Bytes of a number in a tensor.
pub const FLOAT: f64 = 4.0;
/// Copies of the weights that a training with Adam keeps: weights, gradients and two moments.
pub const ADAM: f64 = 4.0;

/// Bytes of weights under Adam and of a batch's activations, which a gradient needs once more.
pub fn training(n_weights: f64, n_activations: f64) -> f64 {
    FLOAT * (ADAM * n_weights + 2.0 * n_activations)
}
