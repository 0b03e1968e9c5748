//! Ranges of parameters, checked from one table.
//!
//! Every range refuses NaN and infinities, so that no plugin has to remember to.

/// The first parameter that is outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter '{name}' of {plugin}: expected {expected}, got {got}")]
pub struct Outside {
    /// The plugin, as named in experiments.
    pub plugin: &'static str,
    /// The parameter.
    pub name: &'static str,
    /// Its range, in words.
    pub expected: &'static str,
    /// The value given.
    pub got: String,
}

impl Outside {
    /// The same as [`crate::Error::Data`], for a plugin that has no errors of its own.
    pub fn with_remedy(self, remedy: &str) -> crate::Error {
        crate::Error::Data {
            what: format!("{}, {}", self.plugin, self.name),
            expected: self.expected.into(),
            got: self.got,
            remedy: remedy.into(),
        }
    }
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// Any finite number.
    Free,
    /// This number belongs to the range.
    With(f64),
    /// This number does not.
    Without(f64),
}

/// The finite numbers between two ends, and how a message names them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    low: End,
    high: End,
    expected: &'static str,
}

impl Range {
    /// Any finite number.
    pub const FINITE: Self = Self::new(End::Free, End::Free, "a finite number");
    /// `(0, ∞)`
    pub const ABOVE_ZERO: Self = Self::new(End::Without(0.0), End::Free, "a number above 0");
    /// `[0, ∞)`
    pub const ZERO_OR_ABOVE: Self = Self::new(End::With(0.0), End::Free, "0 or above");
    /// `[0, 1)`
    pub const BELOW_ONE: Self = Self::new(End::With(0.0), End::Without(1.0), "from 0 to below 1");
    /// `(0, 1]`
    pub const ABOVE_ZERO_TO_ONE: Self = Self::new(
        End::Without(0.0),
        End::With(1.0),
        "a number above 0 and up to 1",
    );
    /// A count of at least 1.
    pub const ONE_OR_MORE: Self = Self::at_least(1.0, "at least 1");
    /// A number of rows over which batch norm can take a variance.
    pub const BATCH_NORM: Self = Self::at_least(2.0, "at least 2, as batch norm needs");
    /// The factor of a [`Decay`](crate::nn::optim::Decay), `[0, 1]`.
    pub const DECAY: Self = Self::from_to(0.0, 1.0, "a fraction from 0 to 1");
    /// The standard deviation of an [`Initial`](crate::nn::init::Initial), `(0, ∞)`.
    pub const INITIAL: Self = Self::ABOVE_ZERO.named("a standard deviation above 0");

    const fn new(low: End, high: End, expected: &'static str) -> Self {
        Self {
            low,
            high,
            expected,
        }
    }

    /// `[low, ∞)`, named in messages by `expected`.
    pub const fn at_least(low: f64, expected: &'static str) -> Self {
        Self::new(End::With(low), End::Free, expected)
    }

    /// `[low, high]`, named in messages by `expected`.
    pub const fn from_to(low: f64, high: f64, expected: &'static str) -> Self {
        Self::new(End::With(low), End::With(high), expected)
    }

    /// The same numbers under another name.
    #[must_use]
    pub const fn named(self, expected: &'static str) -> Self {
        Self { expected, ..self }
    }

    /// Whether a number is finite and lies between the ends.
    pub fn holds(&self, value: f64) -> bool {
        let above = match self.low {
            End::Free => true,
            End::With(low) => value >= low,
            End::Without(low) => value > low,
        };
        let below = match self.high {
            End::Free => true,
            End::With(high) => value <= high,
            End::Without(high) => value < high,
        };
        value.is_finite() && above && below
    }
}

/// Refuses the first parameter, in the order of the table, whose value is outside its range.
///
/// # Errors
/// [`Outside`], which names the parameter, its range and its value.
///
/// # Example
/// ```
/// use lab_core::config::{Range, check_ranges};
///
/// let table = [("width", 0.5, Range::ABOVE_ZERO), ("batch", 1.0, Range::BATCH_NORM)];
/// let error = check_ranges("dcgan", &table).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "parameter 'batch' of dcgan: expected at least 2, as batch norm needs, got 1"
/// );
/// ```
pub fn check_ranges(
    plugin: &'static str,
    table: &[(&'static str, f64, Range)],
) -> Result<(), Outside> {
    match table.iter().find(|(_, value, range)| !range.holds(*value)) {
        None => Ok(()),
        Some(&(name, value, Range { expected, .. })) => Err(Outside {
            plugin,
            name,
            expected,
            got: value.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    const ALL: [Range; 9] = [
        Range::FINITE,
        Range::ABOVE_ZERO,
        Range::ZERO_OR_ABOVE,
        Range::BELOW_ONE,
        Range::ABOVE_ZERO_TO_ONE,
        Range::ONE_OR_MORE,
        Range::BATCH_NORM,
        Range::DECAY,
        Range::INITIAL,
    ];

    #[test]
    fn no_range_holds_what_is_not_finite() {
        for range in ALL {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                assert!(!range.holds(value), "{range:?} holds {value}");
            }
        }
    }

    #[test]
    fn ends_belong_to_a_range_or_not() {
        let held = |value| ALL.map(|range| u8::from(range.holds(value)));
        assert_eq!(held(-1.0), [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(held(0.0), [1, 0, 1, 1, 0, 0, 0, 1, 0]);
        assert_eq!(held(0.5), [1, 1, 1, 1, 1, 0, 0, 1, 1]);
        assert_eq!(held(1.0), [1, 1, 1, 0, 1, 1, 0, 1, 1]);
        assert_eq!(held(2.0), [1, 1, 1, 0, 0, 1, 1, 0, 1]);
    }
}
