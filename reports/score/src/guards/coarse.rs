//! Pictures as means of squares, in which copies are looked for: noise of single pixels counts less.

use crate::Rows;

/// Pixels along a side that are left at least: up to two times as many are.
const COARSE: usize = 16;

/// Width of coarse pictures.
pub(super) fn coarse_side(width: usize) -> usize {
    width / factor(width)
}

/// Pixels along a side that are averaged into one.
fn factor(width: usize) -> usize {
    (width / COARSE).max(1)
}

/// Pictures as means of squares of pixels, in which noise counts less; what is left over at the right and below is left out.
pub(super) fn coarse(rows: &Rows, width: usize) -> Rows {
    let factor = factor(width);
    let height = rows.n_columns / width.max(1);
    let (columns, lines) = (width / factor, height / factor);
    let square = |image: &[f32], place: usize| -> f32 {
        let (left, top) = (place % columns * factor, place / columns * factor);
        let lines = (top..top + factor).map(|y| &image[y * width + left..][..factor]);
        lines.flatten().sum::<f32>() / (factor * factor) as f32
    };
    let images = rows.values.chunks(rows.n_columns.max(1));
    Rows {
        n_columns: columns * lines,
        values: images
            .flat_map(|image| (0..columns * lines).map(move |place| square(image, place)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{coarse, coarse_side};
    use crate::Rows;

    #[test]
    fn squares_become_their_means_and_small_pictures_stay() {
        // 33 columns and 32 lines: squares of 2, and a column that is left over.
        let value = |place: usize| (place % 33 / 2 + 100 * (place / 33 / 2)) as f32;
        let rows = Rows {
            n_columns: 33 * 32,
            values: (0..33 * 32).map(value).collect(),
        };
        let found = coarse(&rows, 33);
        assert_eq!((coarse_side(33), found.n_columns), (16, 256));
        let expected: Vec<f32> = (0..256)
            .map(|at| (at % 16 + 100 * (at / 16)) as f32)
            .collect();
        assert_eq!(found.values, expected);
        let small = Rows {
            n_columns: 31 * 31,
            values: vec![0.5; 31 * 31],
        };
        assert_eq!(coarse(&small, 31), small);
    }
}
