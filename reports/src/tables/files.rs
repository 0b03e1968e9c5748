//! A frame in two formats.

use std::fs;
use std::path::{Path, PathBuf};

use polars::frame::DataFrame;
use polars_io::SerWriter;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};

use super::series::table_error;
use crate::{Error, Result};

/// Writes `NAME.parquet` and `NAME.csv`.
pub(super) fn write(name: &str, frame: &mut DataFrame, folder: &Path) -> Result<[PathBuf; 2]> {
    let (parquet, csv) = (
        folder.join(format!("{name}.parquet")),
        folder.join(format!("{name}.csv")),
    );
    // One thread and no compression: the bytes depend on the rows alone, and the tables are small.
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Uncompressed)
        .set_parallel(false)
        .finish(frame)
        .map_err(table_error(name))?;
    save(&parquet, &bytes)?;
    bytes.clear();
    CsvWriter::new(&mut bytes)
        .n_threads(1)
        .finish(frame)
        .map_err(table_error(name))?;
    save(&csv, &bytes)?;
    Ok([parquet, csv])
}

/// Polars would not name the file that could not be written.
fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(Error::io("writing", path))
}

#[cfg(test)]
mod tests {
    use polars::df;

    use super::write;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_table_that_cannot_be_written_is_named() {
        for file in ["x.parquet", "x.csv"] {
            let folder = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink("/dev/full", folder.path().join(file)).unwrap();
            let mut frame = df!("a" => [1.0, 2.0]).unwrap();
            let error = write("x", &mut frame, folder.path())
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("writing '") && error.contains(file),
                "{error}"
            );
            assert!(error.contains("No space left"), "{error}");
        }
    }
}
