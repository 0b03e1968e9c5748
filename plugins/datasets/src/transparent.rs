//! What is said of transparent pictures.

/// A sentence on pictures that were shown over white; none if nothing was transparent.
pub(crate) fn note(n_transparent: usize, n_pictures: usize) -> Option<String> {
    (n_transparent > 0).then(|| {
        format!(
            "{n_transparent} of {n_pictures} pictures are transparent in places and are shown over white."
        )
    })
}
