//! Tiles side by side, so that one vector instruction works on as many, and transforms of them.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use std::marker::PhantomData;

/// Tiles of a vector.
pub(super) const LANES: usize = 16;

/// One number of each tile.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)]
pub(super) struct Lane(pub(super) [f32; LANES]);

impl Lane {
    pub(super) const ZERO: Self = Self([0.0; LANES]);

    /// Four numbers that follow each other, the `group`-th such.
    #[inline(always)]
    pub(super) fn four(&self, group: usize) -> &[f32; 4] {
        &self.0.as_chunks::<4>().0[group]
    }

    /// The same to write.
    #[inline(always)]
    pub(super) fn four_mut(&mut self, group: usize) -> &mut [f32; 4] {
        &mut self.0.as_chunks_mut::<4>().0[group]
    }
}

/// A linear map of `N` numbers to `OUT`, along one axis of a tile.
pub(crate) trait Along<const N: usize, const OUT: usize> {
    /// The map of one tile's numbers; mark it `#[inline(always)]`.
    fn apply(numbers: [f32; N]) -> [f32; OUT];
}

/// A transform along one axis, applied along both, and where its numbers stand meanwhile.
///
/// Each loop over tiles is the innermost one and short, so that the compiler makes it vectors; nothing is cleared between tiles.
pub(super) struct BothAxes<A, const N: usize, const OUT: usize> {
    half: [[Lane; N]; OUT],
    result: [[Lane; OUT]; OUT],
    along: PhantomData<A>,
}

impl<A: Along<N, OUT>, const N: usize, const OUT: usize> BothAxes<A, N, OUT> {
    pub(super) const fn new() -> Self {
        Self {
            half: [[Lane::ZERO; N]; OUT],
            result: [[Lane::ZERO; OUT]; OUT],
            along: PhantomData,
        }
    }

    /// The transforms of tiles.
    #[inline(always)]
    pub(super) fn of(&mut self, tiles: &[[Lane; N]; N]) -> &[[Lane; OUT]; OUT] {
        self.of_and(tiles, |number| number)
    }

    /// The transforms of tiles, and `finish` of each number.
    #[inline(always)]
    pub(super) fn of_and(
        &mut self,
        tiles: &[[Lane; N]; N],
        finish: impl Fn(f32) -> f32,
    ) -> &[[Lane; OUT]; OUT] {
        for column in 0..N {
            for lane in 0..LANES {
                let numbers = A::apply(std::array::from_fn(|row| tiles[row][column].0[lane]));
                for (half, number) in self.half.iter_mut().zip(numbers) {
                    half[column].0[lane] = number;
                }
            }
        }
        for (result, half) in self.result.iter_mut().zip(&self.half) {
            for lane in 0..LANES {
                let numbers = A::apply(std::array::from_fn(|column| half[column].0[lane]));
                for (result, number) in result.iter_mut().zip(numbers) {
                    result.0[lane] = finish(number);
                }
            }
        }
        &self.result
    }
}
