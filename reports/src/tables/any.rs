//! A table whose columns are known only when it is made, such as that of a sweep.

use std::path::{Path, PathBuf};

use polars::prelude::NamedFrom;
use polars::series::Series;

use super::files;
use super::series::frame;
use crate::Result;

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// A text in every row.
    Texts(Vec<String>),
    /// Numbers, some of which may be missing.
    Numbers(Vec<Option<f64>>),
}

/// Writes columns of one length, each with its name, as `NAME.parquet` and `NAME.csv`.
///
/// # Errors
/// As [`super::write`].
pub fn write_columns(
    name: &str,
    columns: &[(String, Column)],
    folder: &Path,
) -> Result<[PathBuf; 2]> {
    let series = columns.iter().map(|(name, column)| match column {
        Column::Texts(texts) => Series::new(name.as_str().into(), texts),
        Column::Numbers(numbers) => Series::new(name.as_str().into(), numbers),
    });
    files::write(name, &mut frame(name, series.collect())?, folder)
}

#[cfg(test)]
mod tests {
    use super::{Column, write_columns};
    use crate::tables::columns;

    #[test]
    fn texts_and_numbers_become_columns() {
        let folder = tempfile::tempdir().unwrap();
        let table = [
            (
                "decoder".to_owned(),
                Column::Texts(vec!["f(a, b)".into(), "g()".into()]),
            ),
            ("value".to_owned(), Column::Numbers(vec![Some(0.5), None])),
        ];
        let [parquet, csv] = write_columns("sweep", &table, folder.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(csv).unwrap(),
            "decoder,value\n\"f(a, b)\",0.5\ng(),\n"
        );
        let found = columns(&parquet).unwrap();
        assert_eq!(found.n_rows, 2);
        assert_eq!(found.columns[1].0, "value");
    }
}
