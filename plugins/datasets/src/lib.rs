//! Datasets.
//!
//! | plugin | holds |
//! |---|---|
//! | [`Arrays`] `arrays` | the user's own responses, images and trials |
//! | [`Brains`] `brains` | handwritten letters and, if one has them, responses |
//! | [`Characters`] `characters` | handwritten letters and digits |
//! | [`ImageNet64`] `imagenet64` | downsampled ImageNet |
//! | [`Packed`] `packed` | any corpus that was packed into one file |
//! | [`Vim1`] `vim1` | photographs and the responses of visual cortex |
//! | [`God`] `god` | photographs of objects, seen and imagined |
//! | [`Folder`] `folder` | pictures of a folder |
//! | [`TrainingStimuli`] `training_stimuli` | the experiment's own training images, as a corpus |
//! | [`Jittered`] `jittered` | another dataset's training images under small distortions |
//! | [`Union`] `union` | several datasets as one corpus |
//!
//! Beside them: [`pack`] writes what `packed` reads, [`SIMULATED`] marks folders of simulated data, and [`StimulusId`] is
//! how GOD names its pictures. [`PictureSet`] reads pictures that belong to no dataset.

mod arrays;
mod bearers;
mod brains;
#[cfg(test)]
mod cases;
mod characters;
mod contrast;
mod corpus;
mod folder;
mod god;
mod imagenet64;
mod jittered;
mod listing;
mod missing;
mod missing_class;
mod packed;
mod picture_set;
mod provenance;
mod subjects;
#[cfg(test)]
mod tests;
mod training_stimuli;
mod transparent;
mod union;
mod vim1;

pub use arrays::{Arrays, ArraysParams};
pub use brains::{Brains, BrainsParams, BrainsResponses, BrainsSplit};
pub use characters::{Characters, CharactersParams};
pub use contrast::Contrast;
pub use folder::{Classes, Fit, Folder, FolderParams, Part};
pub use god::{God, GodParams, GodTest, Scaling, StimulusId};
pub use imagenet64::{ImageNet64, ImageNet64Params};
pub use jittered::{Jittered, JitteredParams};
pub use missing::NanRule;
pub use packed::{PackOptions, Packed, PackedParams, Sidecar, pack};
pub use picture_set::{PictureSet, PixelRange};
pub use provenance::MARK as SIMULATED;
pub use subjects::Subjects;
pub use training_stimuli::TrainingStimuli;
pub use union::{Union, UnionParams};
pub use vim1::{Aperture, Layout, Rest, Vim1, Vim1Params, Vim1Test};
