//! Convolutions as products of matrices, and their gradients.
//!
//! ```text
//! W(x)  [taps, windows]        the windows of an image as columns (im2col)
//! correlate   y  = K·W(x)      K [maps, taps]
//! scatter     x' = W*(Kᵀ·y)    W*: the sum of windows back into the image (col2im); the transpose of correlate
//! gradient    K' = Σ y·W(x)ᵀ   over the images of the batch
//! ```
//! A convolution is `correlate` and its gradient to the image `scatter`; a transposed convolution is `scatter` and its
//! gradient `correlate`.
//! Images are taken in groups large enough for a wide product. Groups, tiles and partial sums depend on shapes alone;
//! idle threads take over parts of another thread's group.
#![expect(unsafe_code, reason = "threads write tiles and planes of one buffer")]

mod groups;

use crate::gemm::{Matrix, multiply};
use crate::geometry::Geometry;
use crate::im2col;
use crate::scratch::Scratch;
use crate::shared::{Shared, filled};
use crate::{GRAIN, for_each};

/// Columns a product should have.
const WIDE: usize = 512;
/// Tasks a batch should be cut into.
const TASKS: usize = 8;
/// Multiplications below which a product is not cut further.
const SMALL: usize = 1 << 21;
/// Numbers that all partial sums of a kernel's gradient may take.
const PARTIAL: usize = 1 << 23;
/// Numbers of a block of windows that stays in a core's cache between product and scatter.
const CACHED: usize = 1 << 18;

/// A batch of images and their maps `[batch, maps, windows]`.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// Windows of an image.
    pub geometry: Geometry,
    /// Images of the batch.
    pub batch: usize,
    /// Maps of an image.
    pub maps: usize,
}

/// Some images of the batch, side by side in one matrix.
#[derive(Clone, Copy)]
struct Group {
    first: usize,
    n_images: usize,
    /// Columns of the matrix.
    width: usize,
}

