//! Pictures as square grey images: PNG, JPEG, GIF, BMP, TIFF and WebP.
//!
//! ```text
//! grey = 0.299 R + 0.587 G + 0.114 B          (Rec. 601, as in the paper's code)
//! ```
//! The centre square is kept and averaged down to the size asked for; small pictures are interpolated bilinearly.
//! Transparent parts are shown over white. Pictures are turned as their EXIF data say, as every viewer does. Cut files and
//! files of several pictures are refused.

use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::error::UnsupportedErrorKind;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, RgbImage};
use lab_core::{Error, Result};

use super::mmap::Mapped;
use super::{file_error, limits, picture_frames, picture_ground, regular};

/// Endings of files that are taken for pictures.
pub const ENDINGS: [&str; 8] = ["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp"];

/// Bytes that a pixel takes while a picture is read: its colours, twice, and its grey.
const PIXEL: u64 = 16;

/// The path of a picture in its folder, which is its name there.
pub fn name_in(folder: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(folder).unwrap_or(file);
    inside.to_string_lossy().into_owned()
}

/// One picture as `size × size` pixels in `[−1, 1]`.
///
/// # Errors
/// Fails if the file is missing, no picture, cut, or several pictures.
pub fn read(path: &Path, size: usize) -> Result<Vec<f32>> {
    Ok(read_over_white(path, size)?.0)
}

/// As [`read`], and whether any of the picture was transparent.
///
/// # Errors
/// As [`read`].
pub fn read_over_white(path: &Path, size: usize) -> Result<(Vec<f32>, bool)> {
    let (picture, transparent) = decoded(path)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // Nothing outside the centre square is looked at.
    let side = height.min(width);
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    let grey = grey_of(&picture, top..top + side, left..left + side);
    Ok((clamped(scaled(&grey, side, size)?), transparent))
}

/// A picture over white, and whether any of it was transparent.
fn decoded(path: &Path) -> Result<(DynamicImage, bool)> {
    let refused = |got: String, remedy: &str| file_error(path, "", "a picture", got, remedy);
    let reader = reader(path)?;
    if let Some(complaint) = picture_frames::complaint(Mapped::open(path)?.bytes()) {
        return Err(refused(
            complaint.into(),
            "copy it again, or save one whole picture",
        ));
    }
    let mut decoder = reader
        .into_decoder()
        .map_err(|error| unread(path, &error))?;
    // A file whose EXIF data are damaged shows its pixels as they are.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unread(path, &error))?;
    picture.apply_orientation(orientation);
    if matches!(
        picture,
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)
    ) {
        // Their range is not said anywhere.
        let got = "floating-point colours".into();
        return Err(refused(got, "save it with 8 or 16 bits a colour"));
    }
    Ok(picture_ground::over_white(picture))
}

/// Why a file is no picture that is read, and what to do.
fn unread(path: &Path, error: &ImageError) -> Error {
    let (got, remedy) = match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => (
            "a file whose end is missing".to_owned(),
            "copy it again, or save one whole picture",
        ),
        ImageError::Unsupported(error) => match error.kind() {
            UnsupportedErrorKind::Format(_) => (
                "a file that begins as no picture does".to_owned(),
                "look whether it is one, and replace it",
            ),
            _ => (
                error.to_string(),
                "save it with 8 or 16 bits a colour, as PNG",
            ),
        },
        _ => (error.to_string(), "replace the file"),
    };
    file_error(path, "", "a picture", got, remedy)
}

/// Height and width of a picture as it is shown, from its header.
///
/// # Errors
/// Fails if the file is missing or no picture.
pub fn shape(path: &Path) -> Result<(usize, usize)> {
    let mut decoder = reader(path)?
        .into_decoder()
        .map_err(|error| unread(path, &error))?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let is_turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (width, height) = if is_turned {
        (height, width)
    } else {
        (width, height)
    };
    Ok((height as usize, width as usize))
}

fn reader(path: &Path) -> Result<image::ImageReader<BufReader<File>>> {
    if regular::facts(path)?.len() == 0 {
        return Err(file_error(
            path,
            "",
            "a picture",
            "an empty file",
            "copy it again",
        ));
    }
    let guessed = || {
        image::ImageReader::new(BufReader::new(regular::open(path)?))
            .with_guessed_format()
            .map_err(Error::io("reading", path))
    };
    // What the header claims is looked at before the decoder asks for memory; what is no picture is its to refuse.
    if let Ok((width, height)) = guessed()?.into_dimensions() {
        let n_pixels = u64::from(width) * u64::from(height);
        let most = limits::always() / PIXEL;
        if n_pixels > most {
            let got = format!("{width} × {height} = {n_pixels}");
            let expected = format!("a picture of at most {most} pixels");
            return Err(file_error(path, "", expected, got, limits::remedy()));
        }
    }
    guessed()
}

