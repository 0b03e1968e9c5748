//! Whether a flexible decoder has learned its training images by heart.

use super::galleries::{Figured, gallery, words};
use super::sheet::{Block, Row, Sheet, n_columns};
use lab_score::Rows;
use lab_score::correlation::correlations;
use lab_score::record::{Gallery, Pictures, Record};

/// What the flexible decoder makes of training and of test images.
pub(super) fn overfit(_: &Record, pictures: &Pictures) -> Option<Figured> {
    let part = |heading: &str, name: &str| {
        let (originals, made) = (
            gallery(pictures, name)?,
            gallery(pictures, &format!("{name}_rec"))?,
        );
        let images: Vec<usize> = (0..originals.len().min(n_columns(originals))).collect();
        let rows = vec![
            Row::of("original", originals, &images),
            Row::of("flexible decoder", made, &images),
        ];
        Some((
            originals,
            images.len(),
            mean_correlation(originals, made, &images),
            Block {
                heading: heading.into(),
                rows,
                ..Block::default()
            },
        ))
    };
    let (originals, n_train, of_train, train) = part("images it was trained on", "overfit_train")?;
    let (_, n_test, of_test, test) = part("test images", "overfit_test")?;
    let caption = format!(
        "A flexible decoder, on {n_train} training and {n_test} test images, chosen at random. Mean correlation of pixels over these: \
         {of_train:.3} for training images, {of_test:.3} for test images. What it knows of its training images alone it has learned by \
         heart: the more the first exceeds the second, the more. No interval was drawn for these few."
    );
    Some((
        Sheet::new(originals, vec![train, test]),
        words("overfit", "Overfit check", caption),
    ))
}

/// Mean over some images of the correlation of pixels with what was made of them; an image of one grey has 0.
fn mean_correlation(originals: &Gallery, made: &Gallery, images: &[usize]) -> f64 {
    let n_pixels = originals.height * originals.width;
    let rows = |of: &Gallery| {
        let pixels = images.iter().flat_map(|image| {
            let own = of.pixels.iter().skip(image * n_pixels);
            own.take(n_pixels)
        });
        Rows {
            n_columns: n_pixels,
            values: pixels.copied().collect(),
        }
    };
    let own = correlations(&rows(originals), &rows(made)).own();
    own.iter().sum::<f64>() / own.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::{mean_correlation, overfit};
    use crate::example::example;
    use lab_score::record::Gallery;

    #[test]
    fn a_flexible_decoder_is_shown_by_what_it_makes_of_new_images() {
        let (record, mut pictures) = example();
        let train = pictures.galleries["overfit_train"].clone();
        let grey = Gallery {
            pixels: vec![0.0; train.pixels.len()],
            ..train.clone()
        };
        let images: Vec<usize> = (0..train.len()).collect();
        assert!((mean_correlation(&train, &train, &images) - 1.0).abs() < 1e-9);
        assert!(mean_correlation(&train, &grey, &images).abs() < 1e-9);
        let mut caption = |made: [&Gallery; 2]| {
            for (name, of) in ["overfit_train_rec", "overfit_test_rec"].iter().zip(made) {
                pictures.galleries.insert((*name).to_owned(), of.clone());
            }
            pictures
                .galleries
                .insert("overfit_test".into(), train.clone());
            overfit(&record, &pictures).unwrap().1.caption
        };
        assert!(
            caption([&train, &grey])
                .contains("1.000 for training images, 0.000 for test images. What")
        );
        assert!(caption([&train, &train]).contains("1.000 for training images, 1.000 for test"));
    }
}
