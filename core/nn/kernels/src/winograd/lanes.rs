//! Tiles of several images side by side, so that one vector instruction works on as many.
//!
//! A *strip* is a row of tiles of one image. Strips are taken [`LANES`] at a time; number `l` of a vector belongs to strip
//! `l` of its block.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::{M, T};

/// Strips of a block.
pub(crate) const LANES: usize = 16;

/// One number of each strip.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub(crate) struct Lane(pub(crate) [f32; LANES]);

impl Lane {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    /// Four numbers that follow each other, the `group`-th such.
    #[inline(always)]
    pub(crate) fn four(&self, group: usize) -> &[f32; 4] {
        &self.0.as_chunks::<4>().0[group]
    }

    /// The same to write.
    #[inline(always)]
    pub(crate) fn four_mut(&mut self, group: usize) -> &mut [f32; 4] {
        &mut self.0.as_chunks_mut::<4>().0[group]
    }
}

/// A linear map of `N` numbers to `OUT`, along one axis of a tile.
pub(crate) trait Along<const N: usize, const OUT: usize> {
    /// The map of one tile's numbers; mark it `#[inline(always)]`.
    fn apply(numbers: [f32; N]) -> [f32; OUT];
}

/// How the maps `[batch, .., side_down, side_across]` fall into tiles of M × M.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) batch: usize,
    /// Rows and columns of a map.
    pub(super) down: usize,
    pub(super) across: usize,
}

impl Grid {
    pub(super) fn strips_an_image(self) -> usize {
        self.down.div_ceil(M)
    }

    /// Tiles of a strip.
    pub(super) fn tiles(self) -> usize {
        self.across.div_ceil(M)
    }

    pub(super) fn blocks(self) -> usize {
        (self.batch * self.strips_an_image()).div_ceil(LANES)
    }

    /// Columns of the products: numbers of a transformed map, at one place of the tile.
    pub(super) fn columns(self) -> usize {
        self.blocks() * self.tiles() * LANES
    }

    /// The strips of a block: lane, image, and first row.
    pub(super) fn strips(self, block: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let an_image = self.strips_an_image();
        let first = block * LANES;
        let n = LANES.min(self.batch * an_image - first);
        (0..n).map(move |lane| {
            let strip = first + lane;
            (lane, strip / an_image, strip % an_image * M)
        })
    }
}

/// A transform along one axis, applied along both, and `finish` of each result.
///
/// The loop over tiles is the outermost one, so that the compiler makes it one pass of vectors.
#[inline(always)]
pub(crate) fn both_axes_and<A: Along<N, OUT>, const N: usize, const OUT: usize>(
    tile: &[[Lane; N]; N],
    finish: impl Fn(f32) -> f32,
) -> [[Lane; OUT]; OUT] {
    let mut result = [[Lane::ZERO; OUT]; OUT];
    for lane in 0..LANES {
        let mut half = [[0f32; N]; OUT];
        for column in 0..N {
            let numbers = A::apply(std::array::from_fn(|row| tile[row][column].0[lane]));
            for (row, number) in half.iter_mut().zip(numbers) {
                row[column] = number;
            }
        }
        for (result, half) in result.iter_mut().zip(half) {
            for (result, number) in result.iter_mut().zip(A::apply(half)) {
                result.0[lane] = finish(number);
            }
        }
    }
    result
}

/// A transform along one axis, applied along both.
#[inline(always)]
pub(crate) fn both_axes<A: Along<N, OUT>, const N: usize, const OUT: usize>(
    tile: &[[Lane; N]; N],
) -> [[Lane; OUT]; OUT] {
    both_axes_and::<A, N, OUT>(tile, |number| number)
}

/// A block of strips of one map: `[T + 1 rows][columns]`, each a lane.
pub(super) struct Strips {
    lanes: Vec<Lane>,
    columns: usize,
}

impl Strips {
    /// Room for strips of `tiles` tiles.
    pub(super) fn new(tiles: usize) -> Self {
        let columns = tiles * M + T - M + 1;
        Self {
            lanes: vec![Lane::ZERO; (T + 1) * columns],
            columns,
        }
    }

    fn clear(&mut self) {
        self.lanes.fill(Lane::ZERO);
    }

    /// Reads `n_rows` rows of each tile of a block from the maps `plane(image)`, from `before` rows and columns ahead of
    /// the first on; what lies outside a map is 0.
    pub(super) fn load<'p>(
        &mut self,
        grid: Grid,
        block: usize,
        before: usize,
        n_rows: usize,
        plane: impl Fn(usize) -> &'p [f32],
    ) {
        self.clear();
        for (lane, image, first) in grid.strips(block) {
            let plane = plane(image);
            for row in 0..n_rows {
                let y = (first + row).checked_sub(before);
                if let Some(y) = y.filter(|&y| y < grid.down) {
                    let pixels = &plane[y * grid.across..][..grid.across];
                    self.put(lane, row, before, pixels.iter());
                }
            }
        }
    }

    /// Reads one phase, `x_b[k] = x[2k + b − 1]`, of each tile of a block from the images `plane(image)`.
    pub(super) fn load_phase<'p>(
        &mut self,
        grid: Grid,
        block: usize,
        phase: usize,
        plane: impl Fn(usize) -> &'p [f32],
    ) {
        let (height, width) = (2 * grid.down, 2 * grid.across);
        // Phase 0 begins with the pixel before the first, which is 0.
        let before = 1 - phase % 2;
        self.clear();
        for (lane, image, first) in grid.strips(block) {
            let plane = plane(image);
            for row in 0..T {
                let y = (2 * (first + row) + phase / 2).checked_sub(1);
                if let Some(y) = y.filter(|&y| y < height) {
                    let pixels = plane[y * width + before..(y + 1) * width].iter();
                    self.put(lane, row, before, pixels.step_by(2));
                }
            }
        }
    }

    /// Writes pixels into a row of one lane, from column `start` on; those beyond the last column are left out.
    fn put<'p>(
        &mut self,
        lane: usize,
        row: usize,
        start: usize,
        pixels: impl Iterator<Item = &'p f32>,
    ) {
        let row = &mut self.lanes[row * self.columns..][..self.columns];
        for (to, from) in row[start..].iter_mut().zip(pixels) {
            to.0[lane] = *from;
        }
    }

    /// The inputs of one tile, if tiles begin `offset` rows and columns in.
    #[inline(always)]
    pub(super) fn tile<const N: usize>(&self, tile: usize, offset: [usize; 2]) -> [[Lane; N]; N] {
        let start = offset[0] * self.columns + offset[1] + tile * M;
        std::array::from_fn(|row| {
            std::array::from_fn(|column| self.lanes[start + row * self.columns + column])
        })
    }
}
