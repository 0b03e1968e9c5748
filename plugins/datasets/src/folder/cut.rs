//! Images that are cut from pictures: training pictures give many crops, test pictures their centre square.
//!
//! The centre square is what the photographer framed, it is the same for every seed and number of crops, and it is the largest
//! square there is: what is tested is a whole picture, as where there are no crops.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use lab_core::all_done;
use lab_core::demand::Demand;
use lab_core::prelude::*;
use lab_core::recording::{
    BlankImages, CutImages, ImageSource, Labels, MemoryImages, Split, Whole, check_image_idx,
};
use lab_formats::pictures::{Grey, Square};
use rayon::prelude::*;

use super::crops::{CropRule, Cropped, MOST_DRAWS};
use super::found::{Found, Picture, each, found, named, were};
use super::{FolderParams, MAX_KEPT};
use crate::contrast::Contrast;
use crate::corpus::spread_test;
use crate::listing::Listing;

/// Images of `files`, and sentences for the report.
///
/// # Errors
/// Fails if a picture cannot be read, or fewer pictures are left than are to be tested.
pub(super) fn stimuli(
    ctx: &Context,
    params: &FolderParams,
    n_crops: usize,
    listing: &Listing,
    files: Vec<PathBuf>,
) -> Result<(Stimuli, Vec<String>)> {
    let what = format!("folder '{}'", params.path);
    let Found {
        pictures,
        mut notes,
    } = found(ctx, params, listing, files)?;
    let pictures = params.part.of(pictures, &what)?;
    let split = spread_test(
        pictures.len(),
        params.n_test,
        &format!("{what}, counted in pictures"),
    )?;
    let rule = CropRule {
        n: n_crops,
        size: params.size,
        smallest: params.smallest,
        min_contrast: params.min_contrast,
        seed: ctx.seed(),
    };
    let in_sets: Vec<(Picture, Split)> = pictures.into_iter().zip(split).collect();
    let images = if ctx.headers_only() {
        Images::expected(&rule, &in_sets)
    } else {
        Images::cut(ctx, params, &rule, &in_sets)?
    };
    notes.push(said(params, &rule, &in_sets));
    notes.extend(images.said(&rule, &in_sets));
    Ok((images.stimuli(ctx, params, &in_sets)?, notes))
}

/// Bytes in which images are listed: of one picture at least, as how many there are is no parameter.
pub(super) fn demand(n_crops: usize) -> Demand {
    Demand {
        bytes: (n_crops * size_of::<Image>()) as f64,
        steps: 0.0,
        lower: "crops",
    }
}

/// What a part of a picture is called, and where it lies.
struct Image {
    /// Its picture, by its place.
    picture: usize,
    /// The number of the crop; `None` for the centre square.
    number: Option<usize>,
    /// `None` where headers alone were read.
    square: Option<Square>,
}

/// All images of a folder.
struct Images {
    all: Vec<Image>,
    /// `[n_images, size, size]`; `None` where they are too many to keep, or headers alone were read.
    pixels: Option<Vec<f32>>,
    /// Draws of crops that were below the least contrast.
    n_refused: usize,
    /// For each picture, the crops that it gave.
    n_of: Vec<usize>,
}

impl Images {
    /// As many as there are if no crop is given up.
    fn expected(rule: &CropRule, in_sets: &[(Picture, Split)]) -> Self {
        let of = |(picture, (_, split)): (usize, &(Picture, Split))| -> Vec<Image> {
            let image = |number| Image {
                picture,
                number,
                square: None,
            };
            match split {
                Split::Test => vec![image(None)],
                Split::Train => (1..=rule.n).map(|number| image(Some(number))).collect(),
            }
        };
        Self {
            all: in_sets.iter().enumerate().flat_map(of).collect(),
            pixels: None,
            n_refused: 0,
            n_of: vec![rule.n; in_sets.len()],
        }
    }

