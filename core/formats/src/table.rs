//! Tables of text: cells separated by commas, semicolons or tabs.

use std::path::{Path, PathBuf};

use lab_core::{Result, listed};

use super::text_table::{Marks, Text, decimal, whole};
use super::{MAX_NAMED, file_error};

/// A table with a header.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The line of the file on which each row begins, counted from 1.
    lines: Vec<usize>,
    decimal_commas: bool,
}

impl Table {
    /// Reads a table. Rows of empty cells, as spreadsheets leave them behind, are none.
    ///
    /// # Errors
    /// Fails if the file is missing, its lines differ in length, or two columns have one name.
    pub fn read(path: &Path) -> Result<Self> {
        let text = Text::read(path)?;
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .delimiter(text.separator)
            .from_reader(text.text.as_bytes());
        let broken = |error: csv::Error| broken(path, text.n_before, error.into_kind());
        let header = reader.headers().map_err(broken)?;
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        let mut table = Self {
            path: path.to_owned(),
            header,
            rows: Vec::new(),
            lines: Vec::new(),
            decimal_commas: text.decimal_commas(),
        };
        table.refuse_columns_of_one_name()?;
        for record in reader.records() {
            let record = record.map_err(broken)?;
            if record.iter().all(str::is_empty) {
                continue;
            }
            let line = record.position().map_or(0, |at| at.line() as usize);
            table.lines.push(line + text.n_before);
            table.rows.push(record.iter().map(str::to_owned).collect());
        }
        Ok(table)
    }

    /// How many rows follow the header.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The line of the file on which a row begins, counted from 1.
    pub fn line(&self, row: usize) -> usize {
        self.lines.get(row).copied().unwrap_or(0)
    }

    /// Whether there is such a column; capital letters count as small ones.
    pub fn has(&self, column: &str) -> bool {
        self.place(column).is_some()
    }

    /// The cells of a column.
    ///
    /// # Errors
    /// Fails with the list of columns if there is none of that name.
    pub fn column(&self, column: &str) -> Result<Vec<&str>> {
        let Some(at) = self.place(column) else {
            let is_empty = self.header.iter().all(String::is_empty);
            let got = if is_empty {
                "an empty file".into()
            } else {
                listed(&self.header, MAX_NAMED)
            };
            let remedy = "name the columns in the first line, and separate them by commas, semicolons or tabs";
            let expected = "a column of that name";
            return Err(file_error(&self.path, column, expected, got, remedy));
        };
        Ok(self.rows.iter().map(|row| row[at].as_str()).collect())
    }

    /// The cells of a column as numbers.
    ///
    /// # Errors
    /// Fails with the line of the first cell that is none.
    pub fn numbers(&self, column: &str) -> Result<Vec<f32>> {
        let number = |cell: &str| decimal(cell, self.decimal_commas);
        self.parsed(column, "a number", number)
    }

    /// The cells of a column as whole numbers; `3.0` is 3.
    ///
    /// # Errors
    /// Fails with the line of the first cell that is none.
    pub fn whole<T: TryFrom<u64>>(&self, column: &str) -> Result<Vec<T>> {
        let number = |cell: &str| T::try_from(whole(cell, self.decimal_commas)?).ok();
        self.parsed(column, "a whole number from 0 on", number)
    }

    fn parsed<T>(
        &self,
        column: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>> {
        let cells = self.column(column)?;
        let cells = cells.iter().enumerate();
        cells
            .map(|(row, cell)| {
                parse(cell).ok_or_else(|| {
                    let variable = format!("{column}, line {}", self.line(row));
                    let got = format!("'{cell}'");
                    file_error(&self.path, &variable, expected, got, "correct this cell")
                })
            })
            .collect()
    }

    fn place(&self, column: &str) -> Option<usize> {
        let wanted = column.to_lowercase();
        let mut names = self.header.iter();
        names.position(|name| name.to_lowercase() == wanted)
    }

    fn refuse_columns_of_one_name(&self) -> Result<()> {
        for (at, name) in self.header.iter().enumerate() {
            if !name.is_empty() && self.place(name) != Some(at) {
                let expected = "each column once, capital letters or not";
                let remedy = "rename or remove one of the two";
                let got = listed(&self.header, MAX_NAMED);
                return Err(file_error(&self.path, name, expected, got, remedy));
            }
        }
        Ok(())
    }
}

fn broken(path: &Path, n_before: usize, kind: csv::ErrorKind) -> lab_core::Error {
    let (expected, got) = match kind {
        csv::ErrorKind::Io(source) => return lab_core::Error::io("reading", path)(source),
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => (
            format!("{expected_len} cells on every line, as on the first"),
            format!(
                "{len} on line {}",
                pos.map_or(0, |at| at.line() as usize + n_before)
            ),
        ),
        kind => ("a table of text".into(), format!("{kind:?}")),
    };
    let remedy =
        "give every line the same columns; a decimal comma needs semicolons or tabs between cells";
    file_error(path, "", expected, got, remedy)
}

/// Reads a matrix of numbers without a header: shape and values in row-major order.
///
/// # Errors
/// Fails with the line and column of the first cell that is no number, or if numbers could be read in two ways.
pub fn matrix(path: &Path) -> Result<(Vec<usize>, Vec<f32>)> {
    let text = Text::read(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .delimiter(text.separator)
        .from_reader(text.text.as_bytes());
    let (mut values, mut n_rows, mut marks) = (Vec::new(), 0, Marks::default());
    for record in reader.records() {
        let record = record.map_err(|error| broken(path, text.n_before, error.into_kind()))?;
        let line = record.position().map_or(0, |at| at.line() as usize) + text.n_before;
        for (column, cell) in record.iter().enumerate() {
            let place = || format!("line {line}, column {}", column + 1);
            values.push(number(cell, &text).ok_or_else(|| {
                let (expected, remedy) = if n_rows == 0 {
                    let remedy = "leave out headers and row names, and separate cells by commas, semicolons or tabs";
                    ("a number: the matrix has no header", remedy)
                } else {
                    ("a number", "correct this cell")
                };
                file_error(path, &place(), expected, format!("'{cell}'"), remedy)
            })?);
            marks.see(cell, place);
        }
        n_rows += 1;
    }
    if n_rows == 0 {
        let (expected, got) = ("a matrix of numbers", "an empty file");
        return Err(file_error(
            path,
            "",
            expected,
            got,
            "write one line a trial",
        ));
    }
    if let Some(got) = marks.complaint(text.separator) {
        let remedy = "write all decimals with a point";
        return Err(file_error(path, "", "numbers of one form", got, remedy));
    }
    Ok((vec![n_rows, values.len() / n_rows], values))
}

/// A number of a matrix; programs write missing values in several ways.
fn number(cell: &str, text: &Text) -> Option<f32> {
    let missing = ["", "na", "nan", "n/a"];
    if missing.contains(&cell.to_lowercase().as_str()) {
        return Some(f32::NAN);
    }
    decimal(cell, text.decimal_commas())
}
