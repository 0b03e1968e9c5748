//! The pictures of a folder that crops are cut from: large enough, not blank, and each of them once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use lab_core::prelude::*;
use lab_core::recording::Thumbnail;
use lab_core::{all_done, listed};
use lab_formats::mmap::Mapped;
use lab_formats::pictures;
use rayon::prelude::*;

use super::FolderParams;
use super::copies::{Shown, standing_for};
use crate::listing::Listing;

/// Names that a note gives before it only counts.
const MAX_NAMED: usize = 24;
/// The same of files that are others byte by byte, of which packages of wallpapers hold hundreds.
const MAX_SAME: usize = 3;

/// A picture of the folder that crops are cut from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    pub(super) file: PathBuf,
    /// Its path in the folder, with `/` between the parts.
    pub(super) name: String,
    /// What tells it from other pictures, in this folder and in others.
    pub(super) number: u32,
    /// What it shows; `None` where headers alone were read.
    pub(super) thumbnail: Option<Thumbnail>,
}

/// The pictures, and what there is to say of those that are left out.
pub(super) struct Found {
    pub(super) pictures: Vec<Picture>,
    pub(super) notes: Vec<String>,
}

/// Works on pictures in parallel, and tells how far it is.
///
/// # Errors
/// As `work`, or [`Error::Cancelled`].
pub(super) fn each<T: Sync, R: Send>(
    ctx: &Context,
    of: &[T],
    state: &str,
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let done = AtomicUsize::new(0);
    let one = |item: &T| {
        ctx.check_cancelled()?;
        let made = work(item)?;
        let n_done = done.fetch_add(1, Ordering::Relaxed) + 1;
        ctx.progress(n_done, of.len(), "pictures", state);
        Ok(made)
    };
    all_done(of.par_iter().map(one).collect())
}

/// What a picture is known by until it is decoded.
struct Seen {
    file: PathBuf,
    name: String,
    /// BLAKE3 over the bytes of the file; where headers alone are read, over the path that links lead to.
    hash: blake3::Hash,
    is_link: bool,
    thumbnail: Option<Thumbnail>,
}

/// Looks through the pictures. Where headers alone are asked for, pictures that are blank or look like others are still among them.
///
/// # Errors
/// Fails if a picture cannot be read, or none is left.
pub(super) fn found(
    ctx: &Context,
    params: &FolderParams,
    listing: &Listing,
    files: Vec<PathBuf>,
) -> Result<Found> {
    let mut notes = Vec::new();
    let large = large(params, listing, files, &mut notes)?;
    let state = "looking through";
    let seen = each(ctx, &large, state, |file| {
        Seen::of(file, listing, ctx.headers_only())
    })?;
    let mut seen = without_same_bytes(seen, &mut notes);
    if ctx.headers_only() {
        let n = seen.len();
        ctx.warn(&format!(
            "folder '{}': at most {n} pictures: which of them are blank or look the same is seen when they are decoded, so that \
             there may be fewer training images than are counted here",
            params.path
        ));
    } else {
        seen = decoded(ctx, params, seen, &mut notes)?;
    }
    if seen.is_empty() {
        return Err(Error::Data {
            what: format!("folder '{}'", params.path),
            expected: format!(
                "pictures whose pixels vary by {} or more",
                params.min_contrast
            ),
            got: "none".into(),
            remedy: "name another folder, or lower min_contrast".into(),
        });
    }
    Ok(Found {
        pictures: numbered(seen),
        notes,
    })
}

/// The pictures neither side of which is below the size of a crop.
fn large(
    params: &FolderParams,
    listing: &Listing,
    files: Vec<PathBuf>,
    notes: &mut Vec<String>,
) -> Result<Vec<PathBuf>> {
    let size = params.size;
    let is_large =
        |file: &PathBuf| pictures::shape(file).map(|(height, width)| height.min(width) >= size);
    let is_large: Vec<bool> = all_done(files.par_iter().map(is_large).collect())?;
    let (large, small): (Vec<_>, Vec<_>) = files
        .into_iter()
        .zip(is_large)
        .partition(|(_, is_large)| *is_large);
    let small: Vec<String> = small
        .iter()
        .map(|(file, _)| quoted(&listing.name(file)))
        .collect();
    if !small.is_empty() {
        notes.push(format!(
            "{} left out, as a side is below {size} pixels: {}.",
            were(small.len()),
            named(&small)
        ));
    }
    if large.is_empty() {
        return Err(Error::Data {
            what: format!("folder '{}'", params.path),
            expected: format!("pictures of at least {size}×{size} pixels"),
            got: format!("{} smaller ones", small.len()),
            remedy: "ask for a smaller size".into(),
        });
    }
    Ok(large.into_iter().map(|(file, _)| file).collect())
}

