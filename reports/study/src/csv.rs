//! Tables as text: cells are quoted where they must be, and formulas of spreadsheets are made harmless.

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
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        // Writing to memory cannot fail, and texts stay texts.
        for cells in std::iter::once(&self.columns).chain(&self.rows) {
            let _ = writer.write_record(cells);
        }
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// Reads CSV with a header.
    ///
    /// # Errors
    /// What is wrong, and in which line, if a row has another number of cells than the header, or a quote does not end.
    pub fn read(text: &str) -> Result<Self, String> {
        // A quote that does not end would take the rest of the table for one cell.
        if text.matches('"').count() % 2 == 1 {
            return Err("a quote does not end".into());
        }
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let columns: Vec<String> = cells(reader.headers().map_err(|error| error.to_string())?);
        if columns.is_empty() {
            return Err("no header".into());
        }
        let rows: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.map(|record| cells(&record)))
            .collect::<Result<_, _>>()
            .map_err(|error| error.to_string())?;
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

/// A cell that no spreadsheet takes for a formula: an apostrophe is put before `=`, `+`, `-`, `@`, tab and return, at the
/// beginning and after `;`, where spreadsheets of half of Europe begin a new cell.
///
/// Only texts from people and file names go through this; numbers of ours stay numbers.
pub fn harmless(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut before = ';';
    for letter in cell.chars() {
        if before == ';' && matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n') {
            text.push('\'');
        }
        text.push(letter);
        before = letter;
    }
    text
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
        assert_eq!(harmless("a;=1+1;b; c"), "a;'=1+1;b; c");
    }
}
