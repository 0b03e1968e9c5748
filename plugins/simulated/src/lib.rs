//! Datasets that the program makes itself: drawn pictures, and simulated subjects who look at them or at any others.
//!
//! | plugin | holds |
//! |---|---|
//! | [`Letters`] `letters` | drawn letters |
//! | [`Scenes`] `scenes` | drawn scenes |
//! | [`Simulated`] `simulated` | simulated subjects who look at the images of any other dataset |

mod drawn;
mod letters;
mod scenes;
mod simulated;

pub use letters::{Letters, LettersParams};
pub use scenes::{Scenes, ScenesParams};
pub use simulated::{NoiseParams, Simulated, SimulatedParams, SimulatedVoxel, Truth};
