//! Which images are each other's foils.

use lab_core::recording::Labels;

/// A partition of some test images into groups; an image's foils are the other images of its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pools {
    /// Images in all, grouped or not.
    pub n_images: usize,
    /// Groups of at least two images, in increasing order inside.
    pub groups: Vec<Vec<usize>>,
}

impl Pools {
    /// Every image is a foil of every other.
    pub fn whole(n_images: usize) -> Self {
        Self {
            n_images,
            groups: vec![(0..n_images).collect()],
        }
    }

    /// Images of one class are foils of each other; an image that is alone in its class, or has none, is left out.
    pub fn classes(classes: &[u32]) -> Self {
        let known = || classes.iter().filter(|&&class| class != Labels::NONE);
        let n_classes = known().max().map_or(0, |&class| class as usize + 1);
        let mut groups = vec![Vec::new(); n_classes];
        for (image_idx, &class) in classes.iter().enumerate() {
            if class != Labels::NONE {
                groups[class as usize].push(image_idx);
            }
        }
        groups.retain(|group| group.len() > 1);
        Self {
            n_images: classes.len(),
            groups,
        }
    }

    /// The images that have foils, in increasing order.
    pub fn images(&self) -> Vec<usize> {
        let mut images: Vec<usize> = self.groups.iter().flatten().copied().collect();
        images.sort_unstable();
        images
    }

    /// Fewest and most foils of an image.
    pub fn n_foils(&self) -> (usize, usize) {
        let sizes = || self.groups.iter().map(|group| group.len() - 1);
        (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0))
    }
}

/// What is added to a pool of which images take no part; nothing if all do.
pub(super) fn left_out(n_images: usize, why: &str) -> String {
    match n_images {
        0 => String::new(),
        1 => format!("; 1 image {why} left out"),
        n => format!("; {n} images {why} left out"),
    }
}
