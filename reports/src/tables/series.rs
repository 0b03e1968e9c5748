//! Columns of tables from rows.

use lab_score::record::Condition;
use polars::error::PolarsError;
use polars::frame::DataFrame;
use polars::frame::column::Column;
use polars::prelude::NamedFrom;
use polars::series::Series;

use super::threads;
use crate::{Error, Result};

/// Names the table in Polars' complaint.
pub(super) fn table_error(table: &str) -> impl FnOnce(PolarsError) -> Error {
    let table = table.to_owned();
    move |error| Error::Table {
        table,
        message: error.to_string(),
    }
}

/// A table of these columns, all of one length.
pub(super) fn frame(name: &str, columns: Vec<Series>) -> Result<DataFrame> {
    threads::ready(name)?;
    let height = columns.first().map_or(0, |column| column.len());
    let columns: Vec<Column> = columns.into_iter().map(Column::from).collect();
    DataFrame::new(height, columns).map_err(table_error(name))
}

/// Texts, one a row.
pub(super) fn text<R>(name: &str, rows: &[R], of: impl Fn(&R) -> &str) -> Series {
    Series::new(name.into(), rows.iter().map(of).collect::<Vec<&str>>())
}

/// Names of conditions.
pub(super) fn condition<R>(name: &str, rows: &[R], of: impl Fn(&R) -> &Condition) -> Series {
    Series::new(
        name.into(),
        rows.iter()
            .map(|row| of(row).name())
            .collect::<Vec<String>>(),
    )
}

/// Numbers, one a row.
pub(super) fn number<R>(name: &str, rows: &[R], of: impl Fn(&R) -> f64) -> Series {
    Series::new(name.into(), rows.iter().map(of).collect::<Vec<f64>>())
}

/// Numbers that may be missing.
pub(super) fn maybe<R>(name: &str, rows: &[R], of: impl Fn(&R) -> Option<f64>) -> Series {
    Series::new(
        name.into(),
        rows.iter().map(of).collect::<Vec<Option<f64>>>(),
    )
}

/// Counts, one a row.
pub(super) fn count<R>(name: &str, rows: &[R], of: impl Fn(&R) -> usize) -> Series {
    Series::new(
        name.into(),
        rows.iter().map(|row| of(row) as u64).collect::<Vec<u64>>(),
    )
}

/// Counts that may be missing.
pub(super) fn maybe_count<R>(name: &str, rows: &[R], of: impl Fn(&R) -> Option<usize>) -> Series {
    Series::new(
        name.into(),
        rows.iter()
            .map(|row| of(row).map(|n| n as u64))
            .collect::<Vec<Option<u64>>>(),
    )
}

/// Yes or no, one a row.
pub(super) fn flag<R>(name: &str, rows: &[R], of: impl Fn(&R) -> bool) -> Series {
    Series::new(name.into(), rows.iter().map(of).collect::<Vec<bool>>())
}

/// Two columns of the lower and the upper ends of intervals.
pub(super) fn ends<T>(
    name: &str,
    rows: &[T],
    of: impl Fn(&T) -> Option<(f64, f64)>,
) -> [Series; 2] {
    [
        maybe(&format!("{name}_low"), rows, |row| {
            of(row).map(|(low, _)| low)
        }),
        maybe(&format!("{name}_high"), rows, |row| {
            of(row).map(|(_, high)| high)
        }),
    ]
}