impl Convolution {
    /// `y = K·W(x) + bias` for `images [batch, channels, height, width]` and `kernel [maps, taps]`.
    pub fn correlate(&self, images: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        self.check(images.len(), kernel.len(), None);
        let fill = |out: Shared<'_>| {
            for_each(self.n_groups(), |i| {
                let group = self.group(i);
                let windows = self.windows(images, group);
                self.correlate_group(group, &windows, kernel, bias, out);
            });
        };
        // SAFETY: the groups cover the batch and each writes all maps of its images.
        unsafe { filled(self.n_maps(), fill) }
    }

    /// `x' = W*(Kᵀ·y) + bias` for `maps [batch, maps, windows]`.
    pub fn scatter(&self, maps: &[f32], kernel: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let g = &self.geometry;
        self.check(self.n_pixels(), kernel.len(), Some(maps.len()));
        let fill = |out: Shared<'_>| {
            for_each(self.n_groups(), |i| {
                let group = self.group(i);
                let side_by_side = self.maps_of(maps, group);
                let (maps, maps_row) = self.view(maps, side_by_side.as_deref(), group);
                let channels = self.channels_a_block(group);
                for_each(g.channels.div_ceil(channels), |block| {
                    let first = block * channels;
                    let channels = channels.min(g.channels - first);
                    let rows = channels * g.window();
                    let mut windows = Scratch::take(rows * group.width);
                    let transposed = Matrix::transposed(&kernel[first * g.window()..], g.n_taps());
                    // SAFETY: lengths were checked; `windows` belongs to this task.
                    unsafe {
                        multiply(
                            rows,
                            group.width,
                            self.maps,
                            transposed,
                            Matrix::rows(maps, maps_row),
                            windows.as_mut_ptr(),
                            group.width,
                            false,
                        );
                    };
                    for image in 0..group.n_images {
                        for channel in 0..channels {
                            let at =
                                (group.first + image) * g.image() + (first + channel) * g.plane();
                            // SAFETY: each plane belongs to one task.
                            let plane = unsafe { out.slice(at, g.plane()) };
                            im2col::scatter(
                                g,
                                &windows[channel * g.window() * group.width..],
                                group.width,
                                image * g.n_windows(),
                                plane,
                            );
                            if let Some(bias) = bias {
                                let bias = bias[first + channel];
                                plane.iter_mut().for_each(|pixel| *pixel += bias);
                            }
                        }
                    }
                });
            });
        };
        // SAFETY: groups and blocks cover all planes and `im2col::scatter` writes all of a plane.
        unsafe { filled(self.n_pixels(), fill) }
    }

    /// `K' = Σ y·W(x)ᵀ`.
    pub fn kernel_gradient(&self, images: &[f32], maps: &[f32]) -> Vec<f32> {
        self.check(images.len(), self.n_kernel(), Some(maps.len()));
        self.in_chunks(|group, partial, fresh| {
            let windows = self.windows(images, group);
            self.gradient_group(group, &windows, maps, partial, fresh);
        })
    }

    /// `y = K·W(x)` and `K' = Σ y'·W(x)ᵀ` from one W(x).
    pub fn correlate_and_gradient(
        &self,
        images: &[f32],
        kernel: &[f32],
        maps: &[f32],
    ) -> (Vec<f32>, Vec<f32>) {
        self.check(images.len(), kernel.len(), Some(maps.len()));
        let mut gradient = Vec::new();
        let fill = |out: Shared<'_>| {
            gradient = self.in_chunks(|group, partial, fresh| {
                let windows = self.windows(images, group);
                self.correlate_group(group, &windows, kernel, None, out);
                self.gradient_group(group, &windows, maps, partial, fresh);
            });
        };
        // SAFETY: the chunks cover the groups, as in `correlate`.
        let correlated = unsafe { filled(self.n_maps(), fill) };
        (correlated, gradient)
    }

    fn correlate_group(
        &self,
        group: Group,
        windows: &[f32],
        kernel: &[f32],
        bias: Option<&[f32]>,
        out: Shared<'_>,
    ) {
        let (n, taps) = (self.geometry.n_windows(), self.geometry.n_taps());
        let parts = self.parts(group);
        let (rows, columns) = if group.n_images == 1 && group.width >= 2 * self.maps {
            (self.maps, group.width.div_ceil(parts).next_multiple_of(64))
        } else {
            (self.maps.div_ceil(parts).next_multiple_of(16), group.width)
        };
        let across = group.width.div_ceil(columns.max(1));
        for_each(self.maps.div_ceil(rows) * across, |part| {
            let (row, column) = (part / across * rows, part % across * columns);
            let (rows, columns) = (rows.min(self.maps - row), columns.min(group.width - column));
            let kernel = Matrix::rows(&kernel[row * taps..], taps);
            let windows = Matrix::rows(&windows[column..], group.width);
            if group.n_images == 1 {
                let at = (group.first * self.maps + row) * n + column;
                let target = out.at(at, (rows - 1) * n + columns);
                // SAFETY: lengths were checked; the tiles of a group do not overlap.
                unsafe { multiply(rows, columns, taps, kernel, windows, target, n, false) };
                if let Some(bias) = bias {
                    for (r, &bias) in bias[row..row + rows].iter().enumerate() {
                        // SAFETY: as above.
                        unsafe { out.slice(at + r * n, columns) }
                            .iter_mut()
                            .for_each(|y| *y += bias);
                    }
                }
                return;
            }
            let mut product = Scratch::take(rows * group.width);
            // SAFETY: lengths were checked; `product` belongs to this task.
            unsafe {
                multiply(
                    rows,
                    group.width,
                    taps,
                    kernel,
                    windows,
                    product.as_mut_ptr(),
                    group.width,
                    false,
                );
            };
            for image in 0..group.n_images {
                for r in 0..rows {
                    // SAFETY: each row of maps belongs to one task.
                    let target =
                        unsafe { out.slice(((group.first + image) * self.maps + row + r) * n, n) };
                    let source = &product[r * group.width + image * n..][..n];
                    let bias = bias.map_or(0.0, |bias| bias[row + r]);
                    target
                        .iter_mut()
                        .zip(source)
                        .for_each(|(y, product)| *y = product + bias);
                }
            }
        });
    }

    fn gradient_group(
        &self,
        group: Group,
        windows: &[f32],
        maps: &[f32],
        partial: Shared<'_>,
        fresh: bool,
    ) {
        let taps = self.geometry.n_taps();
        let side_by_side = self.maps_of(maps, group);
        let (maps, maps_row) = self.view(maps, side_by_side.as_deref(), group);
        let columns = taps.div_ceil(self.parts(group)).next_multiple_of(64);
        for_each(taps.div_ceil(columns), |part| {
            let column = part * columns;
            let columns = columns.min(taps - column);
            let transposed = Matrix::transposed(&windows[column * group.width..], group.width);
            let target = partial.at(column, (self.maps - 1) * taps + columns);
            // SAFETY: lengths were checked; the tiles of a partial sum do not overlap.
            unsafe {
                multiply(
                    self.maps,
                    columns,
                    group.width,
                    Matrix::rows(maps, maps_row),
                    transposed,
                    target,
                    taps,
                    !fresh,
                );
            };
        });
    }

    /// Runs `add` over the groups, in order within a chunk of the batch, and adds the chunks' sums in order.
    fn in_chunks(&self, add: impl Fn(Group, Shared<'_>, bool) + Sync + Send) -> Vec<f32> {
        let size = self.n_kernel();
        let n_groups = self.n_groups();
        let wanted = n_groups
            .min(TASKS)
            .min((PARTIAL / size.max(1)).max(1))
            .max(1);
        let groups_a_chunk = n_groups.div_ceil(wanted).max(1);
        let n_chunks = n_groups.div_ceil(groups_a_chunk);
        if n_chunks == 0 {
            return vec![0.0; size];
        }
        let mut others = Scratch::take((n_chunks - 1) * size);
        let others_shared = Shared::new(&mut others);
        let fill = |out: Shared<'_>| {
            for_each(n_chunks, |chunk| {
                // SAFETY: each chunk has its own sum; it is written before it is read.
                let target = if chunk == 0 {
                    out
                } else {
                    Shared::new(unsafe { others_shared.slice((chunk - 1) * size, size) })
                };
                for i in chunk * groups_a_chunk..n_groups.min((chunk + 1) * groups_a_chunk) {
                    add(self.group(i), target, i == chunk * groups_a_chunk);
                }
            });
        };
        // SAFETY: the first group of a chunk overwrites its whole sum.
        let mut total = unsafe { filled(size, fill) };
        if n_chunks > 1 {
            let total = Shared::new(&mut total);
            for_each(size.div_ceil(GRAIN), |block| {
                let start = block * GRAIN;
                let len = GRAIN.min(size - start);
                // SAFETY: blocks do not overlap.
                let total = unsafe { total.slice(start, len) };
                for other in others.chunks_exact(size) {
                    total
                        .iter_mut()
                        .zip(&other[start..start + len])
                        .for_each(|(total, part)| *total += part);
                }
            });
        }
        total
    }
}
