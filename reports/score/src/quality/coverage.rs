//! Which classes a generator draws, by a classifier that took no part in its training.

use serde::{Deserialize, Serialize};

use super::precision::Share;
use crate::{Error, Result};

/// How often one class is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassShare {
    /// Name of the class.
    pub name: String,
    /// Images of it, as the classifier names them.
    pub n: usize,
    /// Of which it is sure.
    pub n_sure: usize,
    /// Share of all images.
    pub share: Share,
}

/// Which classes are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// By class, in the classifier's order.
    pub classes: Vec<ClassShare>,
    /// Share of images whose class the classifier is sure of.
    pub sure: Share,
    /// What it takes to be sure: the least probability of the class named.
    pub threshold: f64,
    /// `exp(H)` of the shares: as many evenly drawn classes would be as varied.
    pub effective_classes: f64,
}

impl Coverage {
    /// The class that is drawn least.
    pub fn rarest(&self) -> Option<&ClassShare> {
        self.classes.iter().min_by_key(|class| class.n)
    }
}

/// Counts the classes that are named for images.
///
/// ```text
/// share_c = n_c/n,     effective = exp(−Σ_c share_c·ln share_c),     sure: max_c P(c | image) ≥ threshold
/// ```
///
/// # Source
/// Counts and Wilson's intervals; the effective number of classes is Hill's (1973), doi:10.2307/1934352, of order 1.
///
/// # Shapes
/// `probabilities: [n_images, names.len()]`, row-major, each row summing to 1.
///
/// # Errors
/// If there is no image, or a row has another size.
pub fn coverage(
    names: &[String],
    probabilities: &[f64],
    threshold: f64,
    confidence: f64,
) -> Result<Coverage> {
    if names.is_empty() || !probabilities.len().is_multiple_of(names.len()) {
        return Err(Error::Shape {
            what: "class probabilities".into(),
            expected: format!("rows of {} classes", names.len().max(1)),
            got: format!("{} numbers", probabilities.len()),
        });
    }
    let n_images = probabilities.len() / names.len();
    let counts = counts(probabilities, names.len(), threshold);
    let class = |(name, &(n, n_sure)): (&String, &(usize, usize))| {
        Ok(ClassShare {
            name: name.clone(),
            n,
            n_sure,
            share: Share::of(n, n_images, confidence)?,
        })
    };
    let entropy: f64 = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, _)| *n as f64 / n_images as f64)
        .map(|share| -share * share.ln())
        .sum();
    let n_sure = counts.iter().map(|(_, n_sure)| n_sure).sum();
    Ok(Coverage {
        classes: names
            .iter()
            .zip(&counts)
            .map(class)
            .collect::<Result<_>>()?,
        sure: Share::of(n_sure, n_images, confidence)?,
        threshold,
        effective_classes: entropy.exp(),
    })
}

/// For each class, the images of it and those that are surely of it; the first class wins a tie.
fn counts(probabilities: &[f64], n_classes: usize, threshold: f64) -> Vec<(usize, usize)> {
    let mut counts = vec![(0, 0); n_classes];
    for row in probabilities.chunks_exact(n_classes) {
        let (class, probability) = row
            .iter()
            .copied()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .unwrap_or((0, 0.0));
        counts[class].0 += 1;
        counts[class].1 += usize::from(probability >= threshold);
    }
    counts
}
