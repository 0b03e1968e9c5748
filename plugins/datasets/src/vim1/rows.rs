//! Rows of responses of one set of images.

/// How the rows of a set follow each other.
pub(super) struct Rows {
    pub(super) n_voxels: usize,
    /// Image and repeat of each, images counted within the set.
    pub(super) order: Vec<(usize, u32)>,
}
