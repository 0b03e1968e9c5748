//! Tiles side by side, so that one vector instruction works on as many, and transforms of them.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

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

/// A transform along one axis, applied along both, and `finish` of each result.
///
/// The loop over tiles is the outermost one, so that the compiler makes it one pass of vectors.
#[inline(always)]
pub(super) fn both_axes_and<A: Along<N, OUT>, const N: usize, const OUT: usize>(
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
pub(super) fn both_axes<A: Along<N, OUT>, const N: usize, const OUT: usize>(
    tile: &[[Lane; N]; N],
) -> [[Lane; OUT]; OUT] {
    both_axes_and::<A, N, OUT>(tile, |number| number)
}