/// A part of a picture in grey, in `[−1, 1]`, row by row.
fn grey_of(picture: &DynamicImage, lines: Range<usize>, columns: Range<usize>) -> Vec<F32> {
    match picture {
        DynamicImage::ImageLuma8(luma) => {
            let width = luma.width() as usize;
            let mut grey = Vec::with_capacity(lines.len() * columns.len());
            for y in lines {
                let line = &luma.as_raw()[y * width..][columns.clone()];
                grey.extend(
                    line.iter()
                        .map(|&pixel| F32::new(f32::from(pixel) / 127.5 - 1.0)),
                );
            }
            grey
        }
        DynamicImage::ImageRgb8(rgb) => grey_of_colours(rgb, lines, columns),
        other => grey_of_colours(&other.to_rgb8(), lines, columns),
    }
}

/// A part of a coloured picture, in grey.
fn grey_of_colours(rgb: &RgbImage, lines: Range<usize>, columns: Range<usize>) -> Vec<F32> {
    let width = rgb.width() as usize;
    let (left, n_columns) = (columns.start, columns.len());
    let mut grey = Vec::with_capacity(lines.len() * n_columns);
    for y in lines {
        let line = &rgb.as_raw()[3 * (y * width + left)..][..3 * n_columns];
        let (pixels, _) = line.as_chunks::<3>();
        grey.extend(pixels.iter().map(|pixel| {
            let [red, green, blue] = pixel.map(f32::from);
            F32::new((0.299 * red + 0.587 * green + 0.114 * blue) / 127.5 - 1.0)
        }));
    }
    grey
}

/// A whole picture in grey, from which squares are cut.
///
/// A square of a picture is what [`read`] makes of a file that holds that square alone.
pub struct Grey {
    height: usize,
    width: usize,
    /// `[height, width]` in `[−1, 1]`.
    pixels: Vec<F32>,
    transparent: bool,
}

/// A square part of a picture, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    /// Lines above it.
    pub top: usize,
    /// Columns to the left of it.
    pub left: usize,
    /// Its height and width.
    pub side: usize,
}

impl Grey {
    /// Decodes a picture.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(path: &Path) -> Result<Self> {
        let (picture, transparent) = decoded(path)?;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Ok(Self {
            pixels: grey_of(&picture, 0..height, 0..width),
            height,
            width,
            transparent,
        })
    }

    /// Height and width.
    pub fn shape(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Whether any of it was transparent.
    pub fn is_transparent(&self) -> bool {
        self.transparent
    }

    /// The square in its middle that is as large as the picture allows.
    pub fn centre(&self) -> Square {
        let side = self.height.min(self.width);
        Square {
            top: (self.height - side) / 2,
            left: (self.width - side) / 2,
            side,
        }
    }

    /// A part of it as `size × size` pixels in `[−1, 1]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the part does not lie in the picture; else as [`square`].
    pub fn cut(&self, part: Square, size: usize) -> Result<Vec<f32>> {
        let Square { top, left, side } = part;
        let (bottom, right) = (top.saturating_add(side), left.saturating_add(side));
        if bottom > self.height || right > self.width {
            return Err(Error::shape(
                "a square of a picture",
                format!("within {} × {} pixels", self.height, self.width),
                format!("lines {top} to {bottom}, columns {left} to {right}"),
            ));
        }
        let mut cut = Vec::with_capacity(side * side);
        for y in top..bottom {
            cut.extend_from_slice(&self.pixels[y * self.width + left..][..side]);
        }
        Ok(clamped(scaled(&cut, side, size)?))
    }
}

/// One picture as `size × size` pixels in `[−1, 1]`, each colour averaged and rounded to a byte before it becomes grey.
///
/// # Errors
/// Fails if the file is missing or no picture.
pub fn read_averaged(path: &Path, size: usize) -> Result<Vec<f32>> {
    let rgb = decoded(path)?.0.to_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let colour = |colour: usize| {
        let plane: Vec<f32> = rgb
            .iter()
            .skip(colour)
            .step_by(3)
            .map(|&byte| f32::from(byte))
            .collect();
        resized(&plane, height, width, size)
    };
    let (red, green, blue) = (colour(0)?, colour(1)?, colour(2)?);
    let byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
    let pixels = red.into_iter().zip(green).zip(blue);
    Ok(pixels
        .map(|((red, green), blue)| {
            let [red, green, blue] = [red, green, blue].map(|value| f32::from(byte(value)));
            (0.299 * red + 0.587 * green + 0.114 * blue) / 127.5 - 1.0
        })
        .collect())
}

