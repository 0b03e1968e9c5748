//! A frame in two formats.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use polars::frame::DataFrame;
use polars_io::SerWriter;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};

use super::frames::table_error;
use crate::{Error, Result};

/// Writes `NAME.parquet` and `NAME.csv`.
pub(super) fn write(name: &str, frame: &mut DataFrame, folder: &Path) -> Result<[PathBuf; 2]> {
    let (parquet, csv) = (
        folder.join(format!("{name}.parquet")),
        folder.join(format!("{name}.csv")),
    );
    // One thread and no compression: the bytes depend on the rows alone, and the tables are small.
    let writer =
        ParquetWriter::new(create(&parquet)?).with_compression(ParquetCompression::Uncompressed);
    writer
        .set_parallel(false)
        .finish(frame)
        .map_err(table_error(name))?;
    CsvWriter::new(create(&csv)?)
        .n_threads(1)
        .finish(frame)
        .map_err(table_error(name))?;
    Ok([parquet, csv])
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = File::create(path).map_err(Error::io("creating", path))?;
    Ok(BufWriter::new(file))
}
