//! A sheet of images as one PNG.

use std::path::Path;

use candle_core::Tensor;
use image::{GrayImage, Luma};
use lab_core::{Error, Result};

use super::files::write_atomically;

/// Distance between two images of the sheet, in pixels.
const GAP: u32 = 2;

/// Writes `[n, 1, height, width]` in `[−1, 1]` as a sheet about twice as wide as high.
pub(crate) fn write(path: &Path, images: &Tensor) -> Result<()> {
    let (n_images, _, height, width) = images.dims4()?;
    let n_columns = ((2 * n_images) as f64).sqrt().ceil().max(1.0) as u32;
    let n_rows = (n_images as u32).div_ceil(n_columns);
    let (height, width) = (height as u32, width as u32);
    let mut sheet = GrayImage::from_pixel(
        n_columns * (width + GAP) + GAP,
        n_rows * (height + GAP) + GAP,
        Luma([64]),
    );
    for idx in 0..n_images {
        let rows = images.get(idx)?.get(0)?.to_vec2::<f32>()?;
        let (left, top) = (
            GAP + idx as u32 % n_columns * (width + GAP),
            GAP + idx as u32 / n_columns * (height + GAP),
        );
        for (y, row) in rows.iter().enumerate() {
            for (x, &pixel) in row.iter().enumerate() {
                let grey = ((pixel + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
                sheet.put_pixel(left + x as u32, top + y as u32, Luma([grey]));
            }
        }
    }
    let mut png = std::io::Cursor::new(Vec::new());
    sheet
        .write_to(&mut png, image::ImageFormat::Png)
        .map_err(|source| Error::plugin("image", source))?;
    write_atomically(path, &png.into_inner())
}
