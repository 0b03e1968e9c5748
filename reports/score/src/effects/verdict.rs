//! What may be said of a difference.

use serde::Serialize;

use super::EffectRow;

/// Below this p, after Holm's correction, a difference is told.
pub const ALPHA: f64 = 0.05;

/// What may be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No seed has both runs, or these do not have the score.
    Empty,
    /// Both runs have the same score for every image.
    Same,
    /// The variant is worse, on other images and with other seeds.
    Worse,
    /// The variant is better, on other images and with other seeds.
    Better,
    /// There is a difference with these seeds, and seeds differ so much among each other that other ones may show none.
    TheseSeeds,
    /// One seed has both runs, and there is a difference: of the choice, or of the chance in one training.
    OneSeed,
    /// No difference is shown.
    NotToldApart,
}

impl Verdict {
    /// What a row allows to be said.
    ///
    /// | seeds | p (Holm) < 0.05 | interval | verdict |
    /// |---|---|---|---|
    /// | none | | | empty |
    /// | any | | every difference is 0 | same |
    /// | 1 | yes | | one seed |
    /// | 2 or more | yes | lies on one side of 0 | worse, better |
    /// | 2 or more | yes | holds 0, or there is none | these seeds |
    /// | any | no | | not told apart |
    ///
    /// A p of random signs over images is small too where one training happened to turn out better for all images; so the
    /// interval, which knows how seeds differ, must agree.
    pub fn of(row: &EffectRow) -> Self {
        let Some(value) = row.value else {
            return Self::Empty;
        };
        let is_nothing = value.abs() < f64::EPSILON && row.spread.is_none();
        if is_nothing && row.by_seed.iter().all(|(_, of)| of.abs() < f64::EPSILON) {
            return Self::Same;
        }
        if !row.p_holm.is_some_and(|p| p < ALPHA) {
            return Self::NotToldApart;
        }
        if row.by_seed.len() == 1 {
            return Self::OneSeed;
        }
        match row.spread.map(|of| of.interval) {
            Some((low, _)) if low > 0.0 => Self::Better,
            Some((_, high)) if high < 0.0 => Self::Worse,
            _ => Self::TheseSeeds,
        }
    }

    /// Name for a reader.
    pub fn label(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Same => "the same",
            Self::Worse => "worse",
            Self::Better => "better",
            Self::TheseSeeds => "with these seeds",
            Self::OneSeed => "one seed",
            Self::NotToldApart => "not told apart",
        }
    }
}
