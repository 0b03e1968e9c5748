//! Pictures: PNG and JPEG files as square grey images.
//!
//! ```text
//! grey = 0.299 R + 0.587 G + 0.114 B          (Rec. 601, as in the paper's code)
//! ```
//! The centre square is kept and averaged down to the size asked for; small pictures are interpolated bilinearly.

use std::path::{Path, PathBuf};

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use lab_core::{Error, Result};

use super::file_error;

/// Endings of files that are taken for pictures.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Pictures of a folder and of its subfolders, sorted by path.
///
/// # Errors
/// Fails if the folder is missing or holds no picture.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).map_err(Error::io("reading", &next))? {
            let path = entry.map_err(Error::io("reading", &next))?.path();
            let ending = path
                .extension()
                .map(|ending| ending.to_string_lossy().to_lowercase());
            if path.is_dir() {
                folders.push(path);
            } else if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        return Err(file_error(
            folder,
            "",
            "PNG or JPEG pictures",
            "none",
            "name the folder that holds them",
        ));
    }
    files.sort();
    Ok(files)
}

/// One picture as `size × size` pixels in `[−1, 1]`.
///
/// # Errors
/// Fails if the file is missing or no picture.
pub(crate) fn read(path: &Path, size: usize) -> Result<Vec<f32>> {
    let reader = image::ImageReader::open(path).map_err(Error::io("reading", path))?;
    let reader = reader
        .with_guessed_format()
        .map_err(Error::io("reading", path))?;
    let picture = reader.decode().map_err(|error| {
        file_error(path, "", "a picture", error.to_string(), "replace the file")
    })?;
    let rgb = picture.to_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let grey = rgb.pixels().map(|pixel| {
        let [red, green, blue] = pixel.0.map(f32::from);
        (0.299 * red + 0.587 * green + 0.114 * blue) / 127.5 - 1.0
    });
    square(&grey.collect::<Vec<f32>>(), height, width, size)
}

/// The centre square of a grey image, resized.
///
/// # Errors
/// Fails if the image is empty.
pub(crate) fn square(grey: &[f32], height: usize, width: usize, size: usize) -> Result<Vec<f32>> {
    let side = height.min(width);
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    let rows = (top..top + side).map(|y| &grey[y * width + left..y * width + left + side]);
    let cut: Vec<f32> = rows.flatten().copied().collect();
    if side == size {
        return Ok(cut);
    }
    let bytes: Vec<u8> = cut.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
    let failed = |message: String| Error::Data {
        what: "resizing an image".into(),
        expected: format!("an image that can become {size}×{size}"),
        got: message,
        remedy: "check the size".into(),
    };
    let source = Image::from_vec_u8(side as u32, side as u32, bytes, PixelType::F32)
        .map_err(|error| failed(error.to_string()))?;
    let mut target = Image::new(size as u32, size as u32, PixelType::F32);
    let filter = if side > size {
        FilterType::Box
    } else {
        FilterType::Bilinear
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|error| failed(error.to_string()))?;
    let pixels = target
        .buffer()
        .chunks_exact(4)
        .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    Ok(pixels.map(|pixel| pixel.clamp(-1.0, 1.0)).collect())
}
