//! Tables as text: cells are quoted where they must be, and formulas of spreadsheets are made harmless.

use std::fmt::Write;

/// A table of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows with a cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// The table as CSV; lines end with a line feed.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for cells in std::iter::once(&self.columns).chain(&self.rows) {
            let line: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
            let _ = writeln!(text, "{}", line.join(","));
        }
        text
    }

    /// Reads CSV with a header.
    ///
    /// # Errors
    /// What is wrong, and in which line, if a row has another number of cells than the header, or a quote does not end.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut records = records(text)?.into_iter();
        let columns = records.next().ok_or("no header")?;
        let rows: Vec<Vec<String>> = records.collect();
        if let Some(at) = rows.iter().position(|row| row.len() != columns.len()) {
            return Err(format!(
                "row {} has {} cells, the header has {}",
                at + 1,
                rows[at].len(),
                columns.len()
            ));
        }
        Ok(Self { columns, rows })
    }

    /// The index of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe is put before `=`, `+`, `-`, `@`, tab and return.
///
/// Only texts from people and file names go through this; numbers of ours stay numbers.
pub fn harmless(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// Splits CSV into records of cells.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut records = Vec::new();
    let (mut record, mut cell, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            letter => cell.push(letter),
        }
    }
    if is_quoted {
        return Err("a quote does not end".into());
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::{Table, harmless};

    #[test]
    fn what_is_written_is_read_again() {
        let mut table = Table::new(&["a", "b"]);
        for cell in [
            "plain",
            "with, comma",
            "with \"quotes\"",
            "two\nlines",
            "",
            "ünï",
        ] {
            table.rows.push(vec![cell.into(), "x".into()]);
        }
        assert_eq!(Table::read(&table.text()).unwrap(), table);
        assert_eq!(Table::read("a,b\r\n1,2\r\n").unwrap().rows, [["1", "2"]]);
        assert!(
            Table::read("a,b\n1\n")
                .unwrap_err()
                .contains("row 1 has 1 cells")
        );
        assert!(Table::read("a\n\"x").is_err());
    }

    #[test]
    fn formulas_become_texts() {
        for cell in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "=HYPERLINK(\"http://x\")",
        ] {
            assert!(harmless(cell).starts_with('\''), "{cell}");
        }
        assert_eq!(harmless("image-1.png"), "image-1.png");
    }
}
