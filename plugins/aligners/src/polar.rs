//! The orthogonal factor of a square matrix, without its singular value decomposition.
//!
//! ```text
//! A = R·H,  R·Rᵀ = I,  H ≥ 0;     X₀ = A,   X ← ½·(γ·X + γ⁻¹·X⁻ᵀ),   γ = (‖X⁻¹‖₁‖X⁻¹‖∞ / ‖X‖₁‖X‖∞)^¼ until X stands still
//! ```
//! Newton's iteration converges quadratically from any invertible matrix, and takes products of matrices only, which are
//! several times quicker than rotations.
//!
//! # Source
//! Higham 1986, *Computing the polar decomposition, with applications*, SIAM J. Sci. Stat. Comput. 7:1160–1174.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::{factor, inverse};
use faer::{Mat, MatRef, Par};

/// Steps after which a matrix counts as singular; ten are enough for any that is not.
const MOST_STEPS: usize = 30;
/// Where scaling ends: from here on the iteration converges quadratically by itself.
const CLOSE: f64 = 1e-2;
/// Where the iteration ends: what is left after a step is half the square of its change, here below rounding.
const STILL: f64 = 1e-8;

/// R of a square matrix; `None` if it is singular to working precision.
pub(crate) fn orthogonal_factor(a: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let mut x = a.to_owned();
    let mut scaled = true;
    for _ in 0..MOST_STEPS {
        let y = inverted(x.as_ref())?;
        let factor = if scaled {
            let of_inverse = largest_sum(y.as_ref()) * largest_sum(y.transpose());
            let of_matrix = largest_sum(x.as_ref()) * largest_sum(x.transpose());
            (of_inverse / of_matrix).powf(0.25)
        } else {
            1.0
        };
        if !factor.is_finite() {
            return None;
        }
        let next =
            faer::zip!(&x, y.transpose()).map(|faer::unzip!(x, y)| 0.5 * (factor * x + y / factor));
        let change = (&next - &x).norm_l2() / next.norm_l2();
        x = next;
        if !scaled && change < STILL {
            return Some(x);
        }
        scaled = scaled && change > CLOSE;
    }
    None
}

/// The inverse, on one thread, so that its bytes do not depend on their number; `None` if a number overflows.
fn inverted(a: MatRef<'_, f64>) -> Option<Mat<f64>> {
    let n = a.nrows();
    let mut lu = a.to_owned();
    let (mut forward, mut backward) = (vec![0usize; n], vec![0usize; n]);
    let scratch = factor::lu_in_place_scratch::<usize, f64>(n, n, Par::Seq, faer::Spec::default());
    let mut buffer = MemBuffer::new(scratch);
    let (_, permutation) = factor::lu_in_place(
        lu.as_mut(),
        &mut forward,
        &mut backward,
        Par::Seq,
        MemStack::new(&mut buffer),
        faer::Spec::default(),
    );
    let mut out = Mat::zeros(n, n);
    let mut buffer = MemBuffer::new(inverse::inverse_scratch::<usize, f64>(n, Par::Seq));
    inverse::inverse(
        out.as_mut(),
        lu.as_ref(),
        lu.as_ref(),
        permutation,
        Par::Seq,
        MemStack::new(&mut buffer),
    );
    out.norm_l2().is_finite().then_some(out)
}

/// The largest sum of sizes of a column: the 1-norm.
fn largest_sum(a: MatRef<'_, f64>) -> f64 {
    (0..a.ncols())
        .map(|column| a.col(column).iter().map(|x| x.abs()).sum())
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::orthogonal_factor;
    use faer::Mat;
    use lab_linalg::{product, scale_columns, thin_svd};

    /// Numbers between −1 and 1 that look random and never change.
    fn numbers(n: usize) -> Mat<f64> {
        let mut state = 7u64;
        Mat::from_fn(n, n, |_, _| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
    }

    #[test]
    fn equals_the_singular_vectors() {
        for n in [1, 2, 7, 60] {
            let mut a = numbers(n);
            // Columns of very different sizes: singular values over six orders of magnitude.
            for column in 0..n {
                let size = 10f64.powf(-6.0 * column as f64 / n as f64);
                for value in a.col_as_slice_mut(column) {
                    *value *= size;
                }
            }
            let svd = thin_svd(a.as_ref()).unwrap();
            let expected = product(svd.left.as_ref(), svd.right.transpose());
            let found = orthogonal_factor(a.as_ref()).unwrap();
            let error = (&found - &expected).norm_max();
            assert!(error < 1e-9, "{n}: {error:e}");
            let unit = product(found.as_ref(), found.transpose());
            let error = (&unit - Mat::<f64>::identity(n, n)).norm_max();
            assert!(error < 1e-13, "{n}: not orthogonal by {error:e}");
        }
    }

    /// With singular values over twelve orders of magnitude the factor itself is uncertain in the sixth digit; that it is
    /// orthogonal, and that the trace of its product, which Procrustes looks for, is the sum of the singular values, is not.
    #[test]
    fn finds_the_largest_trace_of_an_ill_conditioned_matrix() {
        let n = 80;
        let svd = thin_svd(numbers(n).as_ref()).unwrap();
        let mut left = svd.left.clone();
        let sizes: Vec<f64> = (0..n)
            .map(|i| 10f64.powf(-12.0 * i as f64 / (n - 1) as f64))
            .collect();
        scale_columns(&mut left, &sizes);
        let a = product(left.as_ref(), svd.right.transpose());
        let found = orthogonal_factor(a.as_ref()).unwrap();
        let unit = product(found.as_ref(), found.transpose());
        assert!((&unit - Mat::<f64>::identity(n, n)).norm_max() < 1e-12);
        let whole = product(found.transpose(), a.as_ref());
        let trace: f64 = (0..n).map(|i| whole[(i, i)]).sum();
        let expected: f64 = sizes.iter().sum();
        assert!(
            (trace / expected - 1.0).abs() < 1e-12,
            "{trace} and {expected}"
        );
    }

    #[test]
    fn a_singular_matrix_has_none() {
        assert!(orthogonal_factor(Mat::<f64>::zeros(4, 4).as_ref()).is_none());
        let mut a = numbers(5);
        let copy = a.col_as_slice(0).to_vec();
        a.col_as_slice_mut(3).copy_from_slice(&copy);
        // What rounding leaves of a lost direction is no direction.
        if let Some(found) = orthogonal_factor(a.as_ref()) {
            let unit = product(found.as_ref(), found.transpose());
            assert!((&unit - Mat::<f64>::identity(5, 5)).norm_max() < 1e-12);
        }
    }
}
