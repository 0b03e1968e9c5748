//! Parts of a folder that share no picture.

use lab_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// Which pictures of a folder are taken, in the order in which people count. With `crops` the order is that of the pictures that
/// remain once others were left out, so that two parts share no picture only where all that leaves pictures out is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Part {
    /// All of them.
    #[default]
    All,
    /// The n-th, the 2n-th and so on.
    Every(usize),
    /// The others: all but the n-th, the 2n-th and so on.
    AllBut(usize),
}

impl Part {
    /// This part of them.
    ///
    /// # Errors
    /// [`Error::Data`] that begins with `what` if nothing is left.
    pub(super) fn of<T>(self, all: Vec<T>, what: &str) -> Result<Vec<T>> {
        let n = all.len();
        let is_taken = |place: usize| match self {
            Self::All => true,
            Self::Every(step) => (place + 1).is_multiple_of(step),
            Self::AllBut(step) => !(place + 1).is_multiple_of(step),
        };
        let places = all.into_iter().enumerate();
        let taken = places.filter(|(place, _)| is_taken(*place));
        let taken: Vec<T> = taken.map(|(_, of)| of).collect();
        if taken.is_empty() {
            return Err(Error::Data {
                what: what.into(),
                expected: format!("a picture in part {self:?}"),
                got: format!("{n} pictures in all"),
                remedy: "name a folder with more pictures, or a smaller step".into(),
            });
        }
        Ok(taken)
    }
}
