//! A channel between its zeros.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop that calls them"
)]

use super::geometry::Geometry;
use super::rows::each;

/// The part of a padded channel that windows see, as phases `[stride, n_rows, width]`: phase p holds its columns p,
/// p + stride, …
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    stride: usize,
    n_rows: usize,
    width: usize,
    padding: usize,
}

/// Pixels `first`, `first + stride`, … of a channel, and where they stand in its frame.
struct Line {
    first: usize,
    at: usize,
    n: usize,
}

impl Frame {
    /// The frame of these windows.
    #[inline(always)]
    pub(crate) fn of(g: &Geometry) -> Self {
        Self {
            stride: g.stride,
            n_rows: g.n_down.saturating_sub(1) * g.stride + g.kernel,
            width: g.n_across + g.kernel.saturating_sub(1) / g.stride,
            padding: g.padding,
        }
    }

    /// Numbers of a frame.
    #[inline(always)]
    pub(crate) fn size(&self) -> usize {
        self.stride * self.n_rows * self.width
    }

    /// Whether a channel is its own frame.
    #[inline(always)]
    pub(crate) fn is_plane(&self, g: &Geometry) -> bool {
        (self.stride, self.padding) == (1, 0) && (self.n_rows, self.width) == (g.height, g.width)
    }

    /// Numbers from one row of windows to the next.
    #[inline(always)]
    pub(crate) fn pitch(&self) -> usize {
        self.stride * self.width
    }

    /// Where the numbers that the first row of windows has at a tap begin.
    #[inline(always)]
    pub(crate) fn start(&self, ky: usize, kx: usize) -> usize {
        (kx % self.stride * self.n_rows + ky) * self.width + kx / self.stride
    }

    /// Puts a channel between zeros.
    #[inline(always)]
    pub(crate) fn put(&self, g: &Geometry, plane: &[f32], framed: &mut [f32]) {
        framed.fill(0.0);
        self.each_line(g, |Line { first, at, n }| {
            let (pixels, framed) = (&plane[first..], &mut framed[at..at + n]);
            match self.stride {
                1 => each(framed, &pixels[..n], |to, from| *to = from),
                2 => {
                    let (pairs, rest) = pixels.as_chunks::<2>();
                    let (paired, last) = framed.split_at_mut(n.min(pairs.len()));
                    paired
                        .iter_mut()
                        .zip(pairs)
                        .for_each(|(to, pair)| *to = pair[0]);
                    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                }
                _ => {
                    let pixels = pixels.iter().step_by(self.stride);
                    framed
                        .iter_mut()
                        .zip(pixels)
                        .for_each(|(to, from)| *to = *from);
                }
            }
        });
    }

    /// Takes a channel out of its frame; pixels that no window sees become 0.
    #[inline(always)]
    pub(crate) fn take(&self, g: &Geometry, framed: &[f32], plane: &mut [f32]) {
        plane.fill(0.0);
        self.each_line(g, |Line { first, at, n }| {
            let (pixels, framed) = (&mut plane[first..], &framed[at..at + n]);
            match self.stride {
                1 => each(&mut pixels[..n], framed, |to, from| *to = from),
                2 => {
                    let (pairs, rest) = pixels.as_chunks_mut::<2>();
                    let (paired, last) = framed.split_at(n.min(pairs.len()));
                    pairs
                        .iter_mut()
                        .zip(paired)
                        .for_each(|(pair, from)| pair[0] = *from);
                    rest.iter_mut().zip(last).for_each(|(to, from)| *to = *from);
                }
                _ => {
                    let pixels = pixels.iter_mut().step_by(self.stride);
                    pixels.zip(framed).for_each(|(to, from)| *to = *from);
                }
            }
        });
    }

    #[inline(always)]
    fn each_line(&self, g: &Geometry, mut work: impl FnMut(Line)) {
        let (stride, padding) = (self.stride, self.padding);
        for phase in 0..stride {
            // The first pixel whose place in the padded row is of this phase.
            let x = (phase + stride - padding % stride) % stride;
            let column = (x + padding) / stride;
            let n = g.width.saturating_sub(x).div_ceil(stride);
            let n = n.min(self.width.saturating_sub(column));
            if n == 0 {
                continue;
            }
            for y in 0..g.height.min(self.n_rows.saturating_sub(padding)) {
                work(Line {
                    first: y * g.width + x,
                    at: (phase * self.n_rows + y + padding) * self.width + column,
                    n,
                });
            }
        }
    }
}
