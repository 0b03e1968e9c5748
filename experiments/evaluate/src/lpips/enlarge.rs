//! Small pictures made larger.

/// One picture at another size, bilinear.
///
/// ```text
/// pixel i of n lies at max(0, (i + 1/2)·m/n − 1/2) of the m old ones, between two of them
/// ```
/// As PyTorch's `interpolate` with `mode="bilinear"` and `align_corners=False`.
pub(super) fn enlarged(
    picture: &[f32],
    (height, width): (usize, usize),
    (new_height, new_width): (usize, usize),
) -> Vec<f32> {
    let (rows, columns) = (places(height, new_height), places(width, new_width));
    let between = |from: f64, to: f64, share: f64| from + share * (to - from);
    let mut pixels = Vec::with_capacity(new_height * new_width);
    for &(top, bottom, down) in &rows {
        for &(left, right, across) in &columns {
            let at = |row: usize, column: usize| f64::from(picture[row * width + column]);
            let upper = between(at(top, left), at(top, right), across);
            let lower = between(at(bottom, left), at(bottom, right), across);
            pixels.push(between(upper, lower, down) as f32);
        }
    }
    pixels
}

/// For each new place, the two old ones that it lies between, and its share of the way from the first to the second.
fn places(n_old: usize, n_new: usize) -> Vec<(usize, usize, f64)> {
    let place = |at: usize| {
        let from = ((at as f64 + 0.5) * n_old as f64 / n_new as f64 - 0.5).max(0.0);
        let first = (from as usize).min(n_old.saturating_sub(1));
        let second = (first + 1).min(n_old.saturating_sub(1));
        (first, second, from - first as f64)
    };
    (0..n_new).map(place).collect()
}
