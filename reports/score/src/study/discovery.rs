//! Many tests at once: the share of false ones among those that are called discoveries.

/// Benjamini and Hochberg's adjusted p-values, in the order of `p`.
///
/// ```text
/// q(i) = min over j ≥ i of min(1, m·p(j)/j),     p(1) ≤ … ≤ p(m)
/// ```
/// Of the tests with q ≤ α, at most the share α is false on average, if the tests are independent or depend on each other
/// positively.
///
/// # Source
/// Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x; dependence: Benjamini & Yekutieli (2001),
/// doi:10.1214/aos/1013699998.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (n_larger, idx) in order.into_iter().enumerate() {
        let place = (p.len() - n_larger) as f64;
        least = least.min(p.len() as f64 * p[idx] / place);
        adjusted[idx] = least;
    }
    adjusted
}
