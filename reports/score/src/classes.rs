//! Classes of reconstructions by the independent classifier.

use crate::Named;
use crate::record::{Condition, ConfusionTable};

/// 1 for each image whose class is named, 0 for each other; a name outside the known classes is wrong.
///
/// # Shapes
/// `classes`, `named`: `[n_images]`.
pub fn right_classes(classes: &[u32], named: &[Named]) -> Vec<f64> {
    classes
        .iter()
        .zip(named)
        .map(|(class, name)| if Some(*class) == *name { 1.0 } else { 0.0 })
        .collect()
}

/// How often each class was named for each class.
///
/// A name outside the known classes is counted in no column, so that a row may sum to less than its images.
pub fn confusion(
    condition: &Condition,
    classifier: &str,
    names: &[String],
    classes: &[u32],
    named: &[Named],
) -> ConfusionTable {
    let mut counts = vec![vec![0; names.len()]; names.len()];
    for (&class, &name) in classes.iter().zip(named) {
        if let Some(count) = counts
            .get_mut(class as usize)
            .and_then(|row| row.get_mut(name? as usize))
        {
            *count += 1;
        }
    }
    ConfusionTable {
        condition: condition.clone(),
        classifier: classifier.into(),
        classes: names.to_vec(),
        counts,
    }
}
