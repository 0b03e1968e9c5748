//! What the combinations of a sweep are called: the values of what differs between them.

use super::values::Swept;

/// The values of settings that have several, or of all if none has.
pub(super) fn label(swept: &[Swept], values: &[String]) -> String {
    let mut several: Vec<bool> = swept.iter().map(|of| of.values.len() > 1).collect();
    if !several.contains(&true) {
        several.fill(true);
    }
    joined(swept.iter().map(|of| &of.path).zip(values), &several)
}

/// Which settings take several values; all of them if none does.
pub(crate) fn several(combinations: &[&[String]], n_settings: usize) -> Vec<bool> {
    let first = combinations.first();
    let differs = |idx: usize| {
        let mut others = combinations.iter();
        others.any(|values| first.is_some_and(|first| first.get(idx) != values.get(idx)))
    };
    let several: Vec<bool> = (0..n_settings).map(differs).collect();
    if several.contains(&true) {
        several
    } else {
        vec![true; n_settings]
    }
}

/// Settings and values as one reads them: `decoder.l2=0.01 seed=3`.
pub(super) fn joined<'a>(
    pairs: impl Iterator<Item = (&'a String, &'a String)>,
    shown: &[bool],
) -> String {
    let shown = pairs.zip(shown).filter(|(_, shown)| **shown);
    let all: Vec<String> = shown
        .map(|((path, value), _)| format!("{path}={value}"))
        .collect();
    if all.is_empty() {
        "as written".into()
    } else {
        all.join(" ")
    }
}