    /// Decodes every picture once, and cuts its images.
    fn cut(
        ctx: &Context,
        params: &FolderParams,
        rule: &CropRule,
        in_sets: &[(Picture, Split)],
    ) -> Result<Self> {
        let n_pixels = ImageShape::grey(rule.size).n_pixels();
        let keeps = most(rule, in_sets).saturating_mul(n_pixels) <= MAX_KEPT;
        let cut = |(picture, split): &(Picture, Split)| {
            let grey = Grey::read(&picture.file)?;
            let mut cropped = match split {
                Split::Train => rule.crop(&grey, &picture.name)?,
                Split::Test => Cropped {
                    pixels: grey.cut(grey.centre(), rule.size)?,
                    squares: vec![(0, grey.centre())],
                    n_refused: 0,
                },
            };
            if keeps {
                let images = cropped.pixels.chunks_mut(n_pixels);
                images.for_each(|image| params.contrast.apply(image));
            } else {
                cropped.pixels = Vec::new();
            }
            Ok(cropped)
        };
        let cropped = each(ctx, in_sets, "cutting", cut)?;
        let mut images = Self {
            all: Vec::new(),
            pixels: keeps.then(Vec::new),
            n_refused: 0,
            n_of: cropped.iter().map(|of| of.squares.len()).collect(),
        };
        for (picture, of) in cropped.into_iter().enumerate() {
            images.n_refused += of.n_refused;
            images
                .pixels
                .iter_mut()
                .for_each(|all| all.extend(&of.pixels));
            let image = |(number, square): (usize, Square)| Image {
                picture,
                number: (number > 0).then_some(number),
                square: Some(square),
            };
            images.all.extend(of.squares.into_iter().map(image));
        }
        Ok(images)
    }

    /// What there is to say of draws that were refused.
    fn said(&self, rule: &CropRule, in_sets: &[(Picture, Split)]) -> Vec<String> {
        let mut said = Vec::new();
        let of_training = || {
            let all = in_sets.iter().zip(&self.n_of);
            all.filter(|((_, split), _)| *split == Split::Train)
        };
        let n_given_up: usize = of_training().map(|(_, n)| rule.n - n).sum();
        if self.n_refused > 0 {
            let given_up = match n_given_up {
                0 => String::new(),
                n => format!("; {n} crops were given up after {MOST_DRAWS} draws"),
            };
            said.push(format!(
                "{} of {} draws of crops were refused and drawn again, as their pixels vary by less than {} (standard deviation \
                 in [−1, 1]){given_up}.",
                self.n_refused,
                self.n_refused + self.all.iter().filter(|of| of.number.is_some()).count(),
                rule.min_contrast
            ));
        }
        let without = of_training().filter(|(_, n)| **n == 0);
        let without: Vec<String> = without
            .map(|((of, _), _)| format!("'{}'", of.name))
            .collect();
        if !without.is_empty() {
            said.push(format!(
                "{} left out, as none of the crops drawn of it varies enough: {}.",
                were(without.len()),
                named(&without)
            ));
        }
        said
    }

    fn stimuli(
        self,
        ctx: &Context,
        params: &FolderParams,
        in_sets: &[(Picture, Split)],
    ) -> Result<Stimuli> {
        let shape = ImageShape::grey(params.size);
        let picture = |image: &Image| &in_sets[image.picture];
        let name = |image: &Image| match image.number {
            Some(number) => format!("{}#{number}", picture(image).0.name),
            None => picture(image).0.name.clone(),
        };
        let files: Vec<PathBuf> = in_sets.iter().map(|(of, _)| of.file.clone()).collect();
        let labels = params.labels(&files);
        let n_images = self.all.len();
        if n_images
            == in_sets
                .iter()
                .filter(|(_, split)| *split == Split::Test)
                .count()
        {
            return Err(Error::Data {
                what: format!("folder '{}'", params.path),
                expected: format!("crops whose pixels vary by {} or more", params.min_contrast),
                got: "none in any picture".into(),
                remedy: "lower min_contrast, or raise smallest".into(),
            });
        }
        let whole = |(picture, _): &(Picture, Split)| {
            Some(Whole {
                number: picture.number,
                name: picture.name.clone(),
                thumbnail: picture.thumbnail.clone()?,
            })
        };
        let wholes = in_sets.iter().filter_map(whole).collect();
        let images: Arc<dyn ImageSource> = match self.pixels {
            _ if ctx.headers_only() => Arc::new(BlankImages { n_images, shape }),
            Some(pixels) => Arc::new(MemoryImages::new(shape, pixels)?),
            None => {
                ctx.note(&format!(
                    "folder '{}': {n_images} crops are too many to keep; a picture is decoded whenever one of its crops is used, \
                     which `lab data pack` spares",
                    params.path
                ));
                let square = |image: &Image| Some((image.picture, image.square?));
                Arc::new(OnDisk {
                    files,
                    squares: self.all.iter().filter_map(square).collect(),
                    size: params.size,
                    contrast: params.contrast,
                })
            }
        };
        Ok(Stimuli {
            split: self.all.iter().map(|image| picture(image).1).collect(),
            names: Some(self.all.iter().map(name).collect()),
            labels: labels.map(|labels| Labels {
                of: self
                    .all
                    .iter()
                    .map(|image| labels.of[image.picture])
                    .collect(),
                names: labels.names,
            }),
            field_of_view_deg: params.field_of_view_deg,
            picture_of: Some(
                self.all
                    .iter()
                    .map(|image| picture(image).0.number)
                    .collect(),
            ),
            images: Arc::new(CutImages { images, wholes }),
        })
    }
}

