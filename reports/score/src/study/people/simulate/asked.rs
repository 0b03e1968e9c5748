//! What a simulated participant is asked, and answers.

use crate::study::decisions::Side;

/// What an answer is about.
pub(super) struct Asked {
    /// People's difficulty: above zero easy.
    pub(super) ease: f64,
    /// Margins of the observers.
    pub(super) margins: [f64; 3],
    /// Where the right one stands.
    pub(super) side: Side,
    /// Place in the participant's order, from 0, and the number of trials.
    pub(super) place: (usize, usize),
}

/// An answer: right or not, after so many milliseconds.
pub(super) type Answer = (bool, f64);
