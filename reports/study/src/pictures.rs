//! Pictures as PNG files that all have one size in bytes.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use lab_core::rng::Stream;
use rand::RngCore;

use crate::source::Pictures;

/// One picture of `[channels, height, width]` as PNG; `None` if the sizes do not fit.
pub(crate) fn png(pictures: &Pictures, values: &[u8]) -> Option<Vec<u8>> {
    let (n_pixels, n_channels) = (pictures.height * pictures.width, pictures.n_channels);
    let interleaved: Vec<u8> = (0..n_pixels)
        .flat_map(|pixel| (0..n_channels).map(move |channel| channel * n_pixels + pixel))
        .map(|at| values.get(at).copied().unwrap_or(0))
        .collect();
    let colour = if n_channels == 3 {
        ExtendedColorType::Rgb8
    } else {
        ExtendedColorType::L8
    };
    let mut bytes = Vec::new();
    let (width, height) = (
        u32::try_from(pictures.width).ok()?,
        u32::try_from(pictures.height).ok()?,
    );
    PngEncoder::new(&mut bytes)
        .write_image(&interleaved, width, height, colour)
        .ok()?;
    Some(bytes)
}

/// Length of the last chunk of a PNG file, `IEND`.
const END: usize = 12;
/// Length, name and check sum of an empty chunk.
const EMPTY_CHUNK: usize = 12;

/// Bytes of a file that [`padded`] makes at least from a file of `n_bytes`.
pub(crate) fn least_padded(n_bytes: usize) -> usize {
    n_bytes + EMPTY_CHUNK
}

/// Fills a PNG file up to `n_bytes` with an ancillary, private chunk of random bytes, before its end.
pub(crate) fn padded(png: &[u8], n_bytes: usize, rng: &mut Stream) -> Vec<u8> {
    let (head, end) = png.split_at(png.len().saturating_sub(END));
    let mut chunk = b"paDd".to_vec();
    chunk.resize(4 + n_bytes.saturating_sub(least_padded(png.len())), 0);
    rng.fill_bytes(&mut chunk[4..]);
    let length = (chunk.len() - 4) as u32;
    let mut bytes = head.to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend(&chunk);
    bytes.extend(crc32(&chunk).to_be_bytes());
    bytes.extend(end);
    bytes
}

/// The check sum of PNG and ZIP (CRC-32, polynomial 0xEDB88320).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let of_bit = |crc: u32, _: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xEDB8_8320
        } else {
            crc >> 1
        }
    };
    let of_byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), of_bit);
    !bytes.iter().fold(!0, of_byte)
}

#[cfg(test)]
mod tests {
    use super::{crc32, least_padded, padded, png};
    use crate::source::Pictures;

    #[test]
    fn padded_files_have_one_size_and_the_same_pixels() {
        let values: Vec<u8> = (0..3 * 6 * 5)
            .map(|value| (value * 7 % 251) as u8)
            .collect();
        let pictures = Pictures {
            n_channels: 3,
            height: 6,
            width: 5,
            values,
        };
        let bytes = png(&pictures, pictures.picture(0)).unwrap();
        for n_bytes in [least_padded(bytes.len()), 1000] {
            let file = padded(&bytes, n_bytes, &mut lab_core::rng::stream(1, "padding"));
            assert_eq!(file.len(), n_bytes);
            let read = image::load_from_memory(&file).unwrap().to_rgb8();
            assert_eq!(read.get_pixel(2, 1).0[1], pictures.values[30 + 7]);
        }
    }

    /// "123456789" is the check value that catalogues of such sums give.
    #[test]
    fn the_check_sum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
