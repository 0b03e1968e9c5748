//! Rows as matrices.

use candle_core::{DType, Tensor};
use faer::Mat;
use lab_core::Result;

use crate::error::DecoderError;

/// Rows as a matrix of f64; refuses numbers that are not finite.
pub(crate) fn matrix(rows: &Tensor) -> Result<Mat<f64>> {
    let values = rows.to_dtype(DType::F64)?.to_vec2::<f64>()?;
    if let Some(row) = values
        .iter()
        .position(|row| row.iter().any(|value| !value.is_finite()))
    {
        return Err(DecoderError::Features {
            expected: "finite numbers",
            got: format!("NaN or infinity in row {row}"),
        }
        .into());
    }
    Ok(Mat::from_fn(values.len(), rows.dim(1)?, |row, column| {
        values[row][column]
    }))
}
