//! Regions of voxels. A voxel may lie in several: V1 is part of the lower visual cortex, and that of all of visual cortex.

use std::collections::BTreeSet;

/// The voxels of one region, ascending.
pub fn in_region(roi: &[Vec<u16>], region: u16) -> Vec<usize> {
    let voxels = roi.iter().enumerate();
    voxels
        .filter(|(_, of)| of.contains(&region))
        .map(|(voxel, _)| voxel)
        .collect()
}

/// Regions that have a voxel, ascending.
pub fn used_regions(roi: &[Vec<u16>]) -> Vec<u16> {
    let used: BTreeSet<u16> = roi.iter().flatten().copied().collect();
    used.into_iter().collect()
}

/// The first two regions that share a voxel, and how many voxels they share; `None` if no voxel lies in two.
pub fn overlap(roi: &[Vec<u16>]) -> Option<(u16, u16, usize)> {
    let &[one, two, ..] = roi.iter().find(|of| of.len() > 1)?.as_slice() else {
        return None;
    };
    let both = |of: &&Vec<u16>| of.contains(&one) && of.contains(&two);
    Some((one, two, roi.iter().filter(both).count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voxel_counts_in_each_of_its_regions() {
        let roi = [vec![0, 2], vec![1, 2], vec![2], vec![], vec![1, 2]];
        assert_eq!(in_region(&roi, 2), [0, 1, 2, 4]);
        assert_eq!(in_region(&roi, 1), [1, 4]);
        assert_eq!(used_regions(&roi), [0, 1, 2]);
        assert_eq!(overlap(&roi), Some((0, 2, 1)));
        assert_eq!(overlap(&roi[1..]), Some((1, 2, 2)));
        assert_eq!(overlap(&[vec![0], vec![], vec![1]]), None);
    }
}
