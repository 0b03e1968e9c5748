//! How the planes of a batch fall into tiles of 4 × 4 pixels, and these into blocks.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::M;
use super::lanes::LANES;

/// Pixels of a row that are read for a tile: more than it needs, as a vector holds as many.
pub(super) const WINDOW: usize = 2 * M;
/// Tiles of a block: the columns that the products of `gemm` are fastest at, for every set of vector instructions.
const COLUMNS: usize = 3 * LANES;

/// How the maps of a batch fall into tiles, counted image by image, row by row; every phase of the images falls likewise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) batch: usize,
    /// Rows and columns of a map, in pixels.
    pub(super) height: usize,
    pub(super) width: usize,
    /// Rows and columns of zeros around a plane.
    pub(super) border: usize,
}

/// Where a tile begins.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) image: usize,
    pub(super) top: usize,
    pub(super) left: usize,
}

/// Rows of one image that the tiles of a block need, and where the first begins in [`super::staged::Staged`].
pub(super) struct Rows {
    pub(super) image: usize,
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) at: usize,
}

/// Some tiles that follow each other.
pub(super) struct Block {
    places: Vec<Place>,
    /// Where the tile of each column begins in [`super::staged::Staged`], a row and a column ahead; beyond the last tile there are zeros.
    pub(super) staged: Vec<usize>,
    pub(super) rows: Vec<Rows>,
    pub(super) n_staged: usize,
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

    /// Numbers of a row in [`super::staged::Staged`]: that of an image between zeros, up to the last window's end.
    pub(super) fn staged_row(self) -> usize {
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

    /// Blocks that cover the batch, of about the same number of tiles, and where each begins.
    pub(super) fn blocks(self) -> (usize, usize) {
        let n_blocks = self.tiles().div_ceil(COLUMNS).max(1);
        let columns = self.tiles().div_ceil(n_blocks).next_multiple_of(LANES);
        (self.tiles().div_ceil(columns.max(1)), columns)
    }

    /// The block of at most `most` tiles that begins at tile `first`.
    pub(super) fn block(self, first: usize, most: usize) -> Block {
        let (row, border) = (self.staged_row(), self.border);
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
            let first = top.saturating_sub(border);
            block.rows.push(Rows {
                image: places[0].image,
                first,
                end: self.height.min(bottom + M + border),
                at: block.n_staged + (first + border - top) * row + border,
            });
            block.n_staged += (bottom + M + 2 * border - top) * row;
        }
        let columns = block.places.len().next_multiple_of(LANES);
        block.staged.resize(columns, block.n_staged);
        // The zeros beyond the last tile, and what windows reach beyond its last row.
        block.n_staged += (M + 2 * border) * row + WINDOW;
        block
    }
}
