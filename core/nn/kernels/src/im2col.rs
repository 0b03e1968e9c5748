//! Windows of an image as columns of a matrix, and back.
//!
//! A channel is first laid between its zeros ([`Frame`]): the numbers that a row of windows has at one tap then follow
//! each other in it, as they do in the matrix.
#![expect(
    clippy::inline_always,
    reason = "they must be compiled inside the vectorised loop"
)]

use super::frame::Frame;
use super::geometry::Geometry;
use super::rows::{Rows, each_row};
use super::scratch::Scratch;
use super::vectorised::{Body, vectorised};

/// Writes the windows of one channel into rows `taps[ky·k + kx]` of the matrix: row r begins at `r·row`, this image's
/// columns at `column`.
pub(crate) fn gather(g: &Geometry, plane: &[f32], matrix: &mut [f32], row: usize, column: usize) {
    let place = Place { row, column };
    vectorised(Gather {
        g,
        plane,
        matrix,
        place,
    });
}

/// Adds up what [`gather`] would have copied: each pixel becomes the sum of its places in the matrix.
pub(crate) fn scatter(g: &Geometry, matrix: &[f32], row: usize, column: usize, plane: &mut [f32]) {
    let place = Place { row, column };
    vectorised(Scatter {
        g,
        matrix,
        place,
        plane,
    });
}

/// Where an image's windows stand in the matrix of a channel.
#[derive(Clone, Copy)]
struct Place {
    /// Numbers from one row to the next.
    row: usize,
    column: usize,
}

impl Place {
    /// The places of the windows of tap `(ky, kx)`.
    #[inline(always)]
    fn of(self, g: &Geometry, ky: usize, kx: usize) -> std::ops::Range<usize> {
        let first = (ky * g.kernel + kx) * self.row + self.column;
        first..first + g.n_windows()
    }
}

struct Gather<'a> {
    g: &'a Geometry,
    plane: &'a [f32],
    matrix: &'a mut [f32],
    place: Place,
}

impl Body for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (g, frame) = (self.g, Frame::of(self.g));
        let mut scratch;
        let framed = if frame.is_plane(g) {
            self.plane
        } else {
            scratch = Scratch::take(frame.size());
            frame.put(g, self.plane, &mut scratch);
            &*scratch
        };
        for ky in 0..g.kernel {
            for kx in 0..g.kernel {
                let to = Rows {
                    numbers: &mut self.matrix[self.place.of(g, ky, kx)],
                    pitch: g.n_across,
                };
                let from = Rows {
                    numbers: &framed[frame.start(ky, kx)..],
                    pitch: frame.pitch(),
                };
                each_row(g.n_across, to, from, |to, from| *to = from);
            }
        }
    }
}

struct Scatter<'a> {
    g: &'a Geometry,
    matrix: &'a [f32],
    place: Place,
    plane: &'a mut [f32],
}

impl Body for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let frame = Frame::of(self.g);
        if frame.is_plane(self.g) {
            return add(self.g, self.matrix, self.place, self.plane);
        }
        let mut framed = Scratch::take(frame.size());
        add(self.g, self.matrix, self.place, &mut framed);
        frame.take(self.g, &framed, self.plane);
    }
}

/// The sums of an image's windows in its frame.
#[inline(always)]
fn add(g: &Geometry, matrix: &[f32], place: Place, framed: &mut [f32]) {
    let frame = Frame::of(g);
    framed.fill(0.0);
    for ky in 0..g.kernel {
        for kx in 0..g.kernel {
            let to = Rows {
                numbers: &mut framed[frame.start(ky, kx)..],
                pitch: frame.pitch(),
            };
            let from = Rows {
                numbers: &matrix[place.of(g, ky, kx)],
                pitch: g.n_across,
            };
            each_row(g.n_across, to, from, |to, from| *to += from);
        }
    }
}
