//! Comma-separated tables.

use std::path::{Path, PathBuf};

use lab_core::Result;

use super::{file_error, regular};

/// A table with a header.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Fails if the file is missing or its lines differ in length.
    pub fn read(path: &Path) -> Result<Self> {
        regular::check_text(path)?;
        let broken = |error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(source) => lab_core::Error::io("reading", path)(source),
            kind => file_error(
                path,
                "",
                "a comma-separated table",
                format!("{kind:?}"),
                "give every line the same columns",
            ),
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(broken)?;
        let header = reader
            .headers()
            .map_err(broken)?
            .iter()
            .map(str::to_owned)
            .collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            rows.push(record.map_err(broken)?.iter().map(str::to_owned).collect());
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            rows,
        })
    }

    /// How many lines follow the header.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is such a column.
    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// Fails with the list of columns if there is none of that name.
    pub fn column(&self, column: &str) -> Result<Vec<&str>> {
        let Some(at) = self.header.iter().position(|name| name == column) else {
            let got = self.header.join(", ");
            return Err(file_error(
                &self.path,
                column,
                "a column of that name",
                got,
                "name the columns in the first line",
            ));
        };
        Ok(self.rows.iter().map(|row| row[at].as_str()).collect())
    }

    /// The cells of a column as numbers.
    ///
    /// # Errors
    /// Fails with the line of the first cell that is none.
    pub fn numbers<T: std::str::FromStr>(&self, column: &str) -> Result<Vec<T>> {
        let cells = self.column(column)?;
        cells
            .iter()
            .enumerate()
            .map(|(row, cell)| {
                cell.parse().map_err(|_| {
                    let variable = format!("{column}, line {}", row + 2);
                    file_error(
                        &self.path,
                        &variable,
                        "a number",
                        format!("'{cell}'"),
                        "correct this cell",
                    )
                })
            })
            .collect()
    }
}

/// Reads a matrix of numbers without a header: shape and values in row-major order.
///
/// # Errors
/// Fails with the line and column of the first cell that is no number.
pub fn matrix(path: &Path) -> Result<(Vec<usize>, Vec<f32>)> {
    regular::check_text(path)?;
    let broken = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(source) => lab_core::Error::io("reading", path)(source),
        kind => file_error(
            path,
            "",
            "lines of equal length",
            format!("{kind:?}"),
            "give every line the same number of cells",
        ),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(broken)?;
    let (mut values, mut n_rows) = (Vec::new(), 0);
    for (row, record) in reader.records().enumerate() {
        for (column, cell) in record.map_err(broken)?.iter().enumerate() {
            // Numeric packages write missing values in several ways.
            let value = if matches!(cell, "" | "NA" | "nan" | "NaN") {
                Ok(f32::NAN)
            } else {
                cell.parse()
            };
            values.push(value.map_err(|_| {
                let variable = format!("line {}, column {}", row + 1, column + 1);
                file_error(
                    path,
                    &variable,
                    "a number",
                    format!("'{cell}'"),
                    "correct this cell",
                )
            })?);
        }
        n_rows += 1;
    }
    if n_rows == 0 {
        return Err(file_error(
            path,
            "",
            "a matrix of numbers",
            "an empty file",
            "write one line a trial",
        ));
    }
    Ok((vec![n_rows, values.len() / n_rows], values))
}
