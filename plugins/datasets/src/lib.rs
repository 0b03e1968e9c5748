//! Datasets.
//!
//! | plugin | holds |
//! |---|---|
//! | [`Arrays`] `arrays` | the user's own responses, images and trials |
//! | [`Brains`] `brains` | handwritten letters and, if one has them, responses |
//! | [`Simulated`] `simulated` | simulated subjects who look at the images of any other dataset |
//! | [`Letters`] `letters` | drawn letters |
//! | [`Scenes`] `scenes` | drawn scenes |
//! | [`Folder`] `folder` | pictures of a folder |
//! | [`TrainingStimuli`] `training_stimuli` | the experiment's own training images, as a corpus |
//! | [`Jittered`] `jittered` | another dataset's training images under small distortions |
//! | [`Union`] `union` | several datasets as one corpus |

mod arrays;
mod brains;
mod folder;
mod jittered;
mod letters;
mod readers;
mod scenes;
mod simulated;
#[cfg(test)]
mod tests;
mod training_stimuli;
mod union;

pub use arrays::{Arrays, ArraysParams, NanRule, PixelRange};
pub use brains::{Brains, BrainsParams, BrainsResponses, BrainsSplit};
pub use folder::{Folder, FolderParams};
pub use jittered::{Jittered, JitteredParams};
pub use letters::{Letters, LettersParams};
pub use scenes::{Scenes, ScenesParams};
pub use simulated::{NoiseParams, Simulated, SimulatedParams, SimulatedVoxel, Truth};
pub use training_stimuli::TrainingStimuli;
pub use union::{Union, UnionParams};
