//! Similarities between originals and reconstructions.

/// How alike each original and each reconstruction are; larger is more alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarities {
    /// Number of rows: original images.
    pub n_rows: usize,
    /// Number of columns: reconstructions.
    pub n_columns: usize,
    /// `[n_rows, n_columns]`, row-major.
    pub values: Vec<f64>,
}

impl Similarities {
    /// The similarity of one original and one reconstruction.
    pub fn at(&self, original_idx: usize, reconstruction_idx: usize) -> f64 {
        self.values[original_idx * self.n_columns + reconstruction_idx]
    }

    /// Whether every original is as much like each reconstruction as like any other, as where one image stands for all.
    pub(crate) fn is_of_one_image(&self) -> bool {
        let mut rows = self.values.chunks(self.n_columns.max(1));
        self.n_columns > 1
            && rows.all(|row| {
                row.windows(2)
                    .all(|pair| pair[0].total_cmp(&pair[1]).is_eq())
            })
    }

    /// The similarity of each original and its own reconstruction.
    pub fn own(&self) -> Vec<f64> {
        (0..self.n_rows.min(self.n_columns))
            .map(|idx| self.at(idx, idx))
            .collect()
    }
}
