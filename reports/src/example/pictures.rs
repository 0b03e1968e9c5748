//! The pictures of the example.

use std::collections::BTreeMap;

use lab_score::record::{Condition, Gallery, Pictures};

use super::{N_IMAGES, SIZE, noisy, shape};

/// Every gallery that a figure draws on.
pub(super) fn pictures(conditions: &[(Condition, Vec<f32>)]) -> Pictures {
    let gallery = |pixels: Vec<f32>| Gallery {
        height: SIZE,
        width: SIZE,
        pixels,
    };
    let mut galleries: BTreeMap<String, Gallery> = conditions
        .iter()
        .map(|(condition, pixels)| (condition.name(), gallery(pixels.clone())))
        .collect();
    let originals: Vec<f32> = (0..N_IMAGES).flat_map(shape).collect();
    let some = |pixels: &[f32]| gallery(pixels[..24 * SIZE * SIZE].to_vec());
    for name in ["corpus", "overfit_train", "overfit_test"] {
        galleries.insert(name.into(), some(&originals));
    }
    galleries.insert("samples".into(), some(&noisy("samples", 0.8)));
    galleries.insert("overfit_train_rec".into(), some(&noisy("fitted", 0.95)));
    galleries.insert("overfit_test_rec".into(), some(&noisy("unfitted", 0.1)));
    let spread = (0..originals.len()).map(|pixel| 0.004 * (pixel % SIZE) as f32);
    galleries.insert("spread".into(), gallery(spread.collect()));
    let of_pixels = (0..SIZE * SIZE).map(|pixel| (pixel / SIZE) as f32 / SIZE as f32);
    galleries.insert("pixel_correlations".into(), gallery(of_pixels.collect()));
    galleries.insert("originals".into(), gallery(originals));
    Pictures { galleries }
}
