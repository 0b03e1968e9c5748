//! How sure the members are: their spread beside each reconstruction, and where pixels are right.

use super::canvas::Words;
use super::chosen::chosen;
use super::galleries::{N_SHOWN, gallery, made, words};
use super::sheet::{Block, Row, Sheet, n_columns};
use lab_score::record::{Gallery, Pictures, Record};

/// Times the side of an image in a gallery that a map has.
const MAP: usize = 4;

/// Some test images with their reconstructions, and the standard deviation of each pixel over members.
pub(super) fn uncertainty(record: &Record, pictures: &Pictures) -> Option<(Sheet, Words)> {
    let (originals, spread) = (
        gallery(pictures, "originals")?,
        gallery(pictures, "spread")?,
    );
    let made = made(pictures)?;
    let (images, how) = chosen(record, originals.len(), n_columns(originals).min(N_SHOWN));
    let most = spread.pixels.iter().copied().fold(0.0_f32, f32::max);
    let shown = scaled(spread, 0.0, most);
    let block = Block {
        columns: images.iter().map(ToString::to_string).collect(),
        rows: vec![
            Row::of("original", originals, &images),
            Row::of("reconstruction", made, &images),
            Row::of("spread", &shown, &images),
        ],
        ..Block::default()
    };
    let caption = format!(
        "{} of {} test images, {how}. Below: the standard deviation of each pixel over the {} members, from black for 0 to \
         white for {most:.2}, the largest of all, where pixels go from −1 to 1. Members differ in their random start and order of \
         images: their spread says nothing of noise in the responses, which all of them share.",
        images.len(),
        originals.len(),
        record.members.len()
    );
    let words = words("uncertainty", "How far the members agree", caption);
    Some((Sheet::new(originals, vec![block]), words))
}

/// The correlation of each pixel with its reconstruction, and the mean spread of the members, as maps.
pub(super) fn visual_field(_: &Record, pictures: &Pictures) -> Option<(Sheet, Words)> {
    let map = gallery(pictures, "pixel_correlations")?;
    let shown = scaled(map, 0.0, 1.0);
    let block = Block {
        rows: vec![Row::of("correlation", &shown, &[0])],
        ..Block::default()
    };
    let caption = "Correlation of each pixel with its reconstruction over the test images, at its place in the visual field: black \
                   for 0 or below, white for 1. Pixels that never change are black."
        .into();
    let words = words("visual_field", "The visual field", caption);
    Some((Sheet::new(map, vec![block]).enlarged(MAP), words))
}

/// The same pictures, with `low` as −1 and `high` as 1.
fn scaled(of: &Gallery, low: f32, high: f32) -> Gallery {
    let range = (high - low).max(f32::MIN_POSITIVE);
    let scale = |&value: &f32| (2.0 * (value - low) / range - 1.0).clamp(-1.0, 1.0);
    Gallery {
        pixels: of.pixels.iter().map(scale).collect(),
        ..of.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::scaled;
    use lab_score::record::Gallery;

    #[test]
    fn the_least_is_black_and_the_most_white() {
        let gallery = Gallery {
            height: 1,
            width: 4,
            pixels: vec![0.0, 0.1, 0.2, -0.3],
        };
        assert_eq!(scaled(&gallery, 0.0, 0.2).pixels, [-1.0, 0.0, 1.0, -1.0]);
        let flat = Gallery {
            pixels: vec![0.0; 4],
            ..gallery
        };
        assert_eq!(scaled(&flat, 0.0, 0.0).pixels, [-1.0; 4]);
    }
}
