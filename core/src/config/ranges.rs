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
    /// What is said of a number above the upper end; empty if `expected` names that too.
    most: &'static str,
}

/// The ranges of a plugin's numbers, by the path of the parameter (`train.batch`) or by the struct or enum that it stands
/// in (`Layer.Linear.out`).
pub type Ranges = &'static [(&'static str, Range)];

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
    /// A count of at least 1. No count is above 10⁹, so that the product of two of them fits into 64 bits.
    pub const ONE_OR_MORE: Self = Self::count(1.0, "at least 1");
    /// Whole numbers of 2 or more.
    pub const TWO_OR_MORE: Self = Self::count(2.0, "at least 2");
    /// A count that may be 0.
    pub const COUNT: Self = Self::count(0.0, "0 or above");
    /// A number of rows over which batch norm can take a variance.
    pub const BATCH_NORM: Self = Self::count(2.0, "at least 2, as batch norm needs");
    /// Height or width of an image, in pixels.
    pub const SIDE: Self = Self::count(1.0, "at least 1").up_to(4096.0, "at most 4096");
    /// Numbers of a layer or of a latent.
    pub const UNITS: Self = Self::count(1.0, "at least 1").up_to(1_048_576.0, "at most 1048576");
    /// A share of a network's usual channels.
    pub const WIDTH: Self = Self::ABOVE_ZERO.up_to(1000.0, "at most 1000");
    /// The confidence of an interval.
    pub const CONFIDENCE: Self = Self::new(
        End::With(0.5),
        End::Without(1.0),
        "a number from 0.5 to below 1",
    );
    /// An angle that an image can fill.
    pub const DEGREES: Self = Self::new(
        End::Without(0.0),
        End::With(360.0),
        "degrees above 0 and up to 360",
    );
    /// Any whole number of 64 bits.
    pub const SEED: Self = Self::at_least(0.0, "0 or above");
    /// The factor of a [`Decay`](crate::nn::optim::Decay), `[0, 1]`.
    pub const DECAY: Self = Self::from_to(0.0, 1.0, "a fraction from 0 to 1");
    /// The standard deviation of an [`Initial`](crate::nn::init::Initial), `(0, ∞)`.
    pub const INITIAL: Self = Self::ABOVE_ZERO.named("a standard deviation above 0");

    const fn new(low: End, high: End, expected: &'static str) -> Self {
        Self {
            low,
            high,
            expected,
            most: "",
        }
    }

    /// `[low, ∞)`, named in messages by `expected`.
    pub const fn at_least(low: f64, expected: &'static str) -> Self {
        Self::new(End::With(low), End::Free, expected)
    }

    /// A count from `low` up to 10⁹, named in messages by `expected`.
    pub const fn count(low: f64, expected: &'static str) -> Self {
        Self::at_least(low, expected).up_to(1e9, "at most 1000000000")
    }

    /// The same numbers up to `high`, which belongs to them; `most` says so.
    #[must_use]
    pub const fn up_to(self, high: f64, most: &'static str) -> Self {
        Self {
            high: End::With(high),
            most,
            ..self
        }
    }

    /// The same numbers from `low` on, which belongs to them, named in messages by `expected`.
    #[must_use]
    pub const fn from(self, low: f64, expected: &'static str) -> Self {
        Self {
            low: End::With(low),
            expected,
            ..self
        }
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

    /// The range in words, both ends.
    pub fn words(&self) -> String {
        match self.most {
            "" => self.expected.to_owned(),
            most => format!("{}, {most}", self.expected),
        }
    }

    /// What a message says was expected instead of `value`.
    pub fn expected(&self, value: f64) -> &'static str {
        match self.high {
            End::With(high) if value > high && !self.most.is_empty() => self.most,
            _ => self.expected,
        }
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
        Some(&(name, value, range)) => Err(Outside {
            plugin,
            name,
            expected: range.expected(value),
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