/// The number of images if no crop is given up.
fn most(rule: &CropRule, in_sets: &[(Picture, Split)]) -> usize {
    let of = |(_, split): &(Picture, Split)| match split {
        Split::Train => rule.n,
        Split::Test => 1,
    };
    in_sets.iter().map(of).fold(0, usize::saturating_add)
}

/// How images were made, for the report.
fn said(params: &FolderParams, rule: &CropRule, in_sets: &[(Picture, Split)]) -> String {
    let n_test = params.n_test;
    let tested = match n_test {
        0 => String::new(),
        n => format!(" Of each of {n} test pictures the centre square is the one test image."),
    };
    let part = match params.part {
        super::Part::All => String::new(),
        part => format!(" Of all pictures, part {part:?} is taken."),
    };
    format!(
        "Images are squares cut from pictures: {} from each of {} training pictures, with sides drawn uniformly in their logarithm \
         from {} of the shorter side, or {} pixels where that is more, up to the whole shorter side, at places drawn \
         uniformly.{tested}{part} Images of one picture depend on each other; no picture is in both sets.",
        rule.n,
        in_sets.len() - n_test,
        rule.smallest,
        rule.size
    )
}

/// Squares whose pictures are decoded when they are asked for.
pub(super) struct OnDisk {
    pub(super) files: Vec<PathBuf>,
    /// The picture of each image, by its place, and where it lies.
    pub(super) squares: Vec<(usize, Square)>,
    pub(super) size: usize,
    pub(super) contrast: Contrast,
}

impl ImageSource for OnDisk {
    fn n_images(&self) -> usize {
        self.squares.len()
    }

    fn shape(&self) -> ImageShape {
        ImageShape::grey(self.size)
    }

    /// Each picture is decoded once for all its images that are asked for.
    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        check_image_idx(image_idx, self.n_images())?;
        let n_pixels = self.shape().n_pixels();
        let mut of_pictures: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, &idx) in image_idx.iter().enumerate() {
            of_pictures
                .entry(self.squares[idx].0)
                .or_default()
                .push(place);
        }
        let of_pictures: Vec<(usize, Vec<usize>)> = of_pictures.into_iter().collect();
        let cut = |(picture, places): &(usize, Vec<usize>)| {
            let grey = Grey::read(&self.files[*picture])?;
            let image = |place: &usize| {
                let mut image = grey.cut(self.squares[image_idx[*place]].1, self.size)?;
                self.contrast.apply(&mut image);
                Ok((*place, image))
            };
            places.iter().map(image).collect::<Result<Vec<_>>>()
        };
        let cut: Vec<Vec<(usize, Vec<f32>)>> = all_done(of_pictures.par_iter().map(cut).collect())?;
        let mut pixels = vec![0.0; image_idx.len() * n_pixels];
        for (place, image) in cut.iter().flatten() {
            pixels[place * n_pixels..][..n_pixels].copy_from_slice(image);
        }
        Ok(pixels)
    }
}
