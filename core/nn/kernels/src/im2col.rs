//! Windows of an image as columns of a matrix, and back.
//!
//! With stride s the columns of the image are first separated by their remainder modulo s ("phases"): every copy between
//! image and matrix is then contiguous.

use super::geometry::Geometry;
use super::scratch::Scratch;

/// Writes the windows of one channel into rows `taps[ky·k + kx]` of the matrix: row r begins at `r·row`, this image's
/// columns at `column`.
pub(crate) fn gather(g: &Geometry, plane: &[f32], matrix: &mut [f32], row: usize, column: usize) {
    if g.stride == 1 {
        gather_phases(g, plane, matrix, row, column);
    } else {
        let mut phases = Scratch::take(g.phases());
        separate(g, plane, &mut phases);
        gather_phases(g, &phases, matrix, row, column);
    }
}

/// Adds up what [`gather`] would have copied: each pixel becomes the sum of its places in the matrix.
pub(crate) fn scatter(g: &Geometry, matrix: &[f32], row: usize, column: usize, plane: &mut [f32]) {
    if g.stride == 1 {
        plane.fill(0.0);
        scatter_phases(g, matrix, row, column, plane);
    } else {
        let mut phases = Scratch::take(g.phases());
        phases.fill(0.0);
        scatter_phases(g, matrix, row, column, &mut phases);
        interleave(g, &phases, plane);
    }
}

fn gather_phases(g: &Geometry, phases: &[f32], matrix: &mut [f32], row: usize, column: usize) {
    let width = g.phase_width();
    let spans = g.spans();
    for ky in 0..g.kernel {
        for (kx, span) in spans.iter().enumerate() {
            let from = (ky * g.kernel + kx) * row + column;
            let target = &mut matrix[from..from + g.n_windows()];
            for (oy, windows) in target.chunks_exact_mut(g.n_across).enumerate() {
                let Some(y) = g.row(oy, ky) else {
                    windows.fill(0.0);
                    continue;
                };
                windows[..span.first].fill(0.0);
                windows[span.end..].fill(0.0);
                let inside = &mut windows[span.first..span.end];
                let start = (span.phase * g.height + y) * width;
                for (window, pixel) in inside
                    .iter_mut()
                    .zip(&phases[start..start + width][span.source()])
                {
                    *window = *pixel;
                }
            }
        }
    }
}

fn scatter_phases(g: &Geometry, matrix: &[f32], row: usize, column: usize, phases: &mut [f32]) {
    let width = g.phase_width();
    let spans = g.spans();
    for ky in 0..g.kernel {
        for (kx, span) in spans.iter().enumerate() {
            let from = (ky * g.kernel + kx) * row + column;
            let source = &matrix[from..from + g.n_windows()];
            for (oy, windows) in source.chunks_exact(g.n_across).enumerate() {
                let Some(y) = g.row(oy, ky) else { continue };
                let inside = &windows[span.first..span.end];
                let start = (span.phase * g.height + y) * width;
                for (pixel, window) in phases[start..start + width][span.source()]
                    .iter_mut()
                    .zip(inside)
                {
                    *pixel += *window;
                }
            }
        }
    }
}

fn separate(g: &Geometry, plane: &[f32], phases: &mut [f32]) {
    let width = g.phase_width();
    if g.stride == 2 && g.width.is_multiple_of(2) {
        let (even, odd) = phases.split_at_mut(g.height * width);
        for ((pair, even), odd) in plane.chunks_exact(2).zip(even).zip(odd) {
            *even = pair[0];
            *odd = pair[1];
        }
        return;
    }
    for (y, pixels) in plane.chunks_exact(g.width).enumerate() {
        for phase in 0..g.stride.min(g.width) {
            let target = &mut phases[(phase * g.height + y) * width..][..width];
            for (to, from) in target
                .iter_mut()
                .zip(pixels[phase..].iter().step_by(g.stride))
            {
                *to = *from;
            }
        }
    }
}

fn interleave(g: &Geometry, phases: &[f32], plane: &mut [f32]) {
    let width = g.phase_width();
    if g.stride == 2 && g.width.is_multiple_of(2) {
        let (even, odd) = phases.split_at(g.height * width);
        for ((pair, even), odd) in plane.chunks_exact_mut(2).zip(even).zip(odd) {
            pair[0] = *even;
            pair[1] = *odd;
        }
        return;
    }
    for (y, pixels) in plane.chunks_exact_mut(g.width).enumerate() {
        for phase in 0..g.stride.min(g.width) {
            let source = &phases[(phase * g.height + y) * width..][..width];
            for (to, from) in pixels[phase..].iter_mut().step_by(g.stride).zip(source) {
                *to = *from;
            }
        }
    }
}
