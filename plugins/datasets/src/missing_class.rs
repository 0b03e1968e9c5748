//! Words that stand for a class that is not known.

/// Words that programs write for a missing value, in small letters.
const WORDS: [&str; 8] = ["", "n/a", "na", "nan", "null", "none", "#n/a", "<na>"];

/// Whether a cell names no class.
pub(crate) fn is_missing(class: &str) -> bool {
    WORDS.contains(&class.trim().to_lowercase().as_str())
}

/// A sentence on images without a class; none if every image has one.
pub(crate) fn note(n_unlabelled: usize, n_images: usize, words: &[String]) -> Option<String> {
    (n_unlabelled > 0).then(|| {
        let written = if words.is_empty() {
            String::new()
        } else {
            format!(" (written {})", words.join(", "))
        };
        format!(
            "{n_unlabelled} of {n_images} images have no class{written}: nothing is trained or scored by a class of them."
        )
    })
}
