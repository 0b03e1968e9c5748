//! What lies behind transparent pictures: white, as on a page.

use image::{DynamicImage, Rgb, RgbImage};

/// The grey value of the ground.
const WHITE: f32 = 255.0;

/// A picture over the ground, and whether any of it was transparent; an opaque one stays as it is.
///
/// ```text
/// p = a · colour + (1 − a) · 255,    a from 0 to 1
/// ```
pub(crate) fn over_white(picture: DynamicImage) -> (DynamicImage, bool) {
    if !picture.color().has_alpha() {
        return (picture, false);
    }
    let rgba = picture.to_rgba8();
    if rgba.pixels().all(|pixel| pixel[3] == u8::MAX) {
        return (picture, false);
    }
    let (width, height) = rgba.dimensions();
    let over = RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let share = f32::from(alpha) / WHITE;
        let colour = |colour: u8| share * f32::from(colour) + (1.0 - share) * WHITE;
        Rgb([red, green, blue].map(|byte| colour(byte).round() as u8))
    });
    (DynamicImage::ImageRgb8(over), true)
}
