//! What stands in a table of text: its columns, whatever separates them, without asking what they mean.
//!
//! This is for looking at a table. [`table`](super::table) reads one by the names of its columns.

use std::path::Path;

use lab_core::Result;

use crate::text_table::line_feeds;
use crate::{file_error, regular};

/// Different texts of a column that are counted.
const FEW: usize = 12;
/// Columns that a table may have.
const MOST: usize = 1 << 20;

/// A table.
#[derive(Debug)]
pub struct Columns {
    /// What separates the cells of a line.
    pub separator: char,
    /// Whether the first line names the columns.
    pub has_header: bool,
    /// Lines below the header.
    pub n_rows: usize,
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// Lines that have more or fewer cells than the first, counted from 1.
    pub uneven: Vec<u64>,
}

/// A column.
#[derive(Debug, Default)]
pub struct Column {
    /// Its name; empty without a header.
    pub name: String,
    /// Its cells as numbers, NaN for those that are empty or `n/a`.
    pub numbers: Vec<f64>,
    /// Cells that are text.
    pub n_text: usize,
    /// Cells that are empty or `n/a`.
    pub n_missing: usize,
    /// Different texts and how often each stands there, if they are few.
    pub words: Vec<(String, usize)>,
    has_many: bool,
}

impl Columns {
    /// Looks through a table.
    ///
    /// # Errors
    /// Fails if the file is no text, larger than text may be, or has no line.
    pub fn read(path: &Path) -> Result<Self> {
        let text = line_feeds(regular::text(path)?);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let separator = separator(text);
        let broken = |got: String| {
            let remedy = "save the table as CSV in UTF-8";
            file_error(path, "", "a table of text", got, remedy)
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut found = Self {
            separator: char::from(separator),
            has_header: false,
            n_rows: 0,
            columns: Vec::new(),
            uneven: Vec::new(),
        };
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(|error| broken(error.to_string()))?;
            if row == 0 {
                if record.len() > MOST {
                    return Err(broken(format!("{} columns", record.len())));
                }
                let is_name = |cell: &str| !cell.is_empty() && number(cell).is_none();
                found.has_header = record.iter().any(is_name);
                found.columns.resize_with(record.len(), Column::default);
                if found.has_header {
                    let columns = found.columns.iter_mut().zip(&record);
                    columns.for_each(|(column, name)| name.clone_into(&mut column.name));
                    continue;
                }
            }
            found.n_rows += 1;
            if record.len() != found.columns.len() {
                found
                    .uneven
                    .push(record.position().map_or(0, csv::Position::line));
            }
            let cells = record.iter().chain(std::iter::repeat(""));
            found
                .columns
                .iter_mut()
                .zip(cells)
                .for_each(|(column, cell)| column.add(cell));
        }
        if found.columns.is_empty() {
            return Err(broken("an empty file".into()));
        }
        Ok(found)
    }
}

impl Column {
    fn add(&mut self, cell: &str) {
        let missing = ["", "n/a", "na", "nan"].contains(&cell.to_lowercase().as_str());
        if missing {
            self.n_missing += 1;
            self.numbers.push(f64::NAN);
            return;
        }
        if let Some(number) = number(cell) {
            self.numbers.push(number);
            return;
        }
        self.n_text += 1;
        if self.has_many {
            return;
        }
        let has_room = self.words.len() < FEW;
        match self.words.iter_mut().find(|(word, _)| word == cell) {
            Some((_, n)) => *n += 1,
            None if has_room => self.words.push((cell.to_owned(), 1)),
            None => {
                self.has_many = true;
                self.words.clear();
            }
        }
    }
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

/// What separates the cells of the first line: tabs and semicolons stand in no number and in few names.
fn separator(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or_default();
    [b'\t', b';', b',']
        .into_iter()
        .find(|&mark| line.bytes().any(|byte| byte == mark))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::Columns;

    fn read(text: &str) -> Columns {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).unwrap();
        Columns::read(&path).unwrap()
    }

    #[test]
    fn separators_headers_and_uneven_lines_are_seen() {
        let text = "subject\tclass\timage_idx\nS1\tA\t0\nS1\tn/a\t1\nS2\tB\n";
        for end in ["\r\n", "\r"] {
            assert_eq!(read(&text.replace('\n', end)).uneven, [4]);
        }
        let table = read(text);
        assert_eq!(
            (table.separator, table.has_header, table.n_rows),
            ('\t', true, 3)
        );
        let words: Vec<&str> = table.columns[1]
            .words
            .iter()
            .map(|(w, _)| w.as_str())
            .collect();
        assert_eq!(words, ["A", "B"]);
        assert_eq!(
            (table.columns[1].n_missing, table.columns[2].n_missing),
            (1, 1)
        );
        assert_eq!(table.columns[2].numbers[..2], [0.0, 1.0]);
        assert_eq!(table.uneven, [4]);
        let matrix = read("1.5;2\n3;-4\n");
        assert_eq!(
            (matrix.separator, matrix.has_header, matrix.n_rows),
            (';', false, 2)
        );
        assert_eq!(matrix.columns[1].numbers, [2.0, -4.0]);
    }
}
