//! Tiles to their places in a batch, one a number of each vector.
#![expect(unsafe_code, reason = "threads write tiles of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::super::shared::Shared;
use super::super::transpose::transpose;
use super::M;
use super::lanes::Lane;
use super::tiles::{Grid, Place};

/// A batch `[batch, n_planes, S·height, S·width]` that is written plane by plane.
#[derive(Clone, Copy)]
pub(super) struct Canvas<'a, const S: usize> {
    pub(super) grid: Grid,
    pub(super) n_planes: usize,
    pub(super) out: Shared<'a>,
}

/// One tile for each of `S` phases across, whose pixels alternate.
pub(super) type Tiles<const S: usize> = [[[Lane; M]; M]; S];

impl<const S: usize> Canvas<'_, S> {
    /// Numbers of a row of the batch.
    fn row(&self) -> usize {
        S * self.grid.width
    }

    /// Where the tile at `place` begins, on the rows `S·i + parity` of its plane.
    #[inline(always)]
    fn start(&self, place: &Place, plane: usize, parity: usize) -> usize {
        let plane = (place.image * self.n_planes + plane) * S * S * self.grid.plane();
        plane + (S * place.top + parity) * self.row() + S * place.left
    }

    /// Writes the tiles of `places` to `plane`, on its rows `S·i + parity`.
    #[inline(always)]
    pub(super) fn write(&self, tiles: &Tiles<S>, plane: usize, parity: usize, places: &[Place]) {
        let (groups, rest) = places.as_chunks::<M>();
        for (group, places) in groups.iter().enumerate() {
            let whole = |place: &Place| {
                place.top + M <= self.grid.height && place.left + M <= self.grid.width
            };
            if !places.iter().all(whole) {
                self.write_parts(tiles, group, plane, parity, places);
                continue;
            }
            let below = S * self.row();
            let target = |place: &Place| {
                let first = self.start(place, plane, parity);
                self.out.at(first, (M - 1) * below + S * M)
            };
            let targets = [
                target(&places[0]),
                target(&places[1]),
                target(&places[2]),
                target(&places[3]),
            ];
            for row in 0..M {
                let mut fours = [[[0f32; M]; M]; S];
                for (fours, tile) in fours.iter_mut().zip(tiles) {
                    let [a, b, c, d] = &tile[row];
                    let lanes = [a.four(group), b.four(group), c.four(group), d.four(group)];
                    transpose(lanes, fours);
                }
                for (i, target) in targets.iter().enumerate() {
                    let pixels: [[f32; S]; M] =
                        std::array::from_fn(|pixel| std::array::from_fn(|s| fours[s][i][pixel]));
                    // SAFETY: `at` checked the last row too; every tile has pixels of its own.
                    unsafe {
                        let target = target.add(row * below).cast::<[[f32; S]; M]>();
                        target.write_unaligned(pixels);
                    }
                }
            }
        }
        self.write_parts(tiles, groups.len(), plane, parity, rest);
    }

    /// Writes the tiles of one group, some of which may reach beyond their plane.
    #[inline(always)]
    fn write_parts(
        &self,
        tiles: &Tiles<S>,
        group: usize,
        plane: usize,
        parity: usize,
        places: &[Place],
    ) {
        for (i, place) in places.iter().enumerate() {
            let first = self.start(place, plane, parity);
            let n = M.min(self.grid.width - place.left);
            for row in 0..M.min(self.grid.height - place.top) {
                // SAFETY: every tile has pixels of its own.
                let target = unsafe { self.out.slice(first + row * S * self.row(), S * n) };
                for (pixel, target) in target.chunks_exact_mut(S).enumerate() {
                    for (target, tile) in target.iter_mut().zip(tiles) {
                        *target = tile[row][pixel].0[group * M + i];
                    }
                }
            }
        }
    }
}
