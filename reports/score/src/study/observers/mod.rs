//! Model observers: what needs no person to tell the right reconstruction from a foil, asked about the same trials.
//!
//! | observer | looks at |
//! |---|---|
//! | [`PIXEL`], [`SSIM`] | pixels: their correlation, their structural similarity |
//! | [`LUMINANCE`], [`CONTRAST`], [`ORIENTATION`] | one trivial cue alone ([`cues`]) |
//! | "network.layer" | activations of a layer: their correlation |
//! | [`COMBINATION`] | the margins of all others, weighted as people's choices about other images say ([`combination`]) |
//!
//! An observer's margin is how much more like the original the right reconstruction is to it than the foil is; above zero it
//! chooses the right one. [`observers`] holds margins against people's choices: how often either is right, whether margins
//! follow people's difficulties ([`agreement`]), and whether reconstructions dealt out to other originals would have done as
//! well ([`permuted`]).

pub mod agreement;
pub mod combination;
pub mod cues;
mod look;
mod permuted;
mod rows;
mod scored;
mod sets;
mod stimuli;
#[cfg(test)]
mod tests;
mod warnings;

pub use look::look;
pub use permuted::permuted;
pub use rows::{
    COMBINATION, CONTRAST, CeilingRow, Consistency, LUMINANCE, ORIENTATION, ObserverKind,
    ObserverRow, Observers, Over, PIXEL, Permuted, Ranked, SSIM, WeightRow,
};
pub(super) use scored::observers;
pub use stimuli::{MOST_IMAGES, Stimuli};
