//! Tiles of 4 × 4 pixels, sixteen side by side, so that one vector instruction works on as many.
#![expect(unsafe_code, reason = "threads write tiles of one buffer")]
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::super::prefetch::prefetch;
use super::super::shared::Shared;
use super::super::transpose::transpose;
use super::super::winograd::lanes::{LANES, Lane};
use super::M;

/// Pixels of a row that are read for a tile: more than it needs, as a vector holds as many.
const WINDOW: usize = 2 * M;
/// Rows and columns of zeros around an image.
const BORDER: usize = 1;

/// How the images of a batch fall into tiles, counted image by image, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) batch: usize,
    /// Rows and columns of an image, in pixels.
    pub(super) height: usize,
    pub(super) width: usize,
}

/// Where a tile begins.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) image: usize,
    top: usize,
    left: usize,
}

/// Rows of one image that the tiles of a block need, and where the first begins in [`Staged`].
struct Rows {
    image: usize,
    first: usize,
    end: usize,
    at: usize,
}

/// Some tiles that follow each other.
pub(super) struct Block {
    places: Vec<Place>,
    /// Where the tile of each column begins in [`Staged`], a row and a column ahead; beyond the last tile there are zeros.
    staged: Vec<usize>,
    rows: Vec<Rows>,
    n_staged: usize,
}

impl Block {
    /// Columns of the block's matrices: one a tile, in whole vectors.
    pub(super) fn columns(&self) -> usize {
        self.staged.len()
    }

    /// The places of its tiles from `column` on: as many as a vector holds, or fewer at its end.
    #[inline(always)]
    pub(super) fn places(&self, column: usize) -> &[Place] {
        &self.places[column..self.places.len().min(column + LANES)]
    }
}

impl Grid {
    pub(super) fn plane(self) -> usize {
        self.height * self.width
    }

    fn tiles_across(self) -> usize {
        self.width.div_ceil(M)
    }

    fn tiles_an_image(self) -> usize {
        self.height.div_ceil(M) * self.tiles_across()
    }

    /// Tiles of the batch.
    pub(super) fn tiles(self) -> usize {
        self.batch * self.tiles_an_image()
    }

    /// Numbers of a row in [`Staged`]: that of an image between zeros, up to the last window's end.
    fn staged_row(self) -> usize {
        self.tiles_across() * M + WINDOW - M
    }

    fn place(self, tile: usize) -> Place {
        let (an_image, across) = (self.tiles_an_image(), self.tiles_across());
        let (image, tile) = (tile / an_image, tile % an_image);
        Place {
            image,
            top: tile / across * M,
            left: tile % across * M,
        }
    }

    /// The block of at most `most` tiles that begins at tile `first`.
    pub(super) fn block(self, first: usize, most: usize) -> Block {
        let row = self.staged_row();
        let end = self.tiles().min(first + most);
        let mut block = Block {
            places: (first..end).map(|tile| self.place(tile)).collect(),
            staged: Vec::new(),
            rows: Vec::new(),
            n_staged: 0,
        };
        for places in block.places.chunk_by(|one, next| one.image == next.image) {
            let (top, bottom) = (places[0].top, places[places.len() - 1].top);
            let of = |place: &Place| block.n_staged + (place.top - top) * row + place.left;
            block.staged.extend(places.iter().map(of));
            let first = top.saturating_sub(BORDER);
            block.rows.push(Rows {
                image: places[0].image,
                first,
                end: self.height.min(bottom + M + BORDER),
                at: block.n_staged + (first + BORDER - top) * row + BORDER,
            });
            block.n_staged += (bottom + M + 2 * BORDER - top) * row;
        }
        let columns = block.places.len().next_multiple_of(LANES);
        block.staged.resize(columns, block.n_staged);
        // The zeros beyond the last tile, and what windows reach beyond its last row.
        block.n_staged += (M + 2 * BORDER) * row + WINDOW;
        block
    }

    /// Writes tiles, one a number of each vector, to their places.
    ///
    /// `start` tells where the plane of an image begins.
    #[inline(always)]
    pub(super) fn write(
        self,
        tile: &[[Lane; M]; M],
        start: impl Fn(&Place) -> usize,
        places: &[Place],
        out: Shared<'_>,
    ) {
        let (groups, rest) = places.as_chunks::<M>();
        for (group, places) in groups.iter().enumerate() {
            let whole =
                |place: &Place| place.top + M <= self.height && place.left + M <= self.width;
            if !places.iter().all(whole) {
                self.write_parts(tile, group, &start, places, out);
                continue;
            }
            let target = |place: &Place| {
                let first = start(place) + place.top * self.width + place.left;
                out.at(first, (M - 1) * self.width + M)
            };
            let targets = [
                target(&places[0]),
                target(&places[1]),
                target(&places[2]),
                target(&places[3]),
            ];
            for (row, [a, b, c, d]) in tile.iter().enumerate() {
                let mut fours = [[0f32; M]; M];
                transpose(
                    [a.four(group), b.four(group), c.four(group), d.four(group)],
                    &mut fours,
                );
                for (target, four) in targets.iter().zip(&fours) {
                    // SAFETY: `at` checked the last row too; every tile has pixels of its own.
                    unsafe {
                        let target = target.add(row * self.width).cast::<[f32; M]>();
                        target.write_unaligned(*four);
                    }
                }
            }
        }
        self.write_parts(tile, groups.len(), &start, rest, out);
    }

