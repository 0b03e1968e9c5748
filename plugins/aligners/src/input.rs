//! Rows of subjects, checked and laid out for linear algebra.

use candle_core::{DType, Device, Tensor};
use faer::{Mat, MatMut, MatRef};
use lab_core::recording::SubjectResponses;
use lab_core::{Error, Result};
use rayon::prelude::*;

use crate::error::AlignerError;

/// Fewest rows that anything is fitted on: with two, every correlation is ±1.
const FEWEST_ROWS: usize = 3;

/// Name and number of columns of a subject or space that was fitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) id: String,
    pub(crate) n_columns: usize,
}

/// The matrices of training rows: at least one subject, rows matched and enough of them, finite values.
pub(crate) fn training(
    train: &[SubjectResponses],
    fewest_subjects: usize,
    aligner: &'static str,
) -> Result<Vec<Mat<f64>>> {
    if train.len() < fewest_subjects {
        return Err(AlignerError::TooFewSubjects {
            aligner,
            expected: fewest_subjects,
            got: train.len(),
        }
        .into());
    }
    matrices(train, FEWEST_ROWS)
}

/// The matrices of rows, training or new, of the subjects of the fit.
pub(crate) fn fitted(spaces: &[Space], responses: &[SubjectResponses]) -> Result<Vec<Mat<f64>>> {
    let found = describe(responses)?;
    if found != spaces {
        let list = |spaces: &[Space]| {
            let items: Vec<String> = spaces
                .iter()
                .map(|space| format!("{}: {} columns", space.id, space.n_columns))
                .collect();
            items.join(", ")
        };
        return Err(AlignerError::OtherSubjects {
            expected: list(spaces),
            got: list(&found),
        }
        .into());
    }
    matrices(responses, 1)
}

/// Names and numbers of columns.
pub(crate) fn describe(responses: &[SubjectResponses]) -> Result<Vec<Space>> {
    let space = |subject: &SubjectResponses| {
        Ok(Space {
            id: subject.id.clone(),
            n_columns: dims(subject)?.1,
        })
    };
    responses.iter().map(space).collect()
}

fn dims(subject: &SubjectResponses) -> Result<(usize, usize)> {
    subject.values.dims2().map_err(|_| {
        Error::shape(
            format!("responses of {}", subject.id),
            "[n_samples, n_voxels]",
            subject.values.dims(),
        )
    })
}

fn matrices(responses: &[SubjectResponses], fewest_rows: usize) -> Result<Vec<Mat<f64>>> {
    for subject in responses {
        let (n_rows, n_columns) = dims(subject)?;
        let (first, id) = (&responses[0], subject.id.clone());
        if n_columns == 0 {
            return Err(AlignerError::NoColumns { subject: id }.into());
        }
        if n_rows != dims(first)?.0 {
            let n_first = dims(first)?.0;
            return Err(AlignerError::UnmatchedRows {
                first: first.id.clone(),
                second: id,
                n_first,
                n_second: n_rows,
            }
            .into());
        }
        if n_rows < fewest_rows {
            return Err(AlignerError::TooFewRows {
                subject: id,
                expected: fewest_rows,
                got: n_rows,
            }
            .into());
        }
    }
    responses.iter().map(matrix).collect()
}

/// Decompositions multiply up to four of them, which must stay finite.
const LARGEST: f64 = 1e70;

/// Columns that are turned at a time: few enough that the rows' ends stay in the cache.
const STRIP: usize = 64;

fn matrix(subject: &SubjectResponses) -> Result<Mat<f64>> {
    let (n_rows, n_columns) = dims(subject)?;
    let values = subject
        .values
        .to_device(&Device::Cpu)?
        .to_dtype(DType::F64)?
        .flatten_all()?
        .to_vec1::<f64>()?;
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        let (row, column) = (at / n_columns, at % n_columns);
        return Err(AlignerError::NotFinite {
            subject: subject.id.clone(),
            row,
            column,
            got: values[at],
        }
        .into());
    }
    if let Some(at) = values.iter().position(|value| value.abs() > LARGEST) {
        let (row, column) = (at / n_columns, at % n_columns);
        return Err(Error::Data {
            what: format!("responses of {}, row {row}, column {column}", subject.id),
            expected: format!("numbers up to {LARGEST:e}, whose products stay finite"),
            got: values[at].to_string(),
            remedy: "scale the responses down".into(),
        });
    }
    let mut out = Mat::zeros(n_rows, n_columns);
    out.as_mut().par_col_chunks_mut(STRIP).enumerate().for_each(
        |(strip, mut columns): (usize, MatMut<'_, f64>)| {
            for row in 0..n_rows {
                let values = &values[row * n_columns + strip * STRIP..][..columns.ncols()];
                for (column, &value) in values.iter().enumerate() {
                    columns[(row, column)] = value;
                }
            }
        },
    );
    Ok(out)
}

/// A matrix as an f64 tensor, row by row.
pub(crate) fn tensor(matrix: MatRef<'_, f64>, device: &Device) -> Result<Tensor> {
    let (n_rows, n_columns) = matrix.shape();
    let mut values = Vec::with_capacity(n_rows * n_columns);
    for row in 0..n_rows {
        values.extend((0..n_columns).map(|column| matrix[(row, column)]));
    }
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::Data {
            what: format!("aligned row {}, column {}", at / n_columns, at % n_columns),
            expected: "finite numbers".into(),
            got: values[at].to_string(),
            remedy: "scale the responses down: their squares are beyond what numbers hold".into(),
        });
    }
    Ok(Tensor::from_vec(values, (n_rows, n_columns), device)?)
}
