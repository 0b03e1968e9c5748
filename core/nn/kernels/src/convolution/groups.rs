//! Groups of images: how a batch is cut, and what a group's matrices look like.

use super::{CACHED, Convolution, Group, SMALL, TASKS, WIDE};
use crate::im2col;
use crate::scratch::Scratch;
use crate::shared::Shared;
use crate::{GRAIN, for_each};

impl Convolution {
    pub(super) fn n_pixels(&self) -> usize {
        self.batch * self.geometry.image()
    }

    pub(super) fn n_maps(&self) -> usize {
        self.batch * self.maps * self.geometry.n_windows()
    }

    pub(super) fn n_kernel(&self) -> usize {
        self.maps * self.geometry.n_taps()
    }

    pub(super) fn check(&self, images: usize, kernel: usize, maps: Option<usize>) {
        let agree = images == self.n_pixels()
            && kernel == self.n_kernel()
            && maps.is_none_or(|maps| maps == self.n_maps());
        assert!(agree, "a convolution's buffers disagree with its shapes");
    }

    /// Images a group: enough for a wide product and for a task worth its start.
    pub(super) fn images_a_group(&self) -> usize {
        let g = &self.geometry;
        let wide = WIDE.div_ceil(g.n_windows().max(1));
        let worth = (SMALL / 4).div_ceil((g.n_windows() * g.n_taps() * self.maps).max(1));
        wide.max(worth.min(self.batch.div_ceil(TASKS)))
    }

    pub(super) fn n_groups(&self) -> usize {
        self.batch.div_ceil(self.images_a_group())
    }

    pub(super) fn group(&self, i: usize) -> Group {
        let first = i * self.images_a_group();
        let n_images = self.images_a_group().min(self.batch - first);
        Group {
            first,
            n_images,
            width: n_images * self.geometry.n_windows(),
        }
    }

    /// Parts that the products of a group should be cut into for the pool's sake.
    pub(super) fn parts(&self, group: Group) -> usize {
        let steps = self.n_kernel() * group.width;
        TASKS
            .div_ceil(self.n_groups())
            .min(steps.div_ceil(SMALL))
            .max(1)
    }

    pub(super) fn channels_a_block(&self, group: Group) -> usize {
        let g = &self.geometry;
        let cached = CACHED / (g.window() * group.width).max(1);
        g.channels.div_ceil(self.parts(group)).min(cached).max(1)
    }

    /// W(x) of a group: `[taps, width]`.
    pub(super) fn windows(&self, images: &[f32], group: Group) -> Scratch {
        let g = &self.geometry;
        let mut windows = Scratch::take(g.n_taps() * group.width);
        let block = g.window() * group.width;
        let channels = GRAIN.div_ceil(block.max(1));
        let out = Shared::new(&mut windows);
        for_each(g.channels.div_ceil(channels), |task| {
            for channel in task * channels..g.channels.min((task + 1) * channels) {
                // SAFETY: the rows of a channel belong to one task.
                let rows = unsafe { out.slice(channel * block, block) };
                for image in 0..group.n_images {
                    let at = (group.first + image) * g.image() + channel * g.plane();
                    im2col::gather(
                        g,
                        &images[at..at + g.plane()],
                        rows,
                        group.width,
                        image * g.n_windows(),
                    );
                }
            }
        });
        windows
    }

    /// The maps of several images as `[maps, width]`; one image is one already.
    pub(super) fn maps_of(&self, maps: &[f32], group: Group) -> Option<Scratch> {
        let n = self.geometry.n_windows();
        (group.n_images > 1).then(|| {
            let mut side_by_side = Scratch::take(self.maps * group.width);
            for image in 0..group.n_images {
                for map in 0..self.maps {
                    let from = ((group.first + image) * self.maps + map) * n;
                    side_by_side[map * group.width + image * n..][..n]
                        .copy_from_slice(&maps[from..from + n]);
                }
            }
            side_by_side
        })
    }

    pub(super) fn view<'a>(
        &self,
        maps: &'a [f32],
        side_by_side: Option<&'a [f32]>,
        group: Group,
    ) -> (&'a [f32], usize) {
        let n = self.geometry.n_windows();
        side_by_side.map_or((&maps[group.first * self.maps * n..], n), |side_by_side| {
            (side_by_side, group.width)
        })
    }
}
