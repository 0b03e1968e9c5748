//! What a struct of parameters declares: the ranges of its numbers, and the source that says what they mean.

use super::found::Name;
use super::ranges::{Range, Ranges};

/// Ranges and meanings of parameters.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// Texts of the source files in which the structs stand: their doc comments are the parameters' meanings.
    pub sources: &'static [&'static str],
    /// The range of every number that is the plugin's own.
    pub ranges: Ranges,
    /// The ranges of numbers that it has in common with others of its family.
    pub shared: Ranges,
}

impl Declared {
    /// Parameters of which nothing is said.
    pub const NOTHING: Self = Self::new(&[], &[]);

    /// What `sources` and `ranges` say.
    pub const fn new(sources: &'static [&'static str], ranges: Ranges) -> Self {
        Self {
            sources,
            ranges,
            shared: &[],
        }
    }

    /// The same with ranges that a family of plugins has in common.
    #[must_use]
    pub const fn with(self, shared: Ranges) -> Self {
        Self { shared, ..self }
    }

    /// The range of a number, and the key that it is declared under.
    pub(super) fn range(&self, name: &Name) -> Option<(&'static str, Range)> {
        let all = || {
            let own = self.ranges.iter().chain(self.shared);
            own.chain(SHARED.ranges)
        };
        let by = |wanted: &str| all().find(|(key, _)| *key == wanted).copied();
        by(&name.path).or_else(|| by(&name.scope))
    }
}

/// Structs that parameters of several plugins have in common.
pub(super) const SHARED: Declared = Declared::new(
    &[
        include_str!("../invert.rs"),
        include_str!("../dims.rs"),
        include_str!("../recording/samples.rs"),
        include_str!("../search/params.rs"),
        include_str!("../traits/generator.rs"),
        include_str!("../../nn/src/init.rs"),
        include_str!("../../nn/src/mask.rs"),
        include_str!("../../nn/src/optim/decay.rs"),
    ],
    &[
        ("InversionParams.n_starts", Range::ONE_OR_MORE),
        ("InversionParams.n_steps", Range::COUNT),
        ("InversionParams.learning_rate", Range::ABOVE_ZERO),
        ("SearchParams.n_starts", Range::ONE_OR_MORE),
        ("SearchParams.n_steps", Range::COUNT),
        ("SearchParams.learning_rate", Range::ABOVE_ZERO),
        ("SearchParams.tolerance", Range::BELOW_ONE),
        ("SearchParams.window", Range::ONE_OR_MORE),
        ("Initial.Normal.sd", Range::INITIAL),
        ("Decay.Halfway.to", Range::DECAY),
        ("ImageShape.channels", Range::SIDE),
        ("ImageShape.height", Range::SIDE),
        ("ImageShape.width", Range::SIDE),
        ("ValueRange.low", Range::FINITE),
        ("ValueRange.high", Range::FINITE),
    ],
);