    /// Writes the tiles of one group, some of which may reach beyond their image.
    #[inline(always)]
    fn write_parts(
        self,
        tile: &[[Lane; M]; M],
        group: usize,
        start: impl Fn(&Place) -> usize,
        places: &[Place],
        out: Shared<'_>,
    ) {
        for (i, place) in places.iter().enumerate() {
            let first = start(place) + place.top * self.width + place.left;
            let n = M.min(self.width - place.left);
            for (row, lanes) in tile.iter().enumerate().take(self.height - place.top) {
                // SAFETY: every tile has pixels of its own.
                let target = unsafe { out.slice(first + row * self.width, n) };
                for (pixel, lane) in target.iter_mut().zip(lanes) {
                    *pixel = lane.0[group * M + i];
                }
            }
        }
    }
}

/// The rows of one plane that a block needs, between zeros.
pub(super) struct Staged {
    grid: Grid,
    numbers: Vec<f32>,
}

impl Staged {
    /// Room for the rows of a block.
    pub(super) fn new(grid: Grid, block: &Block) -> Self {
        Self {
            grid,
            numbers: vec![0.0; block.n_staged],
        }
    }

    /// Takes the rows of the plane that begins at `start` of an image; zeros around them stay what they are.
    #[inline(always)]
    pub(super) fn take(&mut self, block: &Block, values: &[f32], start: impl Fn(usize) -> usize) {
        let width = self.grid.width;
        for rows in &block.rows {
            let plane = &values[start(rows.image)..][..self.grid.plane()];
            let pixels = plane[rows.first * width..rows.end * width].chunks_exact(width);
            let mut at = rows.at;
            for pixels in pixels {
                copy(pixels, &mut self.numbers[at..at + width]);
                at += self.grid.staged_row();
            }
        }
    }

    /// Asks for the rows of a plane that will be taken next.
    #[inline(always)]
    pub(super) fn expect(&self, block: &Block, values: &[f32], start: impl Fn(usize) -> usize) {
        let width = self.grid.width;
        for rows in &block.rows {
            let first = start(rows.image) + rows.first * width;
            prefetch(&values[first..first + (rows.end - rows.first) * width]);
        }
    }

    #[inline(always)]
    fn window(&self, at: usize) -> &[[f32; M]] {
        self.numbers[at..][..WINDOW].as_chunks::<M>().0
    }

    /// Reads the squares of `N × N` pixels around the tiles of some columns, a tile a number of each vector.
    #[inline(always)]
    pub(super) fn read<const N: usize>(
        &self,
        block: &Block,
        column: usize,
        square: &mut [[Lane; N]; N],
    ) {
        let row = self.grid.staged_row();
        // A square that is no larger than its tile begins behind the border.
        let offset = if N == M { BORDER * row + BORDER } else { 0 };
        let (groups, _) = block.staged[column..column + LANES].as_chunks::<M>();
        for (group, starts) in groups.iter().enumerate() {
            for (i, lanes) in square.iter_mut().enumerate() {
                let ahead = offset + i * row;
                let [a, b, c, d] = [
                    self.window(starts[0] + ahead),
                    self.window(starts[1] + ahead),
                    self.window(starts[2] + ahead),
                    self.window(starts[3] + ahead),
                ];
                let mut columns = [[0f32; M]; WINDOW];
                let [near, far] = columns.as_chunks_mut::<M>().0 else {
                    continue;
                };
                transpose([&a[0], &b[0], &c[0], &d[0]], near);
                transpose([&a[1], &b[1], &c[1], &d[1]], far);
                for (lane, column) in lanes.iter_mut().zip(&columns) {
                    *lane.four_mut(group) = *column;
                }
            }
        }
    }
}

/// Copies a short row: a call of the system's copy takes longer than such a row.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    let (from, from_rest) = from.as_chunks::<WINDOW>();
    let (to, to_rest) = to.as_chunks_mut::<WINDOW>();
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
    for (to, from) in to_rest.iter_mut().zip(from_rest) {
        *to = *from;
    }
}