/// The centre square of a grey image in `[−1, 1]`, resized.
///
/// # Errors
/// Fails if the image is empty.
pub fn square(grey: &[f32], height: usize, width: usize, size: usize) -> Result<Vec<f32>> {
    Ok(clamped(resized(grey, height, width, size)?))
}

fn clamped(mut pixels: Vec<f32>) -> Vec<f32> {
    pixels
        .iter_mut()
        .for_each(|pixel| *pixel = pixel.clamp(-1.0, 1.0));
    pixels
}

/// The centre square of a grey image of any range, resized.
///
/// # Errors
/// Fails if the image is empty.
pub fn resized(grey: &[f32], height: usize, width: usize, size: usize) -> Result<Vec<f32>> {
    let side = height.min(width);
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    let mut cut = Vec::with_capacity(side * side);
    for y in top..top + side {
        let line = &grey[y * width + left..][..side];
        cut.extend(line.iter().map(|&pixel| F32::new(pixel)));
    }
    scaled(&cut, side, size)
}

/// A square grey image at another size: averaged down, or interpolated up.
///
/// Pixels are in the library's type from the start: a copy of a large picture costs as much as its resizing.
fn scaled(grey: &[F32], side: usize, size: usize) -> Result<Vec<f32>> {
    let failed = |message: String| Error::Data {
        what: "resizing an image".into(),
        expected: format!("an image that can become {size}×{size}"),
        got: message,
        remedy: "check the size".into(),
    };
    if side == 0 || size == 0 {
        return Err(failed(format!("{side}×{side}")));
    }
    if side == size {
        return Ok(grey.iter().map(|pixel| pixel.0).collect());
    }
    let source = TypedImageRef::new(side as u32, side as u32, grey)
        .map_err(|error| failed(error.to_string()))?;
    let mut target = TypedImage::new(size as u32, size as u32);
    let filter = if side > size {
        FilterType::Box
    } else {
        FilterType::Bilinear
    };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new()
        .resize_typed(&source, &mut target, &options)
        .map_err(|error| failed(error.to_string()))?;
    Ok(target.pixels().iter().map(|pixel| pixel.0).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{read, shape};

    /// A JPEG whose EXIF data say how it is turned: the segment of JEITA CP-3451, with the tag 274 alone.
    fn turned(wide: u32, high: u32, orientation: u8) -> Vec<u8> {
        let grey = image::GrayImage::from_fn(wide, high, |x, _| {
            image::Luma([(x * 200 / wide) as u8 + 20])
        });
        let mut jpeg = std::io::Cursor::new(Vec::new());
        grey.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
        let jpeg = jpeg.into_inner();
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        let length = (exif.len() + 2) as u16;
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend([0xff, 0xe1]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(exif);
        bytes.extend(&jpeg[2..]);
        bytes
    }

    /// Where the dark side is: the mean of the first line, the last line, the first column and the last column.
    fn sides(pixels: &[f32]) -> [f32; 4] {
        let mean = |all: Vec<f32>| all.iter().sum::<f32>() / all.len() as f32;
        [
            mean(pixels[..16].to_vec()),
            mean(pixels[240..].to_vec()),
            mean(pixels.iter().step_by(16).copied().collect()),
            mean(pixels.iter().skip(15).step_by(16).copied().collect()),
        ]
    }

    #[test]
    fn pictures_are_turned_as_they_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        // Values of the tag, and the side that is dark then: left at first, which 6 turns to the top.
        for (orientation, dark) in [
            (1, 2),
            (2, 3),
            (3, 3),
            (4, 2),
            (5, 0),
            (6, 0),
            (7, 1),
            (8, 1),
        ] {
            fs::write(&path, turned(16, 16, orientation)).unwrap();
            let sides = sides(&read(&path, 16).unwrap());
            let darkest = (0..4).min_by(|&a, &b| sides[a].total_cmp(&sides[b]));
            assert_eq!(darkest, Some(dark), "{orientation}: {sides:?}");
            fs::write(&path, turned(24, 8, orientation)).unwrap();
            let expected = if orientation < 5 { (8, 24) } else { (24, 8) };
            assert_eq!(shape(&path).unwrap(), expected, "{orientation}");
        }
    }

    #[test]
    fn files_that_are_no_pictures_say_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let said = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            read(&path, 4).unwrap_err().to_string()
        };
        assert!(said(b"").contains("an empty file"));
        assert!(said(b"<html>404</html>").contains("begins as no picture does"));
        let mut bmp = std::io::Cursor::new(Vec::new());
        let grey = image::GrayImage::from_pixel(16, 16, image::Luma([9]));
        grey.write_to(&mut bmp, image::ImageFormat::Bmp).unwrap();
        let bmp = bmp.into_inner();
        let error = said(&bmp[..bmp.len() * 2 / 3]);
        assert!(error.contains("end is missing"), "{error}");
    }
}
