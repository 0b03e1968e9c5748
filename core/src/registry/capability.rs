//! What a plugin can be.

/// What a plugin can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// [`Dataset`](crate::traits::Dataset)
    Dataset,
    /// [`Aligner`](crate::traits::Aligner)
    Aligner,
    /// [`Generator`](crate::traits::Generator)
    Generator,
    /// [`FeatureNet`](crate::traits::FeatureNet)
    FeatureNet,
    /// [`LossTerm`](crate::traits::LossTerm)
    LossTerm,
    /// [`Decoder`](crate::traits::Decoder)
    Decoder,
}

impl Capability {
    /// All of them, in the order of an experiment.
    pub const ALL: [Self; 6] = [
        Self::Dataset,
        Self::Aligner,
        Self::Generator,
        Self::FeatureNet,
        Self::LossTerm,
        Self::Decoder,
    ];

    /// Its name in messages and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Aligner => "aligner",
            Self::Generator => "generator",
            Self::FeatureNet => "feature network",
            Self::LossTerm => "loss term",
            Self::Decoder => "decoder",
        }
    }
}

/// A trait that plugins are registered for.
pub trait Kind {
    /// Its capability.
    const CAPABILITY: Capability;
}
