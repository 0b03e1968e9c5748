//! Reads pictures, brings them to one size and pairs them.

use std::path::Path;

use lab_core::context::Context;
use lab_datasets::{PictureSet, PixelRange};
use lab_score::Rows;

use crate::pairing::{Pairing, Side, pair};
use crate::request::Request;
use crate::{Error, Result};

/// Largest side in pixels that pictures keep if nobody asks for another.
const MAX_SIDE: usize = 128;
/// Proportions that differ by less are the same: one pixel of a hundred.
const SAME_ASPECT: f64 = 0.01;

/// Height and width of each picture; once for all of an array.
type Sizes = Vec<(usize, usize)>;

/// Pictures of one size, each original beside its reconstruction.
pub(crate) struct Read {
    /// Names of the originals; empty for an array.
    pub(crate) names: Vec<String>,
    /// Height and width in pixels.
    pub(crate) size: usize,
    /// `[n_images, size · size]` in `[−1, 1]`.
    pub(crate) originals: Rows,
    /// The same, in the order of the originals.
    pub(crate) reconstructions: Rows,
    /// For each original, the place of its reconstruction in its folder or array.
    pub(crate) pairing: Vec<usize>,
    /// Training images, if they were given.
    pub(crate) train: Option<Rows>,
    /// Names of the training images; empty for an array, or without them.
    pub(crate) train_names: Vec<String>,
    /// How pictures were paired and what became of them, in sentences.
    pub(crate) notes: Vec<String>,
}

impl Read {
    /// Reads everything that is made of pixels.
    pub(crate) fn of(request: &Request, ctx: &Context) -> Result<Self> {
        let stored = (
            PictureSet::stored_sizes(&request.originals)?,
            PictureSet::stored_sizes(&request.reconstructions)?,
        );
        let size = request.size.unwrap_or_else(|| {
            let all = stored.0.iter().chain(&stored.1);
            let sides = all.map(|&(height, width)| height.min(width));
            sides.min().unwrap_or(MAX_SIDE).clamp(1, MAX_SIDE)
        });
        let read = |path: &Path| PictureSet::read(path, Some(size), PixelRange::Guess, ctx);
        let (originals, reconstructions) =
            (read(&request.originals)?, read(&request.reconstructions)?);
        let pairing = pair(
            side(&request.originals, &originals),
            side(&request.reconstructions, &reconstructions),
            request.pair_by,
        )?;
        check_aspects(request, &stored, &pairing, &reconstructions)?;
        let train = request.train.as_deref().map(read).transpose()?;
        let mut notes = vec![pairing.note.clone()];
        notes.extend(size_note(&stored, size));
        let sets = [Some(&originals), Some(&reconstructions), train.as_ref()];
        notes.extend(sets.into_iter().flatten().flat_map(|set| set.notes.clone()));
        let rows = |pixels| Rows {
            n_columns: size * size,
            values: pixels,
        };
        let own = |&place: &usize| {
            let n_pixels = size * size;
            reconstructions.pixels[place * n_pixels..(place + 1) * n_pixels].iter()
        };
        Ok(Self {
            reconstructions: rows(pairing.of.iter().flat_map(own).copied().collect()),
            names: originals.names,
            size,
            originals: rows(originals.pixels),
            train_names: train
                .as_ref()
                .map_or(Vec::new(), |train| train.names.clone()),
            train: train.map(|train| rows(train.pixels)),
            pairing: pairing.of,
            notes,
        })
    }
}

fn side<'a>(path: &'a Path, set: &'a PictureSet) -> Side<'a> {
    Side {
        path,
        names: &set.names,
        n_images: set.n_images,
        not_by_letters: set.not_by_letters,
    }
}

/// Height and width of one picture; those of an array are the same for all.
fn size_of(sizes: &[(usize, usize)], place: usize) -> (usize, usize) {
    sizes
        .get(place)
        .or(sizes.first())
        .copied()
        .unwrap_or_default()
}

/// A square reconstruction stands for the centre square of its original; any other has the original's proportions.
fn check_aspects(
    request: &Request,
    (originals, reconstructions): &(Sizes, Sizes),
    pairing: &Pairing,
    set: &PictureSet,
) -> Result<()> {
    let aspect = |(height, width): (usize, usize)| width as f64 / height.max(1) as f64;
    for (image, &place) in pairing.of.iter().enumerate() {
        let (original, got) = (size_of(originals, image), size_of(reconstructions, place));
        let is_same = (aspect(original) / aspect(got) - 1.0).abs() <= SAME_ASPECT;
        if got.0 != got.1 && !is_same {
            let name = set.names.get(place);
            let path = request.reconstructions.display();
            return Err(Error::Aspect {
                what: name.map_or(format!("'{path}'"), |name| format!("'{name}' of '{path}'")),
                original,
                got,
            });
        }
    }
    Ok(())
}

/// What was done to the size of pictures, if anything was.
fn size_note(stored: &(Sizes, Sizes), size: usize) -> Option<String> {
    let words = |sizes: &[(usize, usize)]| {
        let first = size_of(sizes, 0);
        if sizes.iter().all(|other| *other == first) {
            format!("{} × {}", first.0, first.1)
        } else {
            "several sizes".into()
        }
    };
    let mut all = stored.0.iter().chain(&stored.1);
    let is_as_stored = all.all(|stored| *stored == (size, size));
    (!is_as_stored).then(|| {
        format!(
            "Pictures are compared at {size} × {size} pixels, in grey: the centre square of each was averaged to that size (originals \
             are stored with {}, reconstructions with {}).",
            words(&stored.0),
            words(&stored.1)
        )
    })
}
