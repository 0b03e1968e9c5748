//! What a Parquet table holds, from its footer.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::{Error, Result};

/// Longest footer that is read: it names columns and counts rows.
const MAX_FOOTER: u32 = 1 << 24;
/// Bytes behind the footer: its length, and a mark.
const END: u64 = 8;

/// The columns of a table.
#[derive(Debug)]
pub struct Columns {
    /// Rows of each.
    pub n_rows: usize,
    /// Name and type of each.
    pub columns: Vec<(String, String)>,
}

/// Columns and rows of a Parquet table, whose values are left alone.
///
/// # Errors
/// - [`Error::Io`] if the file cannot be read.
/// - [`Error::Table`] if it is damaged, or its footer longer than 16 MB.
pub fn columns(path: &Path) -> Result<Columns> {
    let damaged = |message: String| Error::Table {
        table: path.display().to_string(),
        message,
    };
    let mut file = File::open(path).map_err(Error::io("reading", path))?;
    let n_bytes = file.metadata().map_err(Error::io("reading", path))?.len();
    let mut end = [0; END as usize];
    let start = n_bytes.checked_sub(END);
    let start =
        start.ok_or_else(|| damaged(format!("{n_bytes} bytes, which are no Parquet table")))?;
    file.seek(SeekFrom::Start(start))
        .and_then(|_| file.read_exact(&mut end))
        .and_then(|()| file.rewind())
        .map_err(Error::io("reading", path))?;
    let [a, b, c, d, mark @ ..] = end;
    let n_footer = u32::from_le_bytes([a, b, c, d]);
    if &mark != b"PAR1" || u64::from(n_footer) > start || n_footer > MAX_FOOTER {
        let message =
            "it ends without the footer of a Parquet table; copy it again, or write it anew";
        return Err(damaged(message.into()));
    }
    let mut reader = ParquetReader::new(file);
    let n_rows = reader
        .num_rows()
        .map_err(|error| damaged(error.to_string()))?;
    let schema = reader
        .schema()
        .map_err(|error| damaged(error.to_string()))?;
    let columns = schema
        .iter_values()
        .map(|field| (field.name.to_string(), format!("{:?}", field.dtype)))
        .collect();
    Ok(Columns { n_rows, columns })
}
