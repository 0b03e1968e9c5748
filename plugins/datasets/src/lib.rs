//! Datasets.
//!
//! | plugin | holds |
//! |---|---|
//! | [`Arrays`] `arrays` | the user's own responses, images and trials |
//! | [`Brains`] `brains` | handwritten letters and, if one has them, responses |
//! | [`Simulated`] `simulated` | simulated subjects who look at the images of any other dataset |
//! | [`Characters`] `characters` | handwritten letters and digits |
//! | [`ImageNet64`] `imagenet64` | downsampled ImageNet |
//! | [`Packed`] `packed` | any corpus that was packed into one file |
//! | [`Vim1`] `vim1` | photographs and the responses of visual cortex |
//! | [`God`] `god` | photographs of objects, seen and imagined |
//! | [`Letters`] `letters` | drawn letters |
//! | [`Scenes`] `scenes` | drawn scenes |
//! | [`Folder`] `folder` | pictures of a folder |
//! | [`TrainingStimuli`] `training_stimuli` | the experiment's own training images, as a corpus |
//! | [`Jittered`] `jittered` | another dataset's training images under small distortions |
//! | [`Union`] `union` | several datasets as one corpus |
//!
//! Beside them: [`inspect`] says what a file holds, [`simulate_on_disk`] writes simulated data in the files of real
//! datasets, and the decoder [`StoredLatents`] `stored_latents` brings latents that were decoded elsewhere.

mod arrays;
mod brains;
mod characters;
mod contrast;
mod corpus;
mod folder;
mod god;
mod imagenet64;
mod inspect;
mod jittered;
mod letters;
mod missing;
mod on_disk;
mod packed;
mod provenance;
mod samples;
mod scenes;
mod simulated;
mod stored_latents;
mod subjects;
#[cfg(test)]
mod tests;
mod training_stimuli;
mod union;
mod vim1;
mod writers;

pub use arrays::{Arrays, ArraysParams, PixelRange};
pub use brains::{Brains, BrainsParams, BrainsResponses, BrainsSplit};
pub use characters::{Characters, CharactersParams};
pub use contrast::Contrast;
pub use folder::{Fit, Folder, FolderParams};
pub use god::{God, GodParams, GodTest, Scaling};
pub use imagenet64::{ImageNet64, ImageNet64Params};
pub use inspect::{Inspection, VariableFacts, inspect};
pub use jittered::{Jittered, JitteredParams};
pub use lab_formats::hdf5::{read_in_child as read_hdf5_in_child, serve as serve_hdf5};
pub use letters::{Letters, LettersParams};
pub use missing::NanRule;
pub use on_disk::{OnDisk, OnDiskSize, simulate_on_disk};
pub use packed::{PackOptions, Packed, PackedParams, Sidecar, pack};
pub use samples::{read_variable, write_samples};
pub use scenes::{Scenes, ScenesParams};
pub use simulated::{NoiseParams, Simulated, SimulatedParams, SimulatedVoxel, Truth};
pub use stored_latents::{StoredLatents, StoredLatentsParams};
pub use subjects::Subjects;
pub use training_stimuli::TrainingStimuli;
pub use union::{Union, UnionParams};
pub use vim1::{Aperture, Layout, Rest, Vim1, Vim1Params, Vim1Test};
