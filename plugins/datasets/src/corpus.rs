//! What corpora that leave their images on disk have in common.

use lab_core::all_done;
use lab_core::prelude::*;
use lab_core::recording::{Split, check_image_idx};
use rayon::prelude::*;

/// Reads images in parallel, each by `fill`, which gets its index and its pixels to write.
///
/// # Errors
/// [`Error::Shape`] for an index out of range; else as `fill`.
pub(crate) fn read_each(
    image_idx: &[usize],
    n_images: usize,
    shape: ImageShape,
    fill: impl Fn(usize, &mut [f32]) -> Result<()> + Sync,
) -> Result<Vec<f32>> {
    check_image_idx(image_idx, n_images)?;
    let mut out = vec![0.0; image_idx.len() * shape.n_pixels()];
    let images = out.par_chunks_mut(shape.n_pixels()).zip(image_idx);
    all_done(images.map(|(image, &idx)| fill(idx, image)).collect())?;
    Ok(out)
}

/// Spreads `n_test` test images evenly over `n` images, so that sorted classes keep their shares.
///
/// # Errors
/// [`Error::Data`] that begins with `what` if nothing would be left for training.
pub(crate) fn spread_test(n: usize, n_test: usize, what: &str) -> Result<Vec<Split>> {
    if n_test >= n {
        return Err(Error::Data {
            what: what.into(),
            expected: format!("more than n_test = {n_test} images"),
            got: n.to_string(),
            remedy: "test fewer images".into(),
        });
    }
    let mut split = vec![Split::Train; n];
    for test in 0..n_test {
        split[(2 * test + 1) * n / (2 * n_test)] = Split::Test;
    }
    Ok(split)
}

/// The order in which people count: `_2` before `_10`.
pub(crate) fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let whole = (a, b);
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(x), Some(y)) = (a.chars().next(), b.chars().next()) else {
            // Numbers that differ in zeros alone count alike, and letters decide.
            return a.len().cmp(&b.len()).then_with(|| whole.0.cmp(whole.1));
        };
        let digits = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit());
            end.unwrap_or(text.len())
        };
        let (n, m) = (digits(a), digits(b));
        let (order, n, m) = if n > 0 && m > 0 {
            let (x, y) = (
                a[..n].trim_start_matches('0'),
                b[..m].trim_start_matches('0'),
            );
            (x.len().cmp(&y.len()).then(x.cmp(y)), n, m)
        } else {
            (x.cmp(&y), x.len_utf8(), y.len_utf8())
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (&a[n..], &b[m..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = ["b_10", "b_2", "b_1", "b", "a_07x", "a_7", "b_1.npz"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["a_7", "a_07x", "b", "b_1", "b_1.npz", "b_2", "b_10"]
        );
    }

    #[test]
    fn test_images_are_spread() {
        let split = spread_test(8, 2, "x").unwrap();
        let test: Vec<usize> = (0..8).filter(|&idx| split[idx] == Split::Test).collect();
        assert_eq!(test, [2, 6]);
        assert!(spread_test(3, 3, "x").is_err());
    }
}
