//! How far raters agree, and what that leaves to be reached.

use serde::{Deserialize, Serialize};

/// Agreement between raters over images that several of them judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Images with two decisions or more.
    pub n_images: usize,
    /// Their decisions.
    pub n_decisions: usize,
    /// Share of pairs of raters of one image who answer alike.
    pub pairs: f64,
    /// Krippendorff's α: 1 for full agreement, 0 for what chance makes of so many right answers; `None` if all answers are
    /// alike, as no disagreement is then expected.
    pub alpha: Option<f64>,
    /// How often a rater answers like the majority of the image's other raters, a tie counting one half.
    pub with_majority: f64,
}

/// Agreement of right and wrong answers.
///
/// ```text
/// α = 1 − D_o/D_e
/// D_o = Σ_u 2 r_u (n_u − r_u)/(n_u − 1) / N,     D_e = 2 R (N − R)/(N (N − 1))
/// ```
/// with `r_u` right of `n_u` answers about image `u`, `R` of all `N`. Images with a single answer are left out.
///
/// `None` if no image has two answers.
///
/// # Source
/// Krippendorff (2011), Computing Krippendorff's alpha-reliability; nominal data, two values.
///
/// # Shapes
/// `by_image`: right answers and answers of each image.
pub fn agreement(by_image: &[(u64, u64)]) -> Option<Agreement> {
    let judged: Vec<(f64, f64)> = by_image
        .iter()
        .filter(|(_, n)| *n > 1)
        .map(|&(right, n)| (right as f64, n as f64))
        .collect();
    if judged.is_empty() {
        return None;
    }
    let sum = |of: &dyn Fn(f64, f64) -> f64| judged.iter().map(|&(r, n)| of(r, n)).sum::<f64>();
    let (n_all, right) = (sum(&|_, n| n), sum(&|r, _| r));
    let observed = sum(&|r, n| 2.0 * r * (n - r) / (n - 1.0)) / n_all;
    let expected = 2.0 * right * (n_all - right) / (n_all * (n_all - 1.0));
    let n_pairs = sum(&|_, n| n * (n - 1.0) / 2.0);
    Some(Agreement {
        n_images: judged.len(),
        n_decisions: n_all as usize,
        pairs: 1.0 - sum(&|r, n| r * (n - r)) / n_pairs,
        alpha: (expected > 0.0).then(|| 1.0 - observed / expected),
        with_majority: sum(&with_others) / n_all,
    })
}

/// Expected number of raters of an image who answer like the majority of the others.
fn with_others(right: f64, n: f64) -> f64 {
    let sides = |own: f64, other: f64| {
        // One of `own` against the rest of them.
        own * match (own - 1.0).total_cmp(&other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        }
    };
    sides(right, n - right) + sides(n - right, right)
}
