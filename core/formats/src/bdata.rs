//! `BData`: tables in which every quantity is a column, and metadata say what each column is.
//!
//! | written by | table | metadata |
//! |---|---|---|
//! | bdpy, HDF5 | `dataset [n_samples, n_columns]` | `metadata/key`, `metadata/value [n_keys, n_columns]` |
//! | MATLAB 5 | `dataSet`, samples as rows | structure `metaData` with `key`, `value` |
//! | MATLAB 7.3 | the same, axes backwards in the file | `metaData/key`: references to letters |
//!
//! A key marks its columns with 1, or gives each a number; NaN says that it does not apply to a column.
//! Source: bdpy, `bdpy/bdata`.

use std::path::{Path, PathBuf};

use lab_core::Result;

use super::array::Array;
use super::container::Container;
use super::file_error;
use super::mat5_element::Value;

/// Names of the table and of the metadata, new and old.
const NAMES: [(&str, &str); 2] = [("dataset", "metadata"), ("dataSet", "metaData")];
/// Rows or columns of an HDF5 table that are read at a time, in numbers.
const SLICE: usize = 1 << 20;

/// A table, opened.
pub struct BData {
    path: PathBuf,
    file: Container,
    /// What the table is called.
    table: &'static str,
    /// Number of rows of the table.
    pub n_samples: usize,
    /// Columns, metadata among them.
    pub n_columns: usize,
    keys: Vec<String>,
    /// `[n_keys, n_columns]`.
    metadata: Vec<f64>,
}

impl BData {
    /// Opens a table and reads its metadata.
    ///
    /// # Errors
    /// Fails if the file is none of the forms, or its parts disagree.
    pub fn open(path: &Path) -> Result<Self> {
        let file = Container::open(path)?;
        let variables = file.variables()?;
        let named = |name: &str| variables.iter().find(|variable| variable.name == name);
        let found = NAMES
            .iter()
            .find_map(|&(table, metadata)| Some((table, metadata, named(table)?)));
        let Some((table, metadata, variable)) = found else {
            let got: Vec<&str> = variables.iter().map(|v| v.name.as_str()).collect();
            let expected = "a table called dataset or dataSet";
            let remedy = "name a file that bdpy or BrainDecoderToolbox2 wrote";
            return Err(file_error(path, "", expected, got.join(", "), remedy));
        };
        let &[n_samples, n_columns] = variable.shape.as_slice() else {
            let got = format!("{:?}", variable.shape);
            let remedy = "copy the file again from its source";
            return Err(file_error(
                path,
                table,
                "[n_samples, n_columns]",
                got,
                remedy,
            ));
        };
        let (keys, values) = metadata_of(&file, path, metadata)?;
        if values.shape != [keys.len(), n_columns] {
            let variable = format!("{metadata}/value");
            let expected = format!("[{}, {n_columns}]: keys by columns", keys.len());
            let got = format!("{:?}", values.shape);
            let remedy = "copy the file again from its source";
            return Err(file_error(path, &variable, expected, got, remedy));
        }
        Ok(Self {
            path: path.to_owned(),
            table,
            n_samples,
            n_columns,
            keys: keys.iter().map(|key| key.trim().to_owned()).collect(),
            metadata: values.row_major().1,
            file,
        })
    }

    /// Names of the keys.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// What a key says of each column; NaN where it does not apply.
    pub fn values(&self, key: &str) -> Option<&[f64]> {
        let at = self.keys.iter().position(|known| known == key)?;
        self.metadata
            .get(at * self.n_columns..(at + 1) * self.n_columns)
    }

    /// Columns that a key marks with 1; none if there is no such key.
    pub fn columns(&self, key: &str) -> Vec<usize> {
        let values = self.values(key).unwrap_or_default();
        let is_one = |value: f64| (value - 1.0).abs() < f64::EPSILON;
        (0..values.len())
            .filter(|&column| is_one(values[column]))
            .collect()
    }

