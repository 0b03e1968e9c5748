//! Rows of text under a header, from CSV or JSON.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Error, Result};

/// Delimiters that are tried; the one that splits the first line most often is taken.
const DELIMITERS: [u8; 3] = *b",;\t";

/// A table before anybody knows what its columns say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    /// The file that was read or written.
    pub(super) path: PathBuf,
    /// Names of the columns.
    pub(super) header: Vec<String>,
    /// Cells with the number of their line (CSV) or of their object (JSON), from 1.
    pub(super) rows: Vec<(usize, Vec<String>)>,
}

impl Rows {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|source| Error::Io {
            action: "reading",
            path: path.to_owned(),
            source,
        })?;
        let wrong = |line, got: String, expected: &str| Error::Table {
            path: path.to_owned(),
            line,
            expected: expected.into(),
            got,
            remedy: "save the table as CSV in UTF-8, with a line of column names".into(),
        };
        let text = std::str::from_utf8(&bytes).map_err(|source| {
            let line = bytes[..source.valid_up_to()]
                .split(|&byte| byte == b'\n')
                .count();
            wrong(
                Some(line),
                "bytes that are no UTF-8".into(),
                "text in UTF-8",
            )
        })?;
        let text = text.trim_start_matches('\u{feff}');
        let rows = if text.trim_start().starts_with(['[', '{']) {
            json(text)
        } else {
            csv_rows(text)
        };
        let (header, rows) =
            rows.map_err(|(line, problem)| wrong(line, problem, "a table of decisions"))?;
        if rows.is_empty() {
            return Err(wrong(
                None,
                "no rows below the column names".into(),
                "one row a decision",
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            rows,
        })
    }

    /// An error about a line of the table.
    pub(super) fn wrong(
        &self,
        line: Option<usize>,
        expected: impl Into<String>,
        got: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error::Table {
            path: self.path.clone(),
            line,
            expected: expected.into(),
            got: got.into(),
            remedy: remedy.into(),
        }
    }
}

type Parts = (Vec<String>, Vec<(usize, Vec<String>)>);
type Problem = (Option<usize>, String);

fn csv_rows(text: &str) -> Result<Parts, Problem> {
    // Lines would be counted one too few where two characters end them.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|b| b == delimiter).count();
    let delimiter = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(count)
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let problem = |source: csv::Error| {
        let line = source.position().map(|at| at.line() as usize);
        (line, source.to_string())
    };
    let header: Vec<String> = reader
        .headers()
        .map_err(problem)?
        .iter()
        .map(str::to_owned)
        .collect();
    for (idx, name) in header.iter().enumerate() {
        if !name.is_empty() && header[..idx].contains(name) {
            return Err((Some(1), format!("two columns named '{name}'")));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(problem)?;
        let line = record.position().map_or(0, |at| at.line() as usize);
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok((header, rows))
}

/// An array of flat objects, as jsPsych saves; columns in the order of their first appearance.
fn json(text: &str) -> Result<Parts, Problem> {
    let problem = |source: serde_json::Error| (Some(source.line()), source.to_string());
    let value: Value = serde_json::from_str(text).map_err(problem)?;
    let objects = match value {
        Value::Array(objects) => objects,
        object @ Value::Object(_) => vec![object],
        _ => return Err((None, "JSON that is no array of objects".into())),
    };
    let mut header: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (idx, object) in objects.iter().enumerate() {
        let Some(object) = object.as_object() else {
            return Err((Some(idx + 1), "an element that is no object".into()));
        };
        for key in object.keys() {
            if !header.contains(key) {
                header.push(key.clone());
            }
        }
        let cells = header
            .iter()
            .map(|key| object.get(key).map_or_else(String::new, text_of))
            .collect();
        rows.push((idx + 1, cells));
    }
    // Earlier rows lack the columns that appeared later.
    for (_, cells) in &mut rows {
        let cells: &mut Vec<String> = cells;
        cells.resize(header.len(), String::new());
    }
    Ok((header, rows))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
