//! Convolutions of images that are no larger than their kernel, as products with one matrix.
//!
//! ```text
//! D[(c, p), (m, w)] = K[m, c, t]    where tap t of window w meets pixel p; else 0
//! y = x·D     x' = y·Dᵀ             x [batch, channels·pixels], y [batch, maps·windows]
//! ```
//! Windows of such images see mostly their border: as columns of a matrix they are rows of two or three numbers each, and
//! copying them takes longer than their product. The gradient to the kernel has no other form here: most of xᵀ·y joins nothing.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]

use super::for_each;
use super::gemm::{Operand, product};
use super::geometry::Geometry;
use super::kept::{self, Key, Transformed};
use super::scratch::Scratch;
use super::shared::Shared;

/// Images below which the matrix takes longer to read than windows to copy.
const FEWEST_IMAGES: usize = 16;
/// Numbers of a matrix that stays in a cache.
const CACHED: usize = 1 << 20;

/// A batch of small images and their maps `[batch, maps, windows]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dense {
    geometry: Geometry,
    batch: usize,
    maps: usize,
}

/// A tap, and a pixel and a window that it joins.
#[derive(Clone, Copy)]
struct Joint {
    tap: usize,
    pixel: usize,
    window: usize,
}

impl Dense {
    /// The algorithm for these shapes, where it gains.
    pub(crate) fn pays(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        let found = Self {
            geometry: *geometry,
            batch,
            maps,
        };
        let pays = geometry.plane() <= geometry.window()
            && batch >= FEWEST_IMAGES
            && found.rows() * found.columns() <= CACHED;
        pays.then_some(found)
    }

    /// `y = x·D + bias`.
    pub(crate) fn correlate(
        &self,
        images: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        let matrix = self.matrix(kernel);
        let (rows, columns) = (self.rows(), self.columns());
        let bias = bias.map(|bias| repeated(bias, self.geometry.n_windows()));
        let (x, d) = (Operand::rows(images, rows), Operand::rows(&matrix, columns));
        product(self.batch, columns, rows, x, d, bias.as_deref())
    }

    /// `x' = y·Dᵀ + bias`.
    pub(crate) fn scatter(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let matrix = self.matrix(kernel);
        let (rows, columns) = (self.rows(), self.columns());
        let bias = bias.map(|bias| repeated(bias, self.geometry.plane()));
        let (y, d) = (
            Operand::rows(maps, columns),
            Operand::transposed(&matrix, columns),
        );
        product(self.batch, rows, columns, y, d, bias.as_deref())
    }

    /// Rows of D: one a pixel of an image.
    fn rows(&self) -> usize {
        self.geometry.image()
    }

    /// Columns of D: one a window of each map.
    fn columns(&self) -> usize {
        self.maps * self.geometry.n_windows()
    }

    /// Where a joint stands in D.
    fn at(&self, channel: usize, map: usize, joint: Joint) -> usize {
        let g = &self.geometry;
        let row = channel * g.plane() + joint.pixel;
        row * self.columns() + map * g.n_windows() + joint.window
    }

    fn joints(&self) -> Vec<Joint> {
        let g = &self.geometry;
        let place = |window: usize, tap: usize, size: usize| {
            (window * g.stride + tap)
                .checked_sub(g.padding)
                .filter(|&pixel| pixel < size)
        };
        let mut joints = Vec::new();
        for tap in 0..g.window() {
            let (ky, kx) = (tap / g.kernel, tap % g.kernel);
            for window in 0..g.n_windows() {
                let (down, across) = (window / g.n_across, window % g.n_across);
                if let (Some(y), Some(x)) = (place(down, ky, g.height), place(across, kx, g.width))
                {
                    let pixel = y * g.width + x;
                    joints.push(Joint { tap, pixel, window });
                }
            }
        }
        joints
    }

    /// D.
    fn matrix(&self, kernel: &[f32]) -> Transformed {
        let key = Key::Dense {
            geometry: self.geometry,
            maps: self.maps,
        };
        kept::transformed(key, kernel, || {
            let (g, joints) = (&self.geometry, self.joints());
            let mut matrix = Scratch::take(self.rows() * self.columns());
            let size = g.plane() * self.columns();
            let out = Shared::new(&mut matrix);
            for_each(g.channels, |channel| {
                // SAFETY: every channel has rows of its own.
                let rows = unsafe { out.slice(channel * size, size) };
                rows.fill(0.0);
                for map in 0..self.maps {
                    let kernel = &kernel[(map * g.channels + channel) * g.window()..][..g.window()];
                    for joint in &joints {
                        rows[self.at(0, map, *joint)] = kernel[joint.tap];
                    }
                }
            });
            matrix
        })
    }
}

/// Each number `n` times.
fn repeated(numbers: &[f32], n: usize) -> Vec<f32> {
    let each = |number: &f32| std::iter::repeat_n(*number, n);
    numbers.iter().flat_map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::Dense;
    use crate::convolution::Convolution;
    use crate::geometry::Geometry;

    fn numbers(n: usize, shift: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.7 + shift).sin()).collect()
    }

    fn close(ours: &[f32], theirs: &[f32]) {
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours - theirs).abs() < 2e-5, "{ours} for {theirs}");
        }
    }

    #[test]
    fn equals_the_direct_form() {
        // Side and padding of the kernel, its stride, and rows and columns of the image.
        for (kernel, padding, stride, height, width) in [
            (4, 1, 2, 4, 4),
            (3, 1, 1, 2, 3),
            (5, 2, 1, 5, 4),
            (4, 0, 2, 4, 4),
            (3, 1, 2, 3, 3),
        ] {
            let geometry = Geometry::of(7, [height, width], kernel, stride, padding);
            let (batch, maps) = (17, 9);
            let direct = Convolution {
                geometry,
                batch,
                maps,
            };
            let ours = Dense::pays(&geometry, batch, maps).expect("a small image");
            let images = numbers(batch * geometry.image(), 0.0);
            let of_maps = numbers(batch * maps * geometry.n_windows(), 1.0);
            let weights = numbers(maps * geometry.n_taps(), 2.0);
            let bias = numbers(maps, 3.0);
            close(
                &ours.correlate(&images, &weights, Some(&bias)),
                &direct.correlate(&images, &weights, Some(&bias)),
            );
            close(
                &ours.scatter(&of_maps, &weights, Some(&bias[..7])),
                &direct.scatter(&of_maps, &weights, Some(&bias[..7])),
            );
        }
    }

    #[test]
    fn images_larger_than_their_kernel_are_none_of_it() {
        let geometry = Geometry::of(2, [5, 4], 4, 1, 0);
        assert!(Dense::pays(&geometry, 32, 4).is_none());
    }
}
