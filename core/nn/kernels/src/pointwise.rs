//! Convolutions of 1 × 1 kernels with stride 1, and their gradients: products with the images as they lie in memory.
//!
//! ```text
//! y  = K·x             an image as [channels, pixels], K [maps, channels]
//! x' = Kᵀ·y
//! K' = Σ y·xᵀ          over the images of the batch
//! ```
#![expect(unsafe_code, reason = "threads write tiles of one buffer")]

use super::for_each;
use super::gemm::{Matrix, multiply};
use super::geometry::Geometry;
use super::scratch::Scratch;
use super::shared::{Shared, filled};

/// Pixels of an image that a task takes at most.
const COLUMNS: usize = 1 << 10;
/// Multiplications that a task takes at least, where there are as many.
const WORTH: usize = 1 << 19;
/// Partial sums of a kernel's gradient, at most.
const PARTS: usize = 8;

/// A batch `[batch, channels, pixels]` and its maps `[batch, maps, pixels]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointwise {
    batch: usize,
    channels: usize,
    maps: usize,
    pixels: usize,
}

impl Pointwise {
    /// The algorithm for these shapes, where it applies.
    pub(crate) fn new(geometry: &Geometry, batch: usize, maps: usize) -> Option<Self> {
        let g = geometry;
        let fits = (g.kernel, g.stride, g.padding) == (1, 1, 0);
        fits.then_some(Self {
            batch,
            channels: g.channels,
            maps,
            pixels: g.plane(),
        })
    }

    /// Images that a task takes.
    fn images_a_task(&self) -> usize {
        let of_one = (self.channels * self.maps * self.pixels).max(1);
        (WORTH / of_one).clamp(1, self.batch.max(1))
    }

    /// `y = K·x + bias`.
    pub(crate) fn correlate(
        &self,
        images: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        let kernel = (kernel, self.channels, 1);
        self.apply(images, kernel, (self.channels, self.maps), bias)
    }

    /// `x' = Kᵀ·y + bias`.
    pub(crate) fn scatter(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let kernel = (kernel, 1, self.channels);
        self.apply(maps, kernel, (self.maps, self.channels), bias)
    }

    /// A product for each image and stretch of its pixels; number (i, j) of the kernel stands at `i·row + j·column`.
    fn apply(
        &self,
        values: &[f32],
        (kernel, row, column): (&[f32], usize, usize),
        (n_in, n_out): (usize, usize),
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        let n = self.pixels;
        let agree = values.len() == self.batch * n_in * n && kernel.len() == n_in * n_out;
        assert!(agree, "a convolution's buffers disagree with its shapes");
        let (together, across) = (self.images_a_task(), n.div_ceil(COLUMNS));
        let fill = |out: Shared<'_>| {
            for_each(self.batch.div_ceil(together) * across, |task| {
                let first = task / across * together;
                let from = task % across * COLUMNS;
                let columns = COLUMNS.min(n - from);
                for image in first..self.batch.min(first + together) {
                    let x = &values[image * n_in * n..][..n_in * n];
                    let at = image * n_out * n + from;
                    let target = out.at(at, (n_out - 1) * n + columns);
                    if let Some(bias) = bias {
                        for (map, &bias) in bias.iter().enumerate().take(n_out) {
                            // SAFETY: each stretch of a map belongs to one task.
                            unsafe { out.slice(at + map * n, columns) }.fill(bias);
                        }
                    }
                    let kernel = Matrix {
                        start: kernel.as_ptr(),
                        row,
                        column,
                    };
                    // SAFETY: lengths were checked; stretches of different tasks do not overlap.
                    unsafe {
                        multiply(
                            n_out,
                            columns,
                            n_in,
                            kernel,
                            Matrix::rows(&x[from..], n),
                            target,
                            n,
                            bias.is_some(),
                        );
                    }
                }
            });
        };
        // SAFETY: tasks cover all images and pixels, and a product writes all of its maps.
        unsafe { filled(self.batch * n_out * n, fill) }
    }

    /// `K' = Σ y·xᵀ`, summed in parts of the batch, and these in order.
    pub(crate) fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        let (n, size) = (self.pixels, self.maps * self.channels);
        let agree = images.len() == self.batch * self.channels * n
            && maps.len() == self.batch * self.maps * n;
        assert!(agree, "a convolution's buffers disagree with its shapes");
        let together = self.batch.div_ceil(PARTS).max(self.images_a_task());
        let n_parts = self.batch.div_ceil(together);
        let mut parts = Scratch::take(n_parts * size);
        let sums = Shared::new(&mut parts);
        for_each(n_parts, |part| {
            let target = sums.at(part * size, size);
            let first = part * together;
            for image in first..self.batch.min(first + together) {
                let y = &maps[image * self.maps * n..][..self.maps * n];
                let x = &images[image * self.channels * n..][..self.channels * n];
                let transposed = Matrix::transposed(x, n);
                // SAFETY: lengths were checked; each part has its own sums, which its first image overwrites.
                unsafe {
                    multiply(
                        self.maps,
                        self.channels,
                        n,
                        Matrix::rows(y, n),
                        transposed,
                        target,
                        self.channels,
                        image > first,
                    );
                }
            }
        });
        let mut total = vec![0f32; size];
        for part in parts.chunks_exact(size) {
            for (total, part) in total.iter_mut().zip(part) {
                *total += part;
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::Pointwise;
    use crate::convolution::Convolution;
    use crate::geometry::Geometry;

    fn numbers(n: usize, step: usize) -> Vec<f32> {
        (0..n)
            .map(|i| (i * step % 101) as f32 / 50.0 - 1.0)
            .collect()
    }

    fn close(ours: &[f32], theirs: &[f32]) {
        assert_eq!(ours.len(), theirs.len());
        let largest = theirs.iter().fold(0f32, |largest, x| largest.max(x.abs()));
        for (a, b) in ours.iter().zip(theirs) {
            assert!((a - b).abs() <= 1e-5 * largest, "{a} and {b}");
        }
    }

    #[test]
    fn equals_the_products_of_windows() {
        for (batch, channels, maps, height, width) in [
            (1, 1, 1, 1, 1),
            (5, 3, 7, 4, 6),
            (40, 32, 16, 4, 4),
            (2, 24, 40, 40, 33),
        ] {
            let geometry = Geometry::of(channels, [height, width], 1, 1, 0);
            let direct = Convolution {
                geometry,
                batch,
                maps,
            };
            let ours = Pointwise::new(&geometry, batch, maps).expect("a kernel of one pixel");
            let (x, y) = (
                numbers(batch * geometry.image(), 7),
                numbers(batch * maps * geometry.plane(), 11),
            );
            let (kernel, bias) = (
                numbers(maps * channels, 13),
                numbers(maps.max(channels), 17),
            );
            let bias = |n: usize| Some(&bias[..n]);
            close(
                &ours.correlate(&x, &kernel, bias(maps)),
                &direct.correlate(&x, &kernel, bias(maps)),
            );
            close(
                &ours.scatter(&y, &kernel, bias(channels)),
                &direct.scatter(&y, &kernel, bias(channels)),
            );
            close(
                &ours.kernel_gradient(&x, &y),
                &direct.kernel_gradient(&x, &y),
            );
            let one = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            let again = one.expect("a pool").install(|| {
                (
                    ours.correlate(&x, &kernel, None),
                    ours.kernel_gradient(&x, &y),
                )
            });
            assert!(again.0 == ours.correlate(&x, &kernel, None));
            assert!(again.1 == ours.kernel_gradient(&x, &y));
        }
    }
}
