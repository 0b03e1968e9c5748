//! The stages of a run, one file each; these alone, with the store, decide the bytes of what is made.
//!
//! `load` → `align` → `networks` → `decode` → `beside`: `conditions` (the result, the ceilings, the `baselines`, and
//! what `information`, `members` and `regions` look at) and `overfit`, two of them at a time. The decoder's ceiling is
//! `noiseless`, on what an `encoded` brain says where nothing else is known.
//! `tune` chooses settings first, where the experiment asks for it, on each `fold` of the training images.
//! `load` puts images into the sets that the experiment asks for (`split`). `basis` is what the later ones build on, `images` what
//! they give, `keys` what decides each.

pub(crate) mod align;
pub(crate) mod baselines;
pub(crate) mod basis;
pub(crate) mod beside;
pub(crate) mod conditions;
pub(crate) mod decode;
mod encoded;
pub(crate) mod fold;
pub(crate) mod images;
pub(crate) mod information;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod members;
pub(crate) mod networks;
pub(crate) mod noiseless;
pub(crate) mod overfit;
pub(crate) mod regions;
pub(crate) mod split;
mod taken;
pub(crate) mod tune;
pub(crate) mod views;
