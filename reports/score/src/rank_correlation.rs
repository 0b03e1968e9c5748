//! Correlation of ranks.

/// Spearman's correlation: Pearson's of the ranks, ties at their mean rank; `None` with fewer than two pairs, or if one side
/// is all alike.
///
/// # Source
/// Spearman (1904), doi:10.2307/1412159.
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let one = ranks(pairs.iter().map(|pair| pair.0).collect());
    let two = ranks(pairs.iter().map(|pair| pair.1).collect());
    let middle = f64::midpoint(pairs.len() as f64, 1.0);
    let sum = |a: &[f64], b: &[f64]| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle));
        products.sum()
    };
    let scale = sum(&one, &one) * sum(&two, &two);
    (scale > 0.0).then(|| (sum(&one, &two) / scale.sqrt()).clamp(-1.0, 1.0))
}

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: Vec<f64>) -> Vec<f64> {
    // Zero is zero, whatever its sign.
    let values: Vec<f64> = values.into_iter().map(|value| value + 0.0).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let is_equal = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]).is_eq();
    let mut first = 0;
    for alike in order.chunk_by(is_equal) {
        let mean = first as f64 + f64::midpoint(alike.len() as f64, 1.0);
        alike.iter().for_each(|&idx| ranks[idx] = mean);
        first += alike.len();
    }
    ranks
}