    /// Some columns, each whole.
    ///
    /// # Errors
    /// Fails if the table is damaged.
    pub fn read_columns(&self, columns: &[usize]) -> Result<Vec<Vec<f64>>> {
        let all: Vec<usize> = (0..self.n_samples).collect();
        let values: Vec<f64> = self.read(columns, &all, |value| value)?;
        let column = |place: usize| {
            values
                .iter()
                .skip(place)
                .step_by(columns.len())
                .copied()
                .collect()
        };
        Ok((0..columns.len()).map(column).collect())
    }

    /// Some columns of some rows: `[rows.len(), columns.len()]`.
    ///
    /// # Errors
    /// Fails if the table is damaged.
    pub fn read_rows(&self, columns: &[usize], rows: &[usize]) -> Result<Vec<f32>> {
        self.read(columns, rows, |value| value as f32)
    }

    /// Reads the table a slice at a time, so that no more than what is asked for is kept.
    fn read<T: Copy + Default>(
        &self,
        columns: &[usize],
        rows: &[usize],
        of: impl Fn(f64) -> T,
    ) -> Result<Vec<T>> {
        let width = columns.len();
        let mut out = vec![T::default(); rows.len() * width];
        match &self.file {
            // Samples follow each other.
            Container::Hdf5(file) if !file.is_matlab() => {
                let at_a_time = (SLICE / self.n_columns.max(1)).max(1);
                let (mut first, mut values) = (0, Vec::new());
                let mut block: Vec<(usize, usize)> = rows.iter().copied().enumerate().collect();
                block.sort_by_key(|&(_, row)| row);
                for (place, row) in block {
                    if values.is_empty() || row >= first + at_a_time {
                        first = row;
                        let n = at_a_time.min(self.n_samples - first);
                        values = file.slices::<f64>(self.table, first, n)?;
                    }
                    let sample = &values[(row - first) * self.n_columns..][..self.n_columns];
                    for (out, &column) in out[place * width..].iter_mut().zip(columns) {
                        *out = of(sample[column]);
                    }
                }
            }
            // Columns follow each other.
            Container::Hdf5(file) => {
                let at_a_time = (SLICE / self.n_samples.max(1)).max(1);
                let (mut first, mut values) = (0, Vec::new());
                let mut block: Vec<(usize, usize)> = columns.iter().copied().enumerate().collect();
                block.sort_by_key(|&(_, column)| column);
                for (place, column) in block {
                    if values.is_empty() || column >= first + at_a_time {
                        first = column;
                        let n = at_a_time.min(self.n_columns - first);
                        values = file.slices::<f64>(self.table, first, n)?;
                    }
                    let column = &values[(column - first) * self.n_samples..][..self.n_samples];
                    for (idx, &row) in rows.iter().enumerate() {
                        out[idx * width + place] = of(column[row]);
                    }
                }
            }
            Container::Mat5(file) => {
                let table: Array<f64> = file.array(self.table)?;
                for (idx, &row) in rows.iter().enumerate() {
                    for (place, &column) in columns.iter().enumerate() {
                        out[idx * width + place] = of(table.values[column * self.n_samples + row]);
                    }
                }
            }
        }
        Ok(out)
    }

    /// The file, for errors.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn metadata_of(file: &Container, path: &Path, name: &str) -> Result<(Vec<String>, Array<f64>)> {
    let mat5 = match file {
        Container::Mat5(file) => file,
        Container::Hdf5(file) => {
            let key = format!("{name}/key");
            return Ok((file.strings(&key)?, file.array(&format!("{name}/value"))?));
        }
    };
    let structure: Value<f64> = mat5.value(name)?;
    let keys = structure.field("key").and_then(Value::strings);
    if let (Some(keys), Some(Value::Numbers(values))) = (keys, structure.field("value")) {
        return Ok((keys, values.clone()));
    }
    let expected = "a structure with cells 'key' and numbers 'value'";
    let remedy = "copy the file again from its source";
    Err(file_error(path, name, expected, structure.what(), remedy))
}
