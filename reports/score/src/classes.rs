//! Classes of reconstructions by the independent classifier.

use std::collections::BTreeMap;

use crate::Named;
use crate::counts::Right;
use crate::record::{Condition, ConfusionTable};

/// One for each image whose class is named; a name outside the known classes is wrong.
///
/// # Shapes
/// `classes`, `named`: `[n_images]`.
pub fn right_classes(classes: &[u32], named: &[Named]) -> Vec<Right> {
    let pairs = classes.iter().zip(named);
    pairs
        .map(|(class, name)| Right::whole(Some(*class) == *name))
        .collect()
}

/// The share of images whose class is named if names are dealt out to images at random: the mean over all permutations.
///
/// ```text
/// chance = Σ_c n_c·m_c/n²,     n_c: images of class c,     m_c: images that c is named for
/// ```
/// For classes of equal size it is one by their number; where a class is frequent and often named, it is more.
///
/// # Shapes
/// `classes`, `named`: `[n_images]`.
pub fn chance(classes: &[u32], named: &[Named]) -> Option<f64> {
    let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for &class in classes {
        counts.entry(class).or_default().0 += 1;
    }
    for &name in named.iter().flatten() {
        counts.entry(name).or_default().1 += 1;
    }
    let products: u64 = counts.values().map(|(images, names)| images * names).sum();
    let n = classes.len() as u64;
    (n > 0).then(|| products as f64 / (n * n) as f64)
}

/// How often each class was named for each class; a name outside the known classes is counted as another.
pub fn confusion(
    condition: &Condition,
    classifier: &str,
    names: &[String],
    classes: &[u32],
    named: &[Named],
) -> ConfusionTable {
    let mut counts = vec![vec![0; names.len()]; names.len()];
    let mut other = vec![0; names.len()];
    for (&class, &name) in classes.iter().zip(named) {
        let class = class as usize;
        let row = counts.get_mut(class);
        let cell = row.and_then(|row| row.get_mut(name? as usize));
        if let Some(count) = cell.or_else(|| other.get_mut(class)) {
            *count += 1;
        }
    }
    ConfusionTable {
        condition: condition.clone(),
        classifier: classifier.into(),
        classes: names.to_vec(),
        counts,
        other,
    }
}
