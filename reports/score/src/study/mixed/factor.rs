//! Upper triangular factors of small symmetric matrices, row by row, always in the same order of sums.

/// The factor `U` of a positive definite matrix, `UᵀU`.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    n: usize,
    /// `[n, n]`, row-major; what is below the diagonal is not read.
    rows: Vec<f64>,
}

impl Factor {
    /// Factors the matrix of which the upper triangle is given, `[n, n]` row-major; `None` unless it is positive definite.
    ///
    /// Zeros are skipped, so that a matrix whose leading block is diagonal costs what the rest of it costs.
    pub(super) fn of(mut rows: Vec<f64>, n: usize) -> Option<Self> {
        for k in 0..n {
            let (above, below) = rows.split_at_mut((k + 1) * n);
            let row = &mut above[k * n..];
            let pivot = row[k];
            if !(pivot.is_finite() && pivot > 0.0) {
                return None;
            }
            let scale = 1.0 / pivot.sqrt();
            row[k..].iter_mut().for_each(|value| *value *= scale);
            for (offset, lower) in below.chunks_exact_mut(n).enumerate() {
                let i = k + 1 + offset;
                subtract(&mut lower[i..], row[i], &row[i..]);
            }
        }
        Some(Self { n, rows })
    }

    /// The logarithm of the matrix's determinant.
    pub(super) fn log_determinant(&self) -> f64 {
        let logs = (0..self.n).map(|k| self.rows[k * self.n + k].ln());
        2.0 * logs.sum::<f64>()
    }

    /// Solves for one right-hand side, in place.
    pub(super) fn solve(&self, values: &mut [f64]) {
        let n = self.n;
        for k in 0..n {
            let row = &self.rows[k * n..(k + 1) * n];
            values[k] /= row[k];
            let value = values[k];
            subtract(&mut values[k + 1..], value, &row[k + 1..]);
        }
        for k in (0..n).rev() {
            let row = &self.rows[k * n..(k + 1) * n];
            values[k] = (values[k] - dot(&row[k + 1..], &values[k + 1..])) / row[k];
        }
    }

    /// `U⁻¹`, `[n, n]` row-major and upper triangular: the inverse of the matrix is `U⁻¹U⁻ᵀ`.
    pub(super) fn inverse_root(&self) -> Vec<f64> {
        let n = self.n;
        let mut inverse = vec![0.0; n * n];
        for i in (0..n).rev() {
            let (above, below) = inverse.split_at_mut((i + 1) * n);
            let row = &mut above[i * n..];
            for (offset, lower) in below.chunks_exact(n).enumerate() {
                let k = i + 1 + offset;
                subtract(&mut row[k..], self.rows[i * n + k], &lower[k..]);
            }
            let scale = 1.0 / self.rows[i * n + i];
            row[i] = 1.0;
            row[i..].iter_mut().for_each(|value| *value *= scale);
        }
        inverse
    }

    /// The inverse of the matrix, `[n, n]` row-major.
    pub(super) fn inverse(&self) -> Vec<f64> {
        let (n, root) = (self.n, self.inverse_root());
        let row = |i: usize| &root[i * n..(i + 1) * n];
        (0..n * n)
            .map(|place| dot(row(place / n), row(place % n)))
            .collect()
    }
}

/// The sum of products, in eight interleaved parts.
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut parts = [0.0; 8];
    let (left_chunks, right_chunks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest = left_chunks.remainder().iter().zip(right_chunks.remainder());
    let rest: f64 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in left_chunks.zip(right_chunks) {
        for lane in 0..8 {
            parts[lane] += a[lane] * b[lane];
        }
    }
    parts.iter().sum::<f64>() + rest
}

fn subtract(from: &mut [f64], factor: f64, values: &[f64]) {
    if factor.abs() > 0.0 {
        for (value, other) in from.iter_mut().zip(values) {
            *value -= factor * other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Factor, dot};

    #[test]
    fn inverse_and_determinant_are_those_of_the_matrix() {
        // det = 4·(5·6 − 1) − 2·(2·6 − 0.5) + 1·(2·1 − 5·0.5) by the first row of the symmetric matrix below.
        let matrix = vec![4.0, 2.0, 0.5, 2.0, 5.0, 1.0, 0.5, 1.0, 6.0];
        let factor = Factor::of(matrix.clone(), 3).unwrap();
        let determinant: f64 = 4.0 * 29.0 - 2.0 * 11.5 + 0.5 * (2.0 - 2.5);
        assert!((factor.log_determinant() - determinant.ln()).abs() < 1e-12);
        let inverse = factor.inverse();
        for i in 0..3 {
            let mut unit = [0.0; 3];
            unit[i] = 1.0;
            factor.solve(&mut unit);
            for j in 0..3 {
                let product = dot(&matrix[i * 3..i * 3 + 3], &inverse[j * 3..j * 3 + 3]);
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12);
                assert!((unit[j] - inverse[i * 3 + j]).abs() < 1e-12);
            }
        }
        assert!(Factor::of(vec![1.0, 2.0, 2.0, 1.0], 2).is_none());
    }
}
