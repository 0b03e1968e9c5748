//! The matrices of a minimal filtering algorithm F(m, r), from its points.
//!
//! ```text
//! y = Aᵀ·[(G·g) ⊙ (Bᵀ·d)]        y m outputs, g r taps, d t = m + r − 1 inputs: t multiplications instead of m·r
//! ```
//! With points a₀ … a_{t−2} and infinity: A holds powers of the points, G powers divided by Π_{l≠j} (a_j − a_l), and row j
//! of Bᵀ the coefficients of Π_{l≠j} (x − a_l), its last row those of Π_l (x − a_l).
//!
//! # Source
//! Winograd 1980, *Arithmetic complexity of computations*; Lavin & Gray 2016, arXiv:1509.09308.

/// Outputs of a tile along one axis.
pub(super) const M: usize = 4;
/// Taps.
pub(super) const R: usize = 2;
/// Inputs of a tile along one axis.
pub(super) const T: usize = M + R - 1;

/// Small points keep roundings small.
const POINTS: [f64; T - 1] = [0.0, 1.0, -1.0, 2.0];

/// The three matrices, row by row.
pub(super) struct Form {
    /// Bᵀ
    pub(super) input: [[f32; T]; T],
    /// G
    pub(super) kernel: [[f32; R]; T],
    /// Aᵀ
    pub(super) output: [[f32; T]; M],
}

impl Form {
    pub(super) fn new() -> Self {
        let mut form = Self {
            input: [[0.0; T]; T],
            kernel: [[0.0; R]; T],
            output: [[0.0; T]; M],
        };
        for (j, &point) in POINTS.iter().enumerate() {
            let others = || POINTS.iter().enumerate().filter(move |&(l, _)| l != j);
            let scale: f64 = others().map(|(_, other)| point - other).product();
            for (k, tap) in form.kernel[j].iter_mut().enumerate() {
                *tap = (point.powi(k as i32) / scale) as f32;
            }
            for (i, row) in form.output.iter_mut().enumerate() {
                row[j] = point.powi(i as i32) as f32;
            }
            form.input[j] = coefficients(others().map(|(_, &other)| other));
        }
        form.kernel[T - 1][R - 1] = 1.0;
        form.output[M - 1][T - 1] = 1.0;
        form.input[T - 1] = coefficients(POINTS.into_iter());
        form
    }
}

/// Coefficients of Π (x − root), the constant first.
fn coefficients(roots: impl Iterator<Item = f64>) -> [f32; T] {
    let mut product = [0.0; T];
    product[0] = 1.0;
    for root in roots {
        for i in (0..T).rev() {
            let shifted = if i == 0 { 0.0 } else { product[i - 1] };
            product[i] = shifted - root * product[i];
        }
    }
    product.map(|coefficient| coefficient as f32)
}

/// The transpose of a matrix.
pub(super) fn transposed<const ROWS: usize, const COLUMNS: usize>(
    matrix: &[[f32; COLUMNS]; ROWS],
) -> [[f32; ROWS]; COLUMNS] {
    std::array::from_fn(|column| std::array::from_fn(|row| matrix[row][column]))
}
