//! Names of ImageNet's pictures as numbers.
//!
//! ```text
//! 1518878.005958   ↔   n01518878_5958.JPEG
//! ```
//! In 32 bits the fraction is lost, and cutting it off instead of rounding gives another picture for half of the ids;
//! here ids are 64-bit and rounded to six decimals. Tables that drop trailing zeros (….01902 for 19020) read the same.

use std::fmt;

/// WordNet number and image number. Imagined categories have no image number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StimulusId {
    /// Number of the `WordNet` synset.
    pub synset: u32,
    /// Number of the picture in its synset; 0 for imagined categories.
    pub image: u32,
}

/// Images of a synset are numbered below this.
const IMAGES: f64 = 1e6;

impl StimulusId {
    /// Reads an id; `None` for what is none.
    pub fn of(value: f64) -> Option<Self> {
        let whole = (value * IMAGES).round();
        if !(IMAGES..1e8 * IMAGES).contains(&whole) {
            return None;
        }
        let whole = whole as u64;
        Some(Self {
            synset: (whole / IMAGES as u64) as u32,
            image: (whole % IMAGES as u64) as u32,
        })
    }

    /// The id as a number.
    pub fn value(self) -> f64 {
        (f64::from(self.synset) * IMAGES + f64::from(self.image)) / IMAGES
    }

    /// `n01518878`.
    pub fn synset_name(self) -> String {
        format!("n{:08}", self.synset)
    }

    /// `n01518878_5958`.
    pub fn name(self) -> String {
        format!("{}_{}", self.synset_name(), self.image)
    }
}

impl fmt::Display for StimulusId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.synset, self.image)
    }
}
