//! Reads the images: a folder of pictures or an array.

use std::path::Path;
use std::sync::Arc;

use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages, Split};

use super::find::Names;
use crate::picture_set::{PictureSet, PixelRange};

/// Images, their names if they came from files, and facts about them.
#[derive(Debug)]
pub(super) struct Images {
    set: PictureSet,
    pub(super) names: Names,
}

impl Images {
    /// Where the context asks for headers, nothing but names and shapes is read.
    pub(super) fn read(
        path: &Path,
        size: Option<usize>,
        range: PixelRange,
        ctx: &Context,
    ) -> Result<Self> {
        let mut set = PictureSet::read(path, size, range, ctx)?;
        let names = Names {
            names: std::mem::take(&mut set.names),
            n_images: set.n_images,
            skipped: set.skipped.take(),
        };
        Ok(Self { set, names })
    }

    /// What a reader must know, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        self.set.notes.clone()
    }

    /// The stimuli, with the sets and classes that the trial table gives them.
    pub(super) fn stimuli(self, split: Vec<Split>, labels: Option<Labels>) -> Result<Stimuli> {
        let PictureSet {
            shape,
            pixels,
            n_images,
            ..
        } = self.set;
        let images: Arc<dyn ImageSource> = if pixels.is_empty() {
            Arc::new(BlankImages { n_images, shape })
        } else {
            Arc::new(MemoryImages::new(shape, pixels)?)
        };
        Ok(Stimuli {
            split,
            names: (!self.names.names.is_empty()).then_some(self.names.names),
            labels,
            images,
            field_of_view_deg: None,
            picture_of: None,
        })
    }
}
