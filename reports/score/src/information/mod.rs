//! How much passes from responses to images, and how much variety is left in the images.
//!
//! | question | answer |
//! |---|---|
//! | how many dimensions does a decoder need? | its score with fewer of them: [`Bottleneck`] |
//! | how many do its images fill? | [`effective_rank`] |
//! | what do voxels tell of the latents? | [`carried`] |
//! | where in the image is it right? | [`rings`] |

mod bottleneck;
mod rank;
mod rings;
mod voxels;

pub use bottleneck::{Bottleneck, WIDTHS};
pub use rank::{effective_rank, ranks};
pub use rings::rings;
pub use voxels::{Carried, carried};
