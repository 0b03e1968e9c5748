//! The photographs of vim-1.

use std::path::Path;
use std::sync::Arc;

use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::recording::{BlankImages, MemoryImages, Split, Stimuli};
use lab_core::{Result, all_done, mask};
use rayon::prelude::*;

use super::files::Files;
use super::{Aperture, Vim1, stored};
use lab_formats::container::Container;
use lab_formats::{file_error, pictures};

/// All images, training images first, and how many those are.
///
/// # Errors
/// Fails if a file is damaged or images differ in size.
pub(super) fn read(files: &Files, dataset: &Vim1, ctx: &Context) -> Result<(Stimuli, usize)> {
    let size = dataset.params.size;
    let n_pixels = size * size;
    let [train, validation] = files.images.variables;
    // What is kept is allocated first, so that what is read on the way leaves no hole in memory.
    let n_images = files
        .images
        .train
        .iter()
        .map(|path| count(path, train))
        .chain([count(&files.images.validation, validation)])
        .sum::<Result<usize>>()?;
    if ctx.headers_only() {
        let n_validation = count(&files.images.validation, validation)?;
        return Ok(blank(n_images, n_validation, size));
    }
    let mut pixels = Vec::with_capacity(n_images * n_pixels);
    for path in &files.images.train {
        ctx.check_cancelled()?;
        append(path, train, size, &mut pixels)?;
    }
    let n_train = pixels.len() / n_pixels;
    append(&files.images.validation, validation, size, &mut pixels)?;
    let split = dataset.split(n_train, pixels.len() / n_pixels - n_train);
    scale(&mut pixels, n_pixels, &split);
    if let Some(mask) = aperture(&dataset.params.aperture, size)? {
        pixels.par_chunks_mut(n_pixels).for_each(|image| {
            image
                .iter_mut()
                .zip(&mask)
                .for_each(|(pixel, mask)| *pixel *= mask);
        });
    }
    let images = MemoryImages::new(ImageShape::grey(size), pixels)?;
    let stimuli = Stimuli {
        split: vec![Split::Train; split.len()],
        images: Arc::new(images),
        names: None,
        labels: None,
        field_of_view_deg: None,
        picture_of: None,
    };
    Ok((stimuli, n_train))
}

/// As many images as the files have, without their pixels.
fn blank(n_images: usize, n_validation: usize, size: usize) -> (Stimuli, usize) {
    let shape = ImageShape::grey(size);
    let stimuli = Stimuli {
        split: vec![Split::Train; n_images],
        images: Arc::new(BlankImages { n_images, shape }),
        names: None,
        labels: None,
        field_of_view_deg: None,
        picture_of: None,
    };
    (stimuli, n_images - n_validation)
}

fn count(path: &Path, variable: &str) -> Result<usize> {
    let shape = stored::shape(path, variable)?;
    Ok(shape.first().copied().unwrap_or(0))
}

/// Appends the images of one file, averaged down to `size × size`.
fn append(path: &Path, variable: &str, size: usize, out: &mut Vec<f32>) -> Result<()> {
    let array = stored::array(path, variable)?;
    let &[n_images, height, width] = array.shape.as_slice() else {
        let expected = "[n_images, height, width]";
        let got = format!("{:?}", array.shape);
        return Err(file_error(
            path,
            variable,
            expected,
            got,
            "take the file of the release",
        ));
    };
    if height < size || height != width || n_images == 0 {
        let expected = format!("square images of at least {size} pixels");
        let got = format!("{:?}", array.shape);
        let remedy = "take the file of the release, or ask for a smaller size";
        return Err(file_error(path, variable, expected, got, remedy));
    }
    let one = |(image, out): (usize, &mut [f32])| {
        let pixels = array.entry(image);
        if let Some(pixel) = pixels.iter().find(|pixel| !pixel.is_finite()) {
            let expected = "finite grey values";
            let got = format!("{pixel} in image {image}");
            return Err(file_error(
                path,
                variable,
                expected,
                got,
                "copy the file again",
            ));
        }
        out.copy_from_slice(&pictures::resized(&pixels, height, width, size)?);
        Ok(())
    };
    let start = out.len();
    out.resize(start + n_images * size * size, 0.0);
    let images = out[start..].par_chunks_mut(size * size).enumerate();
    all_done(images.map(one).collect()).map(drop)
}

/// To `[−1, 1]` by the extremes of training images; what lies beyond in test images is clamped.
fn scale(pixels: &mut [f32], n_pixels: usize, split: &[Option<Split>]) {
    let is_train = |idx: usize| split[idx] == Some(Split::Train);
    let train = pixels
        .chunks(n_pixels)
        .enumerate()
        .filter(|(idx, _)| is_train(*idx))
        .flat_map(|(_, image)| image);
    let (least, most) = train.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), &x| {
        (least.min(x), most.max(x))
    });
    let range = if most > least { most - least } else { 1.0 };
    for pixel in pixels {
        *pixel = (2.0 * (*pixel - least) / range - 1.0).clamp(-1.0, 1.0);
    }
}

pub(super) fn aperture(aperture: &Aperture, size: usize) -> Result<Option<Vec<f32>>> {
    let path = match aperture {
        Aperture::AsStored => return Ok(None),
        Aperture::Circular => return Ok(Some(mask::circular(size))),
        Aperture::File(path) => Path::new(path),
    };
    let file = Container::open(path)?;
    let variables = file.variables()?;
    let Some(found) = variables
        .iter()
        .find(|variable| variable.shape == [size, size])
    else {
        let shapes: Vec<String> = variables
            .iter()
            .map(|variable| format!("{} {:?}", variable.name, variable.shape))
            .collect();
        let expected = format!("a mask of {size} × {size}");
        let remedy = "name a file with a mask of the images' size";
        return Err(file_error(path, "", expected, shapes.join(", "), remedy));
    };
    let (_, mask) = file.array::<f32>(&found.name)?.row_major();
    Ok(Some(
        mask.into_iter()
            .map(|value| value.clamp(0.0, 1.0))
            .collect(),
    ))
}