impl Seen {
    fn of(file: &Path, listing: &Listing, headers_only: bool) -> Result<Self> {
        let hash = if headers_only {
            let real = std::fs::canonicalize(file).map_err(Error::io("reading", file))?;
            blake3::hash(real.as_os_str().as_encoded_bytes())
        } else {
            blake3::hash(Mapped::open(file)?.bytes())
        };
        Ok(Self {
            file: file.to_owned(),
            name: listing.name(file),
            hash,
            is_link: file.is_symlink(),
            thumbnail: None,
        })
    }
}

/// One of each that are the same byte by byte: the first that is no link, or else the first.
fn without_same_bytes(seen: Vec<Seen>, notes: &mut Vec<String>) -> Vec<Seen> {
    let mut kept: BTreeMap<[u8; 32], usize> = BTreeMap::new();
    for (place, of) in seen.iter().enumerate() {
        let before = kept.entry(*of.hash.as_bytes()).or_insert(place);
        if seen[*before].is_link && !of.is_link {
            *before = place;
        }
    }
    let left_out = seen.iter().enumerate().filter_map(|(place, of)| {
        let stands = kept[of.hash.as_bytes()];
        (stands != place).then(|| format!("{} as {}", quoted(&of.name), quoted(&seen[stands].name)))
    });
    let left_out: Vec<String> = left_out.collect();
    if !left_out.is_empty() {
        notes.push(format!(
            "{} left out, as they are others byte by byte: {}.",
            were(left_out.len()),
            listed(&left_out, MAX_SAME)
        ));
    }
    let places: BTreeSet<usize> = kept.into_values().collect();
    let all = seen.into_iter().enumerate();
    all.filter(|(place, _)| places.contains(place))
        .map(|(_, of)| of)
        .collect()
}

/// The pictures that are not blank, and one of each that show the same.
fn decoded(
    ctx: &Context,
    params: &FolderParams,
    seen: Vec<Seen>,
    notes: &mut Vec<String>,
) -> Result<Vec<Seen>> {
    let shown = each(ctx, &seen, "looking for copies", |of| Shown::of(&of.file))?;
    let all = seen.into_iter().zip(shown);
    let is_blank = |(_, of): &(Seen, Shown)| of.deviation < params.min_contrast;
    let (blank, vary): (Vec<_>, Vec<_>) = all.partition(is_blank);
    if !blank.is_empty() {
        let names: Vec<String> = blank.iter().map(|(of, _)| quoted(&of.name)).collect();
        notes.push(format!(
            "{} left out, as the pixels of their centre vary by less than {} (standard deviation in [−1, 1]): {}.",
            were(blank.len()),
            params.min_contrast,
            named(&names)
        ));
    }
    let (seen, shown): (Vec<Seen>, Vec<Shown>) = vary.into_iter().unzip();
    let stands = standing_for(&shown);
    let copies = (0..seen.len()).filter(|&place| stands[place] != place);
    let copies = copies.map(|place| {
        format!(
            "{} as {}",
            quoted(&seen[place].name),
            quoted(&seen[stands[place]].name)
        )
    });
    let copies: Vec<String> = copies.collect();
    if !copies.is_empty() {
        notes.push(format!(
            "{} left out, as others, of as many pixels or more, show the same, upright, turned or mirrored: {}.",
            were(copies.len()),
            named(&copies)
        ));
    }
    let all = seen.into_iter().zip(shown).enumerate();
    let kept = all.filter(|(place, _)| stands[*place] == *place);
    let kept: Vec<(Seen, Shown)> = kept.map(|(_, of)| of).collect();
    let n_transparent = kept.iter().filter(|(_, of)| of.transparent).count();
    notes.extend(crate::transparent::note(n_transparent, kept.len()));
    let with_thumbnail = |(seen, shown): (Seen, Shown)| Seen {
        thumbnail: Some(shown.thumbnail),
        ..seen
    };
    Ok(kept.into_iter().map(with_thumbnail).collect())
}

/// Gives pictures the first bits of their hashes as numbers, or the next that are free.
fn numbered(seen: Vec<Seen>) -> Vec<Picture> {
    let mut taken = BTreeSet::from([Stimuli::NO_PICTURE]);
    let number = |of: Seen| {
        let [a, b, c, d, ..] = *of.hash.as_bytes();
        let mut number = u32::from_le_bytes([a, b, c, d]);
        while !taken.insert(number) {
            number = number.wrapping_add(1);
        }
        Picture {
            file: of.file,
            name: of.name,
            number,
            thumbnail: of.thumbnail,
        }
    };
    seen.into_iter().map(number).collect()
}

fn quoted(name: &str) -> String {
    format!("'{name}'")
}

/// "1 picture was", "2 pictures were".
pub(super) fn were(n: usize) -> String {
    if n == 1 {
        "1 picture was".into()
    } else {
        format!("{n} pictures were")
    }
}

/// The first names, and how many more there are.
pub(super) fn named(names: &[String]) -> String {
    listed(names, MAX_NAMED)
}
