//! Tiles of several images side by side, so that one vector instruction works on as many.
//!
//! A *strip* is a row of tiles of one image. Strips are taken [`LANES`] at a time; number `l` of a vector belongs to strip
//! `l` of its block.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::form::{M, T};

/// Strips of a block.
pub(super) const LANES: usize = 16;

/// One number of each strip.
pub(super) type Lane = [f32; LANES];

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

    /// Image and first row of a strip, if there is one.
    pub(super) fn strip(self, block: usize, lane: usize) -> Option<(usize, usize)> {
        let strip = block * LANES + lane;
        let image = strip / self.strips_an_image();
        (image < self.batch).then(|| (image, strip % self.strips_an_image() * M))
    }
}

/// Numbers from both sides: `left·tile·leftᵀ`.
#[inline(always)]
pub(super) fn both_sides<const ROWS: usize, const N: usize>(
    left: &[[f32; N]; ROWS],
    tile: &[[Lane; N]; N],
) -> [[Lane; ROWS]; ROWS] {
    let mut half = [[[0f32; LANES]; N]; ROWS];
    for (row, coefficients) in half.iter_mut().zip(left) {
        for (from, &coefficient) in tile.iter().zip(coefficients) {
            if coefficient != 0.0 {
                for (to, from) in row.iter_mut().zip(from) {
                    add(to, from, coefficient);
                }
            }
        }
    }
    let mut whole = [[[0f32; LANES]; ROWS]; ROWS];
    for (row, half) in whole.iter_mut().zip(&half) {
        for (to, coefficients) in row.iter_mut().zip(left) {
            for (from, &coefficient) in half.iter().zip(coefficients) {
                if coefficient != 0.0 {
                    add(to, from, coefficient);
                }
            }
        }
    }
    whole
}

#[inline(always)]
fn add(to: &mut Lane, from: &Lane, coefficient: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += coefficient * from;
    }
}

/// A block of strips of one map: `[T rows][columns]`, each a lane.
pub(super) struct Strips {
    pub(super) lanes: Vec<Lane>,
    pub(super) columns: usize,
}

impl Strips {
    /// Room for strips of `tiles` tiles.
    pub(super) fn new(tiles: usize) -> Self {
        let columns = tiles * M + T - M;
        Self {
            lanes: vec![[0.0; LANES]; T * columns],
            columns,
        }
    }

    pub(super) fn clear(&mut self) {
        self.lanes.fill([0.0; LANES]);
    }

    /// The inputs of one tile.
    #[inline(always)]
    pub(super) fn tile(&self, tile: usize) -> [[Lane; T]; T] {
        std::array::from_fn(|row| {
            std::array::from_fn(|column| self.lanes[row * self.columns + tile * M + column])
        })
    }
}
