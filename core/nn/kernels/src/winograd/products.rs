//! Products of transformed kernels, images and maps: one for each place of a tile.
#![expect(unsafe_code, reason = "threads write rows of one buffer")]

use super::super::for_each;
use super::super::gemm::{Matrix, multiply};
use super::super::scratch::Scratch;
use super::super::shared::Shared;
use super::tiles::Block;
use super::{kernel_pitch, pitch};

/// Products `left [n_out, n_in] · right [n_in, columns]` of one place, as many as there are groups.
#[derive(Clone, Copy)]
pub(super) struct Products {
    pub(super) n_groups: usize,
    pub(super) n_in: usize,
    pub(super) n_out: usize,
}

impl Products {
    /// `[place, group, n_out, columns]` from kernels `[place, group, n_out, n_in]` and inputs `[place, group, n_in, columns]`.
    pub(super) fn of(
        self,
        places: usize,
        kernel: &[f32],
        inputs: &[f32],
        block: &Block,
    ) -> Scratch {
        let Self {
            n_groups,
            n_in,
            n_out,
        } = self;
        let columns = block.columns();
        let (pitch_in, pitch_out) = (
            pitch(n_groups * n_in, columns),
            pitch(n_groups * n_out, columns),
        );
        let mut results = Scratch::take(places * pitch_out);
        let out = Shared::new(&mut results);
        let size = n_out * n_in;
        for at in 0..places * n_groups {
            let (place, group) = (at / n_groups, at % n_groups);
            let kernel = &kernel[place * kernel_pitch(n_groups * size) + group * size..][..size];
            let inputs = &inputs[place * pitch_in + group * n_in * columns..][..n_in * columns];
            let target = out.at(place * pitch_out + group * n_out * columns, n_out * columns);
            // SAFETY: lengths were checked; `results` belongs to this task.
            unsafe {
                multiply(
                    n_out,
                    columns,
                    n_in,
                    Matrix::rows(kernel, n_in),
                    Matrix::rows(inputs, columns),
                    target,
                    columns,
                    false,
                );
            }
        }
        results
    }
}

/// Adds, for each place, `left [n_left, columns] · right [n_right, columns]ᵀ` to `sums [place, n_left, n_right]`.
pub(super) fn add_products(
    (places, n_left, n_right): (usize, usize, usize),
    left: &[f32],
    right: &[f32],
    block: &Block,
    sums: Shared<'_>,
) {
    let columns = block.columns();
    for_each(places, |place| {
        let left = &left[place * pitch(n_left, columns)..][..n_left * columns];
        let right = &right[place * pitch(n_right, columns)..][..n_right * columns];
        let transposed = Matrix::transposed(right, columns);
        let size = n_left * n_right;
        let target = sums.at(place * kernel_pitch(size), size);
        // SAFETY: lengths were checked; each place has its own sums.
        unsafe {
            multiply(
                n_left,
                n_right,
                columns,
                Matrix::rows(left, columns),
                transposed,
                target,
                n_right,
                true,
            );
        }
    });
}
