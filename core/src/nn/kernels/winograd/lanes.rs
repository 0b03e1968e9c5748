//! Tiles of several images side by side, so that one vector instruction works on as many.
//!
//! A *strip* is a row of tiles of one image. Strips are taken [`LANES`] at a time; number `l` of a vector belongs to strip
//! `l` of its block.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use std::ops::{Add, Mul, Sub};

use super::form::{M, T};

/// Strips of a block.
pub(super) const LANES: usize = 16;

/// One number of each strip.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub(super) struct Lane(pub(super) [f32; LANES]);

impl Lane {
    pub(super) const ZERO: Self = Self([0.0; LANES]);
}

impl Add for Lane {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Lane {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul<f32> for Lane {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f32) -> Self {
        Self(std::array::from_fn(|i| self.0[i] * factor))
    }
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

    /// Image and first row of a strip, if there is one.
    pub(super) fn strip(self, block: usize, lane: usize) -> Option<(usize, usize)> {
        let strip = block * LANES + lane;
        let image = strip / self.strips_an_image();
        (image < self.batch).then(|| (image, strip % self.strips_an_image() * M))
    }
}

/// A transform along one axis, applied along both.
#[inline(always)]
pub(super) fn both_axes<const N: usize, const OUT: usize>(
    tile: &[[Lane; N]; N],
    along: impl Fn([Lane; N]) -> [Lane; OUT],
) -> [[Lane; OUT]; OUT] {
    let mut half = [[Lane::ZERO; N]; OUT];
    for column in 0..N {
        let transformed = along(std::array::from_fn(|row| tile[row][column]));
        for (row, lane) in transformed.into_iter().enumerate() {
            half[row][column] = lane;
        }
    }
    half.map(along)
}

/// A block of strips of one map: `[T + 1 rows][columns]`, each a lane.
pub(super) struct Strips {
    pub(super) lanes: Vec<Lane>,
    pub(super) columns: usize,
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

    pub(super) fn clear(&mut self) {
        self.lanes.fill(Lane::ZERO);
    }

    /// The inputs of one tile, if tiles begin `offset` rows and columns in.
    #[inline(always)]
    pub(super) fn tile(&self, tile: usize, offset: [usize; 2]) -> [[Lane; T]; T] {
        let start = offset[0] * self.columns + offset[1] + tile * M;
        std::array::from_fn(|row| {
            std::array::from_fn(|column| self.lanes[start + row * self.columns + column])
        })
    }
}
