//! A piece of work: its name, its unit and its arithmetic.

/// A piece of work that both sides do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Work {
    /// Its name; both sides know it by this.
    pub(super) name: String,
    /// What a unit is, in words.
    pub(super) unit: String,
    /// Floating point operations of a unit by the direct algorithm; none if that is no measure.
    pub(super) flop: Option<f64>,
    /// Units that are not counted, first.
    pub(super) warmup: usize,
}

impl Work {
    pub(super) fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            flop: None,
            warmup: 2,
        }
    }

    pub(super) fn with_flop(mut self, flop: f64) -> Self {
        self.flop = Some(flop);
        self
    }

    /// Work that takes minutes is not done twice.
    pub(super) fn without_warmup(mut self) -> Self {
        self.warmup = 0;
        self
    }
}
